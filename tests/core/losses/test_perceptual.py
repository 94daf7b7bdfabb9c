"""The masked feature distance against loops, its target cache, and LPIPS on a random VGG against the lpips package."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.io.image import read_photo
from core.losses.feature_net import load_features
from core.losses.lpips_net import LpipsVgg, lpips_channel_weights, vgg16_shapes
from core.losses.perceptual import (
    block_distance,
    block_layers,
    feature_distance,
    perceptual_target,
    place_distance,
    unit_normalise,
)
from core.losses.torchvision_shim import import_lpips
from core.models.pack import Pack, resources_folder


class _Net:
    """Block k: the picture pooled k - 1 times, with three fixed channel mixes."""

    names: tuple[str, ...] = ("relu1_1", "relu1_2", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

    def extract(self, images: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]:
        mix = torch.tensor([[1.0, 0.2, -0.3], [-0.5, 1.0, 0.1], [0.3, 0.3, 0.8]], dtype=images.dtype)
        found = {}
        for name in self.names:
            pooled = F.avg_pool2d(images, 2 ** (int(name[4]) - 1))
            found[name] = torch.einsum("cd,bdhw->bchw", mix * int(name[4]), pooled).square()
        return {name: value for name, value in found.items() if names is None or name in names}


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_block_distance_equals_loops() -> None:
    first, second, mask = _random(1, 4, 3, 3), _random(1, 4, 3, 3, seed=1), _random(1, 1, 3, 3, seed=2)
    total = 0.0
    for y in range(3):
        for x in range(3):
            a, b = first[0, :, y, x], second[0, :, y, x]
            total += float(mask[0, 0, y, x]) * float(((a / a.norm() - b / b.norm()) ** 2).sum())
    got = block_distance(first, unit_normalise(second), mask)
    assert float(got) == pytest.approx(total / float(mask.sum()), rel=1e-5)


def test_channel_weights() -> None:
    first, second, mask = _random(1, 4, 3, 3), _random(1, 4, 3, 3, seed=1), torch.ones(1, 1, 3, 3).double()
    weights = torch.tensor([0.5, 0.0, 2.0, 1.0]).double()
    square = (unit_normalise(first) - unit_normalise(second)).square()
    expected = sum(float(weights[c] * square[0, c].mean()) for c in range(4))
    assert float(block_distance(first, unit_normalise(second), mask, weights)) == pytest.approx(expected)


def test_all_zero_features_have_a_finite_gradient() -> None:
    features = torch.zeros(1, 4, 3, 3, requires_grad=True)
    block_distance(features, unit_normalise(torch.rand(1, 4, 3, 3)), torch.ones(1, 1, 3, 3)).backward()
    assert features.grad is not None
    assert bool(torch.isfinite(features.grad).all())


def test_gradient() -> None:
    features, target = _random(1, 3, 2, 2).requires_grad_(), unit_normalise(_random(1, 3, 2, 2, seed=5))
    mask = _random(1, 1, 2, 2, seed=6)
    assert torch.autograd.gradcheck(lambda x: block_distance(x, target, mask), (features,))


def test_target_sums_or_averages_its_blocks() -> None:
    net, image, other = _Net(), _random(1, 3, 32, 32), _random(1, 3, 32, 32, seed=1)
    mask = (_random(1, 1, 32, 32, seed=2) > 0.4).double()
    summed = perceptual_target(net, image, mask)
    features = net.extract(other)
    expected = sum(
        float(block_distance(features[name], unit_normalise(net.extract(image)[name]), mask[:, :, ::step, ::step]))
        for name, step in zip(("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"), (1, 2, 4, 8, 16), strict=True)
    )
    assert float(summed.distance(features)) == pytest.approx(expected)
    averaged = perceptual_target(net, image, mask, reduction="mean")
    assert float(averaged.distance(features)) == pytest.approx(expected / 5)


def test_only_the_mask_matters() -> None:
    net, image = _Net(), _random(1, 3, 32, 32)
    mask = torch.zeros(1, 1, 32, 32, dtype=torch.float64)
    mask[:, :, :16] = 1
    changed = image.clone()
    changed[:, :, 16:] = 0
    target = perceptual_target(net, image, mask, blocks=(4, 5))
    assert float(target.distance(net.extract(changed))) == pytest.approx(0, abs=1e-12)
    assert float(target.distance(net.extract(1 - image))) > 1e-4


def test_feature_distance_of_equal_pictures_is_zero() -> None:
    image = _random(1, 3, 32, 32)
    assert feature_distance(_Net(), image, image) == pytest.approx(0, abs=1e-12)


def test_a_missing_block_is_refused() -> None:
    net = _Net()
    net.names = ("relu1_1",)
    with pytest.raises(ValueError, match="no layer of block 2"):
        block_layers(net, (1, 2))


def test_a_picture_without_any_of_the_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="has none of the blocks"):
        perceptual_target(_Net(), _random(1, 3, 8, 8), torch.ones(1, 1, 8, 8).double(), blocks=(5,))


def test_lpips_chooses_its_own_layers() -> None:
    net = LpipsVgg({name: torch.zeros(shape) for name, shape in vgg16_shapes().items()}, lpips_channel_weights())
    assert block_layers(net) == ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")


def test_calibration_makes_two_random_places_one_apart() -> None:
    features = unit_normalise(_random(1, 4, 6, 6))
    flat = features[0].flatten(1).T
    expected = sum(float((a - b).square().sum()) for a in flat for b in flat) / len(flat) ** 2
    assert place_distance(features) == pytest.approx(expected)
    net, image, mask = _Net(), _random(1, 3, 32, 32), torch.ones(1, 1, 32, 32).double()
    raw = perceptual_target(net, image, mask, blocks=(2,))
    calibrated = perceptual_target(net, image, mask, blocks=(2,), calibrate=True)
    other = net.extract(_random(1, 3, 32, 32, seed=1))
    scale = place_distance(raw.features["relu2_1"])
    assert float(calibrated.distance(other)) == pytest.approx(float(raw.distance(other)) / scale)


def test_unknown_reduction_is_refused() -> None:
    with pytest.raises(ValueError, match="reduction"):
        perceptual_target(_Net(), _random(1, 3, 32, 32), torch.ones(1, 1, 32, 32).double(), reduction="max")


def test_lpips_equals_the_package_on_the_same_backbone() -> None:
    lpips = import_lpips()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = lpips.pretrained_networks.vgg16(pretrained=False, requires_grad=False)
    rng = torch.Generator().manual_seed(3)
    tensors = {
        name: torch.randn(shape, generator=rng) * (2 / (9 * shape[1])) ** 0.5
        if len(shape) == 4 else torch.zeros(shape)
        for name, shape in vgg16_shapes().items()
    }
    state = reference.state_dict()
    for name in state:
        state[name] = tensors["features." + name.split(".", 1)[1]]
    reference.load_state_dict(state)
    weights = lpips_channel_weights()
    first, second = torch.rand(2, 1, 3, 32, 32, generator=rng) * 2 - 1
    scale = lpips.ScalingLayer()
    expected = 0.0
    outs = [reference(scale(image)) for image in (first, second)]
    for layer, a, b in zip(weights, *outs, strict=True):
        difference = (lpips.normalize_tensor(a) - lpips.normalize_tensor(b)) ** 2
        expected += float((difference * weights[layer].view(1, -1, 1, 1)).sum(1).mean())
    net = LpipsVgg(tensors, weights)
    target = perceptual_target(net, second, torch.ones(1, 1, 32, 32))
    assert float(target.distance(net.extract(first, target.layers))) == pytest.approx(expected, rel=1e-4)


def test_every_block_of_the_shipped_features_tells_places_apart(starter_pack: Pack) -> None:
    """A block whose activations hardly differ from place to place is rounding noise in half precision, enlarged by the
    calibration."""
    photo = read_photo(resources_folder() / "samples" / "portrait.jpg")
    picture = torch.from_numpy(photo.rgb()).permute(2, 0, 1)[None].float() * 2 - 1
    picture = F.interpolate(picture, size=(128, 128), mode="area")
    exact, fast = (load_features(starter_pack, dtype=dtype) for dtype in (torch.float32, torch.bfloat16))
    layers = block_layers(exact)
    first, second = ({name: unit_normalise(value) for name, value in net.extract(picture, layers).items()}
                     for net in (exact, fast))
    for name in layers:
        between_places = place_distance(first[name], 0.0)
        rounding = float((first[name] - second[name]).square().sum(1).mean())
        assert between_places > 5e-3, name
        assert rounding < 0.02 * between_places, name
