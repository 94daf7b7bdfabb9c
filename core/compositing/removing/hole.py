"""What the old hair leaves behind: which pixels are uncovered and what belongs there (docs/compositing.md, Hole)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import HoleLabel
from core.compositing.reading.labels import usual_shoulders
from core.compositing.removing.ears import whole_ears
from core.compositing.removing.missed_strands import missed_strands, remnants
from core.compositing.removing.neckline import HIGHEST, LOWEST, jaw_line, neck_across, neck_half_widths
from core.compositing.removing.scene import Scene
from core.faces.face import SKIN_AND_FEATURES, Region
from core.faces.frame import FaceFrame
from core.imaging.arrays import FloatImage, Mask
from core.imaging.inpaint import harmonic_fill
from core.imaging.matting import blur, dilate, distance_to, erode, opened
from core.imaging.ramps import smoothstep


@dataclass(frozen=True, eq=False)
class Hole:
    """Uncovered pixels and their layer.

    Attributes:
        labels: [H, W] uint8, ``HoleLabel``.
        mask: [H, W] bool, labels != KEEP.
        old_zone: [H, W] bool, everything touched by old hair, covered by new hair or not: never a source of colour.
        column: [H, W] bool, between the neck's sides and below the jaw, seen or hidden.
    """

    labels: NDArray[np.uint8]
    mask: Mask
    old_zone: Mask
    column: Mask


def plan_hole(scene: Scene, *, find_strands: bool = True, layout: FloatImage | None = None) -> Hole:
    """The hole and its layers by rules (docs/compositing.md, Hole), outlines smoothed.

    Args:
        find_strands: whether to look for fine old strands that the matte missed.
        layout: [H, W, 3] in 0..1, how likely background, skin and clothes lie there, from somebody who knows heads;
            asked about the forehead only. None = by the rules alone.
    """
    px = scene.px
    near = dilate(scene.hair > 0.03, px(0.012))
    upper = dilate(scene.hair > 0.15, px(0.035)) & (scene.t > 0.5) & (scene.from_features > px(0.008))
    old_zone = near | upper
    if find_strands:
        old_zone |= missed_strands(scene)
        old_zone |= remnants(scene, old_zone)
    shut = erode(dilate(old_zone, px(0.015)), px(0.015)) & (scene.from_features > px(0.01)) & ~scene.oval
    old_zone |= shut | ((scene.regions == Region.HAIR) & (distance_to(scene.hair > 0.3) < px(0.03)))
    old_zone &= near | ~scene.own_ears
    poking = protruding(scene)
    mask = (old_zone | poking) & (scene.new < 0.995)
    face, neck, clothes, column = layer_fields(scene, old_zone)
    face_soft = blur(face.astype(np.float32), px(0.006))
    below = (scene.t < 0.1) | dilate(column, px(0.03))
    shown = np.isin(scene.regions, (Region.SKIN, Region.LIPS)) & ~old_zone & below
    skin_soft = blur((face | neck | shown).astype(np.float32), px(0.018))
    skin_soft = np.where(below, skin_soft, 0)
    labels = np.full(mask.shape, HoleLabel.BACKDROP, np.uint8)
    labels[clothes] = HoleLabel.CLOTHING
    labels[(skin_soft > 0.5) & ~scene.oval] = HoleLabel.NECK
    labels[face_soft > 0.5] = HoleLabel.FACE_SKIN
    labels[poking & ~old_zone] = HoleLabel.BACKDROP
    if layout is not None:
        labels = _relaid(scene, labels, layout)
    scraps = skin_scraps(scene, mask, labels)
    labels[scraps] = np.where(clothes[scraps], HoleLabel.CLOTHING, HoleLabel.BACKDROP)
    mask |= scraps
    gap = forehead_wall(scene, mask, labels)
    labels[gap] = HoleLabel.FACE_SKIN
    mask |= gap
    labels[~mask] = HoleLabel.KEEP
    return Hole(labels, mask, old_zone | scraps, column)


def _relaid(scene: Scene, labels: NDArray[np.uint8], layout: FloatImage) -> NDArray[np.uint8]:
    """Labels with forehead, not wall, between the face's outline and new hair that grows higher up."""
    gap = forehead_gap(scene.frame, labels, scene.side, scene.t, layout)
    return np.where(gap, np.uint8(HoleLabel.FACE_SKIN), labels)


def forehead_gap(
    frame: FaceFrame, labels: NDArray[np.uint8], side: FloatImage, t: FloatImage, layout: FloatImage
) -> Mask:
    """Where the rules see wall [H, W] and ``layout`` is sure of skin, on the upper skull."""
    return (labels == HoleLabel.BACKDROP) & (t > 0.75) & _skull(frame, side, t) & (layout[..., 1] > 0.55)


