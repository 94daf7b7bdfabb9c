"""StyleFusion in a tiny world: it lowers its loss, every choice runs, and what is asked for is what changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.errors import InputRefused
from core.recipes.base import Outcome, Step, resolve
from core.recipes.request import Request
from core.recipes.stylefusion.codes import leaf_masks, region_statistics
from core.recipes.stylefusion.info import PARAMS, idle
from core.recipes.stylefusion.job import Job, choices_of
from core.recipes.stylefusion.recipe import StyleFusion
from tests.core.recipes import world


def _drive(request: Request, context: Any, stop_after: int | None = None) -> tuple[list[Step], Outcome]:
    return world.drive(StyleFusion(), request, context, stop_after)


SKIN = {"hair_from": "own", "skin_from": "extra1"}
MANY = {"skin_from": "extra1", "background_from": "shape", "clothes_from": "appearance", "eyes_from": "random",
        "mouth_from": "extra1", "pose_from": "extra1"}


def _run(parameters: dict[str, Any], stop_after: int | None = None, *, trained: bool = True, bits: int = 8,
         **changes: Any) -> tuple[list[Step], Outcome]:
    context = world.fusion_context(bits=bits, trained=trained)
    changes.setdefault("steps", 6)
    return _drive(world.request(context, parameters=parameters, **changes), context, stop_after)


def test_new_hair_is_there_in_the_first_picture() -> None:
    context = world.fusion_context()
    photo = context.photo.rgb()
    steps = StyleFusion().run(world.request(context, steps=2), context)
    step = next(steps)
    first = step.render()
    changed = np.abs(first - photo).max(axis=2) > 0.05
    assert changed.mean() > 0.02
    # Stopped here, what was shown is what is kept.
    context.stop()
    with pytest.raises(StopIteration) as end:
        next(steps)
    outcome = end.value.value
    assert outcome.mask[changed].mean() > 0.5
    assert np.abs(outcome.image - first)[changed].mean() < 0.5 * np.abs(photo - first)[changed].mean()


def test_loss_decreases() -> None:
    steps, _ = _run(SKIN, steps=40)
    fits = [step.losses["total"] for step in steps if step.stage == "fit"]
    assert fits[-1] < 0.8 * fits[0]


def test_what_is_ignored_is_invented() -> None:
    ignore = np.zeros((world.SIDE, world.SIDE), np.uint8)
    ignore[24:32, 20:30] = 255
    steps, outcome = _run({"hair_from": "own"}, ignore=ignore, steps=2)
    assert len(steps) == 5
    assert (outcome.mask[25:31, 21:29] > 0.5).all()
    assert outcome.mask[:20].max() == 0


def test_a_latent_of_another_model_is_refused() -> None:
    with pytest.raises(InputRefused, match="fused_code"):
        _run(SKIN, start={"fused_code": np.zeros((1, 3), np.float32)})


def test_without_a_network_the_table_joins_and_says_so() -> None:
    _, outcome = _run(SKIN, trained=False)
    assert any("FusionNet" in warning for warning in outcome.warnings)
    assert not any("FusionNet" in warning for warning in _run({**SKIN, "method": "table"}, trained=False)[1].warnings)


def test_nothing_chosen_changes_nothing() -> None:
    steps, outcome = _run({"hair_from": "own", "skin_from": "extra1", "skin_amount": 0.0})
    assert len(steps) == 1
    assert not outcome.mask.any()
    assert outcome.warnings


@pytest.mark.parametrize("changes", [
    {"hair_mode": "look"}, {"hair_amount": 0.5}, {"hair_mode": "look", "hair_amount": 0.3}, {"hair_from": "random"},
    {**MANY, "detail": "generator"}, {**MANY, "method": "table"}, {"skin_from": "random", "clothes_from": "random"},
    {"background_from": "random", "mouth_from": "random", "steps": 0},
])
def test_every_choice_runs(changes: dict[str, Any]) -> None:
    _, outcome = _run(changes, steps=None if "steps" in changes else 2)
    assert np.isfinite(outcome.image).all()
    assert outcome.mask.any()


def test_amount_goes_from_the_portrait_to_the_source() -> None:
    context = world.fusion_context()
    original = context.photo.rgb()
    apart = []
    for amount in (0.2, 0.6, 1.0):
        _, outcome = _run({"hair_from": "own", "background_from": "extra1", "background_amount": amount}, steps=0)
        apart.append(float(np.abs(outcome.image - original).mean()))
    assert 0 < apart[0] < apart[1] < apart[2]


def test_a_source_that_is_not_loaded_is_refused_only_where_it_was_asked_for() -> None:
    people = {"identity": world.portrait(1)}
    values = resolve(PARAMS, {})
    assert choices_of(values, {}, people) == []
    with pytest.raises(InputRefused, match="shape"):
        choices_of(values, {"hair_from": "shape"}, people)
    with pytest.raises(InputRefused, match="extra3"):
        choices_of(resolve(PARAMS, {"eyes_from": "extra3"}), {"eyes_from": "extra3"}, people)
    (choice,) = choices_of(resolve(PARAMS, {"eyes_from": "random", "eyes_amount": 0.4}), {}, people)
    assert (choice.region, choice.amount, choice.portrait) == ("eyes", 0.4, None)


def test_values_that_are_not_finite_are_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    context = world.fusion_context()
    generator = context.generator()
    plain, calls = generator.synthesize_styles, []

    def broken(*args: Any, **kwargs: Any) -> torch.Tensor:
        image = plain(*args, **kwargs)
        if image.requires_grad:
            calls.append(None)
            return image * float("nan") if len(calls) == 3 else image
        return image

    monkeypatch.setattr(generator, "synthesize_styles", broken)
    _, outcome = _drive(world.request(context, parameters=SKIN, steps=8), context)
    assert len(calls) == 8
    assert np.isfinite(outcome.image).all()


def test_leaf_masks_leave_hair_alone() -> None:
    labels, hair = world.thirds(np.zeros((16, 16, 3), np.float32))
    masks = leaf_masks(labels, hair)
    assert set(masks) == {"hair", "background", "clothes", "skin", "eyes", "mouth"}
    assert np.sum(list(masks.values()), axis=0).max() <= 1.001
    assert masks["skin"][:5, 4:].max() == 0
    assert masks["mouth"].max() == 0


def test_region_statistics_are_weighted_means_and_deviations() -> None:
    values = torch.rand(1, 2, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mask = torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    mean, spread = region_statistics(values, mask)
    for channel in range(2):
        total = sum(float(mask[0, 0, y, x]) for y in range(4) for x in range(4))
        middle = sum(float(mask[0, 0, y, x] * values[0, channel, y, x]) for y in range(4) for x in range(4)) / total
        square = sum(float(mask[0, 0, y, x]) * (float(values[0, channel, y, x]) - middle) ** 2
                     for y in range(4) for x in range(4)) / total
        assert float(mean[0, channel]) == pytest.approx(middle, rel=1e-5)
        assert float(spread[0, channel]) == pytest.approx((square + 1e-5) ** 0.5, rel=1e-4)
    free = values.clone().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda v: region_statistics(v, mask), (free,))


def test_a_single_reference_gives_the_hair_whichever_it_is() -> None:
    people = {"identity": world.portrait(1), "appearance": world.portrait(2)}
    values = resolve(PARAMS, {})
    (choice,) = choices_of(values, {}, people)
    assert (choice.region, choice.portrait) == ("hair", people["appearance"])
    people["shape"] = world.portrait(3)
    (choice,) = choices_of(values, {}, people)
    assert choice.portrait is people["shape"]


@pytest.mark.parametrize(("asked", "roles", "expected"), [
    ({}, ["identity"], True),
    ({}, ["identity", "shape"], False),
    ({}, ["identity", "appearance"], False),
    ({}, ["identity", "extra1"], True),
    ({"hair_amount": 0.0}, ["identity", "shape"], True),
    ({"hair_from": "own"}, ["identity", "shape"], True),
    ({"hair_from": "own", "skin_from": "random"}, ["identity"], False),
    # Named and not there: that has its own message.
    ({"eyes_from": "extra1"}, ["identity"], False),
])
def test_what_would_change_nothing_is_known_before_a_run(asked: dict[str, Any], roles: list[str], *,
                                                         expected: bool) -> None:
    assert idle(asked, roles) is expected


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, "appearance"),
    ({"hair_colour_from": "hair"}, None),
    ({"hair_from": "extra1"}, None),
    ({"hair_from": "appearance"}, None),
    ({"hair_amount": 0.5}, "identity"),
])
def test_new_hair_takes_the_appearance_portraits_colour(changes: dict[str, Any], expected: str | None) -> None:
    context = world.fusion_context()
    people = context.portraits
    values = resolve(PARAMS, changes)
    job = Job(None, context, values, tuple(choices_of(values, changes, people)), world.networks(context))
    plan = job.plan()
    assert plan is not None
    assert plan.hair is people[changes.get("hair_from", "shape")]
    assert plan.colour is (None if expected is None else people[expected])
    context.portraits = {**people, "appearance": people["shape"]}
    alone = Job(None, context, values, tuple(choices_of(values, changes, context.portraits)), job.networks).plan()
    assert alone is not None
    assert expected == "identity" or alone.colour is None
