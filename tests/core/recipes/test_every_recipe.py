"""What every recipe has to show, once for all of them: a recipe of the registry that has no row here fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from core.compositing.finishing.finish import paste
from core.engine import runner
from core.engine.progress import Progress
from core.recipes.base import Outcome, Step
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.loho.info import ATTRIBUTES
from core.recipes.registry import RECIPES
from tests.core.recipes import world

pytestmark = pytest.mark.usefixtures("tiny_world")

BOTH_STAGES = ("guide",) * 2 + ("stage 1",) * 2 + ("stage 2",) * 2
W_PLUS = ("w_plus", "noise")
F_PLUS = ("w_plus", "noise", "features")


@dataclass(frozen=True)
class Row:
    """How a recipe runs in the tiny world, and what it shows there.

    Attributes:
        recipe: its name.
        stages: of its steps, without what follows a comma.
        asked: changes of the request.
        context: makes the surroundings.
        outside: the least and the largest share of the photo where its mask is 0.
        layers, metrics: some of those that it leaves.
        latent: what its latent consists of, without numbers, first what is there from the beginning.
        latent_from, answers_from: the first steps after which it leaves a latent and hypotheses; 0 for never.
        seeded: what another seed changes, an array of the latent or the image; "" where chance has no part.
        stops: the steps after which it is stopped; all of them by default.
        longer: a limit of steps after which the loss has fallen for certain; 0 where the folder of the recipe has
            its own test of how it goes on.
        failing: calls of the generator that fail together, counted from 1.
        diverges: a limit of steps in which it is noticed that all calls fail, so that the guide is left; 0 where
            there is none.
    """

    recipe: str
    stages: tuple[str, ...]
    asked: Mapping[str, Any] = field(default_factory=dict)
    context: Callable[..., Context] = world.context
    outside: tuple[float, float] = (0.1, 0.95)
    layers: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    latent: tuple[str, ...] = ()
    latent_from: int = 0
    answers_from: int = 0
    seeded: str = ""
    stops: tuple[int, ...] = ()
    longer: int = 0
    failing: tuple[tuple[int, ...], ...] = ()
    diverges: int = 0

    def prepared(self, *, bits: int = 8, seed: int = 0, **changes: Any) -> tuple[Recipe, Any, Context]:
        """What ``world.drive`` takes."""
        context = self.context(bits=bits)
        context.begin(seed)
        asked = {"recipe": self.recipe, "seed": seed, **self.asked, **changes}
        return RECIPES[self.recipe], world.request(context, **asked), context

    def run(self, stop_after: int | None = None, **changes: Any) -> tuple[list[Step], Outcome]:
        """All its steps, and what it leaves."""
        return world.drive(*self.prepared(**changes), stop_after)


def _inverted(space: str, stages: tuple[str, ...], latent: tuple[str, ...], **changes: Any) -> Row:
    changes = {"stops": (1, 2, 5, 19, 20), "seeded": "w_plus", **changes}
    parameters = {"space": space, "jitter": 0.05, **changes.pop("parameters", {})}
    return Row("invert", stages, {"steps": 20, "parameters": parameters}, latent=latent, latent_from=1,
               metrics=("psnr", "ssim", "feature_distance", "steps_per_second"), **changes)


ROWS = {
    "classical": Row(
        "classical", ("quick composite", "composite"), layers=("plate", "alpha", "foreground", "composite")),
    "loho": Row(
        "loho", ("guide",) * 2 + ("stage 1",) * 6 + ("stage 2",) * 6, {"steps": 12, "parameters": {"jitter": 0.05}},
        layers=("generated",), metrics=("hair_iou", "structure_loss"), latent=F_PLUS, latent_from=3, seeded="w_plus",
        longer=40, failing=((3, 7),), diverges=12),
    **{f"loho-{attributes}": Row(
        "loho", BOTH_STAGES, {"steps": 4, "parameters": {"attributes": attributes}}, latent=F_PLUS, latent_from=3,
        longer=16) for attributes in ATTRIBUTES if attributes != "all"},
    "salon": Row(
        "salon", ("guide",) * 2 + ("W",) * 6 + ("W+",) * 3 + ("tuning",) * 3,
        {"parameters": {"steps": 9, "tune_steps": 3}}, layers=("generated", "other_generated"),
        latent=(*F_PLUS, *(f"other_{name}" for name in F_PLUS)), latent_from=3, seeded="w_plus", failing=((3, 6),),
        diverges=10),
    "mgi": Row(
        "mgi", ("guide",) * 2 + ("target",) + ("round 1",) * 8 + ("round 2",) * 4 + ("round 3",) * 2,
        {"steps": 14, "parameters": {"hypotheses": 4, "positions": 16, "codes_to": 4, "codes_from": 2}},
        layers=("generated",), metrics=("distance", "hypothesis", "proposed", "best_by_judge"),
        latent=("pictures", "answers", "plans", "proposed", "scores", "state"), latent_from=4, answers_from=4,
        seeded="state_2_codes", failing=((2, 4),), diverges=40),
    "stylefusion": Row(
        "stylefusion", ("preview", "fusion") + ("fit",) * 6 + ("finish",),
        {"steps": 6, "parameters": {
            "skin_from": "random", "background_from": "shape", "clothes_from": "appearance", "eyes_from": "random",
            "mouth_from": "extra1", "pose_from": "extra1"}},
        world.fusion_context, outside=(0.0, 0.95), layers=("generated", "reconstruction", "alpha"),
        metrics=("change_inside", "change_outside", "largest_turn", "loss_look"), latent=("fused_code",),
        latent_from=1, seeded="fused_code"),
    "stylefusion-skin": Row(
        "stylefusion", ("preview", "fusion") + ("fit",) * 4 + ("finish",),
        {"steps": 4, "parameters": {"hair_from": "own", "skin_from": "extra1"}}, world.fusion_context,
        outside=(0.1, 0.99), latent=("fused_code",), latent_from=1, longer=40),
    "style-fast": Row(
        "style", ("look", "style"), {"steps": 3, "parameters": {"size": 192, "method": "fast"}}, world.style_context,
        outside=(0.0, 0.95), latent=("picture", "code", "window"), latent_from=1, seeded="image"),
    **{f"style-gatys-{len(pictures)}": Row(
        "style", ("look", "style") + ("gatys",) * 3,
        {"steps": 3, "pictures": pictures, "parameters": {"size": 192, "method": "gatys"}}, world.style_context,
        outside=(0.0, 0.95), latent=("picture", "code", "window"), latent_from=1, seeded="" if pictures else "image",
    ) for pictures in (world.pictures(), world.pictures(1))},
    "invert-w": _inverted("w", ("W",) * 20, W_PLUS),
    "invert-w+": _inverted("w+", ("W",) * 3 + ("W+",) * 17, W_PLUS),
    "invert-f": _inverted(
        "f", ("W",) * 2 + ("W+",) * 6 + ("F",) * 12, F_PLUS, longer=40, failing=((1,), (7,), (20,))),
    "invert-s": _inverted("s", ("W",) * 2 + ("W+",) * 8 + ("S",) * 10, (*W_PLUS, "style")),
    "invert-multi": _inverted("multi", ("W",) * 2 + ("W+",) * 4 + ("codes",) * 14, (*W_PLUS, "codes", "importance")),
    "invert-tuned": _inverted(
        "f", ("W",) + ("W+",) * 4 + ("F",) * 7 + ("tuning",) * 8, F_PLUS, parameters={"tune_steps": 8},
        stops=(1, 11, 12, 13, 19, 20)),
}
IN_PHOTO_SPACE = [name for name, row in ROWS.items() if row.recipe in RECIPES and RECIPES[row.recipe].info.photo_space]


@cache
def _whole(name: str) -> tuple[list[Step], Outcome]:
    """A run from beginning to end, made once."""
    return ROWS[name].run()


def _assert_same(outcome: Outcome, other: Outcome) -> None:
    """Two outcomes are equal to the bit."""
    assert outcome.image.tobytes() == other.image.tobytes()
    assert outcome.mask.tobytes() == other.mask.tobytes()
    assert outcome.latent.keys() == other.latent.keys()
    for key, array in outcome.latent.items():
        assert array.tobytes() == other.latent[key].tobytes()


def test_every_recipe_has_a_row() -> None:
    missing = set(RECIPES) - {row.recipe for row in ROWS.values()}
    assert not missing, f"no row in ROWS for {', '.join(sorted(missing))}: say how it runs in the tiny world"


@pytest.mark.parametrize("name", ROWS)
def test_smoke(name: str) -> None:
    row, (steps, outcome) = ROWS[name], _whole(name)
    info = RECIPES[row.recipe].info
    assert [step.stage.split(",")[0] for step in steps] == list(row.stages)
    assert [step.index for step in steps] == list(range(1, len(row.stages) + 1))
    assert {step.total for step in steps} == {len(row.stages)}
    side = world.SIDE if info.photo_space else 16
    assert outcome.image.shape == (side, side, 3)
    assert outcome.image.dtype == np.float32
    assert np.isfinite(outcome.image).all()
    assert all(np.isfinite(array).all() for array in outcome.latent.values())
    assert {re.sub(r"_\d.*", "", array) for array in outcome.latent} == set(row.latent)
    assert set(row.layers) <= set(outcome.layers)
    assert {layer.shape for layer_name, layer in outcome.layers.items() if "generated" in layer_name} <= {(16, 16, 3)}
    assert set(row.metrics) <= set(outcome.metrics)
    assert (outcome.guide is not None) == ("guide" in info.accepts)
    if outcome.guide is not None:
        assert np.array_equal(outcome.guide[..., 3] > 0, outcome.mask > 0)


@pytest.mark.parametrize("name", IN_PHOTO_SPACE)
def test_outside_is_bit_exact(name: str) -> None:
    outcome, photo = _whole(name)[1], world.portrait(1).photo
    pixels, outside = paste(photo, outcome.image, outcome.mask), outcome.mask == 0
    least, largest = ROWS[name].outside
    assert least <= outside.mean() <= largest
    assert np.array_equal(pixels[outside], photo.pixels[outside])
    assert not np.array_equal(pixels, photo.pixels)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("name", IN_PHOTO_SPACE)
def test_outside_and_protected_pixels_are_bit_exact(name: str, bits: int) -> None:
    protect = np.zeros((world.SIDE, world.SIDE), np.uint8)
    protect[:, :20] = protect[28:] = protect[10:20, :24] = 255
    recipe, request, context = ROWS[name].prepared(bits=bits, protect=protect)
    _, outcome = world.drive(recipe, request, context)
    pixels = paste(context.photo, outcome.image, outcome.mask)
    kept = (outcome.mask == 0) | (protect > 0)
    assert pixels.dtype == context.photo.pixels.dtype
    assert np.array_equal(pixels[kept], context.photo.pixels[kept])
    assert not np.array_equal(pixels, context.photo.pixels)


@pytest.mark.parametrize("name", ROWS)
def test_same_seed_same_bytes(name: str) -> None:
    prepared = ROWS[name].prepared()
    torch.rand(3)
    np.random.rand(3)
    _assert_same(world.drive(*prepared)[1], _whole(name)[1])


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.seeded])
def test_another_seed_another_result(name: str) -> None:
    found = (ROWS[name].run(seed=9)[1], _whole(name)[1])
    one, other = ({**outcome.latent, "image": outcome.image}[ROWS[name].seeded] for outcome in found)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("name", ROWS)
def test_who_looks_and_what_runs_between_two_steps_changes_nothing(name: str) -> None:
    row, (_, plain) = ROWS[name], _whole(name)
    size = plain.image.shape[0]

    def meanwhile(step: Step) -> None:
        torch.rand(3)
        np.random.rand(3)
        assert step.render is not None
        assert step.patch is not None
        picture, (rect, part) = step.render(), step.patch()
        assert picture.shape == (size, size, 3)
        assert float(picture.min()) >= 0
        assert float(picture.max()) <= 1
        assert np.isfinite(part).all()
        assert part.shape == (rect.height, rect.width, 3)
        assert 0 < rect.width <= world.SIDE
        if step.latent is not None:
            for array in step.latent().values():
                array[:] = 7
        if step.index == len(row.stages) // 2:
            row.run(3, seed=7)

    _assert_same(world.drive(*row.prepared(), meanwhile=meanwhile)[1], plain)


@pytest.mark.parametrize(("name", "stop_after"), [
    (name, stop_after) for name, row in ROWS.items() for stop_after in row.stops or range(1, len(row.stages) + 1)])
def test_can_be_stopped_at_any_step(name: str, stop_after: int) -> None:
    row = ROWS[name]
    steps, outcome = row.run(stop_after)
    assert len(steps) == stop_after
    assert np.isfinite(outcome.image).all()
    assert bool(outcome.latent) == (0 < row.latent_from <= stop_after)
    assert not outcome.latent or row.latent[0] in outcome.latent
    assert bool(outcome.hypotheses) == ("pictures" in outcome.latent) == (0 < row.answers_from <= stop_after)
    assert (outcome.guide is not None) == ("guide" in RECIPES[row.recipe].info.accepts)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.longer])
def test_loss_falls_and_goes_on_from_a_latent(name: str) -> None:
    first, outcome = ROWS[name].run(steps=ROWS[name].longer)
    again, _ = ROWS[name].run(steps=ROWS[name].longer, start=outcome.latent)
    opening = next(step.stage for step in first if step.losses)
    losses = [step.losses["total"] for step in first if step.stage == opening]
    assert losses[-1] < losses[0]
    assert next(step.losses["total"] for step in again if step.losses) < losses[0]


@pytest.mark.parametrize(("name", "failing"), [
    (name, failing) for name, row in ROWS.items() for failing in row.failing])
def test_values_that_are_not_finite_are_survived(
    fails_at: Callable[..., None], name: str, failing: tuple[int, ...]
) -> None:
    recipe, request, context = ROWS[name].prepared()
    fails_at(context.generator(), *failing)
    steps, outcome = world.drive(recipe, request, context)
    assert len(steps) == len(ROWS[name].stages)
    assert np.isfinite(outcome.image).all()
    assert all(np.isfinite(array).all() for array in outcome.latent.values())
    assert len(outcome.hypotheses) == len(_whole(name)[1].hypotheses)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.diverges])
def test_a_generator_that_only_fails_leaves_the_guide(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    recipe, request, context = ROWS[name].prepared(steps=ROWS[name].diverges)
    generator = context.generator()
    for method in ("synthesize", "synthesize_from", "synthesize_styles"):
        plain = getattr(generator, method)
        monkeypatch.setattr(generator, method, lambda *a, plain=plain, **k: plain(*a, **k) * float("nan"))
    _, outcome = world.drive(recipe, request, context)
    assert np.isfinite(outcome.image).all()
    assert not outcome.hypotheses
    assert any("diverged" in warning for warning in outcome.warnings)


@pytest.mark.parametrize("name", ROWS)
def test_the_engine_cancels_it(name: str) -> None:
    """Cancelled at the third step that has losses, or at the first where there are none."""
    _, request, context = ROWS[name].prepared()
    with_losses = [step.index for step in _whole(name)[0] if step.losses]
    at, progress = (with_losses[2] if with_losses else 1), Progress()

    def watch(step: Step) -> None:
        if step.index == at:
            progress.cancel()

    result = runner.run(request, progress, on_step=watch, context=context)
    assert result.cancelled
    assert result.steps == (3 if with_losses else 0)
    assert result.parameters.items() >= request.parameters.items()
    assert np.isfinite(result.image).all()
