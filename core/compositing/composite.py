"""The value every compositing step reads and adds to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from core.imaging.arrays import FloatImage


class HoleLabel(IntEnum):
    """What belongs where the identity's old hair was (docs/compositing.md, Hole); KEEP where nothing is uncovered.

    ``np.where`` needs ``np.uint8(member)``, as with ``core.faces.face.Region``.
    """

    KEEP, FACE_SKIN, NECK, CLOTHING, BACKDROP = range(5)


FILLED = tuple(HoleLabel)[1:]
"""The layers of a hole, in the order in which a repair network sees them."""


@dataclass(frozen=True, eq=False)
class WarpedReference:
    """The reference photo resampled once into the identity's photo space.

    Attributes:
        image: [H, W, 3] float32 in 0..1, mirrored about the reference's edges where it ends.
        inside: [H, W] bool, whether the pixel lies inside the reference photo.
        regions: [H, W] uint8, ``core.faces.face.Region`` labels.
        alpha: [H, W] float32, the reference's hair matte.
        foreground: [H, W, 3] float32, its estimated hair colour.
        landmarks: [478, 2] the reference's landmarks in identity photo pixels.
        scale: identity pixels per reference pixel.
        mirrored: whether the reference was mirrored first.
    """

    image: FloatImage
    inside: NDArray[np.bool_]
    regions: NDArray[np.uint8]
    alpha: FloatImage
    foreground: FloatImage
    landmarks: NDArray[np.float64]
    scale: float
    mirrored: bool


@dataclass(frozen=True, eq=False)
class Composite:
    """A composite in the identity's photo space; float32 in 0..1, display-encoded RGB.

    Attributes:
        image: [H, W, 3] the finished classical composite.
        plate: [H, W, 3] P, the identity with the old hair removed (before shadow).
        alpha: [H, W] a, the new hair.
        foreground: [H, W, 3] F, the new hair's colour, after light matching and recolouring.
        old_alpha: [H, W] aI, the identity's old hair.
        hole: [H, W] uint8, ``HoleLabel``.
        edit: [H, W] float32, exactly 0 wherever ``image`` must equal the identity.
        invent: [H, W] float32, how much a generator may change here (docs/compositing.md, Generator).
        reference: the warped shape reference.
        warnings: for the user.
        seconds: time per part.
    """

    image: FloatImage
    plate: FloatImage
    alpha: FloatImage
    foreground: FloatImage
    old_alpha: FloatImage
    hole: NDArray[np.uint8]
    edit: FloatImage
    invent: FloatImage
    reference: WarpedReference
    warnings: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
