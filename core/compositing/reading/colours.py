"""What the colours of a photo say: whose skin it is, hair or wall, cloth or wall."""

from __future__ import annotations

import numpy as np

from core.imaging.arrays import FloatImage, Mask
from core.imaging.colour import rgb_to_lab
from core.imaging.inpaint import blur_known
from core.imaging.matting import guided_filter
from core.imaging.poisson import pull_push


def colour_odds(image: FloatImage, first: Mask, second: Mask) -> FloatImage:
    """Log odds [H, W] in -4..4 that a pixel of image [H, W, 3] has the colours of first rather than of second.

    From smoothed colour histograms (16 bins per channel of Lab).
    """
    lab = rgb_to_lab(image)
    scaled = (lab - (0, -64, -64)) * (16 / np.array([100, 128, 128])) - 1e-3
    index = np.clip(scaled, 0, 15).astype(np.int64)
    flat = (index[..., 0] * 16 + index[..., 1]) * 16 + index[..., 2]
    tables = []
    for mask in (first, second):
        table = np.bincount(flat[mask], minlength=4096).astype(np.float64).reshape(16, 16, 16)
        for axis in range(3):
            padded = np.pad(table, [(1, 1) if k == axis else (0, 0) for k in range(3)])
            parts = [np.take(padded, np.arange(16) + k, axis=axis) for k in range(3)]
            table = 0.25 * parts[0] + 0.5 * parts[1] + 0.25 * parts[2]
        tables.append((table / max(table.sum(), 1.0) + 2e-5).ravel())
    return np.clip(np.log(tables[0] / tables[1]), -4, 4)[flat].astype(np.float32)


def like_wall_beside(
    image: FloatImage, where: Mask, wall: Mask, hair: Mask, face_height: float, share: float = 0.6
) -> Mask:
    """Whether pixels [H, W] look more like the wall next to them than like the hair next to them.

    The colour difference to the wall has to be below this share of that to the hair.
    """
    lab = rgb_to_lab(image)
    own = blur_known(lab, where, 0.01 * face_height)
    to_wall, to_hair = (
        np.linalg.norm(own - pull_push(blur_known(lab, other, 0.08 * face_height), ~other), axis=2)
        for other in (wall, hair))
    return to_wall < share * to_hair


def like_face_skin(image: FloatImage, face: Mask) -> Mask:
    """Pixels [H, W] with the hue of the face's skin, in light or shadow."""
    lab = rgb_to_lab(image)
    middle = np.median(lab[face], axis=0)
    strength = max(float(np.hypot(middle[1], middle[2])), 4.0)
    light = lab[..., 0] / max(float(middle[0]), 1.0)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    turn = np.abs(lab[..., 1] * middle[2] - lab[..., 2] * middle[1]) / (np.maximum(chroma, 1) * strength)
    forward = lab[..., 1] * middle[1] + lab[..., 2] * middle[2] > 0
    like = forward & (turn < 0.42) & (light > 0.15) & (light < 1.25)
    return like & (chroma > 0.4 * strength * np.minimum(light + 0.2, 1)) & (chroma < 1.7 * strength)


def spread_odds(image: FloatImage, odds: FloatImage, known: Mask, face_height: float) -> FloatImage:
    """Odds smoothed along the picture's structure, ignoring pixels that take no part."""
    weight = known.astype(np.float32)
    radius = max(2.0, 0.03 * face_height)
    share = np.maximum(guided_filter(image, weight, radius, 1e-3), 0.2)
    scaled = (np.clip(odds / 24 + 0.5, 0, 1) * weight).astype(np.float32)
    return np.where(known, (guided_filter(image, scaled, radius, 1e-3) / share - 0.5) * 24, odds)
