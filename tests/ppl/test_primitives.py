"""What the primitives say to those who call them: shapes, names, and every mistake's message."""

from __future__ import annotations

import inspect
import re
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ppl
from ppl.handlers import seed, substitute, trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.handlers import Site


def run(model: Callable[..., Any], *args: Any) -> dict[str, Site]:
    with seed(rng=np.random.default_rng(1)), trace(lines=True) as record:
        model(*args)
    return record.sites


def line_of(model: Callable[..., Any], offset: int) -> str:
    return f"test_primitives.py:{inspect.getsourcelines(model)[1] + offset}"


def test_a_site_has_plate_axes_then_batch_axes() -> None:
    def model() -> None:
        ppl.sample("scalar", ppl.Normal(0, 1))
        ppl.sample("vector", ppl.Normal(np.zeros(4), 1), dims="x")
        with ppl.plate("outer", 2) as i:
            assert i.tolist() == [0, 1]
            ppl.sample("one", ppl.Normal(0, 1))
            ppl.sample("more", ppl.Normal(np.zeros((2, 5)), 1))
            ppl.sample("spread", ppl.Normal(np.zeros((1, 5)), 1), dims=("feature",))
            with ppl.plate("inner", ["a", "b", "c"]):
                ppl.sample("two", ppl.Normal(0, 1))
                ppl.sample("row", ppl.Normal(np.zeros(3), 1))
                ppl.sample("column", ppl.Normal(np.zeros((2, 1)), 1))
                ppl.deterministic("kept", np.ones((2, 3, 1)), dims="z")

    sites = run(model)
    assert {name: (site.shape, site.dims) for name, site in sites.items()} == {
        "scalar": ((), ()),
        "vector": ((4,), ("x",)),
        "one": ((2,), ("outer",)),
        "more": ((2, 5), ("outer", "more_dim_1")),
        "spread": ((2, 5), ("outer", "feature")),
        "two": ((2, 3), ("outer", "inner")),
        "row": ((2, 3), ("outer", "inner")),
        "column": ((2, 3), ("outer", "inner")),
        "kept": ((2, 3, 1), ("outer", "inner", "z")),
    }
    assert all(np.shape(site.value) == site.shape for site in sites.values())
    assert sites["two"].plates[1].labels == ("a", "b", "c")


def misfit() -> None:
    a = np.zeros(85)
    with ppl.plate("house", 919):
        ppl.sample("y", ppl.Normal(a, 1))


def swapped() -> None:
    with ppl.plate("school", 8), ppl.plate("pupil", 3):
        ppl.sample("y", ppl.Normal(np.zeros(8), 1))


def twice() -> None:
    ppl.sample("mu", ppl.Normal(0, 1))
    ppl.deterministic("mu", 3.0)


def named_as_a_plate() -> None:
    with ppl.plate("mu", 3):
        ppl.sample("mu", ppl.Normal(0, 1))


def named_as_an_earlier_plate() -> None:
    with ppl.plate("mu", 3):
        ppl.sample("x", ppl.Normal(0, 1))
    ppl.sample("mu", ppl.Normal(0, 1))


def plate_named_as_a_site() -> None:
    ppl.sample("mu", ppl.Normal(0, 1))
    with ppl.plate("mu", 3):
        ppl.sample("x", ppl.Normal(0, 1))


def two_sizes() -> None:
    with ppl.plate("i", 3):
        ppl.sample("x", ppl.Normal(0, 1))
    with ppl.plate("i", 4):
        ppl.sample("z", ppl.Normal(0, 1))


def inside_itself() -> None:
    with ppl.plate("i", 3), ppl.plate("i", 3):
        ppl.sample("x", ppl.Normal(0, 1))


def negative_scale() -> None:
    ppl.sample("y", ppl.Normal(0, np.array([1.0, 1.0, -1.0])))


def clashing_parameters() -> None:
    ppl.sample("y", ppl.Normal(np.zeros(2), np.ones(3)))


def a_class() -> None:
    ppl.sample("y", ppl.Normal)  # type: ignore[arg-type] # the mistake


def a_number() -> None:
    ppl.sample("y", 3.0)  # type: ignore[arg-type] # the mistake


def no_name() -> None:
    ppl.sample(ppl.Normal(0, 1), ppl.Normal(0, 1))  # type: ignore[arg-type] # the mistake


def plate_size_float() -> None:
    with ppl.plate("i", 2.5):  # type: ignore[arg-type] # the mistake
        pass


def plate_size_text() -> None:
    with ppl.plate("i", "abc"):
        pass


def plate_size_negative() -> None:
    with ppl.plate("i", -1):
        pass


def too_many_dims() -> None:
    with ppl.plate("i", 2):
        ppl.sample("x", ppl.Normal(0, 1), dims=("a",))


def repeated_dims() -> None:
    ppl.sample("x", ppl.Normal(np.zeros((2, 2)), 1), dims=("a", "a"))


def deterministic_misfit() -> None:
    with ppl.plate("i", 2):
        ppl.deterministic("d", np.zeros(3))


def deterministic_text() -> None:
    ppl.deterministic("d", "three")


def obs_shape() -> None:
    ppl.sample("y", ppl.Normal(0, 1), obs=np.zeros(5))


def obs_nan() -> None:
    with ppl.plate("i", 3):
        ppl.sample("y", ppl.Normal(0, 1), obs=[1.0, 2.0, np.nan])


def obs_infinite() -> None:
    ppl.sample("y", ppl.Normal(0, 1), obs=np.inf)


def obs_outside() -> None:
    with ppl.plate("i", 3):
        ppl.sample("y", ppl.Poisson(1.0), obs=[1, 2, -3])


