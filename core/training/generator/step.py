"""One step of training generator, encoder and critic together."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from core.generators.config import GeneratorConfig
from core.generators.encoder import EncoderConfig, EncoderNetwork, Projection
from core.training.data.images import Sampler
from core.training.generator.critic import Augmentation, FeatureCritic, View
from core.training.generator.mapping import learn_mapping
from core.training.generator.synthesis import TrainableGenerator, repeat_w
from core.training.kit.averages import follow
from core.training.kit.teacher import Teacher, channels_last

_T = TypeVar("_T")
# The first channels of 256 px are those of 128 px, so that the one grows out of the other.
CHANNELS = {32: (32, 32, 24, 16), 64: (256, 256, 192, 128, 64), 128: (256, 256, 192, 128, 64, 32),
            256: (256, 256, 192, 128, 64, 32, 32)}
ENCODER = {32: (16, 24, 32), 64: (96, 160, 256, 256), 128: (64, 128, 192, 256, 256), 256: (64, 128, 192, 256, 256)}
PATCH = {256: 4}
W_GAIN = 8.0
PROJECTION = {32: 8, 64: 128, 128: 256, 256: 256}


@dataclass(frozen=True)
class Settings:
    """Weights and rates of the training.

    ``with_features`` of eight samples keep the feature map F, all but the first of them outside random holes.
    ``adversarial_share`` is the length of the adversarial gradient at the pictures in units of that of the
    reconstruction, so that it neither vanishes nor takes over whatever the critic's slope is.
    """

    batch: int = 16
    samples: int = 8
    with_features: int = 2
    rate_scale: float = 1.0
    square_weight: float = 2.0
    feature_weight: float = 0.4
    latent_weight: float = 1e-3
    adversarial_share: float = 0.5
    adversarial_start: float = 0.6
    encoder_rate: float = 5e-4
    generator_rate: float = 1.5e-3
    critic_rate: float = 2e-3
    warm_up: int = 200
    mapping_steps: int = 600
    average: float = 0.998
    penalty_every: int = 8
    penalty_weight: float = 0.2


class _Part(NamedTuple):
    """What one worker did: losses, gradients, and what the critic's turn needs, features of real and made pictures."""

    losses: dict[str, float]
    gradients: tuple[Tensor | None, ...]
    real: dict[str, Tensor]
    made: dict[str, Tensor]


