"""Eyes and mouth of one photograph set into another's face: fitted by their landmarks, joined without a seam."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import bounding_rect
from core.faces.face import Portrait
from core.faces.mesh import BROW_POLYGONS, EYE_POLYGONS
from core.imaging.arrays import FloatImage
from core.imaging.matting import distance_to
from core.imaging.poisson import membrane
from core.imaging.ramps import smoothstep
from core.recipes.stylefusion.photo import Changed

LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
"""Outer outline of the lips, face-mesh numbers."""
FEATURES = {
    "eyes": tuple(zip(EYE_POLYGONS, BROW_POLYGONS, strict=True)),
    "mouth": ((LIPS, ()),),
}
"""Per region its parts: the points that are fitted, and further ones that belong to the part."""
_LEAST = 2.0
"""Pixels that an eye or a mouth must at least be wide."""
_MARGIN, _FADE = 0.035, 0.03
"""Of the face's height: how far a patch reaches beyond its points, and over which width it fades in."""


def similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """Least-squares similarity [2, 3] that takes points [N, 2] to points [N, 2] (Umeyama 1991, no reflection)."""
    a, b = np.asarray(source, np.float64), np.asarray(target, np.float64)
    a0, b0 = a.mean(axis=0), b.mean(axis=0)
    x, y = a - a0, b - b0
    norm = max(float(np.square(x).sum()), 1e-12)
    real = float((x * y).sum()) / norm
    imaginary = float((x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0]).sum()) / norm
    turn = np.array([[real, -imaginary], [imaginary, real]])
    return np.hstack([turn, (b0 - turn @ a0)[:, None]])


def set_in(changed: Changed, identity: Portrait, source: Portrait, region: str, amount: float) -> None:
    """Set the source's eyes (with brows) or mouth into the picture.

    Each part is moved by the similarity of its landmarks and lit by a membrane, so that it meets the skin around it;
    hair in front of it stays in front.

    Args:
        changed: the picture, in the identity's photo space.
        identity, source: portraits.
        region: "eyes" or "mouth".
        amount: opacity in 0..1.
    """
    photo = source.photo.rgb()
    for fitted, further in FEATURES[region]:
        _set_part(changed, identity, source, photo, fitted, further, amount)


def _set_part(changed: Changed, identity: Portrait, source: Portrait, photo: FloatImage, fitted: Sequence[int],
              further: Sequence[int], amount: float) -> None:
    canvas = changed.canvas
    own, other = (person.face.landmarks[:, :2].astype(np.float64) for person in (identity, source))
    if min(float(np.ptp(points[list(fitted)], axis=0).max()) for points in (own, other)) < _LEAST:
        return
    matrix = similarity(other[list(fitted)], own[list(fitted)])
    points = [*fitted, *further]
    moved = other[points] @ matrix[:, :2].T + matrix[:, 2]
    outline = np.concatenate([own[points], moved])
    height, width = canvas.hair.shape
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(outline).astype(np.int32)), 1)
    inner = distance_to(mask > 0) <= _MARGIN * canvas.height
    box = bounding_rect(inner)
    if box is None:
        return
    box = box.grown(2, width, height)
    rows, columns = box.slices()
    place = matrix.copy()
    place[:, 2] -= (box.x0, box.y0)
    size = (box.width, box.height)
    patch = cv2.warpAffine(photo, place, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    hidden = cv2.warpAffine(source.hair.astype(np.float32), place, size, flags=cv2.INTER_LINEAR)
    inside = inner[rows, columns]
    base = changed.image[rows, columns]
    edge = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~inside
    usable = edge & (hidden < 0.2) & (canvas.hair[rows, columns] < 0.2)
    if usable.sum() < 12:
        return
    lit = patch + membrane(base - patch, ~usable)
    weight = np.zeros((height, width), np.float32)
    fade = smoothstep(distance_to(~inside) / max(1.0, _FADE * canvas.height))
    weight[rows, columns] = (fade * inside * (1 - hidden)).astype(np.float32)
    weight *= np.float32(amount) * (1 - canvas.hair)
    picture = changed.image.copy()
    picture[rows, columns] = np.clip(lit, 0, 1)
    changed.lay(picture, weight)
