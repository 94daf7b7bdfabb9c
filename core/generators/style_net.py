"""The style network: content encoder, variational style encoder, and a decoder steered by adaptive normalisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.generators.config import NetworkConfig
from core.generators.encoder import Conv
from core.generators.load import PackLike, load_network
from core.losses.style import adain, channel_statistics
from core.models.device import fast_dtype

MULTIPLE = 8
"""Sides of pictures must be multiples of this."""
SHIFTS = (0, 2)
"""By how many pixels to the right and down a picture is moved in each of the results that are averaged."""
SMALLEST = 32
"""Smallest side of a picture."""
_LOG_VARIANCE = (-8.0, 3.0)


@dataclass(frozen=True)
class StyleConfig(NetworkConfig):
    """Sizes of ``StyleNetwork``.

    Attributes:
        code: numbers of a style code.
        channels: of content and decoder at 1/2, 1/4 and 1/8 of the side.
        blocks: residual blocks at 1/8.
        style_channels: of the style encoder, each stage half the side of the one before.
        hidden: width of the two small networks around the code.
    """

    code: int = 64
    channels: tuple[int, ...] = (32, 64, 96)
    blocks: int = 3
    style_channels: tuple[int, ...] = (24, 48, 96, 128)
    hidden: int = 192


def _conv(inputs: int, outputs: int, stride: int = 1) -> Conv:
    # Reflected borders: zeros outside would be a dark frame that every style turns into an ornament.
    return Conv(inputs, outputs, 3, stride=stride, padding=1, padding_mode="reflect")


class ContentEncoder(nn.Module):
    """A picture to maps at 1/4 and 1/8 of its side."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.stem = _conv(12, channels[0])
        self.first = _conv(channels[0], channels[1], 2)
        self.second = _conv(channels[1], channels[2], 2)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """[B, 3, H, W] in [-1, 1] to [B, C1, H/4, W/4] and [B, C2, H/8, W/8]."""
        x = F.pixel_unshuffle(images, 2).contiguous(memory_format=torch.channels_last)
        beside = F.relu(self.first(F.relu(self.stem(x))))
        return beside, self.second(beside)


