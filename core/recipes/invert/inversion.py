"""The optimisation of an inversion: what is optimised when, and one step of it (docs/methods/invert.md, Spaces)."""

from __future__ import annotations

from collections.abc import Generator as Stepper
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.errors import NothingUseful
from core.generators.base import Encoder, FeatureNet, Generator
from core.losses.latent import dead_zone_prior
from core.losses.noise import noise_regularisation, renormalise
from core.losses.perceptual import PerceptualTarget, perceptual_target
from core.recipes.kit.codes import composing_side, even_importance, spread_codes
from core.recipes.kit.pivotal import PivotalTuning
from core.recipes.kit.schedule import Schedule, jitter_strength, learning_rate_factor
from core.recipes.kit.variables import (
    PRECISE_FROM,
    SafeAdam,
    Variables,
    draw_noise,
    latent_unit,
    leaf,
    precise,
    variables_from,
)

# Stages by space, and how long each is.
STAGES = {
    "w": (("W",), (1.0,)),
    "w+": (("W", "W+"), (0.15, 0.85)),
    "s": (("W", "W+", "S"), (0.1, 0.4, 0.5)),
    "f": (("W", "W+", "F"), (0.1, 0.3, 0.6)),
    "multi": (("W", "W+", "codes"), (0.1, 0.2, 0.7)),
}
TUNING = "tuning"
# Spaces whose last stage moves the noise when nobody says anything else.
_NOISY = ("s", "f")


@dataclass(frozen=True, eq=False)
class InversionState:
    """An inversion after some step.

    Attributes:
        index, total: 1-based step.
        stage: its name.
        losses: unweighted terms.
        variables: the live latents; read, do not keep.
    """

    index: int
    total: int
    stage: str
    losses: Mapping[str, float]
    variables: Variables


def starting_point(
    generator: Generator, encoder: Encoder | None, target: Tensor, rng: torch.Generator, *, features: bool
) -> Variables:
    """Latents to start from: the encoder's answer to target [1, 3, R, R], or the mean face without an encoder."""
    spec, device = generator.spec, generator.device
    w = generator.mean_w.to(device).view(1, 1, -1).expand(1, spec.layers, -1)
    feature_map = None
    if features and spec.feature_resolution:
        feature_map = torch.zeros(1, spec.feature_channels, spec.feature_resolution, spec.feature_resolution)
    if encoder is not None:
        with torch.no_grad():
            w, encoded = encoder.encode(target)
        feature_map = encoded if feature_map is not None else None
    return Variables(leaf(w, device), draw_noise(spec, rng, device),
                     None if feature_map is None else leaf(feature_map, device))


