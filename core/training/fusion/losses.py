"""The four losses of FusionNet and how they are weighted by node and stage (StyleFusion,
docs/methods/stylefusion.md, Losses)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_LEAST_AREA = 0.01
"""Share of a picture below which a region's area no longer shrinks the divisor: an absent region says nothing."""
_EPS = 1e-8


def mask_loss(result: Tensor, goal: Tensor) -> Tensor:
    """Regions of the result against those of the alignment picture (docs/methods/stylefusion.md, Losses, "mask").

    (L1(m1, m1') + L1(m2, m2')) / L1(m1' + m2'), mean over the pictures.

    Args:
        result, goal: [B, 2, s, s] memberships in 0..1 of the node's two groups of regions, of the result and of the
            picture of the alignment code.
    """
    apart = (result - goal).abs().sum((1, 2, 3))
    area = goal.sum((1, 2, 3)).clamp(min=_LEAST_AREA * goal[0, 0].numel())
    return (apart / area).mean()


def local_loss(before: Tensor, after: Tensor, region: Tensor, step: Tensor) -> Tensor:
    """Change of the picture inside a region that should not change (docs/methods/stylefusion.md, Losses, "local").

    Root of the mean square change per pixel of the region, divided by the length of the step that caused it.

    Args:
        before, after: [B, 3, s, s] pictures in [-1, 1].
        region: [B, s, s] membership in 0..1.
        step: [B] share of the way to another code, above 0.
    """
    squares = ((after - before).square().mean(1) * region).sum((1, 2))
    area = region.sum((1, 2)).clamp(min=_LEAST_AREA * region[0].numel())
    return ((squares / area + _EPS).sqrt() / step).mean()


def align_regulariser(share: Tensor) -> Tensor:
    """L1 norm of the alignment code's share q [B, parts, C] (docs/methods/stylefusion.md, Losses, "alignReg"), mean
    over pictures and parts.
    """
    return share.abs().sum(2).mean()


def fusion_loss(result: Tensor, part: Tensor, weight: Tensor) -> Tensor:
    """L2 norm of w (s_res - s) of one part (docs/methods/stylefusion.md, Losses, "fusion"), mean over the pictures.

    Args:
        result, part: [B, C] codes, in units of each channel's deviation.
        weight: [C] in 0..1, how much each channel belongs to that part's regions alone.
    """
    return ((weight * (result - part)).square().sum(1) + _EPS).sqrt().mean()


@dataclass(frozen=True)
class Weights:
    """Weights of the losses; pairs are for the first and the second part of the node.

    Published are 30,000 for the mask, and 6 and 1 for the alignment's share alone and in the last stage. With these
    the alignment code lost all influence on a generator of 128 px within 200 steps (mean share 0.3 to 0.001): regions
    of its pictures differ too little from each other for the mask term to hold against the share's. So the mask weighs
    five times as much here, the share a sixth, and the mask is kept in the last stage.
    """

    mask: float = 150_000.0
    local: tuple[float, float] = (15_000.0, 15_000.0)
    align_alone: float = 1.0
    align: float = 1.0 / 6
    fusion: tuple[float, float] = (375.0, 375.0)


@dataclass(frozen=True)
class Schedule:
    """Weights and steps per stage of a node; the third stage is 0 steps long where a node is trained short."""

    weights: Weights
    steps: tuple[int, int, int]


_REGULAR = Schedule(Weights(), (5_000, 10_000, 10_000))
_SHORT = Schedule(Weights(), (5_000, 10_000, 0))
_FAVOURED = Schedule(Weights(local=(20_000.0, 10_000.0), fusion=(500.0, 250.0)), (5_000, 10_000, 10_000))
SCHEDULES = {"all": _FAVOURED, "face": _SHORT, "bg_hair_clothes": _REGULAR, "skin_mouth": _REGULAR,
             "bg_clothes": _REGULAR}
"""The published choice per node of the face tree. ``local`` weighs the change inside the first and inside the second
part's regions, each caused by the other part."""


def total(terms: dict[str, Tensor], weights: Weights, stage: int) -> Tensor:
    """The weighted sum of a stage's terms (stage 0, 1 or 2); names as ``Trainer`` gives them."""
    factors = {"mask": weights.mask, "local_first": weights.local[0], "local_second": weights.local[1],
               "align": weights.align_alone if stage == 0 else weights.align,
               "fusion_first": weights.fusion[0], "fusion_second": weights.fusion[1]}
    return torch.stack([factors[name] * term for name, term in terms.items()]).sum()
