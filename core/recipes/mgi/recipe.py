"""Multiple GAN Inversion: a warped look, reproduced in several ways at once, the best of which reaches the photo.

The target is the classical composite with the appearance portrait's hair warped onto its hair; several inversions of it
compete, a selector proposes one, and the contact sheet lets people overrule it (docs/methods/mgi.md).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite
from core.faces.face import Portrait
from core.losses.natural import NaturalScore, load_natural
from core.recipes.base import Outcome, Step, Steps
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.kit.guide import QuickLook, finished_outcome, full_composite, make_composite
from core.recipes.kit.previews import composite_patch
from core.recipes.mgi.answers import Answers, answers_from, named_scores
from core.recipes.mgi.info import INFO, SELECTORS
from core.recipes.mgi.search import Search
from core.recipes.mgi.target import build_target, opened
from core.recipes.request import Request

_PREPARED = 3
"""Steps before the first of the optimisation: rough guide, guide, target."""


class Mgi:
    """The recipe ``mgi``.

    An Outcome's latent holds, all float32: the contact sheet ("answers", "pictures", "scores", "proposed", see
    ``Answers.arrays``) and every hypothesis's latents ("plans", "state_<number>_<name>"). The same request with
    ``start`` = that latent and ``choose`` above 0 finishes with that hypothesis without optimising; with ``choose`` 0
    the competition begins again where it ended.
    """

    info = INFO

    def run(self, request: Request, context: Context) -> Steps:
        """Rough guide, guide, target, then one step per optimisation step of every hypothesis."""
        parameters = INFO.resolved(request.parameters, request.steps)
        total = parameters["steps"] + _PREPARED
        quick = make_composite(request, context, parameters, quick=True)
        yield Step(1, total, "guide", render=lambda: quick.image, patch=lambda: composite_patch(quick))
        if context.stopping:
            return finished_outcome(quick, request, context)
        composite = full_composite(request, context, parameters, quick)
        people = context.portraits
        other = people["appearance"] if people["appearance"] is not people["shape"] else None
        composite = opened(composite, parameters["hair_share"] if other is not None else 0, parameters["backdrop"])
        known = _known(request, context, parameters)
        # Nothing to invent, or something to choose from: no competition.
        idle = known is not None or not composite.invent.any()
        yield Step(2, 2 if idle else total, "guide", render=lambda: composite.image,
                   patch=lambda: composite_patch(composite))
        if context.stopping or idle:
            return _outcome(composite, request, context, parameters, known, request.start if known else {})

        search, warnings = _prepare(composite, request, context, parameters, other)
        total = search.total + _PREPARED
        look = QuickLook(composite, people["identity"].alignment, search.generator.spec.resolution)

        def step(index: int, stage: str, losses: Mapping[str, float]) -> Step:
            return Step(index, total, stage, losses, lambda: look.picture(search.preview()),
                        lambda: look.patch(search.preview()), search.arrays)

        began = time.perf_counter()
        yield step(_PREPARED, "target", {})
        stepper = search.steps()
        while not context.stopping:
            state = next(stepper, None)
            if state is None:
                break
            index, stage, losses = state
            yield step(index + _PREPARED, stage, losses)
        stepper.close()
        context.seconds["optimise"] = time.perf_counter() - began
        return _outcome(composite, request, context, parameters, search.answers(), search.arrays(),
                        (*warnings, *search.warnings))


def _known(request: Request, context: Context, parameters: Mapping[str, Any]) -> Answers | None:
    """The contact sheet that the request chooses from."""
    if not parameters["choose"] or "pictures" not in request.start:
        return None
    return answers_from(request.start, context.generator().spec.resolution)


def _prepare(composite: Composite, request: Request, context: Context, parameters: Mapping[str, Any],
             other: Portrait | None) -> tuple[Search, tuple[str, ...]]:
    """The competition of a composite, and what the user should know of it."""
    began = time.perf_counter()
    generator = context.generator()
    target = build_target(composite, context.portraits["identity"], other, context.features(), parameters,
                          size=generator.spec.resolution, ignore=request.ignore, device=generator.device)
    natural: NaturalScore | None = load_natural(context.pack, generator.device)
    search = Search(context, parameters, target, natural, request.start)
    context.seconds["invert"] = time.perf_counter() - began
    warnings = []
    if other is not None and parameters["hair_share"] > 0 and not target.warped:
        warnings.append("No hair of the appearance portrait could be compared with the new hair; its light and colour "
                        "were not warped.")
    if natural is None and parameters["selector"] == "natural":
        warnings.append("This model pack has no statistics of natural portraits; the other selector chose.")
    return search, tuple(warnings)


def _outcome(
    composite: Composite, request: Request, context: Context, parameters: Mapping[str, Any], answers: Answers | None,
    latent: Mapping[str, NDArray[np.float32]], warnings: tuple[str, ...] = (),
) -> Outcome:
    """The finished photo of the chosen answer; of the composite alone where there is none."""
    if answers is None:
        return finished_outcome(composite, request, context, warnings=warnings)
    chosen, warning = answers.chosen(parameters["choose"])
    picture = answers.pictures[chosen]
    metrics = {**named_scores(answers.scores[chosen]), "hypothesis": chosen + 1, "proposed": answers.proposed + 1,
               **{f"best_by_{selector}": answers.best_by(selector) + 1 for selector in SELECTORS}}
    guide = context.portraits["identity"].alignment.crop(composite.image, picture.shape[0])
    outcome = finished_outcome(
        composite, request, context, generated=picture, latent=latent, metrics=metrics,
        warnings=(*warnings, warning) if warning else warnings,
        layers={"generated": picture, "guide": np.asarray(guide, np.float32)})
    return replace(outcome, hypotheses=answers.sheet(chosen))


RECIPE: Recipe = Mgi()
