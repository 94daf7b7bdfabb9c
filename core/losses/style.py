"""What style transfer compares and keeps: content, Gram matrices, statistics, the style space, and colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

EPSILON = 1e-5
"""Added to variances (docs/methods/style.md, Network)."""
_SMALLEST_SPREAD = 1e-5


def channel_statistics(features: Tensor, weight: Tensor | None = None, eps: float = EPSILON) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every channel over the positions: mu = sum w f / sum w, sigma^2 likewise + eps.

    Args:
        features: [B, C, H, W].
        weight: [B, 1, H, W] in 0..1, or None for equal weights. A weight that is zero everywhere counts as None.
        eps: added to the variance.

    Returns:
        [B, C, 1, 1] each.
    """
    if weight is None:
        # Two plain reductions: torch.var_mean takes several times as long on a processor.
        mean = features.mean((2, 3), keepdim=True)
        return mean, ((features - mean).square().mean((2, 3), keepdim=True) + eps).sqrt()
    mass = weight.sum((2, 3), keepdim=True)
    share = torch.where(mass > 0, weight / mass.clamp_min(1e-6), torch.full_like(weight, 1.0 / weight[0].numel()))
    mean = (features * share).sum((2, 3), keepdim=True)
    variance = ((features - mean).square() * share).sum((2, 3), keepdim=True)
    return mean, (variance + eps).sqrt()


def adain(content: Tensor, mean: Tensor, deviation: Tensor, weight: Tensor | None = None) -> Tensor:
    """Adaptive instance normalisation: deviation (x - mu(x)) / sigma(x) + mean (Huang and Belongie 2017).

    Args:
        content: [B, C, H, W].
        mean, deviation: [B, C, 1, 1] that every channel is to have.
        weight: [B, 1, H, W], where mu and sigma of the content are taken; None = everywhere.
    """
    own_mean, own_deviation = channel_statistics(content, weight)
    scale = deviation / own_deviation
    return torch.addcmul(mean - own_mean * scale, content, scale)


def content_loss(made: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> Tensor:
    """Sum over layers of |f(y) - f(x)|^2 / (C H W), mean over the batch (docs/methods/style.md, Losses).

    Args:
        made, wanted: [B, C, H, W] activations by layer, the same layers.
    """
    return torch.stack([(made[name] - wanted[name]).square().mean() for name in wanted]).sum()


def gram_matrices(features: Tensor, weight: Tensor | None = None) -> Tensor:
    """G_cd = sum over positions of w f_c f_d, not divided by anything; [B, C, H, W] to [B, C, C]
    (docs/methods/style.md, Losses)."""
    flat = features.flatten(2)
    other = flat if weight is None else flat * weight.flatten(2)
    return other @ flat.transpose(1, 2)


def style_loss(made: Mapping[str, Tensor], wanted: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Sum over layers of weight x |G(y) - G(s)|^2 / C^2, mean over the batch (docs/methods/style.md, Losses).

    The matrices are plain sums over positions, so a weight holds whatever a size calls for: 1 / (H W)^2 makes the
    term independent of the size.

    Args:
        made: Gram matrices [B, C, C] of the result by layer.
        wanted: those of the style.
        weights: by layer; the layers named here count.
    """
    terms = [
        weight * (made[name] - wanted[name]).square().sum((1, 2)).mean() / made[name].shape[1] ** 2
        for name, weight in weights.items()
    ]
    return torch.stack(terms).sum()


def statistics_loss(made: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> Tensor:
    """Sum over layers of the mean squared differences of channel means and of deviations
    (docs/methods/style.md, Losses).

    Args:
        made, wanted: [B, C, H, W] activations by layer; sizes may differ.
    """
    terms = []
    for name, target in wanted.items():
        mean, deviation = channel_statistics(made[name])
        goal_mean, goal_deviation = channel_statistics(target)
        terms.append((mean - goal_mean).square().mean() + (deviation - goal_deviation).square().mean())
    return torch.stack(terms).sum()


def disentanglement_loss(first: Tensor, second: Tensor, style: Tensor) -> Tensor:
    """max(0, |y1 - y2|^2 - |y1 - s|^2) in style space, mean over the batch (docs/methods/style.md, Losses).

    Two results of one style must be nearer to each other than to the style picture.

    Args:
        first, second: [B, D] style codes of two results with different contents and the same style.
        style: [B, D] code of the style picture.
    """
    apart = (first - second).square().sum(1) - (first - style).square().sum(1)
    return apart.clamp_min(0).mean()


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(m, v) || N(0, I)) = -1/2 sum(1 + log v - m^2 - v), mean over the batch; [B, D] each
    (docs/methods/style.md, Losses)."""
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1).mean()


def draw_code(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """A style drawn from the encoder's answer: m + sqrt(v) eps, eps from N(0, I); [B, D] each."""
    return mean + (0.5 * log_variance).exp() * noise


def blend_codes(codes: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Interpolation of styles: the weighted mean of codes [B, D]; the weights are scaled to add up to 1.

    Raises:
        ValueError: no codes, another number of weights, or weights that are negative or all zero.
    """
    total = float(sum(weights))
    if not codes or len(codes) != len(weights) or min(weights) < 0 or total <= 0:
        raise ValueError("codes need as many weights, none negative, not all zero")
    return torch.stack([code * (weight / total) for code, weight in zip(codes, weights, strict=True)]).sum(0)


def coral(picture: NDArray[np.float32], colours: NDArray[np.float32],
          weight: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """A picture with the colour mean and covariance of another one (CORAL, Sun et al. 2016;
    docs/methods/style.md, On the photograph).

    x' = S_c^(1/2) S_x^(-1/2) (x - mean_x) + mean_c with symmetric roots of the covariance matrices.

    Args:
        picture: [H, W, 3] to be recoloured.
        colours: [h, w, 3] whose colours are wanted.
        weight: [h, w] in 0..1, where those are looked at; None, or one of zeros = everywhere.

    Returns:
        [H, W, 3], not clipped.
    """
    own_mean, own = _colour_moments(picture.reshape(-1, 3), None)
    mean, wanted = _colour_moments(colours.reshape(-1, 3), None if weight is None else weight.reshape(-1))
    matrix = _root(wanted) @ np.linalg.inv(_root(own))
    return ((picture.reshape(-1, 3) - own_mean) @ matrix.T + mean).reshape(picture.shape).astype(np.float32)


def _colour_moments(pixels: NDArray, weight: NDArray | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    pixels = pixels.astype(np.float64)
    total = 0.0 if weight is None else float(weight.sum())
    share = np.full(len(pixels), 1 / len(pixels)) if weight is None or total <= 0 else weight / total
    mean = share @ pixels
    centred = pixels - mean
    return mean, (centred * share[:, None]).T @ centred + _SMALLEST_SPREAD * np.eye(3)


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
