"""Portraits cut out and made smaller, with everything that was measured on them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from core.document.geometry import Rect
from core.faces.align import Alignment
from core.faces.face import Portrait


def crop_portrait(portrait: Portrait, rect: Rect) -> Portrait:
    """The portrait's part inside rect as a portrait of its own; the same object when rect is the whole photo."""
    photo = portrait.photo
    if rect == Rect(0, 0, photo.width, photo.height):
        return portrait
    window = rect.slices()
    alpha = None if photo.alpha is None else photo.alpha[window]
    landmarks = portrait.face.landmarks.copy()
    landmarks[:, :2] -= (rect.x0, rect.y0)
    x0, y0, x1, y1 = portrait.face.box
    box = (x0 - rect.x0, y0 - rect.y0, x1 - rect.x0, y1 - rect.y0)
    shift = np.array([[1, 0, -rect.x0], [0, 1, -rect.y0], [0, 0, 1.0]])
    return replace(
        portrait,
        photo=replace(photo, pixels=photo.pixels[window], alpha=alpha),
        face=replace(portrait.face, box=box, landmarks=landmarks),
        alignment=Alignment(shift @ portrait.alignment.matrix, portrait.alignment.scale),
        regions=portrait.regions[window],
        hair=portrait.hair[window],
    )


def reduced_portrait(portrait: Portrait, scale: float) -> Portrait:
    """The portrait at ``scale`` < 1 of its size; the same object when scale is 1 or more."""
    photo = portrait.photo
    if scale >= 1:
        return portrait
    size = (max(16, round(photo.width * scale)), max(16, round(photo.height * scale)))
    stretch = np.array([size[0] / photo.width, size[1] / photo.height])
    landmarks = portrait.face.landmarks.astype(np.float64)
    landmarks[:, :2] = (landmarks[:, :2] + 0.5) * stretch - 0.5
    landmarks[:, 2] *= stretch[0]
    x0, y0, x1, y1 = portrait.face.box
    box = (x0 * stretch[0], y0 * stretch[1], x1 * stretch[0], y1 * stretch[1])
    small = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)
    return replace(
        portrait,
        photo=replace(photo, pixels=small, alpha=None),
        face=replace(portrait.face, box=box, landmarks=landmarks.astype(np.float32)),
        alignment=Alignment(np.diag([*stretch, 1.0]) @ portrait.alignment.matrix, portrait.alignment.scale),
        regions=cv2.resize(portrait.regions, size, interpolation=cv2.INTER_NEAREST),
        hair=cv2.resize(portrait.hair, size, interpolation=cv2.INTER_AREA),
    )
