"""Style transfer by optimising the picture itself: slower than the style network, and finer.

Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016;
docs/methods/style.md, Gatys). Changed: the pack's feature net, brought to one scale per level, in place of VGG-19; Adam
in place of L-BFGS, so that each step is one evaluation that can be shown and stopped; the Gram matrices of a part of
the picture; several styles at once.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import NothingUseful
from core.losses.perceptual import Features
from core.losses.style import gram_matrices
from core.recipes.kit.schedule import learning_rate_factor
from core.recipes.kit.variables import SafeAdam, leaf

LEVELS = (1, 2, 3, 4, 5)
CONTENT_LEVEL = 4
_STYLE, _SMOOTH = 20.0, 0.05


@dataclass(frozen=True, eq=False)
class StyleSource:
    """One style to come near to.

    Attributes:
        picture: [1, 3, h, w] in [-1, 1].
        weight: [1, 1, h, w] in 0..1, where it counts; None = everywhere.
        share: its share among several.
    """

    picture: Tensor
    weight: Tensor | None
    share: float


def level_layers(net: Features, smallest: int) -> tuple[str, ...]:
    """The first layer of every block that a picture of this smallest side still has; LPIPS's own where it is the only.
    """
    chosen = []
    for level in LEVELS:
        names = [name for name in net.names if name.startswith(f"relu{level}_")]
        if names and smallest >> (level - 1) >= 2:
            chosen.append(names[0])
    return tuple(chosen)


def _scale(maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and deviation [1, C, 1, 1] of every channel over maps of several pictures, all pictures alike.

    Without this a few strong or constant channels of the network would be all that counts.
    """
    mean = torch.stack([value.mean((0, 2, 3)) for value in maps]).mean(0).view(1, -1, 1, 1)
    spread = torch.stack([(value - mean).square().mean((0, 2, 3)) for value in maps]).mean(0).view(1, -1, 1, 1)
    deviation = spread.sqrt()
    return mean, deviation + 0.3 * deviation.mean() + 1e-6


def mean_gram(features: Tensor, weight: Tensor | None) -> Tensor:
    """Gram matrix [B, C, C] of features [B, C, H, W] per position that counts: sum w f f / sum w."""
    if weight is None:
        return gram_matrices(features) / float(features.shape[-2] * features.shape[-1])
    small = F.interpolate(weight, size=features.shape[-2:], mode="area")
    return gram_matrices(features, small) / small.sum().clamp_min(1.0)


def total_variation(picture: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels of [B, C, H, W]."""
    across = (picture[..., 1:] - picture[..., :-1]).square().mean()
    return across + (picture[..., 1:, :] - picture[..., :-1, :]).square().mean()


class Optimisation:
    """A picture on its way to a style; it can be stepped, stopped and read at any time.

    Args:
        net: frozen features.
        content: [1, 3, h, w] in [-1, 1], whose forms stay.
        start: [1, 3, h, w] where the picture begins.
        styles: what it comes near to; the goal is the mean of their Gram matrices by share.
        area: [1, 1, h, w] the part whose textures are compared.
        looked: [1, 1, h, w] where the content counts.
        parameters: ``content_weight``, ``style_weight``, ``smoothness``, ``rate``.
    """

    def __init__(self, net: Features, content: Tensor, start: Tensor, styles: Sequence[StyleSource], area: Tensor,
                 looked: Tensor, parameters: Mapping[str, Any]) -> None:
        self.net, self.p = net, parameters
        self.picture = leaf(start, content.device)
        smallest = min(min(source.picture.shape[-2:]) for source in styles)
        self.layers = level_layers(net, min(smallest, *content.shape[-2:]))
        self.content_layer = self.layers[min(CONTENT_LEVEL, len(self.layers)) - 1]
        self.area = area * looked if bool((area * looked).sum() > 16) else area
        self.looked = looked
        with torch.no_grad():
            kept = net.extract(content, self.layers)
            seen = [(net.extract(source.picture, self.layers), source.weight, source.share) for source in styles]
            self.scales = {name: _scale([value, *(found[name] for found, _, _ in seen)])
                           for name, value in kept.items()}
            self.content = self._scaled(self.content_layer, kept[self.content_layer])
            self.goal = self._goal(seen)
        self.failure = ""

    def _scaled(self, name: str, value: Tensor) -> Tensor:
        mean, deviation = self.scales[name]
        return (value - mean) / deviation

    def _goal(self, seen: Sequence[tuple[Mapping[str, Tensor], Tensor | None, float]]) -> dict[str, Tensor]:
        total = sum(share for _, _, share in seen)
        return {
            name: torch.stack([mean_gram(self._scaled(name, found[name]), weight) * (share / total)
                               for found, weight, share in seen]).sum(0)
            for name in self.layers
        }

    def losses(self) -> dict[str, Tensor]:
        """Content, style and smoothness terms of the present picture, unweighted.

        Every level's style term is divided by the size of its goal, |G(s)|^2, so that all count alike.
        """
        found = self.net.extract(self.picture, self.layers)
        made = {name: self._scaled(name, value) for name, value in found.items()}
        difference = (made[self.content_layer] - self.content).square().mean(1, keepdim=True)
        looked = F.interpolate(self.looked, size=difference.shape[-2:], mode="area")
        style = [(mean_gram(made[name], self.area) - goal).square().sum() / goal.square().sum().clamp_min(1e-6)
                 for name, goal in self.goal.items()]
        return {
            "content": (difference * looked).sum() / looked.sum().clamp_min(1.0),
            "style": torch.stack(style).mean(),
            "smoothness": total_variation(self.picture),
        }

    def steps(self, count: int) -> Generator[dict[str, float], None, None]:
        """Optimise; yields the losses before each update. The best picture is in ``picture`` whenever this ends."""
        optimiser = SafeAdam(self, [([self.picture], self.p["rate"])])
        try:
            for index in range(count):
                losses = self.losses()
                total = (self.p["content_weight"] * losses["content"]
                         + _STYLE * self.p["style_weight"] * losses["style"]
                         + _SMOOTH * self.p["smoothness"] * losses["smoothness"])
                self.picture.grad = None
                total.backward()
                optimiser.step(total.item(), learning_rate_factor((index + 0.5) / count))
                with torch.no_grad():
                    self.picture.clamp_(-1, 1)
                yield {"total": total.item(), **{name: value.item() for name, value in losses.items()}}
        except NothingUseful as error:
            self.failure = f"{error.what} {error.why} The best state before that was kept."
        finally:
            optimiser.restore_best()

    def snapshot(self) -> list[Tensor]:
        """A copy of the picture, for ``SafeAdam``."""
        return [self.picture.detach().clone()]

    def restore(self, values: Sequence[Tensor]) -> None:
        """Write a copy of ``snapshot`` back."""
        with torch.no_grad():
            self.picture.copy_(values[0])
