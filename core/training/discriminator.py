"""The critic of the adversarial phase: a small residual discriminator and the augmentation it sees pictures through."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.training.synthesis import FullyConnected


class EqualConv(nn.Module):
    """Convolution with weights scaled at run time (equalised learning rate), in the dtype of its input."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gain = 1.0 / math.sqrt(inputs * kernel * kernel)
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        weight = (self.weight * self.gain).to(x.dtype)
        return F.conv2d(x, weight, self.bias.to(x.dtype), stride=self.stride, padding=self.weight.shape[2] // 2)


class Block(nn.Module):
    """Residual block that halves the side."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = EqualConv(inputs, inputs, 3)
        self.second = EqualConv(inputs, outputs, 3, stride=2)
        self.skip = EqualConv(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = F.leaky_relu(self.first(x), 0.2) * math.sqrt(2.0)
        y = F.leaky_relu(self.second(y), 0.2) * math.sqrt(2.0)
        return (y + self.skip(F.avg_pool2d(x, 2))) * math.sqrt(0.5)


class Discriminator(nn.Module):
    """Realness of pictures [B, 3, R, R], higher is more real; works on 2x2 pixel groups from R/2 down to 4."""

    def __init__(self, resolution: int, channels: tuple[int, ...] = (48, 96, 160, 256, 256)) -> None:
        super().__init__()
        self.stem = EqualConv(12, channels[0], 3)
        self.blocks = nn.ModuleList(Block(a, b) for a, b in pairwise(channels))
        side = resolution // 2 >> (len(channels) - 1)
        self.last = EqualConv(channels[-1] + 1, channels[-1], 3)
        self.hidden = FullyConnected(channels[-1] * side * side, channels[-1])
        self.out = FullyConnected(channels[-1], 1)

    def forward(self, images: Tensor, *, dtype: torch.dtype = torch.float32, groups: int = 4) -> Tensor:
        """[B] logits; the spread within groups of pictures is shown to the last layers."""
        x = F.pixel_unshuffle(images, 2).to(dtype).contiguous(memory_format=torch.channels_last)
        x = F.leaky_relu(self.stem(x), 0.2) * math.sqrt(2.0)
        for block in self.blocks:
            x = block(x)
        count = x.shape[0]
        size = groups if count % groups == 0 else count
        spread = x.float().reshape(size, count // size, *x.shape[1:]).var(0, unbiased=False)
        spread = (spread + 1e-8).sqrt().mean((1, 2, 3)).repeat(size)
        x = torch.cat([x, spread[:, None, None, None].to(x.dtype).expand(-1, 1, *x.shape[2:])], 1)
        x = F.leaky_relu(self.last(x), 0.2) * math.sqrt(2.0)
        x = F.leaky_relu(self.hidden(x.float().flatten(1)), 0.2)
        return self.out(x)[:, 0]


def augment(images: Tensor) -> Tensor:
    """Differentiable augmentation (Zhao et al. 2020): brightness, saturation, contrast, translation, cutout."""
    count, _, height, width = images.shape
    device = images.device

    def draw(low: float, high: float) -> Tensor:
        return torch.rand(count, 1, 1, 1, device=device) * (high - low) + low

    images = images + draw(-0.25, 0.25)
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * draw(0.5, 1.5)
    mean = images.mean((1, 2, 3), keepdim=True)
    images = mean + (images - mean) * draw(0.7, 1.3)
    shift = torch.zeros(count, 2, 3, device=device)
    shift[:, 0, 0] = torch.where(torch.rand(count, device=device) < 0.5, -1.0, 1.0)
    shift[:, 1, 1] = 1.0
    # Whole pixels, so that no interpolation hides fine patterns from the critic.
    pixels = torch.randint(-height // 8, height // 8 + 1, (count, 2), device=device)
    shift[:, :, 2] = pixels * (2.0 / height)
    grid = F.affine_grid(shift, list(images.shape), align_corners=False)
    images = F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    rows = torch.arange(height, device=device)[None, :, None]
    columns = torch.arange(width, device=device)[None, None, :]
    centre = torch.randint(0, height, (count, 2, 1, 1), device=device)
    half = height // 6
    hole = ((rows - centre[:, 0]).abs() < half) & ((columns - centre[:, 1]).abs() < half)
    hole = hole & (torch.rand(count, 1, 1, device=device) < 0.5)
    return images * (~hole[:, None])


def gradient_penalty(critic: Discriminator, real: Tensor) -> Tensor:
    """R1: mean squared gradient length of the logit at real pictures (Mescheder et al. 2018), in float32."""
    real = real.detach().requires_grad_(True)
    gradient, = torch.autograd.grad(critic(real).sum(), real, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()
