"""Several codes mixed halfway: against plain loops, against W+, and with gradients by finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.recipes.kit.codes import (
    composing_side,
    even_importance,
    layers_until,
    mix,
    mixed_picture,
    side_of,
    spread_codes,
)
from core.recipes.kit.variables import Variables, draw_noise, leaf
from tests.core.generators import reference
from tests.core.generators.tiny import tiny_generator

CPU = torch.device("cpu")


def _latents(seed: int = 0, count: int = 3, side: int = 8) -> tuple[torch.Tensor, ...]:
    generator, rng = tiny_generator(0), torch.Generator().manual_seed(seed)
    w = torch.randn(1, generator.spec.layers, generator.spec.w_dim, generator=rng)
    codes = spread_codes(generator, w, count, side, 0.5, rng)
    importance = even_importance(generator, w, count, side) + 0.3 * torch.randn(count, 11, generator=rng)
    return w, codes, importance


@pytest.mark.parametrize("side", [4, 8, 16])
def test_one_code_of_importance_one_is_w_plus(side: int) -> None:
    generator = tiny_generator(0)
    noise = draw_noise(generator.spec, torch.Generator().manual_seed(1), CPU)
    w, _, _ = _latents()
    other = torch.randn(w.shape, generator=torch.Generator().manual_seed(2))
    layers = layers_until(side)
    importance = even_importance(generator, w, 1, side)
    rest = torch.cat((other[:, :layers], w[:, layers:]), dim=1)
    picture = mixed_picture(generator, w[:, :layers], importance, rest, noise)
    assert torch.equal(picture, generator.synthesize(w, noise))


def test_equal_codes_of_even_importance_are_w_plus() -> None:
    generator = tiny_generator(0)
    w, _, _ = _latents()
    codes = spread_codes(generator, w, 5, 8, 0.0, torch.Generator().manual_seed(0))
    picture = mixed_picture(generator, codes, even_importance(generator, w, 5, 8), w, None)
    torch.testing.assert_close(picture, generator.synthesize(w), rtol=0, atol=1e-5)


def test_mixing_equals_plain_loops() -> None:
    rng = np.random.default_rng(0)
    values, importance = rng.random((3, 2, 4, 5)), rng.random((3, 2))
    wanted = np.zeros((1, 2, 4, 5))
    for n in range(3):
        for c in range(2):
            for y in range(4):
                for x in range(5):
                    wanted[0, c, y, x] += importance[n, c] * values[n, c, y, x] / 3
    np.testing.assert_allclose(mix(torch.from_numpy(values), torch.from_numpy(importance)).numpy(), wanted, rtol=1e-12)


def test_importance_says_which_code_is_seen() -> None:
    generator = tiny_generator(0)
    w, codes, importance = _latents()
    alone = torch.zeros_like(importance)
    alone[1] = len(codes)
    whole = torch.cat((codes[1:2], w[:, codes.shape[1]:]), dim=1)
    torch.testing.assert_close(mixed_picture(generator, codes, alone, w, None), generator.synthesize(whole),
                               rtol=0, atol=1e-5)


def test_gradients_equal_finite_differences() -> None:
    generator = tiny_generator(0)
    w, codes, importance = _latents()
    goal = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(9))
    variables = Variables(leaf(w, CPU), draw_noise(generator.spec, torch.Generator().manual_seed(1), CPU),
                          codes=leaf(codes, CPU), importance=leaf(importance, CPU))
    (variables.synthesize(generator) - goal).square().mean().backward()
    assert variables.codes is not None
    assert variables.importance is not None
    for tensor in (variables.w, variables.codes, variables.importance):
        direction = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(4))
        losses = []
        for sign in (1, -1):
            with torch.no_grad():
                tensor += sign * 5e-3 * direction
                losses.append(float((variables.synthesize(generator) - goal).double().square().mean()))
                tensor -= sign * 5e-3 * direction
        assert tensor.grad is not None
        assert float((tensor.grad * direction).sum()) == pytest.approx((losses[0] - losses[1]) / 1e-2, rel=0.02)


def test_halfway_state_is_the_plain_networks_one() -> None:
    generator = tiny_generator(0)
    w, _, _ = _latents()
    x, image = generator.activations(w, 8)
    assert x.shape == (1, 8, 8, 8)
    assert image is not None
    assert torch.equal(image, generator.synthesize(w, up_to=4))
    wanted = reference.synthesis(generator.config, generator.tensors(), w, None, None)[16]
    torch.testing.assert_close(generator.synthesize_from(x, image, w), wanted, rtol=1e-4, atol=1e-4)
    assert generator.activations(w, 4)[1] is None


@pytest.mark.parametrize(("side", "layers"), [(4, 1), (8, 3), (16, 5), (32, 7), (64, 9)])
def test_layers_of_a_composing_side(side: int, layers: int) -> None:
    assert layers_until(side) == layers
    assert side_of(layers) == side


def test_a_network_without_the_wanted_side_takes_its_last() -> None:
    assert composing_side(16, 64) == 16
    assert composing_side(256, 32) == 32


def test_first_code_is_where_the_search_stands() -> None:
    w, codes, _ = _latents()
    assert torch.equal(codes[0], w[0, :3])
    assert float((codes[1:] - w[:, :3]).abs().amin()) > 0
