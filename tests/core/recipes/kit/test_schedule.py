"""The learning-rate curve, the jitter and the stages at known points."""

from __future__ import annotations

import pytest

from core.recipes.kit.schedule import Schedule, jitter_strength, learning_rate_factor


@pytest.mark.parametrize(("t", "expected"), [
    (0, 0), (0.025, 0.5), (0.05, 1), (0.5, 1), (0.75, 1), (0.875, 0.5), (1, 0)])
def test_learning_rate(t: float, expected: float) -> None:
    assert learning_rate_factor(t) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("t", "expected"), [(0, 0.1), (0.375, 0.025), (0.75, 0), (0.9, 0)])
def test_jitter(t: float, expected: float) -> None:
    assert jitter_strength(t, 2.0) == pytest.approx(expected)


@pytest.mark.parametrize("total", [1, 2, 7, 100, 2000])
def test_the_switch_scales_with_the_steps(total: int) -> None:
    schedule = Schedule(total, ("stage 1", "stage 2"), (0.5, 0.5))
    stages = [schedule.stage_of(step) for step in range(total)]
    assert stages == sorted(stages)
    assert schedule.first_step(1) == round(total / 2)
    if total > 1:
        assert abs(stages.count(0) - total / 2) <= 0.5


def test_empty_stages_are_skipped() -> None:
    assert Schedule(10, ("a", "b"), (0.0, 1.0)).stage_of(0) == 1
    assert Schedule(10, ("a", "b"), (1.0, 0.0)).stage_of(9) == 0


def test_no_step_has_learning_rate_zero() -> None:
    schedule = Schedule(3, ("a",), (1.0,))
    assert all(learning_rate_factor(schedule.time(step)) > 0 for step in range(3))
