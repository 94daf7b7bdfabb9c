"""The classical composite as a recipe sees it: made once, shown, finished, and turned into an Outcome."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.classical import ClassicalOptions, compose_classical
from core.compositing.composite import Composite, FloatImage
from core.compositing.finish import finish
from core.faces.align import Alignment
from core.recipes.base import Outcome, Param

COMPOSITE_PARAMS: tuple[Param, ...] = (
    Param("shadow", float, 0.3, "Contact shadow", "Shadow that the hair throws on skin and clothes; 0.6 is heavy on "
          "light skin.", 0.0, 1.0),
    Param("light", float, 1.0, "Light matching", "How much of the small correction towards the portrait's light.",
          0.0, 1.0),
    Param("recolour", float, 1.0, "Recolouring", "How much of the appearance portrait's hair colour.", 0.0, 1.0),
    Param("mirror", bool, True, "Mirror", "Mirror the reference when the heads are turned to opposite sides."),
    Param("max_yaw", float, 40.0, "Largest turn", "Refuse portraits whose heads differ by more degrees.", 0.0, 90.0),
    Param("crown", bool, True, "Continue the crown", "Continue hair that the top of the reference photo cuts off."),
    Param("taper", bool, True, "Taper cut ends", "Give hair that the photo's edge cuts new ends."),
    Param("allow_covered", bool, False, "Covered head", "Go on although the portrait's head is covered."),
    Param("close_gaps", bool, True, "Close gaps", "Fill background between a narrower face and the new hair."),
)


def make_composite(request: Any, context: Any, parameters: Mapping[str, Any], *, quick: bool) -> Composite:
    """The classical composite of a request's portraits; quick = a rough one for the first preview.

    Args:
        request: protect and ignore masks.
        context: portraits; times go into its ``seconds``.
        parameters: values of ``COMPOSITE_PARAMS`` among others.
        quick: half-size mattes of the network, smooth fills only.
    """
    options = ClassicalOptions(**{param.name: parameters[param.name] for param in COMPOSITE_PARAMS})
    portraits = context.portraits
    began = time.perf_counter()
    composite = compose_classical(
        portraits["identity"], portraits["shape"],
        appearance=None if portraits["appearance"] is portraits["shape"] else portraits["appearance"],
        protect=request.protect, ignore=request.ignore, quick=quick,
        options=options,
    )
    context.seconds["guide_quick" if quick else "guide"] = time.perf_counter() - began
    return composite


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

    def picture(self, generated: FloatImage) -> FloatImage:
        """The composite [H, W, 3] with the change from guide to generated [s, s, 3] added where it may invent."""
        height, width = self._composite.alpha.shape
        change = self._alignment.uncrop(generated - self._guide, width, height, flags=cv2.INTER_LINEAR)
        return np.clip(self._composite.image + change * self._weight, 0, 1)


def finished_outcome(
    composite: Composite, request: Any, context: Any, *, generated: FloatImage | None = None,
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
