"""Bends portraits and puts glasses on them, so that the landmarks network meets more heads than were photographed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.training.data.portraits import SIZE, Frame, Portraits, eye_distance

_CELLS = 32
_SOFTNESS = 0.035
_FIXED_POINT_STEPS = 8

_TEMPLES = (127, 356)


def depth_fields(portraits: Portraits) -> NDArray[np.float32]:
    """Smooth relative depth of every portrait [N, 32, 32], from its landmarks, in units of the portrait's side."""
    axis = (np.arange(_CELLS, dtype=np.float32) + 0.5) / _CELLS
    x, y = np.meshgrid(axis, axis)
    cells = np.column_stack([x.ravel(), y.ravel()])
    fields = np.empty((len(portraits.landmarks), _CELLS, _CELLS), np.float32)
    for index, points in enumerate(portraits.landmarks):
        away = ((cells[:, None] - points[None, :, :2]) ** 2).sum(axis=2)
        # Cells far from every point take the depth of the nearest ones.
        away -= away.min(axis=1, keepdims=True)
        weight = np.exp(-away / (2 * _SOFTNESS**2))
        fields[index] = ((weight @ points[:, 2]) / weight.sum(axis=1)).reshape(_CELLS, _CELLS)
        fields[index] = cv2.GaussianBlur(fields[index], (0, 0), 1.0)
    return fields


