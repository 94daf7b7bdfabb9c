"""The classical composite as a recipe sees it: made once, shown, finished, and turned into an Outcome."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.classical import ClassicalOptions, compose_classical
from core.compositing.composite import Composite
from core.compositing.finishing.finish import finish
from core.errors import Cancelled
from core.faces.align import Alignment
from core.faces.face import Portrait
from core.imaging.arrays import FloatImage
from core.recipes.base import Outcome, Patch
from core.recipes.context import Context
from core.recipes.ingredients import Ingredients
from core.recipes.kit.composite_params import COMPOSITE_PARAMS
from core.recipes.kit.previews import Window, edit_rect
from core.recipes.kit.retouch import Retoucher
from core.recipes.kit.strands import with_strands
from core.recipes.request import Request


@dataclass(frozen=True, eq=False)
class Plan:
    """What a composite is made of, beside the identity.

    Attributes:
        hair: whose hair shape; the identity's own hair stays where it is.
        colour: whose hair colour, None = that of ``hair``.
        strands: whose strand texture, None = that of ``hair``.
        strength: how much of the strands, 0..1.
    """

    hair: Portrait
    colour: Portrait | None = None
    strands: Portrait | None = None
    strength: float = 0.0

    def portraits(self, identity: Portrait) -> dict[str, Portrait]:
        """Every portrait it needs, by purpose."""
        found = {"identity": identity, "hair": self.hair, "colour": self.colour, "strands": self.strands}
        return {purpose: portrait for purpose, portrait in found.items() if portrait is not None}


def usual_plan(portraits: Mapping[str, Portrait]) -> Plan:
    """Hair of the shape reference in the colour of the appearance reference."""
    shape, appearance = portraits["shape"], portraits["appearance"]
    return Plan(shape, None if appearance is shape else appearance)


def make_composite(
    request: Request, context: Context, parameters: Mapping[str, Any], *, quick: bool, plan: Plan | None = None
) -> Composite:
    """The classical composite of a request's portraits; quick = a rough one for the first preview.

    Args:
        request: protect and ignore masks.
        context: portraits; times go into its ``seconds``.
        parameters: values of ``COMPOSITE_PARAMS`` among others; "repair" asks for the pack's opinion on removed hair.
        quick: half-size mattes of the network, smooth fills only.
        plan: whose hair, colour and strands; None = ``usual_plan``.
    """
    options = ClassicalOptions(**{param.name: parameters[param.name] for param in COMPOSITE_PARAMS})
    identity = context.portraits["identity"]
    plan = usual_plan(context.portraits) if plan is None else plan
    began = time.perf_counter()
    repaired = bool(parameters.get("repair", False))
    repairer = context.repairer() if repaired and not quick else None
    ingredients = Ingredients(
        plan.portraits(identity), plan.strength, options, request.protect, request.ignore, repaired)
    for kind in (False, True) if quick else (False,):
        known = context.guides.get(kind)
        if known is not None and known[0].same(ingredients):
            return known[1]
    known = None
    if quick:
        # One of something else: freed before the next one is made.
        context.guides.clear()
    composite = compose_classical(
        identity, plan.hair, appearance=plan.colour, protect=request.protect, ignore=request.ignore, quick=quick,
        options=options, check=context.check, retouch=None if repairer is None else Retoucher(repairer),
    )
    if plan.strands is not None and plan.strength > 0:
        composite = with_strands(composite, identity, plan.strands, plan.strength, quick=quick,
                                 mirror=options.mirror, max_yaw=options.max_yaw)
        context.check()
    context.seconds["guide_quick" if quick else "guide"] = time.perf_counter() - began
    context.guides.pop(True, None)
    context.guides[quick] = ingredients, composite
    return composite


def full_composite(
    request: Request, context: Context, parameters: Mapping[str, Any], quick: Composite, plan: Plan | None = None
) -> Composite:
    """The full composite, or the quick one when the run is stopped meanwhile."""
    try:
        return make_composite(request, context, parameters, quick=False, plan=plan)
    except Cancelled:
        context.stop()
        return quick


class QuickLook:
    """What a generator's picture does to a composite, roughly and fast: for previews while it still changes.

    Args:
        composite: in photo space.
        alignment: of the identity.
        size: side of the generated pictures.
    """

    def __init__(self, composite: Composite, alignment: Alignment, size: int) -> None:
        self._composite, self._alignment = composite, alignment
        self._guide = alignment.crop(composite.image, size)
        self._weight = composite.invent[..., None]
        self._window = Window(edit_rect(composite))
        self._base = self._window.view(composite.image)
        self._base_weight = self._window.view(composite.invent)[..., None]

    def picture(self, generated: FloatImage) -> FloatImage:
        """The composite [H, W, 3] with the change from guide to generated [s, s, 3] added where it may invent."""
        height, width = self._composite.alpha.shape
        change = self._alignment.uncrop(generated - self._guide, width, height, flags=cv2.INTER_LINEAR)
        return np.clip(self._composite.image + change * self._weight, 0, 1)

    def patch(self, generated: FloatImage) -> Patch:
        """The same, of only what the composite changes and at the size of a preview."""
        change = self._window.uncrop(generated - self._guide, self._alignment)
        return self._window.rect, self._base + change * self._base_weight


def finished_outcome(
    composite: Composite, request: Request, context: Context, *, generated: FloatImage | None = None,
    latent: Mapping[str, NDArray[np.float32]] | None = None, metrics: Mapping[str, float] | None = None,
    warnings: tuple[str, ...] = (), layers: Mapping[str, NDArray] | None = None,
) -> Outcome:
    """Finish a composite (and what a generator made of it, [s, s, 3] in working space) into an Outcome."""
    identity = context.portraits["identity"]
    began = time.perf_counter()
    finished = finish(
        composite, identity.photo, generated=generated,
        alignment=None if generated is None else identity.alignment,
        blend=request.blend, protect=request.protect, seed=request.seed,
    )
    context.seconds["finish"] = time.perf_counter() - began
    own = {"plate": composite.plate, "alpha": composite.alpha, "foreground": composite.foreground,
           "composite": composite.image}
    return Outcome(
        image=finished.image,
        mask=finished.mask,
        latent=latent or {},
        metrics={**finished.figures, **(metrics or {})},
        warnings=(*composite.warnings, *warnings),
        layers={**own, **(layers or {})},
    )
