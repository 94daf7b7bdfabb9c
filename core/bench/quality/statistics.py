"""Intervals and tests for paired measures: bootstrap over people, Wilcoxon's signed ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wilcoxon

DRAWS = 10_000


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval.

    Attributes:
        mean, low, high: NaN where nothing was measured.
        median: of the same values.
        n: how many values.
    """

    mean: float
    low: float
    high: float
    median: float
    n: int


@dataclass(frozen=True)
class Comparison:
    """A method beside the baseline on the same pairs.

    Attributes:
        difference: mean of method - baseline, with its interval.
        gain: the same turned so that more is better: for a ratio, how much nearer to 1 (difference of |ln|).
        p: of Wilcoxon's signed-rank test on how much better it is, two-sided; NaN without pairs, 1 where nothing
            differs.
        better: share of the pairs in which the method is better, ties counted half.
    """

    difference: Estimate
    gain: Estimate
    p: float
    better: float


def estimate(values: Sequence[float], groups: Sequence[str] | None = None, *, seed: int = 0,
             draws: int = DRAWS) -> Estimate:
    """Mean and percentile bootstrap interval of values that are not NaN.

    Args:
        values: [n].
        groups: [n] whose value it is; whole groups are drawn, since values of one person hang together. None: every
            value is drawn by itself.
        seed: of the draws.
        draws: how many.
    """
    array = np.array(values, np.float64)
    known = np.isfinite(array)
    array = array[known]
    if not array.size:
        return Estimate(float("nan"), float("nan"), float("nan"), float("nan"), 0)
    names = np.arange(array.size) if groups is None else np.asarray(groups)[known]
    means = _resampled(array, names, np.random.default_rng(seed), draws)
    low, high = np.quantile(means, (0.025, 0.975))
    return Estimate(float(array.mean()), float(low), float(high), float(np.median(array)), int(array.size))


def _resampled(values: NDArray[np.float64], groups: NDArray, rng: np.random.Generator, draws: int
               ) -> NDArray[np.float64]:
    """Means of ``draws`` resamples of whole groups."""
    _, index = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(index, values), np.bincount(index).astype(np.float64)
    picks = rng.integers(0, len(sums), (draws, len(sums)))
    return sums[picks].sum(axis=1) / counts[picks].sum(axis=1)


def compare(method: Sequence[float], baseline: Sequence[float], groups: Sequence[str] | None = None, *,
            better: str = "low", seed: int = 0, draws: int = DRAWS) -> Comparison:
    """A method beside a baseline, value by value on the same pairs; NaN on either side leaves a pair out.

    Args:
        method, baseline: [n].
        groups: as in ``estimate``.
        better: "low", "high" or "one" (nearer to 1 in ratio).
    """
    first, second = np.asarray(method, np.float64), np.asarray(baseline, np.float64)
    known = np.isfinite(first) & np.isfinite(second)
    first, second = first[known], second[known]
    difference = first - second
    names = None if groups is None else [group for group, keep in zip(groups, known, strict=True) if keep]
    gain = badness(second, better) - badness(first, better)
    share = float((gain > 0).mean() + 0.5 * (gain == 0).mean()) if gain.size else float("nan")
    means = [estimate(values.tolist(), names, seed=seed, draws=draws) for values in (difference, gain)]
    return Comparison(means[0], means[1], signed_rank(gain), share)


def badness(values: NDArray[np.float64], better: str) -> NDArray[np.float64]:
    """Values turned so that less is better: themselves, their negative, or |ln value| for a ratio."""
    if better == "high":
        return -values
    if better == "one":
        return np.abs(np.log(np.maximum(values, 1e-6)))
    return values


def signed_rank(differences: NDArray[np.float64]) -> float:
    """Two-sided p of Wilcoxon's signed-rank test; 1 where all differences are 0, NaN without any."""
    if not differences.size:
        return float("nan")
    if not np.any(differences):
        return 1.0
    found: Any = wilcoxon(differences, zero_method="wilcox")
    return float(found.pvalue)


def ranks(rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Rank of each entry [methods] in each row, 1 = least, ties shared; NaN stays NaN."""
    found = np.full(np.shape(rows), np.nan)
    for place, row in enumerate(rows):
        values = np.asarray(row, np.float64)
        known = np.flatnonzero(np.isfinite(values))
        for index in known:
            others = values[known]
            found[place, index] = 1 + (others < values[index]).sum() + 0.5 * ((others == values[index]).sum() - 1)
    return found
