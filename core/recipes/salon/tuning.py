"""The last stage: a copy of the generator bends towards both guides and keeps its other faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from core.generators.base import FeatureNet, Generator
from core.losses.perceptual import perceptual_target
from core.recipes.kit.pivotal import PivotalTuning
from core.recipes.kit.variables import Variables
from core.recipes.salon.terms import TUNING_COARSE, TUNING_FEATURES, ViewTerms

# Of the locality term: L2 and feature distance (docs/methods/salon.md, Tuning), times ``tune_locality``.
LOCALITY = {"pixel_weight": 0.1, "perceptual_weight": 1.0}

# A score that no state is the best with.
UNJUDGED = 1e30


class ViewTuning:
    """Steps of the weights with both views' latents held still: one step per view, one for locality.

    Args:
        generator: original, float32.
        net: feature network.
        pivots: each view's latents.
        terms: each view's losses.
        parameters: the recipe's.
        rng: source of randomness, on the CPU.
    """

    def __init__(self, generator: Generator, net: FeatureNet, pivots: Sequence[Variables], terms: Sequence[ViewTerms],
                 parameters: Mapping[str, Any], rng: torch.Generator) -> None:
        self._pivots, self._terms, self.p = list(pivots), list(terms), parameters
        goal = perceptual_target(net, terms[0].view.guide, torch.ones_like(terms[0].view.guide[:, :1]),
                                 calibrate=parameters["calibrate"])
        first = PivotalTuning(generator, pivots[0], lambda image: {}, {**parameters, **LOCALITY}, goal, net.extract,
                              rng)
        self.weights, self.optimiser, self._first = first.weights, first.optimiser, first

    def step(self, factor: float) -> dict[str, float]:
        """One step per view, and one for locality, at a share of the peak rate; the terms before them.

        Raises:
            NothingUseful: it diverged.
        """
        found: dict[str, float] = {}
        total = 0.0
        for number, terms in enumerate(self._terms):
            image = self._pivots[number].synthesize(self.weights.live())
            focus, coarse = terms.focus(image), terms.coarse(image)
            loss = TUNING_FEATURES * focus + TUNING_COARSE * self.p["coarse_weight"] / 2 * coarse
            total += loss.item()
            found |= {("face", "hair")[number]: focus.item(), f"coarse {number}": coarse.item()}
            self._update(loss, total if number else UNJUDGED + 0 * total, factor)
        if self.p["tune_locality"] > 0:
            near = self._first.locality(self.weights.live(), self._first.direction())
            found["locality"] = near.item()
            self._update(self.p["tune_locality"] * near, UNJUDGED + 0 * near.item(), factor)
        return {"total": total, **found}

    def _update(self, loss: Tensor, score: float, factor: float) -> None:
        tensors = self.optimiser.tensors
        for tensor in tensors:
            tensor.grad = None
        loss.backward(inputs=tensors)
        self.optimiser.step(score, factor)

    def good_enough(self, losses: Mapping[str, float]) -> bool:
        """Whether both views are as near as anybody asked for."""
        return max(losses["face"], losses["hair"]) <= self.p["tune_goal"]

    @torch.no_grad()
    def picture(self, view: int) -> Tensor:
        """A view's picture of the present weights, [1, 3, R, R]."""
        return self._pivots[view].synthesize(self.weights.fixed())
