"""A portrait seen from another side, re-rendered from its own pixels on a head proxy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, bounding_rect, similarity_from_points
from core.document.photo import Photo
from core.faces.align import align_points, crop_points
from core.faces.face import SKIN_AND_FEATURES, Face, Portrait, Region
from core.faces.head_proxy import Turn, TurnedView, fit_head, head_pose, turn_between
from core.faces.mesh import MIRRORED
from core.faces.portraits import crop_portrait
from core.imaging.arrays import FloatImage
from core.imaging.inpaint import blur_known
from core.imaging.matting import blur, dilate, distance_to, erode
from core.imaging.warp import affine_grid, resample

# Cosines of the angle between which the mirror image takes over.
UNSURE = (0.1, 0.45)
# In face heights: how far hair may reach over the edge of the face.
TRIM = 0.02
# In face heights: over how much the mirror image fades out at the edges of its photo.
FRAME = 0.06
# Degrees of turn between which the mirror image may reach below the chin.
SHOULDER_TURN = (8.0, 14.0)
# Degrees: from which pose and turn on the far ear is behind the cheek; how bright hair in its place is.
FAR_POSE, FAR_TURN, BEHIND_CHEEK = 10.0, 8.0, 0.75


@dataclass(frozen=True, eq=False)
class TurnedPortrait:
    """A turned portrait and what of it the photo really shows.

    Attributes:
        portrait: as if photographed from there; same size as the original photo, the head's middle in its old place.
        seen: [H, W] in 0..1, 1 where the original shows this surface.
        turn: how far it was turned.
    """

    portrait: Portrait
    seen: FloatImage
    turn: Turn


def turn_portrait(portrait: Portrait, turn: Turn, check: Callable[[], None] | None = None) -> TurnedPortrait:
    """Turn a portrait's head by yaw and pitch; its picture, labels, hair and landmarks follow.

    Where the photo does not show the surface its mirror image is shown, as far as that does: heads are nearly alike on
    both sides.

    Args:
        check: called between two parts of the work; what it raises ends it.

    Raises:
        ValueError: the face has no height.
    """
    pause = check or _carry_on
    photo = portrait.photo
    view = fit_head(portrait.face.landmarks, portrait.hair).view(turn, photo.width, photo.height)
    pause()
    shown = _sampled(portrait, view.map_x, view.map_y)
    pause()
    if float(view.facing.min()) < UNSURE[1]:
        other_x, other_y, facing = _from_mirror(portrait, view)
        low, high = UNSURE
        pause()
        better = np.clip((facing - view.facing - 0.1) / 0.3, 0, 1) * _room(portrait, other_x, other_y)
        better *= 1 - _beyond_hair(shown, view.frame.height)
        better *= _mirrored_share(view, turn)
        pause()
        weight = (np.clip((high - view.facing) / (high - low), 0, 1) * better).astype(np.float32)
        mirrored = _sampled(portrait, other_x, other_y)
        pause()
        shown = _blended(shown, mirrored, weight)
        pause()
    shown = _without_hidden(shown, _hidden_by_face(portrait, view), view.frame.height)
    pause()
    shown = _without_far_ear(shown, view, turn)
    pause()
    points = view.landmarks
    low_point, high_point = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    face = Face((float(low_point[0]), float(low_point[1]), float(high_point[0]), float(high_point[1])), points,
                portrait.face.confidence, portrait.face.rotation)
    top = 65535 if photo.bit_depth == 16 else 255
    pixels = np.rint(np.clip(shown.image, 0, 1) * top).astype(photo.pixels.dtype)
    made = Portrait(
        Photo(pixels, None, photo.icc, photo.path, photo.source_mode), face,
        align_points(crop_points(points), scale=portrait.alignment.scale), shown.regions, np.clip(shown.hair, 0, 1),
        portrait.hair_painted, portrait.warnings)
    seen = view.seen * _inside(view.map_x, view.map_y, photo)
    rect = _whole_part(portrait, view, made.face.box)
    if rect.width == photo.width and rect.height == photo.height:
        return TurnedPortrait(made, seen, turn)
    return TurnedPortrait(crop_portrait(made, rect), seen[rect.slices()], turn)


def _mirrored_share(view: TurnedView, turn: Turn) -> FloatImage:
    """How far the mirror image may count, [H, W]: below the chin only in large turns.

    A small turn hides next to nothing, and hair that lies on one shoulder does not lie on the other.
    """
    height, width = view.map_x.shape
    _, t = view.frame.maps(width, height)
    large = float(np.clip((abs(turn.yaw) - SHOULDER_TURN[0]) / (SHOULDER_TURN[1] - SHOULDER_TURN[0]), 0, 1))
    return np.maximum(np.clip(t / 0.2 + 0.5, 0, 1), np.float32(large)).astype(np.float32)


def _carry_on() -> None:
    """Nobody wants anything to end."""


@dataclass(frozen=True, eq=False)
class _Shown:
    """Picture [H, W, 3], labels [H, W] and hair [H, W] while a portrait is being turned."""

    image: FloatImage
    regions: NDArray[np.uint8]
    hair: FloatImage


def _sampled(portrait: Portrait, map_x: FloatImage, map_y: FloatImage) -> _Shown:
    hair = resample(portrait.hair, map_x, map_y, outside=0).astype(np.float32)
    return _Shown(resample(portrait.photo.rgb(), map_x, map_y),
                  resample(portrait.regions, map_x, map_y, smooth=False, outside=0), hair)


def _inside(map_x: FloatImage, map_y: FloatImage, photo: Photo) -> NDArray[np.bool_]:
    return (map_x > -1) & (map_x < photo.width) & (map_y > -1) & (map_y < photo.height)


def _room(portrait: Portrait, map_x: FloatImage, map_y: FloatImage) -> FloatImage:
    """1 inside the photo that a map reads, falling to 0 at its edges [H, W]."""
    width, height = portrait.photo.width, portrait.photo.height
    room = np.minimum(np.minimum(map_x, width - 1 - map_x), np.minimum(map_y, height - 1 - map_y))
    reach = FRAME * portrait.face.frame.height
    return np.clip(room / reach, 0, 1).astype(np.float32)


def _beyond_hair(shown: _Shown, height: float) -> FloatImage:
    """1 outside a head where its outline is hair, so that a mirror image makes no hair wider; 0 beside bare skin."""
    hair = shown.hair > 0.5
    body = hair | np.isin(shown.regions, SKIN_AND_FEATURES)
    if not body.any() or body.all():
        return np.zeros_like(shown.hair)
    rim = (body & (distance_to(~body) < 0.06 * height)).astype(np.float32)
    share = blur(rim * hair, 0.06 * height) / np.maximum(blur(rim, 0.06 * height), 1e-4)
    outside = np.clip(distance_to(body) / (0.05 * height) - 0.4, 0, 1)
    return (np.clip(2 * share - 0.5, 0, 1) * outside).astype(np.float32)


def _blended(one: _Shown, other: _Shown, weight: FloatImage) -> _Shown:
    """The second over the first by weight [H, W]."""
    share = weight[..., None]
    image = one.image * (1 - share) + other.image * share
    regions = np.where(weight > 0.5, other.regions, one.regions)
    hair = one.hair * (1 - weight) + other.hair * weight
    return _Shown(image.astype(np.float32), regions, hair.astype(np.float32))


def _without_hidden(shown: _Shown, hidden: NDArray[np.bool_], height: float) -> _Shown:
    """Skin of the face beside it where hair is hidden behind the cheek."""
    hidden = hidden & (shown.hair > 0.05)
    box = bounding_rect(hidden)
    if box is None:
        return shown
    reach = 0.08 * height
    part = box.grown(int(3 * reach), hidden.shape[1], hidden.shape[0]).slices()
    skin = (shown.regions[part] == Region.SKIN) & (shown.hair[part] < 0.05)
    image, hair, regions = shown.image.copy(), shown.hair.copy(), shown.regions.copy()
    hair[hidden] = 0
    regions[hidden] = Region.SKIN if skin.any() else Region.BACKGROUND
    if skin.any():
        filled = blur_known(shown.image[part], skin, reach)
        image[part] = np.where(hidden[part][..., None], filled, shown.image[part])
    return _Shown(image, regions, hair)


def _without_far_ear(shown: _Shown, view: TurnedView, turn: Turn) -> _Shown:
    """Hair in the place of the ear that went behind the cheek, where a head turned away and hair hangs beyond it."""
    yaw, frame = head_pose(view.landmarks).yaw, view.frame
    if abs(yaw) < FAR_POSE or turn.yaw * yaw < 0 or abs(turn.yaw) < FAR_TURN:
        return shown
    height, width = shown.regions.shape
    side, t = frame.maps(width, height)
    side = side * np.float32(np.sign(yaw))
    hair = shown.hair > 0.5
    outward = np.maximum.accumulate(hair[:, ::-1], axis=1)[:, ::-1] if yaw > 0 else np.maximum.accumulate(hair, axis=1)
    face = _face_outline(view.landmarks, height, width)
    ear = (shown.regions == Region.SKIN) & ~hair & ~face & outward & (side > 0) & (t > 0.12) & (t < 0.9)
    box = bounding_rect(ear)
    if box is None:
        return shown
    reach = 0.05 * frame.height
    part = box.grown(int(4 * reach), width, height).slices()
    core = shown.hair[part] > 0.9
    if not core.any():
        return shown
    weight = blur(dilate(ear[part], 0.012 * frame.height).astype(np.float32), 0.006 * frame.height)
    weight = weight * ~erode(face, 0.01 * frame.height)[part]
    image, soft, regions = shown.image.copy(), shown.hair.copy(), shown.regions.copy()
    share = weight[..., None]
    shade = BEHIND_CHEEK * blur_known(shown.image[part], core, reach)
    image[part] = shown.image[part] * (1 - share) + shade * share
    soft[part] = np.maximum(soft[part], weight)
    regions[part][weight > 0.5] = Region.HAIR
    return _Shown(image, regions, soft)


def _from_mirror(portrait: Portrait, view: TurnedView) -> tuple[FloatImage, FloatImage, FloatImage]:
    """Where the mirror image of a portrait shows what ``view`` shows: maps (x, y) [H, W] into the photo as it is, and
    under which angle."""
    width, height = portrait.photo.width, portrait.photo.height
    landmarks = portrait.face.landmarks[MIRRORED].copy()
    landmarks[:, 0] = width - 1 - landmarks[:, 0]
    proxy = fit_head(landmarks, np.ascontiguousarray(portrait.hair[:, ::-1]))
    turned = proxy.view(turn_between(landmarks, view.landmarks), width, height)
    place = similarity_from_points(view.landmarks[:, :2].astype(np.float64), turned.landmarks[:, :2].astype(np.float64))
    xs, ys = affine_grid(place, np.arange(width), np.arange(height))
    found = [cv2.remap(field, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
             for field in (turned.map_x, turned.map_y, turned.facing)]
    # Beyond the picture the maps go on evenly, out of the photo.
    found[0] += xs - np.clip(xs, 0, width - 1)
    found[1] += ys - np.clip(ys, 0, height - 1)
    return np.float32(width - 1) - found[0], found[1], found[2]


def _hidden_by_face(portrait: Portrait, view: TurnedView) -> NDArray[np.bool_]:
    """Hair [H, W] that hung beside the face and lies on it after the turn: it would be behind the cheek.

    The scan-line rule of StyleGAN Salon with its trim of 3 of 256 pixels; hair above the brows stays.
    """
    height, width = view.map_x.shape
    trim = TRIM * view.frame.height
    now = erode(_face_outline(view.landmarks, height, width), trim)
    before = _face_outline(portrait.face.landmarks, height, width).astype(np.uint8)
    on_face = cv2.remap(before, view.map_x, view.map_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT) > 0
    _, t = view.frame.maps(width, height)
    return now & ~dilate(on_face, 2 * trim) & (t < 0.7)


def _face_outline(landmarks: NDArray[np.floating], height: int, width: int) -> NDArray[np.bool_]:
    """Inside of the smallest convex outline around a face's landmarks, [height, width]."""
    hull = cv2.convexHull(np.round(landmarks[:, :2]).astype(np.int32))
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, hull, 1)
    return mask > 0


