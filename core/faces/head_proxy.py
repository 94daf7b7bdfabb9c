"""A head as a rough solid behind its picture, so that a portrait's hair can be turned together with the head.

The face is the landmarks' own surface; hair and skull are a stack of half ellipses, one per row, as wide as the
picture shows them. Turning moves the front of the solid and leaves its outline an outline, so that strands against
the background stay strands (docs/methods/salon.md, Turn).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from core.faces.frame import BROWS, CHIN, FOREHEAD, LEFT_CHEEK, OVAL, RIGHT_CHEEK, FaceFrame, face_frame
from core.faces.mesh import MIRRORED
from core.imaging.arrays import FloatImage
from core.imaging.ramps import smoothstep
from core.imaging.warp import enlarge_grid

Points = NDArray[np.float64]

# Bone that no expression moves: forehead, temples, corners of the eyes, bridge and base of the nose.
_RIGID = (10, 338, 297, 332, 284, 251, 389, 356, 454, 234, 127, 162, 21, 54, 103, 67, 109, 33, 133, 362, 263,
          168, 6, 197, 195, 5, 2, 98, 327, 9, 8, 151)
_ANCHORS = (*OVAL, *BROWS, 33, 133, 362, 263, 6, 4, 2, 61, 291)

# In face heights: how far behind the landmarks beside the ears the axis of the head lies.
_AXIS_BEHIND = 0.06
# The line from forehead to chin of an average face that looks straight leans this many degrees.
_LEAN = -8.0
# How fast the turn ends towards the outline: 1 - |u|^k. Larger is truer; too large and strands fold.
_EASE = 5.0
# Below the chin hair hangs nearer to its axis than a skull reaches forward.
_HANGING = 0.45
# Cosine of the angles at which a surface counts as hardly seen.
GRAZING = 0.12


@dataclass(frozen=True)
class Turn:
    """How far a head has to turn, in degrees.

    Attributes:
        yaw: to the side; the sign is that of ``core.faces.face.Face.yaw``.
        pitch: positive raises the chin.
        roll: clockwise in the picture.
    """

    yaw: float
    pitch: float
    roll: float = 0.0


@dataclass(frozen=True, eq=False)
class TurnedView:
    """A turned picture as a backward map on the grid of the original one.

    Attributes:
        map_x, map_y: [H, W] where each pixel comes from.
        facing: [H, W] in -1..1: cosine of the angle under which the original's camera saw this surface; below 0 it
            did not see it, and what is shown instead is stretched from beside it.
        landmarks: [478, 3] of the turned face.
    """

    map_x: FloatImage
    map_y: FloatImage
    facing: FloatImage
    landmarks: NDArray[np.float32]

    @cached_property
    def frame(self) -> FaceFrame:
        """The turned face's axes and size."""
        return face_frame(self.landmarks)

    @property
    def seen(self) -> FloatImage:
        """[H, W] in 0..1: 1 where the original shows the surface, 0 where it was turned away from the camera."""
        return seen_share(self.facing)


def seen_share(facing: FloatImage) -> FloatImage:
    """How much of a surface a camera saw, from the cosine of its angle: a soft step at right angles."""
    return smoothstep((facing + GRAZING) / (2 * GRAZING)).astype(np.float32)


def rigid_rotation(source: NDArray[np.floating], target: NDArray[np.floating]) -> Points:
    """Rotation [3, 3] that turns centred points [N, 3] of source best towards those of target (Kabsch 1976)."""
    a, b = np.asarray(source, np.float64), np.asarray(target, np.float64)
    u, _, vt = np.linalg.svd((a - a.mean(axis=0)).T @ (b - b.mean(axis=0)))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    return (u @ flip @ vt).T


def sideways(landmarks: NDArray[np.floating]) -> Points:
    """Unit vector [3] from the head's right to its left: the normal of the plane its landmarks are symmetric about."""
    points = np.asarray(landmarks, np.float64)
    pairs = points - points[MIRRORED]
    _, vectors = np.linalg.eigh(pairs.T @ pairs)
    normal = vectors[:, -1]
    return normal if normal @ (points[LEFT_CHEEK] - points[RIGHT_CHEEK]) >= 0 else -normal


def head_pose(landmarks: NDArray[np.floating]) -> Turn:
    """How a head is turned, from its landmarks [478, 3]: yaw and roll from its symmetry, pitch from its profile."""
    points = np.asarray(landmarks, np.float64)
    normal, up = sideways(points), points[FOREHEAD] - points[CHIN]
    pitch = np.degrees(np.arctan2(up[2], np.hypot(up[0], up[1]))) - _LEAN
    return Turn(float(np.degrees(np.arctan2(normal[2], normal[0]))), float(pitch),
                float(np.degrees(np.arctan2(normal[1], normal[0]))))


