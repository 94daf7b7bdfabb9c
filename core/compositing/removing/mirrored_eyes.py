"""What hair hides of one eye and its brow, seen in the mirror: faces are nearly symmetric, and nothing else knows them.

Only ratios to the skin's own base colour are taken over, so the light stays that of the side they go to.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.glasses import glasses_over
from core.compositing.removing.scene import Scene
from core.compositing.removing.skin_base import OFFSET
from core.document.geometry import bounding_rect
from core.faces.face import Region
from core.faces.mesh import BROW_POLYGONS, EYE_POLYGONS, MIRRORED
from core.imaging.arrays import FloatImage, Mask
from core.imaging.matting import blur, dilate, distance_to, erode
from core.imaging.polygon import polygon_mask

HIDDEN, SEEN = 0.05, 0.12
"""Least share of an eye or brow that is removed, and largest share of the opposite ones, to look in the mirror."""
LACKING = 0.12
"""Largest share of what is hidden that the mirror may not show either: half a brow from it is worse than none."""
TURNED = 2.1
"""How many times further one cheek may be from the middle of the face than the other."""
_BRIDGE, _CHEEKS = 168, (234, 454)
"""Landmarks between the eyes and where the face ends beside them."""
_REACH = 0.22
"""How far from an eye landmarks are asked where it lies in the mirror (standard deviation, face heights)."""
_CARRIED, _FURTHEST = 0.03, 0.04
"""How far what shows moves what is hidden beside it, and by how much at most (face heights)."""
_RIM = 0.12
"""How far from eye and brow the rim of glasses is taken along (face heights)."""
_SMALLEST = 32


@dataclass(frozen=True, eq=False)
class Opposite:
    """Eyes and brows from the mirror.

    Attributes:
        factor: [H, W, 3], the colours as factors of the skin's base (8/255 added to both).
        weight: [H, W] in 0..1, where they are meant.
    """

    factor: FloatImage
    weight: FloatImage


def opposite_features(scene: Scene, base: FloatImage, removed: Mask) -> Opposite | None:
    """The eye or brow that is removed with old hair and not covered by new, from the other side of the face.

    None where nothing of them is hidden, where the opposite ones are hidden too, and where the head is turned too far.
    The rim of glasses comes along.

    Args:
        base: [H, W, 3] in 0..1, the skin's smooth colour.
        removed: [H, W] bool, what is filled: under old hair, or so close to it that it is not trusted.
    """
    if not _frontal(scene):
        return None
    found = Opposite(np.ones_like(base), np.zeros(scene.hair.shape, np.float32))
    for k in (0, 1):
        if _share(scene, k, removed & (scene.new < 0.5)) < HIDDEN or _share(scene, 1 - k, scene.hair > 0.3) > SEEN:
            continue
        _look(scene, base, removed, k, found)
    return found if found.weight.any() else None


def _look(scene: Scene, base: FloatImage, removed: Mask, k: int, found: Opposite) -> None:
    """Enter one side's eye and brow into ``found``, each if the mirror shows all that is hidden of it."""
    zone = _surroundings(scene, k)
    rect = bounding_rect(zone)
    if rect is None:
        return
    height, width = zone.shape
    rect = rect.grown(round(scene.px(_RIM)), width, height)
    part = rect.slices()
    ratio = np.clip((scene.image + OFFSET) / (np.maximum(base, 0) + OFFSET), 0.02, 4).astype(np.float32)
    known = (~dilate(scene.hair > 0.03, scene.px(0.012)) & scene.oval).astype(np.float32)
    matrix = _to_opposite(scene, k)
    columns, rows = np.meshgrid(
        np.arange(rect.x0, rect.x1, dtype=np.float32), np.arange(rect.y0, rect.y1, dtype=np.float32)
    )

    def seen(image: FloatImage, shift: FloatImage) -> FloatImage:
        x, y = columns + shift[..., 0], rows + shift[..., 1]
        there = [(m[0] * x + m[1] * y + m[2]).astype(np.float32) for m in matrix]
        return cv2.remap(image, there[0], there[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    still = np.zeros((rect.height, rect.width, 2), np.float32)
    shows = zone[part] & (seen(known, still) > 0.99) & ~dilate(scene.hair > 0.03, scene.px(0.008))[part]
    shift = _shift(scene, ratio[part], seen(ratio, still), shows)
    there = seen(known, shift) > 0.99
    whole = [_is_whole((outline & removed)[part], there) for outline in _outlines(scene, k)]
    if not any(whole):
        return
    if not all(whole):
        zone = _surroundings(scene, k, eye=whole[0], brow=whole[1])
    inside = zone[part] | ((seen(_glasses(scene), shift) > 0.5) & scene.oval[part])
    weight = blur(erode(inside & there, scene.px(0.006)).astype(np.float32), scene.px(0.008))
    inner = found.factor[part]
    inner += (np.clip(seen(ratio, shift), 0.02, 4) - inner) * (weight > found.weight[part])[..., None]
    found.weight[part] = np.maximum(found.weight[part], weight)


def _is_whole(needed: Mask, there: Mask) -> bool:
    """Whether the mirror shows nearly all that is needed."""
    return float((needed & ~there).sum()) <= LACKING * float(needed.sum())


def _frontal(scene: Scene) -> bool:
    """Whether both halves of the face are about equally wide in the picture."""
    offsets = scene.landmarks[list(_CHEEKS)] - scene.landmarks[_BRIDGE]
    widths = np.abs(offsets @ scene.frame.right)
    return bool(widths.max() < TURNED * widths.min())


def _outlines(scene: Scene, k: int) -> list[Mask]:
    """Eye and brow of one side by their landmarks, each [H, W]."""
    polygons = (EYE_POLYGONS[k], BROW_POLYGONS[k])
    return [polygon_mask(scene.landmarks[list(polygon)], *scene.hair.shape) for polygon in polygons]


def _share(scene: Scene, k: int, where: Mask) -> float:
    """How much of one side's eye or brow, whichever is more, lies in ``where``."""
    return max(float(where[mask].mean()) if mask.any() else 1.0 for mask in _outlines(scene, k))


def _glasses(scene: Scene) -> FloatImage:
    """1 where glasses lie over the face [H, W], 0 elsewhere."""
    skin = scene.regions == Region.SKIN
    face = skin & scene.oval & (scene.hair < 0.03)
    found = glasses_over(scene, skin, face)
    return (found & scene.oval).astype(np.float32)


def _surroundings(scene: Scene, k: int, *, eye: bool = True, brow: bool = True) -> Mask:
    """One side's eye and brow with the skin between and close to them [H, W]."""
    mask = np.zeros(scene.hair.shape, np.uint8)
    chosen = (EYE_POLYGONS[k] if eye else ()) + (BROW_POLYGONS[k] if brow else ())
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(scene.landmarks[list(chosen)]).astype(np.int32)), 1)
    return dilate(mask > 0, scene.px(0.035))


