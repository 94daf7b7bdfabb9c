"""The repair network: what the classical fill gets wrong where old hair was removed, as a small correction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.generators.config import NetworkConfig
from core.generators.encoder import Conv
from core.generators.load import PackLike, load_network
from core.models.device import fast_dtype

INPUTS = ("red", "green", "blue", "face skin", "neck", "clothing", "backdrop", "touched", "new hair", "old hair",
          "background seen", "skin seen", "clothes seen", "x", "y")
"""Channels the network sees: the plate, what was filled as which layer, the mattes, visible labels, the place."""
LAYERS = ("background", "skin", "clothes")
"""Order of the layout logits."""


@dataclass(frozen=True)
class RepairConfig(NetworkConfig):
    """Sizes of ``RepairNetwork``: the stage of side R/2 has channels[0], each next one half the side."""

    resolution: int = 128
    channels: tuple[int, ...] = (48, 80, 144, 224)


class _Block(nn.Module):
    """Two convolutions beside a shortcut; starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Conv(channels, channels, 3, padding=1)
        self.second = Conv(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.1)), 0.1))


class RepairNetwork(nn.Module):
    """U-Net on 2 x 2 pixel groups: ``INPUTS`` [B, 15, R, R] to a correction, 0 at first, and a layout."""

    def __init__(self, config: RepairConfig) -> None:
        super().__init__()
        self.config = config
        sizes = config.channels
        self.stem = Conv(4 * len(INPUTS), sizes[0], 3, padding=1)
        self.down = nn.ModuleList(Conv(a, b, 3, stride=2, padding=1) for a, b in pairwise(sizes))
        self.encode = nn.ModuleList(
            nn.Sequential(*(_Block(size) for _ in range(1 if index == 0 else 2))) for index, size in enumerate(sizes))
        self.up = nn.ModuleList(Conv(b, a, 3, padding=1) for a, b in pairwise(sizes))
        self.decode = nn.ModuleList(_Block(size) for size in sizes[:-1])
        self.head = Conv(sizes[0], 4 * (3 + len(LAYERS)), 3, padding=1)
        nn.init.zeros_(self.head.weight)

    def forward(self, inputs: Tensor, *, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        """Correction [B, 3, R, R] to colours in 0..1, and logits of ``LAYERS`` [B, 3, R, R]."""
        x = F.pixel_unshuffle(inputs, 2).to(dtype).contiguous(memory_format=torch.channels_last)
        x = self.encode[0](self.stem(x))
        kept = []
        for down, encode in zip(self.down, list(self.encode)[1:], strict=True):
            kept.append(x)
            x = encode(down(F.leaky_relu(x, 0.1)))
        for up, decode, beside in zip(reversed(self.up), reversed(self.decode), reversed(kept), strict=True):
            x = F.interpolate(up(F.leaky_relu(x, 0.1)), scale_factor=2.0, mode="bilinear", align_corners=False)
            x = decode(x + beside)
        out = F.pixel_shuffle(self.head(F.leaky_relu(x, 0.1)).float(), 2)
        return out[:, :3], out[:, 3:]


def places(count: int, size: int, device: torch.device | str = "cpu") -> Tensor:
    """The channels "x" and "y" of ``INPUTS`` [count, 2, size, size], -1..1."""
    line = (torch.arange(size, device=device) + 0.5) * (2 / size) - 1
    return torch.stack(torch.meshgrid(line, line, indexing="xy"))[None].expand(count, -1, -1, -1)


class Repairer:
    """The network ready for use."""

    def __init__(self, network: RepairNetwork, device: torch.device | str = "cpu",
                 dtype: torch.dtype | None = None) -> None:
        self.device = torch.device(device)
        self.dtype = dtype or fast_dtype(self.device)
        self.network = network.to(self.device).eval().requires_grad_(False)

    @property
    def size(self) -> int:
        return self.network.config.resolution

    @torch.no_grad()
    def __call__(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Correction [1, 3, R, R] and layout probabilities [1, 3, R, R] for ``INPUTS`` [1, 15, R, R]."""
        change, layout = self.network(inputs.to(self.device), dtype=self.dtype)
        return change, layout.softmax(1)


def load_repairer(pack: PackLike, device: torch.device | str = "cpu", dtype: torch.dtype | None = None) -> Repairer:
    """The repair network of a pack.

    Raises:
        ModelFileError: missing, damaged or of another architecture than the manifest says.
    """
    network = load_network(pack, "repair", "repair network",
                           lambda config: RepairNetwork(RepairConfig.from_dict(config)))
    return Repairer(network, device, dtype)
