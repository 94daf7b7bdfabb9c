"""StyleGAN Salon: the hair of a reference in another pose, by optimising two views of the same person together.

Khwanmuang et al., "StyleGAN Salon: Multi-View Latent Optimization for Pose-Invariant Hairstyle Transfer" (CVPR 2023).
A head proxy fitted to the landmarks takes the place of the 3-D generator, and the guide of view 0 is the classical
composite, whose photographed pixels and full size the result keeps (docs/methods/salon.md, Differences).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from core.compositing.composite import Composite
from core.errors import Cancelled
from core.recipes.base import Outcome, Step, Steps
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.kit.guide import Plan, QuickLook, finished_outcome, full_composite, make_composite
from core.recipes.kit.previews import composite_patch
from core.recipes.kit.workspace import to_image
from core.recipes.request import Request
from core.recipes.salon.info import INFO
from core.recipes.salon.optimise import SalonRun
from core.recipes.salon.views import (
    Pair,
    View,
    bring_together,
    common_background,
    guide_picture,
    make_view,
    opened_up,
    other_view,
    seen_in_photo,
    with_guide,
)


class Salon:
    """The recipe ``salon``."""

    info = INFO

    def run(self, request: Request, context: Context) -> Steps:
        """Quick guide, full guide, then one step per optimisation step of both views."""
        parameters = _parameters(request)
        total = parameters["steps"] + parameters["tune_steps"] + 2
        identity, shape = context.portraits["identity"], context.portraits["shape"]
        wanted = {"share": parameters["turn"], "mirror": parameters["mirror"], "refuse": parameters["max_yaw"],
                  "check": context.check}
        pair = bring_together(identity, shape, quick=True, **wanted)
        plan = _plan(pair, context)
        quick = _edited(make_composite(request, context, parameters, quick=True, plan=plan), request, context)
        yield Step(1, total, "guide", render=lambda: quick.image, patch=lambda: composite_patch(quick))
        if context.stopping:
            return _outcome(quick, request, context, pair)
        if pair.rough:
            try:
                pair = bring_together(identity, shape, **wanted)
            except Cancelled:
                context.stop()
                return _outcome(quick, request, context, pair)
            plan = _plan(pair, context)
        composite = full_composite(request, context, parameters, quick, plan)
        composite = _edited(opened_up(composite, seen_in_photo(pair), parameters), request, context)
        quick = composite  # The quick one is as large: let it go.
        idle = not composite.invent.any()
        yield Step(2, 2 if idle else total, "guide", render=lambda: composite.image,
                   patch=lambda: composite_patch(composite))
        if context.stopping or idle:
            return _outcome(composite, request, context, pair)
        views = _views(composite, pair, parameters, request, context)
        if views is None:
            return _outcome(composite, request, context, pair)
        return (yield from _optimised(composite, pair, views, parameters, request, context))


def _parameters(request: Request) -> dict[str, Any]:
    """All values; a limit of steps counts those of the tuning too."""
    parameters = INFO.resolved(request.parameters)
    if request.steps is not None:
        parameters["tune_steps"] = min(parameters["tune_steps"], max(0, request.steps // 6))
        parameters["steps"] = max(1, request.steps - parameters["tune_steps"])
    return parameters


def _plan(pair: Pair, context: Context) -> Plan:
    shape, appearance = context.portraits["shape"], context.portraits["appearance"]
    same = appearance is shape or appearance.photo.digest == shape.photo.digest
    return Plan(pair.turned, None if same else appearance)


def _edited(composite: Composite, request: Request, context: Context) -> Composite:
    if request.guide is None:
        return composite
    return with_guide(composite, request.guide, context.photo.rgb(), request.protect)


def _views(composite: Composite, pair: Pair, parameters: Mapping[str, Any], request: Request,
           context: Context) -> tuple[View, View] | None:
    """Both views at the generator's size; None when the run was stopped meanwhile."""
    generator = context.generator()
    size, device = generator.spec.resolution, generator.device
    began = time.perf_counter()
    try:
        other, person = other_view(pair, parameters, context.check)
    except Cancelled:
        context.stop()
        return None
    first = make_view(0, composite, pair.identity, size, seen=seen_in_photo(pair), ignore=request.ignore, device=device)
    second = make_view(1, other, person, size, device=device)
    context.seconds["other_guide"] = time.perf_counter() - began
    return common_background((first, second))


def _optimised(composite: Composite, pair: Pair, views: tuple[View, View], parameters: Mapping[str, Any],
               request: Request, context: Context) -> Steps:
    """The optimisation's steps; returns the Outcome."""
    run = SalonRun(context, request.start, parameters, views)
    total = run.total + 2
    began = time.perf_counter()
    look = QuickLook(composite, pair.identity.alignment, run.generator.spec.resolution)
    stepper = run.steps()
    for index, stage, losses in stepper:
        yield Step(index + 2, total, stage, losses, lambda: look.picture(run.picture()),
                   lambda: look.patch(run.picture()), run.latents.arrays)
        if context.stopping:
            stepper.close()
    context.seconds["optimise"] = time.perf_counter() - began
    generated = run.picture()
    warnings = (*pair.warnings, *run.warnings)
    if not np.isfinite(generated).all():
        lost = "The generator gave no usable picture; this is the guide without it."
        return _outcome(composite, request, context, replace(pair, warnings=(*warnings, lost)))
    layers = {"generated": generated, "guide": to_image(views[0].guide), "other_guide": to_image(views[1].guide),
              "other_generated": run.picture(1)}
    outcome = finished_outcome(composite, request, context, generated=generated, latent=run.latents.arrays(),
                               metrics={**run.metrics(), "turn": pair.turn.yaw}, warnings=warnings, layers=layers)
    return replace(outcome, guide=guide_picture(composite))


def _outcome(composite: Composite, request: Request, context: Context, pair: Pair) -> Outcome:
    """The guide alone, finished."""
    outcome = finished_outcome(composite, request, context, warnings=pair.warnings)
    return replace(outcome, guide=guide_picture(composite))


RECIPE: Recipe = Salon()
