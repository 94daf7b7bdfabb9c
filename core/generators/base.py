"""What a generator offers to recipes, whatever its architecture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from core.generators.config import GeneratorConfig


class LatentSpec(NamedTuple):
    """Shapes of a generator's inputs.

    Attributes:
        layers: number of W+ vectors (2 log2(R) - 2, as in the official code).
        w_dim: length of each.
        resolution: output pixels per side.
        noise: side of each noise map, in synthesis order.
        feature_resolution: side at which an added feature map F may enter, 0 if none.
        feature_channels: its channels.
        z_dim: length of what is mapped to w, 0 where nothing is.
    """

    layers: int
    w_dim: int
    resolution: int
    noise: tuple[int, ...]
    feature_resolution: int
    feature_channels: int
    z_dim: int = 0


class Generator(Protocol):
    """Synthesis of images in [-1, 1]. Weights are frozen; gradients flow to the latents only."""

    @property
    def config(self) -> GeneratorConfig: ...

    @property
    def spec(self) -> LatentSpec: ...

    @property
    def device(self) -> torch.device: ...

    @property
    def mean_w(self) -> Tensor:
        """[w_dim] float32, the mean of mapped z."""
        ...

    @property
    def w_spread(self) -> float:
        """sqrt(sum over samples and dimensions of (w - mean)^2 / samples), docs/methods/shared.md, Latents."""
        ...

    def map(self, z: Tensor, *, truncation: float = 1.0) -> Tensor:
        """z [B, z_dim] to w [B, w_dim]."""
        ...

    def synthesize(
        self,
        w_plus: Tensor,
        noise: Sequence[Tensor] | None = None,
        features: Tensor | None = None,
        up_to: int | None = None,
    ) -> Tensor:
        """Image [B, 3, R, R] float32 in about [-1, 1].

        Args:
            w_plus: [B, layers, w_dim] float32.
            noise: one [B or 1, 1, r, r] map per entry of ``spec.noise``; None = constant noise of the model.
            features: [B, feature_channels, fr, fr], added to the activations at ``feature_resolution``.
            up_to: stop at this resolution and return the skip RGB there.
        """
        ...

    def styles(self, w_plus: Tensor) -> list[Tensor]:
        """S space: one [B, channels] style per convolution and ToRGB, in synthesis order."""
        ...

    def synthesize_styles(
        self, styles: Sequence[Tensor], noise: Sequence[Tensor] | None = None, features: Tensor | None = None,
        up_to: int | None = None,
    ) -> Tensor:
        """As ``synthesize``, from S space."""
        ...

    def activations(self, w_plus: Tensor, side: int,
                    noise: Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor | None]:
        """What synthesis holds halfway: the activations [B, C, side, side] float32 after the last convolution of the
        block of this side, and the skip RGB [B, 3, side / 2, side / 2] of the blocks before it (None at the first).
        """
        ...

    def synthesize_from(self, x: Tensor, image: Tensor | None, w_plus: Tensor,
                        noise: Sequence[Tensor] | None = None) -> Tensor:
        """The picture from there on; of w_plus [B, layers, w_dim] only the layers after that place count."""
        ...

    def tensors(self) -> Mapping[str, Tensor]:
        """The weights by name, float32, constants."""
        ...

    def with_tensors(self, changed: Mapping[str, Tensor]) -> Generator:
        """A network with some weights replaced; this one is not touched. Gradients reach those that ask for them."""
        ...


class Encoder(Protocol):
    """One forward pass from a portrait to a start for the optimiser."""

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images [B, 3, R, R] in [-1, 1] to W+ [B, layers, w_dim] and F [B, channels, fr, fr], float32."""
        ...


class FeatureNet(Protocol):
    """A perceptual feature network with frozen weights."""

    names: tuple[str, ...]

    def extract(self, images: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Images [B, 3, H, W] in [-1, 1] to activations by name, e.g. "relu1_1" [B, C, H, W], deeper ones halved
        per block. Blocks are numbered 1..5 by the first digit."""
        ...
