"""Colour spaces round-trip, and statistics are robust."""

import numpy as np
import pytest

from core.imaging.colour import lab_to_rgb, luma, rgb_to_lab, robust_statistics


def test_lab_round_trip_of_any_shape():
    rng = np.random.default_rng(0)
    for shape in ((5, 7, 3), (11, 3), (3,)):
        colours = rng.uniform(0, 1, shape).astype(np.float32)
        assert rgb_to_lab(colours).shape == shape
        assert np.abs(lab_to_rgb(rgb_to_lab(colours)) - colours).max() < 2e-3


def test_known_lab_values():
    lab = rgb_to_lab(np.float32([[1, 1, 1], [0, 0, 0], [1, 0, 0]]))
    assert lab[0] == pytest.approx([100, 0, 0], abs=0.1)
    assert lab[1] == pytest.approx([0, 0, 0], abs=0.1)
    assert lab[2] == pytest.approx([53.2, 80.1, 67.2], abs=0.3)
    assert luma(np.float32([[1, 1, 1]])) == pytest.approx([1.0])


def test_statistics_ignore_outliers():
    rng = np.random.default_rng(0)
    samples = rng.normal(10, 1, (2000, 2))
    samples[:200] = 500
    mean, covariance = robust_statistics(samples)
    assert mean == pytest.approx([10, 10], abs=0.1)
    assert np.diag(covariance) == pytest.approx([0.9, 0.9], abs=0.2)
