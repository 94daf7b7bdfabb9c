"""Scores of a composite (docs/methods/quality.md, Scores): alarms for a person, not a replacement for looking."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite, HoleLabel
from core.document.geometry import bounding_rect
from core.faces.face import Portrait, Region
from core.imaging.arrays import FloatImage, Mask
from core.imaging.colour import luma, rgb_to_lab
from core.imaging.matting import blur, distance_to

_MOST_POINTS = 6000
_LAYERS = ((HoleLabel.BACKDROP, Region.BACKGROUND), (HoleLabel.FACE_SKIN, Region.SKIN),
           (HoleLabel.NECK, Region.SKIN), (HoleLabel.CLOTHING, Region.CLOTHES))
_FEWEST = 50


def score(
    identity: Portrait, composite: Composite, image: FloatImage, *, mask: FloatImage | None = None
) -> dict[str, float]:
    """All scores of a result; a score that is not defined for this pair is left out.

    Args:
        identity: the identity, analysed.
        composite: the classical composite, for its mattes, plate, hole labels and warped reference.
        image: [H, W, 3] in 0..1, the result to judge: the classical one or one finished with a generator.
        mask: [H, W], the edit; by default ``composite.edit``.

    Returns:
        ``outside``: largest change where the mask is 0, 8-bit levels; must be 0.
        ``seam``: sharpness of the hair's outline relative to the reference's own, 1 = like a real photo, above 1.4
        cut out, below 0.7 too soft. ``halo``: lightness (L*) of the fringe beyond what its matte explains; alarm at 3.
        ``leak``: share of the removed hair's area that still looks like it; alarm at 0.1; left out where hair and layer
        have nearly the same colour. ``bleed``: mean Lab change of untouched kinds of pixels within 16 px of hair, the
        intended shadow included. ``sharp``: fine detail in the hair relative to the reference; alarm below 0.75.
        ``ghost``: gradient along the old outline, after / before.
    """
    photo = identity.photo.rgb()
    edit = composite.edit if mask is None else mask
    scores = {"outside": outside(image, photo, edit)}
    lab = rgb_to_lab(image)
    found = {
        "seam": _seam(lab, composite),
        "halo": _halo(lab, composite, identity),
        "leak": _leak(lab, photo, composite, identity, edit),
        "bleed": _bleed(lab, photo, composite),
        "sharp": _sharp(image, composite),
        "ghost": _ghost(image, photo, composite),
    }
    scores.update({name: value for name, value in found.items() if value is not None and np.isfinite(value)})
    return scores


def outside(image: FloatImage, photo: FloatImage, mask: NDArray) -> float:
    """Largest difference [8-bit levels] of two pictures [H, W, 3] in 0..1 where mask [H, W] is 0; 0 if nowhere."""
    untouched = mask == 0
    return float(255 * np.abs(image[untouched] - photo[untouched]).max()) if untouched.any() else 0.0


def hair_iou(one: NDArray, other: NDArray) -> float:
    """Intersection over union of two masks [H, W] (bool, or float cut at 0.5); 1 when both are empty."""
    first, second = (m if m.dtype == bool else m > 0.5 for m in (one, other))
    union = int((first | second).sum())
    return float((first & second).sum() / union) if union else 1.0


def _contour(alpha: FloatImage, where: Mask) -> tuple[FloatImage, FloatImage]:
    """Points [N, 2] on the 0.5 contour inside ``where`` and their unit normals [N, 2]; evenly thinned out."""
    solid = (alpha > 0.5).astype(np.uint8)
    line = (cv2.dilate(solid, np.ones((3, 3), np.uint8)) != solid) & where
    line[:8] = line[-8:] = False
    line[:, :8] = line[:, -8:] = False
    points = np.argwhere(line)[:, ::-1].astype(np.float32)
    points = points[:: max(1, len(points) // _MOST_POINTS)]
    smooth = cv2.GaussianBlur(alpha, (0, 0), 2.0)
    normal = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)], axis=-1)
    at = points.astype(int)
    normals = normal[at[:, 1], at[:, 0]]
    length = np.hypot(normals[:, 0], normals[:, 1])
    good = length > 1e-3
    return points[good], (normals[good] / length[good, None]).astype(np.float32)


def _profile(image: FloatImage, points: FloatImage, normals: FloatImage, reach: int) -> FloatImage:
    """Values [N, 2 reach + 1, C] along the normals, 1 px apart."""
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    x = points[:, None, 0] + normals[:, None, 0] * steps
    y = points[:, None, 1] + normals[:, None, 1] * steps
    parts = [cv2.remap(image, x[i : i + 8000], y[i : i + 8000], cv2.INTER_LINEAR) for i in range(0, len(x), 8000)]
    return np.concatenate(parts) if parts else np.zeros((0, len(steps), image.shape[2]), np.float32)


def _steepness(lab: FloatImage, alpha: FloatImage, where: Mask) -> float | None:
    points, normals = _contour(alpha, where)
    if len(points) < _FEWEST:
        return None
    values = _profile(lab, points, normals, 6)
    step = np.linalg.norm(np.diff(values, axis=1), axis=2)[:, 3:9].max(axis=1)
    across = np.linalg.norm(values[:, -1] - values[:, 0], axis=1)
    usable = across > 3
    return float(np.median(step[usable] / across[usable])) if usable.sum() >= _FEWEST else None


def _seam(lab: FloatImage, composite: Composite) -> float | None:
    reference = composite.reference
    everywhere = np.ones(composite.alpha.shape, bool)
    own = _steepness(lab, composite.alpha, everywhere)
    real = _steepness(rgb_to_lab(reference.image), reference.alpha, reference.inside)
    return own / real if own is not None and real else None


def _halo(lab: FloatImage, composite: Composite, identity: Portrait) -> float | None:
    alpha = composite.alpha
    skin = np.isin(composite.hole, (HoleLabel.FACE_SKIN, HoleLabel.NECK)) | (identity.regions == Region.SKIN)
    fringe = (alpha > 0.1) & (alpha < 0.6) & ~cv2.dilate(skin.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    core = (alpha > 0.95).astype(np.float32)
    weight = cv2.GaussianBlur(core, (0, 0), 8.0)
    fringe &= weight > 0.02
    box = bounding_rect(fringe)
    if box is None or fringe.sum() < _FEWEST:
        return None
    lightness = np.ascontiguousarray(lab[..., 0])
    hair = cv2.GaussianBlur(lightness * core, (0, 0), 8.0)[fringe] / weight[fringe]
    plate = rgb_to_lab(composite.plate)[..., 0][fringe]
    share = alpha[fringe]
    return float(np.mean(lightness[fringe] - share * hair - (1 - share) * plate))


def _leak(lab: FloatImage, photo: FloatImage, composite: Composite, identity: Portrait, edit: NDArray) -> float | None:
    removed = (composite.old_alpha > 0.5) & (composite.alpha < 0.05)
    before = rgb_to_lab(photo)
    hair = before[(composite.old_alpha > 0.9)]
    if removed.sum() < _FEWEST or len(hair) < _FEWEST:
        return None
    hair_mean, hair_spread = hair.mean(axis=0), hair.std(axis=0) + 2.0
    total, leaking = 0, 0
    for hole, region in _LAYERS:
        own = removed & (composite.hole == hole)
        sample = before[(identity.regions == region) & (edit == 0)]
        if own.sum() < _FEWEST or len(sample) < _FEWEST:
            continue
        mean, spread = sample.mean(axis=0), sample.std(axis=0) + 2.0
        if np.linalg.norm((mean - hair_mean) / hair_spread) < 1.5:
            continue
        pixels = lab[own]
        to_hair = np.linalg.norm((pixels - hair_mean) / hair_spread, axis=1) / np.sqrt(3)
        to_layer = np.linalg.norm((pixels - mean) / spread, axis=1) / np.sqrt(3)
        leaking += int(((to_hair < 1) & (to_hair < to_layer)).sum())
        total += int(own.sum())
    return leaking / total if total else None


def _bleed(lab: FloatImage, photo: FloatImage, composite: Composite) -> float | None:
    near = distance_to(composite.alpha > 0.5) <= 16
    pixels = near & (composite.alpha <= 0.02) & (composite.old_alpha < 0.02) & (composite.hole == HoleLabel.KEEP)
    if pixels.sum() < _FEWEST:
        return None
    return float(np.linalg.norm(lab[pixels] - rgb_to_lab(photo)[pixels], axis=1).mean())


def _sharp(image: FloatImage, composite: Composite) -> float | None:
    core = (composite.alpha > 0.95) & (composite.reference.alpha > 0.95) & composite.reference.inside
    core = cv2.erode(core.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    if core.sum() < _FEWEST:
        return None
    fine = [np.abs(grey - blur(grey, 1.5))[core].mean() for grey in (luma(image), luma(composite.reference.image))]
    return float(fine[0] / fine[1]) if fine[1] > 1e-5 else None


def _ghost(image: FloatImage, photo: FloatImage, composite: Composite) -> float | None:
    points, normals = _contour(composite.old_alpha, composite.alpha < 0.02)
    if len(points) < _FEWEST:
        return None
    steps = []
    for picture in (image, photo):
        values = _profile(picture, points, normals, 3)
        steps.append(float(np.linalg.norm(values[:, -1] - values[:, 0], axis=1).mean()))
    return steps[0] / steps[1] if steps[1] > 1e-4 else None
