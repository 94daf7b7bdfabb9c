"""Keeps a latent near its start without holding it there."""

from __future__ import annotations

from torch import Tensor


def dead_zone_prior(latent: Tensor, start: Tensor, *, unit: float = 1.0, floor: float = 0.01) -> Tensor:
    """mean of max(d^2, floor) - floor with d = (w - w_start) / unit: no pull within sqrt(floor) of the start.

    Source: StyleGAN Salon's latent prior; the floor is subtracted so that the term is 0 at the start.
    The source counts in the units of its own generator, 2e-3 there.

    Args:
        latent, start: any equal shapes.
        unit: what distances are counted in, above 0; the spread of one element makes it the same for every pack.
        floor: squared half-width of the dead zone in such units, by default a tenth of one.
    """
    return ((latent - start) / unit).square().clamp_min(floor).mean() - floor
