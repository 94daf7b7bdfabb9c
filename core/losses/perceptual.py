"""The LPIPS-style distance between pictures inside a mask, block by block, with the target's features cached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from core.losses.masked import masked_mean, nearest_chain

ALL_BLOCKS = (1, 2, 3, 4, 5)
STRUCTURE_BLOCKS = (4, 5)


class Features(Protocol):
    """What the losses need of a feature network (``core.generators.base.FeatureNet`` fits)."""

    names: tuple[str, ...]

    def extract(self, images: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]: ...


def block_layers(net: Features, blocks: Sequence[int] = ALL_BLOCKS) -> tuple[str, ...]:
    """The layer that stands for each block: LPIPS's own where the network brings its channel weights, else reluK_1.

    The first activation of a block is what a distilled network was taught; the ones between are by-products in which
    a few constant channels may drown the rest.

    Raises:
        ValueError: the network has no layer of a block.
    """
    weighted = channel_weights(net)
    chosen = []
    for block in blocks:
        names = [name for name in weighted if name.startswith(f"relu{block}_")] or [f"relu{block}_1"]
        if names[0] not in net.names:
            raise ValueError(f"the feature network has no layer of block {block}")
        chosen.append(names[0])
    return tuple(chosen)


def channel_weights(net: Features) -> Mapping[str, Tensor]:
    """LPIPS's channel weights by layer, where the network brings them."""
    return getattr(net, "channel_weights", {})


def unit_normalise(features: Tensor, eps: float = 1e-5) -> Tensor:
    """Features [B, C, H, W] with unit length over C at every position (zero where they are all zero).

    eps stands under the root, so that the gradient at an all-zero position is finite.
    """
    return features * torch.rsqrt(features.square().sum(dim=1, keepdim=True) + eps * eps)


def block_distance(features: Tensor, target: Tensor, mask: Tensor, weights: Tensor | None = None) -> Tensor:
    """One block's distance: sum_p m_p d_p / sum_p m_p, d_p = sum_c v_c (f_pc/|f_p| - t_pc/|t_p|)^2.

    v = 1 without weights. Masks act on the feature difference, not on the picture
    (docs/methods/shared.md, Losses; Zhang et al. 2018 for the distance).

    Args:
        features: [B, C, h, w] activations.
        target: [B, C, h, w] activations already unit-normalised.
        mask: [B, 1, h, w] in 0..1.
        weights: [C] non-negative channel weights (LPIPS's linear layer), or None.
    """
    square = (unit_normalise(features) - target).square()
    if weights is not None:
        square = square * weights.view(1, -1, 1, 1)
    return masked_mean(square.sum(dim=1, keepdim=True), mask)


@dataclass(frozen=True, eq=False)
class PerceptualTarget:
    """A picture's features inside a mask, computed once and compared with many candidates.

    Attributes:
        layers: the feature layers compared, shallow first.
        features: unit-normalised [1, C, h, w] by layer.
        masks: [1, 1, h, w] by layer.
        weights: channel weights by layer, or empty.
        scales: what each layer's distance is divided by.
        mean: whether blocks are averaged (LOHO's slides) instead of summed (its code).
    """

    layers: tuple[str, ...]
    features: Mapping[str, Tensor]
    masks: Mapping[str, Tensor]
    weights: Mapping[str, Tensor]
    scales: Mapping[str, float]
    mean: bool

    def distance(self, features: Mapping[str, Tensor]) -> Tensor:
        """Masked distance of a candidate's features (by layer, unnormalised) to this target; scalar."""
        terms = [
            block_distance(features[layer], self.features[layer], self.masks[layer], self.weights.get(layer))
            / self.scales[layer]
            for layer in self.layers
        ]
        total = torch.stack(terms).sum()
        return total / len(terms) if self.mean else total


def perceptual_target(
    net: Features,
    image: Tensor,
    mask: Tensor,
    *,
    blocks: Sequence[int] = ALL_BLOCKS,
    reduction: str = "sum",
    calibrate: bool = False,
) -> PerceptualTarget:
    """Prepare image [1, 3, H, W] in [-1, 1] as a target inside mask [1, 1, H, W].

    Args:
        net: frozen feature network; its ``channel_weights`` (by layer), where it has any, weigh the channels.
        image: the target picture.
        mask: soft mask; shrunk nearest-neighbour from block to block.
        blocks: which of the five blocks count: 1-5 for identity, 4 and 5 for hair structure
            (docs/methods/loho.md, Losses).
        reduction: "sum" over blocks (LOHO's code) or "mean" (its slides).
        calibrate: divide each block by the mean distance between two random places of the target picture, so that 1
            means "as different as another place" whatever the network. Ignored where channel weights do that job.

    Raises:
        ValueError: unknown reduction, a block the network does not have, or a picture too small for all of them.
    """
    if reduction not in ("sum", "mean"):
        raise ValueError(f"reduction must be 'sum' or 'mean', not {reduction!r}")
    # A small picture has no deep blocks: below two pixels a map says nothing.
    smallest = min(image.shape[-2:])
    layers = block_layers(net, [block for block in blocks if smallest >> (block - 1) >= 2])
    if not layers:
        raise ValueError(f"a picture of {smallest} px has none of the blocks {tuple(blocks)}")
    with torch.no_grad():
        features = {name: unit_normalise(value) for name, value in net.extract(image, layers).items()}
    sizes = [(int(features[name].shape[-2]), int(features[name].shape[-1])) for name in layers]
    masks = dict(zip(layers, nearest_chain(mask, sizes), strict=True))
    given = channel_weights(net)
    weights = {name: given[name] for name in layers if name in given}
    scales = {name: place_distance(value) if calibrate and not weights else 1.0 for name, value in features.items()}
    return PerceptualTarget(layers, features, masks, weights, scales, reduction == "mean")


def place_distance(features: Tensor, floor: float = 1e-4) -> float:
    """Mean squared distance between two random places of features [1, C, h, w]: twice their variance, >= floor."""
    centred = features - features.mean(dim=(2, 3), keepdim=True)
    return max(floor, 2 * float(centred.square().sum(dim=1).mean()))


def feature_distance(net: Features, first: Tensor, second: Tensor) -> float:
    """Unmasked distance of two pictures [1, 3, H, W] in [-1, 1] for reports.

    The network's own documented distance where it has one, LPIPS with channel weights, else the mean over blocks.
    """
    own = getattr(net, "distance", None)
    if own is not None:
        with torch.no_grad():
            return float(own(first, second).mean())
    mask = torch.ones_like(first[:, :1])
    target = perceptual_target(net, second, mask, reduction="sum" if channel_weights(net) else "mean")
    with torch.no_grad():
        return float(target.distance(net.extract(first, target.layers)))
