"""Baselines, recipes and their variants under one form: a case in, pixels, edit and times out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.bench.clone import solve_poisson
from core.bench.quality import baselines
from core.bench.quality.protocols import Case
from core.document.photo import Photo
from core.engine import runner
from core.engine.result import Result, peak_rss_mb
from core.errors import InputRefused
from core.faces.align import Alignment
from core.imaging.arrays import FloatImage
from core.imaging.matting import dilate
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.loho.info import CODE
from core.recipes.registry import RECIPES
from core.recipes.request import Request

MOST_STEPS = 5000
"""No method gets more steps than these, however fast it is."""

ORIGINAL: dict[str, Any] = CODE | {
    "encoder_start": False, "features": False, "hair_share": 1.0, "backdrop": 1.0,
    "repair": False, "pixel_weight": 0.0, "background_weight": 0.0, "plate_weight": 0.0, "hair_weight": 0.0,
    "removed_weight": 0.0, "tint_weight": 0.0, "guide_weight": 0.0, "prior_weight": 0.0, "hair_mask_source": "user",
    "learning_rate": 0.2, "loss_size": 128,
}
"""LOHO as its official code has it, as far as the recipe has it as a choice, but for three things. Feature terms stay
calibrated, because the original weights belong to another feature network. The result's hair mask is the planned one,
so that the regions net takes no part and can measure hair IoU. Losses are computed at 128 px: the original's 256 are a
quarter of its generator's size, and at full size a small generator answers with patterns. The learning rate is the
original's 0.1, which is about a fifth of the spread of its W."""


@dataclass(frozen=True)
class Limits:
    """What a run may spend: optimisation steps and seconds, None = the recipe's own."""

    steps: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """What a method made of a case.

    Attributes:
        pixels: [H, W, 3] of the photo's type.
        edit: [H, W], exactly 0 where the method says it changed nothing.
        alpha: [H, W] the new hair where the method placed it itself; None = where the target has it.
        figures: wall, first_preview, steps, steps_per_second, peak_mb, and what the recipe measured of itself.
        warnings: of the recipe.
    """

    pixels: NDArray[np.unsignedinteger]
    edit: NDArray
    alpha: FloatImage | None
    figures: Mapping[str, float]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Method:
    """A column of the tables.

    Attributes:
        name: as given with --methods.
        title: for people.
        optimises: whether a budget of steps or seconds means anything to it.
        parser_took_part: whether the regions net steered it, so that hair IoU only says it did what it was told.
        run: case, context, limits and seed in, answer out.
        most_steps: more than these it refuses.
    """

    name: str
    title: str
    optimises: bool
    run: Callable[[Case, Context, Limits, int], Answer] = field(repr=False)
    parser_took_part: bool = False
    most_steps: int = MOST_STEPS


def default_names() -> list[str]:
    """Every baseline, and every recipe that takes hair from a reference."""
    return [*_BASELINES, "b5", "b6", "b7", *hair_recipes()]


def hair_recipes() -> list[str]:
    """Names of the recipes that take hair from a reference, as far as they are registered."""
    return [name for name, recipe in RECIPES.items() if recipe.info.takes_reference]


