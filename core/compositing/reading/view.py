"""A portrait at the size at which it is read: what most questions about it need, carried around together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.colours import like_face_skin
from core.faces.face import FEATURES, Portrait, Region
from core.faces.frame import OVAL, FaceFrame, face_frame
from core.imaging.arrays import FloatImage, Mask
from core.imaging.matting import distance_to
from core.imaging.polygon import polygon_mask

READING_FACE = 200.0
"""Face height in pixels at which a whole photo is read for patches that are no hair; larger ones are reduced to it."""
_SMALLEST_SIDE = 16


@dataclass(frozen=True, eq=False)
class PortraitView:
    """A portrait, or a part of one, on one grid of pixels.

    Attributes:
        image: [H, W, 3] in 0..1.
        regions: [H, W] uint8, ``Region`` labels.
        hair: [H, W] in 0..1, the soft hair map or the matte.
        landmarks: [478, 2] in pixels.
        frame, side, t: the face frame and its coordinate maps [H, W].
        oval: [H, W] bool, inside the face's outline.
    """

    image: FloatImage
    regions: NDArray[np.uint8]
    hair: FloatImage
    landmarks: NDArray[np.floating]
    frame: FaceFrame
    side: FloatImage
    t: FloatImage
    oval: Mask

    def px(self, fraction: float) -> float:
        """A fraction of the face's height in pixels of this grid."""
        return self.frame.pixels(fraction)

    @cached_property
    def from_oval(self) -> FloatImage:
        """Distance in pixels outside the face outline."""
        return distance_to(self.oval)

    @cached_property
    def features(self) -> Mask:
        """Brows, eyes and lips."""
        return np.isin(self.regions, FEATURES)

    @cached_property
    def from_features(self) -> FloatImage:
        """Distance in pixels from brows, eyes and lips."""
        return distance_to(self.features)

    @cached_property
    def skin_like(self) -> Mask:
        """Where the colours are those of the face's skin [H, W]; everywhere if hardly any of that shows."""
        face = self.oval & (self.regions == Region.SKIN)
        return like_face_skin(self.image, face) if int(face.sum()) > 100 else np.ones(face.shape, bool)


def view_of(
    image: FloatImage, regions: NDArray[np.uint8], hair: FloatImage, landmarks: NDArray[np.floating]
) -> PortraitView:
    """The view of pictures of one size and of landmarks [478, 2] in their pixels."""
    height, width = regions.shape
    frame = face_frame(landmarks)
    side, t = frame.maps(width, height)
    return PortraitView(
        image, regions, hair, landmarks, frame, side, t, polygon_mask(landmarks[list(OVAL)], height, width))


def reduced_view(portrait: Portrait, scale: float) -> PortraitView:
    """A portrait at a scale of at most 1."""
    photo = portrait.photo
    size = (max(_SMALLEST_SIDE, round(photo.width * scale)), max(_SMALLEST_SIDE, round(photo.height * scale)))
    return view_of(
        cv2.resize(photo.rgb8(), size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255,
        cv2.resize(portrait.regions, size, interpolation=cv2.INTER_NEAREST),
        cv2.resize(portrait.hair.astype(np.float32), size, interpolation=cv2.INTER_AREA),
        portrait.face.landmarks[:, :2] * np.array([size[0] / photo.width, size[1] / photo.height]),
    )