class Inversion:
    """One inversion that can be stepped, stopped and read at any time.

    Args:
        generator, encoder, net: the networks; encoder None = start from the mean.
        target: [1, 3, R, R] in [-1, 1] at the generator's resolution.
        parameters: values of ``PARAMS``.
        rng: source of randomness.
        start: arrays of an earlier run to go on from, or empty.
    """

    def __init__(
        self, generator: Generator, encoder: Encoder | None, net: FeatureNet, target: Tensor,
        parameters: Mapping[str, Any], rng: torch.Generator, start: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self.generator, self.net, self.target, self.p, self.rng = generator, net, target, parameters, rng
        self.precise, self._unit = precise(generator), latent_unit(generator)
        space = parameters["space"]
        names, shares = STAGES[space]
        self.schedule = Schedule(parameters["steps"], names, shares)
        encoder = encoder if parameters["encoder_start"] else None
        self.variables = starting_point(generator, encoder, target, rng, features=space == "f")
        if space == "w":
            self.variables.w = leaf(self.variables.w.mean(dim=1, keepdim=True).expand_as(self.variables.w),
                                    generator.device)
        if start:
            self._prepare_last_stage(start)
            self.variables = variables_from(start, generator.spec, generator.device, self.variables)
            if space == "multi":
                # Codes stand in the place of F; another run's one would be seen in the first stages only.
                self.variables.features = None
        self._goal: PerceptualTarget = perceptual_target(net, target, torch.ones_like(target[:, :1]),
                                                         reduction=parameters["blocks"], calibrate=True)
        self._start = self.variables.w.detach().clone()
        self._tuning: PivotalTuning | None = None
        self.warnings: list[str] = []

    @property
    def total(self) -> int:
        """All steps, those of the latents and those of the weights."""
        return self.schedule.total + self.p["tune_steps"]

    def steps(self) -> Stepper[InversionState, None, None]:
        """Optimise; yields after every step. The best finite state is in ``variables`` (and, where weights are
        tuned, in ``picture``) whenever this ends."""
        yield from self._find()
        if self.p["tune_steps"]:
            yield from self._tune()

    def _find(self) -> Stepper[InversionState, None, None]:
        schedule = self.schedule
        optimiser, entered = self._enter(schedule.stages[0]), 0
        try:
            for index in range(schedule.total):
                stage = schedule.stage_of(index)
                if stage != entered:
                    optimiser.restore_best()
                    optimiser, entered = self._enter(schedule.stages[stage]), stage
                losses = self._step(optimiser, schedule.time(index))
                yield InversionState(index + 1, self.total, schedule.stages[stage], losses, self.variables)
        except NothingUseful as error:
            self._explain(error)
        finally:
            optimiser.restore_best()
            self.variables.settle()

    def _tune(self) -> Stepper[InversionState, None, None]:
        count = self.p["tune_steps"]
        schedule = Schedule(count, (TUNING,), (1.0,))
        tuning = self._tuning = PivotalTuning(self.precise, self.variables, self._nearness, self.p, self._goal,
                                              self.net.extract, self.rng)
        try:
            for index in range(count):
                losses = tuning.step(learning_rate_factor(schedule.time(index)))
                yield InversionState(self.schedule.total + index + 1, self.total, TUNING, losses, self.variables)
        except NothingUseful as error:
            self._explain(error)
        finally:
            tuning.optimiser.restore_best()

    def _explain(self, error: NothingUseful) -> None:
        self.warnings.append(f"{error.what} {error.why} The best state before that was kept.")

    def _prepare_last_stage(self, start: Mapping[str, np.ndarray]) -> None:
        """An earlier run's styles or codes are what this one goes on with: the stages before them are over."""
        v, space = self.variables, self.p["space"]
        if space == "s" and "style_0" in start:
            v.styles = self._styles(v.w)
        elif space == "multi" and "codes" in start:
            v.codes, v.importance = self._codes(v.w)
        else:
            return
        self.schedule = Schedule(self.schedule.total, self.schedule.stages[-1:], (1.0,))

    def _enter(self, stage: str) -> SafeAdam:
        """The optimiser of a stage, with the variables that may move in it."""
        v, p, device = self.variables, self.p, self.generator.device
        v.settle()
        groups: list[tuple[list[Tensor], float]] = []
        if stage == "W":
            v.shift = leaf(torch.zeros_like(v.w[:, :1]), device)
            groups.append(([v.shift], p["learning_rate"] * self._unit))
        elif stage == "S":
            v.styles = v.styles or self._styles(v.w)
            groups.append((v.styles, p["style_rate"]))
        elif stage == "codes":
            if v.codes is None or v.importance is None:
                v.codes, v.importance = self._codes(v.w)
            groups += [([v.w, v.codes], p["learning_rate"] * self._unit), ([v.importance], p["importance_rate"])]
        else:
            groups.append(([v.w], p["learning_rate"] * self._unit))
        if stage == "F" and v.features is not None:
            groups.append(([v.features], p["feature_rate"]))
        if stage == self.schedule.stages[-1] and self._moves_noise:
            groups.append((v.noise, p["noise_rate"]))
        return SafeAdam(v, groups)

    @property
    def _moves_noise(self) -> bool:
        return self.p["noise"] == "on" or (self.p["noise"] == "auto" and self.p["space"] in _NOISY)

    @torch.no_grad()
    def _styles(self, w: Tensor) -> list[Tensor]:
        return [leaf(style, self.generator.device) for style in self.generator.styles(w)]

    def _codes(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """Codes around w and their importance, as many as the parameters say."""
        generator, p = self.generator, self.p
        side = composing_side(generator.spec.resolution, int(p["compose_at"]))
        codes = spread_codes(generator, w.detach(), p["codes"], side, p["code_spread"], self.rng)
        importance = even_importance(generator, w.detach(), p["codes"], side)
        return leaf(codes, generator.device), leaf(importance, generator.device)

    def _nearness(self, image: Tensor) -> dict[str, Tensor]:
        """The terms that say how near a picture [1, 3, R, R] is to the portrait."""
        return {"pixels": (image - self.target).square().mean(),
                "features": self._goal.distance(self.net.extract(image, self._goal.layers))}

    def _step(self, optimiser: SafeAdam, time_: float) -> dict[str, float]:
        v, p = self.variables, self.p
        for tensor in optimiser.tensors:
            tensor.grad = None
        jitter = self._jitter(time_)
        image = v.synthesize(self.generator if time_ < PRECISE_FROM else self.precise, jitter)
        terms = {
            **self._nearness(image),
            "noise": noise_regularisation(v.noise),
            "prior": dead_zone_prior(v.w if v.shift is None else v.w + v.shift, self._start, unit=self._unit),
        }
        weights = {"pixels": p["pixel_weight"], "features": p["perceptual_weight"], "noise": p["noise_weight"],
                   "prior": p["prior_weight"]}
        total = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
        total.backward(inputs=optimiser.tensors)
        # The noise term says how clean the maps are, not how near the picture is: it does not choose the best state.
        nearness = (total - weights["noise"] * terms["noise"]).item()
        optimiser.step(nearness, learning_rate_factor(time_))
        renormalise(v.noise)
        return {"total": nearness, **{name: term.item() for name, term in terms.items()}}

    def _jitter(self, time_: float) -> Tensor | None:
        strength = jitter_strength(time_, self.generator.w_spread, strength=self.p["jitter"])
        if strength == 0 or self.variables.styles:
            return None
        return strength * torch.randn(self.variables.w.shape, generator=self.rng).to(self.generator.device)

    @torch.no_grad()
    def picture(self) -> Tensor:
        """The picture of the present latents and weights, [1, 3, R, R]."""
        return self.variables.synthesize(self.precise if self._tuning is None else self._tuning.weights.fixed())
