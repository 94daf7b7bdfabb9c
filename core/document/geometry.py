"""Points, rectangles and planar transforms shared by every package; numpy only.

Pixel convention everywhere: x to the right, y down, and the centre of the top-left pixel is at (0, 0).
Matrices are float64 [3, 3] and act on column vectors (x, y, 1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Rect(NamedTuple):
    """Half-open pixel rectangle: columns x0..x1-1, rows y0..y1-1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    def slices(self) -> tuple[slice, slice]:
        """Row and column slices for indexing an array [H, W, ...]."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def grown(self, margin: int, width: int, height: int) -> Rect:
        """This rectangle grown on all sides and clipped to a picture of width x height."""
        return Rect(
            max(0, self.x0 - margin),
            max(0, self.y0 - margin),
            min(width, self.x1 + margin),
            min(height, self.y1 + margin),
        )


def united(first: Rect, second: Rect) -> Rect:
    """Smallest rectangle that holds both."""
    return Rect(min(first.x0, second.x0), min(first.y0, second.y0),
                max(first.x1, second.x1), max(first.y1, second.y1))


def intersection(first: Rect, second: Rect) -> Rect | None:
    """What both have in common, None when that is empty."""
    x0, y0 = max(first.x0, second.x0), max(first.y0, second.y0)
    x1, y1 = min(first.x1, second.x1), min(first.y1, second.y1)
    return Rect(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def bounding_rect(mask: NDArray[np.generic]) -> Rect | None:
    """Smallest rectangle that holds every non-zero pixel of mask [H, W]; None if there is none."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return None
    columns = np.flatnonzero(mask.any(axis=0))
    return Rect(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def transform_points(matrix: NDArray[np.floating], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Apply an affine matrix [3, 3] to points [N, 2]."""
    points = np.asarray(points, dtype=np.float64)
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def similarity_from_points(
    source: NDArray[np.floating],
    target: NDArray[np.floating],
    weights: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """Least-squares similarity (rotation, uniform scale, shift; no mirror) from source to target, both [N, 2].

    Raises:
        ValueError: fewer than two distinct points.
    """
    source = np.asarray(source, dtype=np.float64)
    target = np.asarray(target, dtype=np.float64)
    weight = np.ones(len(source)) if weights is None else np.asarray(weights, dtype=np.float64)
    weight = weight / weight.sum()
    source_mean, target_mean = weight @ source, weight @ target
    a, b = source - source_mean, target - target_mean
    spread = float(weight @ (a * a).sum(axis=1))
    if spread < 1e-12:
        raise ValueError("a similarity needs at least two distinct points")
    real = float(weight @ (a * b).sum(axis=1)) / spread
    imaginary = float(weight @ (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])) / spread
    matrix = np.eye(3)
    matrix[:2, :2] = [[real, -imaginary], [imaginary, real]]
    matrix[:2, 2] = target_mean - matrix[:2, :2] @ source_mean
    return matrix
