"""Networks of 16 px with seeded random weights: everything a recipe needs, small enough for tests."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from core.generators.config import GeneratorConfig
from core.generators.encoder import EncoderConfig, EncoderNetwork, StarterEncoder
from core.generators.stylegan2 import StyleGAN2, official_shapes
from core.losses.feature_net import SmallVGG, feature_shapes

TINY = GeneratorConfig(resolution=16, z_dim=8, w_dim=8, mapping_layers=2, channels=(8, 8, 6), feature_resolution=8)


def random_tensors(config: GeneratorConfig, seed: int) -> dict[str, Tensor]:
    """Parameters of an untrained generator under the official names, with noise strengths of a trained one."""
    source = torch.Generator().manual_seed(seed)
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8.0
    tensors: dict[str, Tensor] = {}
    for name, shape in official_shapes(config).items():
        value = torch.randn(shape, generator=source)
        if name.endswith("resample_filter"):
            value = taps[:, None] * taps[None, :]
        elif name.endswith("affine.bias"):
            value = torch.ones(shape)
        elif name.endswith((".bias", "w_avg", "noise_strength")):
            value = value * 0.1
        elif name.startswith("mapping."):
            value = value / config.mapping_lr
        tensors[name] = value
    return tensors


def tiny_generator(seed: int = 0, dtype: torch.dtype = torch.float32) -> StyleGAN2:
    """A 16 px generator with F at 8 px."""
    return StyleGAN2(TINY, random_tensors(TINY, seed), dtype=dtype)


def tiny_encoder(seed: int = 0) -> StarterEncoder:
    """An encoder that fits ``tiny_generator``; unlike a fresh one, its offsets and F are not zero."""
    source = torch.Generator().manual_seed(seed)
    network = EncoderNetwork(EncoderConfig.matching(TINY, channels=(8, 8), style_dim=16))
    for parameter in network.parameters():
        scale = 1.0 / math.sqrt(parameter[0].numel()) if parameter.ndim > 1 else 0.1
        parameter.data = torch.randn(parameter.shape, generator=source) * scale
    return StarterEncoder(network, dtype=torch.float32)


def random_features(seed: int = 0, widths: Sequence[int] = (4, 6, 8, 8, 8),
                    dtype: torch.dtype = torch.float32) -> SmallVGG:
    """Untrained features with seeded weights."""
    source = torch.Generator().manual_seed(seed)
    tensors = {
        name: torch.randn(shape, generator=source) * ((2.0 / (shape[1] * 9)) ** 0.5 if len(shape) == 4 else 0.1)
        for name, shape in feature_shapes(widths).items()
    }
    return SmallVGG(tensors, dtype=dtype)