def turn_between(source: NDArray[np.floating], target: NDArray[np.floating]) -> Turn:
    """The turn that brings a head (landmarks [478, 3]) into the pose of another one, from the bones of both."""
    rotation = rigid_rotation(np.asarray(source)[list(_RIGID)], np.asarray(target)[list(_RIGID)])
    basis = _basis(np.asarray(source, np.float64))
    inner = basis.T @ rotation @ basis
    yaw = -np.degrees(np.arctan2(-inner[2, 0], inner[2, 2]))
    pitch = np.degrees(np.arcsin(np.clip(inner[2, 1], -1, 1)))
    roll = np.degrees(np.arctan2(-inner[0, 1], inner[1, 1]))
    return Turn(float(yaw), float(-pitch), float(roll))


def _basis(landmarks: Points) -> Points:
    """Columns: the head's right-to-left in the picture, its downward in the picture, away from the camera."""
    across = sideways(landmarks)[:2]
    across = across / max(float(np.hypot(*across)), 1e-9)
    basis = np.eye(3)
    basis[:2, 0], basis[:2, 1] = across, (-across[1], across[0])
    return basis


def turn_matrix(turn: Turn) -> Points:
    """Rotation [3, 3] of yaw and pitch in the head's own axes (across, down, away)."""
    yaw, pitch = np.radians(-turn.yaw), np.radians(-turn.pitch)
    c, s, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    sideways_turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]) @ sideways_turn


@dataclass(frozen=True, eq=False)
class HeadProxy:
    """The solid behind one portrait; lengths in pixels, rows counted along the head's downward axis from the pivot.

    Attributes:
        landmarks: [478, 3].
        pivot: [3] the point the head turns about, between the ears.
        basis: [3, 3] columns across, down, away.
        height: forehead to chin.
        rows: [N] positions along the downward axis.
        centre, width, depth: [N] middle and half width of the outline, and how far the front stands before the pivot.
    """

    landmarks: Points
    pivot: Points
    basis: Points
    height: float
    rows: Points
    centre: Points
    width: Points
    depth: Points

    def turned_points(self, points: NDArray[np.floating], turn: Turn) -> Points:
        """Points [N, 3] after the head turned about its pivot (no roll)."""
        inner = (np.asarray(points, np.float64) - self.pivot) @ self.basis
        return inner @ turn_matrix(turn).T @ self.basis.T + self.pivot

    def shell_source(self, points: NDArray[np.floating], turn: Turn) -> tuple[Points, Points]:
        """Where the turned solid's surface at picture points [N, 2] comes from, and the cosine [N] of the angle under
        which it was seen there. Beyond the outline both go on as they are at the outline."""
        local = (np.asarray(points, np.float64) - self.pivot[:2]) @ self.basis[:2, :2]
        across, down = local[:, 0], local[:, 1]
        middle, half, front = (np.interp(down, self.rows, values) for values in
                               (self.centre, self.width, self.depth))
        u = np.clip((across - middle) / half, -1, 1)
        # A row's ellipse seen from the front: turning it by yaw moves its surface by this angle.
        reach = np.clip(front / half * np.sin(np.radians(-turn.yaw)), -0.9, 0.9)
        angle, step = np.arcsin(u), np.arcsin(reach)
        ease = 1 - np.abs(u) ** _EASE
        inside = np.abs(u) < 1
        moved = np.where(inside, middle + half * np.sin(np.clip(angle + step * ease, -np.pi / 2, np.pi / 2)), across)
        raised = down - np.sin(np.radians(-turn.pitch)) * front * (1 - u * u)
        source = np.stack([moved, raised], axis=1) @ self.basis[:2, :2].T + self.pivot[:2]
        return source, np.cos(angle + step)

    def _facing(self, points: Points) -> Points:
        """1 for landmarks [N, 3] that look towards the camera, nearly 0 for those behind the outline."""
        local = (points - self.pivot) @ self.basis
        cosine = -local[:, 2] / np.maximum(np.hypot(local[:, 0], local[:, 2]), 1e-9)
        return np.clip((cosine + 0.15) / 0.3, 0.02, 1)

    def view(self, turn: Turn, width: int, height: int) -> TurnedView:
        """The backward map [height, width] of the turned head: shell everywhere, landmarks where the face is."""
        step = max(4.0, self.height / 90)
        xs, ys = np.arange(0, width - 1 + step, step), np.arange(0, height - 1 + step, step)
        grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        source, facing = self.shell_source(grid, turn)
        turned = self.turned_points(self.landmarks, turn)
        chosen = list(_ANCHORS)
        anchors = turned[chosen, :2]
        missing = self.landmarks[chosen, :2] - self.shell_source(anchors, turn)[0]
        # A point hidden before or after the turn says nothing about the surface in front of it.
        trust = self._facing(self.landmarks[chosen]) * self._facing(turned[chosen])
        shift = source - grid + _faded(grid, anchors, missing, trust, self.height)
        field = np.concatenate([shift, facing[:, None]], axis=1).reshape(len(ys), len(xs), 3).astype(np.float32)
        field = cv2.GaussianBlur(field, (0, 0), 0.012 * self.height / step)
        dense = enlarge_grid(field, step, width, height)
        map_x = dense[..., 0] + np.arange(width, dtype=np.float32)[None, :]
        map_y = dense[..., 1] + np.arange(height, dtype=np.float32)[:, None]
        return TurnedView(map_x, map_y, np.clip(dense[..., 2], -1, 1), turned.astype(np.float32))


