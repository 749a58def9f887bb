"""NumPyro as a system of `benchmarks.gradients`: XLA's value and gradient of its potential."""

import importlib
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from numpyro.infer.util import initialize_model, potential_energy

from benchmarks.peers.serve import serve


class Numpyro:
    """Models of `numpyro_models`; the data are constants, as in NumPyro's `MCMC` by default."""

    def __init__(self) -> None:
        jax.config.update("jax_enable_x64", True)
        self._models = importlib.import_module("benchmarks.peers.numpyro_models")
        self._evaluate: Any = None
        self._loop: Any = None
        self._chain: Any = None

    def versions(self) -> str:
        """NumPyro and JAX."""
        return f"numpyro {numpyro.__version__}, jax {jax.__version__}"

    def prepare(self, model: str, data: str, program: str) -> dict[str, Any]:  # noqa: ARG002 - as all
        """From the model function to the first gradient called from Python."""
        content = json.loads(Path(data).read_text())
        values = {key: jnp.asarray(value) for key, value in content.items()}
        jax.clear_caches()
        start = time.process_time()
        function = getattr(self._models, model)
        names, shapes = self._layout(function, values)
        dimension = sum(math.prod(shape) for shape in shapes)
        self._evaluate = jax.jit(self._value_and_gradient(function, values, names, shapes))
        self._evaluate(jnp.full(dimension, 0.1))[1].block_until_ready()
        seconds = time.process_time() - start
        self._loop = jax.jit(self._in_loop(self._evaluate))
        self._function, self._values, self._chain = function, values, None
        return {"seconds": seconds, "dimension": dimension}

    def _layout(self, function: Any, values: dict[str, Any]) -> tuple[list[str], list[Any]]:
        """Sites in program order, and the shapes of their unconstrained values."""
        info = initialize_model(jax.random.PRNGKey(0), function, model_args=(values,))
        sites = info.model_trace.items()
        point = info.param_info.z
        names = [name for name, site in sites if site["type"] == "sample" and name in point]
        return names, [jnp.shape(point[name]) for name in names]

    def _value_and_gradient(
        self, function: Any, values: dict[str, Any], names: list[str], shapes: list[Any]
    ) -> Callable[[Any], Any]:
        def log_density(x: Any) -> Any:
            parts, start = {}, 0
            for name, shape in zip(names, shapes, strict=True):
                size = math.prod(shape)
                parts[name] = x[start : start + size].reshape(shape)
                start += size
            return -potential_energy(function, (values,), {}, parts)

        both: Callable[[Any], Any] = jax.value_and_grad(log_density)
        return both

    def _in_loop(self, evaluate: Any) -> Callable[[Any, Any], Any]:
        def looped(x: Any, calls: Any) -> Any:
            def body(_: Any, state: Any) -> Any:
                point, total = state
                value, gradient = evaluate(point)
                # Every evaluation needs the one before, so none can be left out.
                return point + 1e-300 * gradient, total + value

            return jax.lax.fori_loop(0, calls, body, (x, 0.0))

        return looped

    def gradient(self, x: list[float]) -> tuple[float, list[float]]:
        """At an unconstrained point."""
        value, gradient = self._evaluate(jnp.array(x))
        return float(value), gradient.tolist()

    def loop(self, x: list[float], calls: int) -> float:
        """In `lax.fori_loop`; the number of calls is an argument, so it compiles once."""
        point = jnp.array(x)
        if not self._loop._cache_size():  # noqa: SLF001 - the only way to know
            jax.block_until_ready(self._loop(point, 1))
        start = time.process_time()
        jax.block_until_ready(self._loop(point, calls))
        return time.process_time() - start

    def call(self, x: list[float]) -> Callable[[], object]:
        """One call of the jitted function."""
        point, function = jnp.array(x), self._evaluate
        return lambda: jax.block_until_ready(function(point))

    def sample(self, request: dict[str, Any]) -> dict[str, Any]:
        """Chains of NumPyro's NUTS with its defaults, for `benchmarks.sampling`.

        A scan of NumPyro's own kernel that is compiled once; `MCMC.run` compiles for each chain.
        """
        warmup, draws = request["warmup"], request["draws"]
        start = time.process_time()
        length = math.gcd(warmup, draws)  # one compiled scan serves warmup and draws
        if self._chain is None:
            self._chain = self._compiled(warmup, length)
        compiling = time.process_time() - start
        parts, gradients, divergences, warming, drawing = [], 0, 0, 0.0, 0.0
        for number in range(request["chains"]):
            start = time.process_time()
            state = self._state(1000 * request["seed"] + number + 1, warmup)
            for _ in range(warmup // length):
                state, _made = jax.block_until_ready(self._chain(state))
            middle = time.process_time()
            for _ in range(draws // length):
                state, (z, steps, diverging) = jax.block_until_ready(self._chain(state))
                kept = [np.asarray(z[name]).reshape(length, -1) for name in sorted(z)]
                parts.append(np.concatenate(kept, axis=1))
                gradients += int(np.sum(np.asarray(steps)))
                divergences += int(np.sum(np.asarray(diverging)))
            warming += middle - start
            drawing += time.process_time() - middle
        np.save(request["file"], np.concatenate(parts).reshape(request["chains"], draws, -1))
        return {
            "seconds": warming + drawing,
            "drawing": drawing,
            "compiling": compiling,
            "gradients": gradients,
            "divergences": divergences,
        }

    def _compiled(self, warmup: int, length: int) -> Any:
        """Make transitions of NumPyro's kernel, so many at a time."""
        self._kernel = numpyro.infer.NUTS(self._function)
        first = self._state(0, warmup)

        def body(state: Any, _: Any) -> Any:
            state = self._kernel.sample(state, (self._values,), {})
            return state, (state.z, state.num_steps, state.diverging)

        def chunk(state: Any) -> Any:
            return jax.lax.scan(body, state, None, length=length)

        return jax.jit(chunk).lower(first).compile()

    def _state(self, key: int, warmup: int) -> Any:
        return self._kernel.init(jax.random.PRNGKey(key), warmup, None, (self._values,), {})


if __name__ == "__main__":
    serve(Numpyro)
