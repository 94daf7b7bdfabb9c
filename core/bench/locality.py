"""How local StyleFusion's changes are: random changes of one region's code, measured inside and outside of the region.

The evidence is StyleFusion's: heat maps over 500 samples (docs/methods/quality.md, Locality). Beside FusionNet stand
its own tree before training, and the fusion that takes only the channels that surely belong to the region
(docs/methods/stylefusion.md, Channel table). Which pixels belong to a region is the regions net's word, which none of
them was trained to please in these pictures.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import InputRefused
from core.faces.face import REGIONS
from core.faces.regions import load_regions
from core.generators.fusion import mix_styles, region_weights
from core.generators.fusion_net import LEAVES, NODES, FusionNet, StyleLayout, load_fusion, unpack_styles
from core.generators.load import load_encoder, load_generator
from core.generators.stylegan2 import StyleGAN2
from core.models.pack import Pack, open_pack
from core.models.tables import BY_NET, ChannelTable, load_tables
from core.training.data.images import load_portraits
from core.training.fusion.train import untrained
from core.training.generator.tables import ORDER, Masks

_BATCH = 4
_RESAMPLES = 1000
Fuse = Callable[[Tensor, Tensor, str], Tensor]
"""Own codes [B, C], other codes [B, C] and a leaf to fused codes [B, C]."""


@dataclass(eq=False)
class Heat:
    """What changing one region by one method did.

    Attributes:
        total: [R, R] sum of the mean absolute change, 8-bit levels.
        inside, outside: mean change per picture, levels.
    """

    total: NDArray[np.float64]
    inside: list[float]
    outside: list[float]

    def figures(self, seed: int) -> dict[str, float]:
        """Means, the ratio of the means, and its 95 % bootstrap interval."""
        inside, outside = np.array(self.inside), np.array(self.outside)
        drawn = np.random.default_rng(seed).integers(0, len(inside), (_RESAMPLES, len(inside)))
        ratios = inside[drawn].mean(axis=1) / np.maximum(outside[drawn].mean(axis=1), 1e-9)
        low, high = np.quantile(ratios, (0.025, 0.975))
        return {"inside": float(inside.mean()), "outside": float(outside.mean()),
                "ratio": float(inside.mean() / max(float(outside.mean()), 1e-9)), "low": float(low),
                "high": float(high)}


def one_view(pack: Pack) -> Masks:
    """Memberships by the regions net, each picture seen once: thousands of them are asked for."""
    net, size = load_regions(pack.path("regions")), int(pack.config("regions").get("input", 256))
    order = [REGIONS.index(name) for name in ORDER]

    def masks(images: Tensor) -> Tensor:
        grown = torch.nn.functional.interpolate(images.float(), size=(size, size), mode="bilinear")
        pixels = ((grown.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
        logits = torch.from_numpy(np.ascontiguousarray(net.logits(pixels)[..., order]))
        return torch.softmax(logits, 3).permute(0, 3, 1, 2)

    return masks


def by_network(net: FusionNet) -> Fuse:
    """One leaf from the other code; everything else, alignment codes too, one's own."""

    def fuse(own: Tensor, other: Tensor, leaf: str) -> Tensor:
        leaves = dict.fromkeys(LEAVES, own) | {leaf: other}
        return net(leaves, {node.name: own for node in NODES})

    return fuse


def by_table(table: ChannelTable, sizes: tuple[int, ...]) -> Fuse:
    """The channels that belong to the leaf's regions (docs/methods/stylefusion.md, Channel table)."""

    def fuse(own: Tensor, other: Tensor, leaf: str) -> Tensor:
        mixed = mix_styles(unpack_styles(own, sizes), unpack_styles(other, sizes), region_weights(table, LEAVES[leaf]))
        return torch.cat(mixed, 1)

    return fuse


@torch.no_grad()
def measure(generator: StyleGAN2, masks: Masks, codes: Tensor, features: Tensor | None, pairs: Tensor,
            methods: dict[str, Fuse], say: Callable[[str], None] = lambda text: None) -> dict[tuple[str, str], Heat]:
    """Heat by leaf and method.

    Args:
        generator: paints.
        masks: memberships of pictures, regions in ``core.training.generator.tables.ORDER``.
        codes: [N, C] packed codes of portraits.
        features: [N, ...] their feature maps to paint with, or None.
        pairs: [M, 2] whose portrait is changed, and whose code its region gets.
        methods: by name.
        say: receives progress.
    """
    side = generator.spec.resolution
    sizes = StyleLayout.of(generator.config).sizes
    found = {(leaf, name): Heat(np.zeros((side, side)), [], []) for leaf in LEAVES for name in methods}
    for number, part in enumerate(pairs.split(_BATCH)):
        own, other = codes[part[:, 0]], codes[part[:, 1]]
        maps = None if features is None else features[part[:, 0]].float()
        before = generator.synthesize_styles(unpack_styles(own, sizes), None, maps)
        where = masks(before)
        for (leaf, name), heat in found.items():
            after = generator.synthesize_styles(unpack_styles(methods[name](own, other, leaf), sizes), None, maps)
            _add(heat, before, after, _region(where, masks(after), leaf, side))
        say(f"{min(len(pairs), (number + 1) * _BATCH)} of {len(pairs)} changes")
    return found


