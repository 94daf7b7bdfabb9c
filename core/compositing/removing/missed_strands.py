"""Old hair that the matte missed: fine strands on the background, remnants beside the matte."""

from __future__ import annotations

import cv2
import numpy as np

from core.compositing.removing.scene import Scene
from core.faces.face import Region
from core.imaging.arrays import FloatImage, Mask
from core.imaging.inpaint import harmonic_fill
from core.imaging.matting import dilate, distance_to, opened


def missed_strands(scene: Scene) -> Mask:
    """Thin old strands the matte missed on the background [H, W] bool.

    A strand is thinner than the local median's window, differs from it towards the old hair's colour, and hangs
    together with the old hair or lies near it as a long thin line.
    """
    core = scene.hair > 0.8
    if int(core.sum()) < 50:
        return np.zeros(core.shape, bool)
    far = distance_to(scene.hair > 0.3)
    ring = (far < scene.px(0.60)) & (scene.regions != Region.SKIN) & ~scene.features & ~scene.oval
    ring &= (scene.regions == Region.BACKGROUND) | (far < scene.px(0.05))
    window = 2 * int(max(2, scene.px(0.014))) + 1
    byte = np.clip(scene.image * 255, 0, 255).astype(np.uint8)
    local = cv2.medianBlur(byte, window).astype(np.float32) / 255
    hair = blur_hair(scene)
    toward = hair - local
    contrast = (toward * toward).sum(axis=2)
    difference = scene.image - local
    share = (difference * toward).sum(axis=2) / np.maximum(contrast, 1e-4)
    rest = np.sqrt(((difference - share[..., None] * toward) ** 2).sum(axis=2))
    thin = (share > 0.10) & (rest < 0.6 * share * np.sqrt(contrast) + 0.015) & (contrast > 0.01) & ring
    thin &= share * np.sqrt(contrast) > 0.03
    joined = dilate(thin, 1.5) | (scene.hair > 0.15)
    count, parts, boxes, _ = cv2.connectedComponentsWithStats(joined.astype(np.uint8))
    keep = np.zeros(count, bool)
    keep[np.unique(parts[scene.hair > 0.3])] = True
    spans = np.hypot(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT])
    slender = np.bincount(parts[thin], minlength=count) < 0.007 * scene.frame.height * spans
    close = np.zeros(count, bool)
    close[np.unique(parts[far < scene.px(0.12)])] = True
    keep |= (spans > scene.px(0.05)) & slender & close
    keep[0] = False
    found = keep[parts] & dilate(thin, 1.5)
    return dilate(found, max(1.0, scene.px(0.004))) & ring


def remnants(scene: Scene, old_zone: Mask) -> Mask:
    """Pixels beside the hole that look like the old hair rather than like their own layer [H, W] bool.

    Compared are the local colour of the old hair and that of the same layer a little further away.
    """
    far = distance_to(old_zone)
    neck = (scene.regions == Region.SKIN) & (scene.t < 0.05)
    ring = (far > 0) & (far < scene.px(0.05)) & ~scene.oval
    ring &= np.isin(scene.regions, (Region.BACKGROUND, Region.CLOTHES, Region.HAIR)) | neck
    if not ring.any():
        return ring
    hair = blur_hair(scene)
    found = np.zeros_like(ring)
    for own in (scene.regions == Region.BACKGROUND, scene.regions == Region.CLOTHES, neck):
        clean = own & (far > scene.px(0.05))
        if int(clean.sum()) < 200:
            continue
        local = harmonic_fill(scene.image, clean, reduce=8, sweeps=8)
        gap = np.sqrt(((hair - local) ** 2).sum(axis=2))
        to_hair = np.sqrt(((scene.image - hair) ** 2).sum(axis=2))
        to_own = np.sqrt(((scene.image - local) ** 2).sum(axis=2))
        found |= (own | (scene.regions == Region.HAIR)) & ring & (gap > 0.2) & (to_hair < 0.6 * to_own)
    joined = opened(found, 1) | old_zone
    _, parts = cv2.connectedComponents(joined.astype(np.uint8))
    attached = np.zeros(int(parts.max()) + 1, bool)
    attached[np.unique(parts[old_zone])] = True
    attached[0] = False
    return dilate(attached[parts] & found, scene.px(0.006)) & ~scene.oval


def blur_hair(scene: Scene) -> FloatImage:
    """Local mean colour of the old hair, extended over the picture [H, W, 3]."""
    return harmonic_fill(scene.image, scene.hair > 0.8, reduce=8, sweeps=8)
