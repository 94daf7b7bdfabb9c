"""The Frechet distance in closed form, and pictures scored against statistics."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.losses.frechet import Gaussian, frechet_distance, gaussian_of, natural_scores, pooled_gaussian
from core.models.tables import NaturalLayer
from core.training.generator.tables import natural_tables
from tests.core.generators.tiny import random_features


def test_diagonal_gaussians_have_a_closed_form() -> None:
    first = Gaussian(np.array([1.0, 0.0]), np.diag([4.0, 9.0]))
    second = Gaussian(np.array([1.0, 2.0]), np.diag([1.0, 25.0]))
    assert frechet_distance(first, second) == pytest.approx(4 + (2 - 1) ** 2 + (3 - 5) ** 2)
    assert frechet_distance(second, first) == pytest.approx(frechet_distance(first, second))


def test_turning_both_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    sets = [rng.normal(size=(40, 5)) * scale + scale for scale in (1.0, 1.7)]
    plain, turned = ([gaussian_of(rows) for rows in (s @ matrix for s in sets)] for matrix in (np.eye(5), turn))
    assert frechet_distance(*turned) == pytest.approx(frechet_distance(*plain))


def test_equal_and_singular_sets() -> None:
    few = gaussian_of(np.random.default_rng(1).normal(size=(3, 8)))
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-6)
    point = gaussian_of(np.ones((2, 8)))
    assert frechet_distance(point, gaussian_of(np.zeros((2, 8)))) == pytest.approx(8)
    with pytest.raises(ValueError, match="N > 0"):
        gaussian_of(np.zeros((0, 3)))


def test_sets_pool_like_their_rows() -> None:
    rows = np.random.default_rng(2).normal(size=(6, 10, 4))
    pooled, whole = pooled_gaussian([gaussian_of(part) for part in rows]), gaussian_of(rows.reshape(60, 4))
    assert np.allclose(pooled.mean, whole.mean)
    assert np.allclose(pooled.covariance, whole.covariance)


def test_a_portrait_like_the_others_is_more_natural_than_noise() -> None:
    net = random_features(0)
    coarse = torch.rand(12, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.interpolate(coarse, size=(32, 32), mode="bilinear")
    known = natural_tables(net, (smooth[:10] * 255).byte())
    layers = [name[8:-5] for name in known if name.endswith(".mean")]
    assert layers == ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
    natural = {name: NaturalLayer(known[f"natural.{name}.mean"].numpy(), known[f"natural.{name}.covariance"].numpy(),
                                  float(known[f"natural.{name}.typical"])) for name in layers}
    own = natural_scores(net, natural, smooth[:10] * 2 - 1)
    assert np.mean(own) == pytest.approx(1, rel=0.02)
    noise = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    assert min(natural_scores(net, natural, noise)) > max(natural_scores(net, natural, smooth[10:] * 2 - 1))
