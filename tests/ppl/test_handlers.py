"""Each handler does what it says, alone and with others, as a context and as a wrapper."""

from __future__ import annotations

import inspect
import math
import re
import threading
from typing import Any

import numpy as np
import pytest
import scipy.stats as st

import ppl
from ppl import handlers

from .examples import SIGMA, Y, eight_schools

POINTS = np.random.default_rng(3).uniform(-2, 2, (5, 10))


def chain(y: Any = None) -> Any:
    x = ppl.sample("x", ppl.Normal(0, 2))
    ppl.sample("y", ppl.Normal(x, 1), obs=y)
    return x


def test_a_wrapped_model_keeps_its_arguments_and_name() -> None:
    wrapped = handlers.scale(handlers.condition(chain, data={"y": 1.0}), scale=2.0)
    assert list(inspect.signature(wrapped).parameters) == ["y"]
    assert "chain" in repr(ppl.Posterior(wrapped))
    with pytest.raises(TypeError, match=r"the arguments must fit \(y"):
        ppl.Posterior(wrapped, wrong=3)


def test_condition_is_the_same_as_obs() -> None:
    def unobserved(sigma: Any) -> None:
        eight_schools(sigma)

    given = ppl.Posterior(handlers.condition(unobserved, data={"y": Y}), SIGMA)
    usual = ppl.Posterior(eight_schools, SIGMA, y=Y)
    assert given.sites == usual.sites
    for x in POINTS:
        assert given.logdensity(x) == usual.logdensity(x)
    np.testing.assert_array_equal(given.observed["y"], Y)


def test_condition_checks_the_data() -> None:
    with pytest.raises(ppl.ShapeError, match=r"obs must have the site's shape \(8,\), got \(3,\)"):
        ppl.Posterior(handlers.condition(eight_schools, data={"y": [1.0, 2.0, 3.0]}), SIGMA)
    with pytest.raises(ppl.DataError, match=r"got nan at index \(1,\) in argument 'y'"):
        ppl.Posterior(handlers.condition(eight_schools, data={"y": [1.0, np.nan] * 4}), SIGMA)


def test_uncondition_makes_data_parameters() -> None:
    posterior = ppl.Posterior(handlers.uncondition(chain), 1.0)
    assert posterior.sites == ["x", "y"]
    kept = ppl.Posterior(handlers.uncondition(chain, hide=["z"]), 1.0)
    assert kept.sites == ["x"]
    back = ppl.Posterior(handlers.condition(handlers.uncondition(chain), data={"y": 3.0}), 1.0)
    assert back.observed["y"] == 3.0  # the inner handler sees the site first
    back = ppl.Posterior(handlers.uncondition(handlers.condition(chain, data={"y": 3.0})), 1.0)
    assert back.sites == ["x", "y"]


def test_do_cuts_what_made_the_value() -> None:
    imposed = handlers.do(chain, data={"x": 5.0})
    draws = ppl.simulate(imposed, draws=2000, seed=1)
    assert np.all(draws["x"] == 5.0)
    assert abs(draws["y"].mean() - 5.0) < 4 / math.sqrt(2000)
    sites = handlers.trace(handlers.seed(imposed, rng=1)).get_trace()
    assert sites["x"].kind == "deterministic"

    def confounded(y: Any = None) -> None:
        u = ppl.sample("u", ppl.Normal(0, 1))
        t = ppl.sample("t", ppl.Normal(u, 0.1))
        ppl.sample("y", ppl.Normal(t + u, 1), obs=y)

    # Observing t tells about u (y is then near 4); imposing it does not.
    posterior = ppl.Posterior(handlers.do(confounded, data={"t": 2.0}), y=1.0)
    for u in (-1.0, 0.5):
        by_hand = st.norm(0, 1).logpdf(u) + st.norm(2.0 + u, 1).logpdf(1.0)
        assert posterior.logdensity([u]) == pytest.approx(by_hand, rel=1e-14)


def test_substitute_keeps_the_density_and_do_and_condition_do_not_mix_it_up() -> None:
    fixed = ppl.Posterior(handlers.substitute(eight_schools, data={"tau": 2.0}), SIGMA, y=Y)
    assert fixed.sites == ["mu", "theta"]
    usual = ppl.Posterior(eight_schools, SIGMA, y=Y)
    for x in POINTS:
        whole = np.concatenate([x[:1], [math.log(2.0)], x[2:]])
        jacobian = math.log(2.0)
        short = np.concatenate([x[:1], x[2:]])
        assert fixed.logdensity(short) == pytest.approx(usual.logdensity(whole) - jacobian)


