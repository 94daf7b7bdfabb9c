"""Labels of the region net put right where it is least certain: clothes against wall, skin against clothes, hair."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.faces.face import SKIN_AND_FEATURES, Region
from core.imaging.arrays import FloatImage, Mask
from core.imaging.colour import rgb_to_lab
from core.imaging.inpaint import blur_known
from core.imaging.matting import blur, distance_to, guided_filter, opened
from core.imaging.poisson import pull_push


def usual_shoulders(side: FloatImage) -> FloatImage:
    """Height t of ordinary shoulders at ``side`` (face heights from the face axis), same shape."""
    reach = np.abs(side)
    return (-0.10 - 0.30 * np.maximum(0, reach - 0.25) - 0.9 * np.maximum(0, reach - 0.95)).astype(np.float32)


def colour_odds(image: FloatImage, first: Mask, second: Mask) -> FloatImage:
    """Log odds [H, W] in -4..4 that a pixel of image [H, W, 3] has the colours of first rather than of second.

    From smoothed colour histograms (16 bins per channel of Lab).
    """
    lab = rgb_to_lab(image)
    scaled = (lab - (0, -64, -64)) * (16 / np.array([100, 128, 128])) - 1e-3
    index = np.clip(scaled, 0, 15).astype(np.int64)
    flat = (index[..., 0] * 16 + index[..., 1]) * 16 + index[..., 2]
    tables = []
    for mask in (first, second):
        table = np.bincount(flat[mask], minlength=4096).astype(np.float64).reshape(16, 16, 16)
        for axis in range(3):
            padded = np.pad(table, [(1, 1) if k == axis else (0, 0) for k in range(3)])
            parts = [np.take(padded, np.arange(16) + k, axis=axis) for k in range(3)]
            table = 0.25 * parts[0] + 0.5 * parts[1] + 0.25 * parts[2]
        tables.append((table / max(table.sum(), 1.0) + 2e-5).ravel())
    return np.clip(np.log(tables[0] / tables[1]), -4, 4)[flat].astype(np.float32)


def trimmed_matte(
    image: FloatImage,
    old: FloatImage,
    regions: NDArray[np.uint8],
    t: FloatImage,
    oval: Mask,
    face_height: float,
) -> FloatImage:
    """The old matte [H, W] without patches of wall that the net took for hair.

    A patch goes where its colours are clearly the wall's rather than those of the hair around the face; below the
    chin, where long hair may lighten towards its ends, only where there is hardly a doubt. Grey strands and lit rims
    have the colours of some wall too: the wall right beside the patch has to look like it as well.
    """
    height, width = old.shape
    factor = max(1.0, face_height / 130)
    size = (max(16, round(width / factor)), max(16, round(height / factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    matte = cv2.resize(old, size, interpolation=cv2.INTER_AREA)
    wall = cv2.resize((regions == Region.BACKGROUND).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
    away = distance_to(cv2.resize(oval.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5)
    scale = face_height / factor
    core = (matte > 0.9) & (away < 0.22 * scale)
    wall &= matte < 0.02
    if int(core.sum()) < 60 or int(wall.sum()) < 60:
        return old
    doubtful = (matte > 0.02) & (away > 0.22 * scale)
    odds = colour_odds(small, core, wall)
    odds = spread_odds(small, np.where(doubtful, odds, 0).astype(np.float32), doubtful, scale)
    above = cv2.resize(t, size, interpolation=cv2.INTER_AREA) > -0.15
    stray = opened(doubtful & (odds < np.where(above, -1.2, -2.5)), 0.02 * scale)
    if stray.any():
        hair = (matte > 0.9) & ~stray & (core | (odds > 0))
        stray = opened(stray & like_wall_beside(small, doubtful, wall, hair, scale), 0.02 * scale)
    if not stray.any():
        return old
    keep = 1 - blur(stray.astype(np.float32), 0.8)
    return old * cv2.resize(keep, (width, height), interpolation=cv2.INTER_LINEAR)


def like_wall_beside(
    image: FloatImage, where: Mask, wall: Mask, hair: Mask, face_height: float, share: float = 0.6
) -> Mask:
    """Whether pixels [H, W] look more like the wall next to them than like the hair next to them.

    The colour difference to the wall has to be below this share of that to the hair.
    """
    lab = rgb_to_lab(image)
    own = blur_known(lab, where, 0.01 * face_height)
    to_wall, to_hair = (
        np.linalg.norm(own - pull_push(blur_known(lab, other, 0.08 * face_height), ~other), axis=2)
        for other in (wall, hair))
    return to_wall < share * to_hair


def like_face_skin(image: FloatImage, face: Mask) -> Mask:
    """Pixels [H, W] with the hue of the face's skin, in light or shadow."""
    lab = rgb_to_lab(image)
    middle = np.median(lab[face], axis=0)
    strength = max(float(np.hypot(middle[1], middle[2])), 4.0)
    light = lab[..., 0] / max(float(middle[0]), 1.0)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    turn = np.abs(lab[..., 1] * middle[2] - lab[..., 2] * middle[1]) / (np.maximum(chroma, 1) * strength)
    forward = lab[..., 1] * middle[1] + lab[..., 2] * middle[2] > 0
    like = forward & (turn < 0.42) & (light > 0.15) & (light < 1.25)
    return like & (chroma > 0.4 * strength * np.minimum(light + 0.2, 1)) & (chroma < 1.7 * strength)


