"""The locality benchmark: what it counts as inside and outside, and what it writes."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import pytest
import torch

from core.bench.locality import by_network, measure
from core.bench.registry import main
from core.generators.fusion_net import LEAVES, FusionNet, StyleLayout
from core.models.pack import Pack
from core.training.generator import tables
from core.training.generator.tables import ORDER
from core.training.kit.export import half_state, write_component
from tests.core.generators.tiny import TINY, tiny_generator
from tests.core.training.tiny_pack import write_pack, write_portraits

LAYOUT = StyleLayout.of(TINY)


def halves(pictures: torch.Tensor) -> torch.Tensor:
    """The upper half is hair, the rest skin."""
    masks = torch.zeros(len(pictures), len(ORDER), 8, 8)
    masks[:, ORDER.index("hair"), :4] = 1
    masks[:, ORDER.index("skin"), 4:] = 1
    return masks


def test_changes_are_counted_inside_and_outside() -> None:
    generator = tiny_generator()
    codes = torch.randn(5, LAYOUT.channels, generator=torch.Generator().manual_seed(0))
    pairs = torch.tensor([[0, 1], [2, 3], [4, 0]])

    def copy(own: torch.Tensor, other: torch.Tensor, leaf: str) -> torch.Tensor:
        return other if leaf == "hair" else own

    found = measure(generator, halves, codes, None, pairs, {"copy": copy})
    assert set(found) == {(leaf, "copy") for leaf in LEAVES}
    hair = found["hair", "copy"]
    pictures = generator.synthesize_styles(list(codes.split(list(LAYOUT.sizes), 1)))
    apart = [(pictures[b] - pictures[a]).abs().mean(0) * 127.5 for a, b in pairs.tolist()]
    assert hair.inside == pytest.approx([float(change[:8].mean()) for change in apart], rel=1e-4)
    assert hair.outside == pytest.approx([float(change[8:].mean()) for change in apart], rel=1e-4)
    assert hair.total == pytest.approx(torch.stack(apart).sum(0).double().numpy(), rel=1e-3)
    assert found["eyes", "copy"].total.max() == 0
    figures = hair.figures(0)
    assert figures["low"] <= figures["ratio"] <= figures["high"]


def test_an_unchanged_leaf_changes_nothing() -> None:
    net = FusionNet(LAYOUT, 4).requires_grad_(False)
    own = torch.randn(2, LAYOUT.channels, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(by_network(net)(own, own, "eyes"), own, atol=1e-5)


def test_the_command_writes_figures_and_heat_maps(tmp_path: Path) -> None:
    pack = write_pack(tmp_path / "pack")
    data = str(write_portraits(tmp_path / "portraits"))
    tables.main(["--pack", str(pack.folder), "--data", data, "--pictures", "4", "--natural", "4", "--clusters", "8",
                 "--directions", "4", "--device", "cpu"])
    write_component(pack.folder, "fusion", half_state(FusionNet(LAYOUT, 4)),
                    {"hidden": 4, "generator": Pack(pack.folder).component("generator").sha256})
    out = tmp_path / "out"
    assert main(["locality", "--pack", str(pack.folder), "--data", data, "--changes", "3", "--features", "--out",
                 str(out)]) == 0
    with (out / "locality.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {(row["region"], row["method"]) for row in rows} == {
        (leaf, method) for leaf in LEAVES for method in ("network", "untrained", "table")}
    assert cv2.imread(str(out / "locality.png")).shape[1] == 6 * 196
