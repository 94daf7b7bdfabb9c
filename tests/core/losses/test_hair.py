"""Appearance vector, Gram matrices, noise and latent terms against loops and closed forms."""

from __future__ import annotations

import pytest
import torch

from core.losses.appearance import appearance, colour_distance
from core.losses.gram import TYPICAL_AREA, gram, style_loss, style_matrices
from core.losses.latent import dead_zone_prior
from core.losses.noise import noise_regularisation, renormalise


def _random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_appearance_is_the_masked_mean() -> None:
    features = _random(1, 3, 4, 4)
    mask = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    mask[0, 0, 1, 2], mask[0, 0, 3, 0] = 1, 1
    expected = (features[0, :, 1, 2] + features[0, :, 3, 0]) / 2
    torch.testing.assert_close(appearance(features, mask)[0], expected)


def test_colour_distance_is_a_mean_over_channels() -> None:
    assert float(colour_distance(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 0.0]]))) == pytest.approx(2.5)


def test_relative_terms_do_not_depend_on_the_scale() -> None:
    found, goal = _random(1, 4), _random(1, 4, seed=1)
    small = colour_distance(found, goal, relative=True)
    torch.testing.assert_close(colour_distance(found * 50, goal * 50, relative=True), small)
    first, second = {"a": _random(3, 3)}, {"a": _random(3, 3, seed=1)}
    scaled = {"a": first["a"] * 9}, {"a": second["a"] * 9}
    torch.testing.assert_close(style_loss(*scaled, relative=True), style_loss(first, second, relative=True))
    assert float(style_loss({"a": 2 * second["a"]}, second, relative=True)) == pytest.approx(1)


def test_appearance_gradient() -> None:
    features, mask = _random(1, 2, 3, 3).requires_grad_(), torch.rand(1, 1, 3, 3, dtype=torch.float64)
    goal = _random(1, 2, seed=2)
    assert torch.autograd.gradcheck(lambda x: colour_distance(appearance(x, mask), goal), (features,))


def test_gram_equals_loops() -> None:
    features, mask = _random(1, 3, 2, 2), torch.rand(1, 1, 2, 2, dtype=torch.float64)
    total = torch.zeros(3, 3, dtype=torch.float64)
    area = 0.0
    for y in range(2):
        for x in range(2):
            weight = float(mask[0, 0, y, x]) ** 2
            area += weight
            for c in range(3):
                for d in range(3):
                    total[c, d] += weight * features[0, c, y, x] * features[0, d, y, x]
    torch.testing.assert_close(gram(features, mask, normalise="map"), total / (3 * 4))
    torch.testing.assert_close(gram(features, mask), total * TYPICAL_AREA / (3 * area))


def test_area_normalisation_does_not_depend_on_the_hair_size() -> None:
    features = _random(1, 2, 1, 1).expand(1, 2, 8, 8)
    small, large = torch.zeros(1, 1, 8, 8).double(), torch.zeros(1, 1, 8, 8).double()
    small[..., :2], large[..., :6] = 1, 1
    torch.testing.assert_close(gram(features, small), gram(features, large))
    assert float((gram(features, small, normalise="map") - gram(features, large, normalise="map")).abs().max()) > 1e-3


def test_both_normalisations_agree_for_a_typical_portrait() -> None:
    features, mask = _random(1, 2, 8, 8), torch.zeros(1, 1, 8, 8).double()
    mask[..., :2] = 1
    torch.testing.assert_close(gram(features, mask), gram(features, mask, normalise="map"))


def test_gram_of_an_empty_mask_is_zero() -> None:
    assert float(gram(_random(1, 2, 4, 4), torch.zeros(1, 1, 4, 4).double()).abs().max()) == 0


def test_unknown_normalisation_is_refused() -> None:
    with pytest.raises(ValueError, match="normalise"):
        gram(_random(1, 2, 4, 4), torch.ones(1, 1, 4, 4).double(), normalise="none")


def test_style_loss_is_the_mean_of_the_layers() -> None:
    first = {"relu1_2": _random(2, 2), "relu2_2": _random(3, 3)}
    second = {name: torch.zeros_like(value) for name, value in first.items()}
    expected = sum(float(value.square().mean()) for value in first.values()) / 2
    assert float(style_loss(first, second)) == pytest.approx(expected)


def test_style_gradient() -> None:
    features, mask = _random(1, 2, 3, 3).requires_grad_(), torch.rand(1, 1, 3, 3, dtype=torch.float64)
    goal = {"relu1_2": _random(2, 2, seed=4)}
    assert torch.autograd.gradcheck(lambda x: style_loss(style_matrices({"relu1_2": x}, mask), goal), (features,))


def test_noise_regularisation_equals_loops() -> None:
    noise = _random(1, 1, 16, 16)
    pooled = torch.tensor([[noise[0, 0, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2].mean() for x in range(8)]
                           for y in range(8)], dtype=torch.float64)
    expected = 0.0
    for level in (noise[0, 0], pooled):
        side = level.shape[0]
        across = sum(float(level[y, x] * level[y, x - 1]) for y in range(side) for x in range(side)) / side**2
        down = sum(float(level[y, x] * level[y - 1, x]) for y in range(side) for x in range(side)) / side**2
        expected += across**2 + down**2
    assert float(noise_regularisation([noise])) == pytest.approx(expected)


def test_small_maps_count_once() -> None:
    noise = torch.ones(1, 1, 4, 4)
    assert float(noise_regularisation([noise])) == pytest.approx(2.0)


def test_noise_gradient() -> None:
    noise = _random(1, 1, 16, 16).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: noise_regularisation([x]), (noise,))


def test_renormalise() -> None:
    maps = [_random(1, 1, 8, 8) * 3 + 5, torch.full((1, 1, 4, 4), 7.0)]
    renormalise(maps)
    assert float(maps[0].mean()) == pytest.approx(0, abs=1e-12)
    assert float(maps[0].square().mean()) == pytest.approx(1)
    assert float(maps[1].abs().max()) == 0


def test_prior_is_flat_inside_its_dead_zone() -> None:
    start = torch.zeros(1, 2, 4, dtype=torch.float64)
    near = torch.full_like(start, 0.09).requires_grad_()
    loss = dead_zone_prior(near, start)
    loss.backward()
    assert loss.item() == pytest.approx(0)
    assert near.grad is not None
    assert float(near.grad.abs().max()) == 0
    assert float(dead_zone_prior(torch.full_like(start, 0.5), start)) == pytest.approx(0.25 - 0.01)
    assert float(dead_zone_prior(torch.full_like(start, 0.5), start, floor=2e-3)) == pytest.approx(0.25 - 2e-3)
    assert float(dead_zone_prior(torch.full_like(start, 2.0), start, unit=4.0)) == pytest.approx(0.25 - 0.01)


def test_prior_gradient() -> None:
    latent = (_random(1, 2, 4) + 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: dead_zone_prior(x, torch.zeros_like(x)), (latent,))
