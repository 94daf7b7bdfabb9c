"""Official weights become a pack that draws the same pictures; anything else is refused and leaves nothing."""

from __future__ import annotations

import os

import pytest
import torch
from safetensors.torch import save_file

from core.cli import main
from core.generators.config import GeneratorConfig
from core.generators.load import load_generator
from core.generators.stylegan2 import StyleGAN2, official_shapes
from core.models.manifest import update_component
from core.models.pack import open_pack

CONFIG = GeneratorConfig(resolution=16, z_dim=12, w_dim=8, mapping_layers=2, channels=(8, 6, 4), feature_resolution=16)


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    """Random official parameters of a 16 px network, exact in half precision."""
    found = {}
    for name, shape in official_shapes(CONFIG).items():
        filtered = name.endswith("resample_filter")
        taps = torch.tensor([1.0, 3, 3, 1])
        found[name] = torch.outer(taps, taps) / 64 if filtered else torch.randn(shape).half().float()
    return found


@pytest.fixture
def base(tmp_path):
    """A pack that lends a landmarks file."""
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "landmarks.onnx").write_bytes(b"any")
    update_component(folder, "landmarks", "landmarks.onnx", {"size": 1})
    return folder


def convert(tmp_path, base, source="w.safetensors") -> int:
    return main(["models", "convert", str(tmp_path / source), "--out", str(tmp_path / "new"), "--base", str(base),
                 "--licence", "CC0-1.0"])


def test_converted_pack_draws_the_same_picture(tmp_path, weights, base):
    save_file(weights, tmp_path / "w.safetensors")
    assert convert(tmp_path, base) == 0
    pack = open_pack(tmp_path / "new")
    assert (pack.name, pack.manifest.licence) == ("new", "CC0-1.0")
    assert pack.path("landmarks").read_bytes() == b"any"
    assert not any(pack.verify().values())
    loaded = load_generator(pack, dtype=torch.float32)
    original = StyleGAN2(CONFIG, weights, dtype=torch.float32)
    assert loaded.config.channels == CONFIG.channels
    w = original.map(torch.randn(1, 12))[:, None].expand(1, CONFIG.layers, -1)
    assert torch.equal(loaded.synthesize(w), original.synthesize(w))
    assert convert(tmp_path, base) == 3


@pytest.mark.parametrize("change", ["missing", "shape", "conditional", "other", "infinite", "zero"])
def test_other_weights_are_refused(tmp_path, weights, base, change, capsys):
    if change == "missing":
        del weights["synthesis.b8.conv0.noise_const"]
    elif change == "shape":
        weights["synthesis.b8.conv0.bias"] = torch.zeros(99)
    elif change == "conditional":
        weights["mapping.embed.weight"] = torch.zeros(4)
    elif change == "other":
        weights = {"a": torch.zeros(3)}
    elif change == "infinite":
        weights["mapping.w_avg"][0] = float("inf")
    else:
        weights = {name: torch.zeros_like(value) for name, value in weights.items()}
    save_file(weights, tmp_path / "w.safetensors")
    assert convert(tmp_path, base) == 3
    assert "next:" in capsys.readouterr().err
    assert sorted(os.listdir(tmp_path)) == ["base", "w.safetensors"]


def test_a_missing_file_is_refused(tmp_path, base):
    assert convert(tmp_path, base, "none.safetensors") == 3
