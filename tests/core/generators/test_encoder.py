"""The encoder's linear part: components of unit variance, and what they add to W+."""

from __future__ import annotations

from dataclasses import replace

import torch

from core.generators.encoder import EncoderConfig, EncoderNetwork, Projection
from tests.core.generators.tiny import TINY


def pictures(count: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(0)
    strength = 0.6 ** torch.arange(12.0)
    shapes = torch.randn(12, 3 * 32 * 32, generator=source)
    rows = (torch.randn(count, 12, generator=source) * strength) @ shapes + 0.3
    return rows.view(count, 3, 32, 32).repeat_interleave(2, 2).repeat_interleave(2, 3)


def test_components_are_uncorrelated_and_of_unit_variance():
    projection, images = Projection(6, 4, 8), pictures(200)
    projection.fit(images)
    small = torch.nn.functional.avg_pool2d(images, 2).flatten(1)
    found = (small - projection.mean) @ projection.basis.t()
    assert torch.allclose(found.t() @ found / len(found), torch.eye(6), atol=1e-3)
    # The strongest first: the picture is nearest to its first component's share of it.
    centred = small - projection.mean
    shares = (centred @ torch.nn.functional.normalize(projection.basis, dim=1).t()).square().mean(0)
    assert list(shares) == sorted(shares, reverse=True)


def test_few_pictures_leave_components_empty():
    projection = Projection(6, 4, 8)
    projection.fit(pictures(4))
    assert projection.basis.isfinite().all()
    assert (projection.basis[3:] == 0).all()
    assert (projection.basis[:3] != 0).any(1).all()


def test_the_projection_adds_to_what_the_convolutions_say():
    config = EncoderConfig.matching(TINY, channels=(8, 8), style_dim=16, w_gain=2.0)
    torch.manual_seed(1)
    with_it = EncoderNetwork(replace(config, projection=5)).requires_grad_(False)
    without = EncoderNetwork(config).requires_grad_(False)
    without.load_state_dict({name: value for name, value in with_it.state_dict().items()
                             if not name.startswith("projection.")})
    part = with_it.projection
    part.fit(pictures(50))
    part.offsets.weight.normal_()
    images = pictures(60)[50:, :, :config.resolution, :config.resolution]
    shared, offsets, _ = with_it(images)
    plain = without(images)
    small = torch.nn.functional.adaptive_avg_pool2d(images, 32).flatten(1)
    coefficients = ((small - part.mean) @ part.basis.t()).clamp(-4, 4)
    expected = coefficients @ part.offsets.weight.t() + part.offsets.bias
    assert torch.allclose(shared - plain[0], 2 * part.shared(coefficients), atol=1e-4)
    assert torch.allclose(offsets - plain[1], 2 * expected.view(10, config.layers, config.w_dim), atol=1e-4)
