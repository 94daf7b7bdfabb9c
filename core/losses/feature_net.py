"""The perceptual feature network of the pack: a small VGG distilled by this project, with a documented distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import ModelFileError
from core.models.device import fast_dtype
from core.models.load import read_tensors

BLOCKS = (("relu1_1", "relu1_2"), ("relu2_1", "relu2_2"), ("relu3_1", "relu3_2", "relu3_3"),
          ("relu4_1", "relu4_2", "relu4_3"), ("relu5_1",))
NAMES = tuple(name for block in BLOCKS for name in block)
WIDTHS = (16, 32, 64, 96, 96)
# Layers and weights of the documented distance.
DISTANCE_WEIGHTS = {"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0, "relu4_1": 1.0}


class PackLike(Protocol):
    """The part of a model pack that loading needs."""

    def path(self, component: str) -> Path: ...

    def config(self, component: str) -> Mapping[str, Any]: ...


def feature_shapes(widths: Sequence[int] = WIDTHS) -> dict[str, tuple[int, ...]]:
    """Every parameter by name ("relu1_1.weight", ...) with its shape."""
    shapes: dict[str, tuple[int, ...]] = {}
    inputs = 3
    for block, width in zip(BLOCKS, widths, strict=True):
        for name in block:
            shapes[f"{name}.weight"] = (width, inputs, 3, 3)
            shapes[f"{name}.bias"] = (width,)
            inputs = width
    return shapes


class SmallVGG:
    """Frozen features named as in VGG-16; offers ``core.generators.base.FeatureNet``.

    3x3 convolutions with reflected borders and ReLU, 2x2 max pooling between the blocks. Gradients reach the images.

    Args:
        tensors: parameters, see ``feature_shapes``.
        device: where to compute.
        dtype: type of the activations; None = bfloat16 where the device computes in it, else float32.
    """

    names: tuple[str, ...] = NAMES

    def __init__(self, tensors: Mapping[str, Tensor], device: torch.device | str = "cpu",
                 dtype: torch.dtype | None = None) -> None:
        self.device = torch.device(device)
        self.dtype = fast_dtype(self.device) if dtype is None else dtype
        self._weights = {
            name: (tensors[f"{name}.weight"].detach().to(self.device, self.dtype).contiguous(
                memory_format=torch.channels_last), tensors[f"{name}.bias"].detach().to(self.device, self.dtype))
            for name in NAMES
        }

    def extract(self, images: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Images [B, 3, H, W] in [-1, 1] to float32 activations [B, C, h, w] by name, halved after each block.

        Args:
            images: at least 32 px per side for all layers.
            names: the layers wanted; None = all. Nothing deeper than the deepest is computed.

        Raises:
            ValueError: an unknown name.
        """
        wanted = set(NAMES if names is None else names)
        if not wanted <= set(NAMES):
            raise ValueError(f"unknown layers {sorted(wanted - set(NAMES))}; there are {NAMES}")
        x = images.to(self.device, self.dtype).contiguous(memory_format=torch.channels_last)
        found: dict[str, Tensor] = {}
        for index, block in enumerate(BLOCKS):
            if index:
                x = F.max_pool2d(x, 2)
            for name in block:
                x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), *self._weights[name]))
                if name in wanted:
                    found[name] = x.float()
                if len(found) == len(wanted):
                    return found
        return found

    def distance(self, first: Tensor, second: Tensor) -> Tensor:
        """[B] perceptual distance of two image batches, 0 when equal.

        Activations are scaled to unit length over channels at each position; squared differences are summed over
        channels, averaged over positions, and summed over relu1_1, relu2_1, relu3_1 and relu4_1.
        """
        names = tuple(DISTANCE_WEIGHTS)
        a, b = self.extract(first, names), self.extract(second, names)
        total = first.new_zeros(first.shape[0], dtype=torch.float32, device=self.device)
        for name, weight in DISTANCE_WEIGHTS.items():
            total = total + weight * (unit(a[name]) - unit(b[name])).square().sum(1).mean((1, 2))
        return total


def unit(x: Tensor) -> Tensor:
    """Activations [B, C, H, W] scaled to length one over the channels at every position."""
    return x * (x.square().sum(1, keepdim=True) + 1e-6).rsqrt()


def load_features(pack: PackLike, device: torch.device | str = "cpu", dtype: torch.dtype | None = None) -> SmallVGG:
    """The feature network of a pack.

    Raises:
        ModelFileError: missing, damaged or of other sizes than the manifest says.
    """
    widths = pack.config("features").get("widths", WIDTHS)
    if len(widths) != len(BLOCKS):
        raise ModelFileError("The features of the model pack cannot be used.",
                             f"{len(widths)} widths for {len(BLOCKS)} blocks.", "Install the pack again.")
    tensors = read_tensors(pack.path("features"), feature_shapes([int(width) for width in widths]))
    return SmallVGG(tensors, device, dtype)
