"""Regions of a portrait settled by their colours where the regions net is often wrong: shoulders and neck."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.colours import colour_odds
from core.faces.face import Portrait, Region
from core.faces.frame import face_frame
from core.faces.landmarks import sub_square
from core.imaging.matting import blur, distance_to, erode

_SIDE = 512
_SEEN = 2.0
"""Side of what the net looks at, in sides of the FFHQ crop."""
_CLEAR = 0.8
"""Mean log odds of the colours from which a label is changed."""
_FEWEST = 60
_EDGE_SIDE, _BAND = 1400, 0.05
"""Side in pixels at which the edge of the clothes is found, and half the width of its band in face heights."""


def settled_labels(portrait: Portrait) -> NDArray[np.uint8]:
    """Labels [H, W]: shoulders that pass for background are clothes, and a neck that passes for clothes is skin.

    Only below the chin, and only where the colours around leave little doubt. What passes for skin away from the head
    without having its colours (hands have) is clothes, or background above the chin. Below what the net looks at, its
    last row goes on.
    """
    photo, labels = portrait.photo, _continued(portrait)
    scale = min(1.0, _SIDE / max(photo.width, photo.height))
    size = (max(8, round(photo.width * scale)), max(8, round(photo.height * scale)))
    image = cv2.resize(photo.rgb8(), size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    small = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    stretch = np.array([size[0] / photo.width, size[1] / photo.height])
    frame = face_frame(portrait.face.landmarks[:, :2] * stretch)
    side, t = frame.maps(*size)
    found = small.copy()
    wall, cloth = (small == Region.BACKGROUND) & (t > 0.1), small == Region.CLOTHES
    _move(found, image, cloth, wall, (small == Region.BACKGROUND) & (t < -0.05), Region.CLOTHES, frame.height)
    face = (small == Region.SKIN) & (t > 0)
    far = (small == Region.CLOTHES) & ((t < -0.4) | (np.abs(side) > 0.5))
    neck = (small == Region.CLOTHES) & (t < 0.15) & (t > -0.4) & (np.abs(side) < 0.4)
    _move(found, image, face, far, neck, Region.SKIN, frame.height)
    _without_strange_skin(found, image, t, frame.height)
    changed = cv2.resize((found != small).astype(np.uint8), (photo.width, photo.height),
                         interpolation=cv2.INTER_NEAREST) > 0
    grown = cv2.resize(found, (photo.width, photo.height), interpolation=cv2.INTER_NEAREST)
    return np.where(changed & (labels != Region.HAIR), grown, labels).astype(np.uint8)


def _continued(portrait: Portrait) -> NDArray[np.uint8]:
    """Labels [H, W] with the last row that the regions net saw repeated below it."""
    wide = sub_square(portrait.alignment, np.array([0.5, 0.5]), _SEEN / portrait.alignment.scale)
    last = int(wide.quad[:, 1].max() + 0.5 * wide.side) - 1
    labels = portrait.regions
    if not 0 < last < labels.shape[0] - 1 or (labels[last + 1 :] != Region.BACKGROUND).any():
        return labels
    found = labels.copy()
    found[last + 1 :] = labels[last]
    return found


def _without_strange_skin(labels: NDArray[np.uint8], image: NDArray[np.float32], t: NDArray[np.float32],
                          height: float) -> None:
    count, parts = cv2.connectedComponents((labels == Region.SKIN).astype(np.uint8))
    face = erode((labels == Region.SKIN) & (t > 0), max(1.0, 0.02 * height))
    other = (labels != Region.SKIN) & (labels != Region.HAIR)
    if count <= 2 or min(int(face.sum()), int(other.sum())) < _FEWEST:
        return
    odds = colour_odds(image, face, other)
    own = np.unique(parts[face])
    for part in range(1, count):
        if part not in own and float(odds[parts == part].mean()) < _CLEAR:
            strange = parts == part
            labels[strange & (t < 0.05)] = Region.CLOTHES
            labels[strange & (t >= 0.05)] = Region.BACKGROUND


def _move(labels: NDArray[np.uint8], image: NDArray[np.float32], towards: NDArray[np.bool_],
          away: NDArray[np.bool_], unsure: NDArray[np.bool_], label: int, height: float) -> None:
    """Give unsure pixels a label where their colours are rather those of ``towards`` than those of ``away``."""
    inner = [erode(mask, max(1.0, 0.01 * height)) for mask in (towards, away)]
    if min(int(mask.sum()) for mask in (*inner, unsure)) < _FEWEST:
        return
    odds = blur(colour_odds(image, *inner), max(1.0, 0.012 * height))
    labels[unsure & (odds > _CLEAR)] = label


def refined_clothes(
    image: NDArray[np.float32], masks: Mapping[str, NDArray[np.float32]], hair: NDArray[np.float32], height: float
) -> dict[str, NDArray[np.float32]]:
    """Masks [H, W] by leaf with the edge of the clothes where the colours change, not where the net roughly drew it.

    Within a band along that edge the clothes' share is decided by the colours on both sides, and background and skin
    share the rest as they did.

    Args:
        image: [H, W, 3] in 0..1.
        masks: weights of the leaves.
        hair: [H, W] matte.
        height: of the face, in pixels.
    """
    rows, columns = hair.shape
    scale = min(1.0, _EDGE_SIDE / max(rows, columns))
    size = (max(8, round(columns * scale)), max(8, round(rows * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
    clothes = cv2.resize(masks["clothes"], size, interpolation=cv2.INTER_AREA)
    clear = cv2.resize(hair, size, interpolation=cv2.INTER_AREA) < 0.1
    reach = max(2.0, _BAND * height * scale)
    inner, outer = erode((clothes > 0.8) & clear, reach), erode((clothes < 0.05) & clear, reach)
    outer &= distance_to(clothes > 0.5) < 8 * reach
    if min(int(inner.sum()), int(outer.sum())) < _FEWEST:
        return dict(masks)
    odds = blur(colour_odds(small, inner, outer), max(0.7, 0.15 * reach))
    band = (distance_to(clothes > 0.5) <= reach) & (distance_to(clothes <= 0.5) <= reach)
    soft = blur(band.astype(np.float32), 0.3 * reach)
    share = clothes + (np.clip(0.5 + odds / 3, 0, 1) - clothes) * soft
    share = cv2.resize(share.astype(np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR)
    others = {name: masks[name] for name in ("background", "skin")}
    free = masks["clothes"] + others["background"] + others["skin"]
    wide = {name: blur(value, 0.5 * _BAND * height) + 1e-4 for name, value in others.items()}
    rest = wide["background"] + wide["skin"]
    found = dict(masks)
    found["clothes"] = (np.minimum(share, 1) * free).astype(np.float32)
    for name in others:
        part = (free - found["clothes"]) * wide[name] / rest
        # Away from the clothes nothing changes.
        near = cv2.resize(soft, (columns, rows), interpolation=cv2.INTER_LINEAR)
        found[name] = (others[name] + (part - others[name]) * near).astype(np.float32)
    return found
