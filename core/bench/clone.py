"""Seamless cloning as it was published, for baselines: no recipe joins pictures that way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.imaging.arrays import FloatImage
from core.imaging.poisson import membrane


def solve_poisson(target: NDArray, source: NDArray, mask: NDArray, *, tolerance: float = 2e-3,
                  threads: int | None = None) -> FloatImage:
    """Seamless clone of ``source`` into ``target`` (Perez et al. 2003, equation 7).

    Args:
        target, source: [H, W] or [H, W, C] in one unit (0..1).
        mask: [H, W], non-zero = take the source's gradients; the target is the border condition around it.
        tolerance: allowed error in the pictures' unit.
        threads: channels solved at once; None chooses.

    Returns:
        float32; the target outside the mask, bitwise. A mask that covers everything leaves nothing to join to: then
        the source, shifted to the target's mean per channel, comes back.

    Raises:
        ValueError: shapes differ.
    """
    below, above = (image.astype(np.float32, copy=False) for image in (target, source))
    if above.shape != below.shape or mask.shape != below.shape[:2]:
        raise ValueError(f"pictures {below.shape} and {above.shape} and mask {mask.shape} do not match")
    unknown = mask.astype(bool, copy=False)
    if unknown.all():
        shift = (below.astype(np.float64) - above).mean(axis=(0, 1))
        return (above + shift).astype(np.float32)
    correction = membrane(below - above, unknown, tolerance=tolerance, threads=threads)
    correction += above
    np.copyto(correction, below, where=~unknown if below.ndim == 2 else ~unknown[..., None])
    return correction
