"""Parts and sizes of portraits and composites: work only where something can change, preview at reduced size."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite
from core.compositing.placing.fit import Fit
from core.document.geometry import Rect, transform_points
from core.faces.face import Portrait
from core.faces.frame import OVAL


def working_rect(identity: Portrait, old: Rect, fit: Fit, new: Rect) -> Rect:
    """The part of the identity that can change, with room for fills and shadow; the whole photo when nearly all of it.

    Args:
        old: the identity's hair; new: the reference's hair, in the reference's pixels.
    """
    width, height = identity.photo.width, identity.photo.height
    corners = np.array([[new.x0, new.y0], [new.x1, new.y0], [new.x0, new.y1], [new.x1, new.y1]], np.float64)
    points = np.concatenate([
        transform_points(fit.matrix, corners),
        np.asarray(identity.face.landmarks, np.float64)[list(OVAL), :2],
        np.array([[old.x0, old.y0], [old.x1, old.y1]], np.float64),
    ])
    low, high = np.floor(points.min(axis=0)).astype(int), np.ceil(points.max(axis=0)).astype(int)
    rect = Rect(int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1)
    rect = rect.grown(int(0.45 * fit.frame.height), width, height)
    whole = Rect(0, 0, width, height)
    return whole if rect.width * rect.height > 0.7 * width * height else rect


def reduced_mask(mask: NDArray[np.uint8] | None, width: int, height: int) -> NDArray[np.uint8] | None:
    """A user's mask at another size; a small cell is painted where any of its pixels is."""
    if mask is None:
        return None
    share = cv2.resize((mask > 0).astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    return (share > 0).astype(np.uint8) * np.uint8(255)


def enlarged(small: Composite, identity: Portrait, protect: NDArray[np.uint8] | None = None) -> Composite:
    """A composite computed on a reduced identity, at the identity's own size; unchanged pixels stay the photo's."""
    width, height = identity.photo.width, identity.photo.height
    stretch = np.array([width / small.edit.shape[1], height / small.edit.shape[0]])

    def grow(array: NDArray, flags: int = cv2.INTER_LINEAR) -> NDArray:
        return cv2.resize(array, (width, height), interpolation=flags)

    original = identity.photo.rgb()
    low = grow(cv2.resize(original, small.edit.shape[::-1], interpolation=cv2.INTER_AREA))
    edit = np.clip(grow(small.edit) - 1 / 255, 0, 1)
    if protect is not None:
        edit[protect > 0] = 0
    covered = np.clip(grow(np.maximum(small.alpha, (small.hole > 0).astype(np.float32))), 0, 1)[..., None]

    def detailed(array: NDArray) -> NDArray:
        large = grow(array)
        return np.clip(np.where(edit[..., None] > 0, large + (original - low) * (1 - covered), original), 0, 1)

    inner = small.reference
    alpha = grow(inner.alpha)
    reference = replace(
        inner, image=grow(inner.image), inside=grow(inner.inside.astype(np.uint8), cv2.INTER_NEAREST) > 0,
        regions=grow(inner.regions, cv2.INTER_NEAREST), alpha=alpha, foreground=grow(inner.foreground),
        landmarks=(inner.landmarks + 0.5) * stretch - 0.5, scale=inner.scale * float(stretch[0]))
    return replace(
        small, image=detailed(small.image), plate=detailed(small.plate), alpha=alpha, foreground=grow(small.foreground),
        old_alpha=grow(small.old_alpha), hole=grow(small.hole, cv2.INTER_NEAREST), edit=edit,
        invent=np.minimum(grow(small.invent), edit), reference=reference)


def embed(part: Composite, identity: Portrait, rect: Rect) -> Composite:
    """The composite of a rectangle as one of the whole photo."""
    height, width = identity.photo.height, identity.photo.width
    if rect == Rect(0, 0, width, height):
        return part
    window = rect.slices()

    def widen(array: NDArray, background: NDArray | None = None) -> NDArray:
        full = np.zeros((height, width, *array.shape[2:]), array.dtype) if background is None else background
        full[window] = array
        return full

    offset = np.array([rect.x0, rect.y0], np.float64)
    inner = part.reference
    reference = replace(
        inner, image=widen(inner.image), inside=widen(inner.inside), regions=widen(inner.regions),
        alpha=widen(inner.alpha), foreground=widen(inner.foreground), landmarks=inner.landmarks + offset)
    return replace(
        part,
        image=widen(part.image, identity.photo.rgb()),
        plate=widen(part.plate, identity.photo.rgb()),
        alpha=reference.alpha if part.alpha is inner.alpha else widen(part.alpha),
        foreground=widen(part.foreground),
        old_alpha=widen(part.old_alpha),
        hole=widen(part.hole),
        edit=widen(part.edit),
        invent=widen(part.invent),
        reference=reference,
    )