def forehead_wall(scene: Scene, mask: Mask, labels: NDArray[np.uint8]) -> Mask:
    """Wall that shows between a forehead and the new hair around it [H, W], where the reference's wider forehead is.

    Only what the hair shuts in: wall that goes on to the outside is seen past the hair, not through it. Slits between
    strands do not count as a way out.
    """
    wall = np.where(mask, labels == HoleLabel.BACKDROP, scene.regions == Region.BACKGROUND) & (scene.new < 0.7)
    wide = opened(wall, max(1.0, scene.px(0.008)))
    count, parts = cv2.connectedComponents(wide.astype(np.uint8))
    outer = np.zeros(count, bool)
    outer[np.unique(parts[scene.from_oval > scene.px(0.2)])] = True
    shut = (parts > 0) & ~outer[parts] & (scene.t > 0.6)
    sizes = np.bincount(parts[shut], minlength=count)
    skin = np.bincount(parts[shut & dilate(scene.reference_skin, scene.px(0.02))], minlength=count)
    found = shut & (skin > 0.8 * np.maximum(sizes, 1))[parts]
    return dilate(found, scene.px(0.015)) & wall & ~(wide & ~found)


def _skull(frame: FaceFrame, side: FloatImage, t: FloatImage) -> Mask:
    """Inside an ordinary skull [H, W]."""
    width = 0.5 * frame.width / frame.height
    return (side / (width * 0.98)) ** 2 + ((t - 0.62) / 0.60) ** 2 < 1


def skin_scraps(scene: Scene, mask: Mask, labels: NDArray[np.uint8]) -> Mask:
    """Slivers of visible skin that lost their company: bits of ear or cheek that showed between strands."""
    visible = np.isin(scene.regions, SKIN_AND_FEATURES) & ~mask
    person = visible | (mask & np.isin(labels, (HoleLabel.FACE_SKIN, HoleLabel.NECK))) | scene.oval
    kept = opened(person, scene.px(0.028))
    lost = ~kept & ~scene.oval & (scene.t > -0.05)
    beside = visible & (distance_to(mask) < scene.px(0.05))
    return lost & (beside | (mask & (labels == HoleLabel.FACE_SKIN) & (scene.t < 0.6)))


BACKDROP_VOTE, CLOTHES_VOTE, SKIN_VOTE = range(3)


class Layers(NamedTuple):
    """Where something would be if no hair hid it, each [H, W] bool; the column is the neck with what covers it."""

    face: Mask
    neck: Mask
    clothes: Mask
    column: Mask


def layer_fields(scene: Scene, old_zone: Mask) -> Layers:
    """Face skin, neck and clothes as if no hair hid them."""
    side, t, px = scene.side, scene.t, scene.px
    skin_r = erode(scene.reference_skin, px(0.008))
    beyond = scene.from_oval
    ramp = smoothstep((t - 0.29) / 0.12)
    face = scene.oval | (skin_r & (beyond < px(1) * (0.004 + 0.014 * ramp)) & (t > -0.02))
    if scene.yaw_difference < 15:
        borrowed = skin_r & (t > 0.2) & (t < 0.8) & (np.abs(side) < 0.62) & (beyond < px(0.2) * ramp)
        face |= borrowed & ~scene.beside_own_ears
    face |= whole_ears(scene)
    face |= skin_r & (t > 0.8) & (np.abs(side) < 0.45)
    face |= scalp(scene)
    face |= hairline(scene, face) | ear_roots(scene, face)
    votes = layer_votes(scene, old_zone)
    clothes = (votes[..., CLOTHES_VOTE] > votes[..., BACKDROP_VOTE]) & (t < shoulder_line(scene, old_zone))
    column = neck_column(scene, old_zone, votes) & ~scene.oval
    neck = neck_zone(scene, column, votes, clothes) & ~face
    return Layers(face, neck, clothes, column)


def scalp(scene: Scene) -> Mask:
    """Inside the skull under new hair: what shines through its roots is skin, not background."""
    skull = _skull(scene.frame, scene.side, scene.t)
    covered = (scene.new > 0.02) | dilate(scene.reference_skin, scene.px(0.02))
    return skull & (scene.t > 0.6) & covered


def ear_roots(scene: Scene, face: Mask) -> Mask:
    """Slits between a borrowed ear and the new hair: too narrow to show the wall."""
    owned = np.isin(scene.reference_regions, (Region.SKIN, Region.HAIR)) & scene.inside & (scene.t > 0.3)
    near = scene.px(0.025)
    return owned & (distance_to(face) < near) & (distance_to(scene.new > 0.9) < near)


