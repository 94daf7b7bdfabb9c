"""What the removal of hair works on: identity and warped reference on one grid, labels and matte tidied."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.glasses import glasses_over
from core.compositing.reading.view import PortraitView
from core.faces.face import SKIN_AND_FEATURES, Region
from core.imaging.arrays import FloatImage, Mask


@dataclass(frozen=True, eq=False)
class Scene(PortraitView):
    """Identity and warped reference on one working grid (a crop, possibly reduced).

    The view is the identity's: its labels cleaned, ``hair`` the matte of its old hair.

    Attributes:
        reference: [H, W, 3]; reference_regions: [H, W]; inside: [H, W] bool; new: [H, W] the new hair's alpha.
        yaw_difference: degrees between the two heads.
        own_ears: [H, W] bool, the identity's ears that show and that the new hair leaves free: they stay as they are.
        beside_own_ears: [H, W] bool, the halves of the picture in which ``own_ears`` has an ear.
    """

    reference: FloatImage
    reference_regions: NDArray[np.uint8]
    inside: Mask
    new: FloatImage
    yaw_difference: float
    own_ears: Mask
    beside_own_ears: Mask

    @cached_property
    def of_reference(self) -> PortraitView:
        """The reference as it lies on the identity."""
        return PortraitView(
            self.reference, self.reference_regions, self.new, self.landmarks, self.frame, self.side, self.t, self.oval)

    @cached_property
    def reference_skin(self) -> Mask:
        """Where the warped reference shows skin or facial features free of hair."""
        skin = np.isin(self.reference_regions, SKIN_AND_FEATURES)
        return skin & self.inside & (self.new < 0.3)

    @cached_property
    def reference_bare(self) -> Mask:
        """``reference_skin`` without the glasses over it [H, W]."""
        skin = self.inside & (self.reference_regions == Region.SKIN)
        face = skin & self.oval & self.reference_skin
        glasses = glasses_over(self.of_reference, skin, face)
        return self.reference_skin & ~glasses


def settle_matte(old: FloatImage) -> FloatImage:
    """The old matte without specks: faint parts stay only where they hang together with real hair."""
    faint = (old > 0.03).astype(np.uint8)
    count, parts = cv2.connectedComponents(faint)
    strong = np.bincount(parts[old > 0.5], minlength=count)
    keep = strong >= max(20.0, 1e-3 * float((old > 0.5).sum()))
    keep[0] = False
    return np.where(keep[parts], old, 0).astype(np.float32)
