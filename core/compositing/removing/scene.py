"""What the removal of hair works on: identity and warped reference on one grid, labels and matte tidied."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.glasses import glasses_over
from core.compositing.reading.labels import like_face_skin
from core.compositing.removing.ears import free_ears
from core.faces.face import FEATURES, SKIN_AND_FEATURES, Region
from core.faces.frame import FaceFrame
from core.imaging.arrays import FloatImage, Mask
from core.imaging.matting import distance_to


@dataclass(frozen=True, eq=False)
class Scene:
    """Identity and warped reference on one working grid (a crop, possibly reduced).

    Attributes:
        image: [H, W, 3] the identity in 0..1.
        regions: [H, W] its labels, cleaned by ``clean_regions``.
        old: [H, W] its hair matte.
        frame, side, t: the face frame and its coordinate maps [H, W].
        oval: [H, W] bool, inside the identity's face outline.
        landmarks: [478, 2] of the identity.
        reference: [H, W, 3]; reference_regions: [H, W]; inside: [H, W] bool; new: [H, W] the new hair's alpha.
        yaw_difference: degrees between the two heads.
    """

    image: FloatImage
    regions: NDArray[np.uint8]
    old: FloatImage
    frame: FaceFrame
    side: FloatImage
    t: FloatImage
    oval: Mask
    landmarks: NDArray[np.float64]
    reference: FloatImage
    reference_regions: NDArray[np.uint8]
    inside: Mask
    new: FloatImage
    yaw_difference: float

    def px(self, fraction: float) -> float:
        """A fraction of the face's height in pixels of this grid."""
        return self.frame.pixels(fraction)

    @cached_property
    def from_oval(self) -> FloatImage:
        """Distance in pixels outside the face outline."""
        return distance_to(self.oval)

    @cached_property
    def from_features(self) -> FloatImage:
        """Distance in pixels from brows, eyes and lips."""
        return distance_to(self.features)

    @cached_property
    def features(self) -> Mask:
        """The identity's brows, eyes and lips."""
        return np.isin(self.regions, FEATURES)

    @cached_property
    def reference_skin(self) -> Mask:
        """Where the warped reference shows skin or facial features free of hair."""
        skin = np.isin(self.reference_regions, SKIN_AND_FEATURES)
        return skin & self.inside & (self.new < 0.3)

    @cached_property
    def skin_like(self) -> Mask:
        """Where the identity has the colours of its face's skin [H, W]; everywhere if hardly any of that shows."""
        face = self.oval & (self.regions == Region.SKIN)
        return like_face_skin(self.image, face) if int(face.sum()) > 100 else np.ones(face.shape, bool)

    @cached_property
    def own_ears(self) -> Mask:
        """The identity's ears that show and that the new hair leaves free [H, W]: they stay as they are."""
        return free_ears(self)

    @cached_property
    def beside_own_ears(self) -> Mask:
        """The halves of the picture [H, W] in which ``own_ears`` has an ear."""
        halves = [half for half in (self.side < 0, self.side >= 0) if (self.own_ears & half).any()]
        return np.logical_or.reduce(halves) if halves else np.zeros(self.old.shape, bool)

    @cached_property
    def reference_bare(self) -> Mask:
        """``reference_skin`` without the glasses over it [H, W]."""
        skin = self.inside & (self.reference_regions == Region.SKIN)
        face = skin & self.oval & self.reference_skin
        glasses = glasses_over(self.reference, skin, face, self.landmarks, self.t, self.frame.height)
        return self.reference_skin & ~glasses


def settle_matte(old: FloatImage) -> FloatImage:
    """The old matte without specks: faint parts stay only where they hang together with real hair."""
    faint = (old > 0.03).astype(np.uint8)
    count, parts = cv2.connectedComponents(faint)
    strong = np.bincount(parts[old > 0.5], minlength=count)
    keep = strong >= max(20.0, 1e-3 * float((old > 0.5).sum()))
    keep[0] = False
    return np.where(keep[parts], old, 0).astype(np.float32)
