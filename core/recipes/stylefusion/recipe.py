"""StyleFusion: regions of a portrait from several other portraits, joined in a generator's style space.

Kafri et al., "StyleFusion: A Generative Model for Disentangling Spatial Segments" (2021).
Feature maps are mixed beside the style codes, and what changes is brought to the photograph's full size
(docs/methods/stylefusion.md, On the photograph).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite
from core.compositing.finishing.finish import finish
from core.compositing.reading.mattes import hair_matte
from core.faces.align import Alignment
from core.imaging.arrays import FloatImage
from core.recipes.base import Outcome, Step, Steps
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.kit.guide import full_composite, make_composite
from core.recipes.kit.previews import unprotected
from core.recipes.kit.workspace import crop_mask
from core.recipes.request import Request
from core.recipes.stylefusion.codes import Fusion, Person, person_of, random_person
from core.recipes.stylefusion.info import INFO
from core.recipes.stylefusion.job import Job, choices_of, load_networks
from core.recipes.stylefusion.photo import Changed, canvas_of, invent, plain_canvas, warp_pose
from core.recipes.stylefusion.show import Showing, lay_generated, lay_photographs


class StyleFusion:
    """The recipe ``stylefusion``."""

    info = INFO

    def run(self, request: Request, context: Context) -> Steps:
        """A quick composite of new hair with training-free fusion of the rest, the full composite with FusionNet, then
        one step per step of fitting."""
        parameters = INFO.resolved(request.parameters, request.steps)
        choices = choices_of(parameters, request.parameters, context.portraits)
        job = Job(request, context, parameters, tuple(choices), load_networks(context))
        photo = context.photo.rgb()
        if not choices and request.ignore is None:
            yield Step(1, 1, "preview", render=lambda: photo)
            return _unchanged(photo)
        total = parameters["steps"] + 3
        rng_state = context.rng.get_state()
        composite = self._quick(job)
        context.rng.set_state(rng_state)
        fusion = self._fusion(job, photo, None)
        fusion.code = fusion.by_table()
        first = photo if composite is None else composite.image
        glance = Showing(job, fusion, Changed(plain_canvas(job.identity, first)), rough=True)
        yield Step(1, total, "preview", render=glance.picture, patch=glance.patch)
        if composite is not None:
            if not context.stopping:
                composite = full_composite(request, context, job.composite_values(), composite, job.plan())
            context.rng.set_state(rng_state)
            fusion = self._fusion(job, composite.image, composite)
        began = time.perf_counter()
        fusion.code = fusion.by_network() if parameters["method"] == "network" else fusion.by_table()
        start = photo if composite is None else composite.image
        shown = Showing(job, fusion, photographs(job, composite, start, context.check))
        context.seconds["fuse"] = time.perf_counter() - began
        if not context.stopping:
            yield Step(2, total, "fusion", {}, shown.picture, shown.patch, fusion.arrays)
        if not context.stopping:
            yield from self._fit(job, fusion, shown, total)
        return _finished(job, fusion, composite, shown)

    def _quick(self, job: Job) -> Composite | None:
        """The first composite, where there is new hair."""
        plan = job.plan()
        if plan is None:
            return None
        return make_composite(job.request, job.context, job.composite_values(), quick=True, plan=plan)

    def _fusion(self, job: Job, image: FloatImage, composite: Composite | None) -> Fusion:
        """The fused code of a picture of the identity, not fitted yet."""
        began = time.perf_counter()
        size = job.networks.generator.spec.resolution
        alignment = job.identity.alignment
        base = person_of(np.clip(alignment.crop(image, size), 0, 1), job.networks)
        known: dict[int, Person] = {}
        parts = []
        for choice in job.choices:
            job.context.check()
            if choice.portrait is None:
                parts.append((choice, random_person(job.networks, job.context.rng)))
                continue
            if id(choice.portrait) not in known:
                crop = choice.portrait.alignment.crop(choice.portrait.photo.rgb(), size)
                known[id(choice.portrait)] = person_of(np.clip(crop, 0, 1), job.networks)
            parts.append((choice, known[id(choice.portrait)]))
        ignored = _ignored(job.request, alignment, size)
        job.context.seconds["invert"] = job.context.seconds.get("invert", 0.0) + time.perf_counter() - began
        return Fusion(job.networks, base, parts, ignored, job.parameters,
                      replaced=composite is not None and job.parameters["hair_mode"] == "replace")

    def _fit(self, job: Job, fusion: Fusion, shown: Showing, total: int) -> Iterator[Step]:
        context, began = job.context, time.perf_counter()
        stepper = fusion.fit(job.request.start)
        for index, losses in stepper:
            yield Step(index + 2, total, "fit", losses, shown.picture, shown.patch, fusion.arrays)
            if context.stopping:
                stepper.close()
        context.seconds["optimise"] = time.perf_counter() - began
        if not context.stopping:
            yield Step(total, total, "finish", fusion.losses, shown.picture, shown.patch, fusion.arrays)


def photographs(job: Job, composite: Composite | None, image: FloatImage, check: Callable[[], None]) -> Changed:
    """A picture of the identity with what the source photographs give, hair apart; ``check`` is called in between."""
    edges = any(choice.region in ("hair", "background") for choice in job.choices)
    identity = job.identity
    matte = hair_matte(identity).full_alpha() if edges and composite is None else identity.hair
    changed = Changed(canvas_of(identity, matte.astype(np.float32), composite, image))
    if not job.context.stopping:
        lay_photographs(job, changed, check)
    return changed


def _ignored(request: Request, alignment: Alignment, size: int) -> FloatImage | None:
    if request.ignore is None or not request.ignore.any():
        return None
    return crop_mask(alignment, request.ignore.astype(np.float32) / 255, size)


def _unchanged(photo: FloatImage) -> Outcome:
    return Outcome(photo, np.zeros(photo.shape[:2], np.float32), warnings=(
        "Nothing was to change: no region has a portrait to come from and an amount above 0.",))


def _finished(job: Job, fusion: Fusion, composite: Composite | None, shown: Showing) -> Outcome:
    """The fused picture brought to the photo."""
    request, context, identity = job.request, job.context, job.identity
    began = time.perf_counter()
    before, after = fusion.picture(own=True), fusion.picture()
    warnings = [*fusion.warnings]
    if not np.isfinite(after).all():
        after = before
        warnings.append("The generator gave no usable picture; only the photographs were used.")
    mask, figures, changed = np.zeros(identity.hair.shape, np.float32), dict[str, float](), shown.changed
    layers: dict[str, NDArray] = {"generated": after, "reconstruction": before}
    if composite is not None:
        # What the other regions change is laid on below; here it would come in twice.
        masks = [fusion.mask(choice.region) for choice in fusion.choices()]
        other = np.max([np.zeros(after.shape[:2]), *masks], axis=0)
        painted = (after + (before - after) * other[..., None]).astype(np.float32)
        done = finish(composite, identity.photo, generated=painted, alignment=identity.alignment, blend=request.blend,
                      protect=request.protect, seed=request.seed)
        image, mask, figures = done.image, done.mask, dict(done.figures)
        warnings.extend(composite.warnings)
        layers |= {"plate": composite.plate, "alpha": composite.alpha, "foreground": composite.foreground,
                   "composite": composite.image}
        changed = photographs(job, composite, image, context.check_finishing)
    lay_generated(job, fusion, changed, before, after)
    if shown.flow is not None:
        context.check_finishing()
        warp_pose(changed, shown.flow)
    if request.ignore is not None and composite is None:
        invent(changed, after, request.ignore.astype(np.float32) / np.float32(255))
    result, where = changed.image, np.maximum(mask, changed.mask)
    if request.protect is not None and request.protect.any():
        free = unprotected(request.protect)
        result = identity.photo.rgb() + (result - identity.photo.rgb()) * free[..., None]
        where = where * (free > 0)
    original = identity.photo.rgb()
    result = np.where((where > 0)[..., None], np.clip(result, 0, 1), original).astype(np.float32)
    context.seconds["finish"] = time.perf_counter() - began
    if fusion.networks.fusion is None and job.parameters["method"] == "network":
        warnings.append("The model pack has no FusionNet: regions were joined by its channel table alone.")
    return Outcome(result, where.astype(np.float32), fusion.arrays(), {**figures, **shown.figures()},
                   tuple(dict.fromkeys(warnings)), layers)


RECIPE: Recipe = StyleFusion()
