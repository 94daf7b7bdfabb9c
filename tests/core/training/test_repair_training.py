"""Training to repair: masks leave hair alone, a step changes the encoder only, and the command writes a usable pack."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.generators.config import GeneratorConfig
from core.generators.encoder import EncoderConfig, EncoderNetwork
from core.generators.load import load_encoder
from core.models.pack import Pack
from core.training.export import export_pack
from core.training.hiding import Hider, hair_fractions
from core.training.portraits_images import Sampler, load_portraits
from core.training.repair import main
from core.training.synthesis import TrainableGenerator

SIDE = 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Heads with little and much hair, a teacher of two channels and an untrained pack."""
    root = tmp_path_factory.mktemp("repair")
    rng = np.random.default_rng(0)
    for name in ("images", "hair", "regions"):
        (root / name).mkdir()
    lines = ["name,source,subject,size,source_crop_px,split,hair_fraction"]
    for index in range(12):
        much = index % 2 == 1
        labels = np.zeros((64, 64), np.uint8)
        cv2.circle(labels, (32, 36), 14, 1, -1)
        cv2.ellipse(labels, (32, 30), (24, 26) if much else (16, 10), 0, 180, 360, 2, -1)
        cv2.circle(labels, (32, 38), 12, 1, -1)
        picture = rng.integers(0, 255, (3, 3), np.uint8)[labels]
        cv2.imwrite(str(root / "images" / f"{index}.jpg"), picture)
        cv2.imwrite(str(root / "hair" / f"{index}.png"), np.where(labels == 2, 255, 0).astype(np.uint8))
        cv2.imwrite(str(root / "regions" / f"{index}.png"), labels)
        split = "val" if index > 7 else "train"
        lines.append(f"{index},x,s{index},64,64,{split},{float((labels == 2).mean()):.3f}")
    (root / "index.csv").write_text("\n".join(lines) + "\n")
    source = torch.Generator().manual_seed(0)
    tensors, inputs = {"conv0.weight": torch.eye(3)[:, :, None, None], "conv0.bias": torch.zeros(3)}, 3
    for name in ("11", "12", "21", "22", "31", "32", "33", "34", "41"):
        tensors[f"conv{name}.weight"] = torch.randn(4, inputs, 3, 3, generator=source) * 0.3
        tensors[f"conv{name}.bias"] = torch.zeros(4)
        inputs = 4
    save_file(tensors, str(root / "teacher.safetensors"))
    torch.manual_seed(0)
    config = GeneratorConfig(SIDE, z_dim=8, w_dim=8, mapping_layers=2, channels=(8, 8, 8, 6), feature_resolution=16)
    encoder = EncoderNetwork(EncoderConfig.matching(config, channels=(8, 8, 8), style_dim=16))
    export_pack(root / "pack", TrainableGenerator(config), encoder, {})
    return root


def test_masks_cover_what_long_hair_would_but_never_hair(folder: Path) -> None:
    data = load_portraits(folder, "train", SIDE * 5 // 4, background=True)
    hider = Hider(Sampler(data, SIDE, 0, device=torch.device("cpu")), hair_fractions(folder, data))
    _, targets, hair, background = hider.sampler.labelled_batch(200)
    hidden = hider.masks(hair, background)
    assert hidden.shape == (200, 1, SIDE, SIDE)
    assert set(hidden.unique().tolist()) == {0.0, 1.0}
    assert not (hidden * (hair > 0.4)).any()
    used = hidden.sum((1, 2, 3)) > 0
    assert 0.4 < float(used.float().mean()) < 0.9
    on_background = (hidden * (background > 0.5)).sum((1, 2, 3)) > 0
    assert 0.1 < float(on_background.float().mean()) < float(used.float().mean())
    assert targets.shape == (200, 3, SIDE, SIDE)


def test_the_command_adds_the_mask_channel_and_leaves_the_generator(folder: Path,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    before = Pack(folder / "pack")
    arguments = ["--data", str(folder), "--teacher", str(folder / "teacher.safetensors"), "--minutes", "0.03",
                 "--pack", str(folder / "pack"), "--out", str(folder / "run" / "pack"), "--batch", "8",
                 "--threads", "2", "--device", "cpu"]
    assert main(arguments) == 0
    assert '"hidden_psnr"' in capsys.readouterr().out
    after = Pack(folder / "run" / "pack")
    assert not any(after.verify().values())
    assert after.path("generator").read_bytes() == before.path("generator").read_bytes()
    assert not load_encoder(before).repairs
    encoder = load_encoder(after)
    assert encoder.repairs
    assert float(encoder.network.stem.weight[:, 12:].abs().max()) > 0
    assert list((folder / "run").glob("repair-*.png"))
