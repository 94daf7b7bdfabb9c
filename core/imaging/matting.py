"""Soft hair edges: guided filter, closed-form matte and foreground colour, on plain arrays."""

from __future__ import annotations

import warnings

import cv2
import numpy as np
from scipy import sparse

from core.imaging.arrays import FloatImage, Mask

# Diagonal shifts tried by the incomplete Cholesky factorisation; a plain zero shift may fail on flat photos.
SHIFTS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)



def blur(image: FloatImage, sigma: float) -> FloatImage:
    """Gaussian blur [H, W(, C)] of ``sigma`` pixels; wide ones at reduced size, so that cost stays the same."""
    if sigma < 0.3:
        return image
    if sigma <= 6:
        return cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    factor = int(sigma // 3)
    height, width = image.shape[:2]
    size = (max(1, -(-width // factor)), max(1, -(-height // factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    ratio = width / size[0]
    small = cv2.GaussianBlur(small, (0, 0), sigma / ratio, borderType=cv2.BORDER_REFLECT_101)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def distance_to(mask: Mask) -> FloatImage:
    """Distance in pixels [H, W] to the nearest True pixel: 0 on the mask, very large when it is empty.

    OpenCV's last bit differs from call to call, and everything that optimises from there with it. Squared distances
    are whole numbers, so they are rounded to those, which gives the same bits every time up to about 1400 px.
    """
    if not mask.any():
        return np.full(mask.shape, 1e6, np.float32)
    found = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    np.multiply(found, found, out=found)
    np.rint(found, out=found)
    return np.sqrt(found, out=found)


def dilate(mask: Mask, radius: float) -> Mask:
    """Mask [H, W] grown by ``radius`` pixels (round)."""
    return distance_to(mask) <= radius


def erode(mask: Mask, radius: float) -> Mask:
    """Mask [H, W] shrunk by ``radius`` pixels (round); the picture's border does not eat into it."""
    if mask.all():
        return mask.copy()
    return distance_to(~mask) > radius


def opened(mask: Mask, radius: float) -> Mask:
    """Mask [H, W] without parts narrower than twice ``radius``."""
    core = erode(mask, radius)
    return dilate(core, radius) & mask if core.any() else core


def _guided_coefficients(guide: FloatImage, target: FloatImage, radius: int, eps: float) -> FloatImage:
    """Smoothed coefficients (a_r, a_g, a_b, b) [H, W, 4] of the colour guided filter (He, Sun, Tang 2013)."""

    def box(image: FloatImage) -> FloatImage:
        return cv2.blur(image, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT_101)

    red, green, blue = (np.ascontiguousarray(guide[..., c]) for c in range(3))
    mean = box(guide)
    target_mean = box(target)
    cross = box(guide * target[..., None]) - mean * target_mean[..., None]
    mr, mg, mb = mean[..., 0], mean[..., 1], mean[..., 2]
    rr, rg, rb = box(red * red) - mr * mr + eps, box(red * green) - mr * mg, box(red * blue) - mr * mb
    gg, gb, bb = box(green * green) - mg * mg + eps, box(green * blue) - mg * mb, box(blue * blue) - mb * mb + eps
    c00, c01, c02 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = np.maximum(rr * c00 + rg * c01 + rb * c02, 1e-12)
    x, y, z = cross[..., 0], cross[..., 1], cross[..., 2]
    coefficients = np.stack(
        [(c00 * x + c01 * y + c02 * z) / determinant, (c01 * x + c11 * y + c12 * z) / determinant,
         (c02 * x + c12 * y + c22 * z) / determinant],
        axis=-1,
    )
    offset = target_mean - (coefficients * mean).sum(axis=-1)
    return box(np.concatenate([coefficients, offset[..., None]], axis=-1).astype(np.float32))


def guided_filter(guide: FloatImage, target: FloatImage, radius: float, eps: float = 1e-4) -> FloatImage:
    """Edge-aware smoothing of target [H, W] along guide [H, W, 3], both 0..1; result clipped to 0..1."""
    return guided_upsample(guide, guide, target, radius, eps)


def guided_upsample(
    guide: FloatImage, small_guide: FloatImage, small_target: FloatImage, radius: float, eps: float = 1e-4
) -> FloatImage:
    """Bring small_target [h, w] to the size of guide [H, W, 3] along its edges (fast guided filter, He & Sun 2015).

    Args:
        small_guide: [h, w, 3] the guide at the target's size.
        radius: in small pixels.
    """
    target = np.ascontiguousarray(small_target, np.float32)
    coefficients = _guided_coefficients(small_guide.astype(np.float32), target, max(1, round(radius)), eps)
    height, width = guide.shape[:2]
    if coefficients.shape[:2] != (height, width):
        coefficients = cv2.resize(coefficients, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip((coefficients[..., :3] * guide).sum(axis=-1) + coefficients[..., 3], 0, 1)


def closed_form(
    image: FloatImage,
    trimap: FloatImage,
    prior: FloatImage,
    *,
    trust: float = 5e-3,
    epsilon: float = 1e-4,
    tolerance: float = 1e-4,
    iterations: int = 300,
) -> FloatImage:
    """Closed-form matte [H, W] of image [H, W, 3] (Levin, Lischinski, Weiss 2008; Laplacian from PyMatting).

    The Laplacian is built only where a window holds unknown pixels and the solve runs on their box. A weak pull
    towards a prior decides where colours say nothing, and makes the system definite.

    Args:
        trimap: 1 foreground, 0 background, else unknown.
        prior: [H, W] expected matte; also the solver's start.
        trust: weight of the prior against the colour lines.
        epsilon: variance of the colour lines' noise; larger values do not follow the blocks of compressed photos.
    Raises:
        ValueError: nothing known on one side, or the solver did not converge.
    """
    unknown = (trimap > 0) & (trimap < 1)
    if not unknown.any():
        return trimap.astype(np.float32)
    if not (trimap >= 1).any() or not (trimap <= 0).any():
        raise ValueError("the trimap needs known pixels on both sides")
    rows, columns = np.flatnonzero(unknown.any(axis=1)), np.flatnonzero(unknown.any(axis=0))
    window = (slice(max(0, rows[0] - 3), rows[-1] + 4), slice(max(0, columns[0] - 3), columns[-1] + 4))
    if min(unknown[window].shape) < 3:
        return np.where(unknown, prior, trimap).astype(np.float32)
    from pymatting import cf_laplacian, cg, ichol

    free = unknown[window].ravel()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        laplacian = cf_laplacian(image[window].astype(np.float64), epsilon=epsilon, is_known=~free)[free]
        known = trimap[window].astype(np.float64).ravel()
        guess = prior[window].astype(np.float64).ravel()[free]
        system = laplacian[:, free] + trust * sparse.identity(int(free.sum()), format="csr")
        right = trust * guess - laplacian[:, ~free] @ known[~free]
        solved = cg(system, right, x0=guess, M=ichol(system.tocsc(), shifts=SHIFTS), rtol=tolerance, maxiter=iterations)
    result = trimap.astype(np.float32)
    result[window][unknown[window]] = np.clip(solved, 0, 1)
    return result


def foreground_colour(image: FloatImage, alpha: FloatImage) -> FloatImage:
    """Foreground colour [H, W, 3] that gives image when laid over with alpha (multi-level, Germer et al. 2020)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymatting import estimate_foreground_ml

        found = estimate_foreground_ml(np.ascontiguousarray(image, np.float32), np.ascontiguousarray(alpha, np.float32))
    return np.asarray(found, np.float32)
