"""Labels of the region net put right where it is least certain: clothes against wall, skin against clothes, hair."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.colours import colour_odds, like_face_skin, like_wall_beside, spread_odds
from core.compositing.reading.view import PortraitView
from core.faces.face import SKIN_AND_FEATURES, Region
from core.imaging.arrays import FloatImage, Mask
from core.imaging.matting import blur, distance_to, opened

_COARSE_FACE = 130
"""Face height in pixels at which colours are compared: what is finer says nothing about whose it is."""


def usual_shoulders(side: FloatImage) -> FloatImage:
    """Height t of ordinary shoulders at ``side`` (face heights from the face axis), same shape."""
    reach = np.abs(side)
    return (-0.10 - 0.30 * np.maximum(0, reach - 0.25) - 0.9 * np.maximum(0, reach - 0.95)).astype(np.float32)


def trimmed_matte(view: PortraitView) -> FloatImage:
    """The hair [H, W] of a view without patches of wall that the net took for hair; the same object without any.

    A patch goes where its colours are clearly the wall's rather than those of the hair around the face; below the
    chin, where long hair may lighten towards its ends, only where there is hardly a doubt. Grey strands and lit rims
    have the colours of some wall too: the wall right beside the patch has to look like it as well.
    """
    height, width = view.hair.shape
    factor = max(1.0, view.frame.height / _COARSE_FACE)
    size = (max(16, round(width / factor)), max(16, round(height / factor)))
    small = cv2.resize(view.image, size, interpolation=cv2.INTER_AREA)
    matte = cv2.resize(view.hair, size, interpolation=cv2.INTER_AREA)
    wall = cv2.resize((view.regions == Region.BACKGROUND).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
    away = distance_to(cv2.resize(view.oval.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5)
    scale = view.frame.height / factor
    core = (matte > 0.9) & (away < 0.22 * scale)
    wall &= matte < 0.02
    if int(core.sum()) < 60 or int(wall.sum()) < 60:
        return view.hair
    doubtful = (matte > 0.02) & (away > 0.22 * scale)
    odds = colour_odds(small, core, wall)
    odds = spread_odds(small, np.where(doubtful, odds, 0).astype(np.float32), doubtful, scale)
    above = cv2.resize(view.t, size, interpolation=cv2.INTER_AREA) > -0.15
    stray = opened(doubtful & (odds < np.where(above, -1.2, -2.5)), 0.02 * scale)
    if stray.any():
        hair = (matte > 0.9) & ~stray & (core | (odds > 0))
        stray = opened(stray & like_wall_beside(small, doubtful, wall, hair, scale), 0.02 * scale)
    if not stray.any():
        return view.hair
    keep = 1 - blur(stray.astype(np.float32), 0.8)
    return view.hair * cv2.resize(keep, (width, height), interpolation=cv2.INTER_LINEAR)


def clean_reference(view: PortraitView, margin: float) -> NDArray[np.uint8]:
    """Labels [H, W] without wall or collar that passes for ears: skin outside the face must look like skin.

    A light on the forehead has another hue too; it differs from wall in that skin and hair enclose it.

    Args:
        margin: distance in pixels up to which the outline itself is trusted.
    """
    regions = view.regions
    seen = view.oval & (regions == Region.SKIN)
    if int(seen.sum()) < 100:
        return regions
    odd = (regions == Region.SKIN) & (view.from_oval > margin) & ~like_face_skin(view.image, seen)
    odd = opened(odd, max(1.0, 0.6 * margin))
    count, parts = cv2.connectedComponents(odd.astype(np.uint8))
    outside = distance_to(np.isin(regions, (Region.BACKGROUND, Region.CLOTHES))) < 3
    open_to = np.zeros(count, bool)
    open_to[np.unique(parts[outside | (view.t < 0.85)])] = True
    return np.where(odd & open_to[parts], np.uint8(Region.BACKGROUND), regions)


def clean_regions(view: PortraitView) -> NDArray[np.uint8]:
    """Labels [H, W] with the systematic mistakes of region nets repaired.

    Stray skin islands in the hair become hair, and neck pixels labelled clothes whose colour is the face's skin
    become skin: collars and necks are the least certain labels. Clothes and background are then told apart anew.
    """
    regions, side, t, oval = view.regions, view.side, view.t, view.oval
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
    skin_like = like_face_skin(view.image, face)
    neck = (t > -0.6) & (t < 0.12) & (np.abs(side) < 0.55) & (regions == Region.CLOTHES) & skin_like
    out[opened(neck, 2) & ~oval] = Region.SKIN
    doubtful = (out == Region.SKIN) & ~oval & (t < -0.12) & ~skin_like
    return tell_clothes(replace(view, regions=out), doubtful)


def tell_clothes(view: PortraitView, doubtful: Mask) -> NDArray[np.uint8]:
    """Background and clothes told apart by colour, by where shoulders usually are, and only a little by their labels.

    Args:
        doubtful: [H, W] bool, pixels labelled otherwise that may be clothes too.

    Returns:
        Labels [H, W]; unchanged where they are neither background, clothes nor doubtful.
    """
    regions = view.regions
    height, width = regions.shape
    factor = max(1.0, view.frame.height / _COARSE_FACE)
    size = (max(16, round(width / factor)), max(16, round(height / factor)))
    small = cv2.resize(view.image, size, interpolation=cv2.INTER_AREA)
    labels = cv2.resize(regions, size, interpolation=cv2.INTER_NEAREST)
    doubt = cv2.resize(doubtful.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    s, h = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (view.side, view.t))
    open_to = (labels == Region.BACKGROUND) | (labels == Region.CLOTHES) | doubt
    prior = np.clip((usual_shoulders(s) - 0.05 - h) / 0.10, -4, 3)
    named = np.where(labels == Region.CLOTHES, 1.5, np.where(labels == Region.BACKGROUND, -0.7, 0)).astype(np.float32)
    odds = prior + named
    for _ in range(3):
        clothes, wall = open_to & (odds > 1.5), open_to & (odds < -1.5)
        if int(clothes.sum()) < 40 or int(wall.sum()) < 40:
            return regions
        odds = np.clip(colour_odds(small, clothes, wall), -3, 3) + prior + named
        odds = spread_odds(small, odds.astype(np.float32), open_to, view.frame.height / factor)
    garment = _settle(odds > 0, open_to, s, h)
    smooth = cv2.resize(
        blur(garment.astype(np.float32), 0.7), (width, height), interpolation=cv2.INTER_LINEAR
    )
    candidates = (regions == Region.BACKGROUND) | (regions == Region.CLOTHES) | (doubtful & (smooth > 0.5))
    return np.where(candidates, np.where(smooth > 0.5, Region.CLOTHES, Region.BACKGROUND), regions).astype(np.uint8)


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
