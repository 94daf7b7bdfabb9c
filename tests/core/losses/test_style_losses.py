"""Every style term against plain loops or a closed form, and its gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.losses.style import (
    adain,
    blend_codes,
    channel_statistics,
    content_loss,
    coral,
    disentanglement_loss,
    draw_code,
    gram_matrices,
    kl_divergence,
    statistics_loss,
    style_loss,
)


def _maps(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_content_is_the_mean_square_per_layer_added_up() -> None:
    made, wanted = _maps(0, 2, 3, 4, 5), _maps(1, 2, 3, 4, 5)
    by_hand = 0.0
    for sample in range(2):
        for c in range(3):
            for y in range(4):
                for x in range(5):
                    by_hand += float(made[sample, c, y, x] - wanted[sample, c, y, x]) ** 2 / (3 * 4 * 5) / 2
    assert float(content_loss({"a": made}, {"a": wanted})) == pytest.approx(by_hand)
    assert float(content_loss({"a": made, "b": made}, {"a": wanted, "b": wanted})) == pytest.approx(2 * by_hand)


def test_gram_is_a_plain_sum_over_positions() -> None:
    features, weight = _maps(2, 2, 3, 2, 4), _maps(3, 2, 1, 2, 4).abs()
    for mask in (None, weight):
        found = gram_matrices(features, mask)
        for sample in range(2):
            for c in range(3):
                for d in range(3):
                    total = 0.0
                    for y in range(2):
                        for x in range(4):
                            share = 1.0 if mask is None else float(mask[sample, 0, y, x])
                            total += share * float(features[sample, c, y, x] * features[sample, d, y, x])
                    assert float(found[sample, c, d]) == pytest.approx(total)


def test_style_divides_by_the_squared_number_of_channels() -> None:
    made, wanted = gram_matrices(_maps(4, 2, 3, 4, 4)), gram_matrices(_maps(5, 2, 3, 4, 4))
    by_hand = float(((made - wanted) ** 2).sum()) / 9 / 2
    assert float(style_loss({"a": made}, {"a": wanted}, {"a": 1.0})) == pytest.approx(by_hand)
    assert float(style_loss({"a": made}, {"a": wanted}, {"a": 0.25})) == pytest.approx(by_hand / 4)


def test_statistics_compare_means_and_deviations() -> None:
    made, wanted = _maps(6, 1, 2, 6, 6), _maps(7, 1, 2, 3, 5)
    terms = []
    for channel in range(2):
        a, b = made[0, channel].numpy(), wanted[0, channel].numpy()
        terms.append((a.mean() - b.mean()) ** 2 + (np.sqrt(a.var() + 1e-5) - np.sqrt(b.var() + 1e-5)) ** 2)
    assert float(statistics_loss({"a": made}, {"a": wanted})) == pytest.approx(np.mean(terms))


def test_weighted_statistics_are_those_of_repeated_positions() -> None:
    features = _maps(8, 1, 3, 1, 4)
    weight = torch.tensor([[[[0.0, 1.0, 2.0, 1.0]]]], dtype=torch.float64)
    repeated = features[..., [1, 2, 2, 3]]
    for got, wanted in zip(channel_statistics(features, weight), channel_statistics(repeated), strict=True):
        torch.testing.assert_close(got, wanted)


def test_a_weight_of_zeros_counts_as_none() -> None:
    features = _maps(9, 2, 3, 4, 4)
    weight = torch.zeros(2, 1, 4, 4, dtype=torch.float64)
    for got, wanted in zip(channel_statistics(features, weight), channel_statistics(features), strict=True):
        torch.testing.assert_close(got, wanted)


def test_adain_gives_the_wanted_mean_and_deviation() -> None:
    mean, deviation = _maps(10, 2, 3, 1, 1), _maps(11, 2, 3, 1, 1).abs() + 0.1
    made = adain(_maps(12, 2, 3, 9, 7) * 3 + 5, mean, deviation)
    torch.testing.assert_close(made.mean((2, 3), keepdim=True), mean)
    torch.testing.assert_close(made.std((2, 3), correction=0, keepdim=True), deviation, rtol=1e-4, atol=1e-5)


def test_adain_with_its_own_statistics_changes_nothing() -> None:
    features = _maps(13, 2, 3, 5, 5)
    torch.testing.assert_close(adain(features, *channel_statistics(features)), features)


@pytest.mark.parametrize(("style", "wanted"), [((3.0, 0.0), 0.0), ((1.5, 0.0), 4 - 2.25), ((0.0, 0.0), 4.0)])
def test_disentanglement_asks_that_two_results_are_nearer_than_the_style(style, wanted) -> None:
    first, second = torch.tensor([[0.0, 0.0]]), torch.tensor([[2.0, 0.0]])
    assert float(disentanglement_loss(first, second, torch.tensor([style]))) == pytest.approx(wanted)


def test_kl_agrees_with_the_integral() -> None:
    mean, log_variance = torch.tensor([[0.7, -0.3]]).double(), torch.tensor([[-0.5, 0.4]]).double()
    x = np.linspace(-14, 14, 200_001)
    by_hand = 0.0
    for m, v in zip(mean[0].tolist(), log_variance[0].exp().tolist(), strict=True):
        log_q = -0.5 * (np.log(2 * np.pi * v) + (x - m) ** 2 / v)
        log_p = -0.5 * (np.log(2 * np.pi) + x**2)
        by_hand += float(np.sum(np.exp(log_q) * (log_q - log_p)) * (x[1] - x[0]))
    assert float(kl_divergence(mean, log_variance)) == pytest.approx(by_hand, abs=1e-6)
    assert float(kl_divergence(torch.zeros(3, 4), torch.zeros(3, 4))) == 0


def test_a_drawn_code_lies_a_deviation_per_unit_of_noise_away() -> None:
    mean, log_variance = torch.tensor([[1.0, 2.0]]), torch.log(torch.tensor([[4.0, 0.25]]))
    torch.testing.assert_close(draw_code(mean, log_variance, torch.tensor([[1.0, -2.0]])), torch.tensor([[3.0, 1.0]]))


def test_interpolation_is_the_weighted_mean() -> None:
    codes = [torch.tensor([[0.0, 4.0]]), torch.tensor([[8.0, 0.0]])]
    torch.testing.assert_close(blend_codes(codes, [3, 1]), torch.tensor([[2.0, 3.0]]))
    torch.testing.assert_close(blend_codes(codes, [0, 2]), codes[1])
    for weights in ([0.0, 0.0], [1.0], [2.0, -1.0]):
        with pytest.raises(ValueError):
            blend_codes(codes, weights)


def test_coral_gives_the_colours_mean_and_covariance() -> None:
    random = np.random.default_rng(0)
    mixing = random.normal(0, 0.1, (3, 3))
    picture = random.random((20, 30, 3)).astype(np.float32)
    colours = (random.normal(0, 1, (25, 25, 3)) @ mixing + [0.2, 0.5, 0.7]).astype(np.float32)
    made = coral(picture, colours)
    np.testing.assert_allclose(made.reshape(-1, 3).mean(0), colours.reshape(-1, 3).mean(0), atol=1e-5)
    np.testing.assert_allclose(np.cov(made.reshape(-1, 3).T, bias=True), np.cov(colours.reshape(-1, 3).T, bias=True),
                               rtol=2e-2, atol=2e-4)


def test_coral_looks_only_where_it_is_told_to() -> None:
    random = np.random.default_rng(1)
    colours = random.random((8, 8, 3)).astype(np.float32)
    weight = np.zeros((8, 8), np.float32)
    weight[:, :4] = 1
    picture = random.random((8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(coral(picture, colours, weight), coral(picture, colours[:, :4]), atol=1e-5)
    assert np.isfinite(coral(np.full_like(picture, 0.5), colours)).all()


def test_gradients_agree_with_differences() -> None:
    wanted, code = _maps(20, 1, 2, 3, 3), _maps(21, 2, 3)
    goal = gram_matrices(wanted)
    features = _maps(22, 1, 2, 3, 3).requires_grad_(True)
    weight = _maps(23, 1, 1, 3, 3).abs()
    free = _maps(24, 2, 3).requires_grad_(True)

    def of_features(x: torch.Tensor) -> torch.Tensor:
        return (content_loss({"a": x}, {"a": wanted}) + statistics_loss({"a": x}, {"a": wanted})
                + style_loss({"a": gram_matrices(x, weight)}, {"a": goal}, {"a": 0.1})
                + adain(x, torch.ones(1, 2, 1, 1).double(), torch.ones(1, 2, 1, 1).double(), weight).pow(3).sum())

    assert torch.autograd.gradcheck(of_features, (features,))
    assert torch.autograd.gradcheck(lambda x: kl_divergence(x, 0.5 * x), (free,))
    assert torch.autograd.gradcheck(lambda x: disentanglement_loss(3 * x, code, 2.9 * x), (free,))
