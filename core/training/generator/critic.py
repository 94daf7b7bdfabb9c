"""The critic of the adversarial loss: small heads on frozen features, and the augmentation pictures are seen through.

A critic that has to learn to see first needs more portraits and time than this training has; judging the features of a
network that can already see converges from the first hundreds of steps (Sauer et al. 2021, Projected GANs).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Channels of the feature net by layer, and of the head that judges them.
_HEADS = {"11": (16, 32), "21": (32, 48), "31": (64, 64), "41": (128, 96)}
_GAIN = math.sqrt(2.0)
VIEW = 128
"""Features are compared on views of at most this side."""


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
        y = F.leaky_relu(self.first(x), 0.2) * _GAIN
        y = F.leaky_relu(self.second(y), 0.2) * _GAIN
        return (y + self.skip(F.avg_pool2d(x, 2, ceil_mode=True))) * math.sqrt(0.5)


class Head(nn.Module):
    """Logits at every position of one layer's features, an eighth of their side."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.stem = EqualConv(inputs, width, 3, stride=2)
        self.blocks = nn.Sequential(Block(width, 2 * width), Block(2 * width, 2 * width))
        self.last = EqualConv(2 * width + 1, 2 * width, 3)
        self.out = EqualConv(2 * width, 1, 1)

    def forward(self, x: Tensor, groups: int) -> Tensor:
        """[B, C, h, w] to logits [B, positions]; the spread within groups of pictures is shown to the last layers."""
        x = self.blocks(F.leaky_relu(self.stem(x), 0.2) * _GAIN)
        count = x.shape[0]
        size = groups if count % groups == 0 else count
        spread = x.float().reshape(size, count // size, *x.shape[1:]).var(0, unbiased=False)
        spread = (spread + 1e-8).sqrt().mean((1, 2, 3)).repeat(size)
        x = torch.cat([x, spread[:, None, None, None].to(x.dtype).expand(-1, 1, *x.shape[2:])], 1)
        x = F.leaky_relu(self.last(x), 0.2) * _GAIN
        return self.out(x).float().flatten(1)


class FeatureCritic(nn.Module):
    """Realness by layer of a feature net, higher is more real.

    Layers differ in scale by orders of magnitude; each is divided by its typical size at the first portraits seen.
    """

    scales: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.names = tuple(_HEADS)
        self.heads = nn.ModuleList(Head(*sizes) for sizes in _HEADS.values())
        self.register_buffer("scales", torch.zeros(len(_HEADS)))

    @torch.no_grad()
    def calibrate(self, features: Mapping[str, Tensor]) -> None:
        """Learn the typical size of each layer, once."""
        if not bool(self.scales.any()):
            for index, name in enumerate(self.names):
                self.scales[index] = features[name].float().square().mean().sqrt()

    def forward(self, features: Mapping[str, Tensor], *, groups: int = 4) -> list[Tensor]:
        """Activations [B, C, h, w] by layer to one [B, positions] of logits per layer."""
        return [head(features[name] / self.scales[index].to(features[name].dtype), groups)
                for index, (name, head) in enumerate(zip(self.names, self.heads, strict=True))]

    def loss(self, features: Mapping[str, Tensor], *, real: bool) -> Tensor:
        """Non-saturating loss of calling these pictures real or not, mean over layers, pictures and positions."""
        sign = -1.0 if real else 1.0
        losses = [F.softplus(sign * logits).mean() for logits in self(features)]
        return torch.stack(losses).mean()

    def gradient_penalty(self, features: Mapping[str, Tensor]) -> Tensor:
        """R1 (Mescheder et al. 2018) in float32, at the scaled features of real pictures.

        Squared gradient of the summed logits per position, mean over pictures and layers; so it does not depend on
        the size of the pictures.
        """
        losses = []
        for index, (name, head) in enumerate(zip(self.names, self.heads, strict=True)):
            real = (features[name].float() / self.scales[index]).detach().requires_grad_(True)
            logits = head(real, 4)
            gradient, = torch.autograd.grad(logits.sum(), real, create_graph=True)
            losses.append(gradient.square().sum((1, 2, 3)).mean() / logits.shape[1])
        return torch.stack(losses).mean()


@dataclass(frozen=True)
class Augmentation:
    """One draw of a differentiable augmentation (Zhao et al. 2020), to show pictures and their targets alike.

    Attributes:
        light, saturation, contrast: [B, 1, 1, 1] offset and factors.
        shift: [B, 2] whole pixels, so that no interpolation hides fine patterns from the critic.
        hole: [B, 2] centre of a grey square, third of the side; beyond the picture where there is none.
    """

    light: Tensor
    saturation: Tensor
    contrast: Tensor
    shift: Tensor
    hole: Tensor

    @classmethod
    def draw(cls, count: int, side: int, device: torch.device, probability: float = 0.6) -> Augmentation:
        """Each picture is changed with ``probability``, each kind of change on its own."""

        def amount(reach: float) -> Tensor:
            use = torch.rand(count, 1, 1, 1, device=device) < probability
            return (torch.rand(count, 1, 1, 1, device=device) * 2 - 1) * reach * use

        reach = side // 8
        shift = torch.randint(-reach, reach + 1, (count, 2), device=device)
        shift = shift * (torch.rand(count, 1, device=device) < probability)
        hole = torch.randint(0, side, (count, 2), device=device)
        hole = torch.where(torch.rand(count, 1, device=device) < 0.5 * probability, hole, -side)
        return cls(amount(0.25), 1 + amount(0.5), 1 + amount(0.3), shift, hole)

    def first(self, count: int) -> Augmentation:
        """The draw of the first pictures."""
        return Augmentation(*(getattr(self, field.name)[:count] for field in fields(self)))

    def __call__(self, images: Tensor) -> Tensor:
        """Pictures [B, 3, R, R] in [-1, 1], changed as drawn."""
        side = images.shape[2]
        images = images + self.light
        grey = images.mean(1, keepdim=True)
        images = grey + (images - grey) * self.saturation
        mean = images.mean((1, 2, 3), keepdim=True)
        images = mean + (images - mean) * self.contrast
        reach = side // 8
        padded = F.pad(images, (reach, reach, reach, reach))
        images = torch.stack([picture[:, reach + int(y):reach + int(y) + side, reach + int(x):reach + int(x) + side]
                              for picture, (y, x) in zip(padded, self.shift, strict=True)])
        rows = torch.arange(side, device=images.device)
        half = side // 6
        down, across = ((rows - centre).abs() < half for centre in self.hole.split(1, 1))
        return images * ~(down[:, None, :, None] & across[:, None, None, :])


@dataclass(frozen=True)
class View:
    """Where a picture larger than ``VIEW`` is looked at: a part at full size, or all of it made smaller.

    Both together cost a quarter of looking at everything at full size.

    Attributes:
        corners: upper left corner (y, x) of the part by picture; None where all of it is seen.
        side: of the pictures.
    """

    corners: tuple[tuple[int, int] | None, ...]
    side: int

    @classmethod
    def draw(cls, count: int, side: int) -> View:
        """Every other pair of pictures is seen whole."""
        room = side - VIEW
        if room <= 0:
            return cls((None,) * count, side)
        places = torch.randint(room + 1, (count, 2)).tolist()
        return cls(tuple(None if index // 2 % 2 == 0 else (places[index][0], places[index][1])
                         for index in range(count)), side)

    def first(self, count: int) -> View:
        """The views of the first pictures."""
        return View(self.corners[:count], self.side)

    def __call__(self, images: Tensor) -> Tensor:
        """Pictures [B, 3, R, R] to [B, 3, V, V] with V = min(R, VIEW)."""
        if self.side <= VIEW:
            return images
        small = F.avg_pool2d(images, self.side // VIEW)
        return torch.stack([small[index] if corner is None
                            else images[index, :, corner[0]:corner[0] + VIEW, corner[1]:corner[1] + VIEW]
                            for index, corner in enumerate(self.corners)])
