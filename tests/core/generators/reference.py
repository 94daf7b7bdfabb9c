"""A plain generator to compare with: weights modulated per sample, grouped convolutions, filters by definition.

Written from the equations of Karras et al. 2020, without the shortcuts of the fast form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from core.generators.config import GeneratorConfig


def upsample(x: Tensor, filtered: Tensor) -> Tensor:
    """Zeros between the samples, then the flipped filter with gain 4; twice the size."""
    count, channels, height, width = x.shape
    spread = x.new_zeros(count, channels, height * 2, width * 2)
    spread[:, :, ::2, ::2] = x
    kernel = (filtered * 4.0).flip(0, 1).expand(channels, 1, 4, 4)
    return F.conv2d(F.pad(spread, (2, 1, 2, 1)), kernel, groups=channels)


def modulated(x: Tensor, weight: Tensor, style: Tensor, *, demodulate: bool, filtered: Tensor | None = None) -> Tensor:
    """Equations 1 to 3, one sample at a time; with ``filtered`` at twice the size."""
    results = []
    for sample in range(x.shape[0]):
        kernel = weight * style[sample][None, :, None, None]
        if demodulate:
            kernel = kernel / torch.sqrt(kernel.square().sum((1, 2, 3), keepdim=True) + 1e-8)
        one = x[sample:sample + 1]
        if filtered is None:
            results.append(F.conv2d(one, kernel, padding=kernel.shape[2] // 2))
            continue
        # Convolution proper (kernel flipped) of the zero-spread input, then the low-pass filter.
        channels, height, width = one.shape[1:]
        spread = one.new_zeros(1, channels, height * 2 + 1, width * 2 + 1)
        spread[:, :, :-1:2, :-1:2] = one
        grown = F.conv2d(F.pad(spread, (2, 0, 2, 0)), kernel.flip(2, 3))
        taps = (filtered * 4.0).flip(0, 1).expand(kernel.shape[0], 1, 4, 4)
        results.append(F.conv2d(F.pad(grown, (1, 1, 1, 1)), taps, groups=kernel.shape[0]))
    return torch.cat(results)


def affine(tensors: Mapping[str, Tensor], name: str, w: Tensor) -> Tensor:
    weight = tensors[f"{name}.affine.weight"]
    return w @ weight.t() / math.sqrt(weight.shape[1]) + tensors[f"{name}.affine.bias"]


def mapping(config: GeneratorConfig, tensors: Mapping[str, Tensor], z: Tensor) -> Tensor:
    x = z / torch.sqrt(z.square().mean(1, keepdim=True) + 1e-8)
    for index in range(config.mapping_layers):
        weight = tensors[f"mapping.fc{index}.weight"] * config.mapping_lr / math.sqrt(x.shape[1])
        x = F.leaky_relu(x @ weight.t() + tensors[f"mapping.fc{index}.bias"] * config.mapping_lr, 0.2) * math.sqrt(2)
    return x


def synthesis(config: GeneratorConfig, tensors: Mapping[str, Tensor], w_plus: Tensor,
              noise: Sequence[Tensor] | None = None, features: Tensor | None = None) -> dict[int, Tensor]:
    """Skip RGB by resolution."""
    found: dict[int, Tensor] = {}
    image: Tensor | None = None
    x = tensors["synthesis.b4.const"][None].repeat(w_plus.shape[0], 1, 1, 1)
    layer = used = 0
    for side in config.resolutions:
        for conv in ("conv1",) if side == 4 else ("conv0", "conv1"):
            name = f"synthesis.b{side}.{conv}"
            up = tensors[f"{name}.resample_filter"] if conv == "conv0" else None
            style = affine(tensors, name, w_plus[:, layer])
            x = modulated(x, tensors[f"{name}.weight"], style, demodulate=True, filtered=up)
            grid = tensors[f"{name}.noise_const"] if noise is None else noise[used]
            x = x + grid * tensors[f"{name}.noise_strength"] + tensors[f"{name}.bias"][None, :, None, None]
            x = F.leaky_relu(x, 0.2) * math.sqrt(2)
            if conv == "conv0" and side == config.feature_resolution and features is not None:
                x = x + features
            layer, used = layer + 1, used + 1
        name = f"synthesis.b{side}.torgb"
        style = affine(tensors, name, w_plus[:, layer]) / math.sqrt(x.shape[1])
        rgb = modulated(x, tensors[f"{name}.weight"], style, demodulate=False)
        rgb = rgb + tensors[f"{name}.bias"][None, :, None, None]
        image = rgb if image is None else upsample(image, tensors[f"synthesis.b{side}.resample_filter"]) + rgb
        found[side] = image
    return found
