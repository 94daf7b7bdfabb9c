"""The colour of hair as one vector: mean first-layer features over a mask."""

from __future__ import annotations

from torch import Tensor

from core.losses.masked import EMPTY

APPEARANCE_LAYER = "relu1_1"
NORMS = ("mean", "sum")


def appearance(features: Tensor, mask: Tensor) -> Tensor:
    """A(f, m)_c = sum_p m_p f_pc / sum_p m_p: [B, C] from features [B, C, H, W] (relu1_1) and mask [B, 1, H, W].

    Zero where the mask is empty. Source: LOHO (docs/methods/loho.md, Losses).
    """
    return (features * mask).sum(dim=(2, 3)) / mask.sum(dim=(2, 3)).clamp_min(EMPTY)


def colour_distance(found: Tensor, target: Tensor, *, relative: bool = False, norm: str = "mean") -> Tensor:
    """L_a = (A - A_target)^2 over the channels; found and target [1, C], see ``appearance``.

    Args:
        found, target: [1, C].
        relative: divided by the mean square of A_target, so that it does not depend on the network's scale.
        norm: "mean" over channels (LOHO's code) or their "sum", C times as much (its slides,
            docs/methods/loho.md, Differences no. 4).

    Raises:
        ValueError: unknown norm.
    """
    if norm not in NORMS:
        raise ValueError(f"norm must be one of {NORMS}, not {norm!r}")
    square = (found - target).square()
    distance = square.sum() if norm == "sum" else square.mean()
    return distance / target.square().mean().clamp_min(1e-12) if relative else distance