class Trainer:
    """Networks, optimisers and their averages; one ``step`` per batch."""

    def __init__(self, samplers: Sequence[Sampler], teacher: Teacher, resolution: int, *, device: torch.device,
                 dtype: torch.dtype, settings: Settings) -> None:
        config = GeneratorConfig(resolution, channels=CHANNELS[resolution],
                                 feature_resolution=min(32, max(16, resolution // 4)))
        self.generator = channels_last(TrainableGenerator(config).to(device))
        encoder = EncoderNetwork(EncoderConfig.matching(config, ENCODER[resolution],
                                                        patch=PATCH.get(resolution, 2), w_gain=W_GAIN,
                                                        projection=PROJECTION.get(resolution, 0)))
        if encoder.config.projection:
            small = torch.cat([nn.functional.adaptive_avg_pool2d(part.float() / 127.5 - 1, Projection.SIDE)
                               for part in samplers[0].images.split(64)]).cpu()
            encoder.projection.fit(torch.cat([small, small.flip(3)]))
        self.encoder = channels_last(encoder.to(device))
        self.critic = channels_last(FeatureCritic().to(device))
        self.average_generator = copy.deepcopy(self.generator).requires_grad_(False)
        self.average_encoder = copy.deepcopy(self.encoder).requires_grad_(False)
        self.samplers, self.teacher, self.settings = list(samplers), teacher, settings
        self.workers = len(self.samplers)
        self.pool = ThreadPoolExecutor(self.workers)
        self.device, self.dtype = device, dtype
        betas = (0.9, 0.99)
        # The style heads start near zero and have far to go; the convolutions diverge at such a rate.
        heads = [*self.encoder.shared.parameters(), *self.encoder.offsets.parameters()]
        if self.encoder.config.projection:
            heads += self.encoder.projection.parameters()
        others = [value for value in self.encoder.parameters() if all(value is not head for head in heads)]
        self.encoder_optimiser = torch.optim.Adam([{"params": others, "scale": 1.0}, {"params": heads, "scale": 5.0}],
                                                  settings.encoder_rate, betas)
        self.generator_optimiser = torch.optim.Adam(
            [{"params": list(self.generator.synthesis.parameters()), "scale": 1.0}], settings.generator_rate, betas)
        self.critic_optimiser = torch.optim.Adam(self.critic.parameters(), settings.critic_rate, (0.0, 0.99))
        self.generator.mapping.requires_grad_(False)
        self.steps = 0
        self.adversarial_steps = 0
        self.elapsed = 0.0
        self.mapped = False

    _STATES = ("generator", "encoder", "critic", "average_generator", "average_encoder", "encoder_optimiser",
               "generator_optimiser", "critic_optimiser")
    _VALUES = ("steps", "adversarial_steps", "elapsed")

    def save(self, path: Path) -> None:
        """Write everything needed to go on, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {name: getattr(self, name).state_dict() for name in self._STATES}
        state["values"] = {name: getattr(self, name) for name in self._VALUES}
        state["w_gain"] = self.encoder.config.w_gain
        state["random"] = [sampler.random.get_state() for sampler in self.samplers]
        temporary = path.with_suffix(".tmp")
        torch.save(state, temporary)
        temporary.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of this trainer."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        for name in self._STATES:
            getattr(self, name).load_state_dict(state[name])
        for name in self._VALUES:
            setattr(self, name, state["values"][name])
        for sampler, random in zip(self.samplers, state["random"], strict=False):
            sampler.random.set_state(random.cpu())

    def step(self, progress: float) -> dict[str, float]:
        """One batch; ``progress`` (0..1 of the time budget) sets the rates and the phase. Returns the losses."""
        rate = min(1.0, (self.steps + 1) / self.settings.warm_up)
        rate *= self.settings.rate_scale * (0.08 + 0.92 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))
        for optimiser, base in ((self.encoder_optimiser, self.settings.encoder_rate),
                                (self.generator_optimiser, self.settings.generator_rate)):
            for group in optimiser.param_groups:
                group["lr"] = base * rate * group.get("scale", 1.0)
        adversarial = progress >= self.settings.adversarial_start
        self.critic.requires_grad_(False)
        if adversarial and not self.mapped:
            # Before the workers begin: they share the critic and the mapping.
            self._calibrate()
            self.map_portraits(self.settings.mapping_steps)
        parts = self._each(lambda worker: self._worker_step(worker, adversarial))
        trained = [*self.encoder.parameters(), *self.generator.synthesis.parameters()]
        self._gather(trained, [part.gradients for part in parts])
        norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
        if bool(torch.isfinite(norm)):
            self.encoder_optimiser.step()
            self.generator_optimiser.step()
        losses = self._mean([part.losses for part in parts])
        if adversarial:
            losses.update(self._train_critic(parts))
            self.adversarial_steps += 1
        self._update_average()
        self.steps += 1
        return losses

    @torch.no_grad()
    def _calibrate(self) -> None:
        _, targets = self.samplers[0].batch(self.settings.batch)
        views = View.draw(len(targets), targets.shape[2])(targets)
        self.critic.calibrate(self.teacher(views, dtype=self.dtype))

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
            extra = self._invented(shared, offsets, self.settings.samples // self.workers)
            w_plus = torch.cat([w_plus, extra])
            features = torch.cat([features, features.new_zeros((len(extra), *features.shape[1:]))])
        images = self.generator.synthesis(w_plus, features, dtype=self.dtype)
        wanted, seen = self._look(targets, images, count, adversarial)
        error, weight = images[:count] - targets, repaired_weight(inputs, targets)
        losses = {
            "l1": (error.abs() * weight).mean(),
            "square": (error.square() * weight).mean(),
            "features": self.teacher.distance({name: value[:count] for name, value in seen.items()}, wanted),
            "latent": (shared.square().mean() + offsets.square().mean()) / W_GAIN**2,
        }
        nearness = (losses["l1"] + self.settings.square_weight * losses["square"]
                    + self.settings.feature_weight * losses["features"])
        at_images, = torch.autograd.grad(nearness, images, retain_graph=True)
        direct = self.settings.latent_weight * losses["latent"]
        if adversarial:
            losses["fool"] = self.critic.loss(seen, real=True)
            slope, = torch.autograd.grad(losses["fool"], images)
            # Where F tells the portrait exactly, to please the critic only adds contrast.
            slope = slope * (features.flatten(1).abs().amax(1) == 0)[:, None, None, None]
            # The critic learns alone for a while before it is listened to.
            ramp = min(1.0, max(0, self.adversarial_steps - 50) / 150)
            scale = self.settings.adversarial_share * at_images[:count].norm() / (slope[:count].norm() + 1e-9)
            at_images = at_images + slope * (scale * ramp)
        trained = [*self.encoder.parameters(), *self.generator.synthesis.parameters()]
        gradients = torch.autograd.grad([images, direct], trained, [at_images, torch.ones_like(direct)],
                                        allow_unused=True)
        return _Part({name: value.item() for name, value in losses.items()}, gradients, wanted,
                     {name: value.detach() for name, value in seen.items()})

    def _look(self, targets: Tensor, images: Tensor, count: int, adversarial: bool
              ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Features of the targets and of all images; targets and their reconstructions are looked at alike."""
        place = View.draw(len(images), images.shape[2])
        seen = place(images)
        wanted = place.first(count)(targets)
        if adversarial:
            change = Augmentation.draw(len(seen), seen.shape[2], seen.device)
            seen, wanted = change(seen), change.first(count)(wanted)
        with torch.no_grad():
            real = self.teacher(wanted, dtype=self.dtype)
        return real, self.teacher(seen, dtype=self.dtype)

    @torch.no_grad()
    def _invented(self, shared: Tensor, offsets: Tensor, count: int) -> Tensor:
        """[count, layers, w_dim] of people who are not in the data.

        The first half are what the exported mapping makes of random z, so that the critic sees what a sampler will;
        the others cross the W+ of two portraits of the batch at a random layer (style mixing).
        """
        layers, half = self.generator.config.layers, count // 2
        drawn = self.average_generator.mapping(torch.randn(half, self.generator.config.z_dim, device=self.device))
        encoded = shared[:, None] + offsets
        pair = encoded[torch.randint(len(encoded), (2, count - half), device=self.device)]
        cut = torch.randint(1, layers, (count - half, 1, 1), device=self.device)
        later = torch.arange(layers, device=self.device)[None, :, None] >= cut
        return torch.cat([repeat_w(drawn, layers), torch.where(later, pair[1], pair[0])])

    def _drop(self, shared: Tensor, offsets: Tensor, features: Tensor, sampler: Sampler) -> tuple[Tensor, Tensor]:
        """Of eight samples some keep F, one whole and the others outside random holes; one has one w for all layers,
        and the rest have W+ alone, which is the hardest to learn.

        The holes teach W+ to fill what a recipe releases from F, in agreement with what is around it.
        """
        index = torch.arange(shared.shape[0], device=self.device) % 8
        # Spread over the eight, so that every worker's share has some: 0 and 4, then 2, 6, 3 ...
        kept = torch.tensor((0, 4, 2, 6, 3, 7, 5)[:self.settings.with_features], device=self.device)
        keep_features = torch.isin(index, kept).float()[:, None, None, None]
        keep_offsets = (index != 1).float()[:, None, None]
        cover = 0.1 + 0.4 * float(sampler.uniform(1))
        holes = sampler.blobs(len(index), 3 + int(sampler.uniform(1).item() * 4), cover)
        holes = nn.functional.adaptive_avg_pool2d(holes, features.shape[2])
        keep_features = keep_features * torch.where((index > 0)[:, None, None, None], 1.0 - holes, 1.0)
        return shared[:, None] + offsets * keep_offsets, features * keep_features

    def map_portraits(self, steps: int, seed: int = 0) -> None:
        """Learn the mapping from z to the training portraits' vectors w as they are encoded now."""
        learn_mapping(self.average_generator.mapping, self._encoded_portraits(), steps=steps, seed=seed)
        self.mapped = True

    @torch.no_grad()
    def _encoded_portraits(self) -> Tensor:
        """[2 N, w_dim] single vectors of all training portraits and their mirror images, by the averaged encoder."""
        sampler, vectors = self.samplers[0], []
        side = self.generator.config.resolution
        for batch in sampler.images.split(32):
            images = nn.functional.interpolate(batch.float() / 127.5 - 1, size=(side, side), mode="area")
            vectors += [self.average_encoder(view, dtype=self.dtype)[0] for view in (images, images.flip(3))]
        return torch.cat(vectors)

    def _train_critic(self, parts: Sequence[_Part]) -> dict[str, float]:
        self.critic.requires_grad_(True)
        parameters = list(self.critic.parameters())
        penalised = self.adversarial_steps % self.settings.penalty_every == 0

        def work(worker: int) -> tuple[dict[str, float], tuple[Tensor, ...]]:
            part = parts[worker]
            total = self.critic.loss(part.real, real=True) + self.critic.loss(part.made, real=False)
            losses = {"critic": total.item()}
            if penalised:
                penalty = self.critic.gradient_penalty(part.real)
                total = total + penalty * (0.5 * self.settings.penalty_weight * self.settings.penalty_every)
                losses["penalty"] = penalty.item()
            return losses, torch.autograd.grad(total, parameters, allow_unused=True)

        for group in self.critic_optimiser.param_groups:
            group["lr"] = self.settings.critic_rate
        found = self._each(work)
        self._gather(parameters, [gradients for _, gradients in found])
        self.critic_optimiser.step()
        return self._mean([losses for losses, _ in found])

    def _update_average(self) -> None:
        for average, current in ((self.average_generator, self.generator), (self.average_encoder, self.encoder)):
            follow(average, current, self.steps, self.settings.average)


def repaired_weight(inputs: Tensor, targets: Tensor) -> Tensor:
    """[B, 1, R, R] weight of each pixel: 1, and up to 4 where the input was damaged and has to be repaired."""
    changed = (inputs - targets).abs().amax(1, keepdim=True)
    return 1.0 + 3.0 * nn.functional.avg_pool2d((changed * 5.0).clamp(max=1.0), 5, stride=1, padding=2)


