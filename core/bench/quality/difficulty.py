"""How hard a pair of portraits is (docs/methods/quality.md, Difficulty): agreement of the face masks, distance of the
poses, share of hair."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.bench.scores import hair_iou
from core.document.geometry import similarity_from_points, transform_points
from core.faces.align import LEFT_EYE, LEFT_MOUTH, RIGHT_EYE, RIGHT_MOUTH
from core.faces.face import Portrait
from core.faces.frame import BROWS, OVAL

SIDE = 256
BINS = ("easy", "medium", "difficult", "beyond")
_FACE_BOUNDS = (0.8, 0.7, 0.6)
_POSE_BOUNDS = (2.0, 4.0, 5.0)
_POINTS = (*OVAL, *BROWS, *RIGHT_EYE, *LEFT_EYE, RIGHT_MOUTH, LEFT_MOUTH)


def crop_weights(portrait: Portrait, mask: NDArray, side: int = SIDE) -> NDArray[np.float32]:
    """A mask [H, W] of a portrait's photo in its face crop [side, side], 0..1, 0 outside the photo."""
    crop = portrait.alignment.crop(mask.astype(np.float32), side, border=cv2.BORDER_CONSTANT)
    return np.clip(crop, 0, 1).astype(np.float32)


def face_mask(portrait: Portrait, side: int = SIDE) -> NDArray[np.bool_]:
    """The visible face [side, side] in the crop: the oval of the landmarks less the hair in front of it."""
    points = portrait.alignment.to_crop(np.asarray(portrait.face.landmarks[list(OVAL), :2], np.float64), side)
    oval = np.zeros((side, side), np.uint8)
    cv2.fillPoly(oval, [np.rint(points).astype(np.int32)], 1)
    return (oval > 0) & (crop_weights(portrait, portrait.hair, side) < 0.5)


def face_iou(one: Portrait, other: Portrait) -> float:
    """Intersection over union of two visible faces, each in its own crop."""
    return hair_iou(face_mask(one), face_mask(other))


def pose_distance(one: Portrait, other: Portrait) -> float:
    """Mean distance of the landmarks in crops of 256 px, after the best similarity between them.

    LOHO gives no unit for its distance; this one is of the same order on the same photographs.
    """
    first, second = (
        portrait.alignment.to_crop(np.asarray(portrait.face.landmarks[list(_POINTS), :2], np.float64), SIDE)
        for portrait in (one, other)
    )
    moved = transform_points(similarity_from_points(second, first, np.ones(len(first))), second)
    return float(np.hypot(*(moved - first).T).mean())


def yaw_difference(one: Portrait, other: Portrait) -> float:
    """Degrees by which two heads are turned apart."""
    return abs(one.face.yaw - other.face.yaw)


def hair_share(portrait: Portrait) -> float:
    """Share of the face crop that is hair."""
    return float((crop_weights(portrait, portrait.hair) > 0.5).mean())


def bin_of(face: float, pose: float) -> str:
    """The bin of a pair by face IoU and pose distance; both bounds must hold, what fits none is "beyond"."""
    for name, least, most in zip(BINS, _FACE_BOUNDS, _POSE_BOUNDS, strict=False):
        if face > least and pose < most:
            return name
    return BINS[-1]
