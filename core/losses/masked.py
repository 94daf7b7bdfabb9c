"""Masks inside losses: shrinking them alongside feature maps, and comparing pictures only where a mask says so."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

# Below this many (soft) pixels a mask counts as empty and its loss is 0.
EMPTY = 1e-3


def area_down(images: Tensor, size: int) -> Tensor:
    """Area mean of images [B, C, H, W] to [B, C, size, size]; unchanged when they are already that small.

    As in the StyleGAN2 projector.
    """
    if images.shape[-1] <= size and images.shape[-2] <= size:
        return images
    return F.interpolate(images, size=(size, size), mode="area")


def nearest_chain(mask: Tensor, sizes: Sequence[tuple[int, int]]) -> list[Tensor]:
    """mask [B, 1, H, W] resized to each (height, width) in turn, nearest neighbour, each from the one before.

    Source: LOHO's code: "nearest-neighbour resize, chained from block to block".
    """
    resized = []
    for size in sizes:
        if tuple(mask.shape[-2:]) != tuple(size):
            mask = F.interpolate(mask, size=size, mode="nearest")
        resized.append(mask)
    return resized


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Sum of values x mask over the sum of mask; values and mask [B, 1, H, W]; 0 (with gradient 0) if mask is empty."""
    return (values * mask).sum() / mask.sum().clamp_min(EMPTY) * (mask.sum() > EMPTY).to(values.dtype)


def masked_square(images: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean squared difference of images and target [B, C, H, W] over mask [B, 1, H, W] in 0..1."""
    return masked_mean((images - target).square().mean(dim=1, keepdim=True), mask)


def low_frequency_distance(
    images: Tensor, target: Tensor, mask: Tensor, *, size: int = 32, floor: float = 0.0
) -> Tensor:
    """Compare only the coarse colours: d = sum_p m_p max(|A(x)_p - A(y)_p|^2 / C, floor) / sum_p m_p.

    A is the area mean to ``size`` pixels; the mask is shrunk the same way. Used where the target may be trusted for
    its colours but not for its details (docs/methods/shared.md, Losses).

    Args:
        images, target: [B, C, H, W] in [-1, 1].
        mask: [B, 1, H, W] in 0..1.
        size: side of the comparison in pixels.
        floor: squared differences below this give no gradient (a dead zone).
    """
    small, goal, weight = area_down(images, size), area_down(target, size), area_down(mask, size)
    difference = (small - goal).square().mean(dim=1, keepdim=True)
    return masked_mean(difference.clamp_min(floor), weight)


def finite(*values: Tensor) -> bool:
    """Whether every element of every tensor is finite."""
    return all(bool(torch.isfinite(value).all()) for value in values)
