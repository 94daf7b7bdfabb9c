"""StyleGAN Salon in a tiny world: it runs, lowers its loss, keeps the rest of the photo, repeats, stops, goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from core.compositing.finishing.finish import paste
from core.recipes.base import Outcome, Step
from core.recipes.request import Request
from core.recipes.salon.recipe import Salon
from tests.core.recipes import world


@pytest.fixture(autouse=True)
def _stand_in_for_the_other_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.recipes.salon.views.compose_classical", world.composite)


def _drive(request: Request, context: Any, stop_after: int | None = None) -> tuple[list[Step], Outcome]:
    return world.drive(Salon(), request, context, stop_after)


def _run(stop_after: int | None = None, bits: int = 8, **changes: Any) -> tuple[list[Step], Outcome]:
    context = world.context(bits=bits)
    changes.setdefault("parameters", {})
    changes["parameters"] = {"steps": 9, "tune_steps": 3, **changes["parameters"]}
    return _drive(world.request(context, **changes), context, stop_after)


def test_smoke() -> None:
    steps, outcome = _run()
    assert [step.stage for step in steps] == ["guide"] * 2 + ["W"] * 6 + ["W+"] * 3 + ["tuning"] * 3
    assert [step.index for step in steps] == list(range(1, 15))
    assert {step.total for step in steps} == {14}
    assert outcome.image.shape == (world.SIDE, world.SIDE, 3)
    assert {"w_plus", "other_w_plus", "noise_0", "other_noise_0", "features", "other_features"} <= set(outcome.latent)
    assert outcome.layers["other_generated"].shape == (16, 16, 3)
    assert outcome.guide is not None
    assert np.array_equal(outcome.guide[..., 3] > 0, outcome.mask > 0)
    for view in (0, 1):
        assert {f"face {view}", f"hair {view}", f"cross {view}", f"prior {view}"} <= set(steps[3].losses)


def test_every_step_renders_a_picture_of_the_photo() -> None:
    context = world.context()
    for step in Salon().run(world.request(context, parameters={"steps": 4, "tune_steps": 2}), context):
        assert step.render is not None
        assert step.patch is not None
        picture = step.render()
        assert picture.shape == (world.SIDE, world.SIDE, 3)
        assert float(picture.min()) >= 0
        assert float(picture.max()) <= 1
        rect, part = step.patch()
        assert part.shape[:2] == (rect.height, rect.width)


def test_loss_decreases_in_every_stage() -> None:
    steps, _ = _run(parameters={"steps": 36, "tune_steps": 12, "learning_rate": 0.02})
    for stage in ("W+", "tuning"):
        totals = [step.losses["total"] for step in steps if step.stage == stage]
        assert totals[-1] < totals[0]
    # Random mixing shakes the first stage.
    totals = [step.losses["total"] for step in steps if step.stage == "W"]
    assert np.mean(totals[-8:]) < np.mean(totals[:8])


@pytest.mark.parametrize("bits", [8, 16])
def test_outside_is_bit_exact(bits: int) -> None:
    context = world.context(bits=bits)
    _, outcome = _drive(world.request(context, parameters={"steps": 4, "tune_steps": 1}), context)
    pixels = paste(context.photo, outcome.image, outcome.mask)
    outside = outcome.mask == 0
    assert 0.1 < outside.mean() < 0.95
    assert np.array_equal(pixels[outside], context.photo.pixels[outside])


def test_protected_pixels_stay() -> None:
    context = world.context()
    protect = np.zeros((world.SIDE, world.SIDE), np.uint8)
    protect[:, :20] = 255
    _, outcome = _drive(world.request(context, protect=protect, steps=4), context)
    pixels = paste(context.photo, outcome.image, outcome.mask)
    assert np.array_equal(pixels[:, :20], context.photo.pixels[:, :20])
    assert not np.array_equal(pixels, context.photo.pixels)


def test_same_seed_same_bytes() -> None:
    first, second = _run()[1], _run()[1]
    assert first.image.tobytes() == second.image.tobytes()
    for name, array in first.latent.items():
        assert array.tobytes() == second.latent[name].tobytes()
    other = _run(parameters={"steps": 9})[1]
    assert other.latent["w_plus"].tobytes() == first.latent["w_plus"].tobytes()


def test_a_pause_changes_nothing() -> None:
    _, plain = _run()
    context = world.context()
    running = Salon().run(world.request(context, parameters={"steps": 9, "tune_steps": 3}), context)
    while True:
        try:
            step = next(running)
        except StopIteration as end:
            outcome = end.value
            break
        # What others do meanwhile: draw random numbers, look at the picture, keep a copy of the latents.
        torch.rand(3)
        np.random.rand(3)
        assert step.render is not None
        step.render()
        if step.latent is not None:
            step.latent()["w_plus"][:] = 7
    assert outcome.image.tobytes() == plain.image.tobytes()
    for name, array in plain.latent.items():
        assert array.tobytes() == outcome.latent[name].tobytes()


def test_the_seed_matters() -> None:
    latents = []
    for seed in (0, 1):
        context = world.context(seed=seed)
        request = world.request(context, parameters={"steps": 6, "tune_steps": 0})
        latents.append(_drive(request, context)[1].latent["w_plus"])
    assert not np.array_equal(*latents)


@pytest.mark.parametrize("stop_after", range(1, 15))
def test_can_be_stopped_at_any_step(stop_after: int) -> None:
    steps, outcome = _run(stop_after)
    assert len(steps) == stop_after
    assert np.isfinite(outcome.image).all()
    assert outcome.guide is not None
    assert bool(outcome.latent) == (stop_after > 2)


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


def test_values_that_are_not_finite_are_survived(fails_at: Callable[..., None]) -> None:
    context = world.context()
    fails_at(context.generator(), 3, 6)
    steps, outcome = _drive(world.request(context, parameters={"steps": 8, "tune_steps": 0}), context)
    assert len(steps) == 10
    assert np.isfinite(outcome.image).all()
    assert np.isfinite(outcome.latent["w_plus"]).all()


def test_a_generator_that_only_fails_leaves_the_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    context = world.context()
    generator = context.generator()
    plain = generator.synthesize
    monkeypatch.setattr(generator, "synthesize", lambda *a, **k: plain(*a, **k) * float("nan"))
    _, outcome = _drive(world.request(context, parameters={"steps": 8, "tune_steps": 2}), context)
    assert np.isfinite(outcome.image).all()
    assert any("diverged" in warning for warning in outcome.warnings)
