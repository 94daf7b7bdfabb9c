"""LOHO in a tiny world: it runs, lowers its loss, keeps the rest of the photo, repeats, stops and goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from core.compositing.composite import Composite, HoleLabel
from core.compositing.finishing.finish import paste
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


def test_smoke() -> None:
    steps, outcome = _run()
    assert [step.stage for step in steps] == ["guide"] * 2 + ["stage 1"] * 6 + ["stage 2"] * 6
    assert [step.index for step in steps] == list(range(1, 15))
    assert {step.total for step in steps} == {14}
    assert outcome.image.shape == (world.SIDE, world.SIDE, 3)
    assert outcome.image.dtype == np.float32
    assert {"hair_iou", "structure_loss"} <= set(outcome.metrics)
    assert {"w_plus", "features", "noise_0"} <= set(outcome.latent)
    assert outcome.layers["generated"].shape == (16, 16, 3)
    assert "appearance" not in steps[7].losses
    assert {"appearance", "style", "structure", "identity", "removed"} <= set(steps[8].losses)


def test_every_step_renders_a_picture_of_the_photo() -> None:
    context = world.context()
    running = Loho().run(world.request(context, steps=4), context)
    for step in running:
        assert step.render is not None
        picture = step.render()
        assert picture.shape == (world.SIDE, world.SIDE, 3)
        assert float(picture.min()) >= 0
        assert float(picture.max()) <= 1


def test_loss_decreases() -> None:
    steps, _ = _run(steps=60, parameters={"learning_rate": 0.02})
    first, second = steps[2:32], steps[32:]
    assert first[-1].losses["total"] < first[0].losses["total"]
    assert second[-1].losses["total"] < second[0].losses["total"]


@pytest.mark.parametrize("bits", [8, 16])
def test_outside_is_bit_exact(bits: int) -> None:
    context = world.context(bits=bits)
    _, outcome = _drive(world.request(context, steps=6), context)
    pixels = paste(context.photo, outcome.image, outcome.mask)
    outside = outcome.mask == 0
    assert 0.1 < outside.mean() < 0.95
    assert pixels.dtype == context.photo.pixels.dtype
    assert np.array_equal(pixels[outside], context.photo.pixels[outside])


def test_same_seed_same_bytes() -> None:
    first, second = _run(parameters={"jitter": 0.05})[1], _run(parameters={"jitter": 0.05})[1]
    assert first.image.tobytes() == second.image.tobytes()
    for name, array in first.latent.items():
        assert array.tobytes() == second.latent[name].tobytes()


@pytest.mark.parametrize("stop_after", range(1, 15))
def test_can_be_stopped_at_any_step(stop_after: int) -> None:
    steps, outcome = _run(stop_after)
    assert len(steps) == stop_after
    assert np.isfinite(outcome.image).all()
    assert bool(outcome.latent) == (stop_after > 2)


def test_goes_on_from_a_latent() -> None:
    steps, outcome = _run(steps=40)
    again, _ = _run(steps=40, start=outcome.latent)
    assert again[2].losses["total"] < steps[2].losses["total"]


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


def test_values_that_are_not_finite_are_survived(fails_at: Callable[..., None]) -> None:
    context = world.context()
    fails_at(context.generator(), 3, 7)
    steps, outcome = _drive(world.request(context, steps=12), context)
    assert len(steps) == 14
    assert np.isfinite(outcome.image).all()
    assert np.isfinite(outcome.latent["w_plus"]).all()


def test_a_generator_that_only_fails_leaves_the_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    context = world.context()
    generator = context.generator()
    plain = generator.synthesize
    monkeypatch.setattr(generator, "synthesize", lambda *a, **k: plain(*a, **k) * float("nan"))
    _, outcome = _drive(world.request(context, steps=12), context)
    assert np.isfinite(outcome.image).all()
    assert any("diverged" in warning for warning in outcome.warnings)


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
