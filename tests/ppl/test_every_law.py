"""Every law has every kind of case, and every map each of its laws.

What is covered is read off the tests themselves: a law counts as covered by a kind of test if a row
that the test is given builds it, and a parameter if a row that the test of gradients is given makes
it a traced value. So no list can say what the tests do not do; the exceptions, each with its
reason, are here, and one that is not needed fails too.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ad
import ppl
from ppl import distributions, transforms
from ppl.transforms import transform_for

from . import (
    test_bijectors,
    test_distributions,
    test_event_laws,
    test_event_transforms,
    test_free_laws,
    test_transforms,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLES = (test_distributions, test_event_laws, test_free_laws)
KINDS: dict[str, tuple[Callable[..., None], ...]] = {
    "log_prob against mpmath": tuple(t.test_log_prob_is_the_textbook_density for t in TABLES),
    "gradient in value and parameters": tuple(t.test_gradients for t in TABLES),
    "10,000 draws": (
        test_distributions.test_draws_follow_the_cdf,
        test_event_laws.test_draws_follow_the_density,
        test_free_laws.test_draws_follow_the_density,
        test_free_laws.test_marginals,
    ),
    "a million draws": (
        test_distributions.test_a_million_draws_follow_the_cdf,
        test_event_laws.test_a_million_draws_follow_the_density,
        test_free_laws.test_a_million_draws_follow_the_density,
        test_free_laws.test_marginals_of_a_million,
    ),
    "normalisation": (*(t.test_mass_is_one for t in TABLES), test_event_laws.test_mass_of_counts),
}
REASON = "not normalised: test_improper.py"
IMPROPER = dict.fromkeys(("Flat", "HalfFlat", "ImproperUniform"), REASON)
EXCEPTIONS: dict[str, dict[str, str]] = dict.fromkeys(KINDS, IMPROPER)
PARAMETERS = {
    "Flat.low": REASON,
    "Flat.high": REASON,
    "Masked.mask": "true or false",
}

LAWS: dict[str, type[ppl.Distribution]] = {
    name: law
    for name in distributions.__all__
    if inspect.isclass(law := getattr(distributions, name))
    and issubclass(law, ppl.Distribution)
    and law is not ppl.Distribution
}


def rows(test: Callable[..., None], first: str = "case") -> Iterator[tuple[Any, ...]]:
    """Arguments from `first` on that pytest gives a test."""
    marks: list[Any] = getattr(test, "pytestmark", [])
    for mark in (m for m in marks if m.args):
        names = [mark.args[0]] if isinstance(mark.args[0], str) else mark.args[0]
        if mark.name == "parametrize" and names[0] == first:
            for row in mark.args[1]:
                given = row.values if isinstance(row, type(pytest.param())) else row
                yield given if isinstance(given, tuple) else (given,)


def build(case: Any, given: Any, at: Callable[[Any], Any] = lambda x: x) -> Any:
    """The law of a row, with what `at` makes of each free number of its parameters."""
    if hasattr(case, "points"):
        return case.make(at(np.array(given)))
    if hasattr(case, "symmetric"):
        flat = test_event_laws.Flat(case, dict(given))
        return case(**flat.traced(at(flat.start)))
    return case(**test_distributions.structured(at(test_distributions.flat(given)), given))


def first(case: Any) -> Any:
    return case.points[0] if hasattr(case, "points") else case.parameters[0]


def built(test: Callable[..., None]) -> set[str]:
    """Names of the laws that a test is given."""
    return {type(build(case, first(case))).__name__ for case, *_ in rows(test)}


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_law_has_every_kind_of_case(kind: str) -> None:
    covered = set().union(*map(built, KINDS[kind]))
    assert LAWS.keys() - covered == EXCEPTIONS[kind].keys()


def test_a_million_draws_are_slow_and_nothing_else_is() -> None:
    slow = {
        kind: {any(m.name == "slow" for m in getattr(test, "pytestmark", [])) for test in tests}
        for kind, tests in KINDS.items()
    }
    assert slow == {kind: {kind == "a million draws"} for kind in KINDS}


def test_every_parameter_is_differentiated() -> None:
    found: set[str] = set()

    def note(law: Any) -> None:
        for name in law.parameters:
            if ad.is_traced(vars(law).get(name)):
                found.add(f"{type(law).__name__}.{name}")

    for test in KINDS["gradient in value and parameters"]:
        for case, given in rows(test):
            start = np.zeros(1)

            def density(_x: Any, case: Any = case, given: Any = given) -> Any:
                law = build(case, given, lambda p: p + 0.0 * _x[0] if p.size else p)
                note(law)
                return np.sum(_x)

            ad.grad(density)(start)
    declared = {f"{name}.{one}" for name, law in LAWS.items() for one in law.parameters}
    assert declared - found == PARAMETERS.keys()


def of_sets(test: Callable[..., None]) -> set[str]:
    """Names of the maps of the sets that a test is given."""
    return {type(transform_for(constraint)).__name__ for constraint, *_ in rows(test, "constraint")}


def of_maps(test: Callable[..., None]) -> set[str]:
    """Names of the maps of the rows that a test is given."""
    return {type(case.transform).__name__ for case, *_ in rows(test)}


MAP_LAWS = {
    "log-Jacobian is what differentiation says": (
        of_sets(test_transforms.test_log_jacobian_is_what_differentiation_says),
        of_maps(test_event_transforms.test_log_jacobian_is_what_differentiation_says),
        of_maps(test_bijectors.test_log_jacobian_is_what_differentiation_says),
    ),
    "inverse undoes": (
        of_sets(test_transforms.test_inverse_undoes),
        of_maps(test_event_transforms.test_inverse_undoes),
        of_maps(test_bijectors.test_inverse_undoes),
    ),
    "image is in the set": (
        of_sets(test_transforms.test_image_is_in_the_closed_set),
        of_maps(test_event_transforms.test_image_is_in_the_set),
        of_maps(test_bijectors.test_image_is_in_the_set),
    ),
}
MAP_EXCEPTIONS = {
    "log-Jacobian is what differentiation says": {
        "UnitVector": "from n numbers to n - 1 dimensions; by definition -|x|^2 / 2, as Stan's"
    },
}


@pytest.mark.parametrize("law", list(MAP_LAWS))
def test_every_map_has_every_law(law: str) -> None:
    maps = {name for name in transforms.__all__ if inspect.isclass(getattr(transforms, name))} - {
        "Transform"
    }
    assert maps - set().union(*MAP_LAWS[law]) == MAP_EXCEPTIONS.get(law, {}).keys()
