"""StyleFusion in a tiny world: it runs, lowers its loss, keeps the rest of the photo, repeats, stops and goes on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.compositing.finishing.finish import paste
from core.errors import InputRefused
from core.generators.fusion_net import FusionNet, StyleLayout
from core.models.tables import ChannelTable, LatentTable
from core.recipes.base import Outcome, Step, resolve
from core.recipes.context import Context
from core.recipes.request import Request
from core.recipes.stylefusion.codes import Networks, leaf_masks, region_statistics
from core.recipes.stylefusion.info import PARAMS, idle
from core.recipes.stylefusion.job import Job, choices_of
from core.recipes.stylefusion.recipe import StyleFusion
from tests.core.generators.tiny import TINY
from tests.core.recipes import world

REGIONS = ("hair", "background", "clothes", "skin", "eyes", "brows", "lips")


def thirds(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stands in for the regions net: hair above, a face in the middle, clothes below, background at the left."""
    size = image.shape[0]
    labels = np.full((size, size), 1, np.uint8)
    labels[-size // 4 :] = 3
    labels[:, : size // 5] = 0
    hair = np.zeros((size, size), np.float32)
    hair[: size // 3, size // 5 :] = 1
    labels[size // 2, size // 2] = 4
    return labels, hair


def networks(context: Context, *, trained: bool = True) -> Networks:
    source = np.random.default_rng(0)
    layout = StyleLayout.of(TINY)
    table = ChannelTable(REGIONS, layout.sizes, source.random((7, layout.channels)).astype(np.float32) ** 3,
                         np.full(7, 1 / 7, np.float32))
    fusion = None
    if trained:
        torch.manual_seed(0)
        fusion = FusionNet(layout, 8)
        for node in ("all", "face", "bg_hair_clothes"):
            torch.nn.init.normal_(fusion.blender("fuse", node).last.weight, 0, 0.3)
        fusion.requires_grad_(False)
    latents = LatentTable(np.zeros((TINY.layers, TINY.w_dim), np.float32), np.ones(TINY.layers, np.float32),
                          source.normal(size=(3, TINY.layers, TINY.w_dim)).astype(np.float32),
                          np.ones(3, np.float32))
    return Networks(context.generator(), context.encoder(), context.features(), thirds, table, layout, fusion, latents)


def _context(*, bits: int = 8, trained: bool = True) -> Context:
    context = world.context(bits=bits)
    extra = world.portrait(7)
    context.portraits = {**context.portraits, "extra1": extra}
    context._loaded.update(stylefusion=networks(context, trained=trained))
    return context


def _drive(request: Request, context: Any, stop_after: int | None = None) -> tuple[list[Step], Outcome]:
    return world.drive(StyleFusion(), request, context, stop_after)


SKIN = {"hair_from": "own", "skin_from": "extra1"}
MANY = {"skin_from": "extra1", "background_from": "shape", "clothes_from": "appearance", "eyes_from": "random",
        "mouth_from": "extra1", "pose_from": "extra1"}


def _run(parameters: dict[str, Any], stop_after: int | None = None, *, trained: bool = True, bits: int = 8,
         **changes: Any) -> tuple[list[Step], Outcome]:
    context = _context(bits=bits, trained=trained)
    changes.setdefault("steps", 6)
    return _drive(world.request(context, parameters=parameters, **changes), context, stop_after)


def test_smoke() -> None:
    steps, outcome = _run(MANY)
    assert [step.stage for step in steps] == ["preview", "fusion", *["fit"] * 6, "finish"]
    assert [step.index for step in steps] == list(range(1, 10))
    assert {step.total for step in steps} == {9}
    assert outcome.image.shape == (world.SIDE, world.SIDE, 3)
    assert outcome.image.dtype == np.float32
    assert {"change_inside", "change_outside", "largest_turn", "loss_look"} <= set(outcome.metrics)
    assert set(outcome.latent) == {"fused_code"}
    assert {"generated", "reconstruction", "alpha"} <= set(outcome.layers)


def test_every_step_shows_the_photo_and_a_part_of_it() -> None:
    context = _context()
    for step in StyleFusion().run(world.request(context, parameters=MANY, steps=2), context):
        assert step.render is not None
        assert step.patch is not None
        picture, (rect, part) = step.render(), step.patch()
        assert picture.shape == (world.SIDE, world.SIDE, 3)
        assert float(picture.min()) >= 0
        assert float(picture.max()) <= 1
        assert part.shape[2] == 3
        assert 0 < rect.width <= world.SIDE


def test_new_hair_is_there_in_the_first_picture() -> None:
    context = _context()
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


@pytest.mark.parametrize("bits", [8, 16])
def test_outside_is_bit_exact(bits: int) -> None:
    context = _context(bits=bits)
    _, outcome = _drive(world.request(context, parameters=SKIN, steps=2), context)
    pixels = paste(context.photo, outcome.image, outcome.mask)
    outside = outcome.mask == 0
    assert 0.1 < outside.mean() < 0.99
    assert np.array_equal(pixels[outside], context.photo.pixels[outside])
    assert not np.array_equal(pixels, context.photo.pixels)


def test_what_is_protected_stays() -> None:
    protect = np.zeros((world.SIDE, world.SIDE), np.uint8)
    protect[28:] = 255
    context = _context()
    _, outcome = _drive(world.request(context, parameters=MANY, steps=2, protect=protect), context)
    pixels = paste(context.photo, outcome.image, outcome.mask)
    assert np.array_equal(pixels[28:], context.photo.pixels[28:])
    assert not np.array_equal(pixels[:28], context.photo.pixels[:28])


def test_what_is_ignored_is_invented() -> None:
    ignore = np.zeros((world.SIDE, world.SIDE), np.uint8)
    ignore[24:32, 20:30] = 255
    steps, outcome = _run({"hair_from": "own"}, ignore=ignore, steps=2)
    assert len(steps) == 5
    assert (outcome.mask[25:31, 21:29] > 0.5).all()
    assert outcome.mask[:20].max() == 0


def test_same_seed_same_bytes() -> None:
    parameters = {**MANY, "skin_from": "random"}
    first, second = _run(parameters)[1], _run(parameters)[1]
    assert first.image.tobytes() == second.image.tobytes()
    assert first.latent["fused_code"].tobytes() == second.latent["fused_code"].tobytes()


def test_another_seed_draws_another_portrait() -> None:
    context = _context()
    made = []
    for seed in (1, 2):
        context.begin(seed)
        request = world.request(context, parameters={"hair_from": "own", "skin_from": "random"}, steps=1)
        made.append(_drive(request, context)[1].latent["fused_code"])
    assert not np.array_equal(*made)


@pytest.mark.parametrize("stop_after", range(1, 10))
def test_can_be_stopped_at_any_step(stop_after: int) -> None:
    steps, outcome = _run(MANY, stop_after)
    assert len(steps) == stop_after
    assert np.isfinite(outcome.image).all()


def test_goes_on_from_a_latent() -> None:
    steps, outcome = _run(SKIN, steps=40)
    again, _ = _run(SKIN, steps=40, start=outcome.latent)
    first = next(step.losses["total"] for step in steps if step.stage == "fit")
    assert next(step.losses["total"] for step in again if step.stage == "fit") < first


def test_a_latent_of_another_model_is_refused() -> None:
    with pytest.raises(InputRefused, match="fused_code"):
        _run(SKIN, start={"fused_code": np.zeros((1, 3), np.float32)})


def test_waiting_between_steps_changes_nothing() -> None:
    whole = _run(MANY)[1]
    context = _context()
    running = StyleFusion().run(world.request(context, parameters=MANY, steps=6), context)
    outcome = None
    while outcome is None:
        try:
            step = next(running)
        except StopIteration as end:
            outcome = end.value
        else:
            assert step.render is not None
            step.render()
    assert outcome.image.tobytes() == whole.image.tobytes()


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
    context = _context()
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
    context = _context()
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
    labels, hair = thirds(np.zeros((16, 16, 3), np.float32))
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
    context = _context()
    people = context.portraits
    values = resolve(PARAMS, changes)
    job = Job(None, context, values, tuple(choices_of(values, changes, people)), networks(context))
    plan = job.plan()
    assert plan is not None
    assert plan.hair is people[changes.get("hair_from", "shape")]
    assert plan.colour is (None if expected is None else people[expected])
    context.portraits = {**people, "appearance": people["shape"]}
    alone = Job(None, context, values, tuple(choices_of(values, changes, context.portraits)), job.networks).plan()
    assert alone is not None
    assert expected == "identity" or alone.colour is None
