"""Painted people with known hair, labels and landmarks: compositing tested without networks or photographs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from core.document.photo import Photo
from core.faces.align import align_points, crop_points
from core.faces.face import Face, Portrait, Region
from core.faces.frame import BROWS, OVAL
from core.faces.mesh import MIRRORED


def mesh(centre: tuple[float, float], half_width: float, half_height: float, yaw: float = 0.0) -> np.ndarray:
    """Landmarks [478, 3] of an oval face: outline, brows, eyes and mouth in place, the rest inside the oval."""
    index = np.arange(478)
    radius, angle = 0.6 * np.sqrt((index + 0.5) / 478), index * 2.39996
    unit = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    unit = (unit + unit[MIRRORED] * (-1, 1)) / 2
    turn = 2 * np.pi * np.arange(36) / 36
    unit[list(OVAL)] = np.stack([np.sin(turn), -np.cos(turn)], axis=1)
    for side, first in ((-1, 0), (1, 5)):
        for k in range(5):
            unit[BROWS[first + k]] = (side * (0.62 - 0.11 * k), -0.32 - 0.05 * np.sin(k / 4 * np.pi))
    for number, where in {33: (-0.5, -0.15), 133: (-0.25, -0.15), 263: (0.5, -0.15), 362: (0.25, -0.15),
                          168: (0, -0.2), 6: (0, -0.1), 197: (0, 0), 195: (0, 0.1),
                          61: (-0.28, 0.5), 291: (0.28, 0.5), 50: (-0.5, 0.2), 280: (0.5, 0.2), 205: (-0.4, 0.35),
                          425: (0.4, 0.35), 147: (-0.65, 0.3), 376: (0.65, 0.3), 136: (-0.55, 0.7), 365: (0.55, 0.7)
                          }.items():
        unit[number] = where
    points = np.array(centre) + unit * (half_width, half_height)
    depth = (points[:, 0] - centre[0]) * np.tan(np.radians(yaw))
    return np.concatenate([points, depth[:, None]], axis=1).astype(np.float32)


def person(
    *,
    size: tuple[int, int] = (240, 240),
    centre: tuple[float, float] = (120.0, 122.0),
    scale: float = 1.0,
    hair: str = "short",
    colour: tuple[float, float, float] = (0.25, 0.16, 0.1),
    wall: tuple[float, float, float] = (0.55, 0.6, 0.65),
    yaw: float = 0.0,
    depth: int = 8,
    ears: bool = False,
    name: str = "painted.png",
) -> Portrait:
    """A portrait of (width, height) ``size``; hair: short, long, none, or a scarf that the labels call skin. Short hair
    ends above the ears, long hair lies over them."""
    width, height = size
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    cx, cy = centre
    u, v = (x - cx) / (42 * scale), (y - cy) / (56 * scale)
    soft = 1 / (42 * scale)

    def inside(value: np.ndarray) -> np.ndarray:
        return np.clip((1 - value) / soft / 2 + 0.5, 0, 1)

    face = inside(np.hypot(u, v))
    head = inside(np.hypot(u / 1.25, (v + 0.3) / 1.4))
    neck = np.where(v > 0.4, inside(np.abs(u) / 0.6), 0)
    body = inside(np.hypot(u / 2.6, (v - 2.1) / 1.0))
    below = 1.6 if hair == "long" else -0.4 if ears else 0.1
    fall = inside(np.abs(u) / 1.4) * np.clip((below - v) * 6, 0, 1) * np.clip(v * 9 + 6, 0, 1) * (hair == "long")
    matte = np.maximum(head, fall) * (1 - face * np.clip((v + 0.75) * 9, 0, 1)) * np.clip((below - v) * 6, 0, 1)
    image = np.broadcast_to(np.float32(wall), (height, width, 3)) + 0.03 * np.sin(x / 31)[..., None]
    skin_tone = np.float32((0.8, 0.6, 0.5))
    skin = np.maximum(face, neck)
    for layer, tone in ((neck, skin_tone * 0.85), (body, np.float32((0.2, 0.25, 0.5))), (face, skin_tone)):
        image = image + (tone * (1 - 0.1 * np.clip(u, -1, 1))[..., None] - image) * layer[..., None]
    regions = np.full((height, width), Region.BACKGROUND, np.uint8)
    regions[skin > 0.5] = Region.SKIN
    regions[body > 0.5] = Region.CLOTHES
    regions[face > 0.5] = Region.SKIN
    if ears:
        ear = inside(np.hypot((np.abs(u) - 1.06) / 0.2, (v + 0.1) / 0.36)) * (1 - face)
        image = image + (skin_tone * 0.95 - image) * ear[..., None]
        regions[ear > 0.5] = Region.SKIN
    if hair == "none":
        scalp = inside(np.hypot(u / 1.05, (v + 0.1) / 1.1))
        image = image + (skin_tone - image) * (scalp * (v < 0.2))[..., None]
        regions[(scalp > 0.5) & (v < 0.2)] = Region.SKIN
        matte = np.zeros_like(matte)
    elif hair == "scarf":
        image = image + (np.float32((0.1, 0.5, 0.2)) - image) * matte[..., None]
        regions[matte > 0.5] = Region.SKIN
        matte = np.zeros_like(matte)
    else:
        strands = 0.25 * np.sin(x * 1.3 + 2 * np.sin(y / 9))
        image = image + (np.float32(colour) * (1 + strands)[..., None] - image) * matte[..., None]
        regions[matte > 0.5] = Region.HAIR
    for number, tag, tone in ((33, Region.EYES, 0.2), (263, Region.EYES, 0.2), (61, Region.LIPS, 0.4)):
        shift = 0.0 if tag == Region.LIPS else (-0.375 if number == 33 else 0.375)
        wide, low = (0.28, 0.5) if tag == Region.LIPS else (0.13, -0.15)
        spot = np.hypot((u - shift) / wide, (v - low) / 0.07)
        image = np.where((spot < 1)[..., None], np.float32((0.6, tone, tone)), image)
        regions[spot < 1] = tag
    image = np.clip(image + rng.normal(0, 0.008, image.shape), 0, 1)
    top, kind = (65535, np.uint16) if depth == 16 else (255, np.uint8)
    photo = Photo(np.rint(image * top).astype(kind), path=Path(name))
    landmarks = mesh(centre, 42 * scale, 56 * scale, yaw)
    soft_hair = cv2.GaussianBlur(matte.astype(np.float32), (0, 0), 1.0 * scale)
    box = (cx - 42 * scale, cy - 56 * scale, cx + 42 * scale, cy + 56 * scale)
    return Portrait(photo, Face(box, landmarks, 1.0), align_points(crop_points(landmarks)), regions, soft_hair)