def test_replay_repeats_a_run() -> None:
    with handlers.seed(rng=1), handlers.trace() as first:
        eight_schools(SIGMA)
    with handlers.seed(rng=2), handlers.trace() as again, handlers.replay(trace=first):
        eight_schools(SIGMA)
    with handlers.seed(rng=2), handlers.trace() as other:
        eight_schools(SIGMA)
    for name, same in {"mu": True, "theta": True}.items():
        assert np.array_equal(first.sites[name].value, again.sites[name].value) is same
        assert not np.array_equal(first.sites[name].value, other.sites[name].value)
    with (
        pytest.raises(ppl.ShapeError, match=r"'theta' must have shape \(3,\), got \(8,\)"),
        handlers.seed(rng=2),
        handlers.replay(trace=first.sites),
    ):
        eight_schools(SIGMA[:3])


def test_block_hides() -> None:
    run = handlers.seed(eight_schools, rng=1)
    for blocked, seen in [
        (handlers.block(run), set()),
        (handlers.block(run, hide=["mu"]), {"tau", "theta", "y", "shrinkage"}),
        (handlers.block(run, expose="mu"), {"mu"}),
        (handlers.block(run, lambda site: site.kind == "sample"), {"shrinkage"}),
    ]:
        with handlers.trace() as record:
            blocked(SIGMA, Y)
        assert set(record.sites) == seen
    with pytest.raises(ppl.OutsideModelError, match="A handler hid it"), handlers.seed(rng=1):
        handlers.block(chain)()


def test_mask_and_scale_weigh_the_density() -> None:
    weights = np.array([1.0, 2.0, 0.5])
    keep = np.array([True, False, True])
    y = np.array([0.3, -1.0, 2.0])

    def model() -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        with ppl.plate("i", 3), handlers.scale(scale=weights), handlers.mask(mask=keep):
            ppl.sample("y", ppl.Normal(mu, 1), obs=y)

    posterior = ppl.Posterior(handlers.scale(model, scale=3.0))
    for mu in (-1.0, 0.7):
        terms = weights * st.norm(mu, 1).logpdf(y) * keep
        by_hand = 3 * (st.norm(0, 1).logpdf(mu) + terms.sum())
        assert posterior.logdensity([mu]) == pytest.approx(by_hand, rel=1e-14)
    # Pointwise values are those of the data that count, and not scaled.
    pointwise = posterior.log_likelihood([[0.7]])["y_observed"]
    np.testing.assert_allclose(pointwise, [st.norm(0.7, 1).logpdf(y)[keep]], rtol=1e-14)
    for bad, message in [(-1.0, "positive"), (np.inf, "finite"), (0.0, "positive")]:
        with pytest.raises(ValueError, match=message):
            handlers.scale(model, scale=bad)


def test_the_jacobian_is_not_scaled() -> None:
    def model() -> None:
        ppl.sample("s", ppl.Exponential(2.0))

    posterior = ppl.Posterior(handlers.scale(model, scale=0.25))
    u = 0.4
    assert posterior.logdensity([u]) == pytest.approx(
        0.25 * st.expon(scale=0.5).logpdf(math.exp(u)) + u
    )


def test_scopes_nest_and_plates_keep_their_names() -> None:
    def part() -> Any:
        with ppl.plate("i", 3):
            return ppl.sample("z", ppl.Normal(0, 1))

    def model() -> None:
        with ppl.scope("a"):
            z = part()
            with ppl.scope("b"):
                z = z + part()
        handlers.scope(part, prefix="c", divider="_")()
        ppl.deterministic("total", z.sum())

    posterior = ppl.Posterior(model)
    assert posterior.names == ("a.z", "a.b.z", "c_z", "total")
    assert posterior.dims["a.b.z"] == ("i",)

    def clash() -> None:
        part()
        part()

    with pytest.raises(ppl.ModelError, match=r"call the submodel under ppl\.scope"):
        ppl.Posterior(clash)


def test_a_model_within_a_model_returns_its_value() -> None:
    def inner(scale: float) -> Any:
        return ppl.sample("z", ppl.Normal(0, scale))

    def outer() -> None:
        with ppl.scope("left"):
            left = inner(1.0)
        with ppl.scope("right"):
            right = inner(2.0)
        ppl.sample("y", ppl.Normal(left + right, 1), obs=0.5)

    posterior = ppl.Posterior(outer)
    by_hand = st.norm(0, 1).logpdf(0.1) + st.norm(0, 2).logpdf(0.2) + st.norm(0.3, 1).logpdf(0.5)
    assert posterior.logdensity([0.1, 0.2]) == pytest.approx(by_hand, rel=1e-14)


