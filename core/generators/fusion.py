"""Takes a region's look from another code by mixing S space channel by channel, without training
(docs/methods/stylefusion.md, Channel table)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.models.tables import ChannelTable


def region_weights(table: ChannelTable, regions: Sequence[str], *, per_area: bool = True) -> list[Tensor]:
    """w_R = 2 max(M_R, 0.5) - 1 of a group of regions: one [channels] tensor in 0..1 per style
    (docs/methods/stylefusion.md, Channel table).

    Args:
        table: where each channel acts.
        regions: names of the group, for example ("hair",).
        per_area: see ``ChannelTable.belongs``.

    Raises:
        KeyError: an unknown region.
    """
    weights = (2.0 * table.belongs(regions, per_area=per_area).clip(0.5, 1.0) - 1.0).astype(np.float32)
    return [torch.from_numpy(part.copy()) for part in table.split(weights)]


def mix_styles(own: Sequence[Tensor], other: Sequence[Tensor], weights: Sequence[Tensor],
               strength: float = 1.0) -> list[Tensor]:
    """own + q (other - own) per channel, q = strength x weight, at most 1.

    Args:
        own, other: one [B, channels] tensor per style, as ``Generator.styles`` gives them.
        weights: [channels] in 0..1 per style.
        strength: 0 = own; 1 = the weights as they are; more takes channels that belong only partly, too.

    Raises:
        ValueError: different numbers of styles or channels, or a negative strength.
    """
    if not len(own) == len(other) == len(weights):
        raise ValueError(f"{len(own)} and {len(other)} styles with {len(weights)} weights")
    if strength < 0:
        raise ValueError(f"strength {strength} is negative")
    mixed = []
    for a, b, weight in zip(own, other, weights, strict=True):
        if a.shape[-1] != weight.shape[-1] or a.shape[-1] != b.shape[-1]:
            raise ValueError(f"styles of {a.shape[-1]} and {b.shape[-1]} channels, {weight.shape[-1]} weights")
        share = (weight.to(a.device, a.dtype) * strength).clamp(max=1.0)
        mixed.append(a + share * (b - a))
    return mixed