def find_method(text: str) -> Method:
    """A method by name, perhaps with changed parameters: "b3", "loho", "loho:ring_iterations=3,jitter=0.05".

    Raises:
        InputRefused: unknown name or parameter.
    """
    name, _, changes = text.partition(":")
    given: dict[str, str] = {}
    for item in filter(None, changes.split(",")):
        key, equals, value = item.partition("=")
        if not equals:
            raise InputRefused(f"{text!r} is no method.", f"{item!r} does not read name=value.")
        given[key] = value
    if name in _BASELINES:
        if given:
            raise InputRefused(f"{name} has no parameters.", "", "Leave them out.")
        title, make = _BASELINES[name]
        return Method(name, title, False, make)
    if name == "b5":
        parameters = {"space": "w+", **given}
        RECIPES["invert"].info.resolved(parameters)
        return Method(text, "B5 W+ inversion, gradient-domain clone", True,
                      lambda case, context, limits, seed: _inverted(case, context, limits, seed, parameters))
    fixed: Mapping[str, Any] = {}
    recipe, title = name, ""
    if name in ("b6", "b7"):
        recipe, fixed = "loho", ORIGINAL | {"orthogonalise": name == "b7"}
        title = f"{name.upper()} LOHO as published, {'with' if name == 'b7' else 'without'} orthogonalisation"
    if recipe not in RECIPES or not (recipe in hair_recipes() or "pictures" in RECIPES[recipe].info.accepts):
        raise InputRefused(f"Unknown method {name!r}.", "", f"Choose from {', '.join(default_names())}.")
    return _recipe_method(text, RECIPES[recipe], {**fixed, **given}, title)


def _recipe_method(text: str, recipe: Recipe, parameters: Mapping[str, Any], title: str) -> Method:
    values = recipe.info.resolved(parameters)
    steered = values.get("hair_mask_source") in ("parser", "union")
    title = title or f"B8 {text}"
    return Method(text, title, _optimises(recipe),
                  lambda case, context, limits, seed: _recipe(case, context, limits, seed, recipe, parameters), steered,
                  _most_steps(recipe))


def _optimises(recipe: Recipe) -> bool:
    """Whether a recipe takes steps; those that have none to set do not."""
    return bool(recipe.info.steps)


def _most_steps(recipe: Recipe) -> int:
    """The most steps that a recipe accepts, within what a table gives."""
    most = recipe.info.param(recipe.info.steps).maximum if recipe.info.steps else None
    return MOST_STEPS if most is None else int(min(MOST_STEPS, most))


def _baseline(case: Case, paste: Callable[[baselines.Layers], FloatImage]) -> Answer:
    began = time.perf_counter()
    image = paste(baselines.layers_of(case))
    return _pasted(case, image, None, began)


def _guide(case: Case) -> Answer:
    began = time.perf_counter()
    image, alpha = baselines.guide_paste(case)
    return _pasted(case, image, alpha if case.ignore is None else None, began)


def _pasted(case: Case, image: FloatImage, alpha: FloatImage | None, began: float) -> Answer:
    """Picture to pixels of the photo's type; the edit is what changed."""
    photo = case.identity.photo
    top = 65535 if photo.bit_depth == 16 else 255
    pixels = np.rint(np.clip(image, 0, 1) * top).astype(photo.pixels.dtype)
    edit = (pixels != photo.pixels).any(axis=2).astype(np.float32)
    return Answer(pixels, edit, alpha, {"wall": time.perf_counter() - began, "peak_mb": peak_rss_mb()})


_BASELINES: dict[str, tuple[str, Callable[[Case, Context, Limits, int], Answer]]] = {
    "b0": ("B0 hard paste", lambda case, *_: _baseline(case, baselines.hard_paste)),
    "b1": ("B1 feathered paste", lambda case, *_: _baseline(case, baselines.feathered_paste)),
    "b2": ("B2 Laplacian pyramid", lambda case, *_: _baseline(case, baselines.pyramid_paste)),
    "b3": ("B3 gradient-domain clone, whole mask", lambda case, *_: _baseline(case, baselines.gradient_paste)),
    "b3-ring": ("B3 gradient-domain clone, ring only", lambda case, *_: _baseline(case, baselines.gradient_ring)),
    "b4": ("B4 guide composite of StyleGAN Salon", lambda case, *_: _guide(case)),
}


def _request(case: Case, recipe: str, parameters: Mapping[str, Any], limits: Limits, seed: int, context: Context,
             accepts: tuple[str, ...] = ()) -> Request:
    photos = {role: person.photo for role, person in case.portraits.items()}
    pictures = {"style1": case.portraits["appearance"].photo} if "pictures" in accepts else {}
    return Request(photos, ignore=case.ignore, pictures=pictures, recipe=recipe, parameters=parameters,
                   seed=case.seed + seed, pack=context.pack.name, device=str(context.device), steps=limits.steps,
                   seconds=limits.seconds)


