"""The Frechet distance of Gaussians, and how natural one picture's features are beside those of many portraits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.losses.perceptual import Features
from core.models.tables import NaturalLayer


class Gaussian(NamedTuple):
    """Mean [C] and covariance [C, C], float64."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


def gaussian_of(rows: NDArray[np.floating]) -> Gaussian:
    """Mean and (biased) covariance of rows [N, C]; N may be smaller than C.

    Raises:
        ValueError: there are no rows.
    """
    if rows.ndim != 2 or len(rows) == 0:
        raise ValueError(f"rows of shape {rows.shape}, [N, C] with N > 0 is expected")
    values = rows.astype(np.float64)
    mean = values.mean(axis=0)
    centred = values - mean
    return Gaussian(mean, centred.T @ centred / len(values))


def pooled_gaussian(parts: Sequence[Gaussian]) -> Gaussian:
    """The Gaussian of the rows of several sets of the same size, from the sets' own."""
    means = np.stack([part.mean for part in parts])
    between = gaussian_of(means)
    return Gaussian(between.mean, np.mean([part.covariance for part in parts], axis=0) + between.covariance)


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """Squared Frechet (2-Wasserstein) distance |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), at least 0.

    Dowson and Landau 1982; the trace of the root is taken from the eigenvalues of C1^(1/2) C2 C1^(1/2), which is
    symmetric even where a covariance is singular.
    """
    values, vectors = np.linalg.eigh(first.covariance)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    middle = root @ second.covariance @ root
    shared = np.sqrt(np.clip(np.linalg.eigvalsh((middle + middle.T) / 2), 0, None)).sum()
    apart = np.square(first.mean - second.mean).sum()
    return max(0.0, float(apart + np.trace(first.covariance) + np.trace(second.covariance) - 2 * shared))


def position_rows(features: Tensor) -> NDArray[np.float32]:
    """Features [B, C, h, w] as one row per position, [B h w, C]."""
    return features.detach().float().permute(0, 2, 3, 1).flatten(0, 2).cpu().numpy()


@torch.no_grad()
def natural_scores(net: Features, natural: Mapping[str, NaturalLayer], images: Tensor) -> list[float]:
    """How far each picture [B, 3, H, W] in [-1, 1] is from natural portraits: 1 is typical, more is stranger.

    The features of a picture's positions, as a Gaussian, against those of the portraits; each layer's Frechet distance
    is divided by its ``typical``, and the layers are averaged. Chooses among hypotheses
    (docs/methods/mgi.md, Hypotheses).

    Args:
        net: the feature network that the statistics were made with.
        natural: by layer, see ``core.models.tables.Tables.natural``.
        images: at the side that the statistics were made at.
    """
    totals = np.zeros(len(images))
    for name, features in net.extract(images, tuple(natural)).items():
        reference = natural[name]
        goal = Gaussian(reference.mean.astype(np.float64), reference.covariance.astype(np.float64))
        for index in range(len(images)):
            own = gaussian_of(position_rows(features[index : index + 1]))
            totals[index] += frechet_distance(own, goal) / reference.typical
    return (totals / max(1, len(natural))).tolist()
