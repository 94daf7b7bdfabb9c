"""Where the reference's hair goes on the identity's head: a similarity and a residual that fades from the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.document.geometry import similarity_from_points, transform_points
from core.faces.face import Face
from core.imaging.warp import affine_grid, enlarge_grid

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


def yaw_degrees(face: Face) -> float:
    """Turn of the head from landmark depth (COMPOSITING section 1): 0 is frontal, the sign tells the side."""
    left, right = face.landmarks[LEFT_CHEEK], face.landmarks[RIGHT_CHEEK]
    return float(np.degrees(np.arctan2(left[2] - right[2], left[0] - right[0])))


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
        """The fading residual r(x) [N, 2] in reference pixels at identity points [N, 2] (COMPOSITING section 2d)."""
        points = np.asarray(points, np.float64)
        fh = self.frame.height
        squared = ((points[:, None, :] - self.anchors[None]) ** 2).sum(axis=2)
        weight = (squared / (0.14 * fh) ** 2 + 0.3) ** -1.5
        mean = (weight @ self.residuals) / weight.sum(axis=1, keepdims=True)
        beyond = np.maximum(0.0, np.sqrt(squared.min(axis=1)) - 0.05 * fh)
        return mean * np.exp(-(beyond**2) / (2 * (0.35 * fh) ** 2))[:, None]

    def to_reference(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Identity pixel coordinates [N, 2] to reference pixel coordinates."""
        return transform_points(np.linalg.inv(self.matrix), points) + self.residual_at(points)

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

    The similarity is least squares on the 36 oval points, the upper half counted three times (COMPOSITING section 2d);
    what it misses at oval and brows becomes the residual warp.

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
