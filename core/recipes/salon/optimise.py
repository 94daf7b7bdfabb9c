"""Both views optimised together, stage after stage."""

from __future__ import annotations

from collections.abc import Generator as Stepper
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.errors import NothingUseful
from core.generators.base import Generator
from core.imaging.arrays import FloatImage
from core.losses.latent import dead_zone_prior
from core.losses.masked import area_down, masked_square
from core.losses.noise import noise_regularisation, renormalise
from core.recipes.context import Context
from core.recipes.kit.schedule import Schedule, learning_rate_factor
from core.recipes.kit.variables import PRECISE_FROM, SafeAdam, latent_unit, precise
from core.recipes.kit.workspace import to_image
from core.recipes.salon.latents import Latents, latents_from, own_layers
from core.recipes.salon.terms import CROSS, FIRST, SECOND, TUNING, ViewTerms
from core.recipes.salon.tuning import UNJUDGED, ViewTuning
from core.recipes.salon.views import View, rebuilt


class SalonRun:
    """One run that can be stepped, stopped and read at any time.

    Args:
        context: networks and random source.
        start: arrays of an earlier run, or empty.
        parameters: values of the recipe's parameters.
        views: both views at the generator's size.
    """

    def __init__(self, context: Context, start: Mapping[str, Any], parameters: Mapping[str, Any],
                 views: tuple[View, View]) -> None:
        self.p, self.context, self.views = parameters, context, list(views)
        self.generator: Generator = context.generator()
        self.precise, self._unit = precise(self.generator), latent_unit(self.generator)
        self._net = context.features()
        spec, device = self.generator.spec, self.generator.device
        own = own_layers(spec.layers, parameters["head_layers"])
        self.latents: Latents = latents_from(start, [self._encoded(view) for view in views], spec, own, context.rng,
                                             device)
        switch = parameters["stage_switch"] if self.latents.stage == FIRST else 0.0
        self.schedule = Schedule(parameters["steps"], (FIRST, SECOND), (switch, 1 - switch))
        self._tuning: ViewTuning | None = None
        self.warnings: list[str] = []

    @property
    def total(self) -> int:
        """All steps, those of the latents and those of the weights."""
        return self.schedule.total + self.p["tune_steps"]

    def _encoded(self, view: View) -> tuple[Tensor, Tensor | None]:
        """Where a view starts: W+ and, where one is wanted, a feature map, emptied where the guide was made up."""
        spec, p, device = self.generator.spec, self.p, self.generator.device
        w = self.generator.mean_w.to(device).view(1, 1, -1).expand(1, spec.layers, -1)
        side = spec.feature_resolution if p["features"] else 0
        features = torch.zeros(1, spec.feature_channels, side, side, device=device) if side else None
        if p["encoder_start"]:
            with torch.no_grad():
                w, encoded = self.context.encoder().encode(view.guide)
            if features is not None:
                features = encoded * (1 - p["release"] * area_down(view.open, side))
        return w, features

    def steps(self) -> Stepper[tuple[int, str, dict[str, float]], None, None]:
        """Optimise; yields (1-based step, stage, losses). The best state is in place whenever this ends."""
        yield from self._find()
        if self.p["tune_steps"]:
            yield from self._tune()

    def _find(self) -> Stepper[tuple[int, str, dict[str, float]], None, None]:
        optimiser, terms, entered = *self._enter(self._stage(0)), self._stage(0)
        try:
            for index in range(self.schedule.total):
                stage = self._stage(index)
                if stage != entered:
                    optimiser.restore_best()
                    optimiser, terms = self._enter(stage)
                    entered = stage
                yield index + 1, stage, self._step(optimiser, terms, stage, self.schedule.time(index))
        except NothingUseful as error:
            self._explain(error)
        finally:
            optimiser.restore_best()

    def _stage(self, index: int) -> str:
        return self.schedule.stages[self.schedule.stage_of(index)]

    def _enter(self, stage: str) -> tuple[SafeAdam, list[ViewTerms]]:
        """Optimiser and losses of a stage; guides and masks rebuilt from the stage before."""
        if stage == SECOND and self.latents.stage == FIRST and self.schedule.first_step(1) > 0 and self.p["rebuild"]:
            self._second_opinion()
        self.latents.enter(stage)
        moved = {id(tensor): tensor for number in (0, 1) for tensor in self.latents.moved(number)}
        groups = [(list(moved.values()), self.p["learning_rate"] * self._unit),
                  ([*self.latents.maps(0), *self.latents.maps(1)], self.p["feature_rate"]),
                  ([*self.latents.noise[0], *self.latents.noise[1]], self.p["noise_rate"])]
        return SafeAdam(self.latents, groups), [ViewTerms(self._net, view, self.p) for view in self.views]

    @torch.no_grad()
    def _second_opinion(self) -> None:
        for number, view in enumerate(self.views):
            picture = self.latents.variables(number).synthesize(self.precise)
            if bool(torch.isfinite(picture).all()):
                self.views[number] = rebuilt(view, picture, self.context.parser()(to_image(picture))[1])

    def _step(self, optimiser: SafeAdam, terms: list[ViewTerms], stage: str, t: float) -> dict[str, float]:
        """One step of each view; the losses before them."""
        found: dict[str, float] = {}
        total = 0.0
        for number in (0, 1):
            for tensor in optimiser.tensors:
                tensor.grad = None
            losses, score, noise = self._losses(terms[number], stage, t)
            (score + self.p["noise_weight"] * noise).backward(
                inputs=[*self.latents.moved(number), *self.latents.maps(number), *self.latents.noise[number]])
            total += score.item() if bool(torch.isfinite(noise)) else float("nan")
            # One view alone does not say which state is the best one.
            known = total if number else UNJUDGED + 0 * total
            optimiser.step(known, learning_rate_factor(t))
            renormalise(self.latents.noise[number])
            found |= {f"{name} {number}": value.item() for name, value in losses.items()}
        return {"total": total, **found}

    def _losses(self, terms: ViewTerms, stage: str, t: float) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Terms of a view, their weighted sum, and the noise term, which says nothing of the picture."""
        number, latents, p = terms.view.number, self.latents, self.p
        mix = float(torch.rand((), generator=self.context.rng)) if stage == FIRST else 0.5
        generator = self.generator if t < PRECISE_FROM else self.precise
        w = latents.w_plus(number, mix)
        image = generator.synthesize(w, latents.noise[number], latents.features[number])
        losses = terms.evaluate(image, stage)
        score = terms.weighted(losses, stage)
        losses["prior"] = dead_zone_prior(w, latents.origin(number), unit=self._unit)
        losses["cross"] = dead_zone_prior(latents.head(number), latents.head(1 - number).detach(),
                                          unit=self._unit)
        score = score + p["prior_weight"] * losses["prior"] + p["cross_weight"] * CROSS[stage] * losses["cross"]
        return losses, score, noise_regularisation(latents.noise[number])

    def _tune(self) -> Stepper[tuple[int, str, dict[str, float]], None, None]:
        count = self.p["tune_steps"]
        schedule = Schedule(count, (TUNING,), (1.0,))
        pivots = [self.latents.variables(number) for number in (0, 1)]
        terms = [ViewTerms(self._net, self._in_focus(number), self.p) for number in (0, 1)]
        tuning = self._tuning = ViewTuning(self.precise, self._net, pivots, terms, self.p, self.context.rng)
        try:
            for index in range(count):
                losses = tuning.step(learning_rate_factor(schedule.time(index)))
                yield self.schedule.total + index + 1, TUNING, losses
                if tuning.good_enough(losses):
                    break
        except NothingUseful as error:
            self._explain(error)
        finally:
            tuning.optimiser.restore_best()

    @torch.no_grad()
    def _in_focus(self, number: int) -> View:
        """The view of the tuning: photographs in its focus area, the generator's own picture elsewhere."""
        view = self.views[number]
        area = view.hair if number else view.face
        own = self.latents.variables(number).synthesize(self.precise)
        own = torch.where(torch.isfinite(own), own, view.guide)
        return replace(view, guide=view.guide * area + own * (1 - area))

    def _explain(self, error: NothingUseful) -> None:
        self.warnings.append(f"{error.what} {error.why} The best state before that was kept.")

    @torch.no_grad()
    def tensor(self, number: int = 0) -> Tensor:
        """A view's picture [1, 3, R, R] in [-1, 1] as of now."""
        if self._tuning is not None:
            return self._tuning.picture(number)
        return self.latents.variables(number).synthesize(self.precise)

    def picture(self, number: int = 0) -> FloatImage:
        """A view's picture as of now, [R, R, 3] in 0..1."""
        return to_image(self.tensor(number))

    @torch.no_grad()
    def metrics(self) -> dict[str, float]:
        """Agreement of both views with what their guides say for sure."""
        found: dict[str, float] = {}
        for number, view in enumerate(self.views):
            picture = self.tensor(number)
            goal = np.asarray(view.hair[0, 0].cpu())
            _, hair = self.context.parser()(to_image(picture))
            inside = goal > 0.5
            if inside.any():
                found[f"hair_found_{number}"] = float((hair[inside] > 0.5).mean())
            for name, area in (("face", view.face), ("hair", view.hair)):
                if float(area.sum()) > 1:
                    error = float(masked_square(picture, view.guide, area)) / 4
                    found[f"{name}_psnr_{number}"] = -10 * float(np.log10(max(error, 1e-12)))
        return found
