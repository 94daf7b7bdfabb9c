"""Owns the loop around a recipe: loads, checks, steps, listens for pause and cancel, previews, pastes, reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.compositing.finishing.finish import paste
from core.compositing.reading.ignored import without_ignored
from core.document.photo import Photo
from core.engine.inputs import check_masks, photos_by_role
from core.engine.masking import Filler, FloatMask, portrait_without
from core.engine.progress import Progress
from core.engine.result import Result, alignment_fields, installed_versions, peak_rss_mb
from core.errors import Cancelled, NothingUseful
from core.faces.analyse import analyse
from core.faces.face import Portrait
from core.models.pack import Pack, open_pack
from core.recipes.base import Outcome, Step, Steps
from core.recipes.catalogue import find_info
from core.recipes.context import Context, choose_device
from core.recipes.contract import Recipe
from core.recipes.registry import RECIPES
from core.recipes.request import Request

OnStep = Callable[[Step], None]
OnPreview = Callable[[Step, NDArray[np.float32]], None]

# Previews may take this share of the time at most, and never come faster than PREVIEWS_PER_SECOND.
PREVIEW_SHARE, PREVIEWS_PER_SECOND = 0.1, 15.0


@dataclass(eq=False)
class _Watch:
    """Steps as they come: losses, times, previews, limits."""

    request: Request
    progress: Progress
    on_step: OnStep | None
    on_preview: OnPreview | None
    loaded: float
    losses: dict[str, list[float]] = field(default_factory=dict)
    steps: int = 0
    first_preview: float = 0.0
    optimising: float = 0.0
    next_preview: float = 0.0

    def see(self, step: Step) -> None:
        """Take note of a step and show it where somebody looks."""
        if step.losses:
            self.steps += 1
            self.optimising = self.optimising or time.perf_counter()
            for name, value in step.losses.items():
                self.losses.setdefault(name, [value, value])[1] = value
        if self.on_step is not None:
            self.on_step(step)
        if step.render is not None:
            self._preview(step)

    def _preview(self, step: Step) -> None:
        now = time.perf_counter()
        first = not self.first_preview
        if step.render is None or not (first or (self.on_preview and now >= self.next_preview)):
            return
        picture = step.render()
        ready = time.perf_counter()
        if first:
            self.first_preview = ready - self.loaded
        if self.on_preview is not None:
            self.on_preview(step, picture)
        done = time.perf_counter()
        self.next_preview = done + max(1 / PREVIEWS_PER_SECOND, (done - now) * (1 / PREVIEW_SHARE - 1))

    def over(self) -> bool:
        """Whether a limit of the request is reached."""
        limit = self.request.seconds
        late = limit is not None and self.optimising > 0 and time.perf_counter() - self.optimising >= limit
        return late or (self.request.steps is not None and self.steps >= self.request.steps)


def run(
    request: Request,
    progress: Progress | None = None,
    *,
    on_step: OnStep | None = None,
    on_preview: OnPreview | None = None,
    context: Context | None = None,
) -> Result:
    """Carry out a request.

    Args:
        request: what to do.
        progress: pause and cancel; checked once per step.
        on_step: called after every step.
        on_preview: called with a step and its picture [H, W, 3] in 0..1 in photo space, first as soon as there is
            one, then at most fifteen times a second and never for more than a tenth of the time.
        context: prepared surroundings (its portraits too, where it has them), kept between runs so that networks
            load once; made from the request by default.

    Returns:
        The result; with ``cancelled`` set when it was stopped and holds the best so far.

    Raises:
        InputRefused: an input cannot be used.
        NothingUseful: no result could be computed.
        Cancelled: stopped before there was anything to keep.
    """
    began = time.perf_counter()
    progress = progress or Progress()
    recipe = find_recipe(request.recipe)
    parameters = recipe.info.resolved(request.parameters)
    photos = photos_by_role(request, recipe.info)
    warnings = check_masks(request, photos)
    if context is None:
        context = make_context(request)
    context.begin(request.seed)
    context.check = progress.check
    loaded = time.perf_counter()
    context.seconds["load"] = loaded - began
    if not context.portraits:
        context.portraits = portraits_of(request, photos, context.pack, progress)
    context.seconds["align"] = time.perf_counter() - loaded
    watch = _Watch(request, progress, on_step, on_preview, loaded)
    outcome, cancelled = _drive(recipe.run(request, context), context, watch)
    return _finish(request, recipe, context, watch, outcome, cancelled, parameters, warnings, began)


def find_recipe(name: str) -> Recipe:
    """A recipe by its name.

    Raises:
        InputRefused: there is none of this name.
    """
    return RECIPES[find_info(name).name]


def make_context(request: Request) -> Context:
    """Pack and device of a request; the photos are not analysed yet."""
    return Context(open_pack(request.pack), choose_device(request.device), torch.Generator())


def portraits_of(
    request: Request, photos: Mapping[str, Photo], pack: Pack, progress: Progress,
    analyser: Callable[..., Portrait] | None = None, filler: Filler = without_ignored,
) -> dict[str, Portrait]:
    """Portraits by role; a photo with the same mask, points and face in two roles is analysed once.

    Args:
        request: masks, points and faces.
        photos: by role, those that fill in for others included.
        pack: networks.
        progress: checked before every photo.
        analyser: in place of ``core.faces.analyse.analyse``, with the same arguments.
        filler: in place of ``core.compositing.reading.ignored.without_ignored``.
    """
    found: dict[tuple[int, ...], Portrait] = {}
    portraits: dict[str, Portrait] = {}
    for role, photo in photos.items():
        progress.check()
        # The photo that fills a role nobody named brings its mask and points along.
        source = role if role in request.photos else ("shape" if role == "appearance" else "appearance")
        mask = request.hair_masks.get(source)
        points = request.face_points.get(source)
        index = request.face_index.get(source, 0)
        ignore, keep, protect = request.reference_ignore.get(source), None, request.reference_protect.get(source)
        if request.ignore is not None and ignore is None and photo.digest == request.photos["identity"].digest:
            # The portrait itself, as its own reference too: what is ignored in it is gone everywhere.
            ignore, keep = request.ignore, request.protect
        key = (id(photo), id(mask), id(points), index, id(ignore), id(keep), id(protect))
        if key not in found:
            painted = None if mask is None else (mask / 255).astype(np.float32)

            def look(seen: Photo, hair: FloatMask | None, points: Any = points, index: int = index) -> Portrait:
                return (analyser or analyse)(seen, pack, hair_mask=hair, points=points, face_index=index)

            found[key] = portrait_without(look, photo, painted, ignore, protect, keep=keep, filler=filler)
        portraits[role] = found[key]
    progress.check()
    return portraits


def _drive(steps: Steps, context: Context, watch: _Watch) -> tuple[Outcome, bool]:
    """Step a recipe to its end; ask it to stop on cancel or at a limit."""
    cancelled = False
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            if not isinstance(end.value, Outcome):
                raise NothingUseful("The recipe ended without a result.") from None
            return end.value, cancelled
        watch.see(step)
        try:
            if not cancelled:
                watch.progress.check()
        except Cancelled:
            cancelled = True
        if cancelled or watch.over():
            context.stop()


def _finish(
    request: Request, recipe: Recipe, context: Context, watch: _Watch, outcome: Outcome, cancelled: bool,
    parameters: dict[str, Any], warnings: list[str], began: float,
) -> Result:
    pixels = _pixels(recipe, context, outcome)
    metrics = dict(outcome.metrics)
    if recipe.info.photo_space:
        outside, photo = outcome.mask == 0, request.photos["identity"].pixels
        if context.photo.mended:
            # What was filled counts only where the recipe says that it changed something.
            pixels = np.where(outside[..., None], photo, pixels)
        moved = np.abs(pixels.astype(np.int64) - photo.astype(np.int64))[outside]
        metrics["outside_max_abs"] = float(moved.max()) if moved.size else 0.0
    collected = [*warnings, *(w for p in context.portraits.values() for w in p.warnings), *outcome.warnings]
    seconds = {name: context.seconds.get(name, 0.0) for name in ("load", "align", "invert", "optimise", "finish")}
    seconds |= context.seconds
    seconds |= {"first_preview": watch.first_preview, "total": time.perf_counter() - began}
    device = str(context.device)
    return Result(
        pixels=pixels, image=outcome.image, mask=outcome.mask, outcome=outcome, cancelled=cancelled,
        recipe=recipe.info.name, pack=context.pack.name, device=device, dtype=context.dtype_name, seed=request.seed,
        steps=watch.steps, seconds=seconds,
        losses={name: (first, last) for name, (first, last) in watch.losses.items()},
        metrics=metrics, alignment={role: alignment_fields(p) for role, p in context.portraits.items()},
        versions=installed_versions(), warnings=tuple(dict.fromkeys(collected)), peak_rss_mb=peak_rss_mb(),
        stamp=request.stamp, parameters=parameters,
    )


def _pixels(recipe: Recipe, context: Context, outcome: Outcome) -> NDArray[np.unsignedinteger]:
    if recipe.info.photo_space:
        return paste(context.photo, outcome.image, outcome.mask)
    return np.rint(np.clip(outcome.image, 0, 1) * 255).astype(np.uint8)
