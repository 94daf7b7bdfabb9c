"""The regions network's encoder computes what the published network computes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.training.faces.efficientnet import LiteEncoder
from core.training.faces.nets import RegionModel

# Blocks of EfficientNet-B0 and Lite0: inputs, outputs, expansion, kernel, stride.
BLOCKS = [(32, 16, 1, 3, 1), (16, 24, 6, 3, 2), (24, 24, 6, 3, 1), (24, 40, 6, 5, 2), (40, 40, 6, 5, 1),
          (40, 80, 6, 3, 2), (80, 80, 6, 3, 1), (80, 80, 6, 3, 1), (80, 112, 6, 5, 1), (112, 112, 6, 5, 1),
          (112, 112, 6, 5, 1), (112, 192, 6, 5, 2), (192, 192, 6, 5, 1), (192, 192, 6, 5, 1)]  # fmt: skip


def _published() -> dict[str, Tensor]:
    """Random tensors under the published names."""
    torch.manual_seed(0)
    tensors: dict[str, Tensor] = {"_fc.weight": torch.zeros(3)}

    def layer(conv: str, norm: str, outputs: int, inputs: int, kernel: int) -> None:
        tensors[f"{conv}.weight"] = torch.randn(outputs, inputs, kernel, kernel) / (inputs * kernel**2) ** 0.5
        for name, value in (("weight", 1 + 0.2 * torch.randn(outputs)), ("bias", 0.3 * torch.randn(outputs)),
                            ("running_mean", 0.2 * torch.randn(outputs)), ("running_var", 0.5 + torch.rand(outputs)),
                            ("num_batches_tracked", torch.tensor(7))):
            tensors[f"{norm}.{name}"] = value

    layer("_conv_stem", "_bn0", 32, 3, 3)
    for k, (inputs, outputs, expansion, kernel, _) in enumerate(BLOCKS):
        name, wide = f"_blocks.{k}", inputs * expansion
        if expansion > 1:
            layer(f"{name}._expand_conv", f"{name}._bn0", wide, inputs, 1)
        layer(f"{name}._depthwise_conv", f"{name}._bn1", wide, 1, kernel)
        layer(f"{name}._project_conv", f"{name}._bn2", outputs, wide, 1)
    return tensors


def _unit(x: Tensor, tensors: dict[str, Tensor], conv: str, norm: str, stride: int = 1, clip: bool = True) -> Tensor:
    weight = tensors[f"{conv}.weight"]
    kernel, size = weight.shape[-1], x.shape[-1]
    # "Same" padding: an odd pixel goes to the right and below.
    spare = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    x = functional.pad(x, (spare // 2, spare - spare // 2) * 2)
    groups = x.shape[1] if weight.shape[1] == 1 else 1
    x = functional.conv2d(x, weight, stride=stride, groups=groups)
    x = functional.batch_norm(x, *(tensors[f"{norm}.{n}"] for n in ("running_mean", "running_var", "weight", "bias")),
                              eps=1e-3)
    return x.clamp(0, 6) if clip else x


def _reference(x: Tensor, tensors: dict[str, Tensor]) -> list[Tensor]:
    """The last map at each size, from the published description."""
    x = _unit(x, tensors, "_conv_stem", "_bn0", 2)
    found: dict[int, Tensor] = {}
    for k, (inputs, outputs, expansion, _, stride) in enumerate(BLOCKS):
        name, before = f"_blocks.{k}", x
        if expansion > 1:
            x = _unit(x, tensors, f"{name}._expand_conv", f"{name}._bn0")
        x = _unit(x, tensors, f"{name}._depthwise_conv", f"{name}._bn1", stride)
        x = _unit(x, tensors, f"{name}._project_conv", f"{name}._bn2", clip=False)
        x = x + before if stride == 1 and inputs == outputs else x
        found[x.shape[-1]] = x
    return list(found.values())


def test_it_computes_what_the_published_network_does() -> None:
    tensors = _published()
    encoder = LiteEncoder(len(BLOCKS)).eval()
    encoder.take_over(tensors)
    image = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.no_grad():
        found, expected = encoder(image), _reference(image, tensors)
    assert [level.shape[1] for level in found] == list(LiteEncoder.channels)
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-4, rtol=1e-4)


def test_other_weights_are_refused() -> None:
    tensors = _published()
    del tensors["_blocks.3._project_conv.weight"]
    with pytest.raises(ValueError, match=r"_blocks\.3\._project_conv"):
        LiteEncoder().take_over(tensors)


def test_what_is_held_does_not_change_and_the_rest_learns() -> None:
    torch.manual_seed(1)
    model = RegionModel()
    model.encoder.take_over(_published())
    model.encoder.hold()
    model.train()
    before = {name: value.clone() for name, value in model.encoder.state_dict().items()}
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    model(torch.rand(2, 3, 64, 64) * 2 - 1).square().mean().backward()
    optimiser.step()
    after = model.encoder.state_dict()
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert not any(name.startswith(("stem.", "blocks.0.", "blocks.1.", "blocks.2.")) for name in changed)
    assert not any(name.endswith("depthwise.1.weight") for name in changed)
    assert {"blocks.3.expand.1.weight", "blocks.13.project.1.weight", "blocks.5.expand.2.running_mean"} <= changed
