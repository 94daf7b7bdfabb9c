"""The hair matte of a portrait: closed form towards background, the network's towards skin, cached per photo."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.labels import trimmed_matte
from core.compositing.reading.palette import SEEN_WITHIN, Palette, seen_through, without_foreign
from core.compositing.reading.scarves import without_scarf
from core.compositing.reading.view import READING_FACE, reduced_view
from core.document.geometry import Rect, bounding_rect
from core.faces.face import SKIN_AND_FEATURES, Portrait, Region
from core.imaging.arrays import FloatImage
from core.imaging.matting import (
    blur,
    closed_form,
    dilate,
    distance_to,
    erode,
    foreground_colour,
    guided_filter,
    guided_upsample,
    opened,
)

log = logging.getLogger(__name__)

WORKING_PIXELS = 1.6e6
QUICK_PIXELS = 0.35e6
CACHE_BYTES = 768 * 1024 * 1024


@dataclass(frozen=True, eq=False)
class Matte:
    """Hair of one photo, stored only where there may be some.

    Attributes:
        rect: the part of the photo the arrays cover.
        alpha: [h, w] float32 in 0..1.
        foreground: [h, w, 3] float32 estimated hair colour, defined on all pixels of the part.
        size: (width, height) of the photo.
    """

    rect: Rect
    alpha: FloatImage
    foreground: FloatImage
    size: tuple[int, int]

    def full_alpha(self) -> FloatImage:
        """Alpha [H, W] of the whole photo, zero outside the part."""
        return self.crop_alpha(Rect(0, 0, *self.size))

    def crop_alpha(self, rect: Rect) -> FloatImage:
        """Alpha of any rectangle of the photo."""
        result = np.zeros((rect.height, rect.width), np.float32)
        x0, y0 = max(rect.x0, self.rect.x0), max(rect.y0, self.rect.y0)
        x1, y1 = min(rect.x1, self.rect.x1), min(rect.y1, self.rect.y1)
        if x0 < x1 and y0 < y1:
            own = Rect(x0 - self.rect.x0, y0 - self.rect.y0, x1 - self.rect.x0, y1 - self.rect.y0)
            result[Rect(x0 - rect.x0, y0 - rect.y0, x1 - rect.x0, y1 - rect.y0).slices()] = self.alpha[own.slices()]
        return result


_cache: OrderedDict[tuple[str, str, bool], Matte] = OrderedDict()
_lock = threading.Lock()


def clear_matte_cache() -> None:
    """Forget all mattes."""
    with _lock:
        _cache.clear()


def hair_matte(portrait: Portrait, *, quick: bool = False) -> Matte:
    """The portrait's hair matte and hair colour, from the cache where this photo with this hair was seen before.

    Args:
        quick: network matte refined along edges at reduced size only (first preview); a full matte in the
            cache is used instead when there is one.
    """
    hair = hashlib.sha256(np.ascontiguousarray(portrait.hair).tobytes())
    hair.update(portrait.regions.tobytes() + bytes([portrait.hair_painted]))
    name = hair.hexdigest()
    digest = portrait.photo.digest
    with _lock:
        for kind in (False, True) if quick else (False,):
            found = _cache.get((digest, name, kind))
            if found is not None:
                _cache.move_to_end((digest, name, kind))
                return found
    matte = compute_matte(portrait, quick=quick)
    with _lock:
        _cache[(digest, name, quick)] = matte
        while len(_cache) > 1 and sum(m.alpha.nbytes + m.foreground.nbytes for m in _cache.values()) > CACHE_BYTES:
            _cache.popitem(last=False)
    return matte


def head_hair(portrait: Portrait) -> FloatImage:
    """The soft hair map [H, W] without what the net took for hair: patches apart, wall beside it, scarves."""
    photo, height = portrait.photo, portrait.face.frame.height
    scale = min(1.0, READING_FACE / height)
    view = reduced_view(portrait, scale)
    # Radii follow the scale asked for, not the one that whole pixels made of it.
    view = replace(view, frame=replace(view.frame, height=height * scale))
    hair = view.hair
    kept = trimmed_matte(view)
    kept = without_scarf(replace(view, hair=kept))
    kept = kept * _on_this_head(kept, view.oval, height * scale)
    if np.abs(kept - hair).max() < 0.02:
        return portrait.hair.astype(np.float32)
    share = np.clip(kept / np.maximum(hair, 0.02), 0, 1).astype(np.float32)
    return portrait.hair * cv2.resize(share, (photo.width, photo.height), interpolation=cv2.INTER_LINEAR)


def _on_this_head(hair: FloatImage, oval: NDArray[np.bool_], fh: float) -> FloatImage:
    """1 on patches of hair [H, W] that come near the face, falling to 0 on the others."""
    count, parts = cv2.connectedComponents((hair > 0.3).astype(np.uint8))
    near = distance_to(oval) < 0.25 * fh
    sizes = np.bincount(parts[near], minlength=count)
    own = sizes > 0.002 * fh * fh
    own[0] = False
    others = (parts > 0) & ~own[parts]
    if count <= 2 or not own.any() or not others.any():
        return np.ones_like(hair)
    mine = distance_to(own[parts])
    fade = np.clip(distance_to(others) - 2 - 0.2 * mine, 0, 2).astype(np.float32) / 2
    return np.maximum(fade, (mine < 2).astype(np.float32))


def trimap_of(hair: FloatImage, fh: float) -> FloatImage:
    """Trimap [H, W]: 1 hair, 0 not hair, 0.5 unknown, from a soft hair map; fh in pixels
    (docs/compositing.md, Mattes)."""
    smooth = blur(hair, 0.006 * fh)
    trimap = np.full(hair.shape, 0.5, np.float32)
    trimap[erode(smooth > 0.85, 0.024 * fh)] = 1
    trimap[erode(smooth < 0.10, 0.04 * fh)] = 0
    return trimap


def compute_matte(portrait: Portrait, *, quick: bool = False) -> Matte:
    """As ``hair_matte``, without the cache (docs/compositing.md, Mattes)."""
    photo = portrait.photo
    fh = portrait.face.frame.height
    hair = portrait.hair.astype(np.float32) if portrait.hair_painted else head_hair(portrait)
    some = bounding_rect(hair > 0.04)
    if some is None:
        chin = portrait.face.landmarks[152]
        x, y = int(np.clip(chin[0], 0, photo.width - 1)), int(np.clip(chin[1], 0, photo.height - 1))
        rect = Rect(x, y, x + 1, y + 1)
        return Matte(rect, np.zeros((1, 1), np.float32), np.zeros((1, 1, 3), np.float32), (photo.width, photo.height))
    rect = some.grown(int(0.12 * fh) + 4, photo.width, photo.height)
    scale = float(np.sqrt(min(1.0, (QUICK_PIXELS if quick else WORKING_PIXELS) / (rect.width * rect.height))))
    image = portrait.photo.rgb()[rect.slices()]
    hair, regions = hair[rect.slices()], portrait.regions[rect.slices()]
    if scale > 0.95:
        alpha, colour = _layer(image, hair, regions, fh, painted=portrait.hair_painted, quick=quick)
        return Matte(rect, alpha, colour, (photo.width, photo.height))
    size = (max(8, round(rect.width * scale)), max(8, round(rect.height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small_hair = cv2.resize(hair, size, interpolation=cv2.INTER_AREA)
    small_regions = cv2.resize(regions, size, interpolation=cv2.INTER_NEAREST)
    alpha, colour = _layer(
        small, small_hair, small_regions, fh * scale, painted=portrait.hair_painted, quick=quick)
    return Matte(rect, *_enlarge(image, small, alpha, colour), (photo.width, photo.height))


def _enlarge(
    image: FloatImage, small: FloatImage, alpha: FloatImage, colour: FloatImage
) -> tuple[FloatImage, FloatImage]:
    """Matte and hair colour computed on ``small`` brought to the size of ``image``; strands keep the photo's detail."""
    height, width = image.shape[:2]
    full = guided_upsample(image, small, alpha, 2, 1e-4)
    bound = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR)
    full = np.clip(full, bound - 0.35, bound + 0.35)
    full[bound < 0.004] = 0
    full[bound > 0.996] = 1
    smooth = cv2.resize(colour, (width, height), interpolation=cv2.INTER_LINEAR)
    low = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    weight = np.clip((full - 0.5) / 0.4, 0, 1)[..., None]
    return full, np.clip(smooth + (image - low) * weight, 0, 1)


