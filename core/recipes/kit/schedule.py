"""The one learning-rate curve of an optimisation, its latent jitter, and where its stages lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

RAMP_UP, RAMP_DOWN = 0.05, 0.25
JITTER, JITTER_END = 0.05, 0.75
CURVES = ("ramps", "cosine")


def learning_rate_factor(t: float, curve: str = "ramps") -> float:
    """Share of the peak learning rate at time t in [0, 1].

    "ramps" rises linearly over 5 % and falls as a cosine over the last 25 % (StyleGAN2 projector and LOHO's code,
    docs/methods/shared.md, Steps); "cosine" falls as half a cosine from the start (LOHO's slides).

    Raises:
        ValueError: unknown curve.
    """
    if curve not in CURVES:
        raise ValueError(f"curve must be one of {CURVES}, not {curve!r}")
    if curve == "cosine":
        return 0.5 + 0.5 * math.cos(math.pi * t)
    down = min(1.0, (1.0 - t) / RAMP_DOWN)
    cosine = 0.5 - 0.5 * math.cos(math.pi * max(0.0, down))
    return cosine * min(1.0, t / RAMP_UP)


def jitter_strength(t: float, spread: float, *, strength: float = JITTER, end: float = JITTER_END) -> float:
    """Standard deviation of the latent jitter: spread x strength x max(0, 1 - t / end)^2
    (docs/methods/shared.md, Latents)."""
    return spread * strength * max(0.0, 1.0 - t / end) ** 2


@dataclass(frozen=True)
class Schedule:
    """A number of steps cut into stages whose shares do not depend on the number.

    Attributes:
        total: steps in all, at least 1.
        stages: names in order.
        shares: length of each stage as a share of the total; they add up to 1.
    """

    total: int
    stages: tuple[str, ...]
    shares: tuple[float, ...]

    def first_step(self, stage: int) -> int:
        """0-based index of the first step of a stage: the switch moves with the step count."""
        return round(self.total * sum(self.shares[:stage]))

    def stage_of(self, step: int) -> int:
        """Index of the stage that a 0-based step belongs to."""
        for stage in range(len(self.stages) - 1, 0, -1):
            if step >= self.first_step(stage):
                return stage
        return 0

    def time(self, step: int) -> float:
        """Time in (0, 1) of a 0-based step: the middle of its interval, so that no step has learning rate 0."""
        return (step + 0.5) / self.total
