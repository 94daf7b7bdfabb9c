"""The identity's ears: kept where they show and short hair leaves them free; else the reference's, recoloured."""

from __future__ import annotations

import cv2
import numpy as np

from core.compositing.reading.view import PortraitView
from core.compositing.removing.scene import Scene
from core.faces.face import Region
from core.faces.frame import OVAL
from core.imaging.arrays import FloatImage, Mask
from core.imaging.matting import dilate, erode, opened
from core.imaging.ramps import smoothstep

ROOTS = (162, 127, 234, 93, 132), (389, 356, 454, 323, 361)
"""Landmarks of the face's outline beside the ears, at its left and right in the picture."""
HEIGHT, AREA = 0.16, 0.006
"""An ear shows if what is seen of it is at least so high (face heights) and so large (face heights squared)."""
COVERED, BESIDE = 0.5, 0.1
"""New hair goes over an ear if it covers more than this share of it, or of the place right below it."""


def free_ears(own: PortraitView, new: FloatImage) -> Mask:
    """The identity's ears [H, W] that show and that the new hair [H, W] leaves free."""
    found = np.zeros(new.shape, bool)
    for sign in (-1, 1):
        ear = _visible_ear(own, sign)
        if ear.any() and not _goes_over(own, new, ear, sign):
            found |= ear
    return found


def beside(ears: Mask, side: FloatImage) -> Mask:
    """The halves of the picture [H, W], left and right of the face's axis, in which there is an ear."""
    halves = [half for half in (side < 0, side >= 0) if (ears & half).any()]
    return np.logical_or.reduce(halves) if halves else np.zeros(ears.shape, bool)


def whole_ears(scene: Scene) -> Mask:
    """``own_ears`` with what lies between them and the face [H, W], hidden by old hair or not."""
    found = np.zeros(scene.hair.shape, np.uint8)
    for half in (scene.side < 0, scene.side >= 0):
        ear = scene.own_ears & half
        if ear.any():
            rows, columns = np.nonzero(ear | (scene.oval & half & dilate(ear, scene.px(0.05))))
            hull = cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))
            cv2.fillConvexPoly(found, hull, 1)
    return found > 0


def _visible_ear(own: PortraitView, sign: int) -> Mask:
    """One ear [H, W] where most of it shows, nothing elsewhere: bare skin beside its root, as high as most of an ear.

    Its colours may differ from the face's in places (ears are redder), not on the whole (a flag that passes for skin).
    """
    t, shape = own.t, own.hair.shape
    skin = (own.regions == Region.SKIN) & ~own.oval & (own.hair < 0.3) & (sign * own.side > 0) & (t > 0.05)
    skin = opened(skin & (t < 0.8) & (own.from_oval < own.px(0.22)), own.px(0.012))
    rows, columns = np.nonzero(skin)
    outline = own.landmarks[list(OVAL)].astype(np.float32)
    # Squared distances less the pixels' own squares, which do not change which point of the outline is the nearest.
    away = np.square(outline).sum(axis=1) - 2 * (np.stack([columns, rows], axis=1).astype(np.float32) @ outline.T)
    roots = np.isin(np.array(OVAL)[away.argmin(axis=1)], ROOTS[sign > 0])
    ear = np.zeros(shape, bool)
    ear[rows[roots], columns[roots]] = True
    if not ear.any():
        return ear
    _, parts = cv2.connectedComponents(ear.astype(np.uint8))
    ear = parts == int(np.bincount(parts[ear]).argmax())
    low, high = np.quantile(t[ear], (0.02, 0.98))
    large = high - low > HEIGHT and int(ear.sum()) > AREA * own.frame.height**2
    return ear if large and own.skin_like[ear].mean() > 0.5 else np.zeros(shape, bool)


def _goes_over(own: PortraitView, new: FloatImage, ear: Mask, sign: int) -> bool:
    """Whether the new hair covers an ear or hangs down beside it: then what still shows of it would poke through."""
    hair = new > 0.5
    low = float(np.quantile(own.t[ear], 0.02))
    beneath = dilate(ear, own.px(0.12)) & (own.t < low) & (sign * own.side > 0) & ~own.oval
    return bool(hair[ear].mean() > COVERED or (beneath.any() and hair[beneath].mean() > BESIDE))


def borrowed_ears(scene: Scene, base: FloatImage, reference_base: FloatImage) -> tuple[FloatImage, FloatImage]:
    """The reference's skin outside the face outline, recoloured, where no ear is the own; and its weight [H, W].

    The colour ratio is half the medians' and half the local bases', so that an ear follows the light of its side.
    """
    zone = erode(scene.reference_skin & ~scene.beside_own_ears, scene.px(0.006)) & (scene.t > 0.1) & (scene.t < 0.85)
    face = scene.oval & (scene.t > 0.05) & (scene.t < 0.85)
    overall = np.median(base[face], axis=0) / np.maximum(np.median(reference_base[face], axis=0), 0.02)
    local = base / np.maximum(reference_base, 0.02)
    ratio = np.sqrt(overall * np.clip(local, overall * 0.7, overall * 1.4))
    amount = smoothstep(scene.from_oval / scene.px(0.03)) * zone
    return (scene.reference * ratio).astype(np.float32), amount.astype(np.float32)
