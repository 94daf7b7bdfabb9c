"""Brings the reference's hair, matte and labels into the portrait's photo space."""

from __future__ import annotations

import numpy as np

from core.compositing.composite import WarpedReference
from core.compositing.placing.fit import Fit
from core.compositing.reading.mattes import Matte
from core.faces.face import Portrait
from core.imaging.arrays import FloatImage
from core.imaging.warp import prefilter, resample


def warp_reference(
    identity: Portrait, reference: Portrait, matte: Matte, fit: Fit, *, mirrored: bool = False
) -> WarpedReference:
    """Resample the reference, its labels and its matte once into the identity's photo (docs/compositing.md, Warp).

    Args:
        matte: of the reference, as given (already mirrored if the reference is).
    """
    width, height = identity.photo.width, identity.photo.height
    map_x, map_y = fit.backward_map(width, height)
    ratio = 1 / fit.scale
    other = reference.photo
    inside = (map_x >= -0.5) & (map_x <= other.width - 0.5) & (map_y >= -0.5) & (map_y <= other.height - 0.5)
    image = np.clip(resample(prefilter(other.rgb(), ratio), map_x, map_y), 0, 1)
    regions = resample(reference.regions, map_x, map_y, smooth=False, outside=0)
    part_x, part_y = map_x - matte.rect.x0, map_y - matte.rect.y0
    alpha = np.clip(resample(prefilter(matte.alpha, ratio), part_x, part_y, outside=0), 0, 1)
    foreground = np.clip(resample(prefilter(matte.foreground, ratio), part_x, part_y), 0, 1)
    landmarks = fit.to_identity(np.asarray(reference.face.landmarks, np.float64)[:, :2])
    return WarpedReference(image, inside, regions, alpha, foreground, landmarks, fit.scale, mirrored)


def warp_matte_channel(channel: FloatImage, matte: Matte, fit: Fit, width: int, height: int) -> FloatImage:
    """A further picture [h, w] of the matte's rectangle, warped like the matte: [height, width], zero outside."""
    if not channel.any():
        return np.zeros((height, width), np.float32)
    map_x, map_y = fit.backward_map(width, height)
    return np.clip(resample(channel, map_x - matte.rect.x0, map_y - matte.rect.y0, outside=0), 0, 1)
