"""The perceptual teacher used while training: a distilled VGG-19 read from a file the caller names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

_Module = TypeVar("_Module", bound=nn.Module)
_BLOCKS = (("11", "12"), ("21", "22"), ("31", "32", "33", "34"), ("41", "42", "43", "44"), ("51",))
TRAINING_LAYERS = ("11", "21", "31", "41")


def unit(x: Tensor) -> Tensor:
    """Activations [B, C, H, W] scaled to length one at every position."""
    return x * (x.square().sum(1, keepdim=True) + 1e-6).rsqrt()


def channels_last(module: _Module) -> _Module:
    """Store the weights of convolutions the way processors and tensor cores read them."""
    for parameter in module.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return module


class Teacher:
    """Frozen features named "11" ... "51" of images in [-1, 1].

    Args:
        path: safetensors with conv0 (colour transform) and conv11 ... conv51, 3x3 with reflect padding.
        device: where to compute.
    """

    def __init__(self, path: Path | str, device: torch.device | str = "cpu") -> None:
        self.tensors = {
            key: value.to(device).contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value.to(device)
            for key, value in load_file(str(path)).items()
        }

    def __call__(self, images: Tensor, *, names: Sequence[str] = TRAINING_LAYERS,
                 dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
        """Activations by name, in ``dtype``."""
        x = (images.to(dtype) * 0.5 + 0.5).contiguous(memory_format=torch.channels_last)
        x = F.conv2d(x, self.tensors["conv0.weight"].to(dtype), self.tensors["conv0.bias"].to(dtype))
        found: dict[str, Tensor] = {}
        for index, block in enumerate(_BLOCKS):
            if index:
                x = F.max_pool2d(x, 2)
            for name in block:
                weight, bias = self.tensors[f"conv{name}.weight"], self.tensors[f"conv{name}.bias"]
                x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight.to(dtype), bias.to(dtype)))
                if name in names:
                    found[name] = x
                if len(found) == len(names):
                    return found
        return found

    @staticmethod
    def distance(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> Tensor:
        """Sum over layers of the mean over positions of the squared distance of unit-normalised activations."""
        total = torch.zeros((), device=next(iter(first.values())).device)
        for name, value in first.items():
            total = total + (unit(value.float()) - unit(second[name].float())).square().sum(1).mean()
        return total
