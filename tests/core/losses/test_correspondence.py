"""The correspondence warp against plain loops, its regions, and its gradients."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from core.losses.correspondence import (
    NOWHERE,
    centred,
    descriptors,
    grid,
    picture_descriptors,
    pooled_colours,
    region_warp,
)
from tests.core.generators.tiny import random_features


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=1, keepdim=True)


@pytest.mark.parametrize("weighted", [False, True])
def test_centring_takes_the_mean_of_each_channel(weighted: bool) -> None:
    features = _random(1, 3, 4, 5)
    weight = torch.rand(1, 1, 4, 5, dtype=torch.float64) if weighted else None
    found = centred(features, weight)
    for channel in range(3):
        total = weights = 0.0
        for y in range(4):
            for x in range(5):
                w = 1.0 if weight is None else float(weight[0, 0, y, x])
                total += w * float(features[0, channel, y, x])
                weights += w
        torch.testing.assert_close(found[0, channel], features[0, channel] - total / weights)
    torch.testing.assert_close(centred(features, torch.zeros(1, 1, 4, 5)), centred(features))


def test_descriptors_are_windows_of_centred_features() -> None:
    features = _random(1, 2, 4, 4)
    found = descriptors([features], 4)
    value = features - features.mean(dim=(2, 3), keepdim=True)
    for y in range(4):
        for x in range(4):
            window = torch.zeros(2, 3, 3, dtype=torch.float64)
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    if 0 <= y + dy < 4 and 0 <= x + dx < 4:
                        window[:, dy + 1, dx + 1] = value[0, :, y + dy, x + dx]
            expected = window.flatten() / window.norm()
            torch.testing.assert_close(found[4 * y + x], expected)


def test_layers_of_any_strength_have_the_same_say() -> None:
    fine, coarse = _random(1, 2, 8, 8), _random(1, 3, 2, 2, seed=1)
    plain, louder = descriptors([fine, coarse], 4), descriptors([fine * 50, coarse], 4)
    torch.testing.assert_close(plain, louder)
    assert plain.shape == (16, 45)
    torch.testing.assert_close(plain.norm(dim=1), torch.ones(16, dtype=torch.float64))


@pytest.mark.parametrize("coherence", [0.0, 0.7])
def test_warp_equals_loops(coherence: float) -> None:
    layout, reference = _unit(_random(6, 4)), _unit(_random(7, 4, seed=1))
    colours = _random(7, 3, seed=2)
    p, q = _random(6, 2, seed=3), _random(7, 2, seed=4)
    here, there = torch.tensor([1, 1, 2, 2, 5, NOWHERE]), torch.tensor([1, 2, 2, 1, 2, 1, NOWHERE])
    warped, found = region_warp(layout, reference, colours, here, there, temperature=0.2, places=(p, q),
                                coherence=coherence)
    assert found.tolist() == [True, True, True, True, False, False]
    for u in range(6):
        if not found[u]:
            assert float(warped[u].abs().max()) == 0
            continue
        matches = [v for v in range(7) if there[v] == here[u]]
        scores = []
        for v in matches:
            cosine = sum(float(layout[u, i]) * float(reference[v, i]) for i in range(4))
            away = sum((float(p[u, i]) - float(q[v, i])) ** 2 for i in range(2))
            scores.append(math.exp((cosine - coherence * away) / 0.2))
        expected = sum((s / sum(scores)) * colours[v] for s, v in zip(scores, matches, strict=True))
        torch.testing.assert_close(warped[u], expected)


def test_a_moved_picture_is_found_again() -> None:
    net = random_features(0)
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    moved = torch.roll(picture, 8, dims=3)
    one, other = picture_descriptors(net, picture, 16), picture_descriptors(net, moved, 16)
    everywhere = torch.zeros(256, dtype=torch.long)
    places = torch.arange(256, dtype=torch.float32)[:, None]
    warped, _ = region_warp(one, other, places, everywhere, everywhere)
    columns = torch.arange(256) % 16
    inner = (columns > 2) & (columns < 12) & (torch.arange(256) // 16 > 1) & (torch.arange(256) // 16 < 14)
    right = (warped[:, 0].round().long() == torch.arange(256) + 2)[inner]
    assert float(right.float().mean()) > 0.9


def test_nothing_to_take_from_and_bad_temperatures() -> None:
    unit, labels = _unit(_random(3, 4)), torch.tensor([1, 1, 1])
    warped, found = region_warp(unit, unit, unit, labels, labels + 1)
    assert not found.any()
    assert float(warped.abs().max()) == 0
    with pytest.raises(ValueError, match="temperature"):
        region_warp(unit, unit, unit, labels, labels, temperature=0.0)


def test_gradients() -> None:
    labels = torch.tensor([0, 0, 1])

    def warp(layout: Tensor, reference: Tensor, colours: Tensor) -> Tensor:
        return region_warp(layout, reference, colours, labels, labels, temperature=0.5)[0]

    inputs = tuple(_random(3, n, seed=i).requires_grad_() for i, n in enumerate((4, 4, 2)))
    assert torch.autograd.gradcheck(warp, inputs)
    assert torch.autograd.gradcheck(lambda x: descriptors([x], 3), (_random(1, 2, 3, 3).requires_grad_(),))


def test_pooled_colours_leave_out_what_lies_behind() -> None:
    image = torch.zeros(1, 3, 4, 4)
    image[..., :, 1::2] = 1.0
    weight = torch.zeros(1, 1, 4, 4)
    weight[..., :2, 1::2] = 1.0
    weight[..., 0, 2] = 0.5
    colours, share = pooled_colours(image, weight, 2)
    torch.testing.assert_close(share, torch.tensor([0.5, 0.625, 0.0, 0.0]))
    torch.testing.assert_close(colours[:, 0], torch.tensor([1.0, 0.8, 0.5, 0.5]))


def test_grid_is_row_by_row() -> None:
    places = grid(4, 0.25)
    assert places[1].tolist() == pytest.approx([1.5, 0.5])
    assert places[4].tolist() == pytest.approx([0.5, 1.5])
    assert float(torch.cdist(grid(8, 0.25)[:1], grid(8, 0.25)[2:3])) == pytest.approx(1.0)
