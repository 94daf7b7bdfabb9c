"""The FFHQ crop: from eyes and mouth to the square working space, and back to the photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, transform_points

# Face-mesh points used for the crop; right and left are the subject's own.
RIGHT_EYE, LEFT_EYE = (33, 133), (263, 362)
RIGHT_MOUTH, LEFT_MOUTH, CHIN = 61, 291, 152

# A shrinking crop is averaged to this many pixels per pixel, then interpolated: finer aliases, coarser blurs.
_FINER = 1.3


@dataclass(frozen=True, eq=False)
class Alignment:
    """Where the square working crop lies in the photo.

    Attributes:
        matrix: [3, 3] float64, from unit crop coordinates (0..1, edges of the square) to photo coordinates
            measured from the photo's top-left corner (pixel centres at +0.5).
        scale: 1 for the FFHQ crop; larger shows more around the face (long hair).
    """

    matrix: NDArray[np.float64]
    scale: float = 1.0

    @property
    def side(self) -> float:
        """Length of the crop's side in photo pixels."""
        return float(np.hypot(*self.matrix[:2, 0]))

    @property
    def quad(self) -> NDArray[np.float64]:
        """Corners [4, 2] in photo pixel coordinates: top-left, bottom-left, bottom-right, top-right."""
        corners = np.array([[0, 0], [0, 1], [1, 1], [1, 0]], dtype=np.float64)
        return transform_points(self.matrix, corners) - 0.5

    def pixel_matrix(self, size: int) -> NDArray[np.float64]:
        """[3, 3] from pixel coordinates of a crop of size x size to photo pixel coordinates (both centre-based)."""
        to_unit = np.array([[1 / size, 0, 0.5 / size], [0, 1 / size, 0.5 / size], [0, 0, 1]])
        shift = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
        return shift @ self.matrix @ to_unit

    def to_crop(self, points: NDArray[np.floating], size: int) -> NDArray[np.float64]:
        """Photo pixel coordinates [N, 2] to pixel coordinates in a crop of size x size."""
        return transform_points(np.linalg.inv(self.pixel_matrix(size)), points)

    def crop(self, image: NDArray, size: int, *, border: int = cv2.BORDER_REFLECT_101) -> NDArray:
        """Resample image [H, W] or [H, W, C] into the crop [size, size, ...], low-passed first where it shrinks.

        Outside the photo the picture is mirrored (pass ``cv2.BORDER_CONSTANT`` for masks: zeros there).
        """
        matrix = self.pixel_matrix(size)
        area = self._area(image.shape[1], image.shape[0])
        source = image[area.slices()]
        place = np.eye(3)
        place[:2, 2] = area.x0, area.y0
        ratio = self.side / size
        if ratio > _FINER:
            # Only the part under the crop is shrunk, so that a crop of a 24-megapixel photo stays cheap.
            fine = _FINER / ratio
            small = (max(1, round(area.width * fine)), max(1, round(area.height * fine)))
            source = cv2.resize(source, small, interpolation=cv2.INTER_AREA)
            fx, fy = area.width / small[0], area.height / small[1]
            place = place @ np.array([[fx, 0, (fx - 1) / 2], [0, fy, (fy - 1) / 2], [0, 0, 1.0]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        matrix = (np.linalg.inv(place) @ matrix)[:2]
        return cv2.warpAffine(source, matrix, (size, size), flags=flags, borderMode=border)

    def _area(self, width: int, height: int) -> Rect:
        """The part of a picture that the crop can show, mirrored surroundings included; never empty."""
        corners, margin = self.quad, 2 + int(self.side / 32)
        low = np.floor(corners.min(axis=0)).astype(int) - margin
        high = np.ceil(corners.max(axis=0)).astype(int) + margin + 1
        # What lies outside is mirrored from as far inside.
        (x0, x1), (y0, y1) = (
            _mirrored_span(int(low[k]), int(high[k]), length) for k, length in enumerate((width, height))
        )
        return Rect(x0, y0, x1, y1)

    def uncrop(self, image: NDArray, width: int, height: int, *, flags: int = cv2.INTER_CUBIC) -> NDArray:
        """Resample a crop [size, size, ...] back into photo space [height, width, ...]; zeros outside the crop."""
        matrix = self.pixel_matrix(image.shape[0])[:2]
        return cv2.warpAffine(image, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT)


def _mirrored_span(low: int, high: int, length: int) -> tuple[int, int]:
    start, stop = max(0, low), min(length, high)
    if low < 0:
        stop = max(stop, min(length, 1 - low))
    if high > length:
        start = min(start, max(0, 2 * length - high - 1))
    start = min(max(start, 0), length - 1)
    return start, max(stop, start + 1)


def crop_points(landmarks: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """Eye centres, mouth corners and chin [2] from face-mesh landmarks [478, 2 or 3], in the landmarks' unit."""
    points = np.asarray(landmarks, dtype=np.float64)[:, :2]
    return {
        "eye_right": points[list(RIGHT_EYE)].mean(axis=0),
        "eye_left": points[list(LEFT_EYE)].mean(axis=0),
        "mouth_right": points[RIGHT_MOUTH],
        "mouth_left": points[LEFT_MOUTH],
        "chin": points[CHIN],
    }


def align_points(points: Mapping[str, NDArray[np.floating]], *, scale: float = 1.0) -> Alignment:
    """The FFHQ crop from eye and mouth points in photo pixels (Karras et al. 2019, the data set's recipe).

    The half side is max(2 x eye distance, 1.8 x eye-to-mouth distance), the centre a tenth of the
    eye-to-mouth vector below the eyes. ``scale`` above 1 widens the crop about its centre.

    Raises:
        ValueError: the points coincide or are not finite.
    """
    right, left = np.asarray(points["eye_right"], float), np.asarray(points["eye_left"], float)
    mouth = (np.asarray(points["mouth_right"], float) + np.asarray(points["mouth_left"], float)) / 2
    eyes = (right + left) / 2
    eye_to_eye, eye_to_mouth = left - right, mouth - eyes
    x = eye_to_eye - np.array([-eye_to_mouth[1], eye_to_mouth[0]])
    length = float(np.hypot(*x))
    if not np.isfinite(length) or length < 1e-6:
        raise ValueError("eyes and mouth must be distinct points")
    x *= max(float(np.hypot(*eye_to_eye)) * 2.0, float(np.hypot(*eye_to_mouth)) * 1.8) / length * scale
    y = np.array([-x[1], x[0]])
    centre = eyes + eye_to_mouth * 0.1 + 0.5
    matrix = np.eye(3)
    matrix[:2, 0], matrix[:2, 1] = 2 * x, 2 * y
    matrix[:2, 2] = centre - x - y
    return Alignment(matrix, scale)
