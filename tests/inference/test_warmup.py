"""Windows of the warmup."""

import numpy as np
import pytest

from inference.kernels import layout
from inference.warmup import schedule


def closings(warmup: int) -> list[int]:
    return np.flatnonzero(schedule(warmup) == layout.CLOSE_WINDOW).tolist()


def test_a_thousand_transitions_have_the_windows_of_stans_manual() -> None:
    # 75 | 25 50 100 200 500 | 50
    assert closings(1000) == [99, 149, 249, 449, 949]
    assert (schedule(1000)[:75] == layout.STEP_ONLY).all()
    assert (schedule(1000)[950:] == layout.STEP_ONLY).all()


def test_windows_that_do_not_fit_become_one_of_three_quarters() -> None:
    assert closings(100) == [89]
    assert (schedule(100)[:15] == layout.STEP_ONLY).all()
    assert closings(150) == [99]


@pytest.mark.parametrize("warmup", [0, 1, 19])
def test_too_short_a_warmup_adapts_the_step_size_only(warmup: int) -> None:
    assert len(schedule(warmup)) == warmup
    assert not closings(warmup)


@pytest.mark.parametrize("warmup", range(20, 1500, 37))
def test_every_window_is_closed_before_the_final_phase(warmup: int) -> None:
    actions = schedule(warmup)
    ends = closings(warmup)
    collected = np.flatnonzero(actions != layout.STEP_ONLY)
    assert ends[-1] == collected[-1]
    assert ends[-1] < warmup - 1  # the step size is adapted to the last metric
    assert (np.diff(collected) == 1).all()
    assert np.diff([collected[0] - 1, *ends]).min() > 5
