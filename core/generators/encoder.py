"""The starter encoder: one forward pass from a portrait to W+ and an added feature map F."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.generators.config import GeneratorConfig, NetworkConfig
from core.models.device import fast_dtype


@dataclass(frozen=True)
class EncoderConfig(NetworkConfig):
    """Sizes of ``EncoderNetwork``: it sees groups of patch x patch pixels; the stage of side R/patch has channels[0],
    each next one half the side. ``w_gain`` multiplies the vectors: a last layer of ordinary size gives w of about 0.1,
    which hardly modulates a generator whose styles begin at 1. ``projection`` is the number of components of
    ``Projection``, 0 for none."""

    resolution: int = 128
    layers: int = 12
    w_dim: int = 256
    channels: tuple[int, ...] = (64, 128, 192, 256, 256)
    style_dim: int = 512
    feature_resolution: int = 32
    feature_channels: int = 128
    patch: int = 2
    w_gain: float = 1.0
    projection: int = 0

    @classmethod
    def matching(cls, config: GeneratorConfig, channels: tuple[int, ...] = (64, 128, 192, 256, 256),
                 style_dim: int = 512, patch: int = 2, w_gain: float = 1.0, projection: int = 0) -> EncoderConfig:
        """An encoder whose outputs fit a generator."""
        return cls(config.resolution, config.layers, config.w_dim, channels, style_dim, config.feature_resolution,
                   config.feature_channels, patch, w_gain, projection)


class Conv(nn.Conv2d):
    """3x3 convolution in the dtype of its input, weights kept in float32."""

    def forward(self, input: Tensor) -> Tensor:
        bias = None if self.bias is None else self.bias.to(input.dtype)
        return self._conv_forward(input, self.weight.to(input.dtype), bias)


def _conv(inputs: int, outputs: int, stride: int = 1) -> Conv:
    return Conv(inputs, outputs, 3, stride=stride, padding=1)


class Stage(nn.Module):
    """Halve the side, then one residual convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.down = _conv(inputs, outputs, stride=2)
        self.same = _conv(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.down(x), 0.2)
        return F.leaky_relu(x + self.same(x), 0.2)


