"""FusionNet: its tree, its order of styles, what a node computes, and that a file of it opens or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.errors import ModelFileError
from core.generators.config import GeneratorConfig
from core.generators.fusion_net import (
    LEAVES,
    NODES,
    Blender,
    FusionNet,
    StyleLayout,
    ancestors,
    load_fusion,
    pack_styles,
    regions_under,
    unpack_styles,
)
from core.models.pack import Pack
from core.training.kit.export import half_state, write_component
from tests.core.generators.tiny import TINY, tiny_generator
from tests.core.training.tiny_pack import write_pack

LAYOUT = StyleLayout.of(TINY)


def code(seed: int, count: int = 2) -> torch.Tensor:
    return torch.randn(count, LAYOUT.channels, generator=torch.Generator().manual_seed(seed))


def net(seed: int = 0) -> FusionNet:
    """With weights that answer something else everywhere."""
    torch.manual_seed(seed)
    made = FusionNet(LAYOUT, 8)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, 0, 0.3)
    return made.requires_grad_(False)


def test_the_tree_is_that_of_the_paper() -> None:
    assert regions_under("skin_mouth") == ("lips", "skin")
    assert set(regions_under("all")) == {"hair", "background", "clothes", "skin", "eyes", "brows", "lips"}
    assert [(node.name, first) for node, first in ancestors("clothes")] == [
        ("bg_clothes", True), ("bg_hair_clothes", True), ("all", False)]
    assert ancestors("all") == []
    children = [name for node in NODES for name in (node.first, node.second)]
    assert sorted(children) == sorted([*LEAVES, *(node.name for node in NODES[1:])])
    with pytest.raises(KeyError):
        regions_under("nose")


def test_the_layout_is_the_generators() -> None:
    generator = tiny_generator()
    styles = generator.styles(torch.randn(1, TINY.layers, TINY.w_dim))
    assert LAYOUT.sizes == tuple(style.shape[1] for style in styles)
    # Which W+ layer a style answers to, found by moving one layer at a time.
    w = torch.zeros(1, TINY.layers, TINY.w_dim)
    still = generator.styles(w)
    for layer in range(TINY.layers):
        moved = w.clone()
        moved[:, layer] = 1
        found = [not torch.equal(a, b) for a, b in zip(still, generator.styles(moved), strict=True)]
        assert found == [own == layer for own in LAYOUT.layers]
    assert sum(LAYOUT.to_rgb) == len(TINY.channels)
    assert LAYOUT.bits().sum(1).tolist() == [1 + int(rgb) for rgb in LAYOUT.to_rgb]
    big = StyleLayout.of(GeneratorConfig.official(1024))
    assert big.channels == 9088
    assert [layer for layer in big.layers[: big.coarse]] == [0, 1, 1, 2, 3, 3, 4]


def test_packing_and_unpacking_are_inverse() -> None:
    packed = code(0)
    assert torch.equal(pack_styles(unpack_styles(packed, LAYOUT.sizes)), packed)


def test_a_blender_is_a_network_per_style() -> None:
    torch.manual_seed(1)
    blender = Blender(LAYOUT, 2, 5)
    for parameter in blender.parameters():
        torch.nn.init.normal_(parameter, 0, 0.5)
    blender.requires_grad_(False)
    one, other = code(1, 1), code(2, 1)
    share = blender([one, other])
    begin = 0
    for index, size in enumerate(LAYOUT.sizes):
        wide = []
        for packed in (one, other):
            style = packed[0, begin : begin + size]
            wide += [style[channel * size // blender.width] for channel in range(blender.width)]
        bit = torch.zeros(TINY.layers + 1)
        bit[LAYOUT.layers[index]] = 10**0.5
        bit[-1] = 10**0.5 if LAYOUT.to_rgb[index] else 0
        x = torch.cat([torch.stack(wide), bit])
        for layer in blender.layers:
            assert isinstance(layer, torch.nn.Linear)
            x = layer.weight @ x + layer.bias
            x = torch.where(x > 0, x, 0.2 * x) * 2**0.5
        x = blender.last.weight @ x + blender.last.bias
        for channel in range(size):
            start, stop = channel * blender.width // size, -(-(channel + 1) * blender.width // size)
            expected = torch.sigmoid(x[start:stop].max() + blender.bias[begin + channel])
            assert float(share[0, begin + channel]) == pytest.approx(float(expected), rel=1e-4)
        begin += size


def test_a_node_aligns_the_coarse_layers_and_then_joins() -> None:
    made, first, second, align = net(), code(1), code(2), code(3)
    joined = made.join("face", first, second, align)
    count = made.coarse_channels
    assert count == sum(size for size, layer in zip(LAYOUT.sizes, LAYOUT.layers, strict=True) if layer < 5)
    parts = []
    for index, part in enumerate((first, second)):
        q = made.blender("align", "face")([part[:, :count], align[:, :count]])
        assert torch.allclose(joined.align[:, index], q)
        moved = part.clone()
        moved[:, :count] = q * align[:, :count] + (1 - q) * part[:, :count]
        parts.append(moved)
    q = made.blender("fuse", "face")([*parts, align])
    assert torch.allclose(joined.share, q)
    assert torch.allclose(joined.code, q * parts[0] + (1 - q) * parts[1], atol=1e-6)


def test_equal_codes_give_that_code() -> None:
    own = code(4)
    found = net()(dict.fromkeys(LEAVES, own), {node.name: own for node in NODES})
    assert torch.allclose(found, own, atol=1e-5)


def test_the_tree_joins_from_the_leaves_up() -> None:
    made = net()
    leaves = {name: code(index) for index, name in enumerate(LEAVES)}
    align = {node.name: code(20 + index) for index, node in enumerate(NODES)}
    skin_mouth = made.join("skin_mouth", leaves["mouth"], leaves["skin"], align["skin_mouth"]).code
    face = made.join("face", skin_mouth, leaves["eyes"], align["face"]).code
    bg_clothes = made.join("bg_clothes", leaves["clothes"], leaves["background"], align["bg_clothes"]).code
    rest = made.join("bg_hair_clothes", bg_clothes, leaves["hair"], align["bg_hair_clothes"]).code
    assert torch.equal(made(leaves, align), made.join("all", face, rest, align["all"]).code)


def test_an_untrained_network_answers_its_prior() -> None:
    made = FusionNet(LAYOUT, 8).requires_grad_(False)
    prior = {node.name: torch.rand(LAYOUT.channels, generator=torch.Generator().manual_seed(0)) for node in NODES}
    made.set_prior(prior, align=0.25)
    joined = made.join("bg_clothes", code(1), code(2), code(3))
    assert torch.allclose(joined.share, prior["bg_clothes"].clamp(0.02, 0.98).expand(2, -1), atol=1e-5)
    assert torch.allclose(joined.align, torch.full_like(joined.align, 0.25), atol=1e-5)


def test_a_written_network_opens_and_answers_the_same(tmp_path: Path) -> None:
    pack, made = write_pack(tmp_path), net()
    config = {"hidden": 8, "generator": pack.component("generator").sha256}
    write_component(tmp_path, "fusion", half_state(made), config)
    opened = load_fusion(Pack(tmp_path))
    leaves = {name: code(index) for index, name in enumerate(LEAVES)}
    align = {node.name: code(20 + index) for index, node in enumerate(NODES)}
    assert torch.allclose(opened(leaves, align), made(leaves, align), atol=1e-2)
    assert not any(parameter.requires_grad for parameter in opened.parameters())


@pytest.mark.parametrize(("changes", "match"), [
    ({"generator": "0" * 64}, "another generator"), ({"hidden": 9}, "shape"), ({"hidden": None}, ""),
])
def test_a_network_that_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, object], match: str) -> None:
    pack = write_pack(tmp_path)
    config = {"hidden": 8, "generator": pack.component("generator").sha256, **changes}
    write_component(tmp_path, "fusion", half_state(net()), config)
    with pytest.raises(ModelFileError) as refused:
        load_fusion(Pack(tmp_path))
    assert match in f"{refused.value.what} {refused.value.why}"
