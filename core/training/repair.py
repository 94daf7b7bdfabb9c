"""Teaches the encoder of a pack to invent what removed hair had hidden, its generator frozen."""

from __future__ import annotations

import argparse
import copy
import json
import math
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.generators.config import GeneratorConfig
from core.generators.encoder import EncoderNetwork, fill_unknown, with_mask
from core.generators.load import load_encoder
from core.imaging.poisson import membrane
from core.models.device import fast_dtype
from core.models.load import read_tensors
from core.models.pack import Pack
from core.training.evaluate import figures, write_sheet
from core.training.export import half_state, write_component
from core.training.hiding import Hider, hair_fractions
from core.training.portraits_images import Sampler, load_portraits
from core.training.synthesis import TrainableGenerator
from core.training.teacher import Teacher, channels_last, unit


@dataclass(frozen=True)
class Settings:
    """Weights and rates; ``hidden_weight`` is how much more a hidden pixel counts than a visible one."""

    batch: int = 16
    hidden_weight: float = 3.0
    feature_weight: float = 0.6
    rate: float = 3e-4
    warm_up: int = 60
    average: float = 0.996
    damaged: float = 0.25


class RepairTrainer:
    """A mask-capable encoder before a frozen generator; one ``step`` per batch.

    Args:
        hiders: one per worker thread, with their samplers.
        generator: frozen.
        encoder: where to start; gets the mask channel if it has none.
        teacher: feature net of the loss.
    """

    def __init__(self, hiders: Sequence[Hider], generator: TrainableGenerator, encoder: EncoderNetwork,
                 teacher: Teacher, *, dtype: torch.dtype, settings: Settings) -> None:
        self.hiders, self.teacher, self.dtype, self.settings = list(hiders), teacher, dtype, settings
        self.generator = channels_last(generator).requires_grad_(False)
        self.encoder = channels_last(with_mask(encoder)).requires_grad_(True)
        self.average = copy.deepcopy(self.encoder).requires_grad_(False)
        self.optimiser = torch.optim.Adam(self.encoder.parameters(), settings.rate, (0.8, 0.99))
        self.pool = ThreadPoolExecutor(len(self.hiders))
        self.steps = 0

    def step(self, progress: float) -> dict[str, float]:
        """One batch; ``progress`` (0..1 of the time budget) sets the rate. Returns the losses."""
        rate = min(1.0, (self.steps + 1) / self.settings.warm_up)
        rate *= 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.rate * rate
        parts = list(self.pool.map(self._share, self.hiders))
        for index, parameter in enumerate(self.encoder.parameters()):
            parameter.grad = torch.stack([gradients[index] for _, gradients in parts]).mean(0)
        norm = torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), 1.0)
        if bool(torch.isfinite(norm)):
            self.optimiser.step()
        keep = min(self.settings.average, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.encoder.parameters(), strict=True):
                kept.lerp_(new, 1 - keep)
        self.steps += 1
        return {name: sum(losses[name] for losses, _ in parts) / len(parts) for name in parts[0][0]}

    def _share(self, hider: Hider) -> tuple[dict[str, float], tuple[Tensor, ...]]:
        """Losses of one worker's share of the batch and their gradients for the encoder."""
        count = self.settings.batch // len(self.hiders)
        inputs, targets, hair, background = hider.sampler.labelled_batch(count)
        hidden = hider.masks(hair, background)
        shared, offsets, features = self.encoder(inputs, hidden, dtype=self.dtype)
        # One in eight does without F, so that W+ alone goes on meaning a portrait.
        alone = torch.arange(count, device=features.device) % 8 == 7
        features = torch.where(alone[:, None, None, None], torch.zeros_like(features), features)
        images = self.generator.synthesis(shared[:, None] + offsets, features, dtype=self.dtype)
        with torch.no_grad():
            wanted = self.teacher(targets, dtype=self.dtype)
        weight = 1.0 + (self.settings.hidden_weight - 1.0) * hidden
        losses = {"l1": ((images - targets).abs() * weight).mean()}
        losses["features"] = sum(
            ((unit(value.float()) - unit(wanted[name].float())).square()
             * F.adaptive_avg_pool2d(weight, (value.shape[2], value.shape[3]))).sum(1).mean()
            for name, value in self.teacher(images, dtype=self.dtype).items()
        ) + torch.zeros((), device=images.device)
        total = losses["l1"] + self.settings.feature_weight * losses["features"]
        gradients = torch.autograd.grad(total, list(self.encoder.parameters()))
        with torch.no_grad():
            losses["hidden"] = ((images - targets).abs() * hidden).sum() / (3 * hidden.sum() + 1)
        return {name: value.item() for name, value in losses.items()}, gradients