def obs_text() -> None:
    ppl.sample("y", ppl.Normal(0, 1), obs="yes")


MISTAKES: list[tuple[Callable[[], None], type[Exception], int, str]] = [
    (misfit, ValueError, 3,
     "must have size 1 or 919 along plate 'house', got 85 (loc (85,), scale ()), in site 'y'"),
    (swapped, ValueError, 2, "must have size 1 or 3 along plate 'pupil', got 8"),
    (twice, ValueError, 2, "deterministic: a site's name must be unique, got a second 'mu'"),
    (named_as_a_plate, ValueError, 2, "must not have the name of an axis, got 'mu'"),
    (named_as_an_earlier_plate, ValueError, 3, "must not have the name of an axis, got 'mu'"),
    (plate_named_as_a_site, ValueError, 3, "must not have the name of an axis, got 'mu'"),
    (two_sizes, ValueError, 4, "axis 'i' must have size 3 as before, got 4, in site 'z'"),
    (inside_itself, ValueError, 1, "a plate must not be inside itself, got a second 'i'"),
    (negative_scale, ValueError, 1,
     "Normal: scale must be positive, got -1.0 at index (2,), in site 'y'"),
    (clashing_parameters, ValueError, 1,
     "Normal: parameters must broadcast together, got shapes loc (2,), scale (3,), in site 'y'"),
    (a_class, TypeError, 1, "the second argument must be a distribution, got Normal, in site 'y'"),
    (a_number, TypeError, 1, "the second argument must be a distribution, got 3.0, in site 'y'"),
    (no_name, TypeError, 1, "sample: the name must be a string, got Normal(loc=0.0, scale=1.0)"),
    (plate_size_float, TypeError, 1, "the size of 'i' must be a nonnegative integer or a sequence"),
    (plate_size_text, TypeError, 1, "must be a nonnegative integer or a sequence, got 'abc'"),
    (plate_size_negative, ValueError, 1, "must be a nonnegative integer or a sequence, got -1"),
    (too_many_dims, ValueError, 2, "dims must name the 0 axes of shape () inside 1 plates"),
    (repeated_dims, ValueError, 1, "dims must be different names, got ('a', 'a')"),
    (deterministic_misfit, ValueError, 2,
     "the first axes must be those of the plates, (2,), got shape (3,), in site 'd'"),
    (deterministic_text, TypeError, 1, "must be a number or an array of numbers, got 'three'"),
    (obs_shape, ValueError, 1, "obs must have the site's shape (), got (5,), in site 'y'"),
    (obs_nan, ValueError, 2, "obs must be finite, got nan at index (2,), in site 'y'"),
    (obs_infinite, ValueError, 1, "obs must be finite, got inf, in site 'y'"),
    (obs_outside, ValueError, 2,
     "Poisson: obs must be a nonnegative integer, got -3 at index (2,), in site 'y'"),
    (obs_text, TypeError, 1, "obs must be a number or an array of numbers, got 'yes'"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "error", "offset", "message"), MISTAKES)
def test_mistakes_name_the_line(
    model: Callable[[], None], error: type[Exception], offset: int, message: str
) -> None:
    with pytest.raises(error) as caught:
        run(model)
    assert message in str(caught.value)
    assert line_of(model, offset) in str(caught.value)


@pytest.mark.parametrize(("model", "error", "offset", "message"), MISTAKES)
def test_a_posterior_and_a_simulation_say_the_same(
    model: Callable[[], None], error: type[Exception], offset: int, message: str
) -> None:
    for start in (ppl.Posterior, ppl.simulate):
        with pytest.raises(error, match=re.escape(message)) as caught:
            start(model)
        assert line_of(model, offset) in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ppl.sample("x", ppl.Normal(0, 1)),
        lambda: ppl.deterministic("x", 1.0),
        lambda: ppl.factor("x", 1.0),
    ],
)
def test_outside_a_model(call: Callable[[], Any]) -> None:
    with pytest.raises(RuntimeError, match=r"got a call outside, in site 'x' \(.*test_primitives"):
        call()
    with ppl.plate("i", 3), pytest.raises(ppl.OutsideModelError):
        call()


def test_a_site_nobody_gives_a_value() -> None:
    with substitute(data={"y": 1.0}):
        assert ppl.sample("y", ppl.Normal(0, 1)) == 1.0
        with pytest.raises(ppl.OutsideModelError, match="got none in site 'x'"):
            ppl.sample("x", ppl.Normal(0, 1))


def test_a_wrong_constant_is_found_in_density_terms_too() -> None:
    def model() -> None:
        x = ppl.sample("x", ppl.Normal(0, 1))
        ppl.factor("f", ppl.Normal(0, -1).log_prob(x))

    with pytest.raises(ppl.ParameterError, match=r"scale must be positive, got -1\.0"):
        run(model)


def test_the_stack_is_left_clean_and_is_each_threads_own() -> None:
    with pytest.raises(ppl.ParameterError):
        run(negative_scale)
    assert ppl.handlers.stack() == ()
    seen: list[bool] = []
    with seed(rng=1):
        thread = threading.Thread(target=lambda: seen.append(ppl.handlers.running()))
        thread.start()
        thread.join()
        assert ppl.handlers.running()
    assert seen == [False]


def test_observed_sites_return_their_data() -> None:
    def model() -> None:
        with ppl.plate("i", 2):
            y = ppl.sample("y", ppl.Normal(0, 1), obs=[1.0, 2.0])
        assert y.tolist() == [1.0, 2.0]

    assert run(model)["y"].observed
