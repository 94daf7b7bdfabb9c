"""One entry of the layer list: the base photo, an applied result, or a reference laid over the portrait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect
from core.document.mask import Mask

BASE, RESULT, REFERENCE = "base", "result", "reference"

BLEND_MODES = (
    "normal", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn",
    "hard-light", "soft-light", "difference", "plus",
)
"""Names as in OpenRaster's ``svg:`` operators, "normal" being ``svg:src-over``."""


@dataclass(eq=False)
class Layer:
    """A picture with a mask.

    Attributes:
        id: unique in its document.
        kind: BASE (the identity photo; always the lowest, never masked), RESULT or REFERENCE.
        name: for people.
        pixels: [h, w, 3] of the identity's type and profile. Never written to: a new picture replaces it.
        display: [h, w, 3] uint8 sRGB of the same, what the canvas shows.
        origin: (x, y) of its top-left pixel in the document.
        mask: of the layer's own size [h, w]; None only for the base.
        mask_enabled: off shows the whole layer.
        opacity: 0..1.
        visible, locked: as everywhere; a locked layer takes no strokes, moves or deletion.
        blend_mode: one of ``BLEND_MODES``.
        details: report of the run that made it, or empty.
        guide: it tells recipes what is wanted and is no part of the picture: shown faintly, never flattened,
            exported or merged. What its mask and opacity leave of it becomes ``Request.guide``.
    """

    id: str
    kind: str
    name: str
    pixels: NDArray[np.unsignedinteger]
    display: NDArray[np.uint8]
    origin: tuple[int, int] = (0, 0)
    mask: Mask | None = None
    mask_enabled: bool = True
    opacity: float = 1.0
    visible: bool = True
    locked: bool = False
    blend_mode: str = "normal"
    details: dict[str, Any] = field(default_factory=dict)
    guide: bool = False

    @property
    def rect(self) -> Rect:
        """Where it lies in the document."""
        x, y = self.origin
        return Rect(x, y, x + int(self.pixels.shape[1]), y + int(self.pixels.shape[0]))
