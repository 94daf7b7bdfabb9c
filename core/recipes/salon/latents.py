"""What a run moves: the first layers per view, all others shared, and each view's noise and feature map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.generators.base import LatentSpec
from core.recipes.kit.variables import Variables, draw_noise, leaf, variables_from
from core.recipes.salon.terms import FIRST, SECOND


def own_layers(layers: int, asked: int = 0) -> int:
    """How many of a generator's layers each view has for itself: ``asked``, or as many as 4 are of 18; at least one
    stays shared."""
    return min(layers - 1, asked or max(1, round(4 * layers / 18)))


class Latents:
    """Both views' latents, float32 leaves; a ``State`` for the optimiser.

    In stage W each view adds one vector to every layer of its start; layers beyond the own ones are a random convex
    mix of both views'. In stage W+ the own layers are free and one tail is shared.

    Args:
        start: per view w [1, layers, w_dim], noise maps and perhaps a feature map.
        own: number of own layers.
    """

    def __init__(self, start: Sequence[Variables], own: int) -> None:
        device = start[0].w.device
        self.own, self.start = own, [variables.w.detach().clone() for variables in start]
        self.noise = [list(variables.noise) for variables in start]
        self.features = [variables.features for variables in start]
        self.shift = [leaf(torch.zeros_like(value[:, :1]), device) for value in self.start]
        self.heads = [leaf(value[:, :own], device) for value in self.start]
        self.tail = leaf((self.start[0] + self.start[1])[:, own:] / 2, device)
        self.stage = FIRST

    def enter(self, stage: str) -> None:
        """Begin a stage; from W to W+ the heads and the mean of both views' tails are taken over."""
        if self.stage == FIRST and stage != FIRST:
            with torch.no_grad():
                whole = [value + shift for value, shift in zip(self.start, self.shift, strict=True)]
                for head, value in zip(self.heads, whole, strict=True):
                    head.copy_(value[:, : self.own])
                self.tail.copy_((whole[0] + whole[1])[:, self.own:] / 2)
        self.stage = stage

    def origin(self, view: int) -> Tensor:
        """Where a view's layers began, [1, layers, w_dim]; the shared ones between both views' beginnings."""
        tail = (self.start[0] + self.start[1])[:, self.own:] / 2
        return torch.cat([self.start[view][:, : self.own], tail], dim=1)

    def head(self, view: int) -> Tensor:
        """The own layers of a view, [1, own, w_dim]."""
        return self.start[view][:, : self.own] + self.shift[view] if self.stage == FIRST else self.heads[view]

    def w_plus(self, view: int, mix: float = 0.5) -> Tensor:
        """All layers of a view, [1, layers, w_dim]; mix = share of view 0 in stage W's other layers.

        Gradients of stage W reach the view's own vector only: each view takes its own step.
        """
        if self.stage != FIRST:
            return torch.cat([self.heads[view], self.tail], dim=1)
        whole = [value + shift for value, shift in zip(self.start, self.shift, strict=True)]
        whole[1 - view] = whole[1 - view].detach()
        tail = mix * whole[0][:, self.own:] + (1 - mix) * whole[1][:, self.own:]
        return torch.cat([whole[view][:, : self.own], tail], dim=1)

    def variables(self, view: int) -> Variables:
        """A view's latents as they are now."""
        return Variables(self.w_plus(view).detach(), self.noise[view], self.features[view])

    def moved(self, view: int) -> list[Tensor]:
        """What of w a step of one view moves."""
        return [self.shift[view]] if self.stage == FIRST else [self.heads[view], self.tail]

    def maps(self, view: int) -> list[Tensor]:
        """A view's feature map where it has one and it may move: not while one vector serves all layers."""
        found = self.features[view]
        return [] if found is None or self.stage == FIRST else [found]

    def tensors(self) -> list[Tensor]:
        """Every tensor, in a fixed order."""
        features = [value for value in self.features if value is not None]
        return [*self.shift, *self.heads, self.tail, *features, *self.noise[0], *self.noise[1]]

    def snapshot(self) -> list[Tensor]:
        """Copies of every tensor's value."""
        return [tensor.detach().clone() for tensor in self.tensors()]

    @torch.no_grad()
    def restore(self, values: Sequence[Tensor]) -> None:
        """Write a snapshot back."""
        for tensor, value in zip(self.tensors(), values, strict=True):
            tensor.copy_(value)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Named arrays that restart a run: view 0 under the usual names, view 1's with ``other_`` before them."""
        return {**self.variables(0).arrays(),
                **{f"other_{name}": array for name, array in self.variables(1).arrays().items()}}


def latents_from(
    start: Mapping[str, NDArray[np.float32]], encoded: Sequence[tuple[Tensor, Tensor | None]], spec: LatentSpec,
    own: int, rng: torch.Generator, device: torch.device,
) -> Latents:
    """Latents at encoded W+ and feature maps of both views, or at an earlier run's arrays.

    A latent of one view only (another recipe's) starts both.

    Raises:
        InputRefused: an array does not fit this generator.
    """
    found = []
    for number, (w, features) in enumerate(encoded):
        variables = Variables(leaf(w, device), draw_noise(spec, rng, device),
                              None if features is None else leaf(features, device))
        if start:
            variables = variables_from(_of_view(start, number, features is not None), spec, device, variables)
        found.append(variables)
    made = Latents(found, own)
    if "other_w_plus" in start:
        made.enter(SECOND)
    return made


def _of_view(start: Mapping[str, NDArray[np.float32]], number: int, features: bool) -> dict[str, NDArray[np.float32]]:
    """The arrays of one view under their usual names."""
    other = {name.removeprefix("other_"): array for name, array in start.items() if name.startswith("other_")}
    chosen = other if number and other else start
    known = ("w_plus", "features") if features else ("w_plus",)
    return {name: array for name, array in chosen.items() if name in known or name.startswith("noise_")}
