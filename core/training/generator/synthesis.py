"""The StyleGAN2 generator with trainable weights, under the parameter names of the official checkpoints.

Mathematics: Karras et al. 2020 (StyleGAN2), equations 1 to 3; modulation and demodulation are applied to activations
instead of weights, which is the same function and much cheaper on a CPU.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.generators.config import GeneratorConfig

SQRT2 = math.sqrt(2.0)


def fir_filter() -> Tensor:
    """[4, 4] normalised outer product of [1, 3, 3, 1]."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
    taps = taps[:, None] * taps[None, :]
    return taps / taps.sum()


def upsample_rgb(image: Tensor) -> Tensor:
    """Twice the size with the [1, 3, 3, 1] filter and zeros outside: bilinear on a zero-padded image, cropped."""
    padded = F.pad(image, (1, 1, 1, 1))
    return F.interpolate(padded, scale_factor=2, mode="bilinear", align_corners=False)[:, :, 2:-2, 2:-2]


class FullyConnected(nn.Module):
    """Linear layer whose stored weight is multiplied by lr / sqrt(inputs) at run time."""

    def __init__(self, inputs: int, outputs: int, *, bias: float = 0.0, lr: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr)
        self.bias = nn.Parameter(torch.full((outputs,), bias / lr))
        self.gain = lr / math.sqrt(inputs)
        self.bias_gain = lr

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.gain, self.bias * self.bias_gain)


class Mapping(nn.Module):
    """z to w."""

    w_avg: Tensor

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.count = config.mapping_layers
        for index in range(self.count):
            inputs = config.z_dim if index == 0 else config.w_dim
            self.add_module(f"fc{index}", FullyConnected(inputs, config.w_dim, lr=config.mapping_lr))
        self.register_buffer("w_avg", torch.zeros(config.w_dim))

    def hidden(self, z: Tensor) -> Tensor:
        """What the last layer sees."""
        x = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for index in range(self.count - 1):
            x = F.leaky_relu(self.get_submodule(f"fc{index}")(x), 0.2) * SQRT2
        return x

    def forward(self, z: Tensor) -> Tensor:
        return F.leaky_relu(self.get_submodule(f"fc{self.count - 1}")(self.hidden(z)), 0.2) * SQRT2


