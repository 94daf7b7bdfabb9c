"""Colour spaces and colour statistics on display-encoded sRGB, float32."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.imaging.arrays import FloatImage

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def rgb_to_lab(image: FloatImage) -> FloatImage:
    """CIE L*a*b* (L 0..100) of display-encoded sRGB [..., 3] in 0..1; same shape, float32."""
    flat = np.ascontiguousarray(np.clip(image, 0, 1), dtype=np.float32).reshape(1, -1, 3)
    return cv2.cvtColor(flat, cv2.COLOR_RGB2LAB).reshape(image.shape)


def lab_to_rgb(image: FloatImage) -> FloatImage:
    """Display-encoded sRGB [..., 3] in 0..1 of CIE L*a*b*; the inverse of ``rgb_to_lab``, clipped to the gamut."""
    flat = np.ascontiguousarray(image, dtype=np.float32).reshape(1, -1, 3)
    return np.clip(cv2.cvtColor(flat, cv2.COLOR_LAB2RGB), 0, 1).reshape(image.shape)


def luma(image: FloatImage) -> FloatImage:
    """Rec. 601 luma [...] in 0..1 of display-encoded RGB [..., 3]."""
    return image @ LUMA


def robust_statistics(
    samples: NDArray[np.floating], trim: float = 2.5
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean [C] and covariance [C, C] of samples [N, C], without those over ``trim`` robust deviations off."""
    samples = np.asarray(samples, np.float64)
    median = np.median(samples, axis=0)
    spread = 1.4826 * np.median(np.abs(samples - median), axis=0) + 1e-6
    kept = samples[(np.abs(samples - median) <= trim * spread).all(axis=1)]
    if len(kept) < samples.shape[1] + 2:
        kept = samples
    return kept.mean(axis=0), np.atleast_2d(np.cov(kept, rowvar=False))
