"""Several codes for one picture: their activations are mixed channel by channel halfway, and finished once.

Gu, Shen and Zhou, "Image Processing Using Multi-Code GAN Prior" (CVPR 2020), carried over from PGGAN to StyleGAN2
(docs/methods/shared.md, Several codes): what is mixed is all that synthesis holds at the composing layer, the
activations and the skip RGB.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.generators.base import Generator

FIRST_SIDE = 4


def composing_side(resolution: int, wanted: int) -> int:
    """The side of the block after which codes are mixed: as wanted, but one that the network has."""
    return max(FIRST_SIDE, min(resolution, wanted))


def layers_until(side: int) -> int:
    """How many W+ layers make the activations of the block of this side: 1 at 4 px, two more per block."""
    return 2 * (side // FIRST_SIDE).bit_length() - 1


def side_of(layers: int) -> int:
    """The inverse of ``layers_until``."""
    return FIRST_SIDE << ((layers - 1) // 2)


@torch.no_grad()
def spread_codes(generator: Generator, w: Tensor, count: int, side: int, spread: float,
                 rng: torch.Generator) -> Tensor:
    """Codes [count, layers_until(side), w_dim] around w [1, layers, w_dim]; the first of them is w itself.

    Args:
        generator: maps the random z.
        w: where the search stands.
        count: number of codes.
        side: of the composing layer.
        spread: 0 = all equal to w, 1 = as far from it as random faces are from the mean.
        rng: source of randomness, on the CPU.
    """
    z = torch.randn(count, generator.spec.z_dim, generator=rng)
    offsets = spread * (generator.map(z) - generator.mean_w)
    offsets[0] = 0
    return w[:, : layers_until(side)] + offsets[:, None]


def even_importance(generator: Generator, w: Tensor, count: int, side: int) -> Tensor:
    """Importance [count, C + 3] of 1: every code has the same say in every channel."""
    with torch.no_grad():
        x, _ = generator.activations(w, side)
    return torch.ones(count, x.shape[1] + 3, device=x.device)


def mix(values: Tensor, importance: Tensor) -> Tensor:
    """sum_n a_nc x_nc / N: values [N, C, h, w] and importance [N, C] to [1, C, h, w]."""
    return (values * importance[:, :, None, None]).sum(dim=0, keepdim=True) / len(values)


def mixed_picture(generator: Generator, codes: Tensor, importance: Tensor, w: Tensor,
                  noise: list[Tensor] | None) -> Tensor:
    """The picture [1, 3, R, R] of several codes.

    Args:
        generator: the generator.
        codes: [N, m, w_dim], the layers up to the composing one.
        importance: [N, C + 3]: of each code for each channel of the activations, then of the skip RGB.
        w: [1, layers, w_dim], of which the layers after the first m count.
        noise: as for ``Generator.synthesize``.
    """
    layers = codes.shape[1]
    rest = w[:, layers:].expand(len(codes), -1, -1)
    x, image = generator.activations(torch.cat((codes, rest), dim=1), side_of(layers), noise)
    channels = x.shape[1]
    image = None if image is None else mix(image, importance[:, channels:])
    return generator.synthesize_from(mix(x, importance[:, :channels]), image, w, noise)
