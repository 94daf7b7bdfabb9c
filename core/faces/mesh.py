"""The face mesh: which points outline eyes and brows, and which are each other's mirror images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Of the first 248 points these lie on the middle line; the others, all on the subject's right,
# have their partners in the same order from 248 on.
_MIDDLE = (
    0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 94, 151,
    152, 164, 168, 175, 195, 197, 199, 200,
)  # fmt: skip
_FIRST_LEFT, _IRISES = 248, ((468, 473), (469, 476), (470, 475), (471, 474), (472, 477))


def _permutation() -> NDArray[np.intp]:
    order = np.arange(478)
    right = np.setdiff1d(np.arange(_FIRST_LEFT), _MIDDLE)
    pairs = [*zip(right.tolist(), range(_FIRST_LEFT, 468), strict=True), *_IRISES]
    for one, other in pairs:
        order[one], order[other] = other, one
    order.flags.writeable = False
    return order


MIRRORED: NDArray[np.intp] = _permutation()
"""[478]: the point of a mirrored face that takes the place of each point."""

EYE_POLYGONS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)
BROW_POLYGONS = (
    (46, 53, 52, 65, 55, 107, 66, 105, 63, 70),
    (276, 283, 282, 295, 285, 336, 296, 334, 293, 300),
)
"""Outlines of the subject's right and left eye and brow."""