def open_generator(pack: Pack) -> TrainableGenerator:
    """The generator of a pack as the trainings run it."""
    generator = TrainableGenerator(GeneratorConfig.from_dict(pack.config("generator")))
    expected = {name: tuple(value.shape) for name, value in generator.state_dict().items()}
    generator.load_state_dict(
        {name: value.float() for name, value in read_tensors(pack.path("generator"), expected).items()})
    return generator


def masked_psnr(first: Tensor, second: Tensor, mask: Tensor) -> float:
    """Mean over the batch of the PSNR in dB inside ``mask`` [B, 1, R, R] of images in [-1, 1]."""
    error = ((first - second) * 0.5).square().mean(1, keepdim=True)
    error = (error * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp(min=1)
    return float((-10 * torch.log10(error + 1e-8)).mean())


@torch.no_grad()
def repaired(generator: TrainableGenerator, encoder: EncoderNetwork, images: Tensor, hidden: Tensor, *,
             dtype: torch.dtype) -> Tensor:
    """Images with their hidden pixels, all as the networks paint them."""
    parts = []
    for batch, mask in zip(images.split(16), hidden.split(16), strict=True):
        shared, offsets, features = encoder(batch, mask, dtype=dtype)
        parts.append(generator.synthesis(shared[:, None] + offsets, features, noise="const", dtype=dtype))
    return torch.cat(parts).clamp(-1, 1)


def membrane_fill(images: Tensor, hidden: Tensor) -> Tensor:
    """Images in [-1, 1] with the harmonic fill of their hidden pixels: what a network has to beat."""
    filled = [membrane(image.permute(1, 2, 0).cpu().numpy(), mask[0].cpu().numpy())
              for image, mask in zip(images, hidden, strict=True)]
    return torch.from_numpy(np.stack(filled)).permute(0, 3, 1, 2).to(images.device)


@dataclass(frozen=True, eq=False)
class Held:
    """Held-back portraits; ``hidden`` is another person's hair, ``person`` the part of it that is not background."""

    images: Tensor
    hidden: Tensor
    person: Tensor


def held_back(folder: Path, side: int, device: torch.device) -> Held:
    """The "val" split, undistorted, each portrait with the hair of a long-haired one of the same split hidden."""
    portraits = load_portraits(folder, "val", side, background=True)
    hider = Hider(Sampler(portraits, side, 7, device=device), hair_fractions(folder, portraits))
    hair = portraits.hair.to(device).float() / 255
    hidden = hider.removed(hair)
    background = hider.sampler.background
    person = hidden if background is None else hidden * (background < 128)
    enough = person.sum((1, 2, 3)) > 0.02 * side * side
    images = portraits.images.to(device).float() / 127.5 - 1
    return Held(images[enough], hidden[enough], person[enough])


def measure(trainer: RepairTrainer, held: Held) -> dict[str, float]:
    """PSNR inside the hidden regions of network and membrane; reconstruction with nothing hidden."""
    inside: dict[str, float] = {}
    for name, mask in (("hidden", held.hidden), ("person", held.person)):
        made = repaired(trainer.generator, trainer.average, held.images, mask, dtype=trainer.dtype)
        inside[f"{name}_psnr"] = masked_psnr(made, held.images, mask)
        inside[f"{name}_membrane_psnr"] = masked_psnr(membrane_fill(held.images, mask), held.images, mask)
    plain = figures(trainer.generator, trainer.average, trainer.teacher, held.images, dtype=trainer.dtype)
    return {
        **inside,
        "psnr_with_features": plain["with_features"]["psnr"],
        "psnr_w_plus": plain["w_plus"]["psnr"],
    }


def train(arguments: argparse.Namespace) -> dict[str, float]:
    """Train until the time budget is spent, exporting on the way; returns the final validation figures."""
    device = torch.device(arguments.device)
    torch.manual_seed(arguments.seed)
    source = Pack(arguments.pack)
    generator, encoder = open_generator(source).to(device), load_encoder(source, device).network
    side = generator.config.resolution
    settings = Settings(batch=arguments.batch)
    portraits = load_portraits(arguments.data, "train", side * 5 // 4, background=True)
    fractions = hair_fractions(arguments.data, portraits)
    workers = arguments.threads if device.type == "cpu" else 1
    hiders = [Hider(Sampler(portraits, side, 1000 * arguments.seed + index, device=device, damaged=settings.damaged),
                    fractions) for index in range(workers)]
    trainer = RepairTrainer(hiders, generator, encoder, Teacher(arguments.teacher, device), dtype=fast_dtype(device),
                            settings=settings)
    held = held_back(arguments.data, side, device)
    if not arguments.out.exists():
        shutil.copytree(arguments.pack, arguments.out)
    print(json.dumps({"before": measure(trainer, held)}), flush=True)
    began, exported, recent = time.monotonic(), time.monotonic(), {}
    budget = arguments.minutes * 60.0
    while (elapsed := time.monotonic() - began) < budget:
        for name, value in trainer.step(elapsed / budget).items():
            recent[name] = 0.97 * recent.get(name, value) + 0.03 * value
        if trainer.steps % 50 == 0:
            rate = trainer.steps * settings.batch / (time.monotonic() - began)
            text = " ".join(f"{name} {value:.3f}" for name, value in recent.items())
            print(f"step {trainer.steps}  {(budget - elapsed) / 60:.1f} min left  {rate:.1f} portraits/s  {text}",
                  flush=True)
        if time.monotonic() - exported > arguments.export_every * 60:
            _export(trainer, arguments.out, held)
            exported = time.monotonic()
    return _export(trainer, arguments.out, held)


def _export(trainer: RepairTrainer, folder: Path, held: Held) -> dict[str, float]:
    """Measure, write the encoder into the pack, and draw hidden, repaired and true portraits beside it."""
    found = measure(trainer, held)
    config = {**trainer.average.config.to_dict(), "kind": "starter", "validation": found}
    write_component(folder, "encoder", half_state(trainer.average), config)
    step = max(1, len(held.images) // 12)
    images, hidden = held.images[::step][:12], held.hidden[::step][:12]
    rows = [images * (1 - hidden), fill_unknown(images, hidden),
            repaired(trainer.generator, trainer.average, images, hidden, dtype=trainer.dtype), images]
    write_sheet(folder.parent / f"repair-{trainer.steps:06d}.png", rows)
    print(json.dumps({"steps": trainer.steps, **found}), flush=True)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(prog="core train repair", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with images, hair and index.csv")
    parser.add_argument("--teacher", type=Path, required=True, help="feature net (safetensors, VGG-19 names)")
    parser.add_argument("--pack", type=Path, required=True, help="folder of the pack to start from")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new pack, a copy but for the encoder")
    parser.add_argument("--minutes", type=float, default=22.0, help="time budget")
    parser.add_argument("--threads", type=int, default=2, help="processor cores, one share of the batch on each")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--export-every", type=float, default=6.0, help="minutes between exports")
    arguments = parser.parse_args(argv)
    if arguments.device == "auto":
        arguments.device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(1)
    train(arguments)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
