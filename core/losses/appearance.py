"""The colour of hair as one vector: mean first-layer features over a mask."""

from __future__ import annotations

from torch import Tensor

from core.losses.masked import EMPTY

APPEARANCE_LAYER = "relu1_1"


def appearance(features: Tensor, mask: Tensor) -> Tensor:
    """A(f, m)_c = sum_p m_p f_pc / sum_p m_p: [B, C] from features [B, C, H, W] (relu1_1) and mask [B, 1, H, W].

    Zero where the mask is empty. Source: LOHO, METHODS A1.3.
    """
    return (features * mask).sum(dim=(2, 3)) / mask.sum(dim=(2, 3)).clamp_min(EMPTY)


def colour_distance(found: Tensor, target: Tensor, *, relative: bool = False) -> Tensor:
    """L_a = mean over channels of (A - A_target)^2; found and target [1, C], see ``appearance``.

    relative: divided by the mean square of A_target, so that it does not depend on the network's scale.

    The mean over channels is LOHO's code; its slides give the sum, 64 times as much (METHODS A1.8 no. 4).
    """
    distance = (found - target).square().mean()
    return distance / target.square().mean().clamp_min(1e-12) if relative else distance