def clean_reference(
    image: FloatImage, regions: NDArray[np.uint8], face: Mask, around: FloatImage, margin: float, t: FloatImage
) -> NDArray[np.uint8]:
    """The reference's labels without wall or collar that passes for ears: skin outside the face must look like skin.

    A light on the forehead has another hue too; it differs from wall in that skin and hair enclose it.

    Args:
        image: [H, W, 3] the reference; face: [H, W] bool, inside its outline; around: [H, W] distance outside it.
        margin: distance in pixels up to which the outline itself is trusted.
        t: [H, W] height in the face.
    """
    seen = face & (regions == Region.SKIN)
    if int(seen.sum()) < 100:
        return regions
    odd = (regions == Region.SKIN) & (around > margin) & ~like_face_skin(image, seen)
    odd = opened(odd, max(1.0, 0.6 * margin))
    count, parts = cv2.connectedComponents(odd.astype(np.uint8))
    outside = distance_to(np.isin(regions, (Region.BACKGROUND, Region.CLOTHES))) < 3
    open_to = np.zeros(count, bool)
    open_to[np.unique(parts[outside | (t < 0.85)])] = True
    return np.where(odd & open_to[parts], np.uint8(Region.BACKGROUND), regions)


def clean_regions(
    image: FloatImage,
    regions: NDArray[np.uint8],
    side: FloatImage,
    t: FloatImage,
    oval: Mask,
    face_height: float,
) -> NDArray[np.uint8]:
    """Labels [H, W] with the systematic mistakes of region nets repaired.

    Stray skin islands in the hair become hair, and neck pixels labelled clothes whose colour is the face's skin
    become skin: collars and necks are the least certain labels. Clothes and background are then told apart anew.
    """
    out = regions.copy()
    person = np.isin(regions, SKIN_AND_FEATURES)
    count, parts = cv2.connectedComponents(person.astype(np.uint8))
    if count > 1:
        sizes = np.bincount(parts[oval], minlength=count)
        main = int(sizes[1:].argmax()) + 1
        stray = (regions == Region.SKIN) & (parts != main) & (t > 0.25)
        out[stray] = np.where(np.abs(side[stray]) < 0.75, Region.HAIR, Region.BACKGROUND)
    out[(out == Region.SKIN) & (t > 1.0) & ~opened(out == Region.SKIN, 4)] = Region.HAIR
    face = oval & (regions == Region.SKIN)
    if int(face.sum()) < 100:
        return out
    skin_like = like_face_skin(image, face)
    neck = (t > -0.6) & (t < 0.12) & (np.abs(side) < 0.55) & (regions == Region.CLOTHES) & skin_like
    out[opened(neck, 2) & ~oval] = Region.SKIN
    doubtful = (out == Region.SKIN) & ~oval & (t < -0.12) & ~skin_like
    return tell_clothes(image, out, side, t, face_height, doubtful)


