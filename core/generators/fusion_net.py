"""FusionNet: which channels of S space each region takes from its own code (StyleFusion,
docs/methods/stylefusion.md, FusionNet)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.errors import ModelFileError
from core.generators.config import GeneratorConfig
from core.generators.load import load_network
from core.models.pack import Pack

NAME = "fusion"
"""Name of the component."""
COARSE_LAYERS = 5
"""Layers of W+ that the alignment code reaches, as in the official code (docs/methods/stylefusion.md, FusionNet)."""
_BIT_GAIN = math.sqrt(10.0)
_SLOPE, _SQRT2 = 0.2, math.sqrt(2.0)
_ADVICE = "Make it anew with `python -m core train fusion`, or install the pack again."


@dataclass(frozen=True)
class Node:
    """An inner node of the tree: its name, and what it joins (nodes or leaves)."""

    name: str
    first: str
    second: str


NODES = (
    Node("all", "face", "bg_hair_clothes"),
    Node("face", "skin_mouth", "eyes"),
    Node("bg_hair_clothes", "bg_clothes", "hair"),
    Node("skin_mouth", "mouth", "skin"),
    Node("bg_clothes", "clothes", "background"),
)
"""The tree of portraits (docs/methods/stylefusion.md, FusionNet), parents before children."""
LEAVES: Mapping[str, tuple[str, ...]] = {
    "hair": ("hair",), "background": ("background",), "clothes": ("clothes",), "skin": ("skin",),
    "eyes": ("eyes", "brows"), "mouth": ("lips",),
}
"""Regions of the channel tables that each leaf stands for."""
_BY_NAME = {node.name: node for node in NODES}


def regions_under(name: str) -> tuple[str, ...]:
    """Regions of the channel tables below a node or leaf.

    Raises:
        KeyError: an unknown name.
    """
    if name in LEAVES:
        return LEAVES[name]
    node = _BY_NAME[name]
    return (*regions_under(node.first), *regions_under(node.second))


def ancestors(name: str) -> list[tuple[Node, bool]]:
    """The nodes above a node or leaf, nearest first, each with whether what lies below is its first part."""
    found: list[tuple[Node, bool]] = []
    for node in reversed(NODES):
        if name in (node.first, node.second):
            found.append((node, name == node.first))
            name = node.name
    return found


@dataclass(frozen=True)
class StyleLayout:
    """Order of S space: channels of each style, the W+ layer each belongs to, and whether it feeds ToRGB."""

    sizes: tuple[int, ...]
    layers: tuple[int, ...]
    to_rgb: tuple[bool, ...]

    @classmethod
    def of(cls, config: GeneratorConfig) -> StyleLayout:
        """The layout of a StyleGAN2 generator, in synthesis order."""
        sizes, layers, to_rgb = [], [], []
        inputs = 0
        for index, outputs in enumerate(config.channels):
            if index:
                sizes.append(inputs)
                layers.append(2 * index - 1)
                to_rgb.append(False)
            sizes += [outputs, outputs]
            layers += [2 * index, 2 * index + 1]
            to_rgb += [False, True]
            inputs = outputs
        return cls(tuple(sizes), tuple(layers), tuple(to_rgb))

    @property
    def channels(self) -> int:
        """Channels of all styles together."""
        return sum(self.sizes)

    @property
    def coarse(self) -> int:
        """How many styles, from the first, lie in the layers that the alignment code reaches."""
        return sum(layer < COARSE_LAYERS for layer in self.layers)

    def first(self, count: int) -> StyleLayout:
        """The layout of the first ``count`` styles."""
        return StyleLayout(self.sizes[:count], self.layers[:count], self.to_rgb[:count])

    def bits(self) -> Tensor:
        """Indicator bits [styles, W+ layers + 1]: one bit for the layer, the last one for ToRGB."""
        found = torch.zeros(len(self.sizes), max(self.layers) + 2)
        found[torch.arange(len(self.sizes)), torch.tensor(self.layers)] = 1
        found[:, -1] = torch.tensor(self.to_rgb).float()
        return found


def pack_styles(styles: Sequence[Tensor]) -> Tensor:
    """One [B, channels] tensor per style as one [B, C]."""
    return torch.cat(list(styles), 1)


def unpack_styles(packed: Tensor, sizes: Sequence[int]) -> list[Tensor]:
    """[B, C] as one [B, channels] tensor per style."""
    return list(packed.split(list(sizes), 1))


class Blender(nn.Module):
    """A latent blender: looks at one style of several codes at a time, and answers a share per channel.

    Each style is stretched to the widest by repeating, the answer brought back by max-pooling
    (docs/methods/stylefusion.md, FusionNet). The indicator bits are scaled instead of repeated ten times, which is the
    same function and the same descent. Unlike the original every channel has its own bias: it holds the prior, so that
    an untrained blender mixes without training.

    Args:
        layout: the styles it looks at.
        codes: how many codes it compares.
        hidden: width of its three hidden layers.
    """

    bits: Tensor

    def __init__(self, layout: StyleLayout, codes: int, hidden: int) -> None:
        super().__init__()
        self.layout = layout
        self.width = max(layout.sizes)
        self.register_buffer("bits", layout.bits() * _BIT_GAIN, persistent=False)
        inputs = codes * self.width + self.bits.shape[1]
        self.layers = nn.ModuleList(nn.Linear(a, hidden) for a in (inputs, hidden, hidden))
        self.last = nn.Linear(hidden, self.width)
        self.bias = nn.Parameter(torch.zeros(layout.channels))
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def _widened(self, packed: Tensor) -> Tensor:
        """[B, C] to [B, styles, width]."""
        wide = []
        for style in unpack_styles(packed, self.layout.sizes):
            wide.append(style if style.shape[1] == self.width else F.interpolate(
                style[:, None], size=self.width, mode="nearest")[:, 0])
        return torch.stack(wide, 1)

    def _narrowed(self, wide: Tensor) -> Tensor:
        """[B, styles, width] to [B, C]."""
        return torch.cat([wide[:, index] if size == self.width else F.adaptive_max_pool1d(wide[:, index], size)
                          for index, size in enumerate(self.layout.sizes)], 1)

    def forward(self, codes: Sequence[Tensor]) -> Tensor:
        """q in 0..1 [B, C] of standardised codes [B, C] each."""
        seen = [self._widened(code) for code in codes]
        x = torch.cat([*seen, self.bits.expand(seen[0].shape[0], -1, -1)], 2)
        for layer in self.layers:
            x = F.leaky_relu(layer(x), _SLOPE) * _SQRT2
        return torch.sigmoid(self._narrowed(self.last(x)) + self.bias)


@dataclass(frozen=True, eq=False)
class Joined:
    """What a node makes of its two parts.

    Attributes:
        code: [B, C] the joined code.
        share: [B, C] of the first part in it; align: [B, 2, coarse C] of the alignment code in each part.
    """

    code: Tensor
    share: Tensor
    align: Tensor


class FusionNet(nn.Module):
    """The tree of nodes, two blenders in each. Codes are packed S space, [B, C].

    Args:
        layout: of the generator.
        hidden: width of the blenders.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, layout: StyleLayout, hidden: int = 144) -> None:
        super().__init__()
        self.layout, self.hidden = layout, hidden
        coarse = layout.first(layout.coarse)
        self.coarse_channels = coarse.channels
        self.register_buffer("mean", torch.zeros(layout.channels))
        self.register_buffer("deviation", torch.ones(layout.channels))
        self.align = nn.ModuleDict({node.name: Blender(coarse, 2, hidden) for node in NODES})
        # The alignment code is a third input of the fusing blender, as in the official code
        # (docs/methods/stylefusion.md, FusionNet).
        self.fuse = nn.ModuleDict({node.name: Blender(layout, 3, hidden) for node in NODES})

    def blender(self, kind: str, node: str) -> Blender:
        """The "align" or "fuse" blender of a node."""
        found = getattr(self, kind)[node]
        assert isinstance(found, Blender)
        return found

    def standardised(self, code: Tensor) -> Tensor:
        """Codes with every channel at mean 0 and deviation 1."""
        return (code - self.mean) / self.deviation

    def join(self, node: str, first: Tensor, second: Tensor, align: Tensor) -> Joined:
        """Join two parts, each brought to the alignment code's pose before.

        Args:
            node: name of the node.
            first, second: [B, C].
            align: [B, C], the node's alignment (global) code.
        """
        count = self.coarse_channels
        goal = self.standardised(align)
        moved, shares = [], []
        for part in (first, second):
            q = self.blender("align", node)([self.standardised(part)[:, :count], goal[:, :count]])
            coarse = part[:, :count] + q * (align[:, :count] - part[:, :count])
            moved.append(torch.cat([coarse, part[:, count:]], 1))
            shares.append(q)
        share = self.blender("fuse", node)([self.standardised(moved[0]), self.standardised(moved[1]), goal])
        code = share * moved[0] + (1 - share) * moved[1]
        return Joined(code, share, torch.stack(shares, 1))

    def forward(self, leaves: Mapping[str, Tensor], align: Mapping[str, Tensor]) -> Tensor:
        """The code [B, C] of a portrait.

        Args:
            leaves: one code [B, C] per name in ``LEAVES``.
            align: one alignment code [B, C] per name in ``NODES``.
        """
        made = dict(leaves)
        for node in reversed(NODES):
            made[node.name] = self.join(node.name, made[node.first], made[node.second], align[node.name]).code
        return made[NODES[0].name]

    def node_parameters(self, node: str, kinds: Sequence[str] = ("align", "fuse")) -> Iterator[nn.Parameter]:
        """Parameters of a node's blenders."""
        for kind in kinds:
            yield from self.blender(kind, node).parameters()

    @torch.no_grad()
    def set_prior(self, shares: Mapping[str, Tensor], align: float = 0.3) -> None:
        """Let every untrained node answer these shares of its first part [C] in 0..1, and ``align`` of the pose."""
        for node in NODES:
            self.blender("fuse", node.name).bias.copy_(torch.logit(shares[node.name].clamp(0.02, 0.98)))
            self.blender("align", node.name).bias.fill_(math.log(align / (1 - align)))


def load_fusion(pack: Pack, device: torch.device | str = "cpu") -> FusionNet:
    """The FusionNet of a pack, frozen, float32.

    Raises:
        ModelFileError: missing, damaged, of another architecture, or made with another generator.
    """
    if pack.config(NAME).get("generator") != pack.component("generator").sha256:
        raise ModelFileError("The FusionNet of the model pack cannot be used.",
                             "It was made with another generator than the pack's.", _ADVICE)

    def build(config: Mapping[str, Any]) -> FusionNet:
        return FusionNet(StyleLayout.of(GeneratorConfig.from_dict(pack.config("generator"))), int(config["hidden"]))

    network = load_network(pack, NAME, "FusionNet", build)
    return network.to(device).eval().requires_grad_(False)