def face_skin(regions: NDArray[np.uint8], fh: float) -> NDArray[np.bool_]:
    """Skin and features [H, W] without the specks that region nets scatter along and inside the hair."""
    skin = np.isin(regions, SKIN_AND_FEATURES)
    solid = opened(skin, 0.02 * fh)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8))
    large = stats[:, cv2.CC_STAT_AREA] > 0.01 * fh * fh
    large[0] = False
    return large[parts] if count > 1 else solid


def _layer(
    image: FloatImage, hair: FloatImage, regions: NDArray[np.uint8], fh: float, *, painted: bool, quick: bool
) -> tuple[FloatImage, FloatImage]:
    """Matte and hair colour without the old background's light in soft edges, all arrays of one size, fh in pixels."""
    alpha = _alpha(image, hair, regions, fh, painted=painted, quick=quick)
    wall = (regions == Region.BACKGROUND) & (hair < 0.1)
    if quick or not wall.any():
        return alpha, foreground_colour(image, alpha)
    away = distance_to(wall)
    core = (trimap_of(hair, fh) == 1) & (alpha > 0.98) & (away > 0.1 * fh)
    palette = Palette(image, core)
    if not painted:
        alpha = without_foreign(image, alpha, palette, wall, core, fh)
    # Beside skin the soft edge shows skin, whose hue is nothing foreign.
    beyond_skin = np.clip(distance_to(regions == Region.SKIN) / (0.03 * fh) - 0.5, 0, 1)
    soft = np.clip(2 - away / (0.06 * fh), 0, 1) * beyond_skin
    return alpha, palette.limited(foreground_colour(image, alpha), soft.astype(np.float32))