def tell_clothes(
    image: FloatImage,
    regions: NDArray[np.uint8],
    side: FloatImage,
    t: FloatImage,
    face_height: float,
    doubtful: Mask,
) -> NDArray[np.uint8]:
    """Background and clothes told apart by colour, by where shoulders usually are, and only a little by their labels.

    Args:
        doubtful: [H, W] bool, pixels labelled otherwise that may be clothes too.

    Returns:
        Labels [H, W]; unchanged where they are neither background, clothes nor doubtful.
    """
    height, width = regions.shape
    factor = max(1.0, face_height / 130)
    size = (max(16, round(width / factor)), max(16, round(height / factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    labels = cv2.resize(regions, size, interpolation=cv2.INTER_NEAREST)
    doubt = cv2.resize(doubtful.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    s, h = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (side, t))
    open_to = (labels == Region.BACKGROUND) | (labels == Region.CLOTHES) | doubt
    prior = np.clip((usual_shoulders(s) - 0.05 - h) / 0.10, -4, 3)
    named = np.where(labels == Region.CLOTHES, 1.5, np.where(labels == Region.BACKGROUND, -0.7, 0)).astype(np.float32)
    odds = prior + named
    for _ in range(3):
        clothes, wall = open_to & (odds > 1.5), open_to & (odds < -1.5)
        if int(clothes.sum()) < 40 or int(wall.sum()) < 40:
            return regions
        odds = np.clip(colour_odds(small, clothes, wall), -3, 3) + prior + named
        odds = spread_odds(small, odds.astype(np.float32), open_to, face_height / factor)
    garment = _settle(odds > 0, open_to, s, h)
    smooth = cv2.resize(
        blur(garment.astype(np.float32), 0.7), (width, height), interpolation=cv2.INTER_LINEAR
    )
    candidates = (regions == Region.BACKGROUND) | (regions == Region.CLOTHES) | (doubtful & (smooth > 0.5))
    return np.where(candidates, np.where(smooth > 0.5, Region.CLOTHES, Region.BACKGROUND), regions).astype(np.uint8)


def spread_odds(image: FloatImage, odds: FloatImage, known: Mask, face_height: float) -> FloatImage:
    """Odds smoothed along the picture's structure, ignoring pixels that take no part."""
    weight = known.astype(np.float32)
    radius = max(2.0, 0.03 * face_height)
    share = np.maximum(guided_filter(image, weight, radius, 1e-3), 0.2)
    scaled = (np.clip(odds / 24 + 0.5, 0, 1) * weight).astype(np.float32)
    return np.where(known, (guided_filter(image, scaled, radius, 1e-3) / share - 0.5) * 24, odds)


def _settle(garment: Mask, open_to: Mask, side: FloatImage, t: FloatImage) -> Mask:
    """Clothes without floating islands, background without islands enclosed in clothes."""
    out = garment & open_to
    count, parts = cv2.connectedComponents(out.astype(np.uint8))
    reaches = np.zeros(count, bool)
    reaches[np.unique(parts[out & (t < -0.3)])] = True
    reaches[np.unique(parts[-1][out[-1]])] = True
    out &= reaches[parts]
    wall = open_to & ~out
    count, parts = cv2.connectedComponents(wall.astype(np.uint8))
    reaches = np.zeros(count, bool)
    reaches[np.unique(parts[wall & (np.abs(side) > 0.5) & (t > -0.4)])] = True
    return out | (wall & ~reaches[parts])
