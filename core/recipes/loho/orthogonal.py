"""Gradient orthogonalisation of LOHO: structure and look of the hair from different portraits, not against each other.

Two readings, by which of the two gradients gives way:

* the structure's (Zhu et al. 2021 and its code, docs/methods/loho.md, Orthogonalisation): it loses what would bring
  back the shape reference's own look;
* the look's: where it would undo the structure, it loses what points against the structure's gradient. With a small
  generator only this one keeps the structure loss from rising in stage 2, which is what the paper reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

GivesWay = Literal["look", "structure"]


def orthogonalise(gradient: Tensor, direction: Tensor, *, conflicts_only: bool = False) -> Tensor:
    """g' = g - <g, u> u with u = d / |d|, for every layer by itself (docs/methods/loho.md, Orthogonalisation).

    Args:
        gradient, direction: [B, layers, ...]; everything after the layer axis is one vector. Where direction is
            zero (or so small that its square vanishes) the gradient is returned as it is.
        conflicts_only: leave layers alone where <g, u> is not negative: there both losses fall together.
    """
    g, d = gradient.flatten(2).double(), direction.flatten(2).double()
    # Dividing by the largest element first keeps tiny gradients from underflowing in the square.
    largest = d.abs().amax(dim=2, keepdim=True)
    d = d / largest.clamp_min(torch.finfo(torch.float64).tiny)
    squared = (d * d).sum(dim=2, keepdim=True)
    share = (g * d).sum(dim=2, keepdim=True) / squared.clamp_min(torch.finfo(torch.float64).tiny)
    if conflicts_only:
        share = share.clamp_max(0)
    result = g - torch.where(largest > 0, share, torch.zeros_like(share)) * d
    return result.to(gradient.dtype).reshape(gradient.shape)


@dataclass(frozen=True, eq=False)
class ImageGradients:
    """Gradients of three losses at the picture [1, 3, H, W]; the loss networks are walked only once each.

    Attributes:
        main: of everything that is in neither of the other two and moves the latents.
        structure: of the hair-structure loss L_r.
        look: None without orthogonalisation. Where the structure gives way: of the loss that would bring back the
            shape reference's own look; it moves nothing. Where the look gives way: of the wanted look (L_a and L_s),
            which moves the latents and is not in ``main`` then.
        gives_way: which of the two gradients is changed.
    """

    main: Tensor
    structure: Tensor
    look: Tensor | None
    gives_way: GivesWay = "structure"


def image_gradients(
    image: Tensor, main: Tensor, structure: Tensor, look: Tensor | None, gives_way: GivesWay = "structure",
) -> ImageGradients:
    """Gradients of the scalar losses at the leaf picture they were computed from."""
    def gradient(loss: Tensor, keep: bool) -> Tensor:
        if not loss.requires_grad:
            return torch.zeros_like(image)
        found = torch.autograd.grad(loss, image, retain_graph=keep, allow_unused=True)[0]
        return torch.zeros_like(image) if found is None else found

    main_gradient = gradient(main, True)
    structure_gradient = gradient(structure, look is not None)
    look_gradient = None if look is None else gradient(look, False)
    return ImageGradients(main_gradient, structure_gradient, look_gradient, gives_way)


def push_through(
    image: Tensor,
    gradients: ImageGradients,
    layered: Sequence[Tensor],
    noise: Sequence[Tensor],
    *,
    noise_follows: bool = False,
) -> tuple[list[Tensor], list[Tensor]]:
    """Carry three picture gradients through the generator in three backward passes
    (docs/methods/loho.md, Orthogonalisation).

    The official code walks the generator five times per step; two of those repeat what is known.

    Args:
        image: [1, 3, H, W], the generator's output with its graph, of the shape the gradients have.
        gradients: at that picture.
        layered: latents that receive main, structure and the wanted look, one of the last two orthogonalised: W+
            [1, layers, w_dim] and, where used, the added feature map [1, C, h, w], which counts as a single layer.
        noise: maps that receive the main gradient and the wanted look only (LOHO's code).
        noise_follows: add the structure gradient, as it is, to the maps too (LOHO's slides,
            docs/methods/loho.md, Differences no. 14).

    Returns:
        gradients of layered and of noise, in the same order.
    """
    inputs, count = [*layered, *noise], len(layered)
    look = gradients.look
    total = _gradients(image, inputs, gradients.main, keep=True)
    pulls = _gradients(image, inputs if noise_follows else list(layered), gradients.structure, keep=look is not None)
    for_noise = total[count:]
    if noise_follows:
        for_noise = [m + p for m, p in zip(for_noise, pulls[count:], strict=True)]
    if look is None:
        return [m + p for m, p in zip(total[:count], pulls[:count], strict=True)], for_noise
    if gradients.gives_way == "structure":
        away = _gradients(image, layered, look, keep=False)
        pulls = [_per_layer(g, d, conflicts_only=False) for g, d in zip(pulls[:count], away, strict=True)]
        return [m + p for m, p in zip(total[:count], pulls, strict=True)], for_noise
    looks = _gradients(image, inputs, look, keep=False)
    for_noise = [m + g for m, g in zip(for_noise, looks[count:], strict=True)]
    spared = [_per_layer(g, d, conflicts_only=True) for g, d in zip(looks[:count], pulls[:count], strict=True)]
    return [m + p + g for m, p, g in zip(total[:count], pulls[:count], spared, strict=True)], for_noise


def _gradients(image: Tensor, inputs: Sequence[Tensor], at_image: Tensor, *, keep: bool) -> list[Tensor]:
    found = torch.autograd.grad(image, list(inputs), at_image, retain_graph=keep, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for x, g in zip(inputs, found, strict=True)]


def _per_layer(gradient: Tensor, direction: Tensor, *, conflicts_only: bool) -> Tensor:
    if gradient.dim() != 4:
        return orthogonalise(gradient, direction, conflicts_only=conflicts_only)
    one = orthogonalise(gradient.flatten(1)[:, None], direction.flatten(1)[:, None], conflicts_only=conflicts_only)
    return one.reshape(gradient.shape)