class SynthesisLayer(nn.Module):
    """Modulated 3x3 convolution, optional upsampling, noise, bias, leaky ReLU."""

    noise_const: Tensor
    resample_filter: Tensor

    def __init__(self, inputs: int, outputs: int, w_dim: int, side: int, *, up: bool) -> None:
        super().__init__()
        self.up = up
        self.side = side
        self.affine = FullyConnected(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_strength = nn.Parameter(torch.zeros([]))
        self.register_buffer("noise_const", torch.randn(side, side))
        self.register_buffer("resample_filter", fir_filter())

    def forward(self, x: Tensor, w: Tensor, noise: str, features: Tensor | None = None) -> Tensor:
        style = self.affine(w)
        demod = (style.square() @ self.weight.square().sum((2, 3)).t() + 1e-8).rsqrt()
        dtype = x.dtype
        # The gain sqrt(2) follows leaky ReLU; both are positively homogeneous, so it moves into the factors before.
        x = x * style.to(dtype)[:, :, None, None]
        weight = self.weight.to(dtype)
        if self.up:
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            fir = (self.resample_filter * 4).to(dtype).expand(x.shape[1], 1, 4, 4)
            x = F.conv2d(x, fir, padding=1, groups=x.shape[1])
        else:
            x = F.conv2d(x, weight, padding=1)
        x = x * (demod * SQRT2).to(dtype)[:, :, None, None]
        x = F.leaky_relu(self._add_bias_and_noise(x, noise), 0.2)
        return x if features is None else x + features.to(dtype)

    def _add_bias_and_noise(self, x: Tensor, noise: str) -> Tensor:
        # As a product of [positions, 2] and [2, channels]: its backward is a matrix product, whereas broadcast sums
        # over channels_last bfloat16 activations take longer on a processor than the convolution itself.
        count, channels = x.shape[0], x.shape[1]
        bias = (self.bias * SQRT2).to(x.dtype)
        flat = x.permute(0, 2, 3, 1).reshape(-1, channels)
        if noise == "random":
            grid = torch.randn(len(flat), 1, device=x.device)
        else:
            grid = self.noise_const.reshape(1, -1, 1).expand(count, -1, 1).reshape(-1, 1)
        grid = torch.zeros_like(grid) if noise == "none" else grid
        left = torch.cat([grid, torch.ones_like(grid)], 1).to(x.dtype)
        right = torch.stack([(self.noise_strength * SQRT2).to(x.dtype).expand(channels), bias])
        return torch.addmm(flat, left, right).view(count, self.side, self.side, channels).permute(0, 3, 1, 2)


class ToRGB(nn.Module):
    """Modulated 1x1 convolution to RGB, without demodulation."""

    def __init__(self, inputs: int, w_dim: int, image_channels: int) -> None:
        super().__init__()
        self.affine = FullyConnected(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(image_channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(image_channels))
        self.gain = 1.0 / math.sqrt(inputs)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style = (self.affine(w) * self.gain).to(x.dtype)
        rgb = F.conv2d(x * style[:, :, None, None], self.weight.to(x.dtype))
        return rgb.float() + self.bias[None, :, None, None]


class SynthesisBlock(nn.Module):
    """One resolution: two convolutions (one at 4 px) and ToRGB."""

    resample_filter: Tensor

    def __init__(self, inputs: int, outputs: int, side: int, config: GeneratorConfig) -> None:
        super().__init__()
        if inputs == 0:
            self.const = nn.Parameter(torch.randn(outputs, side, side))
        else:
            self.conv0 = SynthesisLayer(inputs, outputs, config.w_dim, side, up=True)
        self.conv1 = SynthesisLayer(outputs, outputs, config.w_dim, side, up=False)
        self.torgb = ToRGB(outputs, config.w_dim, config.image_channels)
        self.register_buffer("resample_filter", fir_filter())


class Synthesis(nn.Module):
    """W+ (and F) to an image."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        previous = 0
        for side, channels in zip(config.resolutions, config.channels, strict=True):
            self.add_module(f"b{side}", SynthesisBlock(previous, channels, side, config))
            previous = channels

    def forward(self, w_plus: Tensor, features: Tensor | None = None, *, noise: str = "random",
                dtype: torch.dtype = torch.float32) -> Tensor:
        """Image [B, 3, R, R] float32 from [B, layers, w_dim]; noise is "random", "const" or "none"."""
        x: Tensor | None = None
        image: Tensor | None = None
        for index, side in enumerate(self.config.resolutions):
            block = self.get_submodule(f"b{side}")
            assert isinstance(block, SynthesisBlock)
            if x is None:
                x = block.const.to(dtype)[None].expand(w_plus.shape[0], -1, -1, -1)
                x = x.contiguous(memory_format=torch.channels_last)
            else:
                here = features if side == self.config.feature_resolution else None
                x = block.conv0(x, w_plus[:, 2 * index - 1], noise, here)
            x = block.conv1(x, w_plus[:, 2 * index], noise)
            rgb = block.torgb(x, w_plus[:, 2 * index + 1])
            image = rgb if image is None else upsample_rgb(image) + rgb
        assert image is not None
        return image


class TrainableGenerator(nn.Module):
    """``mapping`` and ``synthesis`` under the official names."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping = Mapping(config)
        self.synthesis = Synthesis(config)


def repeat_w(w: Tensor, layers: int) -> Tensor:
    """[B, w_dim] to [B, layers, w_dim]."""
    return w[:, None].expand(-1, layers, -1)
