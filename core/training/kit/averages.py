"""The running average of a network's weights, which is what training exports."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, step: int, decay: float = 0.998) -> None:
    """Move an average towards a network, in place; quickly in the first steps, so that it soon forgets the start.

    Args:
        average, network: of the same architecture.
        step: steps done before this one.
        decay: share of the average that is kept per step later on.
    """
    keep = min(decay, (1 + step) / (10 + step))
    for kept, new in zip(average.parameters(), network.parameters(), strict=True):
        kept.lerp_(new, 1 - keep)
