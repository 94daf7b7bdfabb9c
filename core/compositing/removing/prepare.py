"""Makes the scene of a removal: the rectangle it works on, at the size it works at."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import WarpedReference
from core.compositing.reading.labels import clean_reference, clean_regions, trimmed_matte
from core.compositing.removing.scene import Scene, settle_matte
from core.document.geometry import Rect, bounding_rect
from core.faces.face import Portrait
from core.faces.frame import OVAL, FaceFrame, face_frame
from core.imaging.arrays import FloatImage
from core.imaging.matting import distance_to
from core.imaging.polygon import polygon_mask


def _work_rect(
    identity: Portrait, warped: WarpedReference, old_alpha: FloatImage, frame: FaceFrame
) -> Rect | None:
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
    return joined.grown(int(0.35 * frame.height), width, height)


def _scene(
    identity: Portrait,
    warped: WarpedReference,
    old_alpha: FloatImage,
    photo: FloatImage,
    frame: FaceFrame,
    rect: Rect,
    scale: float,
    yaw_difference: float,
) -> Scene:
    """Everything cropped to rect and reduced by scale."""
    rows, columns = rect.slices()
    size = (max(1, round(rect.width * scale)), max(1, round(rect.height * scale)))
    factor = np.array([size[0] / rect.width, size[1] / rect.height])

    def picture(image: FloatImage) -> FloatImage:
        crop = np.ascontiguousarray(image[rows, columns])
        return crop if scale >= 1 else cv2.resize(crop, size, interpolation=cv2.INTER_AREA)

    def labels(image: NDArray) -> NDArray:
        crop = np.ascontiguousarray(image[rows, columns])
        return crop if scale >= 1 else cv2.resize(crop, size, interpolation=cv2.INTER_NEAREST)

    def move(points: NDArray) -> NDArray[np.float64]:
        return (np.asarray(points, np.float64)[:, :2] - (rect.x0, rect.y0) + 0.5) * factor - 0.5

    landmarks = move(identity.face.landmarks)
    local = face_frame(landmarks)
    side, t = local.maps(size[0], size[1])
    oval = polygon_mask(landmarks[list(OVAL)], size[1], size[0])
    image = picture(photo)
    regions = clean_regions(image, labels(identity.regions), side, t, oval, local.height)
    reference = np.clip(picture(warped.image), 0, 1)
    old = picture(old_alpha)
    if not identity.hair_painted:
        old = trimmed_matte(image, old, regions, t, oval, local.height)
    return Scene(
        image=image,
        regions=regions,
        old=settle_matte(old),
        frame=local,
        side=side,
        t=t,
        oval=oval,
        landmarks=landmarks,
        reference=reference,
        reference_regions=clean_reference(
            reference, labels(warped.regions), oval, distance_to(oval), 0.012 * local.height, t
        ),
        inside=labels(warped.inside.astype(np.uint8)) > 0,
        new=picture(warped.alpha),
        yaw_difference=yaw_difference,
    )


def _reduced(layout: FloatImage | None, rect: Rect, scale: float) -> FloatImage | None:
    """A layout cropped to rect and reduced by scale like the scene."""
    if layout is None:
        return None
    crop = np.ascontiguousarray(layout[rect.slices()])
    size = (max(1, round(rect.width * scale)), max(1, round(rect.height * scale)))
    return crop if scale >= 1 else cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
