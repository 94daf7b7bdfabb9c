"""What a portrait loses when hair is removed, as masks for training: other people's hair, hairlines and blobs."""

from __future__ import annotations

import csv
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from core.training.portraits_images import PortraitSet, Sampler

# Shares of samples that hide another head's hair, a band along the own hair, blobs; the rest hides nothing.
_SHARES = (0.5, 0.63, 0.72)


def hair_fractions(folder: Path, portraits: PortraitSet) -> Tensor:
    """[N] share of each portrait that is hair, from ``index.csv``."""
    with (folder / "index.csv").open(newline="") as handle:
        known = {row["name"]: float(row["hair_fraction"]) for row in csv.DictReader(handle)}
    return torch.tensor([known[name] for name in portraits.names])


class Hider:
    """Draws what is unknown in a batch.

    Args:
        sampler: portraits and the source of randomness; its weights are set to favour short hair.
        fractions: [N] hair fraction of each portrait; those with much hair lend theirs as masks.
    """

    def __init__(self, sampler: Sampler, fractions: Tensor) -> None:
        self.sampler = sampler
        fractions = fractions.to(sampler.device)
        # Hair that was removed leaves a head with less hair, so such heads are the targets.
        sampler.weights = 1.0 / (0.15 + fractions)
        self._lenders = (fractions - 0.12).clamp(min=0.0).square() + 1e-9

    def masks(self, hair: Tensor, background: Tensor) -> Tensor:
        """[B, 1, R, R] of 0 and 1 for heads with the mattes and backgrounds [B, 1, R, R]: 1 = hidden.

        Own hair is never hidden, as new hair is not: the network learns that what is unknown is not hair. In most
        samples the background stays too, and shows where the person ends.
        """
        count = hair.shape[0]
        own = hair > 0.4
        lent = self._grown(self._lent(count), 1, 4)
        band = self._grown(own, 3, 12) & (self.sampler.blobs(count, 3, 0.6) > 0.5)
        blobs = self.sampler.blobs(count, 3 + int(self.sampler.uniform(1).item() * 4), 0.15) > 0.5
        pick = self.sampler.uniform(count, 1, 1, 1)
        hidden = torch.where(pick < _SHARES[0], lent, torch.where(pick < _SHARES[1], band, blobs))
        shown = (background > 0.5) & (self.sampler.uniform(count, 1, 1, 1) < 0.65)
        return (hidden & ~self._grown(own, 0, 1) & ~shown & (pick < _SHARES[2])).float()

    def removed(self, hair: Tensor) -> Tensor:
        """As ``masks``, but always another head's hair where the own hair is not."""
        return (self._grown(self._lent(hair.shape[0]), 1, 4) & ~self._grown(hair > 0.4, 1, 1)).float()

    def _lent(self, count: int) -> Tensor:
        """Mattes of heads with much hair, moved, scaled and mirrored."""
        sampler = self.sampler
        chosen = torch.multinomial(self._lenders, count, replacement=True, generator=sampler.random)
        scale = 1.0 / sampler.uniform(count, low=0.88, high=1.18)
        mirror = torch.where(sampler.uniform(count) < 0.5, -1.0, 1.0)
        theta = torch.zeros(count, 2, 3, device=sampler.device)
        theta[:, 0, 0], theta[:, 1, 1] = scale * mirror, scale
        theta[:, :, 2] = sampler.uniform(count, 2, low=-0.1, high=0.1)
        size = [count, 1, sampler.resolution, sampler.resolution]
        grid = F.affine_grid(theta, size, align_corners=False)
        mattes = sampler.hair[chosen].float() / 255.0
        return F.grid_sample(mattes, grid, padding_mode="border", align_corners=False) > 0.3

    def _grown(self, mask: Tensor, least: int, most: int) -> Tensor:
        """Masks dilated by a number of pixels drawn once per call."""
        radius = least + int(self.sampler.uniform(1).item() * (most - least + 1))
        radius = min(radius, most)
        return F.max_pool2d(mask.float(), 2 * radius + 1, stride=1, padding=radius) > 0.5
