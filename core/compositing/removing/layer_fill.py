"""Filling background and clothes behind removed hair: membranes with grain, or copies where there is structure."""

from __future__ import annotations

import cv2
import numpy as np

from core.imaging.arrays import FloatImage, Mask
from core.imaging.colour import luma
from core.imaging.directional import continue_lines
from core.imaging.inpaint import blur_known, exemplar, grain, harmonic_fill
from core.imaging.matting import blur, distance_to, erode
from core.imaging.ramps import smoothstep

BUSY = 22.0 / 255
"""Mean deviation from the local mean above which a background is structured
(docs/compositing.md, Background and clothes)."""

STRUCTURED = 7.0 / 255
"""The same where the structure runs in one direction: a smooth fill would cut columns and flags off."""


def busyness(image: FloatImage, source: Mask, target: Mask, face_height: float) -> float:
    """Mean |Y - blur(Y, 0.08 fh)| in 0..1 over the background within 0.12 fh of the target."""
    ring = source & (distance_to(target) < 0.12 * face_height)
    if int(ring.sum()) < 50:
        return 0.0
    y = luma(image)[..., None]
    rough = np.abs(y - blur_known(y, source, 0.08 * face_height))[..., 0]
    return float(rough[ring].mean())


def coherence(image: FloatImage, source: Mask, target: Mask, face_height: float) -> float:
    """How much the structure beside the target runs in one direction: 0 (foliage) to 1 (columns, flags).

    From the structure tensor at 0.012 fh, averaged over 0.06 fh.
    """
    inner = erode(source, 0.03 * face_height)
    ring = inner & (distance_to(target) < 0.12 * face_height)
    if int(ring.sum()) < 50:
        return 0.0
    y = blur(luma(image), max(1.0, 0.012 * face_height))
    weight = inner.astype(np.float32)
    dx, dy = cv2.Sobel(y, -1, 1, 0), cv2.Sobel(y, -1, 0, 1)
    xx, yy, xy = (blur(part * weight, 0.06 * face_height) for part in (dx * dx, dy * dy, dx * dy))
    along = np.sqrt((xx - yy) ** 2 + 4 * xy * xy)
    return float(along[ring].sum() / max(float((xx + yy)[ring].sum()), 1e-12))


def fitting_way(image: FloatImage, source: Mask, target: Mask, face_height: float) -> str:
    """How to fill what lies before this background: "lines" where its structure runs in one direction (columns,
    curtains), "copy" where it is busy otherwise, else "membrane"."""
    rough = busyness(image, source, target, face_height)
    if rough > STRUCTURED and coherence(image, source, target, face_height) > 0.7:
        return "lines"
    return "copy" if rough > BUSY else "membrane"


def level_off(
    filled: FloatImage, image: FloatImage, source: Mask, target: Mask, face_height: float
) -> FloatImage:
    """Copied target [H, W, 3] with its tones bent to meet the photo's along the rim."""
    sigma = max(1.5, 0.015 * face_height)
    outside = blur_known(image, source, sigma)
    inside = blur_known(filled, target, sigma)
    rim_zone = (distance_to(source) <= 2 * sigma) & (distance_to(target) <= sigma)
    known = rim_zone & (distance_to(source) < 1.5 * sigma)
    if not known.any():
        return filled
    step = np.clip(outside - inside, -0.05, 0.05)
    fade = np.exp(-distance_to(source) / (0.06 * face_height))[..., None]
    return np.where(target[..., None], filled + harmonic_fill(step, known) * fade, filled).astype(np.float32)


def fill_layer(
    image: FloatImage,
    source: Mask,
    target: Mask,
    *,
    face_height: float,
    way: str,
    locality: float,
    rng: np.random.Generator,
    apart: float = 0.012,
    quick: bool = False,
) -> FloatImage:
    """Picture [H, W, 3] whose target is continued from source alone.

    Args:
        image: [H, W, 3] in 0..1.
        source: pixels that show the layer.
        target: pixels to fill.
        way: "membrane" (smooth), "lines" (smooth along the lines around it) or "copy" (exemplar).
        locality: price of distance for the exemplar fill.
        apart: distance in fh kept from the source's edge, where old hair may linger.
        quick: membrane without grain.
    """
    clean = erode(source, apart * face_height)
    if int(clean.sum()) < 200:
        clean = source
    steady = blur_known(image, clean, max(1.0, 0.006 * face_height))
    smooth = harmonic_fill(steady, clean)
    if quick or not target.any():
        return smooth
    if way == "lines":
        smooth = level_off(
            continue_lines(image, clean, target, sigma=0.06 * face_height), image, clean, target, face_height)
    if way == "copy" and int(clean.sum()) >= 2000:
        filled = exemplar(image, target, clean, start=smooth, locality=locality, rng=rng)
        return level_off(filled, image, clean, target, face_height)
    return smooth + grain(image, clean, target, rng)


def rim(away: FloatImage, width: float) -> FloatImage:
    """Weight of a fill [H, W] from the distance to its hole: 1 in it, falling smoothly to exactly 0 at ``width``."""
    return smoothstep(1 - away / max(width, 1.0)).astype(np.float32)
