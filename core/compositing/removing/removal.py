"""The identity's old hair taken away, layer by layer: background, clothes, neck and face skin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import HoleLabel, WarpedReference
from core.compositing.laps import Laps
from core.compositing.removing.hole import Hole, plan_hole
from core.compositing.removing.layer_fill import fill_layer, fitting_way, rim
from core.compositing.removing.mirrored_eyes import Opposite, opposite_features
from core.compositing.removing.neck_fill import neck_fill
from core.compositing.removing.prepare import make_scene, reduced_layout, work_rect
from core.compositing.removing.scene import Scene
from core.compositing.removing.skin_base import SkinBase, skin_base
from core.compositing.removing.skin_fill import eye_hidden, skin_fill
from core.document.geometry import Rect, bounding_rect
from core.faces.face import SKIN_AND_FEATURES, Portrait, Region
from core.imaging.arrays import FloatImage, Mask
from core.imaging.inpaint import grain
from core.imaging.matting import blur, dilate, distance_to
from core.imaging.ramps import smoothstep

WORKING_FACE = 640.0
"""Faces taller than this (pixels, forehead to chin) are filled at reduced size."""
_SEEN_AS = (((HoleLabel.BACKDROP,), Region.BACKGROUND), ((HoleLabel.CLOTHING,), Region.CLOTHES),
            ((HoleLabel.FACE_SKIN, HoleLabel.NECK), Region.SKIN))
"""Layers of a hole with the label under which a photo shows them."""
_EYE_MIRRORED = "The old hair hides part of an eye; the other eye was mirrored there."
_EYE_GUESSED = "The old hair hides part of an eye; what lies under it can only be guessed."


@dataclass(frozen=True, eq=False)
class RemovalOptions:
    """Choices of a removal.

    Attributes:
        background: "auto", "membrane" (smooth, reads as depth of field), "lines" (smooth along columns and curtains) or
            "copy" (exemplar, for structured places).
        strands: whether to look for fine old strands that the matte missed.
        seed: of grain and copies; the same seed gives the same plate.
    """

    background: str = "auto"
    strands: bool = True
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Removal:
    """The identity without its old hair, in photo space.

    Attributes:
        plate: [H, W, 3] float32 in 0..1.
        hole: [H, W] uint8, ``HoleLabel``.
        touched: [H, W] float32 in 0..1, exactly 0 where plate equals the photo bit for bit.
        features: [H, W] float32 in 0..1, how much darker than skin a mirrored eye or brow is; None where there is none.
        warnings: for the user.
        seconds: time per part.
    """

    plate: FloatImage
    hole: NDArray[np.uint8]
    touched: FloatImage
    features: FloatImage | None = None
    warnings: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


def remove_hair(
    identity: Portrait,
    warped: WarpedReference,
    old_alpha: FloatImage,
    *,
    yaw_difference: float,
    quick: bool = False,
    options: RemovalOptions | None = None,
    layout: FloatImage | None = None,
) -> Removal:
    """Fill what the new hair leaves uncovered of the old (docs/compositing.md, Removing).

    Args:
        identity: the portrait; labels and landmarks in photo space.
        warped: the reference in the identity's photo space.
        old_alpha: [H, W] in 0..1, the identity's hair matte.
        yaw_difference: degrees between the heads; from 15 on the reference's ears are not used.
        quick: membranes only, at half size.
        options: see ``RemovalOptions``.
        layout: [H, W, 3] in 0..1, how likely background, skin and clothes lie under the old hair; None = by rules.

    Returns:
        A ``Removal``; the photo itself when nothing is uncovered.
    """
    options = options or RemovalOptions()
    laps = Laps()
    photo = identity.photo.rgb()
    height, width = old_alpha.shape
    rect = work_rect(identity, warped, old_alpha)
    if rect is None:
        return Removal(photo, np.zeros((height, width), np.uint8), np.zeros((height, width), np.float32))
    scale = min(1.0, WORKING_FACE / identity.face.frame.height) * (0.5 if quick else 1.0)
    scene = make_scene(identity, warped, old_alpha, rect, scale, yaw_difference)
    laps.lap("prepare")
    hole = plan_hole(scene, find_strands=options.strands and not quick, layout=reduced_layout(layout, rect, scale))
    laps.lap("hole")
    warnings: list[str] = []
    base = skin_base(scene)
    laps.lap("skin")
    mirrored = None if base is None else opposite_features(scene, base.colour, hole.mask)
    laps.lap("opposite")
    fill = _fill(scene, hole, base, mirrored, options, quick, laps, warnings)
    if eye_hidden(scene):
        warnings.append(_EYE_GUESSED if eye_hidden(scene, mirrored) else _EYE_MIRRORED)
    weight = _weights(scene, hole, base, mirrored)
    laps.lap("join")
    plate, labels, touched = _to_photo(photo, rect, hole, fill, weight)
    laps.lap("paste")
    if scale < 1 and not quick:
        plate = _with_full_grain(plate, photo, identity.regions, labels, touched, rect, options.seed)
        laps.lap("grain")
    features = None if mirrored is None else _feature_depth(photo.shape[:2], rect, mirrored)
    return Removal(plate, labels, touched, features, tuple(warnings), laps.seconds)


def _fill(
    scene: Scene,
    hole: Hole,
    base: SkinBase | None,
    mirrored: Opposite | None,
    options: RemovalOptions,
    quick: bool,
    laps: Laps,
    warnings: list[str],
) -> FloatImage:
    """All layers filled and laid over each other, back to front [H, W, 3]."""
    rng = np.random.default_rng(options.seed)
    height = scene.frame.height
    free = ~hole.old_zone
    backdrop = hole.labels == HoleLabel.BACKDROP
    source = (scene.regions == Region.BACKGROUND) & free & ~hole.mask
    way = options.background
    if way == "auto":
        way = "membrane" if quick else fitting_way(scene.image, source, backdrop, height)
    fill = fill_layer(
        scene.image,
        source,
        dilate(backdrop, 3),
        face_height=height,
        way=way,
        locality=900,
        rng=rng,
        quick=quick,
    )
    laps.lap("background")
    layers = _layer_map(scene, hole)
    clothes = hole.labels == HoleLabel.CLOTHING
    if clothes.any():
        source = (scene.regions == Region.CLOTHES) & free & ~hole.mask
        if source.any():
            cloth = fill_layer(
                scene.image,
                source,
                dilate(clothes, 3),
                face_height=height,
                way="copy",
                locality=300,
                rng=rng,
                apart=0.03,
                quick=quick,
            )
            fill = _over(fill, cloth, blur((layers == HoleLabel.CLOTHING).astype(np.float32), 1.2))
    laps.lap("clothes")
    if ((layers == HoleLabel.NECK) & dilate(hole.mask, scene.px(0.05))).any():
        neck = neck_fill(scene, hole, base.colour if base else None, rng, quick=quick)
        fill = _over(fill, neck, blur(np.isin(layers, (HoleLabel.NECK, HoleLabel.FACE_SKIN)).astype(np.float32), 1.2))
    laps.lap("neck")
    if base is None:
        warnings.append("Too little of the face's skin shows to continue it under the old hair.")
    else:
        skin = skin_fill(scene, hole, base.colour, rng, mirrored=mirrored, quick=quick)
        fill = _over(fill, skin, _face_weight(scene, layers))
    laps.lap("skin")
    return fill


def _of_face(scene: Scene, hole: Hole) -> Mask:
    """Where visible skin is the face's or an ear's, not the neck's [H, W]."""
    return scene.oval | ((scene.t > 0.05) & ~hole.column)


