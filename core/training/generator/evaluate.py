"""Figures of a generator and encoder on portraits they have not seen."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.generators.encoder import EncoderNetwork
from core.training.generator.synthesis import TrainableGenerator, repeat_w
from core.training.kit.teacher import Teacher


def psnr(first: Tensor, second: Tensor) -> Tensor:
    """[B] peak signal-to-noise ratio in dB of images in [-1, 1]."""
    error = ((first - second) * 0.5).square().mean((1, 2, 3))
    return -10.0 * torch.log10(error + 1e-12)


def ssim(first: Tensor, second: Tensor) -> Tensor:
    """[B] structural similarity of the luminance of images in [-1, 1] (Wang et al. 2004; Gaussian 11, sigma 1.5)."""
    taps = torch.exp(-((torch.arange(11, device=first.device) - 5.0) ** 2) / (2 * 1.5**2))
    window = (taps[:, None] * taps[None, :] / taps.sum() ** 2)[None, None]
    weights = first.new_tensor([0.299, 0.587, 0.114])[None, :, None, None]
    a, b = ((image * 0.5 + 0.5).mul(weights).sum(1, keepdim=True) for image in (first, second))
    mean_a, mean_b = F.conv2d(a, window), F.conv2d(b, window)
    var_a = F.conv2d(a * a, window) - mean_a.square()
    var_b = F.conv2d(b * b, window) - mean_b.square()
    cov = F.conv2d(a * b, window) - mean_a * mean_b
    top = (2 * mean_a * mean_b + 0.01**2) * (2 * cov + 0.03**2)
    return (top / ((mean_a.square() + mean_b.square() + 0.01**2) * (var_a + var_b + 0.03**2))).mean((1, 2, 3))


@torch.no_grad()
def reconstruct(generator: TrainableGenerator, encoder: EncoderNetwork, images: Tensor, *, features: bool,
                dtype: torch.dtype) -> Tensor:
    """Images through the encoder and back, with the constant noise."""
    parts = []
    for batch in images.split(16):
        shared, offsets, added = encoder(batch, dtype=dtype)
        parts.append(generator.synthesis(shared[:, None] + offsets, added if features else None, noise="const",
                                         dtype=dtype))
    return torch.cat(parts)


@torch.no_grad()
def figures(generator: TrainableGenerator, encoder: EncoderNetwork, teacher: Teacher, images: Tensor, *,
            dtype: torch.dtype) -> dict[str, dict[str, float]]:
    """L1, PSNR, SSIM and feature distance (teacher) of reconstructions, "w_plus" and "with_features"."""
    found = {}
    for name, features in (("w_plus", False), ("with_features", True)):
        made = reconstruct(generator, encoder, images, features=features, dtype=dtype).clamp(-1, 1)
        distance = [teacher.distance(teacher(a, dtype=dtype), teacher(b, dtype=dtype)).item() * len(a)
                    for a, b in zip(made.split(16), images.split(16), strict=True)]
        found[name] = {
            "l1": (made - images).abs().mean().item(),
            "psnr": psnr(made, images).mean().item(),
            "ssim": ssim(made, images).mean().item(),
            "features": sum(distance) / len(images),
        }
    return found


@torch.no_grad()
def random_samples(generator: TrainableGenerator, count: int, seed: int, *, dtype: torch.dtype,
                   truncation: float = 0.7) -> Tensor:
    """Images of random z, pulled towards the mean w."""
    device = generator.mapping.w_avg.device
    z = torch.randn(count, generator.config.z_dim, generator=torch.Generator().manual_seed(seed)).to(device)
    w = generator.mapping(z)
    w = generator.mapping.w_avg + truncation * (w - generator.mapping.w_avg)
    return torch.cat([generator.synthesis(repeat_w(part, generator.config.layers), noise="const", dtype=dtype)
                      for part in w.split(16)])
