"""Face skin that old hair hid: the identity's colour and shading, with the reference's own skin for detail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.compositing.ears import borrowed_ears
from core.compositing.hole import Hole
from core.compositing.scene import Scene, polygon_mask
from core.faces.face import BROWS, SKIN
from core.faces.mesh import BROW_POLYGONS, EYE_POLYGONS
from core.imaging.inpaint import blur_known, grain, membrane
from core.imaging.matting import blur, dilate, distance_to, erode

if TYPE_CHECKING:
    from core.compositing.opposite import Opposite

FloatImage = NDArray[np.float32]
Mask = NDArray[np.bool_]

OFFSET = np.float32(8 / 255)
"""Added before logarithms and ratios, so that deep shadows weigh little."""


def _terms(side: NDArray, t: NDArray) -> FloatImage:
    """Quadratic terms [..., 6] of the shading model."""
    ones = np.ones_like(side)
    return np.stack([ones, side, t, side * side, side * t, t * t], axis=-1).astype(np.float32)


def shading_model(image: FloatImage, source: Mask, side: FloatImage, t: FloatImage) -> FloatImage:
    """Quadratic in (side, t) of the log colour of source, evaluated everywhere (COMPOSITING section 4, "Face skin").

    Robust (bisquare weights). Coordinates are clamped to t in -0.05..0.85, side +-0.42 and the colour to the source's
    12 to 80 % range, without which foreheads turn pink (COMPOSITING has 88 %: temples then come out pale).

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
    skin = (scene.regions == SKIN) & ~dilate(scene.old > 0.15, scene.px(0.045)) & (scene.t > -0.02)
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
        source = erode((scene.regions == SKIN) & scene.oval & (scene.old < 0.1), 1)
        if int(source.sum()) < 50:
            return None
    model = shading_model(scene.image, source, scene.side, scene.t)
    residual = np.clip(np.log(scene.image + OFFSET) - model, -0.4, 0.4)
    shadow = _old_shadow(scene, source, residual)
    lit = source & (shadow < 0.05)
    source = (lit if int(lit.sum()) > 200 else source) | _beside_features(scene)
    missed = blur(membrane(residual, source, reduce=8), scene.px(0.015))
    away = distance_to(source)
    limit = (0.12 + 0.28 * np.exp(-away / scene.px(0.03)))[..., None]
    fade = np.exp(-away / scene.px(0.16))[..., None]
    colour = np.exp(model + np.clip(missed, -limit, limit) * fade) - OFFSET
    return SkinBase(colour.astype(np.float32), shadow)


def _beside_features(scene: Scene) -> Mask:
    """Visible skin close to eyes, brows and lips: it is never painted over, so the base has to meet it."""
    away = scene.from_features
    near = (away > scene.px(0.006)) & (away < scene.px(0.03))
    return near & (scene.regions == SKIN) & ~dilate(scene.old > 0.05, scene.px(0.014))


def _old_shadow(scene: Scene, source: Mask, residual: FloatImage) -> FloatImage:
    """How much visible skin [H, W] lies in the old hair's shadow, 0..1."""
    near = np.clip(1.6 - distance_to(scene.old > 0.3) / scene.px(0.11), 0, 1)
    zone = ((scene.t > 0.64) | (np.abs(scene.side) > 0.34)) & (scene.t > 0.1) & dilate(source, scene.px(0.05))
    dark = -blur_known(
        residual.mean(axis=2, keepdims=True), (scene.regions == SKIN) & (scene.old < 0.1), scene.px(0.012)
    )
    depth = np.clip((dark[..., 0] - 0.05) / 0.08, 0, 1) * near * zone
    return blur(depth.astype(np.float32), scene.px(0.015))


def _fine_share(scene: Scene, source: Mask, fine: FloatImage) -> float:
    """How much of the reference's pores and noise suits the identity's skin, at most 0.6."""
    own = skin_source(scene)
    if int(own.sum()) < 200:
        return 0.4
    small = scene.image - blur(scene.image, scene.px(0.006))
    level = np.maximum(blur(scene.image, scene.px(0.006))[own], 0.05)
    mine = float(np.median(np.abs(small[own] / level)))
    other = float(np.median(np.abs(fine[source])))
    return float(np.clip(mine / max(other, 1e-4), 0.1, 0.6))


