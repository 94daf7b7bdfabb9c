"""Regions without a parser: activations of a generator clustered once, and the clusters named
(docs/methods/stylefusion.md, Channel table)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

_BLOCK = 8192
"""Rows whose distances to all centres are held at once."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of normalised activations, each belonging to one region.

    Attributes:
        mean, deviation: [C] of the activations, for normalisation.
        centres: [N, C] of unit length.
        regions: [N] index of each cluster's region.
        count: number of regions.
    """

    mean: Tensor
    deviation: Tensor
    centres: Tensor
    regions: Tensor
    count: int

    def memberships(self, activations: Tensor) -> Tensor:
        """Hard memberships [B, regions, h, w] of activations [B, C, h, w]."""
        rows = normalised(activations.float().permute(0, 2, 3, 1).flatten(0, 2), self.mean, self.deviation)
        labels = self.regions[nearest(rows, self.centres)]
        one_hot = F.one_hot(labels, self.count).float()
        return one_hot.view(activations.shape[0], *activations.shape[2:], -1).permute(0, 3, 1, 2)


def normalised(rows: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Rows [N, C] with every channel standardised, then scaled to length one."""
    return F.normalize((rows - mean) / deviation, dim=1)


def nearest(rows: Tensor, centres: Tensor) -> Tensor:
    """Index [N] of the centre with the largest inner product with each row of unit length."""
    return torch.cat([(part @ centres.t()).argmax(1) for part in rows.split(_BLOCK)])


def spherical_k_means(rows: Tensor, count: int, *, seed: int = 0, rounds: int = 40) -> Tensor:
    """Centres [count, C] of unit length of rows [N, C] of unit length (k-means++ start, Lloyd's rounds).

    A cluster that loses all its rows starts again at the row that fits its own centre worst.

    Raises:
        ValueError: fewer rows than clusters.
    """
    if len(rows) < count:
        raise ValueError(f"{len(rows)} rows for {count} clusters")
    source = torch.Generator().manual_seed(seed)
    centres = rows[torch.randint(len(rows), (1,), generator=source)]
    apart = 1.0 - rows @ centres[0]
    while len(centres) < count:
        chosen = torch.multinomial(apart.clamp(min=1e-9).cpu(), 1, generator=source)
        centres = torch.cat([centres, rows[chosen]])
        apart = torch.minimum(apart, 1.0 - rows @ centres[-1])
    for _ in range(rounds):
        labels = nearest(rows, centres)
        sums = torch.zeros_like(centres).index_add_(0, labels, rows)
        empty = torch.bincount(labels, minlength=count) == 0
        if bool(empty.any()):
            fit = (rows * centres[labels]).sum(1)
            sums[empty] = rows[fit.topk(int(empty.sum()), largest=False).indices]
        moved = F.normalize(sums, dim=1)
        if torch.allclose(moved, centres, atol=1e-6):
            break
        centres = moved
    return centres


def match(labels: Tensor, memberships: Tensor, count: int) -> Tensor:
    """The region [count] of each cluster: where most of its positions lie.

    A region that no cluster chose, however small, gets the cluster in which it is most enriched, unless that one is
    the only cluster of another region.

    Args:
        labels: [N] cluster of each position.
        memberships: [N, K] soft region memberships of the same positions.
        count: number of clusters.
    """
    mass = torch.zeros(count, memberships.shape[1]).index_add_(0, labels, memberships)
    share = mass / mass.sum(1, keepdim=True).clamp(min=1e-9)
    regions = share.argmax(1)
    enriched = share / memberships.mean(0).clamp(min=1e-6)
    for region in range(memberships.shape[1]):
        if bool((regions == region).any()):
            continue
        for cluster in enriched[:, region].argsort(descending=True).tolist():
            if int((regions == regions[cluster]).sum()) > 1:
                regions[cluster] = region
                break
    return regions


def fit_clusters(activations: Tensor, memberships: Tensor, *, count: int = 24, seed: int = 0) -> Clusters:
    """Cluster positions and name the clusters.

    Args:
        activations: [N, C], one row per position.
        memberships: [N, K], regions of the same positions by the regions net.
        count: number of clusters.
        seed: of the start.
    """
    mean, deviation = activations.mean(0), activations.std(0).clamp(min=1e-6)
    rows = normalised(activations, mean, deviation)
    centres = spherical_k_means(rows, count, seed=seed)
    regions = match(nearest(rows, centres).cpu(), memberships.cpu(), count).to(rows.device)
    return Clusters(mean, deviation, centres, regions, memberships.shape[1])
