"""A photograph in the document with everything the artist may correct about it: masks, face points, roles."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.document.mask import MASK_ROLES, Mask
from core.document.photo import Photo

POINT_NAMES = ("eye_right", "eye_left", "mouth_right", "mouth_left", "chin")


@dataclass(frozen=True, eq=False)
class FaceInfo:
    """What was found, or set by hand, about the face of a photo; photo pixels, pixel-centre convention.

    Attributes:
        points: the ``POINT_NAMES``, each (x, y). The subject's right eye is on the left of the picture.
        quad: [4, 2] corners of the aligned crop: top left, bottom left, bottom right, top right.
        landmarks: [N, 2] face mesh, or None when unknown.
        confidence: 0..1.
        by_hand: whether the artist set the points.
        faces: boxes (x0, y0, x1, y1) of all faces found, largest first.
        index: which of them is used.
    """

    points: dict[str, tuple[float, float]]
    quad: NDArray[np.float64]
    landmarks: NDArray[np.float32] | None = None
    confidence: float = 1.0
    by_hand: bool = False
    faces: tuple[tuple[float, float, float, float], ...] = ()
    index: int = 0


@dataclass(eq=False)
class Source:
    """One photo of the document.

    Attributes:
        id: "identity" for the portrait being edited, "reference-1", ... otherwise.
        photo: untouched pixels.
        display: [H, W, 3] uint8 sRGB, what the canvas shows.
        name: for people.
        masks: by role of ``MASK_ROLES``; all exist.
        hair_painted: whether the artist touched the hair mask; else it is the parser's suggestion and the engine
            is free to refine it.
        hair_known: whether the hair mask holds anything meaningful yet (parsed, loaded or painted).
        face: None until it was analysed.
        warnings: from the analysis.
    """

    id: str
    photo: Photo
    display: NDArray[np.uint8]
    name: str
    masks: dict[str, Mask] = field(default_factory=dict)
    hair_painted: bool = False
    hair_known: bool = False
    face: FaceInfo | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for role in MASK_ROLES:
            self.masks.setdefault(role, Mask.empty(self.photo.width, self.photo.height))

    @property
    def width(self) -> int:
        return self.photo.width

    @property
    def height(self) -> int:
        return self.photo.height