class Bend:
    """A smooth displacement inside a crop: each place of the crop shows what lies ``field`` further in the portrait.

    Args:
        frame: the crop.
        depth: smooth depth of the portrait [32, 32].
        turn: sines of the pretended turns to the side and up.
        waves: control displacements [n, n, 2] in portrait units, spread over the crop.
        size: side of the crop in pixels.
    """

    def __init__(
        self,
        frame: Frame,
        depth: NDArray[np.float32],
        turn: tuple[float, float],
        waves: NDArray[np.floating],
        size: int,
    ) -> None:
        self._frame, self._size, self._turn = frame, size, turn
        self._middle = float(depth[_CELLS // 3 : _CELLS * 3 // 4, _CELLS // 3 : _CELLS * 2 // 3].mean())
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        local = cv2.warpAffine(
            depth, frame.pixels(size, _CELLS), (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        field = cv2.resize(waves.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
        self.field = field - (local - self._middle)[..., None] * np.array(turn, np.float32)

    def cut(self, portraits: Portraits, index: int, border: int, fill: int = 0) -> NDArray[np.uint8]:
        """The bent crop [size, size, 3] of a portrait."""
        size = self._size
        small = self._frame.side * SIZE / size > 1.35
        source = portraits.small[index] if small else portraits.images[index]
        x, y = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
        matrix = self._frame.pixels(size, source.shape[0]).astype(np.float32)
        shift = self.field * np.float32(source.shape[0])
        columns = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] + shift[..., 0]
        rows = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] + shift[..., 1]
        shade = (fill, fill, fill)
        bent = cv2.remap(source, columns, rows, cv2.INTER_LINEAR, borderMode=border, borderValue=shade)
        return np.asarray(bent, np.uint8)

    def points(self, truth: NDArray[np.floating]) -> NDArray[np.float64]:
        """Where points [N, 3] of the portrait (portrait units) lie in the bent crop, in crop units."""
        truth = np.asarray(truth, np.float64)
        place = truth[:, :2]
        for _ in range(_FIXED_POINT_STEPS):
            pixel = (self._frame.to_crop(place) * self._size - 0.5).astype(np.float32)
            moved = cv2.remap(
                self.field, pixel[:, None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )  # type: ignore[call-overload]
            place = truth[:, :2] - moved[:, 0]
        side, up = self._turn
        length = np.sqrt(max(0.0, 1 - side**2 - up**2))
        across = truth[:, :2] - truth[:, :2].mean(axis=0)
        depth = truth[:, 2] * length - across @ np.array([side, up])
        return np.column_stack([self._frame.to_crop(place), depth / self._frame.side])


def random_bend(frame: Frame, depth: NDArray[np.float32], size: int, rng: np.random.Generator) -> Bend:
    """A gentle random change of the head's shape, in half of the cases with a pretended turn of up to 25 degrees."""
    degrees = np.clip(rng.normal(0, 1, 2) * (11, 6), -25, 25) * (rng.random() < 0.5)
    side, up = np.sin(np.radians(degrees))
    cells = int(rng.integers(3, 7))
    height = rng.uniform(0, 0.018) * 4 / cells
    return Bend(frame, depth, (float(side), float(up)), rng.normal(0, height, (cells, cells, 2)), size)


def put_on_glasses(
    image: NDArray[np.uint8], points: NDArray[np.floating], rng: np.random.Generator, thickest: float = 0.075
) -> NDArray[np.uint8]:
    """A copy of a crop [S, S, 3] with glasses drawn about the eyes of landmarks [478, >=2] in crop units.

    ``thickest``: of frames, in distances between the eyes.
    """
    size, fine = image.shape[0], 2
    places = points[:, :2] * size * fine
    between = float(eye_distance(points)) * size * fine
    if between < 12 * fine:
        return image
    large = cv2.resize(image, (size * fine, size * fine), interpolation=cv2.INTER_LINEAR)
    right, left = places[[33, 133]].mean(axis=0), places[[263, 362]].mean(axis=0)
    along = (left - right) / np.linalg.norm(left - right)
    down = np.array([-along[1], along[0]])
    half, ratio, power = rng.uniform(0.3, 0.43), rng.uniform(0.5, 0.95), rng.uniform(2, 5)
    lower = rng.uniform(-0.02, 0.12)
    outlines, sides = [], []
    for centre, (outer, inner) in ((right, (33, 133)), (left, (263, 362))):
        # The lens that is turned away looks as narrow as its eye.
        narrow = float(np.linalg.norm(places[outer] - places[inner])) / between / 0.45
        width = between * half * min(max(narrow, 0.4), 1.15)
        height = between * half * ratio
        t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        u = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power) * width
        v = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power) * height
        middle = centre + down * lower * between
        outlines.append(middle + u[:, None] * along + v[:, None] * down)
        sides.append((middle - along * width, middle + along * width))
    _draw(large, outlines, sides, places[list(_TEMPLES)], between, rng, thickest)
    return np.asarray(cv2.resize(large, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def _draw(
    image: NDArray[np.uint8],
    outlines: list[NDArray[np.float64]],
    sides: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    temples: NDArray[np.floating],
    between: float,
    rng: np.random.Generator,
    thickest: float,
) -> None:
    def fixed(line: NDArray[np.floating]) -> NDArray[np.int32]:
        return np.rint(np.asarray(line) * 16).astype(np.int32)

    colour = rng.uniform(0, 60, 3) if rng.random() < 0.6 else rng.uniform(0, 255, 3)
    shade = tuple(float(value) for value in colour)
    tint, glare = rng.random(), rng.random() < 0.3
    for line in outlines:
        layer = image.copy()
        cv2.fillPoly(layer, [fixed(line)], tuple(float(v) for v in rng.uniform(0, 90, 3)), cv2.LINE_AA, 4)
        weight = rng.uniform(0.6, 0.97) if tint < 0.12 else rng.uniform(0, 0.2) if tint < 0.5 else 0.0
        cv2.addWeighted(layer, weight, image, 1 - weight, 0, dst=image)
        if glare:
            layer = image.copy()
            spot = line.mean(axis=0) + rng.normal(0, 0.1, 2) * between
            ellipse = line[::2] * 0.35 + line.mean(axis=0) * 0.65 + (spot - line.mean(axis=0))
            cv2.fillPoly(layer, [fixed(ellipse)], (255.0, 255.0, 255.0), cv2.LINE_AA, 4)
            weight = rng.uniform(0.2, 0.9)
            cv2.addWeighted(layer, weight, image, 1 - weight, 0, dst=image)
    thickness = max(1, round(between * rng.uniform(0.015, thickest)))
    for line in outlines:
        cv2.polylines(image, [fixed(line)], True, shade, thickness, cv2.LINE_AA, 4)
    arms = [(sides[0][1], sides[1][0]), (sides[0][0], temples[0]), (sides[1][1], temples[1])]
    for start, end in arms:
        cv2.polylines(image, [fixed(np.stack([start, end]))], False, shade, thickness, cv2.LINE_AA, 4)
