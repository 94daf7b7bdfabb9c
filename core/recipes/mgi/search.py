"""The competition: every hypothesis is optimised a little, scored, and the better half goes on."""

from __future__ import annotations

from collections.abc import Generator as Stepper
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import NothingUseful
from core.imaging.arrays import FloatImage
from core.losses.latent import dead_zone_prior
from core.losses.masked import area_down, low_frequency_distance, masked_square
from core.losses.natural import NaturalScore
from core.losses.perceptual import perceptual_target
from core.recipes.context import Context
from core.recipes.kit.schedule import learning_rate_factor
from core.recipes.kit.variables import PRECISE_FROM, SafeAdam, latent_unit, precise
from core.recipes.kit.workspace import to_image
from core.recipes.mgi.answers import Answers, plan_rows
from core.recipes.mgi.halving import better_half, rounds
from core.recipes.mgi.hypotheses import Hypothesis, plans
from core.recipes.mgi.judge import Judge, Scores, best, ranked_by
from core.recipes.mgi.target import Target


class Search:
    """A competition that can be stepped, stopped and read at any time.

    Args:
        context: networks and source of randomness.
        parameters: of the recipe.
        target: what is to be reproduced.
        natural: score of single pictures, or None.
        start: arrays of an earlier run, or empty.
    """

    def __init__(self, context: Context, parameters: Mapping[str, Any], target: Target, natural: NaturalScore | None,
                 start: Mapping[str, NDArray[np.float32]]) -> None:
        self.p, self.target = parameters, target
        self.generator = context.generator()
        self.precise = precise(self.generator)
        self._net = context.features()
        self.judge = Judge(target, self._net, context.parser(), natural)
        self.rounds = rounds(parameters["hypotheses"], parameters["steps"])
        self.hypotheses = self._begin(context, start)
        self.scores: dict[int, Scores] = {}
        self.pictures: dict[int, FloatImage] = {}
        self.finalists = list(range(len(self.hypotheses)))
        self.warnings: list[str] = []
        self._seen: Tensor | None = None
        size = max(1, target.picture.shape[-1] // parameters["shrink"])
        self._small = {name: area_down(getattr(target, name), size) for name in ("picture", "weight")}
        self._goal = perceptual_target(self._net, self._small["picture"], self._small["weight"], reduction="mean",
                                       calibrate=True)

    def _begin(self, context: Context, start: Mapping[str, NDArray[np.float32]]) -> list[Hypothesis]:
        chosen = plans(self.p, self.rounds[0].survivors)
        if len(chosen) < self.rounds[0].survivors:
            self.rounds = rounds(len(chosen), self.p["steps"])
            chosen = chosen[: self.rounds[0].survivors]
        with torch.no_grad():
            w, features = context.encoder().encode(self.target.picture)
            if self.generator.spec.feature_resolution:
                side = self.generator.spec.feature_resolution
                # What the guide shows where the generator is to invent is not worth copying.
                features = features * (1 - area_down(self.target.invented, side))
        made = [Hypothesis(plan, self.generator, w, features, self.p, context.rng) for plan in chosen]
        if "plans" in start and np.array_equal(start["plans"], plan_rows(chosen)):
            for index, hypothesis in enumerate(made):
                hypothesis.go_on_from(start, f"state_{index}_")
        return made

    @property
    def total(self) -> int:
        """All steps of all hypotheses."""
        return sum(size * steps for size, steps in self.rounds)

    def steps(self) -> Stepper[tuple[int, str, dict[str, float]], None, None]:
        """Compete; yields (1-based step, stage, losses). Whoever had steps is scored whenever this ends."""
        done = 0
        for number, (size, count) in enumerate(self.rounds, 1):
            if number > 1:
                ranks = [ranked_by(self.p["selector"], self.scores[i]) if i in self.scores else float("nan")
                         for i in range(len(self.hypotheses))]
                self.finalists = better_half(self.finalists, ranks, size)
            for index in self.finalists:
                hypothesis = self.hypotheses[index]
                stage = f"round {number}, {hypothesis.plan.title}"
                for losses in self._optimise(index, count):
                    done += 1
                    yield done, stage, losses

    def _optimise(self, index: int, count: int) -> Stepper[dict[str, float], None, None]:
        """One hypothesis for one round; it is at its best state and scored whenever this ends."""
        hypothesis = self.hypotheses[index]
        optimiser = SafeAdam(hypothesis, hypothesis.groups())
        try:
            for step in range(count):
                yield self._step(hypothesis, optimiser, (step + 0.5) / count)
        except NothingUseful as error:
            self.warnings.append(f"{hypothesis.plan.title}: {error.what} {error.why} The best state before that was "
                                 "kept.")
        finally:
            optimiser.restore_best()
            self._score(index)

    def _step(self, hypothesis: Hypothesis, optimiser: SafeAdam, time: float) -> dict[str, float]:
        p = self.p
        for tensor in optimiser.tensors:
            tensor.grad = None
        image = hypothesis.synthesize(self.generator if time < PRECISE_FROM else self.precise)
        self._seen = image.detach()
        terms = self._terms(image, hypothesis)
        weights = {"pixels": p["pixel_weight"], "features": p["perceptual_weight"], "tint": p["tint_weight"],
                   "prior": p["prior_weight"]}
        total = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
        total.backward(inputs=optimiser.tensors)
        optimiser.step(total.item(), learning_rate_factor(time))
        return {"total": total.item(), **{name: term.item() for name, term in terms.items()}}

    def _terms(self, image: Tensor, hypothesis: Hypothesis) -> dict[str, Tensor]:
        """D(down(y), r) = squared + perceptual difference (docs/methods/mgi.md, Hypotheses), coarse colours of what is
        invented, prior."""
        goal = self._small
        small = area_down(image, goal["picture"].shape[-1])
        terms = {
            "pixels": masked_square(small, goal["picture"], goal["weight"]),
            "features": self._goal.distance(self._net.extract(small, self._goal.layers)),
            "tint": low_frequency_distance(image, self.target.picture, self.target.invented),
        }
        held = hypothesis.start_distance()
        if held is not None:
            terms["prior"] = dead_zone_prior(*held, unit=latent_unit(self.generator))
        return terms

    @torch.no_grad()
    def _score(self, index: int) -> None:
        hypothesis = self.hypotheses[index]
        picture = hypothesis.synthesize(self.precise)
        if bool(torch.isfinite(picture).all()):
            self.pictures[index] = to_image(picture)
            self.scores[index] = self.judge.score(picture, hypothesis.distance_to_mean())

    def preview(self) -> FloatImage:
        """What the last step looked at, [R, R, 3] in 0..1."""
        return to_image(self.target.picture if self._seen is None else self._seen)

    def answers(self) -> Answers | None:
        """Everyone who has been scored, and who is proposed; None while there is nobody."""
        known = sorted(self.scores)
        if not known:
            return None
        proposed = best(self.p["selector"], self.scores, [i for i in self.finalists if i in self.scores] or known)
        return Answers(tuple(self.hypotheses[i].plan for i in known), tuple(self.pictures[i] for i in known),
                       tuple(self.scores[i] for i in known), known.index(proposed))

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Named arrays: the answers so far (``Answers.arrays``), and what this competition goes on from: "plans" and,
        by their number, "state_<number>_<latent>"."""
        answers = self.answers()
        named = {} if answers is None else answers.arrays()
        named["plans"] = plan_rows([hypothesis.plan for hypothesis in self.hypotheses])
        for index, hypothesis in enumerate(self.hypotheses):
            named |= hypothesis.arrays(f"state_{index}_")
        return named