def _faded(points: Points, anchors: Points, values: Points, trust: Points, height: float) -> Points:
    """Values [M, 2] known at anchors [M, 2] with trust [M], spread to points [N, 2] and fading away from them."""
    found = np.zeros_like(points)
    for part in np.array_split(np.arange(len(points)), max(1, len(points) // 8192)):
        squared = ((points[part, None, :] - anchors[None]) ** 2).sum(axis=2)
        weight = trust * (squared / (0.14 * height) ** 2 + 0.1) ** -1.5
        beyond = np.maximum(0.0, np.sqrt(squared.min(axis=1)) - 0.06 * height)
        fade = np.exp(-(beyond**2) / (2 * (0.2 * height) ** 2))
        found[part] = (weight @ values) / weight.sum(axis=1, keepdims=True) * fade[:, None]
    return found


def fit_head(landmarks: NDArray[np.floating], hair: NDArray[np.floating]) -> HeadProxy:
    """Fit the solid to a portrait.

    Args:
        landmarks: [478, 3] in pixels, z away from the camera.
        hair: [H, W] in 0..1, its hair.

    Raises:
        ValueError: the face has no height.
    """
    points = np.asarray(landmarks, np.float64)
    height = float(np.hypot(*(points[FOREHEAD] - points[CHIN])[:2]))
    if not height > 1e-6:
        raise ValueError("the face has no height")
    basis = _basis(points)
    cheeks = (points[RIGHT_CHEEK] + points[LEFT_CHEEK]) / 2
    pivot = cheeks + np.array([0, 0, _AXIS_BEHIND * height])
    local = (points - pivot) @ basis
    step = height / 100
    rows = np.arange(-1.6 * height, 2.2 * height + step, step)
    left, right = _extents(rows, step, local[list(OVAL)], _spread(hair, pivot, basis, height))
    sigma = 0.06 * height / step
    left, right = _smooth(left, sigma), _smooth(right, sigma)
    centre, half = (left + right) / 2, np.maximum((right - left) / 2, 0.12 * height)
    front = max(float(-local[FOREHEAD, 2]), 0.25 * height)
    brow = float(local[FOREHEAD, 1])
    at_brow = float(np.interp(brow, rows, half))
    depth = np.where(rows < brow, front * np.minimum(1, half / at_brow), front)
    chin = float(local[CHIN, 1])
    hanging = np.clip((rows - chin) / (0.5 * height), 0, 1)
    depth = depth * (1 - (1 - _HANGING) * hanging)
    return HeadProxy(points, pivot, basis, height, rows, centre, half, _smooth(depth, sigma))


def _spread(hair: NDArray[np.floating], pivot: Points, basis: Points, height: float) -> Points:
    """Pixels of hair [N, 2] in the head's axes, at most some ten thousand of them."""
    every = max(1, int(height / 120))
    ys, xs = np.nonzero(np.asarray(hair)[::every, ::every] > 0.5)
    found = (np.stack([xs, ys], axis=1) * float(every) - pivot[:2]) @ basis[:2, :2]
    return found[np.abs(found[:, 0]) < 1.3 * height]


def _extents(rows: Points, step: float, oval: Points, hair: Points) -> tuple[Points, Points]:
    """Left and right end of face and hair in each row, where there is nothing those of the nearest row."""
    left, right = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
    closed = np.concatenate([oval[:, :2], oval[:1, :2]])
    for one, other in pairwise(closed):
        steps = np.linspace(one, other, 12)
        _widen(left, right, rows[0], step, steps)
    _widen(left, right, rows[0], step, hair)
    known = np.isfinite(left)
    return np.interp(rows, rows[known], left[known]), np.interp(rows, rows[known], right[known])


def _widen(left: Points, right: Points, first: float, step: float, points: Points) -> None:
    index = np.round((points[:, 1] - first) / step).astype(int)
    usable = (index >= 0) & (index < len(left))
    np.minimum.at(left, index[usable], points[usable, 0])
    np.maximum.at(right, index[usable], points[usable, 0])


def _smooth(values: Points, sigma: float) -> Points:
    line = np.ascontiguousarray(values, np.float64)[None, :]
    return cv2.GaussianBlur(line, (0, 0), sigmaX=sigma, sigmaY=0.01, borderType=cv2.BORDER_REPLICATE)[0]
