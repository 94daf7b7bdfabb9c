"""What a generated picture changes in a composite, split into the plate and the hair above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite, HoleLabel
from core.document.geometry import Rect, bounding_rect
from core.faces.align import Alignment
from core.imaging.arrays import FloatImage, Mask
from core.imaging.detail import largest, limited, missing_grain, trusted_sigma
from core.imaging.matting import blur, distance_to
from core.imaging.poisson import membrane, pull_push
from core.imaging.ramps import smoothstep

_JOIN_PIXELS = 300_000
"""Above this the join is solved at reduced size: it is smooth, and the fade hides what is left at the border."""

_WIDTHS_AT = 128
"""Size of generated picture for which the widths below are in pixels; others in proportion. A larger generator shows
finer structure, but what counts as a change of tint or as a smear is a matter of the face's size."""

_KINDS = ((HoleLabel.BACKDROP,), (HoleLabel.CLOTHING,), (HoleLabel.FACE_SKIN, HoleLabel.NECK), (HoleLabel.KEEP,))
_SHORTEST_BORDER = 12


@dataclass(frozen=True, eq=False)
class GeneratedChange:
    """What to add to the composite.

    Attributes:
        image: [H, W, 3] float32, difference to add; 0 where the generator has no say.
        figures: see ``core.compositing.finishing.finish.finish``.
    """

    image: FloatImage
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Working:
    """The low band of the generator's change at its own resolution.

    plate, hair: [R, R, 3], the change each layer would see, continued where it is hidden or mixed.
    structure: [R, R] in 0..1, 1 where the generator shows something else than a change of tint.
    sigma: split of the bands, in pixels of the generated picture.
    error: typical departure from the photographs where there should be none, tints left aside (0..1).
    """

    plate: FloatImage
    hair: FloatImage
    structure: FloatImage
    sigma: float
    error: float


def _unit(size: int) -> float:
    """Pixels of a generated picture [size, size] that count as one in the widths; small ones stay as they are."""
    return max(1.0, size / _WIDTHS_AT)


def _smooth(image: FloatImage, sigma: float) -> FloatImage:
    return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101).astype(np.float32, copy=False)


def _lost_structure(generated: FloatImage, guide: FloatImage, sigma: float, unit: float) -> FloatImage:
    """Where the generator merely fails at strong structure that the photographs have (an ear, a collar) [R, R].

    That is: it shows less of it, or the same a little differently. Faint structure may go: old hairlines and shadows
    are faint.
    """
    bands = []
    for image in (generated.astype(np.float32), guide):
        soft = _smooth(image, sigma)
        bands.append(soft - _smooth(soft, 3.0 * unit))

    def local(one: FloatImage, other: FloatImage) -> FloatImage:
        return _smooth((one * other).mean(axis=2), 2.0 * unit).astype(np.float32, copy=False)

    painted, shown = np.sqrt(local(bands[0], bands[0])), np.sqrt(local(bands[1], bands[1]))
    weaker = smoothstep((0.95 - painted / np.maximum(shown, 1e-3)) / 0.2)
    same = smoothstep((local(*bands) / np.maximum(painted * shown, 1e-6) - 0.3) / 0.3)
    return (smoothstep((shown - 0.02) / 0.03) * np.maximum(weaker, same)).astype(np.float32)


def _working_change(composite: Composite, generated: FloatImage, alignment: Alignment) -> _Working:
    size = generated.shape[0]
    unit = _unit(size)
    guide = alignment.crop(composite.image, size)
    alpha = alignment.crop(composite.alpha, size, border=cv2.BORDER_CONSTANT)
    invent = alignment.crop(composite.invent, size, border=cv2.BORDER_CONSTANT)
    inside = alignment.crop(np.ones_like(composite.alpha), size, border=cv2.BORDER_CONSTANT) > 0.99
    keep = (invent < 0.02) & inside
    sigma = trusted_sigma(generated, guide, keep)
    change = _smooth(generated.astype(np.float32) - guide, sigma)
    lost = _lost_structure(generated, guide, sigma, unit)
    change = (change - (change - _smooth(change, 3.0 * unit)) * lost[..., None]).astype(np.float32, copy=False)
    # A soft generator smears hair over its outline: keep further away from it the softer it is.
    side = 1 + 2 * round(2 * unit + sigma)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    sure = [cv2.erode((share > 0.92).astype(np.uint8), disc) > 0 for share in (1 - alpha, alpha)]
    plate, hair = (pull_push(change, ~known) if known.any() else np.zeros(change.shape, np.float32) for known in sure)
    rough = np.abs(plate - cv2.GaussianBlur(plate, (0, 0), 6.0 * unit)).mean(axis=2)
    structure = smoothstep((cv2.GaussianBlur(rough, (0, 0), unit) - 0.03) / 0.05) * (1 - lost)
    local = largest(change - cv2.GaussianBlur(change, (0, 0), 6.0 * unit))
    error = 1.4826 * float(np.median(local[keep])) if keep.sum() >= 200 else 0.0
    return _Working(plate, hair, structure, sigma, error)


