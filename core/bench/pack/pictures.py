"""Pictures to judge a pack by: random samples beside real portraits, interpolations, hair swaps in S space."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.bench.pack.subject import SHEET, Bench, evenly, sheets
from core.generators.fusion import mix_styles, region_weights
from core.generators.stylegan2 import StyleGAN2
from core.models.tables import BY_CLUSTERS, BY_NET
from core.training.generator.tables import ORDER, Masks, net_masks
from core.training.kit.sheets import write_sheet

SAMPLES = 64
PLACES = (0.1, 0.35, 0.6, 0.8, 0.92, 1.0)
"""Where the sitters of the swaps stand in the order of hair's share of the picture."""
STRENGTHS = (1.0, 2.0, 4.0)
"""How far hair channels are taken over on the sheets of swaps."""
_ROWS, _STEPS = 3, 7


@torch.no_grad()
def _drawn(bench: Bench, count: int, truncation: float) -> Tensor:
    """W+ of random z."""
    generator = bench.subject.generator
    z = torch.randn(count, generator.config.z_dim, generator=torch.Generator().manual_seed(bench.options.seed))
    return generator.map(z, truncation=truncation)[:, None].expand(-1, generator.config.layers, -1)


@torch.no_grad()
def _pictures(bench: Bench, w_plus: Tensor) -> Tensor:
    return torch.cat([bench.subject.generator.synthesize(part) for part in w_plus.split(4)])


def samples(bench: Bench) -> dict[str, Any]:
    """64 random pictures at truncation 0.7 and at 1.0 (constant noise), and as many real portraits."""
    files = []
    for truncation in (0.7, 1.0):
        files += sheets(bench.out / f"samples-{truncation}", _pictures(bench, _drawn(bench, SAMPLES, truncation)))
    real = bench.portraits("train", bench.subject.side)
    chosen = real.images[evenly(len(real.names), SAMPLES)].float() / 127.5 - 1
    return {"files": [*files, *sheets(bench.out / "samples-real", chosen)]}


@torch.no_grad()
def interpolations(bench: Bench) -> dict[str, Any]:
    """Rows from one random w to another (truncation 0.7), then rows from one encoded portrait's W+ to another's."""
    side = bench.subject.side
    drawn = _drawn(bench, 2 * _ROWS, 0.7)
    images, names = bench.held_back
    encoded, _ = bench.subject.encoder.encode(images[evenly(len(names), 2 * _ROWS)])
    steps = max(2, min(_STEPS, SHEET // side))
    rows = []
    for ends in (drawn, encoded):
        for start in range(0, len(ends) - 1, 2):
            share = torch.linspace(0, 1, steps, device=ends.device)[:, None, None]
            rows.append(_pictures(bench, ends[start] + share * (ends[start + 1] - ends[start])))
    write_sheet(bench.out / "interpolations.png", rows)
    return {"files": ["interpolations.png"]}


def _sitters(bench: Bench) -> list[int]:
    """Indices of held-back portraits with little and with much hair."""
    order = bench.portraits("val", bench.subject.side).hair.float().mean((1, 2, 3)).argsort().tolist()
    return [order[round(place * (len(order) - 1))] for place in PLACES]


@torch.no_grad()
def swaps(bench: Bench) -> dict[str, Any]:
    """Every sitter with every other one's hair by mixing S space (docs/methods/stylefusion.md, Channel table);
    identities down, hair across.

    One sheet per source of the channel table and strength. On the last one F moves too: inside the hair of both, the
    other portrait's feature map takes the place of the own one. The figures say how much of the change lies where it
    should: mean absolute change inside the hair of both, outside of it, and the same when every channel is taken.
    """
    tables, generator = bench.tables, bench.subject.precise
    if tables is None:
        return {"left out": "the pack has no tables; make them with `python -m core train tables`"}
    real = bench.portraits("val", bench.subject.side).images[_sitters(bench)]
    images = (real.float() / 127.5 - 1).to(generator.device)
    w, features = bench.subject.encoder.encode(images)
    styles = [generator.styles(code[None]) for code in w]
    bare, full = generator.synthesize(w), generator.synthesize(w, None, features)
    masks = net_masks(bench.subject.pack)
    hair = _hair(masks, bare)
    found: dict[str, Any] = {"every channel": _change(bare, bare.expand(len(bare), *bare.shape), hair)}
    for by in (BY_NET, BY_CLUSTERS):
        weights = region_weights(tables.channels[by], ["hair"])
        for strength in STRENGTHS:
            grid = torch.stack([_row(generator, own, styles, weights, strength) for own in styles])
            found[f"{by} {strength:g}"] = _change(bare, grid, hair)
            _grid(bench, f"swaps-{by}-{strength:g}.png", images, grid)
    weights = region_weights(tables.channels[BY_NET], ["hair"])
    hair = _hair(masks, full)
    added = _moved_features(features, hair)
    grid = torch.stack([_row(generator, own, styles, weights, STRENGTHS[1], added[index])
                        for index, own in enumerate(styles)])
    found["with features"] = _change(full, grid, hair)
    _grid(bench, "swaps-features.png", images, grid)
    return found


def _row(generator: StyleGAN2, own: list[Tensor], others: list[list[Tensor]], weights: list[Tensor], strength: float,
         features: Tensor | None = None) -> Tensor:
    """Pictures [N, 3, R, R] of one code with everyone's hair."""
    mixed = [mix_styles(own, other, weights, strength) for other in others]
    return generator.synthesize_styles([torch.cat(parts) for parts in zip(*mixed, strict=True)], None, features)


def _hair(masks: Masks, pictures: Tensor) -> Tensor:
    """Soft hair [N, 1, R, R] of pictures."""
    return F.interpolate(masks(pictures)[:, ORDER.index("hair")][:, None], size=pictures.shape[2:], mode="area")


def _change(own: Tensor, grid: Tensor, hair: Tensor) -> dict[str, float]:
    """Mean absolute change of pictures [N, 3, R, R] to [N, N, 3, R, R] inside the hair of both, and outside."""
    union = torch.maximum(hair[:, None], hair[None])
    change = (grid - own[:, None]).abs().mean(2, keepdim=True)
    inside = float((change * union).sum() / union.sum().clamp(min=1e-6))
    outside = float((change * (1 - union)).sum() / (1 - union).sum().clamp(min=1e-6))
    return {"inside": round(inside, 4), "outside": round(outside, 4), "ratio": round(inside / max(outside, 1e-6), 2)}


def _moved_features(features: Tensor, hair: Tensor) -> Tensor:
    """F of every pair [own, other, C, r, r]: the other's inside the hair [N, 1, R, R] of both."""
    hair = F.adaptive_avg_pool2d(hair, features.shape[-1])
    union = torch.maximum(hair[:, None], hair[None])
    return features[:, None] + union * (features[None] - features[:, None])


def _grid(bench: Bench, name: str, images: Tensor, grid: Tensor) -> None:
    """The sheet: real portraits above and at the left, the results between them."""
    rows = [torch.cat([torch.ones_like(images[:1]), images])]
    rows += [torch.cat([images[index : index + 1], row]) for index, row in enumerate(grid)]
    write_sheet(bench.out / name, rows)
