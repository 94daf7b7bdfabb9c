"""Trains the starter generator and encoder together: reconstruction and repair first, then an adversarial phase."""

from __future__ import annotations

import argparse
import copy
import json
import math
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from core.generators.config import GeneratorConfig
from core.generators.encoder import EncoderConfig, EncoderNetwork
from core.models.device import fast_dtype
from core.training.discriminator import Discriminator, augment, gradient_penalty
from core.training.evaluate import figures, random_samples, reconstruct, write_sheet
from core.training.export import export_pack
from core.training.portraits_images import Sampler, load_portraits
from core.training.synthesis import TrainableGenerator, repeat_w
from core.training.teacher import Teacher, channels_last

_T = TypeVar("_T")
_CHANNELS = {32: (32, 32, 24, 16), 64: (256, 256, 192, 128, 64), 128: (256, 256, 192, 128, 64, 32),
             256: (384, 384, 384, 256, 128, 64, 32)}
_ENCODER = {32: (16, 24, 32), 64: (96, 160, 256, 256), 128: (64, 128, 192, 256, 256), 256: (48, 96, 160, 256, 320, 320)}


@dataclass(frozen=True)
class Settings:
    """Weights and rates of the training; the defaults are those of the shipped pack.

    ``adversarial_share`` is the length of the adversarial gradient at the pictures in units of that of the
    reconstruction, so that it neither vanishes nor takes over whatever the critic's slope is.
    """

    batch: int = 16
    samples: int = 8
    feature_weight: float = 0.6
    latent_weight: float = 1e-3
    adversarial_share: float = 0.5
    adversarial_start: float = 0.6
    encoder_rate: float = 5e-4
    generator_rate: float = 1.5e-3
    critic_rate: float = 2e-3
    warm_up: int = 200
    average: float = 0.998
    penalty_every: int = 16
    penalty_weight: float = 0.2


class _Part(NamedTuple):
    """What one worker did: losses, gradients, and tensors that the critic's turn needs."""

    losses: dict[str, float]
    gradients: tuple[Tensor | None, ...]
    shared: Tensor
    targets: Tensor
    images: Tensor