@dataclass(frozen=True, eq=False)
class _Join:
    """How a layer's change meets what surrounds it.

    correction: [H, W, 3], subtract it and the change is 0 at the border.
    trust: [H, W] in 0..1, low near stretches of the border where the generator shows something else than the photo.
    difference: mean border difference. clipped: share of the border beyond the limit.
    """

    correction: FloatImage
    trust: FloatImage
    difference: float = 0.0
    clipped: float = 0.0


def _join(change: FloatImage, region: Mask, visible: Mask, reach: float, limit: float) -> _Join:
    """Membrane that takes ``change`` to 0 where the region meets visible pixels of the same layer.

    Against bleeding: a border difference may depart from its neighbourhood's by ``limit`` at most; where it does, the
    change itself fades out instead of leaving a step.
    """
    height, width = region.shape
    border = visible & (cv2.dilate(region.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    if not border.any():
        return _Join(np.zeros_like(change), np.ones((height, width), np.float32))
    size = float(largest(change[border]).mean())
    weight = border.astype(np.float32)
    around = blur(change * weight[..., None], 5 * reach) / np.maximum(blur(weight, 5 * reach), 1e-6)[..., None]
    departure = largest(change - around)
    trust = np.clip(2 - departure / limit, 0, 1)
    values = np.dstack([around + limited(change - around, limit), trust]).astype(np.float32)
    clipped = float((departure[border] > limit).mean())
    # Only the border speaks: what lies beyond it is none of the patch's business.
    known, factor = border, max(1, ceil(sqrt(height * width / _JOIN_PIXELS)))
    if factor > 1:
        small = (ceil(width / factor), ceil(height / factor))
        share = cv2.resize(weight, small, interpolation=cv2.INTER_AREA)
        values = cv2.resize(values * weight[..., None], small, interpolation=cv2.INTER_AREA)
        values = (values / np.maximum(share, 1e-6)[..., None]).astype(np.float32)
        known = share > 1e-3
    solved = membrane(values, ~known)
    if factor > 1:
        solved = cv2.resize(solved, (width, height), interpolation=cv2.INTER_LINEAR)
    return _Join(solved[..., :3], solved[..., 3], size, clipped)


def _join_kinds(change: FloatImage, region: Mask, visible: Mask, hole: NDArray[np.uint8], reach: float,
                limit: float) -> _Join:
    """``_join`` for background, clothes, skin and the rest apart: what is wrong with one says nothing of the other."""
    cross = np.ones((3, 3), np.uint8)
    parts: list[tuple[FloatImage, _Join]] = []
    for labels in _KINDS:
        own = region & np.isin(hole, labels)
        beside = visible & (cv2.dilate(own.astype(np.uint8), cross) > 0)
        if beside.sum() >= _SHORTEST_BORDER:
            parts.append((own.astype(np.float32), _join(change, own, beside, reach, limit)))
    if len(parts) < 2:
        return parts[0][1] if parts else _join(change, region, visible, reach, limit)
    shares = [blur(own, reach / 2) + 1e-4 * blur(own, 6 * reach) + 1e-9 for own, _ in parts]
    whole = np.sum(shares, axis=0)
    correction, trust = np.zeros_like(change), np.zeros(region.shape, np.float32)
    for share, (_, joined) in zip(shares, parts, strict=True):
        correction += joined.correction * (share / whole)[..., None]
        trust += joined.trust * (share / whole)
    return _Join(correction, trust, max(joined.difference for _, joined in parts),
                 max(joined.clipped for _, joined in parts))


def generated_change(composite: Composite, original: FloatImage, generated: FloatImage, alignment: Alignment,
                     editable: Mask, *, join: bool, limit: float, seed: int) -> GeneratedChange:
    """The generator's say in a composite, at photo size (docs/compositing.md, Generator).

    Args:
        composite: the classical composite.
        original: [H, W, 3] the identity photo in 0..1.
        generated: [R, R, 3] in 0..1, the crop of ``alignment``.
        alignment: where the crop lies.
        editable: [H, W] bool.
        join: whether to take each layer's change to 0 at its borders by a membrane.
        limit: largest boundary difference that the membrane carries inwards.
        seed: of the grain.

    Returns:
        Change, 0 outside ``editable`` and outside ``composite.invent`` (grown under the hair's fringe).
    """
    height, width = composite.alpha.shape
    pitch = alignment.side / generated.shape[0]
    reach = max(2.0, 1.5 * pitch * _unit(generated.shape[0]))
    covered = alignment.uncrop(np.ones(generated.shape[:2], np.float32), width, height, flags=cv2.INTER_LINEAR) > 0.999
    region = (composite.invent > 0.02) & editable & covered
    tight = bounding_rect(region)
    empty = np.zeros_like(composite.image)
    if tight is None:
        return GeneratedChange(empty, {"invented": 0.0})
    box = tight.grown(int(3 * reach) + 2, width, height)
    work = _working_change(composite, generated, alignment)
    parts = _in_box(composite, work, alignment, box)
    rows, columns = box.slices()
    total, weight, border, clipped = _layers(parts, region[rows, columns], covered[rows, columns], reach, join, limit)
    total *= editable[rows, columns, None]
    source = (~editable[rows, columns]) & (parts.alpha < 0.01)
    shown = weight * (1 - parts.alpha)
    if source.sum() > 400:
        fine = original[rows, columns]
        grain = missing_grain(fine, source, parts.image + total, (shown > 0.05) & (parts.alpha < 0.1), seed=seed)
        grain *= (shown * editable[rows, columns])[..., None]
        total += grain
    else:
        grain = np.zeros_like(total)
    empty[rows, columns] = total
    figures = {
        "invented": float((largest(empty) > 0.5 / 255).mean()), "split_sigma": work.sigma * pitch,
        "border_difference": 255 * border, "bleed_clipped": clipped, "grain": 255 * float(np.abs(grain).mean()),
        "generator_error": 255 * work.error,
    }
    return GeneratedChange(empty, figures)


@dataclass(frozen=True, eq=False)
class _Parts:
    """Everything needed at photo size, cut to a box."""

    image: FloatImage
    plate: FloatImage
    alpha: FloatImage
    invent: FloatImage
    plate_change: FloatImage
    hair_change: FloatImage
    hole: NDArray[np.uint8]
    structure: FloatImage
    split: float
    error: float


def _in_box(composite: Composite, work: _Working, alignment: Alignment, box: Rect) -> _Parts:
    rows, columns = box.slices()
    shift = np.array([[1, 0, -box.x0], [0, 1, -box.y0], [0, 0, 1.0]])
    moved = Alignment(shift @ alignment.matrix, alignment.scale)
    plate, hair = (
        moved.uncrop(layer, box.width, box.height, flags=cv2.INTER_CUBIC) for layer in (work.plate, work.hair)
    )
    structure = moved.uncrop(work.structure, box.width, box.height, flags=cv2.INTER_LINEAR)
    split = max(0.7, work.sigma) * alignment.side / work.plate.shape[0]
    return _Parts(
        composite.image[rows, columns], composite.plate[rows, columns], composite.alpha[rows, columns],
        composite.invent[rows, columns], plate, hair, composite.hole[rows, columns], structure, split, work.error,
    )


def _believed(change: FloatImage, error: float, reach: float) -> FloatImage:
    """Share [H, W] of a change that stands out of the generator's own error (Wiener gain of its local energy)."""
    if error <= 0:
        return np.ones(change.shape[:2], np.float32)
    energy = blur(np.square(largest(change)), 2 * reach)
    return np.clip(1 - np.float32(error**2) / np.maximum(energy, 1e-9), 0, 1).astype(np.float32)


def _layers(parts: _Parts, region: Mask, covered: Mask, reach: float, join: bool,
            limit: float) -> tuple[FloatImage, FloatImage, float, float]:
    """Change of both layers, weight of the plate's, border difference and clipped share."""
    alpha, fringe = parts.alpha, parts.alpha > 0.02
    span = 2 * int(reach) + 1
    grown = cv2.dilate(parts.invent, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (span, span)))
    below = np.maximum(parts.invent, blur(grown, reach / 3) * fringe) * covered
    total, border, clipped = np.zeros_like(parts.image), 0.0, 0.0
    weight = np.zeros_like(alpha)
    for hair in (False, True):
        share = alpha if hair else 1 - alpha
        own = share >= 0.5
        if not (region & own).any():
            continue
        change = parts.hair_change if hair else parts.plate_change
        visible = own & ~region
        fade = smoothstep(distance_to(visible) / np.float32(reach))
        strength = (parts.invent * covered if hair else below) * fade
        if join:
            joined = _join_kinds(change, region, visible, parts.hole, reach, limit)
            change = change - joined.correction
            border, clipped = max(border, joined.difference), max(clipped, joined.clipped)
            believed = joined.trust * _believed(change, parts.error, reach)
        else:
            believed = np.ones_like(alpha)
        if not hair:
            weight = strength
            fine = parts.plate - blur(parts.plate, parts.split)
            change = change - fine * parts.structure[..., None]
        total += change * (strength * believed * share)[..., None]
    return total, weight, border, clipped