def _alpha(
    image: FloatImage, hair: FloatImage, regions: NDArray[np.uint8], fh: float, *, painted: bool, quick: bool
) -> FloatImage:
    """Both mattes joined and cleaned, all arrays of one size, fh in pixels."""
    guided = guided_filter(image, hair, 0.012 * fh)
    skin = face_skin(regions, fh)
    if painted:
        skin &= hair < 0.5
    near = dilate(skin, 0.03 * fh) if skin.any() else skin
    weight = blur(near.astype(np.float32), 0.015 * fh)
    outer = guided
    if not quick:
        try:
            prior = np.clip((guided - 0.2) / 0.6, 0, 1)
            trimap, through = _doubted(image, hair, regions, fh)
            outer = closed_form(image, trimap, np.where(through, 0, prior))
        except ValueError as error:
            log.info("closed-form matte not available, the network's is used: %s", error)
    alpha = outer * (1 - weight) + np.minimum(guided, hair + 0.1) * weight
    return _clean(alpha, hair, regions, fh, painted=painted)


def _doubted(
    image: FloatImage, hair: FloatImage, regions: NDArray[np.uint8], fh: float
) -> tuple[FloatImage, NDArray[np.bool_]]:
    """The trimap [H, W], open around clothes that are seen through the hair, and where those are.

    Wall is left to the trimap: highlights and lit rims have its colours far more often than those of clothes.
    """
    trimap = trimap_of(hair, fh)
    clothes = (regions == Region.CLOTHES) & (hair < 0.1)
    if not clothes.any():
        return trimap, clothes
    core = (trimap == 1) & (distance_to(clothes) > SEEN_WITHIN * fh)
    through = seen_through(image, hair, Palette(image, core), clothes, core, fh)
    if through.any():
        trimap[dilate(through, 0.02 * fh) & (trimap == 1)] = 0.5
        trimap[erode(through, 0.004 * fh)] = 0
    return trimap, through


def _clean(alpha: FloatImage, hair: FloatImage, regions: NDArray[np.uint8], fh: float, *, painted: bool) -> FloatImage:
    """Stretch, fade beyond the hair, take clothes away; a painted mask is a hard limit
    (docs/compositing.md, Mattes)."""
    clear = np.clip((alpha - 0.04) / 0.92, 0, 1)
    if painted:
        core = erode(hair > 0.9, 0.03 * fh)
        clear = np.maximum(clear, blur(core.astype(np.float32), 0.004 * fh) * core)
        return (clear * np.clip(1.5 - distance_to(hair > 0.5) / max(0.008 * fh, 1.0), 0, 1)).astype(np.float32)
    clear = clear * np.clip(2 - distance_to(hair > 0.25) / max(0.03 * fh, 1.0), 0, 1)
    clothes = erode((regions == Region.CLOTHES) & (hair < 0.25), 0.012 * fh)
    if clothes.any():
        clear = clear * np.clip(distance_to(clothes) / max(0.012 * fh, 1.0), 0, 1)
    return clear.astype(np.float32)
