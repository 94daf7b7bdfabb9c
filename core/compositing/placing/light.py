"""Timid light matching of the new hair: side light, brightness, black point and a little colour cast."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, bounding_rect
from core.faces.frame import FaceFrame
from core.imaging.arrays import FloatImage
from core.imaging.colour import lab_to_rgb, luma, rgb_to_lab
from core.imaging.inpaint import blur_known
from core.imaging.matting import blur
from core.imaging.poisson import pull_push

# Mirrored pairs on cheek and jaw: (subject's right, subject's left), face-mesh numbers.
CHEEK_PAIRS = ((50, 280), (205, 425), (147, 376), (136, 365))

MOST_SLOPE, GAINS, MOST_BLACK, MOST_CHROMA = 0.25, (0.8, 1.2), 8 / 255, 10
"""Limits of a light: skins differ, and the whole difference would change the hair colour that was asked for."""
GAIN_SHARE, BLACK_SHARE, CHROMA_SHARE = 0.35, 0.6, 0.2
"""How much of what is measured is believed to be light."""


@dataclass(frozen=True)
class Light:
    """Differences in light to apply to the hair colour (docs/compositing.md, Light).

    Attributes:
        slope: half difference of the mean log ratio left/right, +-0.25.
        gain: brightness factor, 0.8..1.2.
        black: shift of the black point, +-8/255.
        chroma: shift of Lab a and b, +-10.
    """

    slope: float = 0.0
    gain: float = 1.0
    black: float = 0.0
    chroma: tuple[float, float] = (0.0, 0.0)

    def scaled(self, share: float) -> Light:
        """A part (0..1) of this light."""
        chroma = (share * self.chroma[0], share * self.chroma[1])
        return Light(share * self.slope, 1 + share * (self.gain - 1), share * self.black, chroma)


def _mean_at(image: FloatImage, usable: NDArray[np.bool_], point: NDArray[np.floating], radius: float) -> float | None:
    """Mean luma of the usable pixels in a disc, None where there are too few."""
    height, width = usable.shape
    x, y, r = float(point[0]), float(point[1]), max(radius, 2.0)
    x0, x1 = max(0, int(x - r)), min(width, int(x + r) + 2)
    y0, y1 = max(0, int(y - r)), min(height, int(y + r) + 2)
    if x0 >= x1 or y0 >= y1:
        return None
    inside = usable[y0:y1, x0:x1]
    if inside.sum() < 4:
        return None
    return float(luma(image[y0:y1, x0:x1])[inside].mean())


def side_ratio(
    image: FloatImage, usable: NDArray[np.bool_], landmarks: NDArray[np.floating], radius: float
) -> float | None:
    """Mean log ratio of picture-left to picture-right brightness at mirrored cheek and jaw points, None if unseen."""
    ratios = []
    for right, left in CHEEK_PAIRS:
        a = _mean_at(image, usable, landmarks[right], radius)
        b = _mean_at(image, usable, landmarks[left], radius)
        if a is not None and b is not None:
            ratios.append(np.log((a * 255 + 8) / (b * 255 + 8)))
    return float(np.mean(ratios)) if len(ratios) >= 2 else None


def measure_light(
    identity: tuple[FloatImage, NDArray[np.bool_], NDArray[np.floating]],
    reference: tuple[FloatImage, NDArray[np.bool_], NDArray[np.floating]],
    radius: float,
) -> Light:
    """Compare two photos, each given as (image [H, W, 3], usable skin [H, W], landmarks [478, 2+]) in one pixel scale.

    Skin tones differ between people, so only a part of every difference is used (docs/compositing.md, Light).
    """
    own, other = side_ratio(*identity, radius), side_ratio(*reference, radius)
    slope = 0.0 if own is None or other is None else float(np.clip((own - other) / 2, -MOST_SLOPE, MOST_SLOPE))
    step = max(2, round(np.sqrt(identity[1].size / 4e5)))
    sparse = (slice(None, None, step), slice(None, None, step))
    dark = float(np.percentile(luma(identity[0][sparse]), 1) - np.percentile(luma(reference[0][sparse]), 1))
    black = float(np.clip(BLACK_SHARE * dark, -MOST_BLACK, MOST_BLACK))
    if identity[1].sum() < 50 or reference[1].sum() < 50:
        return Light(slope, 1.0, black)
    thin = (slice(None, None, step // 2), slice(None, None, step // 2))
    mine, theirs = identity[0][thin][identity[1][thin]], reference[0][thin][reference[1][thin]]
    if len(mine) < 20 or len(theirs) < 20:
        return Light(slope, 1.0, black)
    gain = float(np.clip(1 + GAIN_SHARE * (luma(mine).mean() - luma(theirs).mean()), *GAINS))
    shift = CHROMA_SHARE * (rgb_to_lab(mine).mean(axis=0) - rgb_to_lab(theirs).mean(axis=0))
    chroma = np.clip(shift[1:], -MOST_CHROMA, MOST_CHROMA)
    return Light(slope, gain, black, (float(chroma[0]), float(chroma[1])))


def apply_light(
    foreground: FloatImage, light: Light, frame: FaceFrame, where: NDArray[np.bool_] | None = None
) -> FloatImage:
    """Hair colour [H, W, 3] in 0..1 under the identity's light; the side slope acts across the face axis.

    Args:
        where: [H, W] pixels that matter; colours outside their box are returned as they are.
    """
    rect = Rect(0, 0, foreground.shape[1], foreground.shape[0]) if where is None else bounding_rect(where)
    if rect is None:
        return foreground
    result = foreground.copy()
    shifted = replace(frame, chin=frame.chin - (rect.x0, rect.y0))
    result[rect.slices()] = _lit(foreground[rect.slices()], light, shifted)
    return result


def _lit(foreground: FloatImage, light: Light, frame: FaceFrame) -> FloatImage:
    side, _ = frame.maps(foreground.shape[1], foreground.shape[0])
    across = np.clip(-side / 0.5, -1.2, 1.2)
    lit = foreground * (np.exp(light.slope * across) * light.gain)[..., None].astype(np.float32)
    lit = np.clip(lit + light.black * (1 - np.clip(lit, 0, 1)), 0, 1).astype(np.float32)
    if abs(light.chroma[0]) + abs(light.chroma[1]) < 0.05:
        return lit
    lab = rgb_to_lab(lit)
    weight = np.clip(lab[..., :1] / 40, 0, 1) * np.clip((105 - lab[..., :1]) / 30, 0, 1)
    lab[..., 1:] += weight * np.array(light.chroma, np.float32)
    return lab_to_rgb(lab)


def calm_rim(foreground: FloatImage, alpha: FloatImage, fh: float, *, strength: float = 1.0) -> FloatImage:
    """Hair colour [H, W, 3] whose thin outer strands shine less with the lamp behind the old scene.

    What is soft in the matte [H, W] and much lighter than the full hair beside it keeps two fifths of that and takes
    part of that hair's hue: white strands around hair that now hangs before another wall read as a halo.

    Args:
        fh: the face's height in pixels.
    """
    full = alpha > 0.97
    rim = (alpha > 0.01) & (alpha < 0.97)
    rect = bounding_rect(rim)
    if rect is None or strength <= 0 or not full.any():
        return foreground
    rows, columns = rect.grown(int(0.12 * fh) + 2, alpha.shape[1], alpha.shape[0]).slices()
    lab, full, rim = rgb_to_lab(foreground[rows, columns]), full[rows, columns], rim[rows, columns]
    if not full.any():
        return foreground
    beside = pull_push(blur_known(lab, full, 0.04 * fh), ~(blur(full.astype(np.float32), 0.04 * fh) > 0.02))
    excess = np.maximum(lab[..., 0] - beside[..., 0] - 15, 0)
    weight = strength * np.clip((0.97 - alpha[rows, columns]) / 0.25, 0, 1) * rim
    changed = (weight > 0) & (excess > 0.5)
    if not changed.any():
        return foreground
    lab[..., 0] -= 0.6 * weight * excess
    share = (0.5 * weight * np.clip(excess / 20, 0, 1))[..., None]
    lab[..., 1:] += share * (beside[..., 1:] - lab[..., 1:])
    result = foreground.copy()
    result[rows, columns][changed] = lab_to_rgb(lab[changed])
    return result