def _whole_part(portrait: Portrait, view: TurnedView, face: tuple[float, float, float, float]) -> Rect:
    """The part of a turned picture in which no hair was cut by an edge of the photo.

    Turned, such an edge is no longer straight; cut off straight again, hair there is continued like that of any photo.
    """
    width, height = portrait.photo.width, portrait.photo.height
    hair, x, y = portrait.hair > 0.5, view.map_x, view.map_y
    column, row = np.clip(x, 0, width - 1).astype(np.intp), np.clip(y, 0, height - 1).astype(np.intp)
    x0, y0, x1, y1 = 0, 0, width, height
    missing = (y < 0) & hair[0][column]
    if missing.any():
        y0 = min(int(np.flatnonzero(missing.any(axis=1))[-1]) + 1, max(0, int(face[1]) - 4))
    missing = (y > height - 1) & hair[-1][column]
    if missing.any():
        y1 = max(int(np.flatnonzero(missing.any(axis=1))[0]), min(height, int(face[3]) + 4))
    missing = (x < 0) & hair[:, 0][row]
    if missing.any():
        x0 = min(int(np.flatnonzero(missing.any(axis=0))[-1]) + 1, max(0, int(face[0]) - 4))
    missing = (x > width - 1) & hair[:, -1][row]
    if missing.any():
        x1 = max(int(np.flatnonzero(missing.any(axis=0))[0]), min(width, int(face[2]) + 4))
    return Rect(x0, y0, x1, y1)
