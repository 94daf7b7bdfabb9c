"""Pulling towards the reference's structure without pulling in its look (LOHO's gradient orthogonalisation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def orthogonalise(gradient: Tensor, direction: Tensor) -> Tensor:
    """g' = g - <g, u> u with u = d / |d|, for every layer by itself (METHODS A1.5).

    Args:
        gradient, direction: [B, layers, ...]; everything after the layer axis is one vector. Where direction is
            zero (or so small that its square vanishes) the gradient is returned as it is.
    """
    g, d = gradient.flatten(2).double(), direction.flatten(2).double()
    # Dividing by the largest element first keeps tiny gradients from underflowing in the square.
    largest = d.abs().amax(dim=2, keepdim=True)
    d = d / largest.clamp_min(torch.finfo(torch.float64).tiny)
    squared = (d * d).sum(dim=2, keepdim=True)
    share = (g * d).sum(dim=2, keepdim=True) / squared.clamp_min(torch.finfo(torch.float64).tiny)
    result = g - torch.where(largest > 0, share, torch.zeros_like(share)) * d
    return result.to(gradient.dtype).reshape(gradient.shape)


@dataclass(frozen=True, eq=False)
class ImageGradients:
    """Gradients of three losses at the picture [1, 3, H, W]; the loss networks are walked only once each.

    Attributes:
        main: of everything except the hair structure.
        structure: of the hair-structure loss L_r.
        look: of the loss that would bring back the shape reference's own look, or None (no orthogonalisation).
    """

    main: Tensor
    structure: Tensor
    look: Tensor | None


def image_gradients(image: Tensor, main: Tensor, structure: Tensor, look: Tensor | None) -> ImageGradients:
    """Gradients of the scalar losses at the leaf picture they were computed from."""
    def gradient(loss: Tensor, keep: bool) -> Tensor:
        if not loss.requires_grad:
            return torch.zeros_like(image)
        found = torch.autograd.grad(loss, image, retain_graph=keep, allow_unused=True)[0]
        return torch.zeros_like(image) if found is None else found

    main_gradient = gradient(main, True)
    structure_gradient = gradient(structure, look is not None)
    return ImageGradients(main_gradient, structure_gradient, None if look is None else gradient(look, False))


def push_through(
    image: Tensor,
    gradients: ImageGradients,
    layered: Sequence[Tensor],
    noise: Sequence[Tensor],
    *,
    noise_follows: bool = False,
) -> tuple[list[Tensor], list[Tensor]]:
    """Carry three picture gradients through the generator in three backward passes (METHODS A1.7).

    The official code walks the generator five times per step; two of those repeat what is known.

    Args:
        image: [1, 3, H, W], the generator's output with its graph, of the shape the gradients have.
        gradients: at that picture.
        layered: latents that receive main + orthogonalised structure: W+ [1, layers, w_dim] and, where used, the added
            feature map [1, C, h, w], which counts as a single layer.
        noise: maps that receive the main gradient only (LOHO's code).
        noise_follows: add the structure gradient, as it is, to the maps too (LOHO's slides, METHODS A1.8 no. 14).

    Returns:
        gradients of layered and of noise, in the same order.
    """
    inputs = [*layered, *noise]
    main = torch.autograd.grad(image, inputs, gradients.main, retain_graph=True, allow_unused=True)
    main = [torch.zeros_like(x) if g is None else g for x, g in zip(inputs, main, strict=True)]
    look = gradients.look
    followers = inputs if noise_follows else list(layered)
    found = _gradients(image, followers, gradients.structure, keep=look is not None)
    pulled, followed = found[: len(layered)], found[len(layered):]
    if look is not None:
        away = _gradients(image, layered, look, keep=False)
        pulled = [_per_layer(g, d) for g, d in zip(pulled, away, strict=True)]
    count = len(layered)
    for_noise = [m + p for m, p in zip(main[count:], followed, strict=True)] if noise_follows else main[count:]
    return [m + p for m, p in zip(main[:count], pulled, strict=True)], for_noise


def _gradients(image: Tensor, inputs: Sequence[Tensor], at_image: Tensor, *, keep: bool) -> list[Tensor]:
    found = torch.autograd.grad(image, list(inputs), at_image, retain_graph=keep, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for x, g in zip(inputs, found, strict=True)]


def _per_layer(gradient: Tensor, direction: Tensor) -> Tensor:
    if gradient.dim() == 4:
        return orthogonalise(gradient.flatten(1)[:, None], direction.flatten(1)[:, None]).reshape(gradient.shape)
    return orthogonalise(gradient, direction)