def _bounded(change: FloatImage) -> FloatImage:
    """1 + change, bent smoothly into 0.88..1.10."""
    room = np.where(change < 0, np.float32(0.12), np.float32(0.10))
    return 1 + room * np.tanh(change / room)


def donor_detail(scene: Scene, brows: Mask) -> tuple[FloatImage, FloatImage, FloatImage | None]:
    """What the reference's skin adds to a smooth base.

    Args:
        brows: [H, W] bool, where the reference's brows may be taken at full depth.

    Returns:
        Factor [H, W, 3] (1 where the reference shows no skin), its weight [H, W] in 0..1, and the reference's own
        base [H, W, 3] in 0..1 (None where it shows too little skin).
    """
    shows = scene.reference_bare
    source = (
        shows
        & (scene.reference_regions == SKIN)
        & (scene.t > -0.02)
        & ~dilate(scene.new > 0.15, scene.px(0.03))
    )
    source = erode(source, 2)
    if int(source.sum()) < 200:
        return np.ones_like(scene.reference), np.zeros(shows.shape, np.float32), None
    base = np.exp(shading_model(scene.reference, source, scene.side, scene.t)).astype(np.float32)
    quotient = ((scene.reference + OFFSET) / base).astype(np.float32)
    broad = blur_known(quotient, shows & (scene.new < 0.15), scene.px(0.04))
    quotient = (quotient / np.maximum(broad, 0.3) ** 0.7).astype(np.float32)
    fine = quotient - blur(quotient, scene.px(0.006))
    change = 0.6 * (quotient - fine - 1) + _fine_share(scene, source, fine) * fine
    factor = _bounded(change.astype(np.float32))
    if brows.any():
        brow = blur(((scene.reference_regions == BROWS) & brows).astype(np.float32), scene.px(0.006))[
            ..., None
        ]
        factor = factor * (1 - brow) + np.clip(quotient, 0.3, 1.10) * brow
    inner = distance_to(~(shows & (scene.new < 0.15)))
    weight = np.clip((inner - 1) / max(2.0, scene.px(0.012)), 0, 1)
    factor = 1 + (factor - 1) * weight[..., None]
    return factor.astype(np.float32), weight.astype(np.float32), (base - OFFSET).astype(np.float32)


def hidden_brows(scene: Scene) -> Mask:
    """Surroundings [H, W] of each of the identity's brows of which old hair hides more than a tenth."""
    shape = scene.old.shape
    hidden = np.zeros(shape, bool)
    for polygon in BROW_POLYGONS:
        brow = polygon_mask(scene.landmarks[list(polygon)], *shape)
        if brow.any() and float((scene.old[brow] > 0.3).mean()) > 0.1:
            hidden |= dilate(brow, scene.px(0.05))
    return hidden


def eye_hidden(scene: Scene, mirrored: Opposite | None = None) -> bool:
    """Whether old hair hides a quarter of one of the identity's eyes, where neither new hair nor the mirror helps."""
    hidden = (scene.old > 0.5) & (scene.new < 0.5)
    if mirrored is not None:
        hidden &= mirrored.weight < 0.5
    eyes = (polygon_mask(scene.landmarks[list(polygon)], *hidden.shape) for polygon in EYE_POLYGONS)
    return any(eye.any() and float(hidden[eye].mean()) > 0.25 for eye in eyes)


def skin_fill(
    scene: Scene,
    hole: Hole,
    base: FloatImage,
    rng: np.random.Generator,
    *,
    mirrored: Opposite | None = None,
    quick: bool = False,
) -> FloatImage:
    """Face skin [H, W, 3] for the hole and the visible skin beside it, from the base colour of ``skin_base``.

    An eye or brow in it comes from ``mirrored``; a brow from the reference where there is none.
    """
    factor, weight, reference_base = donor_detail(scene, hidden_brows(scene))
    fill = (base + OFFSET) * factor - OFFSET
    if not quick:
        texture = grain(scene.image, skin_source(scene), hole.labels > 0, rng, block=32)
        fill += texture * (1 - 0.6 * weight)[..., None]
    if reference_base is not None:
        own, amount = borrowed_ears(scene, base, reference_base)
        fill += (own - fill) * amount[..., None]
    if mirrored is not None:
        fill += ((base + OFFSET) * mirrored.factor - OFFSET - fill) * mirrored.weight[..., None]
    return np.clip(fill, 0, 1).astype(np.float32)
