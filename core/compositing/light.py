"""Timid light matching of the new hair: side light, brightness, black point and a little colour cast."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import FloatImage
from core.compositing.fit import FaceFrame
from core.document.geometry import Rect, bounding_rect
from core.imaging.colour import lab_to_rgb, linear_transport, luma, rgb_to_lab, robust_statistics

# Mirrored pairs on cheek and jaw: (subject's right, subject's left), face-mesh numbers.
CHEEK_PAIRS = ((50, 280), (205, 425), (147, 376), (136, 365))


@dataclass(frozen=True)
class Light:
    """Differences in light to apply to the hair colour (COMPOSITING section 5).

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

    Skin tones differ between people, so only a part of every difference is used (COMPOSITING section 5).
    """
    own, other = side_ratio(*identity, radius), side_ratio(*reference, radius)
    slope = 0.0 if own is None or other is None else float(np.clip((own - other) / 2, -0.25, 0.25))
    step = max(2, round(np.sqrt(identity[1].size / 4e5)))
    sparse = (slice(None, None, step), slice(None, None, step))
    dark = float(np.percentile(luma(identity[0][sparse]), 1) - np.percentile(luma(reference[0][sparse]), 1))
    black = float(np.clip(0.6 * dark, -8 / 255, 8 / 255))
    if identity[1].sum() < 50 or reference[1].sum() < 50:
        return Light(slope, 1.0, black)
    thin = (slice(None, None, step // 2), slice(None, None, step // 2))
    mine, theirs = identity[0][thin][identity[1][thin]], reference[0][thin][reference[1][thin]]
    if len(mine) < 20 or len(theirs) < 20:
        return Light(slope, 1.0, black)
    gain = float(np.clip(1 + 0.35 * (luma(mine).mean() - luma(theirs).mean()), 0.8, 1.2))
    shift = 0.2 * (rgb_to_lab(mine).mean(axis=0) - rgb_to_lab(theirs).mean(axis=0))
    return Light(slope, gain, black, (float(np.clip(shift[1], -10, 10)), float(np.clip(shift[2], -10, 10))))


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


def recolour(
    foreground: FloatImage, alpha: FloatImage, colour: FloatImage, colour_alpha: FloatImage, *, strength: float = 1.0
) -> FloatImage:
    """Give hair [H, W, 3] with alpha [H, W] the colour of other hair [h, w, 3] with its own alpha [h, w].

    Linear Monge-Kantorovich transport of robust Lab statistics of both hair cores (Pitie & Kokaram 2007), with the
    lightness gain kept between 0.6 and 1.6 and highlights compressed, so that the shape's strands stay as they are.
    """
    core, other = foreground[alpha > 0.9], colour[colour_alpha > 0.9]
    if len(core) < 100 or len(other) < 100 or strength <= 0:
        return foreground
    source, source_covariance = robust_statistics(rgb_to_lab(core[:: max(1, len(core) // 40000)]))
    target, target_covariance = robust_statistics(rgb_to_lab(other[:: max(1, len(other) // 40000)]))
    matrix = linear_transport(source_covariance, target_covariance, lowest=0.5, highest=1.8)
    lab = rgb_to_lab(foreground)
    offset = lab - source.astype(np.float32)
    moved = offset @ matrix.T.astype(np.float32) + target.astype(np.float32)
    own_gain = float(np.clip(np.sqrt((target_covariance[0, 0] + 4) / (source_covariance[0, 0] + 4)), 0.6, 1.6))
    moved[..., 0] = target[0] + offset[..., 0] * own_gain
    top = max(float(np.percentile(rgb_to_lab(other[::7])[:, 0], 99.5)), float(target[0]) + 10)
    knee = float(target[0]) + 0.6 * (top - float(target[0]))
    over = np.maximum(moved[..., 0] - knee, 0)
    room = max(top - knee, 1.0)
    moved[..., 0] = np.where(over > 0, knee + room * np.tanh(over / room), np.maximum(moved[..., 0], 0))
    chroma_limit = 1.25 * float(np.percentile(np.hypot(*rgb_to_lab(other[::7])[:, 1:].T), 99)) + 2
    chroma = np.hypot(moved[..., 1], moved[..., 2])
    moved[..., 1:] *= np.minimum(1, chroma_limit / np.maximum(chroma, 1e-3))[..., None]
    return lab_to_rgb((lab + np.float32(strength) * (moved - lab)).astype(np.float32))
