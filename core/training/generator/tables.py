"""Measures a finished generator and stores what its recipes need: channels by region, latents, natural features."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import InputRefused
from core.faces.face import REGIONS
from core.faces.regions import load_regions
from core.generators.encoder import StarterEncoder
from core.generators.load import load_encoder, load_generator
from core.generators.stylegan2 import StyleGAN2
from core.losses.feature_net import load_features
from core.losses.frechet import Gaussian, frechet_distance, gaussian_of, pooled_gaussian, position_rows
from core.losses.perceptual import Features
from core.models.pack import Pack, open_pack
from core.models.tables import BY_CLUSTERS, BY_NET, NAME
from core.training.data.images import load_portraits
from core.training.generator.clusters import Clusters, fit_clusters
from core.training.kit.export import write_component
from core.training.kit.options import add_shared

ORDER = ("hair", "background", "clothes", "skin", "eyes", "brows", "lips")
"""Order of the regions in the tables."""
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""Feature layers of the natural statistics; those that a pack's pictures are too small for are left out."""
Masks = Callable[[Tensor], Tensor]
"""Pictures [B, 3, R, R] in [-1, 1] to soft memberships [B, K, s, s], regions in ``ORDER``."""
_BATCH = 4


def net_masks(pack: Pack) -> Masks:
    """Memberships by the pack's regions net: softmax of its class logits, mirrored views averaged."""
    net, side = load_regions(pack.path("regions")), int(pack.config("regions").get("input", 256))
    order = [REGIONS.index(name) for name in ORDER]

    def masks(images: Tensor) -> Tensor:
        pixels = ((images.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
        crops = np.stack([cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR) for picture in pixels])
        logits = (net.logits(crops) + net.logits(crops[:, :, ::-1])[:, :, ::-1]) / 2
        soft = torch.softmax(torch.from_numpy(np.ascontiguousarray(logits[..., order])), dim=3)
        return soft.permute(0, 3, 1, 2).to(images.device)

    return masks


@torch.no_grad()
def encode_all(encoder: StarterEncoder, images: Tensor) -> Tensor:
    """W+ [N, layers, w_dim] float32 of portraits [N, 3, R, R] uint8, on the encoder's device."""
    return torch.cat([encoder.encode(part.to(encoder.device).float() / 127.5 - 1)[0] for part in images.split(16)])


def random_codes(generator: StyleGAN2, count: int, seed: int) -> Tensor:
    """W+ [count, layers, w_dim] of random z."""
    z = torch.randn(count, generator.config.z_dim, generator=torch.Generator().manual_seed(seed))
    return generator.map(z)[:, None].expand(-1, generator.config.layers, -1)


class EnergySum:
    """Adds up A^2 U over pictures; see ``core.models.tables.ChannelTable``."""

    def __init__(self) -> None:
        self._energy: list[Tensor] = []
        self._area = torch.zeros(())
        self._pictures = 0

    def add(self, inputs: Sequence[Tensor], memberships: Tensor) -> None:
        """Take in what the styles multiply, [B or 1, C, r, r] each, with the memberships [B, K, s, s]."""
        count = memberships.shape[0]
        by_side: dict[int, Tensor] = {}
        found = []
        for value in inputs:
            side = value.shape[-1]
            if side not in by_side:
                by_side[side] = _resized(memberships, side).flatten(2)
            squares = value.float().square().expand(count, -1, -1, -1).flatten(2)
            energy = torch.bmm(by_side[side], squares.transpose(1, 2)) / side**2
            found.append(energy.double().sum(0).cpu())
        area = memberships.double().mean((2, 3)).sum(0).cpu()
        self._energy = [a + b for a, b in zip(self._energy, found, strict=True)] if self._energy else found
        self._area = self._area + area
        self._pictures += count

    def tensors(self) -> dict[str, Tensor]:
        """energy [K, all channels] and area [K], float32 means over the pictures."""
        return {"energy": (torch.cat(self._energy, 1) / self._pictures).float(),
                "area": (self._area / self._pictures).float()}


def _resized(memberships: Tensor, side: int) -> Tensor:
    """Memberships at another side: averaged down, or linearly up."""
    have = memberships.shape[-1]
    if side == have:
        return memberships
    if side < have:
        return F.adaptive_avg_pool2d(memberships, side)
    return F.interpolate(memberships, size=(side, side), mode="bilinear", align_corners=False)


def middle_layer(generator: StyleGAN2) -> int:
    """Index, among the style inputs, of the activations that are clustered: a quarter of the resolution."""
    side = max(4, generator.config.resolution // 4)
    block = generator.config.resolutions.index(side)
    # 4 px has conv1 and ToRGB, every other block three styles; ToRGB sees the block's last activations.
    return 1 + 3 * block


def _pictures(generator: StyleGAN2, codes: Tensor) -> Iterator[tuple[Tensor, list[Tensor]]]:
    """Pictures of W+ codes and what the styles multiply, in batches."""
    for part in codes.split(_BATCH):
        with torch.no_grad():
            yield generator.style_inputs(generator.styles(part))


def _fit(generator: StyleGAN2, masks: Masks, codes: Tensor, clusters: int, seed: int) -> Clusters:
    """Clusters of random positions of the pictures of codes."""
    source = torch.Generator().manual_seed(seed)
    rows, names = [], []
    for picture, inputs in _pictures(generator, codes):
        value = inputs[middle_layer(generator)].float()
        regions = _resized(masks(picture), value.shape[-1])
        flat = value.permute(0, 2, 3, 1).flatten(0, 2)
        kept = torch.randperm(len(flat), generator=source)[: 192 * len(value)].to(flat.device)
        rows.append(flat[kept])
        names.append(regions.permute(0, 2, 3, 1).flatten(0, 2)[kept])
    return fit_clusters(torch.cat(rows), torch.cat(names), count=clusters, seed=seed)


def channel_tables(generator: StyleGAN2, masks: Masks, codes: Tensor, *, clusters: int = 24,
                   seed: int = 0) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Channel-region tables of the pictures of codes [N, layers, w_dim], by the regions net and by clustering.

    Returns:
        tensors: regions.energy, regions.area, clusters.energy, clusters.area.
        figures: "cluster_iou" by region, of the clusters' memberships with the net's, and "clusters" by region.
    """
    # An odd step, so that portraits and random samples, which take turns, are both among them.
    found = _fit(generator, masks, codes[:: len(codes) // 96 | 1], clusters, seed)
    sums = {BY_NET: EnergySum(), BY_CLUSTERS: EnergySum()}
    both, either = torch.zeros(len(ORDER)), torch.zeros(len(ORDER))
    for picture, inputs in _pictures(generator, codes):
        by_net = masks(picture)
        by_clusters = found.memberships(inputs[middle_layer(generator)])
        sums[BY_NET].add(inputs, by_net)
        sums[BY_CLUSTERS].add(inputs, by_clusters)
        small = _resized(by_net, by_clusters.shape[-1])
        both += torch.minimum(small, by_clusters).sum((0, 2, 3)).cpu()
        either += torch.maximum(small, by_clusters).sum((0, 2, 3)).cpu()
    tensors = {f"{by}.{name}": value for by, total in sums.items() for name, value in total.tensors().items()}
    iou = (both / either.clamp(min=1e-6)).tolist()
    counts = torch.bincount(found.regions.cpu(), minlength=len(ORDER)).tolist()
    return tensors, {"cluster_iou": dict(zip(ORDER, (round(value, 3) for value in iou), strict=True)),
                     "clusters": dict(zip(ORDER, counts, strict=True))}


def _directions(rows: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Main directions [count, D] (unit length) and deviations [count] of centred rows [N, D], by singular values."""
    count = min(count, *rows.shape)
    _, values, vectors = torch.linalg.svd(rows, full_matrices=False)
    return vectors[:count], values[:count] / len(rows) ** 0.5


def latent_tables(w_plus: Tensor, *, directions: int = 32) -> dict[str, Tensor]:
    """Mean, spread and main directions of encoded portraits [N, layers, w_dim], as W, as W+ and per layer of W+."""
    codes = w_plus.detach().double().cpu()
    layers, length = codes.shape[1:]
    mean = codes.mean(0)
    centred = codes - mean
    shared = centred.mean(1)
    w_lines, w_deviations = _directions(shared, directions)
    lines, deviations = _directions(centred.flatten(1), directions)
    each = [_directions(centred[:, layer], directions) for layer in range(layers)]
    found = {
        "w.mean": mean.mean(0), "w.spread": shared.square().sum(1).mean().sqrt().reshape(1),
        "w.deviations": w_deviations, "w_plus.mean": mean,
        "w_plus.spread": centred.square().sum(2).mean(0).sqrt(), "w_plus.deviations": deviations,
        "layers.deviations": torch.stack([part[1] for part in each]),
    }
    unit = {"w.directions": w_lines, "w_plus.directions": lines.view(-1, layers, length),
            "layers.directions": torch.stack([part[0] for part in each])}
    return {**{name: value.float() for name, value in found.items()},
            **{name: value.half() for name, value in unit.items()}}


@torch.no_grad()
def natural_tables(net: Features, images: Tensor) -> dict[str, Tensor]:
    """Mean, covariance and typical score per feature layer over portraits [N, 3, R, R] uint8, all positions."""
    layers = [name for name in LAYERS if images.shape[-1] >> (int(name[4]) - 1) >= 2]
    own: dict[str, list[Gaussian]] = {name: [] for name in layers}
    for part in images.split(_BATCH):
        for name, value in net.extract(part.float() / 127.5 - 1, layers).items():
            own[name] += [gaussian_of(position_rows(value[index : index + 1])) for index in range(len(part))]
    found = {}
    for name in layers:
        whole = pooled_gaussian(own[name])
        typical = float(np.mean([frechet_distance(each, whole) for each in own[name]]))
        found[f"natural.{name}.mean"] = torch.from_numpy(whole.mean).float()
        found[f"natural.{name}.covariance"] = torch.from_numpy(whole.covariance).float()
        found[f"natural.{name}.typical"] = torch.tensor([max(typical, 1e-12)])
    return found


@dataclass(frozen=True)
class Sizes:
    """How much is measured: pictures of each kind, portraits for the feature statistics, clusters, directions."""

    pictures: int = 160
    natural: int = 400
    clusters: int = 24
    directions: int = 32


def make_tables(pack: Pack, portraits: Tensor, masks: Masks, *, sizes: Sizes, seed: int = 0,
                device: torch.device | str = "cpu",
                say: Callable[[str], None] = lambda text: None) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and configuration of the component, from portraits [N, 3, R, R] uint8 at the generator's side."""
    generator = load_generator(pack, device=device, dtype=torch.float32)
    encoder = load_encoder(pack, device=device)
    codes = encode_all(encoder, portraits)
    say(f"{len(codes)} portraits encoded")
    tensors = latent_tables(codes, directions=sizes.directions)
    chosen = codes[_spread(len(codes), sizes.pictures)]
    drawn = random_codes(generator, sizes.pictures, seed)
    mixed = torch.stack([chosen, drawn[: len(chosen)]], 1).flatten(0, 1)
    channels, figures = channel_tables(generator, masks, mixed, clusters=sizes.clusters, seed=seed)
    say(f"channels by region: {json.dumps(figures)}")
    natural = natural_tables(load_features(pack, device=device), portraits[_spread(len(portraits), sizes.natural)])
    say("natural features measured")
    config = {
        "kind": NAME, "regions": list(ORDER), "sizes": [int(s.shape[1]) for s in generator.styles(codes[:1])],
        "natural": [name[8:-5] for name in natural if name.endswith(".mean")], "side": int(portraits.shape[-1]),
        "generator": pack.component("generator").sha256, "portraits": len(portraits), "pictures": len(mixed),
        "seed": seed, **figures,
    }
    return {**channels, **tensors, **natural}, config


def _spread(have: int, wanted: int) -> Tensor:
    """Indices of ``wanted`` of ``have`` items, evenly apart; all of them when there are fewer."""
    return torch.linspace(0, have - 1, min(have, wanted)).round().long()


def figures_of(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, int]]:
    """How many channels lie mostly (0.75, per area) in each region, by the source of the memberships."""
    found = {}
    for by in (BY_NET, BY_CLUSTERS):
        energy, area = tensors[f"{by}.energy"], tensors[f"{by}.area"].clamp(min=1e-6)
        inside = energy / area[:, None]
        outside = (energy.sum(0) - energy) / (1 - area).clamp(min=1e-6)[:, None]
        counts = (inside / (inside + outside).clamp(min=1e-20) > 0.75).sum(1).tolist()
        found[by] = dict(zip(ORDER, counts, strict=True))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(prog="core train tables", description=__doc__)
    parser.add_argument("--pack", required=True, help="name or folder of a pack with generator, encoder, regions")
    add_shared(parser, "data")
    parser.add_argument("--pictures", type=int, default=Sizes.pictures,
                        help="encoded portraits and random samples, each, for the channel tables")
    parser.add_argument("--natural", type=int, default=Sizes.natural, help="portraits for the feature statistics")
    parser.add_argument("--clusters", type=int, default=Sizes.clusters)
    parser.add_argument("--directions", type=int, default=Sizes.directions, help="main directions of each space")
    add_shared(parser, "seed", "device", "threads")
    arguments = parser.parse_args(argv)
    if min(arguments.pictures, arguments.natural, arguments.clusters, arguments.directions, arguments.threads) < 1:
        raise InputRefused("The tables cannot be made.", "Every number of the command must be at least 1.",
                           "See `python -m core train tables --help`.")
    torch.set_num_threads(arguments.threads)
    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    began = time.monotonic()
    pack = open_pack(arguments.pack)
    portraits = load_portraits(arguments.data, "train", int(pack.config("generator")["resolution"])).images
    sizes = Sizes(arguments.pictures, arguments.natural, arguments.clusters, arguments.directions)
    tensors, config = make_tables(pack, portraits, net_masks(pack), sizes=sizes, seed=arguments.seed, device=device,
                                  say=lambda text: print(text, flush=True))
    write_component(pack.folder, NAME, tensors, config)
    size = (pack.folder / f"{NAME}.safetensors").stat().st_size
    print(json.dumps({"seconds": round(time.monotonic() - began), "bytes": size, "channels": figures_of(tensors)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
