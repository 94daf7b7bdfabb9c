"""The neck behind removed hair: a membrane of the neck that shows, shaded like a cylinder."""

from __future__ import annotations

import numpy as np

from core.compositing.removing.hole import Hole
from core.compositing.removing.neckline import jaw_line, neck_across
from core.compositing.removing.scene import Scene
from core.faces.face import Region
from core.imaging.arrays import FloatImage
from core.imaging.inpaint import blur_known, grain, harmonic_fill
from core.imaging.matting import dilate, erode


def neck_shading(scene: Scene) -> FloatImage:
    """Brightness factor [H, W]: 1 - 0.20 r^3 - 0.10 under chin and jaw, r across the neck's half width."""
    half = 0.27 * scene.frame.width / scene.frame.height
    below = np.maximum(0, -scene.t - 0.15)
    r = np.clip(np.abs(neck_across(scene)) / (half + 0.6 * below), 0, 1)
    gap = np.minimum(np.abs(scene.t + 0.02), np.maximum(jaw_line(scene) - scene.t, 0))
    chin = np.exp(-((gap / 0.08) ** 2)) * 0.10
    return (1 - 0.20 * r**3 - chin).astype(np.float32)


def neck_fill(
    scene: Scene, hole: Hole, base: FloatImage | None, rng: np.random.Generator, *, quick: bool = False
) -> FloatImage:
    """Neck skin [H, W, 3] from the visible neck; from the jaw's colour x 0.8 where no neck shows.

    Args:
        base: the face skin continued over the head, for the jaw's colour.
    """
    shown = (scene.regions == Region.SKIN) & ~scene.oval & (scene.t < -0.01) & (np.abs(neck_across(scene)) < 0.6)
    for apart in (0.045, 0.03, 0.015):
        source = erode(shown & ~dilate(hole.old_zone, scene.px(apart)), max(1.0, scene.px(0.006)))
        if int(source.sum()) >= scene.px(0.12) ** 2:
            break
    shading = neck_shading(scene)[..., None]
    if int(source.sum()) >= scene.px(0.05) ** 2:
        steady = blur_known(scene.image, source, max(1.0, scene.px(0.01)))
        fill = harmonic_fill(steady / shading, source) * shading
        if not quick:
            fill = fill + grain(scene.image, source, hole.labels > 0, rng, block=24)
        return np.clip(fill, 0, 1).astype(np.float32)
    jaw = scene.oval & (scene.t < 0.15) & (scene.regions == Region.SKIN) & ~hole.old_zone
    colour = base if base is not None else scene.image
    where = jaw if jaw.any() else scene.oval
    mean = np.median(colour[where], axis=0) if where.any() else np.full(3, 0.6, np.float32)
    return np.clip(mean * 0.8 * shading / 0.9, 0, 1).astype(np.float32)
