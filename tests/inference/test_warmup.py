"""Windows of the warmup."""

import numpy as np
import pytest

from inference.kernels import layout
from inference.warmup import schedule


def made(warmup: int, flag: int, adaptation: str = "stan") -> list[int]:
    return np.flatnonzero(schedule(warmup, adaptation) & flag).tolist()


def test_a_thousand_transitions_have_the_windows_of_stans_manual() -> None:
    # 75 | 25 50 100 200 500 | 50
    assert made(1000, layout.SWITCH) == [99, 149, 249, 449, 949]
    assert made(1000, layout.UPDATE) == made(1000, layout.SEARCH_STEP) == [99, 149, 249, 449, 949]
    actions = schedule(1000, "stan")
    assert (actions[:75] == layout.STEP_ONLY).all()
    assert (actions[950:] == layout.STEP_ONLY).all()


def test_windows_that_do_not_fit_become_one_of_three_quarters() -> None:
    assert made(100, layout.SWITCH) == [89]
    assert (schedule(100, "stan")[:15] == layout.STEP_ONLY).all()
    assert made(150, layout.SWITCH) == [99]


@pytest.mark.parametrize("adaptation", ["stan", "fisher"])
@pytest.mark.parametrize("warmup", [0, 1, 19])
def test_too_short_a_warmup_adapts_the_step_size_only(warmup: int, adaptation: str) -> None:
    assert (schedule(warmup, adaptation) == layout.STEP_ONLY).all()
    assert len(schedule(warmup, adaptation)) == warmup


@pytest.mark.parametrize("warmup", range(20, 1500, 37))
def test_every_window_is_closed_before_the_final_phase(warmup: int) -> None:
    actions = schedule(warmup, "stan")
    ends = made(warmup, layout.SWITCH)
    collected = np.flatnonzero(actions != layout.STEP_ONLY)
    assert ends[-1] == collected[-1]
    assert ends[-1] < warmup - 1  # the step size is adapted to the last metric
    assert (np.diff(collected) == 1).all()
    assert np.diff([collected[0] - 1, *ends]).min() > 5


def test_the_windows_of_nuts_rs() -> None:
    # 30% in windows of 10, then 80 and 120; the next, of 180, would reach into the last 15%.
    assert made(1000, layout.SWITCH, "fisher") == [*range(9, 300, 10), 379, 499]
    assert made(1000, layout.UPDATE, "fisher") == list(range(850))
    assert made(1000, layout.LATE, "fisher") == list(range(500, 1000))
    assert made(1000, layout.SEARCH_STEP, "fisher") == [2]
    assert made(400, layout.SWITCH, "fisher") == [*range(9, 120, 10), 199]


@pytest.mark.parametrize("warmup", range(20, 1500, 37))
def test_the_last_phase_of_fisher_has_a_fixed_metric_and_follows_one_statistic(warmup: int) -> None:
    actions = schedule(warmup, "fisher")
    last = warmup - round(0.15 * warmup)
    assert not (
        actions[last:] & (layout.UPDATE | layout.COLLECT | layout.SWITCH | layout.ASK)
    ).any()
    assert (actions[last:] & layout.LATE).all()
    assert actions[last - 1] & layout.ASK
