"""Mirroring a portrait left to right, for a reference that looks the other way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.faces.align import align_points, crop_points
from core.faces.face import Portrait
from core.faces.mesh import MIRRORED


def mirror_portrait(portrait: Portrait) -> Portrait:
    """The same portrait seen in a mirror, with its landmarks renumbered so that left is left again."""
    photo = portrait.photo
    pixels = np.ascontiguousarray(photo.pixels[:, ::-1])
    alpha = None if photo.alpha is None else np.ascontiguousarray(photo.alpha[:, ::-1])
    landmarks = portrait.face.landmarks[MIRRORED].copy()
    landmarks[:, 0] = photo.width - 1 - landmarks[:, 0]
    x0, y0, x1, y1 = portrait.face.box
    box = (photo.width - 1 - x1, y0, photo.width - 1 - x0, y1)
    points: dict[str, NDArray[np.floating]] = {name: point for name, point in crop_points(landmarks).items()}
    return replace(
        portrait,
        photo=replace(photo, pixels=pixels, alpha=alpha),
        face=replace(portrait.face, box=box, landmarks=landmarks),
        alignment=align_points(points, scale=portrait.alignment.scale),
        regions=np.ascontiguousarray(portrait.regions[:, ::-1]),
        hair=np.ascontiguousarray(portrait.hair[:, ::-1]),
        boxes=(),
    )
