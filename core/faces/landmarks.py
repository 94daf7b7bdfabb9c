"""Face-mesh landmarks from a rough crop, through the pack's small ONNX network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import transform_points
from core.errors import ModelFileError
from core.faces.align import Alignment, align_points, crop_points
from core.faces.mesh import MIRRORED
from core.models.onnx import file_stamp, onnx_session

# The network's own crop in units of the FFHQ crop: it holds brows to chin with a margin.
CROP_CENTRE = np.array([0.5, 0.6])
CROP_SIDE = 0.9
_INPUT = 128
_POINTS = 478
_BATCH = 32


def sub_square(alignment: Alignment, centre: NDArray[np.floating], side: float) -> Alignment:
    """The square of given centre [2] and side inside an alignment, both in units of its crop."""
    inner = np.eye(3)
    inner[0, 0] = inner[1, 1] = side
    inner[:2, 2] = np.asarray(centre) - side / 2
    return Alignment(alignment.matrix @ inner, alignment.scale * side)


def face_alignment(landmarks: NDArray[np.floating]) -> Alignment:
    """The network's crop around landmarks [478, >=2], upright and centred.

    Raises:
        ValueError: eyes and mouth coincide.
    """
    return sub_square(align_points(crop_points(landmarks)), CROP_CENTRE, CROP_SIDE)


def square(centre: Sequence[float] | NDArray[np.floating], side: float, degrees: float = 0.0) -> Alignment:
    """A crop about a photo pixel whose content is upright when the face is turned clockwise by ``degrees``."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(3)
    matrix[:2, :2] = side * np.array([[c, -s], [s, c]])
    matrix[:2, 2] = np.asarray(centre, np.float64) + 0.5 - matrix[:2, :2] @ [0.5, 0.5]
    return Alignment(matrix)


class LandmarksNet:
    """The landmarks network of a pack.

    Raises:
        ModelFileError: the file is not this network.
    """

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)
        shape = self._session.get_inputs()[0].shape
        names = [output.name for output in self._session.get_outputs()]
        if list(shape[1:]) != [3, _INPUT, _INPUT] or names != ["points", "confidence"]:
            raise ModelFileError(
                f"{path} cannot be used.", "It is not a landmarks network.", "Install the pack again."
            )

    def predict(
        self, image: NDArray[np.uint8], crops: Sequence[Alignment]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Landmarks and confidence in each of N crops of a picture.

        Args:
            image: [H, W, 3] uint8 RGB.
            crops: squares that should hold an upright face.

        Returns:
            landmarks [N, 478, 3] in pixels of image, confidence [N] in 0..1.
        """
        landmarks = np.zeros((len(crops), _POINTS, 3), np.float32)
        confidence = np.zeros(len(crops), np.float32)
        for start in range(0, len(crops), _BATCH):
            part = crops[start : start + _BATCH]
            # Replicated surroundings, because mirrored ones show a second face beside a tightly cut one.
            views = [crop.crop(image, _INPUT, border=cv2.BORDER_REPLICATE) for crop in part]
            pixels = np.stack(views).astype(np.float32)
            batch = np.ascontiguousarray((pixels / 127.5 - 1).transpose(0, 3, 1, 2))
            points, logit = (np.asarray(v) for v in self._session.run(None, {"image": batch}))
            confidence[start : start + len(part)] = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
            for k, crop in enumerate(part):
                landmarks[start + k, :, :2] = transform_points(crop.matrix, points[k, :, :2]) - 0.5
                landmarks[start + k, :, 2] = points[k, :, 2] * crop.side
        return landmarks, confidence

    def predict_mirrored(self, image: NDArray[np.uint8], crops: Sequence[Alignment]) -> NDArray[np.float32]:
        """Landmarks [N, 478, 3] in pixels of image as ``predict`` finds them in the mirrored crops."""
        flip = np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]])
        landmarks, _ = self.predict(image, [Alignment(crop.matrix @ flip, crop.scale) for crop in crops])
        return landmarks[:, MIRRORED]

    def refine(
        self, image: NDArray[np.uint8], landmarks: NDArray[np.float32], passes: int = 3
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Predict again in crops made upright and centred by earlier landmarks [N, 478, 3].

        Returns:
            landmarks [N, 478, 3], the mean of the last pass, of what it sees mirrored, and of the pass before (their
            errors differ because their crops do); confidence [N]; and drift [N], how far the last pass moved the
            points, in eye distances: a fit that does not come to rest is none.
        """
        confidence = np.zeros(len(landmarks), np.float32)
        before, crops = landmarks, []
        for _ in range(passes):
            before = landmarks
            crops = [_crop_of(points) for points in before]
            landmarks, confidence = self.predict(image, crops)
        mirrored = self.predict_mirrored(image, crops)
        eyes = [crop_points(points) for points in landmarks]
        distance = np.array([np.hypot(*(pair["eye_left"] - pair["eye_right"])) for pair in eyes])
        moved = np.linalg.norm(landmarks[..., :2] - before[..., :2], axis=2).mean(axis=1)
        drift = (moved / np.maximum(distance, 1e-6)).astype(np.float32)
        # Weighed so that plain and mirrored looks count alike.
        return ((landmarks + before + 2 * mirrored) / 4).astype(np.float32), confidence, drift


def _crop_of(landmarks: NDArray[np.float32]) -> Alignment:
    try:
        return face_alignment(landmarks)
    except ValueError:
        return square((0.0, 0.0), 1.0)


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> LandmarksNet:
    return LandmarksNet(path)


def load_landmarks(path: Path) -> LandmarksNet:
    """The network of this file, kept open between calls.

    Raises:
        ModelFileError: missing or not this network.
    """
    return _load(path, file_stamp(path))
