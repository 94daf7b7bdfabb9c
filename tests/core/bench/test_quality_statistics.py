"""Intervals, tests and ranks of the quality benchmark, beside enumeration and plain loops."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import rankdata

from core.bench.quality.statistics import badness, compare, estimate, ranks, signed_rank


def test_the_interval_is_that_of_resampled_means():
    values = [0.1, 0.5, 0.2, 0.9, 0.4, 0.4]
    rng = np.random.default_rng(3)
    means = []
    for picks in rng.integers(0, 6, (500, 6)):
        means.append(sum(values[index] for index in picks) / 6)
    found = estimate(values, seed=3, draws=500)
    assert (found.mean, found.median, found.n) == (pytest.approx(np.mean(values)), pytest.approx(0.4), 6)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(means, (0.025, 0.975))))


def test_two_values_give_the_exact_interval():
    # Means of two draws are 0, 1/2, 1/2 and 1: both ends are reached more often than in one of forty.
    found = estimate([0.0, 1.0])
    assert (found.low, found.high) == (0, 1)


def test_whole_people_are_drawn():
    values, people = [0.0, 0.0, 0.0, 3.0], ["a", "a", "a", "b"]
    found = estimate(values, people, draws=4000)
    rng = np.random.default_rng(0)
    means = []
    for picks in rng.integers(0, 2, (4000, 2)):
        drawn = [value for pick in picks for value, who in zip(values, people, strict=True) if who == "ab"[pick]]
        means.append(np.mean(drawn))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(means, (0.025, 0.975))))
    assert found.high == 3


def test_what_was_not_measured_does_not_count():
    assert estimate([1.0, float("nan"), 3.0]).n == 2
    assert estimate([float("nan")]).n == 0
    assert np.isnan(estimate([]).mean)


def test_signed_ranks_by_enumeration():
    differences = np.array([0.8, -0.3, 1.2, 0.5, 2.0, -0.1, 0.9])
    weights = rankdata(np.abs(differences))
    observed = weights[differences > 0].sum()
    centre = weights.sum() / 2
    sums = [sum(w for w, s in zip(weights, signs, strict=True) if s)
            for signs in itertools.product((0, 1), repeat=7)]
    p = np.mean([abs(total - centre) >= abs(observed - centre) - 1e-9 for total in sums])
    assert signed_rank(differences) == pytest.approx(p)
    assert signed_rank(np.array([1.0, 2, 3, 4, 5])) == pytest.approx(2 / 32)
    assert signed_rank(np.zeros(4)) == 1
    assert np.isnan(signed_rank(np.array([])))


def test_comparison_is_paired_and_knows_which_way_is_better():
    method, baseline = [0.9, 0.8, float("nan"), 0.7], [0.5, 0.8, 0.1, 0.9]
    high = compare(method, baseline, better="high")
    assert high.difference.n == 3
    assert high.difference.mean == pytest.approx((0.4 + 0 - 0.2) / 3)
    assert high.better == pytest.approx((1 + 0.5 + 0) / 3)
    assert compare(method, baseline, better="low").better == pytest.approx((0 + 0.5 + 1) / 3)


def test_nearer_to_one_in_ratio_is_better():
    assert badness(np.array([0.5, 2.0, 1.0]), "one") == pytest.approx([np.log(2), np.log(2), 0])
    found = compare([1.2, 0.9], [2.0, 0.4], better="one")
    assert found.better == 1
    assert found.gain.mean == pytest.approx((np.log(2 / 1.2) + np.log(0.9 / 0.4)) / 2)
    assert found.difference.mean == pytest.approx((-0.8 + 0.5) / 2)
    assert compare([2.0], [0.5], better="one").better == 0.5


def test_ranks_share_ties_and_skip_what_is_unknown():
    rows = [[3.0, 1.0, 2.0, 1.0], [float("nan"), 5.0, 4.0, 4.0]]
    found = ranks(rows)
    assert found[0] == pytest.approx(rankdata(rows[0]))
    assert np.isnan(found[1, 0])
    assert found[1, 1:] == pytest.approx(rankdata(rows[1][1:]))
