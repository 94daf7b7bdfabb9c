"""What a composite changed, what a generator may invent, and the user's own protect and ignore masks."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite, HoleLabel, WarpedReference
from core.faces.face import Portrait, Region
from core.faces.frame import FaceFrame
from core.imaging.arrays import FloatImage
from core.imaging.matting import blur, dilate, distance_to, opened
from core.imaging.ramps import smoothstep

GAP_HEIGHTS, GAP_SIDE, GAP_REACH = (-0.35, 0.75), 0.8, 0.12
"""Where a gap beside the face may lie: heights, distance from the axis and from what is face (face heights)."""
GAP_SHADE = 0.55
"""How bright the hair is that is seen through a gap, of the hair's own colour: it lies in the shadow of the head."""
FEATHER = 3
"""Pixels over which the edit mask falls to 0."""
DISC = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
MASK_PIXELS = 1.5e6
"""Size above which the soft mask for a generator is computed reduced."""
_FREEDOM = {HoleLabel.FACE_SKIN: 1.0, HoleLabel.NECK: 1.0, HoleLabel.CLOTHING: 0.7, HoleLabel.BACKDROP: 0.35}
"""How much a generator may change what was filled: most where fills are worst."""
_OLD_HAIRLINE, _RIM = 0.8, 0.25
"""The same for skin beside the old hairline and for the new hair's soft edge."""


def close_gaps(
    plate: FloatImage,
    hole: NDArray[np.uint8],
    regions: NDArray[np.uint8],
    warped: WarpedReference,
    foreground: FloatImage,
    frame: FaceFrame,
) -> FloatImage:
    """Plate [H, W, 3] with hair shade where background would show between a narrow face and the new hair.

    Filled: the reference shows skin, the plate background, and hair lies outward on the same row, -0.35 < t < 0.75
    (docs/compositing.md, Gap). The fill is the local hair colour x 0.55.
    """
    alpha = warped.alpha
    side, t = frame.maps(alpha.shape[1], alpha.shape[0])
    empty = np.where(hole == HoleLabel.KEEP, regions == Region.BACKGROUND, hole == HoleLabel.BACKDROP)
    hair = alpha > 0.5
    rightward = np.maximum.accumulate(hair[:, ::-1], axis=1)[:, ::-1]
    leftward = np.maximum.accumulate(hair, axis=1)
    outward = np.where(side > 0, rightward, leftward)
    beside = (t > GAP_HEIGHTS[0]) & (t < GAP_HEIGHTS[1]) & (np.abs(side) < GAP_SIDE)
    gap = empty & (warped.regions == Region.SKIN) & warped.inside & outward & beside
    face = np.isin(hole, (HoleLabel.FACE_SKIN, HoleLabel.NECK)) | ((hole == HoleLabel.KEEP) & (regions == Region.SKIN))
    gap &= distance_to(opened(face, 0.01 * frame.height)) < GAP_REACH * frame.height
    gap = opened(gap, 0.004 * frame.height)
    if not gap.any():
        return plate
    # Earrings and ears the matte half takes for hair: what shines through beside the gap belongs to it.
    gap |= dilate(gap, 0.03 * frame.height) & empty & outward & (alpha > 0.02)
    weight = blur(dilate(gap, 0.006 * frame.height).astype(np.float32), 0.005 * frame.height) * empty
    share = blur(alpha, 0.04 * frame.height)
    colour = blur(foreground * alpha[..., None], 0.04 * frame.height) / np.maximum(share, 1e-3)[..., None]
    weight = (weight * np.clip((share - 0.12) / 0.15, 0, 1))[..., None]
    return plate * (1 - weight) + GAP_SHADE * colour * weight


def edit_mask(
    image: FloatImage, original: FloatImage, alpha: FloatImage, hole: NDArray[np.uint8], invented: FloatImage
) -> FloatImage:
    """Edit mask [H, W]: 1 where the composite differs from the original, falling to exactly 0 within a few pixels.

    Places where a frame cut the new hair (``invented``) count as changed, so that a generator may grow it there.
    Differences far below one level of an 8-bit file do not count outside hair and hole.
    """
    changed = np.abs(image - original).max(axis=2) > 0.25 / 255
    changed |= (alpha > 0) | (hole != HoleLabel.KEEP) | (invented > 0.02)
    near = changed.astype(np.uint8)
    edit = np.where(changed, np.float32(1), np.float32(0))
    for step in range(1, FEATHER + 1):
        wider = cv2.dilate(near, DISC)
        edit[(wider > near)] = 1 - step / (FEATHER + 1)
        near = wider
    return edit


