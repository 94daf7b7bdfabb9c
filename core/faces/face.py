"""What is known of a face and of a portrait; plain values, no networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo
from core.faces.align import Alignment
from core.faces.frame import LEFT_CHEEK, RIGHT_CHEEK, FaceFrame, face_frame


class Region(IntEnum):
    """What a pixel of a photo shows: the classes of the regions net.

    NumPy takes members for 64-bit integers where it mixes them with arrays, so ``np.where`` needs ``np.uint8(member)``.
    """

    BACKGROUND, SKIN, HAIR, CLOTHES, EYES, BROWS, LIPS = range(7)


FEATURES = (Region.EYES, Region.BROWS, Region.LIPS)
SKIN_AND_FEATURES = (Region.SKIN, *FEATURES)
REGIONS = tuple(region.name.lower() for region in Region)
"""Their names, by label."""


@dataclass(frozen=True, eq=False)
class Face:
    """One detected face in photo space.

    Attributes:
        box: x0, y0, x1, y1 in photo pixels, around brows to chin.
        landmarks: [478, 3] float32, face-mesh numbering; x, y in photo pixels, z relative depth in the same unit.
        confidence: 0..1; below 0.5 the landmarks should not be trusted.
        rotation: 0, 90, 180 or 270: clockwise turn that makes the face upright.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    confidence: float
    rotation: int = 0

    @cached_property
    def frame(self) -> FaceFrame:
        """The face's axes and size in photo space.

        Raises:
            ValueError: forehead and chin coincide.
        """
        return face_frame(self.landmarks)

    @property
    def yaw(self) -> float:
        """Turn of the head in degrees, from landmark depth (docs/compositing.md, Gates): 0 frontal, sign = side."""
        left, right = self.landmarks[LEFT_CHEEK], self.landmarks[RIGHT_CHEEK]
        return float(np.degrees(np.arctan2(left[2] - right[2], left[0] - right[0])))


@dataclass(frozen=True, eq=False)
class Portrait:
    """A photo with everything the compositor needs to know about it, all in photo space.

    Attributes:
        photo: the untouched photograph.
        face: the chosen face.
        alignment: the FFHQ crop of that face.
        regions: [H, W] uint8, ``Region`` labels.
        hair: [H, W] float32 in 0..1: the network's soft hair matte, or the user's painted mask.
        hair_painted: whether ``hair`` came from the user.
        warnings: what the user should know about this photo.
        boxes: of all faces in the photo, the largest first; only this one's when its points were set by hand.
    """

    photo: Photo
    face: Face
    alignment: Alignment
    regions: NDArray[np.uint8]
    hair: NDArray[np.float32]
    hair_painted: bool = False
    warnings: tuple[str, ...] = field(default=())
    boxes: tuple[tuple[float, float, float, float], ...] = ()
