"""The fast generator against the plain one, and its contract."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from core.generators.config import GeneratorConfig
from core.generators.stylegan2 import StyleGAN2, official_shapes, upsample_rgb
from core.training.generator.synthesis import TrainableGenerator
from tests.core.generators import reference
from tests.core.generators.tiny import TINY, random_tensors, tiny_encoder, tiny_generator

CONFIG = GeneratorConfig(resolution=32, z_dim=6, w_dim=10, mapping_layers=3, channels=(12, 10, 8, 6),
                         feature_resolution=16)


def inputs(config: GeneratorConfig, seed: int = 3, count: int = 2) -> tuple[Tensor, list[Tensor], Tensor]:
    source = torch.Generator().manual_seed(seed)
    sides = StyleGAN2(config, random_tensors(config, 0), dtype=torch.float32).spec.noise
    return (
        torch.randn(count, config.layers, config.w_dim, generator=source),
        [torch.randn(1, 1, side, side, generator=source) for side in sides],
        torch.randn(count, config.feature_channels, config.feature_resolution, config.feature_resolution,
                    generator=source),
    )


def relative(first: Tensor, second: Tensor) -> float:
    return float((first - second).norm() / second.norm())


@pytest.mark.parametrize("explicit", [False, True])
def test_images_equal_the_reference(explicit: bool) -> None:
    tensors = random_tensors(CONFIG, 1)
    fast = StyleGAN2(CONFIG, tensors, dtype=torch.float32)
    w_plus, noise, features = inputs(CONFIG)
    given = (noise, features) if explicit else (None, None)
    wanted = reference.synthesis(CONFIG, tensors, w_plus, *given)
    assert list(wanted) == [4, 8, 16, 32]
    for side, image in wanted.items():
        assert relative(fast.synthesize(w_plus, *given, up_to=side), image) < 3e-6, side
    assert torch.equal(fast.synthesize(w_plus, *given), fast.synthesize(w_plus, *given, up_to=32))


def test_gradients_equal_the_reference() -> None:
    tensors = random_tensors(CONFIG, 2)
    fast = StyleGAN2(CONFIG, tensors, dtype=torch.float32)
    target = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(5))
    gradients = []
    for render in (lambda w, n, f: fast.synthesize(w, n, f),
                   lambda w, n, f: reference.synthesis(CONFIG, tensors, w, n, f)[32]):
        w_plus, noise, features = inputs(CONFIG)
        leaves = [w_plus, *noise, features]
        for leaf in leaves:
            leaf.requires_grad_(True)
        gradients.append(torch.autograd.grad((render(w_plus, noise, features) - target).square().mean(), leaves))
    for made, wanted in zip(*gradients, strict=True):
        assert relative(made, wanted) < 2e-5


def test_mapping_and_truncation() -> None:
    tensors = random_tensors(CONFIG, 4)
    fast = StyleGAN2(CONFIG, tensors, dtype=torch.float32)
    z = torch.randn(3, CONFIG.z_dim, generator=torch.Generator().manual_seed(1))
    wanted = reference.mapping(CONFIG, tensors, z)
    assert relative(fast.map(z), wanted) < 1e-6
    half = fast.map(z, truncation=0.5)
    assert relative(half, (wanted + fast.mean_w) / 2) < 1e-6


def test_trainable_network_is_the_same_function_under_the_official_names() -> None:
    tensors = random_tensors(CONFIG, 6)
    network = TrainableGenerator(CONFIG)
    assert {name: tuple(value.shape) for name, value in network.state_dict().items()} == official_shapes(CONFIG)
    network.load_state_dict(tensors)
    w_plus, _, features = inputs(CONFIG)
    with torch.no_grad():
        image = network.synthesis(w_plus, features, noise="const")
    fast = StyleGAN2(CONFIG, network.state_dict(), dtype=torch.float32)
    assert relative(image, fast.synthesize(w_plus, None, features)) < 3e-6
    for name, value in fast.tensors().items():
        assert torch.equal(value, tensors[name]), name


def test_official_names_of_a_full_size_network() -> None:
    config = GeneratorConfig.official(1024)
    shapes = official_shapes(config)
    assert config.layers == 18
    assert config.channels == (512, 512, 512, 512, 512, 256, 128, 64, 32)
    assert shapes["mapping.fc7.weight"] == (512, 512)
    assert shapes["synthesis.b4.const"] == (512, 4, 4)
    assert "synthesis.b4.conv0.weight" not in shapes
    assert shapes["synthesis.b128.conv0.weight"] == (256, 512, 3, 3)
    assert shapes["synthesis.b128.conv0.affine.weight"] == (512, 512)
    assert shapes["synthesis.b1024.torgb.weight"] == (3, 32, 1, 1)


def test_bfloat16_stays_close() -> None:
    tensors = random_tensors(CONFIG, 7)
    exact = StyleGAN2(CONFIG, tensors, dtype=torch.float32)
    rough = exact.with_dtype(torch.bfloat16)
    assert exact.with_dtype(torch.float32) is exact
    results = []
    for network in (exact, rough):
        w_plus, noise, features = inputs(CONFIG)
        w_plus.requires_grad_(True)
        image = network.synthesize(w_plus, noise, features)
        assert image.dtype == torch.float32
        gradient, = torch.autograd.grad(image.square().mean(), w_plus)
        results.append((image.detach(), gradient))
    assert relative(results[1][0], results[0][0]) < 0.02
    cosine = torch.cosine_similarity(results[1][1].flatten(), results[0][1].flatten(), dim=0)
    assert float(cosine) > 0.998


def test_styles_reproduce_the_image_and_can_be_edited() -> None:
    fast = tiny_generator(1)
    w_plus, noise, features = inputs(TINY)
    styles = fast.styles(w_plus)
    assert [style.shape[1] for style in styles] == [8, 8, 8, 8, 8, 8, 6, 6]
    image = fast.synthesize(w_plus, noise, features)
    assert torch.equal(fast.synthesize_styles(styles, noise, features), image)
    styles[3] = styles[3] + 1.0
    assert not torch.allclose(fast.synthesize_styles(styles, noise, features), image)


def test_features_enter_at_their_resolution_only() -> None:
    fast = tiny_generator(2)
    w_plus, noise, features = inputs(TINY)
    for side, same in ((4, True), (8, False)):
        plain = fast.synthesize(w_plus, noise, up_to=side)
        assert torch.allclose(plain, fast.synthesize(w_plus, noise, features, up_to=side)) == same
    zero = fast.synthesize(w_plus, noise, torch.zeros_like(features))
    assert torch.equal(zero, fast.synthesize(w_plus, noise))


def test_no_gradient_reaches_the_weights_and_constant_noise_is_the_default() -> None:
    fast = tiny_generator(3)
    w_plus, _, _ = inputs(TINY)
    assert not fast.synthesize(w_plus).requires_grad
    maps = [value[None, None] for name, value in random_tensors(TINY, 3).items() if name.endswith("noise_const")]
    assert torch.equal(fast.synthesize(w_plus), fast.synthesize(w_plus, maps))


def test_wrong_shapes_are_named() -> None:
    fast = tiny_generator(0)
    w_plus, noise, _ = inputs(TINY)
    with pytest.raises(ValueError, match="W\\+"):
        fast.styles(w_plus[:, :3])
    with pytest.raises(ValueError, match="noise"):
        fast.synthesize(w_plus, noise[:2])
    with pytest.raises(ValueError, match="no block of 12"):
        fast.synthesize(w_plus, up_to=12)
    with pytest.raises(ValueError, match="power of two"):
        GeneratorConfig(resolution=100)
    with pytest.raises(ValueError, match="channel counts"):
        GeneratorConfig(resolution=64)


def test_upsampling_equals_the_filter() -> None:
    image = torch.randn(2, 3, 7, 7, generator=torch.Generator().manual_seed(0))
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    assert torch.allclose(upsample_rgb(image), reference.upsample(image, taps[:, None] * taps), atol=1e-6)


def test_tiny_networks_fit_and_are_seeded() -> None:
    fast, encoder = tiny_generator(5), tiny_encoder(5)
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    w_plus, features = encoder.encode(images)
    assert w_plus.shape == (2, 6, 8)
    assert features.shape == (2, 8, 8, 8)
    assert w_plus.dtype == features.dtype == torch.float32
    assert fast.synthesize(w_plus, None, features).shape == images.shape
    again, _ = tiny_encoder(5).encode(images)
    assert torch.equal(again, w_plus)
    assert not torch.equal(tiny_encoder(6).encode(images)[0], w_plus)
    assert fast.w_spread > 0