def _layer_map(scene: Scene, hole: Hole) -> NDArray[np.uint8]:
    """The layer of every pixel once the old hair is gone, visible ones included."""
    layers = np.full(hole.labels.shape, HoleLabel.BACKDROP, np.uint8)
    layers[scene.regions == Region.CLOTHES] = HoleLabel.CLOTHING
    skin = np.isin(scene.regions, SKIN_AND_FEATURES)
    layers[skin] = HoleLabel.NECK
    layers[skin & _of_face(scene, hole)] = HoleLabel.FACE_SKIN
    return np.where(hole.mask, hole.labels, layers)


def _face_weight(scene: Scene, layers: NDArray[np.uint8]) -> FloatImage:
    """Soft coverage of the face: sharp against background and clothes, wide against the neck."""
    face = layers == HoleLabel.FACE_SKIN
    sharp = blur(face.astype(np.float32), 1.2)
    wide = blur(face.astype(np.float32), scene.px(0.012))
    near_neck = blur((layers == HoleLabel.NECK).astype(np.float32), scene.px(0.012))
    near_other = blur(np.isin(layers, (HoleLabel.BACKDROP, HoleLabel.CLOTHING)).astype(np.float32), scene.px(0.012))
    share = near_neck / np.maximum(near_neck + near_other, 1e-3)
    return (sharp + (wide - sharp) * share).astype(np.float32)


