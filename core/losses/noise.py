"""Keeps noise maps noise: without this an optimiser hides the picture in them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

SMALLEST = 8


def noise_regularisation(maps: Sequence[Tensor]) -> Tensor:
    """L_n = sum over maps and pyramid levels of mean(n * shift_x n)^2 + mean(n * shift_y n)^2.

    Levels are 2 x 2 means down to 8 pixels, shifts are cyclic by one pixel (StyleGAN2, Karras et al. 2020, appendix D;
    docs/methods/shared.md, Losses). Maps [B, 1, r, r]; maps smaller than 8 count once at their own size. Each level is
    the 2 x 2 mean times 2 in the paper and the plain mean in the code this follows.
    """
    total = maps[0].new_zeros(())
    for level in maps:
        while True:
            across = (level * torch.roll(level, shifts=1, dims=3)).mean()
            down = (level * torch.roll(level, shifts=1, dims=2)).mean()
            total = total + across.square() + down.square()
            if level.shape[-1] <= SMALLEST:
                break
            level = F.avg_pool2d(level, kernel_size=2)
    return total


@torch.no_grad()
def renormalise(maps: Sequence[Tensor]) -> None:
    """Shift and scale every map [B, 1, r, r] in place to mean 0 and mean square 1; a constant map becomes 0."""
    for noise in maps:
        noise -= noise.mean()
        noise *= noise.square().mean().clamp_min(1e-12).rsqrt()
