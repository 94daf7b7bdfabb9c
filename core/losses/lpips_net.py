"""LPIPS on a full VGG-16, for packs that bring its weights; without them the pack's own feature net is the metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import ModelFileError
from core.losses.torchvision_shim import import_lpips
from core.models.load import read_tensors

# Convolutions per block, and where each lies in torchvision's ``vgg16().features``, whose key names are used.
_BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
_LPIPS_LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
# LPIPS's own scaling of pictures in [-1, 1] (Zhang et al. 2018).
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


class PackLike(Protocol):
    """What is needed of a model pack (``core.models.pack.Pack`` fits)."""

    def __contains__(self, component: object) -> bool: ...

    def path(self, component: str) -> Path: ...

    def config(self, component: str) -> Mapping[str, Any]: ...


def vgg16_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the 13 convolutions, keys as in torchvision's VGG-16."""
    shapes: dict[str, tuple[int, ...]] = {}
    index, channels = 0, 3
    for width, count in _BLOCKS:
        for _ in range(count):
            shapes[f"features.{index}.weight"] = (width, channels, 3, 3)
            shapes[f"features.{index}.bias"] = (width,)
            channels, index = width, index + 2
        index += 1
    return shapes


class LpipsVgg:
    """VGG-16 activations with LPIPS's channel weights, frozen.

    Args:
        tensors: the convolutions, named and shaped as ``vgg16_shapes``.
        channel_weights: [C] by layer, non-negative, of the five LPIPS layers.
        device: where to compute.
    """

    names: tuple[str, ...] = tuple(
        f"relu{block}_{number}" for block, (_, count) in enumerate(_BLOCKS, 1) for number in range(1, count + 1)
    )

    def __init__(self, tensors: Mapping[str, Tensor], channel_weights: Mapping[str, Tensor],
                 device: torch.device | str = "cpu") -> None:
        memory = torch.channels_last
        self._weights = [
            (tensors[name].to(device=device, dtype=torch.float32, memory_format=memory),
             tensors[name.replace("weight", "bias")].to(device=device, dtype=torch.float32))
            for name in vgg16_shapes() if name.endswith("weight")
        ]
        self.channel_weights = {name: value.to(device) for name, value in channel_weights.items()}
        self._shift = torch.tensor(_SHIFT, device=device).view(1, 3, 1, 1)
        self._scale = torch.tensor(_SCALE, device=device).view(1, 3, 1, 1)

    def extract(self, images: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Activations by name of images [B, 3, H, W] in [-1, 1]; stops after the deepest one asked for."""
        wanted = set(self.names if names is None else names)
        unknown = wanted - set(self.names)
        if unknown:
            raise KeyError(f"no such layer: {sorted(unknown)[0]}")
        found: dict[str, Tensor] = {}
        x = ((images - self._shift) / self._scale).to(memory_format=torch.channels_last)
        block = "1"
        for name, (weight, bias) in zip(self.names, self._weights, strict=True):
            if name[4] != block:
                block, x = name[4], F.max_pool2d(x, 2)
            x = F.relu(F.conv2d(x, weight, bias, padding=1))
            if name in wanted:
                found[name] = x
                if len(found) == len(wanted):
                    break
        return found


def lpips_channel_weights() -> dict[str, Tensor]:
    """The linear layers of LPIPS v0.1 for VGG, as shipped inside the ``lpips`` package: [C] by layer.

    Raises:
        ModelFileError: the package holds no such file, or another one.
    """
    path = Path(str(import_lpips().__file__)).parent / "weights" / "v0.1" / "vgg.pth"
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {name: state[f"lin{i}.model.1.weight"].flatten().float() for i, name in enumerate(_LPIPS_LAYERS)}
    except (OSError, KeyError, RuntimeError) as error:
        raise ModelFileError(f"{path} cannot be used.", f"{error}.", "Install the lpips package again.") from error


def load_lpips(pack: PackLike, device: torch.device | str = "cpu") -> LpipsVgg:
    """The LPIPS feature net of a pack that has the component "vgg16".

    Raises:
        ModelFileError: missing, damaged or of another shape.
    """
    return LpipsVgg(read_tensors(pack.path("vgg16"), vgg16_shapes()), lpips_channel_weights(), device)