def _region(before: Tensor, after: Tensor, leaf: str, side: int) -> Tensor:
    """Weight [B, R, R] of a leaf before or after the change: new hair may lie beside the old one."""
    rows = [ORDER.index(region) for region in LEAVES[leaf]]
    inside = torch.maximum(before[:, rows].sum(1), after[:, rows].sum(1))[:, None]
    return torch.nn.functional.interpolate(inside, size=(side, side), mode="area")[:, 0]


def _add(heat: Heat, before: Tensor, after: Tensor, region: Tensor) -> None:
    apart = (after - before).abs().mean(1).mul(127.5)
    heat.total += apart.sum(0).double().cpu().numpy()
    for change, weight in zip(apart, region, strict=True):
        for values, share in ((heat.inside, weight), (heat.outside, 1 - weight)):
            values.append(float((change * share).sum() / share.sum().clamp(min=1.0)))


def sheet(found: dict[tuple[str, str], Heat], methods: list[str], count: int) -> NDArray[np.uint8]:
    """Heat maps [H, W, 3] RGB: a row per method, a column per leaf, one scale for all of a column."""
    size, head = 192, 22
    rows = []
    for name in methods:
        tiles = []
        for leaf in LEAVES:
            top = max(float(np.quantile(found[leaf, other].total, 0.999)) for other in methods)
            level = np.clip(found[leaf, name].total / max(top, 1e-9) * 255, 0, 255).astype(np.uint8)
            level = np.asarray(cv2.resize(level, (size, size), interpolation=cv2.INTER_CUBIC), np.uint8)
            tile = cv2.copyMakeBorder(cv2.applyColorMap(level, cv2.COLORMAP_INFERNO), head, 4, 2, 2,
                                      cv2.BORDER_CONSTANT, value=(255, 255, 255))
            text = f"{leaf}, {name}: {top / count:.0f}"
            cv2.putText(tile, text, (4, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
            tiles.append(tile)
        rows.append(np.concatenate(tiles, axis=1))
    return np.ascontiguousarray(np.concatenate(rows, axis=0)[..., ::-1])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument("--pack", default="starter", help="name or folder of the model pack")
    parser.add_argument("--data", type=Path, required=True, help="folder with images, hair and index.csv")
    parser.add_argument("--changes", type=int, default=500, help="random changes per region (default 500)")
    parser.add_argument("--features", action="store_true",
                        help="paint with each portrait's own feature map, as the recipe does where nothing changes")
    parser.add_argument("--out", type=Path, default=Path("bench-locality"),
                        help="folder for locality.csv and locality.png")
    parser.add_argument("--seed", type=int, default=0)


def run(arguments: argparse.Namespace) -> int:
    """Measure, write figures and heat maps."""
    if arguments.changes < 1:
        raise InputRefused("There is nothing to measure.", "--changes must be at least 1.")
    pack = open_pack(arguments.pack)
    generator = load_generator(pack, dtype=torch.float32)
    layout = StyleLayout.of(generator.config)
    table, net = load_tables(pack).channels[BY_NET], load_fusion(pack)
    methods = {"network": by_network(net), "untrained": by_network(untrained(layout, table, net.hidden)),
               "table": by_table(table, layout.sizes)}
    images = load_portraits(arguments.data, "val", generator.config.resolution).images
    if len(images) < 2:
        raise InputRefused(f"{arguments.data} holds too few portraits.", "Two of the split \"val\" are needed.")
    with torch.no_grad():
        encoded = [load_encoder(pack).encode(part.float() / 127.5 - 1) for part in images.split(16)]
        codes = torch.cat([torch.cat(generator.styles(w), 1) for w, _ in encoded])
    features = torch.cat([maps for _, maps in encoded]) if arguments.features else None
    source = torch.Generator().manual_seed(arguments.seed)
    first = torch.randint(len(codes), (arguments.changes,), generator=source)
    apart = torch.randint(1, len(codes), (arguments.changes,), generator=source)
    pairs = torch.stack([first, (first + apart) % len(codes)], 1)
    found = measure(generator, one_view(pack), codes, features, pairs, methods,
                    lambda text: print(text, end="\r", flush=True))
    return _write(arguments, found, list(methods))


def _write(arguments: argparse.Namespace, found: dict[tuple[str, str], Heat], methods: list[str]) -> int:
    arguments.out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = [
        {"region": leaf, "method": name, "changes": arguments.changes,
         **{key: round(value, 3) for key, value in heat.figures(arguments.seed).items()}}
        for (leaf, name), heat in found.items()]
    with (arguments.out / "locality.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    picture = sheet(found, methods, arguments.changes)
    cv2.imwrite(str(arguments.out / "locality.png"), picture[..., ::-1])
    for row in rows:
        print(json.dumps(row), flush=True)
    print(f"written: {arguments.out / 'locality.csv'}, {arguments.out / 'locality.png'}")
    return 0