class StyleEncoder(nn.Module):
    """A picture to mean and log variance of its style code, through statistics of its maps and of its colours."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        sizes = (3, *config.style_channels)
        self.stages = nn.ModuleList(_conv(a, b, 2) for a, b in pairwise(sizes))
        self.hidden = nn.Linear(2 * sum(sizes) + 3, config.hidden)
        self.head = nn.Linear(config.hidden, 2 * config.code)

    def forward(self, images: Tensor, weight: Tensor | None = None,
                dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        """Images [B, 3, H, W] in [-1, 1] and the weight [B, 1, H, W] of every place to mean, log variance [B, D]."""
        found = [self._moments(images, weight)]
        mean, deviation = channel_statistics(images, weight)
        even = (images - mean) / deviation
        products = torch.stack([even[:, 0] * even[:, 1], even[:, 1] * even[:, 2], even[:, 0] * even[:, 2]], 1)
        found.append(channel_statistics(products, weight)[0].flatten(1))
        x = images.to(dtype).contiguous(memory_format=torch.channels_last)
        for stage in self.stages:
            x = F.leaky_relu(stage(x), 0.1)
            found.append(self._moments(x.float(), None if weight is None else F.interpolate(
                weight, size=x.shape[-2:], mode="area")))
        out = self.head(F.leaky_relu(self.hidden(torch.cat(found, 1)), 0.1))
        mean, log_variance = out.chunk(2, 1)
        return mean, log_variance.clamp(*_LOG_VARIANCE)

    @staticmethod
    def _moments(x: Tensor, weight: Tensor | None) -> Tensor:
        return torch.cat([moment.flatten(1) for moment in channel_statistics(x, weight)], 1)


class Decoder(nn.Module):
    """Content maps and a style code to a picture; every normalisation takes mean and deviation from the code."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        fine, middle, coarse = config.channels
        last = max(8, fine // 2)
        self.coarse = nn.ModuleList(_conv(coarse, coarse) for _ in range(2 * config.blocks))
        self.up_middle = _conv(coarse, middle)
        self.beside = Conv(middle, middle, 1)
        self.middle = nn.ModuleList(_conv(middle, middle) for _ in range(2))
        self.up_fine = _conv(middle, fine)
        self.fine = _conv(fine, last)
        self.last = _conv(last, 3)
        self.widths = (*(coarse,) * (2 * config.blocks + 1), *(middle,) * 3, fine, 3)
        self.steer = nn.Sequential(nn.Linear(config.code, config.hidden), nn.LeakyReLU(0.1),
                                   nn.Linear(config.hidden, config.hidden), nn.LeakyReLU(0.1),
                                   nn.Linear(config.hidden, 2 * sum(self.widths)))

    def forward(self, beside: Tensor, x: Tensor, code: Tensor, weight: Tensor | None = None) -> Tensor:
        """The maps of ``ContentEncoder`` and a code [B, D] to [B, 3, H, W] in [-1, 1], float32."""
        styles = iter(self.steer(code.float()).split([2 * width for width in self.widths], 1))
        weights: dict[int, Tensor | None] = {}

        def styled(maps: Tensor) -> Tensor:
            if maps.shape[-1] not in weights:
                weights[maps.shape[-1]] = None if weight is None else F.interpolate(
                    weight, size=maps.shape[-2:], mode="area")
            mean, deviation = next(styles)[..., None, None].chunk(2, 1)
            made = adain(maps.float(), mean, 1 + deviation, weights[maps.shape[-1]])
            return made.to(maps.dtype).contiguous(memory_format=torch.channels_last)

        convolutions = list(self.coarse)
        for first, second in zip(convolutions[::2], convolutions[1::2], strict=True):
            x = x + second(F.relu(styled(first(F.relu(styled(x))))))
        x = self.up_middle(F.relu(styled(x)))
        x = F.interpolate(x, scale_factor=2.0, mode="nearest") + self.beside(beside)
        first, second = self.middle
        x = x + second(F.relu(styled(first(F.relu(styled(x))))))
        x = self.up_fine(F.relu(styled(x)))
        x = F.relu(styled(F.interpolate(x, scale_factor=2.0, mode="nearest")))
        # At full size only the colours are normalised: more would cost as much as all the rest together.
        x = F.interpolate(F.relu(self.fine(x)), scale_factor=2.0, mode="bilinear", align_corners=False)
        return torch.tanh(styled(self.last(x).float()))


class StyleNetwork(nn.Module):
    """Content encoder, style encoder and decoder (docs/methods/style.md, Network), at any size."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config = config
        self.content = ContentEncoder(config.channels)
        self.style = StyleEncoder(config)
        self.decoder = Decoder(config)

    def encode(self, images: Tensor, weight: Tensor | None = None,
               dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        """Mean and log variance [B, D] of the style of images [B, 3, H, W] in [-1, 1], where weight says."""
        return self.style(images, weight, dtype)

    def forward(self, images: Tensor, code: Tensor, weight: Tensor | None = None,
                dtype: torch.dtype = torch.float32) -> Tensor:
        """Images [B, 3, H, W] in [-1, 1] in the style of code [B, D]; H and W multiples of ``MULTIPLE``.

        Args:
            images: the contents.
            code: the styles.
            weight: [B, 1, H, W] in 0..1, the part that takes on the style's statistics; None = all of it.
            dtype: of the activations.
        """
        beside, x = self.content(images.to(dtype))
        return self.decoder(beside, x, code, weight)


class Stylist:
    """The network ready for use.

    Args:
        network: trained.
        device: where to compute.
        dtype: of the activations; None = what is fastest there.
    """

    def __init__(self, network: StyleNetwork, device: torch.device | str = "cpu",
                 dtype: torch.dtype | None = None) -> None:
        self.device = torch.device(device)
        self.dtype = dtype or fast_dtype(self.device)
        self.network = network.to(self.device).eval().requires_grad_(False)

    @property
    def code_size(self) -> int:
        return self.network.config.code

    @torch.no_grad()
    def encode(self, images: Tensor, weight: Tensor | None = None) -> Tensor:
        """The mean style code [1, D] of a picture [1, 3, H, W] in [-1, 1] of any size from ``SMALLEST``."""
        images = images.to(self.device)
        return self.network.encode(images, None if weight is None else weight.to(self.device), self.dtype)[0]

    @torch.no_grad()
    def apply(self, images: Tensor, code: Tensor, weight: Tensor | None = None,
              check: Callable[[], None] = lambda: None) -> Tensor:
        """A picture [1, 3, H, W] in [-1, 1] of any size from ``SMALLEST`` in the style of code [1, D].

        The mean of results for the picture at ``SHIFTS``, which the network's grid moves against: what hangs on the
        grid and not on the picture, a lattice of dots, cancels. At the borders the picture goes on as its reflection.

        Args:
            images, code: content and style.
            weight: [1, 1, H, W] in 0..1, the part that takes on the style's statistics; None = all of it.
            check: called before each of the results; may raise to end this.
        """
        height, width = images.shape[-2:]
        total = torch.zeros(images.shape, device=self.device)
        for shift in SHIFTS:
            check()
            border = (shift, -(width + shift) % MULTIPLE, shift, -(height + shift) % MULTIPLE)
            padded = F.pad(images.to(self.device), border, mode="reflect")
            where = None if weight is None else F.pad(weight.to(self.device), border, mode="constant")
            made = self.network(padded, code.to(self.device), where, self.dtype)
            total += made[..., shift:shift + height, shift:shift + width]
        return total / len(SHIFTS)


def load_stylist(pack: PackLike, device: torch.device | str = "cpu", dtype: torch.dtype | None = None) -> Stylist:
    """The style network of a pack.

    Raises:
        ModelFileError: missing, damaged or of another architecture than the manifest says.
    """
    network = load_network(pack, "style", "style network", lambda config: StyleNetwork(StyleConfig.from_dict(config)))
    return Stylist(network, device, dtype)
