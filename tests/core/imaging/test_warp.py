"""Resampling: coordinates are pixel centres, shrinking does not alias, grids enlarge exactly where linear."""

import numpy as np
import pytest

from core.imaging.warp import affine_grid, enlarge_grid, prefilter, resample


def test_identity_map_returns_the_picture():
    image = np.random.default_rng(0).uniform(0, 1, (20, 30, 3)).astype(np.float32)
    map_x, map_y = affine_grid(np.eye(3), np.arange(30), np.arange(20))
    assert np.allclose(resample(image, map_x, map_y), image, atol=1e-6)


def test_outside_is_mirrored_or_a_value():
    image = np.tile(np.arange(10, dtype=np.float32), (4, 1))
    map_x, map_y = affine_grid(np.eye(3), np.array([-2.0, 4.0]), np.array([1.0]))
    assert resample(image, map_x, map_y)[0] == pytest.approx([2, 4])
    assert resample(image, map_x, map_y, outside=0)[0] == pytest.approx([0, 4])


def test_labels_are_not_mixed():
    labels = np.array([[0, 5], [0, 5]], np.uint8)
    map_x, map_y = affine_grid(np.eye(3), np.linspace(0, 1, 7), np.array([0.0]))
    assert set(np.unique(resample(labels, map_x, map_y, smooth=False))) == {0, 5}


def test_prefilter_only_when_shrinking():
    image = np.random.default_rng(0).uniform(0, 1, (40, 40)).astype(np.float32)
    assert prefilter(image, 1.2) is image
    assert prefilter(image, 3.0).std() < 0.5 * image.std()


def test_grid_is_enlarged_linearly():
    ys, xs = np.mgrid[0:5, 0:6].astype(np.float32)
    dense = enlarge_grid(np.stack([xs * 8, ys * 8], axis=-1), 8.0, 40, 32)
    assert dense[17, 23] == pytest.approx([23, 17], abs=0.3)
