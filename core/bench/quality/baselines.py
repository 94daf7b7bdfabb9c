"""Baselines B0 to B4 (docs/methods/quality.md, Baselines): compositing without a generator, all from the same warped
reference and masks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.bench.clone import solve_poisson
from core.bench.quality.protocols import Case
from core.faces.face import Portrait, Region
from core.faces.frame import CHIN, LEFT_CHEEK, OVAL, RIGHT_CHEEK
from core.imaging.arrays import FloatImage, Mask
from core.imaging.matting import blur, dilate, distance_to, erode
from core.imaging.polygon import polygon_mask
from core.imaging.warp import prefilter

_FILL_SIDE = 512
_FEATHER = 0.012
_RING = 0.02
_LEVELS = 5
# Height on the face, 0 at the chin and 1 at the forehead's top, below which there are gaps beside the ears.
_EAR = 0.6
# Face-mesh numbers around the ridge and the wings of the nose.
_NOSE = [168, 122, 48, 115, 4, 344, 278, 351]


@dataclass(frozen=True, eq=False)
class Layers:
    """What every paste starts from, in the identity's photo space.

    Attributes:
        bare: [H, W, 3] the identity, old hair that the new one leaves bare filled by Telea's method.
        source: [H, W, 3] the warped reference.
        hair: [H, W] bool, the reference's hair on the identity.
        unit: the identity's face height in pixels.
    """

    bare: FloatImage
    source: FloatImage
    hair: Mask
    unit: float


def layers_of(case: Case) -> Layers:
    """The ingredients of B0 to B3 from the fit and the mattes that all methods share."""
    identity, reference = case.identity, (case.spoilt or case.target).reference
    unit = identity.face.frame.height
    hair = (reference.alpha > 0.5) & reference.inside
    source = reference.image
    if case.ignore is not None:
        # A hole in the portrait itself: there is nothing to paste but one colour.
        lost = case.ignore > 0
        photo = identity.photo.rgb()
        return Layers(_filled(photo, lost), np.full_like(photo, photo[lost].mean()), lost, unit)
    old = dilate(identity.hair > 0.3, 0.015 * unit) & ~erode(hair, 2)
    return Layers(_filled(identity.photo.rgb(), old), source, hair, unit)


def _filled(photo: FloatImage, hole: Mask) -> FloatImage:
    """The photo with a hole filled by Telea's in-painting, computed at 512 px."""
    if not hole.any():
        return photo
    height, width = hole.shape
    scale = min(1.0, _FILL_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.rint(255 * cv2.resize(photo, size, interpolation=cv2.INTER_AREA)).astype(np.uint8)
    lost = (cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    fill = cv2.inpaint(small, lost, 4, cv2.INPAINT_TELEA).astype(np.float32) / 255
    return np.where(hole[..., None], cv2.resize(fill, (width, height), interpolation=cv2.INTER_CUBIC), photo)


def hard_paste(layers: Layers) -> FloatImage:
    """B0: the reference's pixels where its mask is hair."""
    return np.where(layers.hair[..., None], layers.source, layers.bare)


def feathered_paste(layers: Layers) -> FloatImage:
    """B1: the same with the mask blurred."""
    alpha = blur(layers.hair.astype(np.float32), _FEATHER * layers.unit)[..., None]
    return (layers.bare * (1 - alpha) + layers.source * alpha).astype(np.float32)


def pyramid_paste(layers: Layers, levels: int = _LEVELS) -> FloatImage:
    """B2: Laplacian pyramids of both pictures, mixed by the Gaussian pyramid of the mask (Burt & Adelson 1983)."""
    masks, ones, others = [layers.hair.astype(np.float32)], [layers.bare], [layers.source]
    while len(masks) < levels and min(masks[-1].shape) > 8:
        for stack in (masks, ones, others):
            stack.append(cv2.pyrDown(stack[-1]).astype(np.float32, copy=False))
    result = _mixed(ones[-1], others[-1], masks[-1])
    for level in range(len(masks) - 2, -1, -1):
        size = masks[level].shape[1::-1]
        one, other = (stack[level] - cv2.pyrUp(stack[level + 1], dstsize=size) for stack in (ones, others))
        result = cv2.pyrUp(result, dstsize=size) + _mixed(one, other, masks[level])
    return result.astype(np.float32)


def _mixed(one: FloatImage, other: FloatImage, mask: FloatImage) -> FloatImage:
    return (one * (1 - mask[..., None]) + other * mask[..., None]).astype(np.float32)


def gradient_paste(layers: Layers) -> FloatImage:
    """B3: gradient-domain clone of the whole mask (Pérez et al. 2003)."""
    if not layers.hair.any():
        return layers.bare
    return solve_poisson(layers.bare, layers.source, layers.hair)


def gradient_ring(layers: Layers) -> FloatImage:
    """B3, ring only: the reference's own colours well inside, joined to the photo in a band inside the outline."""
    pasted = hard_paste(layers)
    ring = layers.hair & (distance_to(~layers.hair) <= _RING * layers.unit)
    return solve_poisson(pasted, layers.source, ring) if ring.any() else pasted


def guide_paste(case: Case) -> tuple[FloatImage, FloatImage]:
    """B4: the guide composite of StyleGAN Salon (docs/methods/salon.md, Guide and masks): the picture and its hair
    [H, W] in 0..1.

    Hair is scaled halfway to the identity's face width and moved to its jaw; old hair becomes the mean background or
    the mean colour of the nose; gaps beside the ears take the nearest colour on their row; hair on the face's inside
    is dropped.
    """
    identity, shape = case.identity, case.portraits["shape"]
    photo, frame = identity.photo.rgb(), identity.face.frame
    if case.ignore is not None:
        return _filled(photo, case.ignore > 0), np.where(case.ignore > 0, 1, 0).astype(np.float32)
    matrix = guide_matrix(identity, shape)
    height, width = photo.shape[:2]
    scale = float(np.hypot(*matrix[:, 0]))
    image = cv2.warpAffine(prefilter(shape.photo.rgb(), 1 / scale), matrix, (width, height), flags=cv2.INTER_CUBIC,
                           borderMode=cv2.BORDER_REFLECT_101)
    alpha = cv2.warpAffine(prefilter(shape.hair, 1 / scale), matrix, (width, height))
    regions = cv2.warpAffine(shape.regions, matrix, (width, height), flags=cv2.INTER_NEAREST)
    oval = polygon_mask(identity.face.landmarks[list(OVAL), :2], height, width)
    inner = erode(oval, 3 * identity.alignment.side / 256)
    moved = cv2.transform(shape.face.landmarks[None, :, :2].astype(np.float64), matrix)[0]
    faced = polygon_mask(moved[list(OVAL)], height, width)
    alpha = np.where(_on_face(inner, faced, regions == Region.HAIR), 0, np.clip(alpha, 0, 1)).astype(np.float32)
    plate = _plain_fill(identity, photo, oval, regions)
    plate = _row_fill(plate, photo, identity, alpha, oval, frame.height)
    weight = alpha[..., None]
    return (plate * (1 - weight) + np.clip(image, 0, 1) * weight).astype(np.float32), alpha


def guide_matrix(identity: Portrait, shape: Portrait) -> NDArray[np.float64]:
    """[2, 3] from the reference's photo to the identity's: level like its face, scaled by s = 1 + (ratio - 1) / 2.

    ratio is that of the jaw widths in crops of one size; the jaw's middle and the mean height of jaw and chin meet.
    """
    own, other = (np.asarray(p.face.landmarks[:, :2], np.float64) for p in (identity, shape))
    base = identity.alignment.pixel_matrix(256) @ np.linalg.inv(shape.alignment.pixel_matrix(256))
    widths = [np.hypot(*(points[LEFT_CHEEK] - points[RIGHT_CHEEK])) for points in (own, other)]
    ratio = widths[0] / max(widths[1] * float(np.hypot(*base[:2, 0])), 1e-6)
    linear = base[:2, :2] * (1 + (ratio - 1) / 2)
    anchors = [0.5 * (0.5 * (points[LEFT_CHEEK] + points[RIGHT_CHEEK]) + points[CHIN]) for points in (own, other)]
    return np.hstack([linear, (anchors[0] - linear @ anchors[1])[:, None]])


def _on_face(inner: Mask, faced: Mask, hair: Mask) -> Mask:
    """Hair on the identity's face with the reference's bare face above it in the same column: the scan-line rule."""
    bare = faced & ~hair
    below = np.maximum.accumulate(bare, axis=0)
    return inner & below


def _plain_fill(identity: Portrait, photo: FloatImage, oval: Mask, regions: NDArray) -> FloatImage:
    """Old hair as mean background, and as the nose's colour where the face or the reference's skin is."""
    old = blur(dilate(identity.hair > 0.3, 0.01 * identity.alignment.side).astype(np.float32), 2.0)
    background = (identity.regions == Region.BACKGROUND) & (old < 0.01)
    wall = photo[background].mean(axis=0) if background.any() else photo.mean(axis=(0, 1))
    nose = polygon_mask(identity.face.landmarks[_NOSE, :2], *oval.shape)
    skin = photo[nose].mean(axis=0) if nose.any() else wall
    fill = np.where((oval | (regions == Region.SKIN))[..., None], skin, wall).astype(np.float32)
    weight = old[..., None]
    return photo * (1 - weight) + fill * weight


def _row_fill(
    plate: FloatImage, photo: FloatImage, identity: Portrait, alpha: FloatImage, oval: Mask, unit: float
) -> FloatImage:
    """Gaps beside the jaw, below the ears' top, with new hair outward on the row: the nearest skin colour of the row.
    """
    old = identity.hair > 0.3
    _, t = identity.face.frame.maps(*alpha.shape[::-1])
    valid = ~dilate(identity.hair > 0.05, 0.02 * unit) & (identity.regions == Region.SKIN) & dilate(oval, 0.02 * unit)
    gap = old & (alpha < 0.5) & (distance_to(oval) < 0.12 * unit) & ~oval & (t < _EAR)
    hair = alpha > 0.5
    leftward, rightward = np.maximum.accumulate(hair, axis=1), np.maximum.accumulate(hair[:, ::-1], axis=1)[:, ::-1]
    middle = float(identity.face.landmarks[4, 0])
    result = plate.copy()
    for row in np.flatnonzero(gap.any(axis=1) & valid.any(axis=1)):
        known = np.flatnonzero(valid[row])
        wanted = np.flatnonzero(gap[row])
        wanted = wanted[np.where(wanted < middle, leftward[row, wanted], rightward[row, wanted])]
        if wanted.size:
            nearest = known[np.abs(known[None] - wanted[:, None]).argmin(axis=1)]
            result[row, wanted] = photo[row, nearest]
    return result
