"""The soft shadow that hair throws on skin and clothes; without it the hair floats like a wig."""

from __future__ import annotations

import numpy as np

from core.imaging.arrays import FloatImage
from core.imaging.matting import blur

# How much of the shadow each channel takes (R, G, B): skin lets red light through.
TINT = np.array([0.85, 0.95, 1.0], np.float32)

CLOSE, WIDE = (0.55, 0.008, 0.012), (0.45, 0.025, 0.05)
"""Weight of the shadow's two parts, how far they fall, and their blur, both in face heights: one where hair touches
skin, one of the whole head of hair."""


def _shifted_down(image: FloatImage, rows: float) -> FloatImage:
    shift = round(rows)
    if shift <= 0:
        return image
    result = np.zeros_like(image)
    result[shift:] = image[:-shift] if shift < len(image) else 0
    return result


def contact_shadow(alpha: FloatImage, fh: float) -> FloatImage:
    """Shadow density [H, W] in 0..1 of hair alpha; fh is the face height in pixels (docs/compositing.md, Shadow)."""
    near, far = (weight * blur(_shifted_down(alpha, fall * fh), soft * fh) for weight, fall, soft in (CLOSE, WIDE))
    return (near + far).astype(np.float32)


def apply_shadow(plate: FloatImage, density: FloatImage, strength: float = 0.3) -> FloatImage:
    """Plate [H, W, 3] darkened by density [H, W]; red less than blue, as light through skin."""
    return (plate * (1 - np.float32(strength) * density[..., None] * TINT)).astype(np.float32)