def _over(below: FloatImage, above: FloatImage, weight: FloatImage) -> FloatImage:
    return (below + (above - below) * weight[..., None]).astype(np.float32)


def _weights(scene: Scene, hole: Hole, base: SkinBase | None, mirrored: Opposite | None) -> FloatImage:
    """How much of the fill shows [H, W]: 1 in the hole, cross-faded beside it by layer; features only if mirrored."""
    px = scene.px
    skin = scene.regions == Region.SKIN
    guard = smoothstep(scene.from_features / px(0.04) - 0.2)
    face = skin & _of_face(scene, hole)
    away = distance_to(hole.mask)
    wide = rim(away, px(0.06))
    if base is not None:
        wide = np.maximum(wide, base.shadow * rim(away, px(0.20)))
    weight = np.where(face & ~scene.own_ears, wide * guard, rim(away, px(0.010)))
    weight = np.where(skin & ~face & ~scene.own_ears, rim(away, px(0.045)), weight)
    weight = np.where(scene.features, weight * guard, weight)
    if mirrored is not None:
        weight = np.maximum(weight, mirrored.weight * rim(away, px(0.02)))
    weight = np.where(hole.mask, 1, weight)
    return np.where(away > px(0.20), 0, weight).astype(np.float32)


def _to_photo(
    photo: FloatImage, rect: Rect, hole: Hole, fill: FloatImage, weight: FloatImage
) -> tuple[FloatImage, NDArray[np.uint8], FloatImage]:
    """The filled crop laid into the photo at its size; pixels of weight 0 keep the photo's exact values."""
    rows, columns = rect.slices()
    labels = hole.labels
    if fill.shape[:2] != (rect.height, rect.width):
        size = (rect.width, rect.height)
        fill = np.clip(cv2.resize(fill, size, interpolation=cv2.INTER_CUBIC), 0, 1)
        weight = np.clip(cv2.resize(weight, size, interpolation=cv2.INTER_LINEAR), 0, 1)
        labels = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    weight = np.where(weight < 1 / 512, 0, weight).astype(np.float32)
    plate, touched = photo.copy(), np.zeros(photo.shape[:2], np.float32)
    crop = photo[rows, columns]
    mixed = crop + (np.clip(fill, 0, 1) - crop) * weight[..., None]
    plate[rows, columns] = np.where(weight[..., None] > 0, mixed, crop)
    touched[rows, columns] = weight
    out = np.full(photo.shape[:2], HoleLabel.KEEP, np.uint8)
    out[rows, columns] = labels
    return plate, out, touched


def _feature_depth(shape: tuple[int, ...], rect: Rect, mirrored: Opposite) -> FloatImage:
    """``Removal.features`` of a photo of this shape."""
    depth = mirrored.weight * np.clip(1 - mirrored.factor.mean(axis=2), 0, 1)
    if depth.shape != (rect.height, rect.width):
        depth = cv2.resize(depth, (rect.width, rect.height), interpolation=cv2.INTER_LINEAR)
    whole = np.zeros(shape, np.float32)
    whole[rect.slices()] = depth
    return whole


def _with_full_grain(
    plate: FloatImage,
    photo: FloatImage,
    regions: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    touched: FloatImage,
    rect: Rect,
    seed: int,
) -> FloatImage:
    """The plate of a large photo with grain at the photo's own size, which a reduced fill cannot have."""
    rows, columns = rect.slices()
    crop, label, weight = photo[rows, columns], labels[rows, columns], touched[rows, columns]
    named = np.where(weight > 0, np.uint8(Region.HAIR), regions[rows, columns])
    rng = np.random.default_rng(seed)
    out = plate.copy()
    for layers, region in _SEEN_AS:
        target = np.isin(label, layers)
        inner = bounding_rect(target)
        if inner is None:
            continue
        part = inner.grown(64, rect.width, rect.height).slices()
        texture = grain(crop[part], named[part] == region, target[part], rng)
        area = out[rows, columns][part]
        area[:] = np.clip(area + texture * weight[part][..., None], 0, 1)
    return out
