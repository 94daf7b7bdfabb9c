"""Correspondence warp: the colours of one picture where another one has what looks alike, region by region.

Zhang et al., "Cross-domain Correspondence Learning for Exemplar-based Image Translation" (CVPR 2020) as Multiple GAN
Inversion uses it (docs/methods/mgi.md, Warp), on the features of a frozen network instead of trained encoders.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from core.losses.masked import EMPTY
from core.losses.perceptual import Features

LAYERS = ("relu3_1", "relu4_1")
"""What is compared, where no encoder was trained for it (docs/methods/mgi.md, Warp)."""
KERNEL, TEMPERATURE = 3, 0.01
"""Side of the window around each position, and of the softmax; those of CoCosNet's code."""
NOWHERE = -1
"""Label of a position that takes part in nothing."""
_CHUNK = 1024


def centred(features: Tensor, weight: Tensor | None = None) -> Tensor:
    """Features [1, C, h, w] less each channel's mean over the positions, weighted by weight [1, 1, h, w] if given.

    A weight that is 0 everywhere counts as none.
    """
    if weight is None or float(weight.sum()) <= EMPTY:
        return features - features.mean(dim=(2, 3), keepdim=True)
    return features - (features * weight).sum(dim=(2, 3), keepdim=True) / weight.sum()


def descriptors(features: Sequence[Tensor], size: int, *, weight: Tensor | None = None,
                kernel: int = KERNEL) -> Tensor:
    """One unit vector per position, [size^2, D] row by row: centred features of a window around it.

    Every layer is centred, brought to size x size positions, and divided by its root mean square length, so that
    layers of any strength have the same say.

    Args:
        features: layers [1, C_i, h_i, w_i] of one picture.
        size: positions per side.
        weight: [1, 1, H, W] where the means are taken (a soft region of the picture), or None for everywhere.
        kernel: odd side of the window; zeros outside the picture.
    """
    layers = []
    for layer in features:
        share = None if weight is None else F.interpolate(weight, size=layer.shape[-2:], mode="area")
        value = centred(layer, share)
        if value.shape[-1] != size or value.shape[-2] != size:
            shrinks = value.shape[-1] >= size and value.shape[-2] >= size
            value = (F.interpolate(value, size=(size, size), mode="area") if shrinks else
                     F.interpolate(value, size=(size, size), mode="bilinear", align_corners=False))
        length = value.square().sum(dim=1).mean().sqrt()
        layers.append(value / length.clamp_min(1e-8))
    windows = F.unfold(torch.cat(layers, dim=1), kernel, padding=kernel // 2)[0].t()
    return windows * torch.rsqrt(windows.square().sum(dim=1, keepdim=True) + 1e-12)


def region_warp(
    layout: Tensor, reference: Tensor, colours: Tensor, layout_labels: Tensor, reference_labels: Tensor, *,
    temperature: float = TEMPERATURE, places: tuple[Tensor, Tensor] | None = None, coherence: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """r(u) = sum over v of softmax_v(cos(u, v) / temperature) x(v), v only of u's own region
    (docs/methods/mgi.md, Warp).

    With places p and q, coherence |p(u) - q(v)|^2 is taken from the cosine: features that were not trained for it take
    neighbours from all over the reference, and a patchwork comes out.

    Args:
        layout: [P, D] unit vectors of the picture that gives the layout.
        reference: [Q, D] of the one that gives the colours.
        colours: [Q, C] of its positions.
        layout_labels, reference_labels: [P] and [Q] int, the regions; ``NOWHERE`` takes part in nothing.
        temperature: 0 < temperature; small ones take the best match alone.
        places: [P, 2] and [Q, 2], where the positions lie, in any common unit; None = coherence does not act.
        coherence: at least 0; cosine that a match loses at distance 1.

    Returns:
        r [P, C], and found [P] bool: False (and r = 0) where there is nothing of the region to take from.

    Raises:
        ValueError: the temperature is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    rows: list[Tensor] = []
    wheres: list[Tensor] = []
    for label in layout_labels.unique().tolist():
        there = (reference_labels == label).nonzero()[:, 0]
        if label == NOWHERE or not len(there):
            continue
        here = (layout_labels == label).nonzero()[:, 0]
        for part in here.split(_CHUNK):
            likeness = layout[part] @ reference[there].t()
            if places is not None and coherence > 0:
                likeness = likeness - coherence * torch.cdist(places[0][part], places[1][there]).square()
            rows.append(torch.softmax(likeness / temperature, dim=1) @ colours[there])
            wheres.append(part)
    warped = colours.new_zeros(len(layout), colours.shape[1])
    found = torch.zeros(len(layout), dtype=torch.bool, device=layout.device)
    if not rows:
        return warped, found
    where = torch.cat(wheres)
    found[where] = True
    return warped.index_copy(0, where, torch.cat(rows)), found


def pooled_colours(image: Tensor, weight: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Mean colour of every position's cell inside a soft region, so that what lies behind it does not mix in.

    Args:
        image: [1, C, H, W].
        weight: [1, 1, H, W] in 0..1, the region.
        size: positions per side; at most H and W.

    Returns:
        colours [size^2, C], row by row, and the region's share of each cell [size^2]; cells without any of it have
        their plain mean.
    """
    share = F.interpolate(weight, size=(size, size), mode="area")
    inside = F.interpolate(image * weight, size=(size, size), mode="area") / share.clamp_min(EMPTY)
    plain = F.interpolate(image, size=(size, size), mode="area")
    colours = torch.where(share > EMPTY, inside, plain)
    return colours[0].flatten(1).t(), share.flatten()


def grid(size: int, unit: float = 1.0, device: torch.device | str = "cpu") -> Tensor:
    """x and y of every position [size^2, 2], row by row, the picture's side measuring 1 / unit."""
    line = (torch.arange(size, dtype=torch.float32, device=device) + 0.5) / (size * unit)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1)


@torch.no_grad()
def picture_descriptors(net: Features, image: Tensor, size: int, *, weight: Tensor | None = None,
                        kernel: int = KERNEL, layers: Sequence[str] = LAYERS) -> Tensor:
    """``descriptors`` of a picture [1, 3, H, W] in [-1, 1] from a feature network's layers."""
    found = net.extract(image, tuple(layers))
    return descriptors([found[name] for name in layers], size, weight=weight, kernel=kernel)
