"""Finds faces at any of four rotations: a cascade proposes, the landmarks network decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import transform_points
from core.document.photo import Photo
from core.faces.align import CHIN, LEFT_EYE, LEFT_MOUTH, RIGHT_EYE, RIGHT_MOUTH, Alignment
from core.faces.face import Face
from core.faces.landmarks import LandmarksNet, load_landmarks, square

# Below this the landmarks do not lie on a face.
ACCEPT = 0.5
# Where a further look still moves the points by more than this share of the eye distance, there is no face.
_MAX_DRIFT = 0.12
_ROTATIONS = (0, 90, 180, 270)
_WORKING, _CLOSE = 640, 2048
_SMALLEST = 26
# From a cascade's box to the network's crop, fitted to aligned portraits: side, and shift down, per box side.
_BOX_SIDE, _BOX_DOWN = 1.35, 0.085
_MAX_CANDIDATES = 48

# Brows, eyes, nose, mouth, jaw and chin: what the box of a face goes around (not the top of the forehead).
_BOX_POINTS = (
    46, 52, 53, 55, 63, 65, 66, 70, 105, 107, 276, 282, 283, 285, 293, 295, 296, 300, 334, 336,
    93, 132, 136, 148, 149, 150, 172, 176, 152, 288, 323, 361, 365, 377, 378, 379, 397, 400, 127, 356, 1, 4, 61, 291,
)  # fmt: skip


class NetworkPack(Protocol):
    """The part of a model pack that faces need: where "landmarks" and "regions" lie."""

    def path(self, component: str) -> Path: ...


def find_faces(photo: Photo, pack: NetworkPack) -> list[Face]:
    """Every face of a photo, the largest first; empty when there is none.

    Faces may be turned by 0, 90, 180 or 270 degrees, give or take 45, and measure from 80 px to most of the frame.

    Raises:
        ModelFileError: the pack's landmarks network cannot be used.
    """
    net = load_landmarks(pack.path("landmarks"))
    image = photo.rgb8()
    if min(image.shape[:2]) < _SMALLEST:
        return []
    for crops in _proposals(net, image):
        faces = _verify(net, image, crops())
        if faces:
            break
    else:
        faces = []
    return sorted(faces, key=_size, reverse=True)


def _proposals(net: LandmarksNet, image: NDArray[np.uint8]) -> Iterator[Callable[[], list[Alignment]]]:
    """Ways to look for faces, the quick and likely ones first; the search ends with the first that succeeds."""
    yield lambda: _cascade(image, (0,), _WORKING)
    large = max(image.shape[:2]) > _WORKING * 1.3
    if large:
        yield lambda: _cascade(image, (0,), _CLOSE)
    yield lambda: _cascade(image, _ROTATIONS[1:], _WORKING) + _grid(net, image, (0,))
    if large:
        yield lambda: _cascade(image, _ROTATIONS[1:], _CLOSE)
    yield lambda: _grid(net, image, _ROTATIONS[1:])


def face_from(landmarks: NDArray[np.float32], confidence: float) -> Face:
    """A face value from landmarks [478, 3] in photo pixels."""
    points = landmarks[list(_BOX_POINTS), :2]
    low, high = points.min(axis=0), points.max(axis=0)
    eyes = landmarks[list(LEFT_EYE), :2].mean(axis=0) - landmarks[list(RIGHT_EYE), :2].mean(axis=0)
    roll = np.degrees(np.arctan2(eyes[1], eyes[0]))
    rotation = int(-round(float(roll) / 90) * 90) % 360
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Face(box, landmarks, float(confidence), rotation)


def _size(face: Face) -> float:
    x0, y0, x1, y1 = face.box
    return (x1 - x0) * (y1 - y0)


@lru_cache(maxsize=1)
def _classifiers() -> tuple[cv2.CascadeClassifier, ...]:
    folder = Path(cv2.data.haarcascades)  # type: ignore[attr-defined]
    names = ("haarcascade_frontalface_alt2.xml", "haarcascade_profileface.xml")
    return tuple(cv2.CascadeClassifier(str(folder / name)) for name in names)


def _cascade(image: NDArray[np.uint8], rotations: tuple[int, ...], working: int) -> list[Alignment]:
    """Crops around what the cascades take for faces in the picture, turned clockwise by each rotation."""
    height, width = image.shape[:2]
    scale = min(1.0, working / max(height, width))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    if min(grey.shape) < 24:
        return []
    # Tight portraits leave the cascade no room around the face.
    pad = round(0.12 * min(grey.shape))
    grey = cv2.copyMakeBorder(cv2.equalizeHist(grey), pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    crops = []
    for rotation in rotations:
        turned = np.rot90(grey, -(rotation // 90))
        for x, y, side in _boxes(np.ascontiguousarray(turned)):
            centre = np.array([x + side / 2, y + side * (0.5 + _BOX_DOWN)]) - 0.5
            centre = _unturned(centre, rotation, grey.shape[1], grey.shape[0]) - pad
            crops.append(square((centre + 0.5) / scale - 0.5, side * _BOX_SIDE / scale, -rotation))
    return crops


def _boxes(grey: np.ndarray) -> list[tuple[float, float, float]]:
    found: list[tuple[float, float, float]] = []
    frontal, profile = _classifiers()
    options = {"scaleFactor": 1.15, "minNeighbors": 2, "minSize": (_SMALLEST, _SMALLEST)}
    for box in frontal.detectMultiScale(grey, **options):
        found.append((float(box[0]), float(box[1]), float(box[2])))
    if not found:
        for box in profile.detectMultiScale(grey, **options):
            found.append((float(box[0]), float(box[1]), float(box[2])))
    # Largest first: the portrait's own face is rarely the smallest.
    return sorted(found, key=lambda box: -box[2])[:_MAX_CANDIDATES]


def _unturned(point: NDArray[np.float64], rotation: int, width: int, height: int) -> NDArray[np.float64]:
    """From a picture turned clockwise by rotation back to the picture of width x height."""
    x, y = point
    if rotation == 90:
        return np.array([y, height - 1 - x])
    if rotation == 180:
        return np.array([width - 1 - x, height - 1 - y])
    if rotation == 270:
        return np.array([width - 1 - y, x])
    return point


def _verify(net: LandmarksNet, image: NDArray[np.uint8], crops: list[Alignment]) -> list[Face]:
    """Faces at the crops in which the network, looking twice more, still sees one."""
    if not crops:
        return []
    landmarks, confidence = net.predict(image, crops)
    landmarks = landmarks[confidence > 0.2]
    if not len(landmarks):
        return []
    landmarks, confidence, drift = net.refine(image, landmarks)
    sure = confidence * np.clip(1 - drift / _MAX_DRIFT, 0, 1)
    order = [k for k in np.argsort(-sure) if confidence[k] >= ACCEPT and drift[k] < _MAX_DRIFT]
    faces = [face_from(landmarks[k], float(confidence[k])) for k in order]
    return _distinct([face for face in faces if _visible(face, image.shape[1], image.shape[0])])


def _visible(face: Face, width: int, height: int) -> bool:
    """Whether most of eyes, mouth and chin lie in the picture (mirrored surroundings hold faces, too)."""
    points = face.landmarks[[*RIGHT_EYE, *LEFT_EYE, RIGHT_MOUTH, LEFT_MOUTH, CHIN], :2]
    inside = (points > -0.5).all(axis=1) & (points < np.array([width, height])).all(axis=1)
    return bool(inside.mean() > 0.6)


def _grid(net: LandmarksNet, image: NDArray[np.uint8], rotations: tuple[int, ...]) -> list[Alignment]:
    """Crops in which the network itself, scanning the whole picture sees a face."""
    height, width = image.shape[:2]
    scale = min(1.0, 512 / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    crops = []
    for side in np.array([1.5, 1.1, 0.8, 0.58, 0.42]) * min(size):
        step = side * 0.4
        columns = np.arange(size[0] % step / 2, size[0], step)
        rows = np.arange(size[1] % step / 2, size[1], step)
        for rotation in rotations:
            crops += [square((x, y), float(side), -rotation) for y in rows for x in columns]
    confidence = net.predict(small, crops)[1]
    best = [k for k in np.argsort(-confidence)[:24] if confidence[k] > 0.3]
    grown = np.array([[1 / scale, 0, 0], [0, 1 / scale, 0], [0, 0, 1.0]])
    return [Alignment(grown @ crops[k].matrix) for k in best]


def _distinct(faces: list[Face]) -> list[Face]:
    """The first of each group of faces that share a place."""
    kept: list[Face] = []
    for face in faces:
        if all(_overlap(face.box, other.box) < 0.3 for other in kept):
            kept.append(face)
    return kept


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Shared area over the smaller box's area."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width * height / max(smaller, 1e-9)


def moved(landmarks: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Landmarks [478, 3] after a similarity [3, 3]; depth is scaled with it."""
    result = landmarks.copy()
    result[:, :2] = transform_points(matrix, landmarks[:, :2])
    result[:, 2] *= float(np.hypot(matrix[0, 0], matrix[1, 0]))
    return result
