"""Multi-band blending: wide seams for low frequencies, narrow ones for detail, confined to the mask."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import bounding_rect
from core.imaging.arrays import FloatImage
from core.imaging.matting import distance_to
from core.imaging.poisson import pull_push


def _shrink(image: FloatImage) -> FloatImage:
    return cv2.pyrDown(image, borderType=cv2.BORDER_REFLECT_101).astype(np.float32, copy=False)


def _enlarge(image: FloatImage, like: FloatImage) -> FloatImage:
    size = (like.shape[1], like.shape[0])
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR).reshape(like.shape)


def blend_bands(base: NDArray, patch: NDArray, mask: NDArray, *, levels: int = 5) -> FloatImage:
    """Blend patch over base band by band (Burt & Adelson 1983), changing nothing where mask is 0.

    The weight of a band is the mask at its scale times how far inside the mask a pixel
    lies at that band's scale, so that the widest band has faded out at the mask's edge.

    Args:
        base, patch: [H, W, 3] in one unit.
        mask: [H, W] float in 0..1, the weight of the patch.
        levels: most bands; the widest seam is about 2^levels pixels, fewer where the mask is narrow.

    Returns:
        float32 [H, W, 3]; base, bitwise, where mask is 0.

    Raises:
        ValueError: shapes differ.
    """
    if base.shape != patch.shape or mask.shape != base.shape[:2]:
        raise ValueError(f"pictures {base.shape}, {patch.shape} and mask {mask.shape} do not match")
    result = base.astype(np.float32)
    box = bounding_rect(mask > 0)
    if box is None:
        return result
    rows, columns = box.grown(2**levels, mask.shape[1], mask.shape[0]).slices()
    below, weight = result[rows, columns].copy(), mask[rows, columns].astype(np.float32)
    inside = distance_to(weight <= 0)
    levels = min(levels, max(1, int(np.log2(max(2.0, float(inside.max()) / 4)))))
    difference = pull_push(patch[rows, columns].astype(np.float32) - below, weight <= 0)
    blended = _collapse(difference, weight, inside, levels)
    np.copyto(result[rows, columns], below + blended, where=(weight > 0)[..., None])
    return result


def _share(weight: FloatImage, inside: FloatImage, reach: float) -> FloatImage:
    """Weight of a band whose seam is ``reach`` pixels wide."""
    return (weight * np.clip(inside / (2 * reach), 0, 1)).astype(np.float32)[..., None]


def _collapse(difference: FloatImage, weight: FloatImage, inside: FloatImage, levels: int) -> FloatImage:
    """Sum of the bands of ``difference``, each weighted at its own scale."""
    stack: list[tuple[FloatImage, FloatImage]] = []
    reach = 1.0
    for _ in range(levels):
        if min(difference.shape[:2]) < 4:
            break
        smaller = _shrink(difference)
        stack.append((difference - _enlarge(smaller, difference), _share(weight, inside, reach)))
        difference, weight, inside = smaller, _shrink(weight), _shrink(inside)
        reach *= 2
    total = difference * _share(weight, inside, reach)
    for band, share in reversed(stack):
        total = (_enlarge(total.astype(np.float32, copy=False), band) + band * share).astype(np.float32, copy=False)
    return total.astype(np.float32, copy=False)
