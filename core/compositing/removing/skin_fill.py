"""Face skin that old hair hid: the identity's colour and shading, with the reference's own skin for detail."""

from __future__ import annotations

import numpy as np

from core.compositing.removing.ears import borrowed_ears
from core.compositing.removing.hole import Hole
from core.compositing.removing.mirrored_eyes import Opposite
from core.compositing.removing.scene import Scene
from core.compositing.removing.skin_base import OFFSET, shading_model, skin_source
from core.faces.face import Region
from core.faces.mesh import BROW_POLYGONS, EYE_POLYGONS
from core.imaging.arrays import FloatImage, Mask
from core.imaging.inpaint import blur_known, grain
from core.imaging.matting import blur, dilate, distance_to, erode
from core.imaging.polygon import polygon_mask


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
        & (scene.reference_regions == Region.SKIN)
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
        brow = blur(((scene.reference_regions == Region.BROWS) & brows).astype(np.float32), scene.px(0.006))[
            ..., None
        ]
        factor = factor * (1 - brow) + np.clip(quotient, 0.3, 1.10) * brow
    inner = distance_to(~(shows & (scene.new < 0.15)))
    weight = np.clip((inner - 1) / max(2.0, scene.px(0.012)), 0, 1)
    factor = 1 + (factor - 1) * weight[..., None]
    return factor.astype(np.float32), weight.astype(np.float32), (base - OFFSET).astype(np.float32)


def hidden_brows(scene: Scene) -> Mask:
    """Surroundings [H, W] of each of the identity's brows of which old hair hides more than a tenth."""
    shape = scene.hair.shape
    hidden = np.zeros(shape, bool)
    for polygon in BROW_POLYGONS:
        brow = polygon_mask(scene.landmarks[list(polygon)], *shape)
        if brow.any() and float((scene.hair[brow] > 0.3).mean()) > 0.1:
            hidden |= dilate(brow, scene.px(0.05))
    return hidden


def eye_hidden(scene: Scene, mirrored: Opposite | None = None) -> bool:
    """Whether old hair hides a quarter of one of the identity's eyes, where neither new hair nor the mirror helps."""
    hidden = (scene.hair > 0.5) & (scene.new < 0.5)
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
