"""Pivotal tuning: a copy of the generator bends a little so that the latents found reproduce the portrait better.

Roich et al., "Pivotal Tuning for Latent-based Editing of Real Images" (ACM TOG 2022), with its locality
regularisation (docs/methods/shared.md, Pivotal tuning). The generator it starts from is never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from core.generators.base import Generator
from core.losses.perceptual import PerceptualTarget, unit_normalise
from core.recipes.kit.variables import SafeAdam, Variables

# Buffers of the official checkpoints: constants, not weights.
_FIXED = ("noise_const", "resample_filter")

Measure = Callable[[Tensor], dict[str, Tensor]]


class Weights:
    """The weights of a generator's synthesis as leaves that an optimiser moves.

    Args:
        generator: where they come from; it keeps its own.
    """

    def __init__(self, generator: Generator) -> None:
        self._original = generator
        self.named = {name: value.detach().clone().requires_grad_(True)
                      for name, value in generator.tensors().items()
                      if name.startswith("synthesis.") and not name.endswith(_FIXED)}

    def tensors(self) -> list[Tensor]:
        """Every weight, in a fixed order."""
        return list(self.named.values())

    def snapshot(self) -> list[Tensor]:
        """Copies of every weight's value."""
        return [tensor.detach().clone() for tensor in self.tensors()]

    @torch.no_grad()
    def restore(self, values: Sequence[Tensor]) -> None:
        """Write a snapshot back."""
        for tensor, value in zip(self.tensors(), values, strict=True):
            tensor.copy_(value)

    def live(self) -> Generator:
        """The generator with these weights; gradients reach them."""
        return self._original.with_tensors(self.named)

    def fixed(self) -> Generator:
        """The generator with these weights as they are now."""
        return self._original.with_tensors({name: value.detach().clone() for name, value in self.named.items()})


class PivotalTuning:
    """Steps of the weights with the latents held still.

    Args:
        generator: original, in float32: a step is far below the precision of bfloat16.
        variables: the pivot.
        measure: terms of the distance between a picture [1, 3, R, R] and the portrait.
        parameters: ``pixel_weight``, ``perceptual_weight`` and the ``tune_`` values of the recipe.
        goal, extract: how pictures are compared by features, and the network that does.
        rng: source of randomness, on the CPU.
    """

    def __init__(self, generator: Generator, variables: Variables, measure: Measure, parameters: Mapping[str, Any],
                 goal: PerceptualTarget, extract: Callable[[Tensor, tuple[str, ...]], Mapping[str, Tensor]],
                 rng: torch.Generator) -> None:
        self._generator, self._variables, self._measure, self.p = generator, variables, measure, parameters
        self._goal, self._extract, self._rng = goal, extract, rng
        self.weights = Weights(generator)
        self.optimiser = SafeAdam(self.weights, [(self.weights.tensors(), parameters["tune_rate"])])

    def step(self, factor: float) -> dict[str, float]:
        """One update of the weights at a share of the peak rate; the terms before it.

        Raises:
            NothingUseful: it diverged.
        """
        for tensor in self.optimiser.tensors:
            tensor.grad = None
        live = self.weights.live()
        terms = self._measure(self._variables.synthesize(live))
        near = self._weighted(terms["pixels"], terms["features"])
        total = near
        if self.p["tune_locality"] > 0:
            terms["locality"] = self.locality(live, self.direction())
            total = near + self.p["tune_locality"] * terms["locality"]
        total.backward(inputs=self.optimiser.tensors)
        # Locality is drawn anew in every step, so that it cannot say which step was the best.
        self.optimiser.step(near.item(), factor)
        return {"total": near.item(), **{name: term.item() for name, term in terms.items()}}

    def direction(self) -> Tensor:
        """From the pivot towards a random face: [1, layers, w_dim], so long as ``tune_radius`` says.

        The radius counts in the spread of w per layer, so that it means the same for networks of any size.
        """
        w = self._variables.w.detach()
        z = torch.randn(1, self._generator.spec.z_dim, generator=self._rng)
        towards = self._generator.map(z)[:, None] - w
        radius = self.p["tune_radius"] * self._generator.w_spread * w.shape[1] ** 0.5
        return towards * (radius / towards.norm().clamp_min(1e-12))

    def locality(self, generator: Generator, direction: Tensor) -> Tensor:
        """How far a generator's picture beside the pivot is from the original generator's one; 0 when it is the same.

        Args:
            generator: the one being tuned.
            direction: where beside the pivot.
        """
        with torch.no_grad():
            before = self._variables.synthesize(self._generator, direction)
            expected = {name: unit_normalise(value)
                        for name, value in self._extract(before, self._goal.layers).items()}
        after = self._variables.synthesize(generator, direction)
        found = self._extract(after, self._goal.layers)
        return self._weighted((after - before).square().mean(), replace(self._goal, features=expected).distance(found))

    def _weighted(self, pixels: Tensor, features: Tensor) -> Tensor:
        return self.p["pixel_weight"] * pixels + self.p["perceptual_weight"] * features