class Trainer:
    """Networks, optimisers and their averages; one ``step`` per batch."""

    def __init__(self, samplers: Sequence[Sampler], teacher: Teacher, resolution: int, *, device: torch.device,
                 dtype: torch.dtype, settings: Settings) -> None:
        config = GeneratorConfig(resolution, channels=_CHANNELS[resolution],
                                 feature_resolution=max(16, resolution // 4))
        self.generator = channels_last(TrainableGenerator(config).to(device))
        encoder = EncoderNetwork(EncoderConfig.matching(config, _ENCODER[resolution]))
        self.encoder = channels_last(encoder.to(device))
        self.critic = channels_last(Discriminator(resolution).to(device))
        self.average_generator = copy.deepcopy(self.generator).requires_grad_(False)
        self.average_encoder = copy.deepcopy(self.encoder).requires_grad_(False)
        self.samplers, self.teacher, self.settings = list(samplers), teacher, settings
        self.workers = len(self.samplers)
        self.pool = ThreadPoolExecutor(self.workers)
        self.device, self.dtype = device, dtype
        betas = (0.5, 0.99)
        # The style heads start near zero and have far to go; the convolutions diverge at such a rate.
        heads = [*self.encoder.shared.parameters(), *self.encoder.offsets.parameters()]
        others = [value for value in self.encoder.parameters() if all(value is not head for head in heads)]
        self.encoder_optimiser = torch.optim.Adam([{"params": others, "scale": 1.0}, {"params": heads, "scale": 5.0}],
                                                  settings.encoder_rate, betas)
        self.generator_optimiser = torch.optim.Adam(
            [{"params": list(self.generator.synthesis.parameters()), "scale": 1.0},
             {"params": list(self.generator.mapping.parameters()), "scale": 1.0 / config.mapping_lr}],
            settings.generator_rate, betas)
        self.critic_optimiser = torch.optim.Adam(self.critic.parameters(), settings.critic_rate, (0.0, 0.99))
        self.queue = torch.randn(2048, config.w_dim, device=device)
        self.queued = 0
        self.steps = 0
        self.adversarial_steps = 0
        self.elapsed = 0.0

    _STATES = ("generator", "encoder", "critic", "average_generator", "average_encoder", "encoder_optimiser",
               "generator_optimiser", "critic_optimiser")
    _VALUES = ("queue", "queued", "steps", "adversarial_steps", "elapsed")

    def save(self, path: Path) -> None:
        """Write everything needed to go on, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {name: getattr(self, name).state_dict() for name in self._STATES}
        state["values"] = {name: getattr(self, name) for name in self._VALUES}
        state["random"] = [sampler.random.get_state() for sampler in self.samplers]
        temporary = path.with_suffix(".tmp")
        torch.save(state, temporary)
        temporary.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of this trainer."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        for name in self._STATES:
            getattr(self, name).load_state_dict(state[name])
        for name, value in state["values"].items():
            setattr(self, name, value)
        for sampler, random in zip(self.samplers, state["random"], strict=False):
            sampler.random.set_state(random.cpu())

    def step(self, progress: float) -> dict[str, float]:
        """One batch; ``progress`` (0..1 of the time budget) sets the rates and the phase. Returns the losses."""
        rate = min(1.0, (self.steps + 1) / self.settings.warm_up)
        rate *= 0.08 + 0.92 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
        for optimiser, base in ((self.encoder_optimiser, self.settings.encoder_rate),
                                (self.generator_optimiser, self.settings.generator_rate)):
            for group in optimiser.param_groups:
                # Mapping weights are stored divided by their learning-rate multiplier; the short training undoes it.
                group["lr"] = base * rate * group.get("scale", 1.0)
        adversarial = progress >= self.settings.adversarial_start
        self.critic.requires_grad_(False)
        parts = self._each(lambda worker: self._worker_step(worker, adversarial))
        trained = [*self.encoder.parameters(), *self.generator.parameters()]
        self._gather(trained, [part.gradients for part in parts])
        norm = torch.nn.utils.clip_grad_norm_([*self.encoder.parameters(), *self.generator.synthesis.parameters()],
                                              1.0)
        if bool(torch.isfinite(norm)):
            self.encoder_optimiser.step()
            self.generator_optimiser.step()
        losses = self._mean([part.losses for part in parts])
        for part in parts:
            self._remember(part.shared)
        if adversarial:
            losses.update(self._train_critic(parts))
            self.adversarial_steps += 1
        self._update_average()
        self.steps += 1
        return losses

    def _each(self, work: Callable[[int], _T]) -> list[_T]:
        """Do one share of the batch per worker thread, each on one processor core.

        Two single-threaded halves beat one two-threaded batch wherever other programs share the cores: the
        convolutions' spinning barriers wait for whichever thread was descheduled.
        """
        if self.workers == 1:
            return [work(0)]
        return list(self.pool.map(work, range(self.workers)))

    @staticmethod
    def _gather(parameters: Sequence[nn.Parameter], parts: Sequence[Sequence[Tensor | None]]) -> None:
        for parameter, *gradients in zip(parameters, *parts, strict=True):
            known = [gradient for gradient in gradients if gradient is not None]
            parameter.grad = sum(known[1:], known[0]) / len(parts) if known else None

    @staticmethod
    def _mean(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
        return {name: sum(part[name] for part in parts) / len(parts) for name in parts[0]}

    def _worker_step(self, worker: int, adversarial: bool) -> _Part:
        """Losses of one share of the batch and their gradients for encoder and generator."""
        count = self.settings.batch // self.workers
        inputs, targets = self.samplers[worker].batch(count)
        shared, offsets, features = self.encoder(inputs, dtype=self.dtype)
        w_plus, features = self._drop(shared, offsets, features, self.samplers[worker])
        if adversarial:
            z = torch.randn(self.settings.samples // self.workers, self.generator.config.z_dim, device=self.device)
            w_plus = torch.cat([w_plus, repeat_w(self.generator.mapping(z), self.generator.config.layers)])
            features = torch.cat([features, features.new_zeros((len(z), *features.shape[1:]))])
        images = self.generator.synthesis(w_plus, features, dtype=self.dtype)
        made = images[:count]
        with torch.no_grad():
            wanted = self.teacher(targets, dtype=self.dtype)
        losses = {
            "l1": ((made - targets).abs() * repaired_weight(inputs, targets)).mean(),
            "features": self.teacher.distance(self.teacher(made, dtype=self.dtype), wanted),
            "latent": shared.square().mean() + offsets.square().mean(),
            "mapping": self._match_distribution(),
        }
        at_images, = torch.autograd.grad(losses["l1"] + self.settings.feature_weight * losses["features"], images)
        direct = self.settings.latent_weight * losses["latent"] + losses["mapping"]
        if adversarial:
            losses["fool"], slope = self._fool(images.detach(), at_images[:count].norm(), count)
            at_images = at_images + slope
        trained = [*self.encoder.parameters(), *self.generator.parameters()]
        gradients = torch.autograd.grad([images, direct], trained, [at_images, torch.ones_like(direct)],
                                        allow_unused=True)
        return _Part({name: value.item() for name, value in losses.items()}, gradients, shared.detach(), targets,
                     images.detach())

    def _fool(self, images: Tensor, reference: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """The critic's verdict, and its gradient at the pictures scaled to a share of the reconstruction's."""
        images.requires_grad_(True)
        loss = nn.functional.softplus(-self.critic(augment(images), dtype=self.dtype)).mean()
        slope, = torch.autograd.grad(loss, images)
        # The critic learns alone for a while before it is listened to.
        ramp = min(1.0, max(0, self.adversarial_steps - 30) / 120)
        scale = self.settings.adversarial_share * reference / (slope[:count].norm() + 1e-9)
        return loss.detach(), slope * (scale * ramp)

    def _drop(self, shared: Tensor, offsets: Tensor, features: Tensor, sampler: Sampler) -> tuple[Tensor, Tensor]:
        """Of eight samples two keep F, two keep it outside random holes, two W+ alone, two one w for all layers.

        The holes teach W+ to fill what a recipe releases from F, in agreement with what is around it.
        """
        index = torch.arange(shared.shape[0], device=self.device) % 8
        keep_features = (index % 2 == 0).float()[:, None, None, None]
        keep_offsets = (index % 4 != 1).float()[:, None, None]
        cover = 0.1 + 0.4 * float(sampler.uniform(1))
        holes = sampler.blobs(len(index), 3 + int(sampler.uniform(1).item() * 4), cover)
        holes = nn.functional.adaptive_avg_pool2d(holes, features.shape[2])
        keep_features = keep_features * torch.where((index % 4 == 0)[:, None, None, None], 1.0, 1.0 - holes)
        return shared[:, None] + offsets * keep_offsets, features * keep_features

    def _remember(self, shared: Tensor) -> None:
        for row in shared:
            self.queue[self.queued % len(self.queue)] = row
            self.queued += 1

    def _match_distribution(self) -> Tensor:
        """Sliced Wasserstein distance between mapped z and the w of recent portraits; trains the mapping only."""
        known = self.queue[:max(64, min(self.queued, len(self.queue)))]
        count = min(256, len(known))
        chosen = known[torch.randint(len(known), (count,), device=self.device)]
        z = torch.randn(count, self.generator.config.z_dim, device=self.device)
        directions = nn.functional.normalize(torch.randn(known.shape[1], 128, device=self.device), dim=0)
        mapped = (self.generator.mapping(z) @ directions).sort(0).values
        return (mapped - (chosen @ directions).sort(0).values).square().mean()

    def _train_critic(self, parts: Sequence[_Part]) -> dict[str, float]:
        self.critic.requires_grad_(True)
        parameters = list(self.critic.parameters())
        penalised = self.adversarial_steps % self.settings.penalty_every == 0

        def work(worker: int) -> tuple[dict[str, float], tuple[Tensor, ...]]:
            real, fake = parts[worker].targets, parts[worker].images
            total = (nn.functional.softplus(-self.critic(augment(real), dtype=self.dtype)).mean()
                     + nn.functional.softplus(self.critic(augment(fake), dtype=self.dtype)).mean())
            losses = {"critic": total.item()}
            if penalised:
                penalty = gradient_penalty(self.critic, augment(real[:4]))
                total = total + penalty * (0.5 * self.settings.penalty_weight * self.settings.penalty_every)
                losses["penalty"] = penalty.item()
            return losses, torch.autograd.grad(total, parameters, allow_unused=True)

        for group in self.critic_optimiser.param_groups:
            group["lr"] = self.settings.critic_rate
        found = self._each(work)
        self._gather(parameters, [gradients for _, gradients in found])
        self.critic_optimiser.step()
        return self._mean([losses for losses, _ in found])

    @torch.no_grad()
    def _update_average(self) -> None:
        keep = min(self.settings.average, (1 + self.steps) / (10 + self.steps))
        for average, current in ((self.average_generator, self.generator), (self.average_encoder, self.encoder)):
            for kept, new in zip(average.parameters(), current.parameters(), strict=True):
                kept.lerp_(new, 1 - keep)


def repaired_weight(inputs: Tensor, targets: Tensor) -> Tensor:
    """[B, 1, R, R] weight of each pixel: 1, and up to 4 where the input was damaged and has to be repaired."""
    changed = (inputs - targets).abs().amax(1, keepdim=True)
    return 1.0 + 3.0 * nn.functional.avg_pool2d((changed * 5.0).clamp(max=1.0), 5, stride=1, padding=2)


def train(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Train until the time budget is spent, exporting on the way; returns the final validation figures."""
    device = torch.device(arguments.device)
    dtype = fast_dtype(device)
    torch.manual_seed(arguments.seed)
    settings = Settings(batch=arguments.batch, samples=arguments.batch // 2,
                        adversarial_start=arguments.adversarial_start)
    portraits = load_portraits(arguments.data, "train", arguments.resolution * 5 // 4)
    held_back = load_portraits(arguments.data, "val", arguments.resolution).images.float().to(device) / 127.5 - 1
    workers = arguments.workers if device.type == "cpu" else 1
    samplers = [Sampler(portraits, arguments.resolution, 1000 * arguments.seed + index, device=device,
                        damaged=0.7)
                for index in range(workers)]
    trainer = Trainer(samplers, Teacher(arguments.teacher, device), arguments.resolution, device=device, dtype=dtype,
                      settings=settings)
    if arguments.resume and arguments.checkpoint.is_file():
        trainer.load(arguments.checkpoint)
        # The damage and noise streams differ after a restart; the schedule and the weights go on exactly.
        torch.manual_seed(arguments.seed + trainer.steps)
    sheets = arguments.checkpoint.parent
    found = _run(trainer, arguments, held_back, sheets)
    return found


def _run(trainer: Trainer, arguments: argparse.Namespace, held_back: Tensor,
         sheets: Path) -> dict[str, dict[str, float]]:
    budget = arguments.minutes * 60.0
    began = last = time.monotonic()
    before = trainer.elapsed
    # The first export comes early, so that a wrong set-up is seen early.
    reported, exported = trainer.steps, trainer.elapsed - max(0.0, arguments.export_every - 5.0) * 60.0
    recent: dict[str, float] = {}
    stop = threading.Event()
    previous = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while trainer.elapsed < budget:
        if stop.is_set():
            trainer.save(arguments.checkpoint)
            raise KeyboardInterrupt
        for name, value in trainer.step(trainer.elapsed / budget).items():
            recent[name] = 0.97 * recent.get(name, value) + 0.03 * value
        now = time.monotonic()
        trainer.elapsed = before + now - began
        if trainer.steps % 50 == 0:
            rate = (trainer.steps - reported) * trainer.settings.batch / (now - last)
            text = " ".join(f"{name} {value:.3f}" for name, value in recent.items())
            left = (budget - trainer.elapsed) / 60
            print(f"step {trainer.steps}  {left:.1f} min left  {rate:.1f} portraits/s  {text}", flush=True)
            reported, last = trainer.steps, now
        if trainer.elapsed - exported > arguments.export_every * 60:
            _checkpoint(trainer, arguments, held_back, sheets)
            exported = trainer.elapsed
    signal.signal(signal.SIGTERM, previous)
    return _checkpoint(trainer, arguments, held_back, sheets)


def _checkpoint(trainer: Trainer, arguments: argparse.Namespace, held_back: Tensor,
                sheets: Path) -> dict[str, dict[str, float]]:
    """Save, export, measure, and draw a contact sheet."""
    generator, encoder, dtype = trainer.average_generator, trainer.average_encoder, trainer.dtype
    trainer.save(arguments.checkpoint)
    found = figures(generator, encoder, trainer.teacher, held_back, dtype=dtype)
    export_pack(arguments.out, generator, encoder, found)
    shown = held_back[:: max(1, len(held_back) // 10)][:10]
    rows = [shown, reconstruct(generator, encoder, shown, features=False, dtype=dtype),
            reconstruct(generator, encoder, shown, features=True, dtype=dtype)]
    inputs, targets = trainer.samplers[0].batch(10)
    rows += [inputs, reconstruct(generator, encoder, inputs, features=True, dtype=dtype), targets]
    rows.append(random_samples(generator, 20, 0, dtype=dtype))
    write_sheet(sheets / f"sheet-{trainer.steps:06d}.png", rows, columns=10)
    print(json.dumps({"steps": trainer.steps, "minutes": round(trainer.elapsed / 60, 1), **found}), flush=True)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(prog="core train generator", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with images, hair and index.csv")
    parser.add_argument("--teacher", type=Path, required=True, help="feature net (safetensors, VGG-19 names)")
    parser.add_argument("--minutes", type=float, default=60.0, help="time budget, all runs of a checkpoint together")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model pack")
    parser.add_argument("--checkpoint", type=Path, required=True, help="file to save to and resume from")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--resolution", type=int, default=128, choices=sorted(_CHANNELS))
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--adversarial-start", type=float, default=0.6,
                        help="share of the time after which the adversarial phase begins, 1 = never")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="processor cores, one share of the batch on each")
    parser.add_argument("--export-every", type=float, default=12.0, help="minutes between exports")
    arguments = parser.parse_args(argv)
    if arguments.device == "auto":
        arguments.device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(1)
    try:
        train(arguments)
    except KeyboardInterrupt:
        print(f"stopped; go on with --resume --checkpoint {arguments.checkpoint}", flush=True)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
