"""What bare skin looks like on this face: its shading, measured where it is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.compositing.removing.scene import Scene
from core.faces.face import Region
from core.imaging.arrays import FloatImage, Mask
from core.imaging.inpaint import blur_known, harmonic_fill
from core.imaging.matting import blur, dilate, distance_to, erode

OFFSET = np.float32(8 / 255)
"""Added before logarithms and ratios, so that deep shadows weigh little."""


def _terms(side: NDArray, t: NDArray) -> FloatImage:
    """Quadratic terms [..., 6] of the shading model."""
    ones = np.ones_like(side)
    return np.stack([ones, side, t, side * side, side * t, t * t], axis=-1).astype(np.float32)


def shading_model(image: FloatImage, source: Mask, side: FloatImage, t: FloatImage) -> FloatImage:
    """Quadratic in (side, t) of the log colour of source, evaluated everywhere (docs/compositing.md, Skin).

    Robust (bisquare weights). Coordinates are clamped to t in -0.05..0.85, side +-0.42 and the colour to the source's
    12 to 80 % range, without which foreheads turn pink (at 88 % temples come out pale).

    Args:
        image: [H, W, 3] in 0..1; source: [H, W] bool with at least 50 pixels.

    Returns:
        [H, W, 3] log(colour + 8/255).
    """
    rows, columns = np.nonzero(source)
    step = max(1, len(rows) // 20000)
    rows, columns = rows[::step], columns[::step]
    logs = np.log(image[rows, columns] + OFFSET).astype(np.float64)
    design = _terms(side[rows, columns], t[rows, columns]).astype(np.float64)
    ridge = np.diag([0, 1e-3, 1e-3, 3e-2, 3e-2, 3e-2]) * len(rows)
    weight = np.ones(len(rows))
    solution = np.zeros((6, 3))
    for _ in range(6):
        weighted = design * weight[:, None]
        solution = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ logs)
        error = np.abs(logs - design @ solution).mean(axis=1)
        scale = 4.685 * max(1.4826 * float(np.median(error)), 1e-3)
        weight = np.clip(1 - (error / scale) ** 2, 0, 1) ** 2
    inside_t, inside_side = np.clip(t, -0.05, 0.85), np.clip(side, -0.42, 0.42)
    model = _terms(inside_side, inside_t) @ np.round(solution, 7).astype(np.float32)
    low, high = np.quantile(logs, (0.12, 0.80), axis=0).astype(np.float32)
    return np.clip(model, low, high)


def skin_source(scene: Scene) -> Mask:
    """Visible face skin far enough from the old hair not to carry its shadow."""
    skin = (scene.regions == Region.SKIN) & ~dilate(scene.hair > 0.15, scene.px(0.045)) & (scene.t > -0.02)
    skin &= (scene.from_features > scene.px(0.015)) & (scene.from_oval <= scene.px(0.01))
    return erode(skin, 2)


@dataclass(frozen=True, eq=False)
class SkinBase:
    """The identity's skin without its old hair.

    Attributes:
        colour: [H, W, 3] in 0..1, smooth, continued over the whole head.
        shadow: [H, W] in 0..1, where the visible skin still lies in the old hair's shadow.
    """

    colour: FloatImage
    shadow: FloatImage


def skin_base(scene: Scene) -> SkinBase | None:
    """The identity's skin colour continued over the whole head; None where too little shows.

    The shading model plus what it misses: the smoothed residual, faded with distance. Skin near the old hair that is
    clearly darker than the model (above the brows or at the sides) counts as its shadow and is left out.
    """
    source = skin_source(scene)
    if int(source.sum()) < 200:
        source = erode((scene.regions == Region.SKIN) & scene.oval & (scene.hair < 0.1), 1)
        if int(source.sum()) < 50:
            return None
    model = shading_model(scene.image, source, scene.side, scene.t)
    residual = np.clip(np.log(scene.image + OFFSET) - model, -0.4, 0.4)
    shadow = _old_shadow(scene, source, residual)
    lit = source & (shadow < 0.05)
    source = (lit if int(lit.sum()) > 200 else source) | _beside_features(scene)
    missed = blur(harmonic_fill(residual, source, reduce=8), scene.px(0.015))
    away = distance_to(source)
    limit = (0.12 + 0.28 * np.exp(-away / scene.px(0.03)))[..., None]
    fade = np.exp(-away / scene.px(0.16))[..., None]
    colour = np.exp(model + np.clip(missed, -limit, limit) * fade) - OFFSET
    return SkinBase(colour.astype(np.float32), shadow)


def _beside_features(scene: Scene) -> Mask:
    """Visible skin close to eyes, brows and lips: it is never painted over, so the base has to meet it."""
    away = scene.from_features
    near = (away > scene.px(0.006)) & (away < scene.px(0.03))
    return near & (scene.regions == Region.SKIN) & ~dilate(scene.hair > 0.05, scene.px(0.014))


def _old_shadow(scene: Scene, source: Mask, residual: FloatImage) -> FloatImage:
    """How much visible skin [H, W] lies in the old hair's shadow, 0..1."""
    near = np.clip(1.6 - distance_to(scene.hair > 0.3) / scene.px(0.11), 0, 1)
    zone = ((scene.t > 0.64) | (np.abs(scene.side) > 0.34)) & (scene.t > 0.1) & dilate(source, scene.px(0.05))
    dark = -blur_known(
        residual.mean(axis=2, keepdims=True), (scene.regions == Region.SKIN) & (scene.hair < 0.1), scene.px(0.012)
    )
    depth = np.clip((dark[..., 0] - 0.05) / 0.08, 0, 1) * near * zone
    return blur(depth.astype(np.float32), scene.px(0.015))
