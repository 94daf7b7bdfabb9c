"""StyleGAN Salon in a tiny world: it lowers its loss, goes on, every choice runs, a painted guide is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.compositing.finishing.finish import paste
from core.recipes.base import Outcome, Step
from core.recipes.request import Request
from core.recipes.salon.recipe import Salon
from tests.core.recipes import world

pytestmark = pytest.mark.usefixtures("tiny_world")

def _drive(request: Request, context: Any, stop_after: int | None = None) -> tuple[list[Step], Outcome]:
    return world.drive(Salon(), request, context, stop_after)


def _run(stop_after: int | None = None, bits: int = 8, **changes: Any) -> tuple[list[Step], Outcome]:
    context = world.context(bits=bits)
    changes.setdefault("parameters", {})
    changes["parameters"] = {"steps": 9, "tune_steps": 3, **changes["parameters"]}
    return _drive(world.request(context, **changes), context, stop_after)


def test_both_views_have_their_losses() -> None:
    steps, _ = _run()
    for view in (0, 1):
        assert {f"face {view}", f"hair {view}", f"cross {view}", f"prior {view}"} <= set(steps[3].losses)


def test_loss_decreases_in_every_stage() -> None:
    steps, _ = _run(parameters={"steps": 36, "tune_steps": 12, "learning_rate": 0.02})
    for stage in ("W+", "tuning"):
        totals = [step.losses["total"] for step in steps if step.stage == stage]
        assert totals[-1] < totals[0]
    # Random mixing shakes the first stage.
    totals = [step.losses["total"] for step in steps if step.stage == "W"]
    assert np.mean(totals[-8:]) < np.mean(totals[:8])


def test_goes_on_from_a_latent() -> None:
    steps, outcome = _run(parameters={"steps": 24, "tune_steps": 0})
    again, _ = _run(parameters={"steps": 24, "tune_steps": 0}, start=outcome.latent)
    assert {step.stage for step in again[2:]} == {"W+"}
    assert again[2].losses["face 0"] < steps[2].losses["face 0"]


def test_goes_on_from_another_recipes_latent() -> None:
    _, outcome = _run()
    alone = {name: array for name, array in outcome.latent.items() if not name.startswith("other_")}
    steps, second = _run(start=alone)
    assert steps[2].stage == "W"
    assert np.isfinite(second.image).all()


@pytest.mark.parametrize("changes", [
    {"features": False}, {"encoder_start": False}, {"rebuild": False}, {"head_layers": 1}, {"head_layers": 18},
    {"stage_switch": 0.0}, {"stage_switch": 1.0}, {"tune_steps": 0}, {"tune_locality": 0.0}, {"calibrate": False},
    {"hair_share": 1.0, "backdrop": 1.0}, {"turn": 0.0}, {"tune_goal": 10.0},
])
def test_every_choice_runs(changes: dict[str, Any]) -> None:
    _, outcome = _run(parameters={"steps": 4, **changes})
    assert np.isfinite(outcome.image).all()


def test_tuning_ends_when_it_is_good_enough() -> None:
    steps, _ = _run(parameters={"tune_goal": 10.0})
    assert [step.stage for step in steps].count("tuning") == 1


def test_a_limit_of_steps_holds_for_all_of_them() -> None:
    steps, _ = _run(steps=6)
    assert len(steps) == 2 + 6


def test_a_painted_guide_is_seen_and_kept() -> None:
    context = world.context()
    guide = np.zeros((world.SIDE, world.SIDE, 4), np.uint8)
    guide[40:46, 4:12] = (255, 0, 0, 255)
    _, plain = _run()
    steps, outcome = _drive(world.request(context, guide=guide, parameters={"steps": 9, "tune_steps": 3}), context)
    assert np.allclose(outcome.image[40:46, 4:12], (1, 0, 0), atol=0.02)
    assert (outcome.mask[40:46, 4:12] > 0).all()
    assert outcome.guide is not None
    assert (outcome.guide[40:46, 4:12] == (255, 0, 0, 255)).all()
    assert plain.mask[42, 8] == 0
    assert steps[0].render is not None


def test_a_guide_handed_back_unchanged_changes_nothing() -> None:
    _, plain = _run()
    assert plain.guide is not None
    _, again = _run(guide=plain.guide)
    assert again.image.tobytes() == plain.image.tobytes()


def test_a_painted_guide_does_not_touch_what_is_protected() -> None:
    context = world.context()
    guide = np.full((world.SIDE, world.SIDE, 4), 255, np.uint8)
    protect = np.zeros((world.SIDE, world.SIDE), np.uint8)
    protect[:10] = 255
    _, outcome = _drive(world.request(context, guide=guide, protect=protect, steps=3), context)
    pixels = paste(context.photo, outcome.image, outcome.mask)
    assert np.array_equal(pixels[:10], context.photo.pixels[:10])
