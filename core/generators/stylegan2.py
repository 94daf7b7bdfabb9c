"""StyleGAN2 synthesis for optimisation: frozen, re-packed weights; gradients reach latents, noise and F only.

Mathematics: Karras et al. 2020 (StyleGAN2), equations 1 to 3. Modulation scales the activations, the convolution has
constant weights, demodulation scales its output: the same function as modulating the weights, several times cheaper.
Parameter names and gains are those of the official checkpoints.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from core.generators.base import LatentSpec
from core.generators.config import GeneratorConfig
from core.models.device import fast_dtype

SQRT2 = math.sqrt(2.0)


def official_shapes(config: GeneratorConfig) -> dict[str, tuple[int, ...]]:
    """Every parameter and buffer of the official generator by name, with its shape."""
    shapes: dict[str, tuple[int, ...]] = {"mapping.w_avg": (config.w_dim,)}
    for index in range(config.mapping_layers):
        shapes[f"mapping.fc{index}.weight"] = (config.w_dim, config.z_dim if index == 0 else config.w_dim)
        shapes[f"mapping.fc{index}.bias"] = (config.w_dim,)
    inputs = 0
    for side, outputs in zip(config.resolutions, config.channels, strict=True):
        block = f"synthesis.b{side}"
        shapes[f"{block}.resample_filter"] = (4, 4)
        if inputs == 0:
            shapes[f"{block}.const"] = (outputs, side, side)
        for name, count in (("conv0", inputs), ("conv1", outputs)):
            if count == 0:
                continue
            layer = f"{block}.{name}"
            shapes.update({
                f"{layer}.weight": (outputs, count, 3, 3), f"{layer}.bias": (outputs,),
                f"{layer}.noise_strength": (), f"{layer}.noise_const": (side, side),
                f"{layer}.affine.weight": (count, config.w_dim), f"{layer}.affine.bias": (count,),
                f"{layer}.resample_filter": (4, 4),
            })
        shapes.update({
            f"{block}.torgb.weight": (config.image_channels, outputs, 1, 1),
            f"{block}.torgb.bias": (config.image_channels,),
            f"{block}.torgb.affine.weight": (outputs, config.w_dim), f"{block}.torgb.affine.bias": (outputs,),
        })
        inputs = outputs
    return shapes


def upsample_rgb(image: Tensor) -> Tensor:
    """Twice the size with the [1, 3, 3, 1] filter and zeros outside: bilinear on a zero-padded image, cropped."""
    padded = F.pad(image, (1, 1, 1, 1))
    return F.interpolate(padded, scale_factor=2, mode="bilinear", align_corners=False)[:, :, 2:-2, 2:-2]


@dataclass(frozen=True)
class _Layer:
    """One packed convolution; gains of sqrt(2) are folded into bias and noise."""

    weight: Tensor
    squares: Tensor
    bias: Tensor
    noise: Tensor
    strength: Tensor
    fir: Tensor | None


@dataclass(frozen=True)
class _Block:
    side: int
    convolutions: tuple[_Layer, ...]
    rgb_weight: Tensor
    rgb_bias: Tensor


class StyleGAN2:
    """A frozen generator that offers ``core.generators.base.Generator``.

    Args:
        config: architecture.
        tensors: parameters under the official names (any floating type).
        device: where to compute.
        dtype: type of the activations; None = bfloat16 where the device computes in it, else float32. Latents,
            styles, demodulation and RGB are float32 always.
        mean_w: [w_dim]; None = the checkpoint's ``mapping.w_avg``.
        w_spread: docs/methods/shared.md, Latents; None = estimated from 1,000 samples.
        live: gradients reach those of ``tensors`` that ask for them; otherwise all weights are constants.
    """

    def __init__(self, config: GeneratorConfig, tensors: Mapping[str, Tensor], *,
                 device: torch.device | str = "cpu", dtype: torch.dtype | None = None, mean_w: Tensor | None = None,
                 w_spread: float | None = None, live: bool = False) -> None:
        self.config = config
        self._device = torch.device(device)
        self.dtype = fast_dtype(self._device) if dtype is None else dtype
        self._tensors = {name: (value if live else value.detach()).to(self._device, torch.float32)
                         for name, value in tensors.items()}
        self._mapping = [self._mapping_layer(index) for index in range(config.mapping_layers)]
        mean = self._tensors["mapping.w_avg"] if mean_w is None else mean_w
        self._mean_w = mean.detach().to(self._device, torch.float32)
        self._blocks = [self._pack_block(index) for index in range(len(config.resolutions))]
        self._pack_styles()
        self._const = self._tensors["synthesis.b4.const"].to(self.dtype)[None].contiguous(
            memory_format=torch.channels_last)
        self._w_spread = self._estimate_spread() if w_spread is None else float(w_spread)

    @property
    def spec(self) -> LatentSpec:
        """Shapes of the inputs."""
        sides = tuple(block.side for block in self._blocks for _ in block.convolutions)
        return LatentSpec(self.config.layers, self.config.w_dim, self.config.resolution, sides,
                          self.config.feature_resolution, self.config.feature_channels, self.config.z_dim)

    @property
    def device(self) -> torch.device:
        return self._device

    @property
    def mean_w(self) -> Tensor:
        """[w_dim] float32, the mean of mapped z."""
        return self._mean_w

    @property
    def w_spread(self) -> float:
        """sqrt(sum over samples and dimensions of (w - mean)^2 / samples), docs/methods/shared.md, Latents."""
        return self._w_spread

    def tensors(self) -> dict[str, Tensor]:
        """Parameters under the official names, float32."""
        return dict(self._tensors)

    def with_dtype(self, dtype: torch.dtype) -> StyleGAN2:
        """The same network computing in another type (self when it already does)."""
        if dtype == self.dtype:
            return self
        return StyleGAN2(self.config, self._tensors, device=self._device, dtype=dtype, mean_w=self._mean_w,
                         w_spread=self._w_spread)

    def with_tensors(self, changed: Mapping[str, Tensor]) -> StyleGAN2:
        """The same network with some parameters replaced, official names; gradients reach those that ask for them.

        Raises:
            ValueError: a parameter that the network does not have, or one of another shape.
        """
        for name, value in changed.items():
            if name not in self._tensors or value.shape != self._tensors[name].shape:
                raise ValueError(f"{name} of shape {tuple(value.shape)} does not fit")
        return StyleGAN2(self.config, {**self._tensors, **changed}, device=self._device, dtype=self.dtype,
                         mean_w=self._mean_w, w_spread=self._w_spread, live=True)

    def map(self, z: Tensor, *, truncation: float = 1.0) -> Tensor:
        """z [B, z_dim] to w [B, w_dim], pulled towards the mean by truncation < 1."""
        x = z.to(self._device, torch.float32)
        x = x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for weight, bias in self._mapping:
            x = F.leaky_relu(F.linear(x, weight, bias), 0.2) * SQRT2
        return x if truncation == 1.0 else self._mean_w + truncation * (x - self._mean_w)

    def styles(self, w_plus: Tensor) -> list[Tensor]:
        """S space: one [B, channels] style per convolution and ToRGB, in synthesis order (affine outputs)."""
        if w_plus.ndim != 3 or w_plus.shape[1:] != (self.config.layers, self.config.w_dim):
            raise ValueError(f"W+ of shape {tuple(w_plus.shape)}, [B, {self.config.layers}, {self.config.w_dim}] "
                             "is expected")
        chosen = w_plus.float().transpose(0, 1)[self._style_layers]
        packed = torch.baddbmm(self._style_bias, chosen, self._style_weight)
        return [packed[index, :, :count] for index, count in enumerate(self._style_sizes)]

    def synthesize(self, w_plus: Tensor, noise: Sequence[Tensor] | None = None, features: Tensor | None = None,
                   up_to: int | None = None) -> Tensor:
        """Image [B, 3, R, R] float32 in about [-1, 1]; see ``core.generators.base.Generator``."""
        return self.synthesize_styles(self.styles(w_plus), noise, features, up_to)

    def synthesize_styles(self, styles: Sequence[Tensor], noise: Sequence[Tensor] | None = None,
                          features: Tensor | None = None, up_to: int | None = None) -> Tensor:
        """As ``synthesize``, from S space."""
        last = self.config.resolution if up_to is None else up_to
        return self._run(styles, noise, features, last)

    def style_inputs(self, styles: Sequence[Tensor], noise: Sequence[Tensor] | None = None,
                     features: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        """The picture [B, 3, R, R], and what each style multiplies: one [B or 1, channels, r, r] per style."""
        seen: list[Tensor] = []
        last = self.config.resolution
        return self._run(styles, noise, features, last, seen), seen

    def activations(self, w_plus: Tensor, side: int,
                    noise: Sequence[Tensor] | None = None) -> tuple[Tensor, Tensor | None]:
        """What synthesis holds halfway, see ``core.generators.base.Generator``."""
        styles, end = self.styles(w_plus), self._block_index(side)
        self._check(styles, noise)
        x, image = self._const.expand(styles[0].shape[0], -1, -1, -1), None
        for index in range(end + 1):
            x = self._activate(index, x, styles, noise, None, None)
            if index < end:
                image = self._add_rgb(index, x, image, styles)
        return x.float(), image

    def synthesize_from(self, x: Tensor, image: Tensor | None, w_plus: Tensor,
                        noise: Sequence[Tensor] | None = None) -> Tensor:
        """Image [B, 3, R, R] from what ``activations`` returned, with the layers of w_plus after that place."""
        styles, begin = self.styles(w_plus), self._block_index(x.shape[-1])
        self._check(styles, noise)
        x = x.to(self.dtype).contiguous(memory_format=torch.channels_last)
        for index in range(begin, len(self._blocks)):
            if index > begin:
                x = self._activate(index, x, styles, noise, None, None)
            image = self._add_rgb(index, x, image, styles)
        if image is None:
            raise ValueError("the network has no blocks")
        return image

    def _run(self, styles: Sequence[Tensor], noise: Sequence[Tensor] | None, features: Tensor | None,
             last: int, seen: list[Tensor] | None = None) -> Tensor:
        self._check(styles, noise)
        x = self._const.expand(styles[0].shape[0], -1, -1, -1)
        image: Tensor | None = None
        for index in range(self._block_index(last) + 1):
            x = self._activate(index, x, styles, noise, features, seen)
            if seen is not None:
                seen.append(x)
            image = self._add_rgb(index, x, image, styles)
        return cast(Tensor, image)

    def _block_index(self, side: int) -> int:
        if side not in self.config.resolutions:
            raise ValueError(f"no block of {side} px; there are {self.config.resolutions}")
        return self.config.resolutions.index(side)

    def _check(self, styles: Sequence[Tensor], noise: Sequence[Tensor] | None) -> None:
        if len(styles) != len(self._style_sizes):
            raise ValueError(f"{len(styles)} styles, {len(self._style_sizes)} are expected")
        if noise is not None and len(noise) != len(self._convolution_names()):
            raise ValueError(f"{len(noise)} noise maps, {len(self._convolution_names())} are expected")

    def _activate(self, index: int, x: Tensor, styles: Sequence[Tensor], noise: Sequence[Tensor] | None,
                  features: Tensor | None, seen: list[Tensor] | None) -> Tensor:
        """The convolutions of a block. The first block has one of them, each other block two."""
        block = self._blocks[index]
        style, used = (0, 0) if index == 0 else (3 * index - 1, 2 * index - 1)
        for offset, layer in enumerate(block.convolutions):
            grid = layer.noise if noise is None else noise[used + offset].to(self._device, self.dtype) * layer.strength
            if seen is not None:
                seen.append(x)
            x = self._convolve(layer, x, styles[style + offset], grid)
            if layer.fir is not None and features is not None and block.side == self.config.feature_resolution:
                x = x + features.to(self._device, self.dtype)
        return x

    def _add_rgb(self, index: int, x: Tensor, image: Tensor | None, styles: Sequence[Tensor]) -> Tensor:
        rgb = self._to_rgb(self._blocks[index], x, styles[3 * index + 1])
        return rgb if image is None else upsample_rgb(image) + rgb

    def _convolve(self, layer: _Layer, x: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        demod = (style.square() @ layer.squares + 1e-8).rsqrt() * SQRT2
        x = x * style.to(self.dtype)[:, :, None, None]
        if layer.fir is None:
            x = F.conv2d(x, layer.weight, padding=1)
        else:
            x = F.conv_transpose2d(x, layer.weight, stride=2)
            x = F.conv2d(x, layer.fir, padding=1, groups=x.shape[1])
        # The product comes first: a fused multiply-add of broadcast factors would lose the channels_last layout.
        x = x * demod.to(self.dtype)[:, :, None, None] + layer.bias + noise
        return F.leaky_relu(x, 0.2)

    def _to_rgb(self, block: _Block, x: Tensor, style: Tensor) -> Tensor:
        matrix = (block.rgb_weight[None] * style[:, None, :]).to(self.dtype)
        flat = x.permute(0, 2, 3, 1).flatten(1, 2)
        rgb = torch.bmm(flat, matrix.transpose(1, 2)).float() + block.rgb_bias
        return rgb.transpose(1, 2).reshape(x.shape[0], -1, block.side, block.side)

    def _mapping_layer(self, index: int) -> tuple[Tensor, Tensor]:
        weight = self._tensors[f"mapping.fc{index}.weight"]
        lr = self.config.mapping_lr
        return weight * (lr / math.sqrt(weight.shape[1])), self._tensors[f"mapping.fc{index}.bias"] * lr

    def _convolution_names(self) -> list[str]:
        return [f"synthesis.b{side}.{name}" for side in self.config.resolutions for name in ("conv0", "conv1")
                if side > 4 or name == "conv1"]

    def _pack_block(self, index: int) -> _Block:
        side = self.config.resolutions[index]
        prefix = f"synthesis.b{side}"
        names = ("conv1",) if index == 0 else ("conv0", "conv1")
        weight = self._tensors[f"{prefix}.torgb.weight"][:, :, 0, 0]
        return _Block(side, tuple(self._pack_layer(f"{prefix}.{name}", up=name == "conv0") for name in names),
                      weight / math.sqrt(weight.shape[1]), self._tensors[f"{prefix}.torgb.bias"])

    def _pack_layer(self, name: str, *, up: bool) -> _Layer:
        weight = self._tensors[f"{name}.weight"]
        packed = weight.transpose(0, 1) if up else weight
        strength = self._tensors[f"{name}.noise_strength"] * SQRT2
        fir = None
        if up:
            taps = self._tensors[f"{name}.resample_filter"] * 4.0
            fir = taps.expand(weight.shape[0], 1, 4, 4).to(self.dtype).contiguous()
        return _Layer(
            weight=packed.to(self.dtype).contiguous(memory_format=torch.channels_last),
            squares=weight.square().sum((2, 3)).t().contiguous(),
            bias=(self._tensors[f"{name}.bias"] * SQRT2).to(self.dtype)[None, :, None, None],
            noise=(self._tensors[f"{name}.noise_const"] * strength).to(self.dtype)[None, None],
            strength=strength.to(self.dtype), fir=fir,
        )

    def _pack_styles(self) -> None:
        """All affine layers as one padded batch of matrices, so that one product makes every style."""
        names, layers = [], []
        for index, side in enumerate(self.config.resolutions):
            for name, layer in (("conv0", 2 * index - 1), ("conv1", 2 * index), ("torgb", 2 * index + 1)):
                if layer >= 0:
                    names.append(f"synthesis.b{side}.{name}.affine")
                    layers.append(layer)
        self._style_sizes = [self._tensors[f"{name}.bias"].shape[0] for name in names]
        width = max(self._style_sizes)
        weight = torch.zeros(len(names), self.config.w_dim, width, device=self._device)
        bias = torch.zeros(len(names), 1, width, device=self._device)
        for index, (name, size) in enumerate(zip(names, self._style_sizes, strict=True)):
            weight[index, :, :size] = self._tensors[f"{name}.weight"].t() / math.sqrt(self.config.w_dim)
            bias[index, 0, :size] = self._tensors[f"{name}.bias"]
        self._style_weight, self._style_bias = weight, bias
        self._style_layers = torch.tensor(layers, device=self._device)

    @torch.no_grad()
    def _estimate_spread(self) -> float:
        seeded = torch.Generator().manual_seed(0)
        w = self.map(torch.randn(1000, self.config.z_dim, generator=seeded))
        return float(((w - self._mean_w).square().sum() / len(w)).sqrt())