def invent_mask(
    identity: Portrait,
    warped: WarpedReference,
    old_alpha: FloatImage,
    hole: NDArray[np.uint8],
    invented: FloatImage,
    frame: FaceFrame,
) -> FloatImage:
    """Where a generator may change the composite [H, W] in 0..1 (docs/compositing.md, Generator).

    Removed hair over face and neck 1, over clothes 0.7, over background 0.35; the band of skin beside the old hairline
    0.8; hair that the reference's frame cut 1; the soft rim against the background 0.25.
    """
    height, width = hole.shape
    scale = float(np.sqrt(min(1.0, MASK_PIXELS / hole.size)))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    frame = replace(frame, chin=frame.chin * scale, height=frame.height * scale, width=frame.width * scale)

    def small(array: NDArray) -> NDArray:
        flags = cv2.INTER_NEAREST if array.dtype == np.uint8 else cv2.INTER_AREA
        return array if scale == 1 else cv2.resize(array, size, interpolation=flags)

    weight = _invent_weight(
        small(identity.regions), small(warped.regions), small(warped.alpha), small(old_alpha), small(hole),
        small(invented), frame)
    return weight if scale == 1 else cv2.resize(weight, (width, height), interpolation=cv2.INTER_LINEAR)


def _invent_weight(
    regions: NDArray[np.uint8],
    reference_regions: NDArray[np.uint8],
    alpha: FloatImage,
    old_alpha: FloatImage,
    hole: NDArray[np.uint8],
    invented: FloatImage,
    frame: FaceFrame,
) -> FloatImage:
    """As ``invent_mask``, on pictures of one size."""
    fh = frame.height
    weight = np.zeros(hole.shape, np.float32)
    for label, value in _FREEDOM.items():
        weight[hole == label] = value
    _, t = frame.maps(hole.shape[1], hole.shape[0])
    near_old = dilate(old_alpha > 0.3, 0.06 * fh)
    weight = np.maximum(weight, _OLD_HAIRLINE * (near_old & (regions == Region.SKIN) & (t > 0.3)))
    neck = hole == HoleLabel.NECK
    if neck.any():
        step = dilate(neck, 0.03 * fh) & (t < 0.2)
        weight = np.maximum(weight, 1.0 * step)
    weight = weight * (1 - alpha)
    rim = 4 * alpha * (1 - alpha) * (reference_regions == Region.BACKGROUND)
    weight = np.maximum(weight, _RIM * np.clip(rim, 0, 1))
    weight = np.maximum(weight, np.clip(invented, 0, 1))
    return np.clip(blur(weight.astype(np.float32), 0.006 * fh), 0, 1)


def respect_user_masks(
    composite: Composite,
    original: FloatImage,
    fh: float,
    protect: NDArray[np.uint8] | None,
    ignore: NDArray[np.uint8] | None,
) -> Composite:
    """The composite under the user's masks ([H, W] uint8, 0 = not painted).

    Ignored: belongs to the generator (edit and invent 1). Protected: edit is 0 there and fades in softly on the allowed
    side; protection wins over everything.

    Args:
        composite: without them.
        original: the photo [H, W, 3].
        fh: face height, pixels.
        protect, ignore: the masks, or None.
    """
    image, edit, invent = composite.image, composite.edit, composite.invent
    if ignore is not None and ignore.any():
        wanted = (ignore / (255 if ignore.max() > 1 else 1)).astype(np.float32)
        edit = np.maximum(edit, (wanted > 0).astype(np.float32))
        invent = np.maximum(invent, wanted)
    if protect is not None and protect.any():
        allowed = smoothstep(distance_to(protect > 0) / max(0.012 * fh, 2.0))
        image = original + (image - original) * allowed[..., None]
        image = np.where(allowed[..., None] > 0, image, original)
        edit, invent = np.minimum(edit, allowed), np.minimum(invent, allowed)
    if image is composite.image and edit is composite.edit:
        return composite
    return replace(
        composite, image=image.astype(np.float32), edit=edit.astype(np.float32), invent=invent.astype(np.float32)
    )
