"""LOHO in a tiny world: it lowers its loss, every choice runs, references and background have their say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.compositing.composite import Composite, HoleLabel
from core.recipes.base import Outcome, Step, resolve
from core.recipes.loho import recipe as loho
from core.recipes.loho.info import PARAMS
from core.recipes.loho.recipe import Loho, LohoRun
from core.recipes.request import Request
from tests.core.recipes import world


def _drive(request: Request, context: Any, stop_after: int | None = None) -> tuple[list[Step], Outcome]:
    return world.drive(Loho(), request, context, stop_after)


def _run(stop_after: int | None = None, bits: int = 8, **changes: Any) -> tuple[list[Step], Outcome]:
    context = world.context(bits=bits)
    changes.setdefault("steps", 12)
    return _drive(world.request(context, **changes), context, stop_after)


def test_appearance_counts_from_the_second_stage_on() -> None:
    steps, _ = _run()
    assert "appearance" not in steps[7].losses
    assert {"appearance", "style", "structure", "identity", "removed"} <= set(steps[8].losses)


def test_loss_decreases() -> None:
    steps, _ = _run(steps=60, parameters={"learning_rate": 0.02})
    first, second = steps[2:32], steps[32:]
    assert first[-1].losses["total"] < first[0].losses["total"]
    assert second[-1].losses["total"] < second[0].losses["total"]


@pytest.mark.parametrize("changes", [
    {"features": False}, {"encoder_start": False}, {"orthogonalise": False}, {"gives_way": "structure"},
    {"gram": "map"}, {"blocks": "mean"},
    {"hair_mask_source": "parser", "parse_every": 2}, {"hair_mask_source": "union"}, {"jitter": 0.05},
    {"removed_weight": 0}, {"stage_switch": 0.0}, {"stage_switch": 1.0},
])
def test_every_choice_runs(changes: dict[str, Any]) -> None:
    _, outcome = _run(steps=4, parameters=changes)
    assert np.isfinite(outcome.image).all()


def test_reference_roles_may_differ() -> None:
    context = world.context()
    both = Loho().run(world.request(context, steps=30), context)
    list(both)
    same = world.context()
    same.portraits = {**same.portraits, "appearance": same.portraits["shape"]}
    run = LohoRun(same, world.request(same), _parameters(), world.composite(*_pair(same)))
    other = LohoRun(context, world.request(context), _parameters(), world.composite(*_pair(context)))
    assert not torch.equal(run.space.appearance, other.space.appearance)
    assert torch.equal(run.space.structure, other.space.structure)


def test_diverging_ends_with_a_warning_and_a_finite_picture() -> None:
    _, outcome = _run(parameters={"learning_rate": 9.0, "prior_weight": 100.0})
    assert np.isfinite(outcome.image).all()


def _parameters() -> dict[str, Any]:
    return resolve(PARAMS, {"steps": 8})


def _pair(context: Any) -> tuple[Any, Any]:
    return context.portraits["identity"], context.portraits["shape"]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_say_in_removed_background_is_adjustable(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    seen: list[Composite] = []
    whole = loho.finished_outcome

    def finish(composite: Composite, *others: Any, **named: Any) -> Outcome:
        seen.append(composite)
        return whole(composite, *others, **named)

    monkeypatch.setattr(loho, "finished_outcome", finish)
    context = world.context()
    plan = world.composite(context.portraits["identity"], context.portraits["shape"])
    _run(parameters={"backdrop": share}, steps=2)
    wall = plan.hole == HoleLabel.BACKDROP
    assert np.allclose(seen[0].invent[wall], share * plan.invent[wall])
    assert np.array_equal(seen[0].invent[~wall], plan.invent[~wall])
