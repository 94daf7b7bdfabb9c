"""Glasses: labels call them skin, but no skin should look like them."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.colours import like_face_skin
from core.compositing.reading.view import PortraitView
from core.imaging.arrays import FloatImage, Mask
from core.imaging.colour import rgb_to_lab
from core.imaging.matting import blur, dilate, opened

BRIDGE = 2.15
"""Steepest change of colour (summed over Lab) between sixty places down the nose from which it carries glasses: 14 of
16 portraits with glasses are above it and 4 of 45 without. Of those four only odd colours at the eyes' height count."""
ABOVE, BELOW = 0.13, 0.17
"""How far from the eyes' height glasses reach, face heights."""
_NOSE = (168, 6, 197, 195)
_EYE_CORNERS = (33, 133, 362, 263)


def wears_glasses(image: FloatImage, landmarks: NDArray[np.floating], face_height: float) -> bool:
    """Whether something crosses the bridge of the nose.

    Args:
        image: [H, W, 3] in 0..1.
        landmarks: [478, 2 or 3] in pixels.
        face_height: in pixels.
    """
    points = np.asarray(landmarks, np.float64)[list(_NOSE), :2]
    line = np.concatenate([np.linspace(a, b, 20, endpoint=False) for a, b in pairwise(points)])
    reach = int(np.ceil(0.05 * face_height)) + 1
    x, y = np.maximum(line.min(axis=0).astype(int) - reach, 0)
    right, bottom = line.max(axis=0).astype(int) + reach
    part = image[y:bottom, x:right]
    if part.size == 0:
        return False
    lab = rgb_to_lab(blur(np.ascontiguousarray(part), 0.006 * face_height))
    places = (line - (x, y)).astype(np.float32)[None]
    along = cv2.remap(lab, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
    return float(np.abs(np.diff(along, axis=0)).sum(axis=1).max()) > BRIDGE


def glasses_over(view: PortraitView, skin: Mask, face: Mask) -> Mask:
    """Where glasses lie over what has the label of skin [H, W]; nowhere without glasses.

    Args:
        skin: [H, W] bool, labelled so; face: [H, W] bool, the part of it inside the face's outline.
    """
    t = view.t
    if int(face.sum()) < 100 or not wears_glasses(view.image, view.landmarks, view.frame.height):
        return np.zeros(skin.shape, bool)
    corners = view.landmarks[list(_EYE_CORNERS)].astype(int)
    level = t[np.clip(corners[:, 1], 0, t.shape[0] - 1), np.clip(corners[:, 0], 0, t.shape[1] - 1)].mean()
    odd = skin & (t > level - BELOW) & (t < level + ABOVE) & ~like_face_skin(view.image, face)
    return dilate(opened(odd, view.px(0.002)), view.px(0.015))
