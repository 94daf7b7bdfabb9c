"""How near two pictures are, as the reports quote it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity


def psnr(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Peak signal-to-noise ratio in dB of two pictures [H, W, 3] in 0..1; infinite when they are equal."""
    error = float(np.mean((first.astype(np.float64) - second.astype(np.float64)) ** 2))
    return float("inf") if error == 0 else -10 * float(np.log10(error))


def ssim(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Structural similarity of two pictures [H, W, 3] in 0..1 (Wang et al. 2004, Gaussian window of sigma 1.5)."""
    value = structural_similarity(first, second, data_range=1.0, channel_axis=2, gaussian_weights=True, sigma=1.5,
                                  use_sample_covariance=False)
    return float(np.asarray(value))


def mask_iou(first: NDArray, second: NDArray, *, threshold: float = 0.5) -> float:
    """Intersection over union of two masks [H, W] above threshold; 1 when both are empty."""
    a, b = first > threshold, second > threshold
    union = int(np.logical_or(a, b).sum())
    return float(np.logical_and(a, b).sum() / union) if union else 1.0
