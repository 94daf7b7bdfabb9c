"""Masked means, chained masks and the coarse comparison against plain loops."""

from __future__ import annotations

import math

import pytest
import torch

from core.losses.masked import area_down, low_frequency_distance, masked_mean, masked_square, nearest_chain


def _random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_area_down_is_the_block_mean() -> None:
    images = _random(1, 2, 8, 8)
    small = area_down(images, 4)
    expected = torch.stack([
        torch.stack([images[:, :, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2].mean(dim=(2, 3)) for x in range(4)], -1)
        for y in range(4)
    ], -2)
    torch.testing.assert_close(small, expected)


def test_area_down_never_enlarges() -> None:
    images = _random(1, 3, 8, 8)
    assert area_down(images, 32) is images


def test_masked_square_equals_a_loop() -> None:
    first, second, mask = _random(1, 3, 5, 5), _random(1, 3, 5, 5, seed=1), _random(1, 1, 5, 5, seed=2)
    total, area = 0.0, 0.0
    for y in range(5):
        for x in range(5):
            difference = sum(float(first[0, c, y, x] - second[0, c, y, x]) ** 2 for c in range(3)) / 3
            total += float(mask[0, 0, y, x]) * difference
            area += float(mask[0, 0, y, x])
    assert float(masked_square(first, second, mask)) == pytest.approx(total / area)


def test_an_empty_mask_gives_zero_and_no_gradient() -> None:
    values = _random(1, 1, 4, 4).requires_grad_()
    loss = masked_mean(values, torch.zeros(1, 1, 4, 4, dtype=torch.float64))
    loss.backward()
    assert loss.item() == 0
    assert values.grad is not None
    assert float(values.grad.abs().max()) == 0


def test_nearest_chain_goes_from_size_to_size() -> None:
    mask = torch.zeros(1, 1, 8, 8)
    mask[0, 0, 2, 4] = 1
    eight, four, two = nearest_chain(mask, [(8, 8), (4, 4), (2, 2)])
    assert torch.equal(eight, mask)
    assert torch.equal(four, mask[:, :, ::2, ::2])
    assert torch.equal(two, four[:, :, ::2, ::2])


def test_low_frequency_distance_ignores_detail() -> None:
    flat = torch.zeros(1, 3, 8, 8, dtype=torch.float64)
    detail = flat.clone()
    detail[:, :, ::2], detail[:, :, 1::2] = 1, -1
    mask = torch.ones(1, 1, 8, 8, dtype=torch.float64)
    assert float(low_frequency_distance(detail, flat, mask, size=4)) == 0
    assert float(low_frequency_distance(flat + 0.5, flat, mask, size=4)) == pytest.approx(0.25)


def test_low_frequency_dead_zone_has_no_gradient() -> None:
    image = torch.full((1, 3, 8, 8), math.sqrt(1e-3), dtype=torch.float64, requires_grad=True)
    target, mask = torch.zeros(1, 3, 8, 8, dtype=torch.float64), torch.ones(1, 1, 8, 8, dtype=torch.float64)
    low_frequency_distance(image, target, mask, size=4, floor=2e-3).backward()
    assert image.grad is not None
    assert float(image.grad.abs().max()) == 0


def test_low_frequency_gradient() -> None:
    image = _random(1, 3, 8, 8).requires_grad_()
    target, mask = _random(1, 3, 8, 8, seed=3), _random(1, 1, 8, 8, seed=4)
    assert torch.autograd.gradcheck(lambda x: low_frequency_distance(x, target, mask, size=4), (image,))