def _to_opposite(scene: Scene, k: int) -> NDArray[np.float64]:
    """Affine map [2, 3] from the pixels around one eye to those around the opposite one.

    Landmarks under hair are guesses, so the others near by have the say.
    """
    points = scene.landmarks
    middle = points[list(EYE_POLYGONS[k])].mean(axis=0)
    height, width = scene.hair.shape
    columns = np.clip(np.round(points[:, 0]).astype(int), 0, width - 1)
    rows = np.clip(np.round(points[:, 1]).astype(int), 0, height - 1)
    weight = np.exp(-np.square((points - middle) / scene.px(_REACH)).sum(axis=1) / 2)
    weight *= np.where(scene.hair[rows, columns] > 0.1, 0.02, 1.0)
    root = np.sqrt(weight)[:, None]
    design = np.concatenate([points - middle, np.ones((len(points), 1))], axis=1)
    linear = np.linalg.lstsq(design * root, points[MIRRORED] * root, rcond=None)[0].T
    return np.concatenate([linear[:, :2], linear[:, 2:] - linear[:, :2] @ middle[:, None]], axis=1)


def _shift(scene: Scene, own: FloatImage, seen: FloatImage, shows: Mask) -> FloatImage:
    """How far [H, W, 2] to the right and down to look in the mirror image so that it continues what shows.

    Dense optical flow (Kroeger et al. 2016) where both show, carried on under the hair beside it: the gaze, above
    all, is not mirrored.
    """
    shift = np.zeros((*shows.shape, 2), np.float32)
    inner = erode(shows, scene.px(0.006))
    if min(shows.shape) < _SMALLEST or not inner.any():
        return shift
    # Where hair hides one of them nothing is to move; the soft edge keeps that from looking like an outline.
    other = seen.mean(axis=2)
    soft = blur(shows.astype(np.float32), scene.px(0.004))
    mine = other + (own.mean(axis=2) - other) * soft
    grey = [np.clip(image * 140, 0, 255).astype(np.uint8) for image in (mine, other)]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = search.calc(grey[0], grey[1], np.zeros_like(shift))
    edges = np.hypot(cv2.Sobel(mine, cv2.CV_32F, 1, 0), cv2.Sobel(mine, cv2.CV_32F, 0, 1))
    trust = (inner * (edges + 0.01)).astype(np.float32)
    near, limit = scene.px(_CARRIED), scene.px(_FURTHEST)
    share = np.exp(-np.square(distance_to(inner) / (3 * near)))
    total = np.maximum(blur(trust, near), 1e-6)
    for c in (0, 1):
        shift[..., c] = blur(np.clip(flow[..., c], -limit, limit) * trust, near) / total * share
    return shift
