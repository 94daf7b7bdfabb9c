"""What a hypothesis is: a way of reproducing a picture, its latents, and how far these are from the usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import InputRefused
from core.generators.base import Generator
from core.recipes.kit.codes import composing_side, even_importance, mix, mixed_picture, side_of, spread_codes
from core.recipes.kit.variables import latent_unit, leaf

KINDS = ("codes", "map", "f", "w+", "s", "w")
_NAMES = {"f": "Feature map", "w+": "W+", "s": "Channel styles", "w": "W"}
# Random faces by which distances in S space are measured.
_SAMPLES = 64


class Plan(NamedTuple):
    """One way: a kind of ``KINDS``; the composing layer of "codes" and their number, the layer behind which a "map" is
    free."""

    kind: str
    layer: int = 0
    codes: int = 0

    @property
    def title(self) -> str:
        """Short, for people."""
        if self.kind == "codes":
            return f"{self.codes} codes at layer {self.layer}"
        if self.kind == "map":
            return f"Free map at {side_of_layer(self.layer)} px"
        return _NAMES[self.kind]


PLAIN = (Plan("f"), Plan("map", 6), Plan("map", 4), Plan("w+"), Plan("s"), Plan("w"))
"""The ways without codes, the most useful first (docs/methods/mgi.md, Hypotheses: which space, and how far down a map
is free)."""


def side_of_layer(layer: int) -> int:
    """Pixels per side behind layer 1, 2, 3, ... of the paper's generator, which has two of them per size from 4 px."""
    return 4 << ((layer - 1) // 2)


def plans(parameters: Mapping[str, Any], count: int) -> list[Plan]:
    """``count`` ways: codes spread evenly from the shallowest layer with the most to the deepest with the fewest,
    plain spaces, or half of each ("all"; of an odd number the codes have one more).

    There are only as many plain ways as in ``PLAIN``, even where more are wanted.
    """
    spaces = parameters["spaces"]
    plain = {"all": min(count // 2, len(PLAIN)), "codes": 0, "plain": min(count, len(PLAIN))}[spaces]
    mixed = 0 if spaces == "plain" else count - plain
    found = list(PLAIN[:plain])
    for index in range(mixed):
        t = 0.5 if mixed == 1 else index / (mixed - 1)
        layer = parameters["layer_from"] + t * (parameters["layer_to"] - parameters["layer_from"])
        codes = parameters["codes_to"] + t * (parameters["codes_from"] - parameters["codes_to"])
        found.append(Plan("codes", round(layer), round(codes)))
    return found


def codes_picture(generator: Generator, codes: Tensor, importance: Tensor, w: Tensor,
                  free: Tensor | None) -> Tensor:
    """``mixed_picture`` with a free map [1, C, s, s] added to the mixed activations, or without one (None)."""
    if free is None:
        return mixed_picture(generator, codes, importance, w, None)
    layers = codes.shape[1]
    rest = w[:, layers:].expand(len(codes), -1, -1)
    x, image = generator.activations(torch.cat((codes, rest), dim=1), side_of(layers))
    channels = x.shape[1]
    image = None if image is None else mix(image, importance[:, channels:])
    return generator.synthesize_from(mix(x, importance[:, :channels]) + free, image, w)


class Hypothesis:
    """Latents of one way; a ``core.recipes.kit.variables.State``.

    Args:
        plan: the way.
        generator: for shapes, means and random codes.
        w: [1, layers, w_dim] where the search starts.
        features: [1, C, fr, fr] the map to start with (kind "f"), or None.
        parameters: of the recipe.
        rng: source of randomness, on the CPU.
    """

    def __init__(self, plan: Plan, generator: Generator, w: Tensor, features: Tensor | None,
                 parameters: Mapping[str, Any], rng: torch.Generator) -> None:
        self.plan = plan
        self._generator, self._parameters = generator, parameters
        self.named: dict[str, Tensor] = {
            name: leaf(value, generator.device) for name, value in self._begin(w, features, rng).items()}
        self._start = None if "w" not in self.named else self.named["w"].detach().clone()

    def _begin(self, w: Tensor, features: Tensor | None, rng: torch.Generator) -> dict[str, Tensor]:
        generator, p, kind = self._generator, self._parameters, self.plan.kind
        if kind == "w":
            return {"w": w.mean(dim=1, keepdim=True)}
        if kind == "s":
            with torch.no_grad():
                return {f"style_{i}": style for i, style in enumerate(generator.styles(w))}
        if kind == "codes":
            codes = spread_codes(generator, w, self.plan.codes, self._side, p["code_spread"], rng)
            importance = even_importance(generator, w, self.plan.codes, self._side)
            free = {"map": self._empty_map(w)} if p["codes_map"] else {}
            return {"w": w, "codes": codes, "importance": importance, **free}
        if kind == "map":
            return {"w": w, "map": self._empty_map(w)}
        if kind == "f" and features is not None:
            return {"w": w, "features": features}
        return {"w": w}

    @torch.no_grad()
    def _empty_map(self, w: Tensor) -> Tensor:
        return torch.zeros_like(self._generator.activations(w, self._side)[0])

    @property
    def _side(self) -> int:
        """Pixels per side of the activations that are composed or free."""
        return composing_side(self._generator.spec.resolution, side_of_layer(self.plan.layer))

    def snapshot(self) -> list[Tensor]:
        """Copies of every tensor's value."""
        return [tensor.detach().clone() for tensor in self.named.values()]

    @torch.no_grad()
    def restore(self, values: Sequence[Tensor]) -> None:
        """Write a snapshot back."""
        for tensor, value in zip(self.named.values(), values, strict=True):
            tensor.copy_(value)

    def groups(self) -> list[tuple[list[Tensor], float]]:
        """What moves, with its peak learning rate."""
        p = self._parameters
        of_w = p["learning_rate"] * latent_unit(self._generator)
        rates = {"features": p["feature_rate"], "map": p["feature_rate"], "importance": p["importance_rate"],
                 "w": of_w, "codes": of_w}
        return [([tensor], rates.get(name, p["style_rate"])) for name, tensor in self.named.items()]

    def start_distance(self) -> tuple[Tensor, Tensor] | None:
        """w and where it began, for a prior; None where there is no w."""
        return None if self._start is None else (self.named["w"], self._start)

    def synthesize(self, generator: Generator) -> Tensor:
        """The picture [1, 3, R, R] with the model's constant noise."""
        named = self.named
        if self.plan.kind == "s":
            return generator.synthesize_styles(list(named.values()))
        w = named["w"].expand(-1, generator.spec.layers, -1)
        if self.plan.kind == "codes":
            return codes_picture(generator, named["codes"], named["importance"], w, named.get("map"))
        if self.plan.kind == "map":
            x, image = generator.activations(w, self._side)
            return generator.synthesize_from(x + named["map"], image, w)
        return generator.synthesize(w, None, named.get("features"))

    @torch.no_grad()
    def distance_to_mean(self) -> float:
        """How far the latents are from the generator's mean; 1 = as far as random faces on average.

        In W and W+ the root mean square over the vectors that are used, codes counted once each; in S the same of
        every style, in units of its own spread over random faces.
        """
        generator = self._generator
        if self.plan.kind == "s":
            return self._style_distance()
        vectors = self.named["w"][0]
        if self.plan.kind == "codes":
            codes = self.named["codes"]
            vectors = torch.cat([codes.flatten(0, 1), vectors[codes.shape[1] :]])
        square = (vectors - generator.mean_w.to(vectors)).square().sum(dim=1).mean()
        return float(square.sqrt()) / max(generator.w_spread, 1e-8)

    def _style_distance(self) -> float:
        generator = self._generator
        spec = generator.spec
        # Not the run's source of randomness: a measurement must not change what comes after it.
        z = torch.randn(_SAMPLES, spec.z_dim, generator=torch.Generator().manual_seed(0))
        mean = generator.styles(generator.mean_w.view(1, 1, -1).expand(1, spec.layers, -1))
        random = generator.styles(generator.map(z)[:, None].expand(-1, spec.layers, -1))
        ratios = [(own - middle).square().sum() / (other - middle).square().sum(dim=1).mean().clamp_min(1e-12)
                  for own, middle, other in zip(self.named.values(), mean, random, strict=True)]
        return float(torch.stack(ratios).mean().sqrt())

    def arrays(self, prefix: str) -> dict[str, NDArray[np.float32]]:
        """Named copies of the latents."""
        return {prefix + name: tensor.detach().float().cpu().numpy().copy() for name, tensor in self.named.items()}

    @torch.no_grad()
    def go_on_from(self, start: Mapping[str, NDArray[np.float32]], prefix: str) -> None:
        """Take over what ``arrays`` gave.

        Raises:
            InputRefused: an array is missing, of another shape, or not finite.
        """
        for name, tensor in self.named.items():
            value = torch.from_numpy(np.array(start.get(prefix + name, ()), dtype=np.float32))
            if value.shape != tensor.shape or not bool(torch.isfinite(value).all()):
                raise InputRefused(f"The start latent {prefix + name!r} does not fit.",
                                   f"It is {tuple(value.shape)}, {tuple(tensor.shape)} with finite values is needed.",
                                   "Start without it, or use the model pack and parameters it was made with.")
            tensor.copy_(value)