class Projection(nn.Module):
    """A linear way from the small picture to W+, through its main components.

    Convolutions learn slowly where in the picture things are; the components of aligned portraits know it before the
    training begins (32 of them alone reproduce an unseen portrait at 18 dB). Both heads start near zero.
    """

    SIDE, LIMIT = 32, 4.0
    mean: Tensor
    basis: Tensor

    def __init__(self, components: int, layers: int, w_dim: int) -> None:
        super().__init__()
        self.layers = layers
        self.register_buffer("mean", torch.zeros(3 * self.SIDE**2))
        self.register_buffer("basis", torch.zeros(components, 3 * self.SIDE**2))
        self.shared = nn.Linear(components, w_dim)
        self.offsets = nn.Linear(components, layers * w_dim)
        nn.init.normal_(self.shared.weight, std=0.02 / components**0.5)
        for parameter in (self.shared.bias, *self.offsets.parameters()):
            nn.init.zeros_(parameter)

    @torch.no_grad()
    def fit(self, images: Tensor) -> None:
        """Take mean and components, scaled to unit variance, from pictures [N, 3, R, R] in [-1, 1]; components that so
        few pictures do not have stay 0."""
        rows = F.adaptive_avg_pool2d(images.float(), self.SIDE).flatten(1)
        mean = rows.mean(0)
        _, strength, directions = torch.linalg.svd(rows - mean, full_matrices=False)
        count = min(len(self.basis), len(rows) - 1)
        self.mean.copy_(mean)
        self.basis.zero_()
        self.basis[:count] = directions[:count] * (len(rows) ** 0.5 / strength[:count, None])

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images [B, 3, R, R] in [-1, 1] to the shared part [B, w_dim] and the offsets [B, layers, w_dim]."""
        small = F.adaptive_avg_pool2d(images, self.SIDE).flatten(1)
        found = ((small - self.mean) @ self.basis.t()).clamp(-self.LIMIT, self.LIMIT)
        return self.shared(found), self.offsets(found).view(len(images), self.layers, -1)


class EncoderNetwork(nn.Module):
    """Convolution stages to 4 px for W+, and back up to the feature resolution for F.

    W+ is one shared vector plus an offset per layer; offsets and F start at zero.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.channels
        self.stem = _conv(3 * config.patch**2, widths[0])
        self.stages = nn.ModuleList(Stage(a, b) for a, b in pairwise(widths))
        side = config.resolution // config.patch >> (len(widths) - 1)
        self.trunk = nn.Linear(widths[-1] * side * side, config.style_dim)
        self.shared = nn.Linear(config.style_dim, config.w_dim)
        self.offsets = nn.Linear(config.style_dim, config.layers * config.w_dim)
        nn.init.zeros_(self.offsets.weight)
        nn.init.zeros_(self.offsets.bias)
        if config.projection:
            self.projection = Projection(config.projection, config.layers, config.w_dim)
        self.feature_index = self._feature_stage()
        if config.feature_resolution:
            sides = list(widths[self.feature_index:])
            self.ups = nn.ModuleList(_conv(deep, shallow) for shallow, deep in pairwise(sides))
            self.refine = _conv(sides[0], sides[0])
            self.to_features = _conv(sides[0], config.feature_channels)
            for parameter in self.to_features.parameters():
                nn.init.zeros_(parameter)

    def _feature_stage(self) -> int:
        if not self.config.feature_resolution:
            return 0
        return (self.config.resolution // self.config.patch // self.config.feature_resolution).bit_length() - 1

    def forward(self, images: Tensor, *, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
        """Images [B, 3, R, R] to the shared w [B, w_dim], offsets [B, layers, w_dim] and F [B, C, r, r] (float32)."""
        x = F.pixel_unshuffle(images, self.config.patch).to(dtype).contiguous(memory_format=torch.channels_last)
        levels = [F.leaky_relu(self.stem(x), 0.2)]
        for stage in self.stages:
            levels.append(stage(levels[-1]))
        style = F.leaky_relu(self.trunk(levels[-1].float().flatten(1)), 0.2)
        shared = self.shared(style)
        offsets = self.offsets(style).view(-1, self.config.layers, self.config.w_dim)
        if self.config.projection:
            more = self.projection(images.float())
            shared, offsets = shared + more[0], offsets + more[1]
        shared, offsets = shared * self.config.w_gain, offsets * self.config.w_gain
        if not self.config.feature_resolution:
            return shared, offsets, images.new_zeros((images.shape[0], 0, 1, 1))
        return shared, offsets, self._features(levels[self.feature_index:])

    def _features(self, levels: list[Tensor]) -> Tensor:
        x = levels[-1]
        for level, up in zip(reversed(levels[:-1]), reversed(list(self.ups)), strict=True):
            x = F.interpolate(F.leaky_relu(up(x), 0.2), scale_factor=2, mode="nearest")
            x = x + level
        x = x + F.leaky_relu(self.refine(x), 0.2)
        return self.to_features(x).float()


class StarterEncoder:
    """Frozen encoder that offers ``core.generators.base.Encoder``.

    Args:
        network: trained network.
        device: where to run it.
        dtype: activations; None = bfloat16 where the processor computes in it, else float32.
    """

    def __init__(self, network: EncoderNetwork, device: torch.device | str = "cpu",
                 dtype: torch.dtype | None = None) -> None:
        self.device = torch.device(device)
        self.dtype = fast_dtype(self.device) if dtype is None else dtype
        self.network = network.to(self.device).eval().requires_grad_(False)
        self.config = network.config

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images [B, 3, R, R] in [-1, 1] to W+ [B, layers, w_dim] and F [B, channels, fr, fr], float32."""
        shared, offsets, features = self.network(images.to(self.device).float(), dtype=self.dtype)
        return shared[:, None] + offsets, features