def test_lift_gives_parameters_a_law() -> None:
    def model(y: Any) -> None:
        mu = ppl.param("mu", np.zeros(2))
        scale = ppl.param("scale", 1.0, constraint=ppl.constraints.positive)
        with ppl.plate("i", 2):
            ppl.sample("y", ppl.Normal(mu, scale), obs=y)

    prior = {"mu": ppl.Normal(0, 3), "scale": ppl.HalfNormal(1)}
    posterior = ppl.Posterior(handlers.lift(model, prior=prior), [1.0, 2.0])
    assert posterior.sites == ["mu", "scale"]
    assert not posterior.params
    mu, u = np.array([0.5, -0.2]), 0.3
    by_hand = (
        st.norm(0, 3).logpdf(mu).sum()
        + st.halfnorm().logpdf(math.exp(u))
        + u
        + st.norm(mu, math.exp(u)).logpdf([1.0, 2.0]).sum()
    )
    assert posterior.logdensity([*mu, u]) == pytest.approx(by_hand, rel=1e-14)
    with pytest.raises(ppl.ShapeError, match=r"the prior must have the parameter's shape \(2,\)"):
        ppl.Posterior(handlers.lift(model, prior={"mu": ppl.Normal(np.zeros(3), 1)}), [1.0, 2.0])


def test_infer_config_adds_remarks() -> None:
    def model() -> None:
        ppl.sample("a", ppl.Normal(0, 1), infer={"x": 1})
        ppl.deterministic("b", 1.0)

    marked = handlers.infer_config(model, lambda site: {"y": site.name})
    sites = handlers.trace(handlers.seed(marked, rng=1)).get_trace()
    assert sites["a"].infer == {"x": 1, "y": "a"}


def test_users_write_their_own() -> None:
    class Shift(handlers.Handler):
        """Put another site in front of each: handlers may call primitives themselves."""

        def process(self, site: handlers.Site) -> None:
            if site.latent:
                site.value = 1.0 + ppl.sample(f"{site.name}_raw", ppl.Normal(0, 1))

    posterior = ppl.Posterior(handlers.scope(Shift(chain), prefix="s"), y=1.0)
    # The handler sees the site first and its own site goes on outwards from there.
    assert posterior.names == ("s.x_raw", "s.x")
    assert posterior.sites == ["s.x_raw"]
    with pytest.raises(TypeError, match="the handler must have been given a model"):
        Shift()()


def test_a_handler_works_in_many_threads_at_once() -> None:
    run = handlers.seed(eight_schools, rng=1)
    seen: list[Any] = []

    def work() -> None:
        with handlers.trace() as record:
            handlers.condition(chain, data={"y": 2.0})
            handlers.seed(handlers.condition(chain, data={"y": 2.0}), rng=3)()
        seen.append(record.sites["x"].value)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(float, seen))) == 1
    assert callable(run)
    assert handlers.stack() == ()


H: Any = handlers  # unchecked: the mistakes are of type

MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (lambda: H.seed(chain), TypeError, "rng must be an integer or a numpy.random.Generator"),
    (lambda: H.seed(chain, rng=-1), ValueError, "rng must not be negative, got -1"),
    (lambda: H.seed(3.0, rng=1), TypeError, "the model must be a function, got 3.0"),
    (lambda: H.condition(chain, data=[1]), TypeError, "data must be a mapping"),
    (lambda: H.substitute(chain, data={1: 2}), TypeError, "data must be a mapping"),
    (lambda: H.do(chain, data=None), TypeError, "data must be a mapping"),
    (lambda: H.replay(chain, trace=[1]), TypeError, "trace must be a ppl.handlers.trace"),
    (lambda: H.block(chain, hide=["x"], expose=["y"]), TypeError, "at most one of hide_fn"),
    (lambda: H.block(chain, hide=[1]), ValueError, "hide must be names of sites"),
    (lambda: H.mask(chain, mask=[0.5]), TypeError, "the mask must be True, False"),
    (lambda: H.scale(chain, scale="a"), TypeError, "the factor must be positive"),
    (lambda: ppl.scope(""), TypeError, "the prefix must be a string that is not empty"),
    (lambda: H.scope(chain, prefix=3), TypeError, "the prefix must be a string"),
    (lambda: H.lift(chain, prior={"a": 3}), TypeError, "a prior must be a distribution"),
    (lambda: H.infer_config(chain), TypeError, "config_fn must be a function"),
    (lambda: H.reparam(chain, config=3), TypeError, "config must be a mapping"),
    (lambda: H.reparam(config="auto"), TypeError, "the model must be given"),
    (lambda: H.reparam(chain, {"x": ppl.Normal}), ValueError, "must be an object such as"),
    (lambda: ppl.reparam.LocScaleReparam(1.5), ValueError, "centered must be from 0 to 1, got 1.5"),
    (H.seed(H.do(chain, data={"x": [1.0, 2.0]}), rng=1), ValueError,
     "do: the value must have the site's shape (), got (2,), in site 'x'"),
    (H.substitute(chain, data={"x": "a"}), TypeError, "must be a number"),
    (H.seed(H.mask(chain, mask=np.array([True, False])), rng=1), ValueError,
     "must broadcast with the batch () of the site, got shape (2,), in site 'x'"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), MISTAKES)
def test_mistakes(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)) as caught:
        call()
    assert "test_handlers.py:" in str(caught.value)
