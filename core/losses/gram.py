"""The texture of hair: Gram matrices of masked features, normalised by the hair's own area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from core.losses.masked import EMPTY, nearest_chain

STYLE_LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
NORMALISATIONS = ("area", "map", "plain")
# Share of the picture that hair typically covers: makes the area-normalised matrix as large as the original one
# for a typical portrait, so that one weight serves both.
TYPICAL_AREA = 0.25


def gram(features: Tensor, mask: Tensor, *, normalise: str = "area", weigh: bool = True) -> Tensor:
    """Gram matrix of masked features: G_cd = sum_p m_p^2 f_pc f_pd / n.

    n = B C H W for "map" (LOHO's code, docs/methods/loho.md, Differences no. 5: it shrinks with the hair), n = 1 for
    "plain" (its slides), and n = B C (sum_p m_p^2) / 0.25 for "area" (independent of the hair's size).

    Args:
        features: [B, C, H, W].
        mask: [B, 1, H, W] of the same size.
        normalise: "area", "map" or "plain".
        weigh: False leaves the features as they are, for a picture that was masked itself; the mask then only
            gives the area.

    Returns:
        [C, C].

    Raises:
        ValueError: unknown normalisation.
    """
    if normalise not in NORMALISATIONS:
        raise ValueError(f"normalise must be one of {NORMALISATIONS}, not {normalise!r}")
    batch, channels, height, width = features.shape
    flat = (features * mask if weigh else features).transpose(0, 1).reshape(channels, -1)
    if normalise == "plain":
        return flat @ flat.T
    if normalise == "map":
        count = torch.full((), float(batch * channels * height * width), device=features.device)
    else:
        count = batch * channels * mask.square().sum().clamp_min(EMPTY) / TYPICAL_AREA
    return flat @ flat.T / count


def style_layers(names: Sequence[str], *, distilled: bool) -> tuple[str, ...]:
    """The layers whose Gram matrices are compared: LOHO's on a full VGG-16, the taught ones on a distilled network."""
    wanted = ("relu1_1", "relu2_1", "relu3_1", "relu4_1") if distilled else STYLE_LAYERS
    return tuple(name for name in wanted if name in names)


def style_matrices(
    features: Mapping[str, Tensor], mask: Tensor, *, normalise: str = "area", weigh: bool = True
) -> dict[str, Tensor]:
    """Gram matrices of features (by name, shallow first, [1, C, h, w]), mask [1, 1, H, W] chained down; see ``gram``.
    """
    layers = list(features)
    sizes = [(int(features[name].shape[-2]), int(features[name].shape[-1])) for name in layers]
    masks = nearest_chain(mask, sizes)
    return {
        name: gram(features[name], layer_mask, normalise=normalise, weigh=weigh)
        for name, layer_mask in zip(layers, masks, strict=True)
    }


def style_loss(
    matrices: Mapping[str, Tensor], target: Mapping[str, Tensor], *, relative: bool = False
) -> Tensor:
    """L_s = mean over layers of the mean over entries of (G - G_target)^2 (docs/methods/loho.md, Losses).

    Args:
        matrices, target: Gram matrices [C, C] by layer, the same layers.
        relative: divide each layer by its mean square of G_target, so that it does not depend on the network's scale.
    """
    terms = []
    for name, goal in target.items():
        distance = (matrices[name] - goal).square().mean()
        terms.append(distance / goal.square().mean().clamp_min(1e-24) if relative else distance)
    return torch.stack(terms).mean()
