"""What was measured about a pack's generator: channels by region, latents of real portraits, natural features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from core.errors import ModelFileError
from core.models.pack import Pack

NAME = "tables"
"""Name of the component."""
BY_NET, BY_CLUSTERS = "regions", "clusters"
"""Where the memberships of a channel table come from: the regions net, or clustered activations."""
_WHAT = "The tables of the model pack cannot be used."
_ADVICE = "Make them anew with `python -m core train tables`, or install the pack again."

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ChannelTable:
    """Where in the picture each channel of S space acts (docs/methods/stylefusion.md, Channel table).

    Attributes:
        regions: names, K of them.
        sizes: channels of each style, in the generator's order; C in all.
        energy: [K, C], mean over pictures and positions of A^2 U. A is the activation that the style multiplies (how
            much the picture answers to that style, at that position), U the soft membership in the region.
        area: [K], mean of U.
    """

    regions: tuple[str, ...]
    sizes: tuple[int, ...]
    energy: Array
    area: Array

    def matrix(self) -> Array:
        """M [K, C]: share of each channel's energy that lies in each region; columns add up to 1."""
        return self.energy / np.maximum(self.energy.sum(axis=0), 1e-20)

    def belongs(self, names: Sequence[str], *, per_area: bool = True) -> Array:
        """[C] in 0..1: how much each channel belongs to a group of regions; 1 = to it alone, 0.5 = evenly to both.

        Args:
            names: the regions of the group; everything else is the other side.
            per_area: compare energy per area, so that small regions have channels too; else energy
                (docs/methods/stylefusion.md, Channel table).

        Raises:
            KeyError: an unknown region.
        """
        unknown = set(names) - set(self.regions)
        if unknown:
            raise KeyError(f"no regions {sorted(unknown)}; there are {self.regions}")
        chosen = np.isin(np.array(self.regions), list(names))
        inside, outside = self.energy[chosen].sum(axis=0), self.energy[~chosen].sum(axis=0)
        if per_area:
            inside = inside / max(float(self.area[chosen].sum()), 1e-6)
            outside = outside / max(float(self.area[~chosen].sum()), 1e-6)
        return (inside / np.maximum(inside + outside, 1e-20)).astype(np.float32)

    def split(self, values: Array) -> list[Array]:
        """Values per channel [C] as one array per style."""
        return np.split(values, np.cumsum(self.sizes)[:-1])


@dataclass(frozen=True, eq=False)
class LatentTable:
    """Encoded portraits in one latent space.

    Attributes:
        mean: [...], of the space's own shape: [w_dim], or [layers, w_dim].
        spread: [1] or [layers]: root of the mean squared distance from the mean, per vector.
        directions: [P, ...] main directions of unit length, strongest first.
        deviations: [P] standard deviation along each.
    """

    mean: Array
    spread: Array
    directions: Array
    deviations: Array


@dataclass(frozen=True, eq=False)
class NaturalLayer:
    """One layer of the pack's feature net over positions of portraits.

    Attributes:
        mean: [C].
        covariance: [C, C].
        typical: mean Frechet distance of the positions of one portrait to these.
    """

    mean: Array
    covariance: Array
    typical: float


@dataclass(frozen=True, eq=False)
class Tables:
    """Everything in the component.

    Attributes:
        channels: by where the memberships come from, ``BY_NET`` and ``BY_CLUSTERS``.
        w: encoded portraits as one vector each (mean over the layers), directions [P, w_dim].
        w_plus: encoded portraits as one vector per layer, directions [P, layers, w_dim] of all layers together.
        layers: the same per layer: directions [layers, w_dim] of W+ by strength, one table per layer.
        natural: feature statistics by layer name.
        side: pixels per side that the feature statistics were made at.
    """

    channels: Mapping[str, ChannelTable]
    w: LatentTable
    w_plus: LatentTable
    layers: tuple[LatentTable, ...]
    natural: Mapping[str, NaturalLayer]
    side: int


def load_tables(pack: Pack) -> Tables:
    """The tables of a pack.

    Raises:
        ModelFileError: missing, damaged, of other shapes than described, or made with another generator.
    """
    config = pack.config(NAME)
    if config.get("generator") != pack.component("generator").sha256:
        raise ModelFileError(_WHAT, "They were made with another generator than the pack's.", _ADVICE)
    path = pack.path(NAME)
    try:
        arrays = {name: value.astype(np.float32) for name, value in load_file(str(path)).items()}
        tables = _assemble(arrays, config, pack.config("generator"))
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise ModelFileError(_WHAT, f"{error}.", _ADVICE) from error
    return tables


def _assemble(arrays: Mapping[str, Array], config: Mapping[str, Any], generator: Mapping[str, Any]) -> Tables:
    regions, sizes = tuple(map(str, config["regions"])), tuple(map(int, config["sizes"]))
    layers, length = 2 * (int(generator["resolution"]).bit_length() - 2), int(generator["w_dim"])
    names = tuple(map(str, config["natural"]))

    def take(name: str, *shape: int) -> Array:
        value = arrays[name]
        if value.ndim != len(shape) or any(s not in (-1, have) for s, have in zip(shape, value.shape, strict=True)):
            raise ValueError(f"{name} has shape {value.shape}, {shape} is expected")
        if not np.isfinite(value).all():
            raise ValueError(f"{name} holds values that are not finite")
        return value

    channels = {
        by: ChannelTable(regions, sizes, take(f"{by}.energy", len(regions), sum(sizes)),
                         take(f"{by}.area", len(regions)))
        for by in (BY_NET, BY_CLUSTERS)
    }
    w = LatentTable(take("w.mean", length), take("w.spread", 1), take("w.directions", -1, length),
                    take("w.deviations", -1))
    w_plus = LatentTable(take("w_plus.mean", layers, length), take("w_plus.spread", layers),
                         take("w_plus.directions", -1, layers, length), take("w_plus.deviations", -1))
    directions = take("layers.directions", layers, -1, length)
    deviations = take("layers.deviations", layers, directions.shape[1])
    each = tuple(LatentTable(w_plus.mean[i], w_plus.spread[i : i + 1], directions[i], deviations[i])
                 for i in range(layers))
    natural = {}
    for name in names:
        mean = take(f"natural.{name}.mean", -1)
        covariance = take(f"natural.{name}.covariance", len(mean), len(mean))
        natural[name] = NaturalLayer(mean, covariance, float(take(f"natural.{name}.typical", 1)[0]))
    return Tables(channels, w, w_plus, each, natural, int(config["side"]))