def hairline(scene: Scene, face: Mask) -> Mask:
    """Beside the face and under the thin edge of new hair that grows denser further out: skin, not background."""
    upper = face & (scene.t > 0.45)
    band = (distance_to(upper) < scene.px(0.09)) & (scene.t > 0.45) & (scene.new > 0.02)
    if not band.any():
        return band
    middle = scene.frame.chin + scene.frame.up * scene.frame.height * 0.5
    height, width = scene.new.shape
    denser = np.zeros_like(band)
    for ratio in (1.08, 1.16, 1.26):
        shift = middle * (1 - ratio)
        matrix = np.array([[ratio, 0, shift[0]], [0, ratio, shift[1]]])
        further = cv2.warpAffine(
            scene.new, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        denser |= further > 0.85
    return band & denser


def shoulder_line(scene: Scene, old_zone: Mask) -> FloatImage:
    """Highest t [H, W] at which clothes may be invented.

    The shoulder's outline where it is seen against the background, rising gently towards the neck; at least as high
    as the slope of ordinary shoulders. Without it the votes put the shoulders half-way between what shows of the
    clothes and of the background.
    """
    bins, reach = 60, 1.5
    usual = usual_shoulders(scene.side)
    index = np.clip((scene.side + reach) / (2 * reach) * bins, 0, bins - 1).astype(np.int64)
    near = scene.px(0.012)
    free = ~dilate(old_zone, scene.px(0.02))
    outline = (
        (scene.regions == Region.CLOTHES)
        & free
        & (distance_to(scene.regions == Region.BACKGROUND) < near)
        & (scene.t < 0.1)
    )
    where = np.bincount(index[outline], minlength=bins)
    known = np.flatnonzero(where >= max(4.0, near))
    if not known.size:
        return usual.astype(np.float32)
    top = np.bincount(index[outline], weights=scene.t[outline], minlength=bins) / np.maximum(where, 1)
    width = 2 * reach / bins
    gap = np.abs(known[None] - np.arange(bins)[:, None]) * width
    weight = 1 / (gap + 0.01) ** 2
    line = (weight * (top[known] + np.minimum(0.40 * gap, 0.22))).sum(axis=1) / weight.sum(axis=1)
    line = cv2.GaussianBlur(line[None].astype(np.float32), (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)[0]
    place = np.clip((scene.side + reach) / (2 * reach) * bins - 0.5, 0, bins - 1)
    found = np.interp(place.ravel(), np.arange(bins), line).reshape(place.shape)
    return np.maximum(found, usual).astype(np.float32)


def layer_votes(scene: Scene, old_zone: Mask) -> FloatImage:
    """Harmonic extension [H, W, 3] of the visible background, clothes and skin."""
    layers = np.stack(
        [
            scene.regions == Region.BACKGROUND,
            scene.regions == Region.CLOTHES,
            np.isin(scene.regions, SKIN_AND_FEATURES),
        ],
        axis=2,
    ).astype(np.float32)
    known = ~dilate(old_zone, scene.px(0.012)) & (scene.regions != Region.HAIR)
    return harmonic_fill(layers, known, reduce=8, sweeps=24)


def neck_zone(scene: Scene, column: Mask, votes: FloatImage, clothes: Mask) -> Mask:
    """The part of the neck's column that is neck: it is ended by the visible collar."""
    t = scene.t
    favour = np.where(t > -0.12, 0.3, np.where(t > -0.2, 0.10, -0.15 * np.clip((-0.2 - t) / 0.15, 0, 1)))
    return column & ((votes[..., SKIN_VOTE] + favour > votes[..., CLOTHES_VOTE]) | ~clothes)


def neck_column(scene: Scene, old_zone: Mask, votes: FloatImage) -> Mask:
    """Between the neck's sides and below the jaw [H, W]: a plausible neck, at least as wide as the neck that shows."""
    across = neck_across(scene)
    half = 0.27 * scene.frame.width / scene.frame.height
    u = np.maximum(0, -scene.t - 0.15)
    flare = 0.7 * u * u / (u + 0.1)
    flare[votes[..., SKIN_VOTE] < np.maximum(votes[..., BACKDROP_VOTE], votes[..., CLOTHES_VOTE])] *= 0.4
    sides = np.where(across < 0, *neck_half_widths(scene, old_zone, half))
    wide = np.where(u > 0, np.maximum(half + flare, sides), sides)
    top = np.maximum(jaw_line(scene), 0.02)
    return (scene.t > LOWEST) & (scene.t < np.minimum(top, HIGHEST)) & (np.abs(across) < wide)


def protruding(scene: Scene) -> Mask:
    """The identity's skin that would poke out of the new hair (a taller skull, an ear under long hair)."""
    px = scene.px
    skin = (scene.regions == Region.SKIN) & ~scene.oval & (scene.t > 0.15) & (np.abs(scene.side) < 0.8)
    near = distance_to(scene.new > 0.5) < px(0.12)
    empty = (scene.reference_regions == Region.BACKGROUND) & scene.inside & (scene.new < 0.3)
    found = opened(skin & near & empty & ~scene.own_ears, px(0.008))
    if not found.any():
        return found
    grown = dilate(found, px(0.025)) & ~scene.own_ears
    return grown & ~scene.oval & ~scene.reference_skin & ~erode(scene.new > 0.98, 1)
