"""Keeps a latent near its start without holding it there."""

from __future__ import annotations

from torch import Tensor


def dead_zone_prior(latent: Tensor, start: Tensor, *, floor: float = 2e-3) -> Tensor:
    """mean of max((w - w_start)^2, floor) - floor: no pull within sqrt(floor) of the start.

    Source: METHODS A2.4 (StyleGAN Salon's latent prior); the floor is subtracted so that the term is 0 at the start.

    Args:
        latent, start: any equal shapes.
        floor: squared half-width of the dead zone, 0.0447 per element by default.
    """
    return (latent - start).square().clamp_min(floor).mean() - floor
