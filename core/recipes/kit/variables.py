"""What a recipe optimises, and an Adam that survives values that are not finite and remembers the best state."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import InputRefused, NothingUseful
from core.generators.base import Generator, LatentSpec
from core.losses.noise import renormalise
from core.recipes.kit.codes import mixed_picture

MAX_FAILURES = 3
# From this time on everything is computed in float32 (docs/decisions.md, Precision: bfloat16 until the last fifth).
PRECISE_FROM = 0.8


def latent_unit(generator: Generator) -> float:
    """The spread of one element of w over random faces, sqrt(E|w - mean w|^2 / w_dim).

    Learning rates and priors of w count in it, so that they mean the same for every generator: a pack whose vectors
    are ten times as long would hardly move otherwise.
    """
    return max(generator.w_spread, 1e-6) / generator.spec.w_dim**0.5


@dataclass(eq=False)
class Variables:
    """Latents of one picture, float32 leaves.

    Attributes:
        w: [1, layers, w_dim].
        noise: [1, 1, r, r] maps, in synthesis order.
        features: [1, C, fr, fr] added feature map, or None.
        styles: S-space vectors instead of w, or empty.
        shift: [1, 1, w_dim] added to every layer of w while only that may move (the W stage), or None.
        codes, importance: several codes in place of w's first layers, see ``core.recipes.kit.codes``, or None.
    """

    w: Tensor
    noise: list[Tensor]
    features: Tensor | None = None
    styles: list[Tensor] = field(default_factory=list)
    shift: Tensor | None = None
    codes: Tensor | None = None
    importance: Tensor | None = None

    def tensors(self) -> list[Tensor]:
        """Every tensor, in a fixed order."""
        extra = [value for value in (self.features, self.shift, self.codes, self.importance) if value is not None]
        return [self.w, *extra, *self.styles, *self.noise]

    def snapshot(self) -> list[Tensor]:
        """Copies of every tensor's value."""
        return [tensor.detach().clone() for tensor in self.tensors()]

    @torch.no_grad()
    def restore(self, values: Sequence[Tensor]) -> None:
        """Write a snapshot back."""
        for tensor, value in zip(self.tensors(), values, strict=True):
            tensor.copy_(value)

    def synthesize(self, generator: Generator, jitter: Tensor | None = None) -> Tensor:
        """The picture [1, 3, R, R], through S space when there are styles, with jitter [1, layers, w_dim] added to w.

        Styles move as w's would, every one of several codes by the same jitter.
        """
        if self.styles:
            styles = self.styles
            if jitter is not None:
                moved, held = generator.styles(self.w + jitter), generator.styles(self.w)
                styles = [s + (a - b) for s, a, b in zip(styles, moved, held, strict=True)]
            return generator.synthesize_styles(styles, self.noise, self.features)
        if self.codes is not None and self.importance is not None:
            codes = self.codes if jitter is None else self.codes + jitter[:, : self.codes.shape[1]]
            return mixed_picture(generator, codes, self.importance, self.w if jitter is None else self.w + jitter,
                                 self.noise)
        w = self.w if self.shift is None else self.w + self.shift
        w = w if jitter is None else w + jitter
        return generator.synthesize(w, self.noise, self.features)

    def settle(self) -> None:
        """Add the shift to w and drop it: every layer may move by itself from now on."""
        if self.shift is not None:
            self.w = (self.w + self.shift).detach().clone().requires_grad_(True)
            self.shift = None

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Named arrays that restart a run from here."""
        w = self.w if self.shift is None else self.w + self.shift
        named = {"w_plus": w, **{f"noise_{i}": map_ for i, map_ in enumerate(self.noise)}}
        if self.features is not None:
            named["features"] = self.features
        if self.codes is not None and self.importance is not None:
            named |= {"codes": self.codes, "importance": self.importance}
        named.update({f"style_{i}": style for i, style in enumerate(self.styles)})
        return {name: tensor.detach().float().cpu().numpy().copy() for name, tensor in named.items()}


def precise(generator: Generator) -> Generator:
    """The same generator computing in float32: for the last steps and the final picture."""
    with_dtype = getattr(generator, "with_dtype", None)
    return generator if with_dtype is None else with_dtype(torch.float32)


def leaf(value: Tensor, device: torch.device) -> Tensor:
    """A float32 copy of value that gradients stop at."""
    return value.detach().to(device=device, dtype=torch.float32).clone().requires_grad_(True)


def draw_noise(spec: LatentSpec, rng: torch.Generator, device: torch.device) -> list[Tensor]:
    """Noise maps ~ N(0, 1), brought to mean 0 and mean square 1, one [1, 1, r, r] per entry of ``spec.noise``."""
    maps = [torch.randn(1, 1, side, side, generator=rng) for side in spec.noise]
    renormalise(maps)
    return [leaf(noise, device) for noise in maps]


def variables_from(
    start: Mapping[str, NDArray[np.float32]], spec: LatentSpec, device: torch.device, fallback: Variables
) -> Variables:
    """Variables of an earlier run's arrays; what is not among them comes from fallback.

    Raises:
        InputRefused: an array has another shape than this generator's.
    """
    def take(name: str, other: Tensor) -> Tensor:
        if name not in start:
            return other
        value = torch.from_numpy(np.ascontiguousarray(start[name], dtype=np.float32))
        if tuple(value.shape) != tuple(other.shape) or not bool(torch.isfinite(value).all()):
            raise InputRefused(f"The start latent {name!r} does not fit.",
                               f"It is {tuple(value.shape)}, this model needs {tuple(other.shape)} with finite values.",
                               "Start without it, or use the model pack it was made with.")
        return leaf(value, device)

    features = fallback.features
    if features is None and "features" in start and spec.feature_resolution:
        side = spec.feature_resolution
        features = leaf(torch.zeros(1, spec.feature_channels, side, side), device)
    return Variables(
        take("w_plus", fallback.w),
        [take(f"noise_{i}", noise) for i, noise in enumerate(fallback.noise)],
        None if features is None else take("features", features),
        [take(f"style_{i}", style) for i, style in enumerate(fallback.styles)],
        codes=None if fallback.codes is None else take("codes", fallback.codes),
        importance=None if fallback.importance is None else take("importance", fallback.importance),
    )


class State(Protocol):
    """Tensors that can be copied and written back."""

    def snapshot(self) -> list[Tensor]: ...

    def restore(self, values: Sequence[Tensor]) -> None: ...


class SafeAdam:
    """Adam (Kingma and Ba 2015) over groups of tensors with one learning-rate curve.

    After a loss or gradient that is not finite it returns to the best finite state, forgets its moments, halves the
    learning rate and from then on clips the gradient norm at ten times its running median; after the third
    failure in a row of recoveries it gives up.

    Args:
        variables: what is optimised; the best state is a snapshot of all of it.
        groups: (tensors, peak learning rate).
        betas: Adam's.
    """

    def __init__(
        self, variables: State, groups: Sequence[tuple[Sequence[Tensor], float]],
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        self.variables = variables
        self._groups = [(list(tensors), rate) for tensors, rate in groups if len(tensors)]
        self._betas = betas
        self._scale = 1.0
        self._norms: deque[float] = deque(maxlen=50)
        self.failures = 0
        self.best_loss = float("inf")
        self._best = variables.snapshot()
        self._adam = self._fresh()

    @property
    def tensors(self) -> list[Tensor]:
        """Every optimised tensor."""
        return [tensor for tensors, _ in self._groups for tensor in tensors]

    def _fresh(self) -> torch.optim.Adam:
        groups = [{"params": tensors, "lr": rate, "peak": rate} for tensors, rate in self._groups]
        return torch.optim.Adam(groups, betas=self._betas)

    def new_stage(self) -> None:
        """The loss changes its meaning: earlier values no longer compare. Adam's moments stay
        (docs/methods/shared.md, Steps)."""
        self.best_loss = float("inf")

    def step(self, loss: float, factor: float) -> bool:
        """One update with the gradients in ``.grad`` of each tensor, which belong to ``loss`` at the present values.

        Args:
            loss: the total loss before this update; the smallest so far is remembered with its state.
            factor: share of the peak learning rate.

        Returns:
            False when the step failed and the best state was restored.

        Raises:
            NothingUseful: the loss diverged more than three times.
        """
        norm = self._gradient_norm()
        if not (np.isfinite(loss) and np.isfinite(norm)):
            self._recover()
            return False
        if loss < self.best_loss:
            self.best_loss, self._best = loss, self.variables.snapshot()
        self._clip(norm)
        for group in self._adam.param_groups:
            group["lr"] = group["peak"] * factor * self._scale
        self._adam.step()
        if not all(bool(torch.isfinite(tensor).all()) for tensor in self.tensors):
            self._recover()
            return False
        return True

    def restore_best(self) -> None:
        """Return the variables to the best state seen since the stage began (the start if there was none)."""
        self.variables.restore(self._best)

    def _gradient_norm(self) -> float:
        squares = [tensor.grad.double().square().sum() for tensor in self.tensors if tensor.grad is not None]
        return float(torch.stack(squares).sum().sqrt()) if squares else 0.0

    def _clip(self, norm: float) -> None:
        limit = 10 * statistics.median(self._norms) if self._norms else float("inf")
        self._norms.append(norm)
        if self.failures and norm > limit > 0:
            for tensor in self.tensors:
                if tensor.grad is not None:
                    tensor.grad.mul_(limit / norm)

    def _recover(self) -> None:
        self.failures += 1
        self.variables.restore(self._best)
        if self.failures > MAX_FAILURES:
            raise NothingUseful("The optimisation diverged.",
                                f"Its loss was not finite {self.failures} times in a row of recoveries.",
                                "Lower the learning rate, or start from another portrait.")
        self._scale /= 2
        self._adam = self._fresh()
