"""Where the reference's hair goes on the identity's head: a similarity and a residual that fades from the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.document.geometry import similarity_from_points, transform_points
from core.faces.frame import BROWS, OVAL, UPPER_OVAL, FaceFrame, face_frame
from core.imaging.warp import affine_grid, enlarge_grid

NEAR, LEVEL, FALL = 0.14, 0.3, -1.5
"""Weights of the points: within ``NEAR`` face heights they hardly differ, beyond they fall with distance."""
FULL, FADE = 0.05, 0.35
"""How far from the points the residual acts whole, and over what it fades (face heights): hair far out is
not sheared."""


@dataclass(frozen=True, eq=False)
class Fit:
    """The map between two portraits.

    Attributes:
        matrix: [3, 3] similarity from reference pixels to identity pixels.
        anchors: [46, 2] oval and brow points of the identity.
        residuals: [46, 2] what the similarity misses there, in reference pixels.
        frame: the identity's face frame.
    """

    matrix: NDArray[np.float64]
    anchors: NDArray[np.float64]
    residuals: NDArray[np.float64]
    frame: FaceFrame

    @property
    def scale(self) -> float:
        """Identity pixels per reference pixel."""
        return float(np.hypot(*self.matrix[:2, 0]))

    def residual_at(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """The fading residual r(x) [N, 2] in reference pixels at identity points [N, 2] (docs/compositing.md, Fit)."""
        points = np.asarray(points, np.float64)
        fh = self.frame.height
        squared = ((points[:, None, :] - self.anchors[None]) ** 2).sum(axis=2)
        weight = (squared / (NEAR * fh) ** 2 + LEVEL) ** FALL
        mean = (weight @ self.residuals) / weight.sum(axis=1, keepdims=True)
        beyond = np.maximum(0.0, np.sqrt(squared.min(axis=1)) - FULL * fh)
        return mean * np.exp(-(beyond**2) / (2 * (FADE * fh) ** 2))[:, None]

    def to_identity(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Reference pixel coordinates [N, 2] to identity pixel coordinates (the map inverted by iteration)."""
        points = np.asarray(points, np.float64)
        found = transform_points(self.matrix, points)
        for _ in range(8):
            found = transform_points(self.matrix, points - self.residual_at(found))
        return found

    def backward_map(self, width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Reference coordinates (x, y) of every identity pixel, each [height, width]; residual on a grid of 8 px."""
        step = max(8.0, self.frame.height / 60)
        xs = np.arange(0, width - 1 + step, step)
        ys = np.arange(0, height - 1 + step, step)
        grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        residual = np.concatenate([self.residual_at(part) for part in np.array_split(grid, max(1, len(grid) // 8192))])
        dense = enlarge_grid(residual.reshape(len(ys), len(xs), 2).astype(np.float32), step, width, height)
        map_x, map_y = affine_grid(np.linalg.inv(self.matrix), np.arange(width), np.arange(height))
        return map_x + dense[..., 0], map_y + dense[..., 1]


def fit_faces(identity: NDArray[np.floating], reference: NDArray[np.floating]) -> Fit:
    """Fit a reference face on an identity face, both landmarks [478, 2 or 3] in their own photo's pixels.

    The similarity is least squares on the 36 oval points, the upper half counted three times
    (docs/compositing.md, Fit); what it misses at oval and brows becomes the residual warp.

    Raises:
        ValueError: a face without extent.
    """
    own = np.asarray(identity, np.float64)[:, :2]
    other = np.asarray(reference, np.float64)[:, :2]
    weights = np.array([3.0 if index in UPPER_OVAL else 1.0 for index in OVAL])
    oval = list(OVAL)
    matrix = similarity_from_points(other[oval], own[oval], weights)
    if not np.hypot(*matrix[:2, 0]) > 1e-6:
        raise ValueError("the reference face has no extent")
    chosen = oval + list(BROWS)
    anchors = own[chosen]
    residuals = other[chosen] - transform_points(np.linalg.inv(matrix), anchors)
    return Fit(matrix, anchors, residuals, face_frame(identity))
