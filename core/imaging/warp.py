"""Resampling pictures by dense backward maps, once and without aliasing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

FloatMap = NDArray[np.float32]


def prefilter(image: NDArray, ratio: float) -> NDArray:
    """Blur image [H, W(, C)] before it is shrunk ``ratio`` times (> 1.3), sigma 0.4 x ratio
    (docs/compositing.md, Warp)."""
    if ratio <= 1.3:
        return image
    return cv2.GaussianBlur(image, (0, 0), 0.4 * ratio, borderType=cv2.BORDER_REFLECT_101)


def resample(
    image: NDArray, map_x: FloatMap, map_y: FloatMap, *, smooth: bool = True, outside: float | None = None
) -> NDArray:
    """Image [H, W(, C)] read at (map_x, map_y) [h, w] in its pixel coordinates.

    Args:
        smooth: bicubic; otherwise the nearest pixel (labels).
        outside: value beyond the picture; None mirrors it.
    """
    border = cv2.BORDER_REFLECT_101 if outside is None else cv2.BORDER_CONSTANT
    flags = cv2.INTER_CUBIC if smooth else cv2.INTER_NEAREST
    value = 0.0 if outside is None else outside
    return cv2.remap(image, map_x, map_y, flags, borderMode=border, borderValue=[value] * 4)


def affine_grid(
    matrix: NDArray[np.floating], xs: NDArray[np.number], ys: NDArray[np.number]
) -> tuple[FloatMap, FloatMap]:
    """Where matrix [3, 3] sends the grid of columns xs [w] and rows ys [h]: two maps [h, w]."""
    x, y = np.asarray(xs, np.float64)[None, :], np.asarray(ys, np.float64)[:, None]
    map_x = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
    map_y = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
    return map_x.astype(np.float32), map_y.astype(np.float32)


def enlarge_grid(values: FloatMap, step: float, width: int, height: int) -> FloatMap:
    """Values [gh, gw (, C)] known at pixel coordinates (0, step, 2 step, ...) to every pixel [height, width (, C)]."""
    matrix = np.array([[1 / step, 0, 0], [0, 1 / step, 0]], dtype=np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(values, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
