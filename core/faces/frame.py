"""A face's own axes and scale, measured from its landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Face-mesh numbers.
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
UPPER_OVAL = OVAL[:10] + OVAL[-9:]
BROWS = (70, 63, 105, 66, 107, 300, 293, 334, 296, 336)
FOREHEAD, CHIN, RIGHT_CHEEK, LEFT_CHEEK = 10, 152, 234, 454


@dataclass(frozen=True, eq=False)
class FaceFrame:
    """The face's own axes: every radius and zone of the compositor is a fraction of its height.

    Attributes:
        chin: [2] pixel coordinates of landmark 152.
        up, right: [2] unit vectors along the face axis (towards the forehead) and to the picture's right.
        height: forehead top to chin in pixels (fh).
        width: cheek to cheek in pixels (fw).
    """

    chin: NDArray[np.float64]
    up: NDArray[np.float64]
    right: NDArray[np.float64]
    height: float
    width: float

    def coordinates(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points [N, 2] to (side, t) [N, 2] in face heights: t is 0 at the chin and 1 at the forehead's top."""
        offset = np.asarray(points, np.float64)[:, :2] - self.chin
        return np.stack([offset @ self.right, offset @ self.up], axis=1) / self.height

    def maps(self, width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(side, t) of every pixel, each [height, width] float32."""
        x = np.arange(width, dtype=np.float32)[None, :] - np.float32(self.chin[0])
        y = np.arange(height, dtype=np.float32)[:, None] - np.float32(self.chin[1])
        scale = np.float32(1 / self.height)
        right, up = self.right.astype(np.float32) * scale, self.up.astype(np.float32) * scale
        return x * right[0] + y * right[1], x * up[0] + y * up[1]

    def pixels(self, fraction: float) -> float:
        """A fraction of the face's height in pixels."""
        return fraction * self.height


def face_frame(landmarks: NDArray[np.floating]) -> FaceFrame:
    """The frame of a face from its landmarks [478, 2 or 3] in pixels.

    Raises:
        ValueError: forehead and chin coincide.
    """
    points = np.asarray(landmarks, np.float64)[:, :2]
    axis = points[FOREHEAD] - points[CHIN]
    height = float(np.hypot(*axis))
    if not height > 1e-6:
        raise ValueError("the face has no height")
    up = axis / height
    width = float(np.hypot(*(points[RIGHT_CHEEK] - points[LEFT_CHEEK])))
    return FaceFrame(points[CHIN], up, np.array([-up[1], up[0]]), height, width)
