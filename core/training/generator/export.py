"""Writes a trained generator with its encoder and statistics into a model pack."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.generators.encoder import EncoderNetwork
from core.training.generator.synthesis import TrainableGenerator
from core.training.kit.export import half_state, write_component


@torch.no_grad()
def w_statistics(generator: TrainableGenerator, samples: int = 10_000, components: int = 32) -> dict[str, Tensor]:
    """Mean and spread of mapped z (Karras et al. 2020, projector), and the main directions of w.

    Returns:
        mean_w [w_dim]; w_spread [1] = sqrt(sum of (w - mean)^2 / samples); directions [components, w_dim] of unit
        length; deviations [components], the standard deviation along each.
    """
    seeded = torch.Generator().manual_seed(0)
    z = torch.randn(samples, generator.config.z_dim, generator=seeded).to(generator.mapping.w_avg.device)
    w = generator.mapping(z).double().cpu()
    mean = w.mean(0)
    centred = w - mean
    values, vectors = torch.linalg.eigh(centred.t() @ centred / samples)
    return {
        "mean_w": mean.float(),
        "w_spread": (centred.square().sum() / samples).sqrt().float().reshape(1),
        "directions": vectors.flip(1)[:, :components].t().float().contiguous(),
        "deviations": values.flip(0)[:components].clamp(min=0).sqrt().float().contiguous(),
    }


def export_pack(folder: Path, generator: TrainableGenerator, encoder: EncoderNetwork,
                figures: Mapping[str, Any]) -> None:
    """Write generator, encoder and statistics into a pack; ``figures`` go into the generator's manifest entry."""
    statistics = w_statistics(generator)
    generator.mapping.w_avg.copy_(statistics["mean_w"])
    write_component(folder, "generator", half_state(generator),
                    {**generator.config.to_dict(), "kind": "stylegan2", "validation": dict(figures)})
    write_component(folder, "encoder", half_state(encoder), {**encoder.config.to_dict(), "kind": "starter"})
    write_component(folder, "statistics", statistics, {"samples": 10_000})
