"""Makes the scene of a removal: the rectangle it works on, at the size it works at."""

from __future__ import annotations

from dataclasses import fields, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import WarpedReference
from core.compositing.reading.labels import clean_reference, clean_regions, trimmed_matte
from core.compositing.reading.view import PortraitView, view_of
from core.compositing.removing.ears import beside, free_ears
from core.compositing.removing.scene import Scene, settle_matte
from core.document.geometry import Rect, bounding_rect
from core.faces.face import Portrait
from core.imaging.arrays import FloatImage, Mask


def work_rect(identity: Portrait, warped: WarpedReference, old_alpha: FloatImage) -> Rect | None:
    """Crop around face and old hair with room for sources; None if there is nothing to remove."""
    rect = bounding_rect((old_alpha > 0.03) & (warped.alpha < 0.995))
    if rect is None:
        return None
    points = identity.face.landmarks[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    joined = Rect(
        min(rect.x0, int(low[0])),
        min(rect.y0, int(low[1])),
        max(rect.x1, int(high[0]) + 1),
        max(rect.y1, int(high[1]) + 1),
    )
    height, width = old_alpha.shape
    return joined.grown(int(0.35 * identity.face.frame.height), width, height)


def make_scene(
    identity: Portrait, warped: WarpedReference, old_alpha: FloatImage, rect: Rect, scale: float, yaw_difference: float
) -> Scene:
    """Everything cropped to rect and reduced by scale; labels and mattes repaired."""
    rows, columns = rect.slices()
    size = (max(1, round(rect.width * scale)), max(1, round(rect.height * scale)))
    factor = np.array([size[0] / rect.width, size[1] / rect.height])

    def picture(image: FloatImage) -> FloatImage:
        crop = np.ascontiguousarray(image[rows, columns])
        return crop if scale >= 1 else cv2.resize(crop, size, interpolation=cv2.INTER_AREA)

    def labels(image: NDArray) -> NDArray:
        crop = np.ascontiguousarray(image[rows, columns])
        return crop if scale >= 1 else cv2.resize(crop, size, interpolation=cv2.INTER_NEAREST)

    landmarks = np.asarray(identity.face.landmarks, np.float64)[:, :2]
    landmarks = (landmarks - (rect.x0, rect.y0) + 0.5) * factor - 0.5
    own = view_of(picture(identity.photo.rgb()), labels(identity.regions), picture(old_alpha), landmarks)
    own = replace(own, regions=clean_regions(own))
    hair = own.hair if identity.hair_painted else trimmed_matte(own)
    own = replace(own, hair=settle_matte(hair))
    reference = replace(own, image=np.clip(picture(warped.image), 0, 1), regions=labels(warped.regions))
    return joined(
        own,
        reference=reference.image,
        reference_regions=clean_reference(reference, own.px(0.012)),
        inside=labels(warped.inside.astype(np.uint8)) > 0,
        new=picture(warped.alpha),
        yaw_difference=yaw_difference,
    )


def joined(
    own: PortraitView,
    *,
    reference: FloatImage,
    reference_regions: NDArray[np.uint8],
    inside: Mask,
    new: FloatImage,
    yaw_difference: float,
) -> Scene:
    """The scene of an identity's view and the reference laid on it; which of the own ears stay is decided here."""
    ears = free_ears(own, new)
    view = {field.name: getattr(own, field.name) for field in fields(PortraitView)}
    return Scene(
        **view, reference=reference, reference_regions=reference_regions, inside=inside, new=new,
        yaw_difference=yaw_difference, own_ears=ears, beside_own_ears=beside(ears, own.side))


def reduced_layout(layout: FloatImage | None, rect: Rect, scale: float) -> FloatImage | None:
    """A layout cropped to rect and reduced by scale like the scene."""
    if layout is None:
        return None
    crop = np.ascontiguousarray(layout[rect.slices()])
    size = (max(1, round(rect.width * scale)), max(1, round(rect.height * scale)))
    return crop if scale >= 1 else cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
