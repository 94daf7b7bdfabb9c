"""The natural-statistics score of single pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.losses.frechet import Gaussian, frechet_distance, gaussian_of
from core.losses.natural import NaturalScore, load_natural
from core.models.pack import open_pack
from core.models.tables import NaturalLayer
from tests.core.generators.tiny import random_features


def _score() -> tuple[NaturalScore, dict[str, NaturalLayer]]:
    rng = np.random.default_rng(0)
    natural = {}
    for name, width in (("relu1_1", 4), ("relu2_1", 6)):
        rows = rng.normal(size=(50, width)).astype(np.float32)
        known = gaussian_of(rows)
        natural[name] = NaturalLayer(known.mean.astype(np.float32), known.covariance.astype(np.float32), 2.5)
    return NaturalScore(random_features(0), natural, 32), natural


def test_score_is_the_mean_relative_frechet_distance_of_positions() -> None:
    score, natural = _score()
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    expected = []
    for name, features in random_features(0).extract(picture, tuple(natural)).items():
        rows = np.array([[float(features[0, c, y, x]) for c in range(features.shape[1])]
                         for y in range(features.shape[2]) for x in range(features.shape[3])])
        mean, covariance = rows.mean(axis=0), np.cov(rows.T, bias=True)
        goal = natural[name]
        known = Gaussian(goal.mean.astype(np.float64), goal.covariance.astype(np.float64))
        expected.append(frechet_distance(Gaussian(mean, covariance), known) / 2.5)
    assert score(picture) == pytest.approx(np.mean(expected), rel=1e-4)


def test_pictures_of_any_size_are_scored_at_the_side_of_the_statistics() -> None:
    score, _ = _score()
    small = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    large = small.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert score(large) == pytest.approx(score(small), rel=1e-5)
    assert np.isfinite(score(small[..., :16, :16]))


def test_the_pack_knows_noise_from_a_portrait() -> None:
    score = load_natural(open_pack())
    assert score is not None
    noise = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1
    smooth = torch.nn.functional.interpolate(noise[..., :8, :8], size=(128, 128), mode="bicubic")
    assert score(noise) > score(smooth) > 0


def test_a_pack_without_statistics_has_no_score() -> None:
    class Bare:
        def __contains__(self, component: object) -> bool:
            return component == "features"

    assert load_natural(Bare()) is None  # type: ignore[arg-type]
