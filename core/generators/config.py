"""The sizes of a StyleGAN2 network, shared by inference, training and import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of a network, as a manifest holds them; every field has a default."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """From a manifest entry; unknown keys are ignored, a row of numbers may be a list."""
        known = {key: data[key] for key in cls.__dataclass_fields__ if key in data}
        for field in fields(cls):
            if field.name in known and isinstance(field.default, tuple):
                known[field.name] = tuple(int(value) for value in known[field.name])
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form for the manifest."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


@dataclass(frozen=True)
class GeneratorConfig(NetworkConfig):
    """Architecture of a skip-RGB StyleGAN2 generator.

    Attributes:
        resolution: output side in pixels, a power of two of at least 8.
        z_dim, w_dim: latent lengths.
        mapping_layers: fully connected layers of the mapping network.
        channels: channels of each block, 4 px first.
        image_channels: 3 for colour.
        feature_resolution: block whose first activation receives an added feature map F, 0 for none.
        mapping_lr: learning-rate multiplier that the mapping weights are stored with.
    """

    resolution: int = 128
    z_dim: int = 256
    w_dim: int = 256
    mapping_layers: int = 4
    channels: tuple[int, ...] = (256, 256, 192, 128, 64, 32)
    image_channels: int = 3
    feature_resolution: int = 32
    mapping_lr: float = 0.01

    def __post_init__(self) -> None:
        if self.resolution < 8 or self.resolution & (self.resolution - 1):
            raise ValueError(f"resolution {self.resolution} is not a power of two of at least 8")
        if len(self.channels) != len(self.resolutions):
            raise ValueError(f"{len(self.channels)} channel counts for {len(self.resolutions)} blocks")
        if self.feature_resolution and self.feature_resolution not in self.resolutions[1:]:
            raise ValueError(f"no block has the feature resolution {self.feature_resolution}")

    @classmethod
    def official(cls, resolution: int, *, channel_base: int = 32768, channel_max: int = 512, z_dim: int = 512,
                 w_dim: int = 512, mapping_layers: int = 8, feature_resolution: int = 32) -> GeneratorConfig:
        """Channels min(channel_base / resolution, channel_max), as the official networks have them."""
        sides = [1 << i for i in range(2, resolution.bit_length())]
        return cls(resolution, z_dim, w_dim, mapping_layers,
                   tuple(min(channel_base // side, channel_max) for side in sides),
                   feature_resolution=min(feature_resolution, resolution))

    @property
    def resolutions(self) -> tuple[int, ...]:
        """Block sides, 4 first."""
        return tuple(1 << i for i in range(2, self.resolution.bit_length()))

    @property
    def layers(self) -> int:
        """Number of W+ vectors, 2 log2(R) - 2."""
        return 2 * len(self.resolutions)

    @property
    def feature_channels(self) -> int:
        """Channels of F, 0 when the network takes none."""
        if not self.feature_resolution:
            return 0
        return self.channels[self.resolutions.index(self.feature_resolution)]
