"""Frequency bands: what a low-resolution picture decides, what a photograph keeps, and the grain in between."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.imaging.arrays import FloatImage
from core.imaging.colour import luma
from core.imaging.inpaint import grain
from core.imaging.poisson import pull_push

_OCTAVES = (0.5, 1.0, 2.0, 4.0)
_NOISE_BLOCK = 16


def trusted_sigma(picture: NDArray, guide: NDArray, keep: NDArray, *, agreement: float = 0.5) -> float:
    """How far a generated picture has to be low-passed before it says nothing wrong.

    Octave by octave its luma is correlated with the photograph's where both should show the same; the finest octave
    that still agrees sets the split between the generator's band and the photographs'.

    Args:
        picture, guide: [R, R, 3] in 0..1, the generated picture and the photographs at its resolution.
        keep: [R, R], non-zero where the two should be equal.
        agreement: least correlation that counts as agreeing.

    Returns:
        Gaussian sigma in pixels of ``picture``: 0.5, 1, 2 or 4; 1 when ``keep`` is too small to tell.
    """
    where = keep.astype(bool)
    if where.sum() < 200:
        return 1.0
    one, other = luma(picture.astype(np.float32)), luma(guide.astype(np.float32))
    for sigma in _OCTAVES[:-1]:
        bands = []
        for image in (one, other):
            finer = cv2.GaussianBlur(image, (0, 0), sigma)
            bands.append((finer - cv2.GaussianBlur(image, (0, 0), 2 * sigma))[where])
        spread = float(bands[0].std() * bands[1].std())
        if spread < 1e-9 or float(np.mean(bands[0] * bands[1])) >= agreement * spread:
            return sigma
    return _OCTAVES[-1]


def largest(image: NDArray) -> FloatImage:
    """Largest magnitude [...] over the channels of image [..., C]."""
    result = np.abs(image[..., 0])
    for channel in range(1, image.shape[-1]):
        np.maximum(result, np.abs(image[..., channel]), out=result)
    return result


def limited(image: NDArray, limit: float) -> FloatImage:
    """Vectors [..., C] shortened to at most ``limit`` in their largest component, direction kept."""
    scale = np.minimum(1, np.float32(limit) / np.maximum(largest(image), 1e-9))
    return (image * scale[..., None]).astype(np.float32, copy=False)


def noise_level(image: NDArray, where: NDArray) -> FloatImage:
    """Local grain: robust deviation of the finest detail of luma, continued smoothly beyond ``where``.

    Response to the kernel of Immerkaer (1996), which is blind to edges along the axes; its median in blocks, so that
    texture counts little.

    Args:
        image: [H, W, 3] in 0..1.
        where: [H, W] bool, pixels that are measured.

    Returns:
        [H, W] float32, in the unit of image; 0 when nothing could be measured.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    response = np.abs(cv2.filter2D(luma(image.astype(np.float32)), -1, kernel, borderType=cv2.BORDER_REFLECT_101))
    core = cv2.erode(where.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    side = _NOISE_BLOCK
    rows, columns = image.shape[0] // side, image.shape[1] // side
    if not rows or not columns:
        level = float(np.median(response[core])) if core.any() else 0.0
        return np.full(where.shape, 1.4826 * level, np.float32)
    response[~core] = np.nan
    blocks = response[: rows * side, : columns * side].reshape(rows, side, columns, side).swapaxes(1, 2)
    blocks = blocks.reshape(rows, columns, -1)
    known = np.isfinite(blocks).mean(axis=2) > 0.25
    if not known.any():
        return np.zeros(where.shape, np.float32)
    grid = np.zeros((rows, columns), np.float32)
    grid[known] = 1.4826 * np.nanmedian(blocks[known], axis=1)
    grid = cv2.GaussianBlur(pull_push(grid, ~known), (0, 0), 1.0)
    return cv2.resize(grid, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)


def missing_grain(photo: NDArray, source: NDArray, image: NDArray, target: NDArray, *, seed: int = 0) -> FloatImage:
    """Grain that ``image`` lacks in ``target`` to look like the photo around it.

    The pattern is sewn from calm places of the photo, its strength from the local noise level there, less what the
    image already has; never more than 0.02.

    Args:
        photo: [H, W, 3] in 0..1; source: [H, W] bool, where the photo may be measured.
        image: [H, W, 3] in 0..1; target: [H, W] bool, where grain may be missing.
        seed: fixes the pattern.

    Returns:
        [H, W, 3] float32, 0 outside target.
    """
    if not target.any() or not source.any():
        return np.zeros(photo.shape, np.float32)
    wanted, present = noise_level(photo, source), noise_level(image, target)
    # Grain is the floor of the measured levels; what lies far above it is lashes, hair and cloth.
    wanted = np.minimum(wanted, 1.5 * float(np.quantile(wanted[source], 0.3)))
    gap = np.sqrt(np.clip(wanted**2 - present**2, 0, 0.02**2))
    pattern = grain(photo.astype(np.float32), source, target, np.random.default_rng(seed))
    own = noise_level(pattern + 0.5, target)
    scale = np.minimum(gap / np.maximum(own, 1e-4), 3) * target
    return (pattern * scale[..., None]).astype(np.float32)