def _recipe(case: Case, context: Context, limits: Limits, seed: int, recipe: Recipe, parameters: Mapping[str, Any]
            ) -> Answer:
    """Run a recipe; nothing that an earlier run composed is left over, so that all pay for what they use."""
    context.portraits = dict(case.portraits)
    context.guides.clear()
    request = _request(case, recipe.info.name, parameters, limits, seed, context, recipe.info.accepts)
    began = time.perf_counter()
    result = runner.run(request, context=context)
    wall = time.perf_counter() - began
    pixels, edit = result.pixels, result.mask
    if pixels.shape != case.identity.photo.pixels.shape:
        pixels, edit = _into_photo(case, result.image)
    alpha = result.outcome.layers.get("alpha")
    own = alpha if alpha is not None and alpha.shape == pixels.shape[:2] and case.ignore is None else None
    return Answer(pixels, edit, own, _times(result, wall), result.warnings)


def _times(result: Result, wall: float) -> dict[str, float]:
    figures = {"wall": wall, "first_preview": result.seconds.get("first_preview", 0.0), "steps": float(result.steps),
               "peak_mb": result.peak_rss_mb}
    spent = result.seconds.get("optimise", 0.0)
    if result.steps and spent > 0:
        figures["steps_per_second"] = result.steps / spent
    if "hair_iou" in result.metrics:
        figures["generated_iou"] = float(result.metrics["hair_iou"])
    return figures


def _into_photo(case: Case, image: FloatImage) -> tuple[NDArray[np.unsignedinteger], FloatImage]:
    """A picture of the face crop laid into the photo; the whole crop counts as edited."""
    photo, alignment = case.identity.photo, case.identity.alignment
    inside = _shown(alignment, image.shape[0], photo)
    large = alignment.uncrop(image, photo.width, photo.height)
    top = 65535 if photo.bit_depth == 16 else 255
    pixels = np.rint(np.clip(large, 0, 1) * top).astype(photo.pixels.dtype)
    return np.where(inside[..., None], pixels, photo.pixels), inside.astype(np.float32)


def _shown(alignment: Alignment, side: int, photo: Photo) -> NDArray[np.bool_]:
    """Where in a photo a crop of ``side`` pixels shows something, but for its outermost pixels, which fade out."""
    inner = np.zeros((side, side), np.float32)
    inner[2:-2, 2:-2] = 1
    return alignment.uncrop(inner, photo.width, photo.height, flags=cv2.INTER_NEAREST) > 0


def _inverted(case: Case, context: Context, limits: Limits, seed: int, parameters: Mapping[str, Any]) -> Answer:
    """B5: the hard paste through the generator, its hair and what was bared cloned back into the photo."""
    began = time.perf_counter()
    identity = case.identity
    layers = baselines.layers_of(case)
    pasted = Photo(_pasted(case, baselines.hard_paste(layers), None, began).pixels)
    context.portraits = {"identity": replace(identity, photo=pasted)}
    context.guides.clear()
    request = Request({"identity": pasted}, recipe="invert", parameters=parameters, seed=case.seed + seed,
                      pack=context.pack.name, device=str(context.device), steps=limits.steps, seconds=limits.seconds)
    result = runner.run(request, context=context)
    photo = identity.photo
    inside = _shown(identity.alignment, result.image.shape[0], photo)
    source = identity.alignment.uncrop(result.image, photo.width, photo.height)
    region = layers.hair | (identity.hair > 0.3 if case.ignore is None else layers.hair)
    region = dilate(region, 0.015 * identity.face.frame.height) & inside
    image = solve_poisson(photo.rgb(), source, region) if region.any() else photo.rgb()
    answer = _pasted(case, image, None, began)
    return replace(answer, figures={**_times(result, time.perf_counter() - began)}, warnings=result.warnings)
