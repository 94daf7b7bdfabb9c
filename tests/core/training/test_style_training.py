"""The style training: what it draws, that it learns, repeats and resumes, and that its network loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from core.cli import main as command_line
from core.errors import InputRefused
from core.generators.style_net import StyleConfig, load_stylist
from core.models.pack import Pack
from core.training.style import train as style
from core.training.style.data import SIDE, Batches, crop, draw_styles, read_contents, read_folder
from core.training.style.drawings import palette
from core.training.style.patterns import TEXTURES
from core.training.style.renderings import RENDERINGS
from tests.core.generators.tiny import random_features

CONFIG = StyleConfig(code=4, channels=(8, 8, 8), blocks=1, style_channels=(4, 6), hidden=8)


def _photo(seed: int, side: int = 96) -> np.ndarray:
    small = np.random.default_rng(seed).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def _extract(images: torch.Tensor, levels: Any) -> dict[str, torch.Tensor]:
    found = random_features(0).extract(images, [f"relu{level}_1" for level in levels])
    return {name[4]: value for name, value in found.items()}


def _trainer(seed: int = 0, warm_up: int = 2) -> style.StyleTrainer:
    batches = Batches([_photo(i) for i in range(3)], [_photo(i + 9) for i in range(3)], [], 32,
                      np.random.default_rng(seed))
    return style.StyleTrainer(batches, _extract, CONFIG, rate=3e-3, styles=2, weights=style.Weights(),
                              dtype=torch.float32, seed=seed, warm_up=warm_up)


@pytest.mark.parametrize("draw", TEXTURES)
def test_every_texture_is_a_picture_of_its_own(draw: Any) -> None:
    made = [draw(np.random.default_rng(seed), 64) for seed in (1, 1, 2)]
    assert all(picture.shape == (64, 64, 3) and np.isfinite(picture).all() for picture in made)
    assert all(picture.min() > -0.2 and picture.max() < 1.2 and picture.std() > 0.005 for picture in made)
    np.testing.assert_array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


@pytest.mark.parametrize("render", dict.fromkeys(RENDERINGS))
def test_every_rendering_shows_its_photo_in_another_manner(render: Any) -> None:
    photo = _photo(0, 64).astype(np.float32) / 255
    made = [render(np.random.default_rng(seed), photo) for seed in (1, 1, 2)]
    assert all(picture.shape == photo.shape and np.isfinite(picture).all() for picture in made)
    np.testing.assert_array_equal(made[0], made[1])
    assert np.abs(made[0] - photo).mean() > 0.01
    assert np.abs(made[0] - made[2]).mean() > 0.01


def test_palettes_go_from_dark_to_light() -> None:
    for seed in range(30):
        light = palette(np.random.default_rng(seed)) @ np.array([0.3, 0.59, 0.11], np.float32)
        assert 3 <= len(light) <= 7
        assert (np.diff(light) >= -1e-6).all()


def test_drawings_do_not_depend_on_how_many_are_drawn() -> None:
    photos = [_photo(0, 200)]
    first, more = draw_styles(photos, 2, 7), draw_styles(photos, 4, 7)
    assert all(np.array_equal(a, b) for a, b in zip(first, more, strict=False))
    assert all(picture.shape == (SIDE, SIDE, 3) and picture.dtype == np.uint8 for picture in more)
    assert not np.array_equal(first[0], draw_styles(photos, 1, 8)[0])


def test_crops_of_any_picture_have_the_side_asked_for() -> None:
    random = np.random.default_rng(0)
    for shape in ((64, 64), (40, 300), (500, 90)):
        assert crop(np.zeros((*shape, 3), np.uint8), 64, random).shape == (64, 64, 3)


def test_own_pictures_are_read_shrunk_and_used(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no pictures"):
        read_folder(tmp_path, 10)
    cv2.imwrite(str(tmp_path / "a.png"), np.full((80, 900, 3), (0, 0, 255), np.uint8))
    cv2.imwrite(str(tmp_path / "tiny.png"), np.zeros((8, 8, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "b.png"), np.full((700, 800, 3), (0, 0, 255), np.uint8))
    (tmp_path / "c.jpg").write_bytes(b"no picture")
    own = read_folder(tmp_path, 10)
    assert [picture.shape for picture in own] == [(46, 512, 3), (448, 512, 3)]
    batches = Batches([_photo(0)], [_photo(1)], own, 32, np.random.default_rng(0))
    drawn = torch.cat([batches.draw(2)[1] for _ in range(10)])
    flat = (drawn.std((2, 3)) < 0.01).all(1)
    assert 4 < int(flat.sum()) < 16


def test_people_held_back_by_the_index_are_not_learnt(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for value in range(4):
        cv2.imwrite(str(folder / f"{value}.png"), np.full((64, 64, 3), 10 * value, np.uint8))
    assert [len(part) for part in read_contents(tmp_path, 10)] == [3, 1]
    (tmp_path / "index.csv").write_text("name,split\n0,train\n1,val\n2,train\n3,val\n", encoding="utf-8")
    learnt, held = read_contents(tmp_path, 10)
    assert [int(picture[0, 0, 0]) for picture in learnt] == [0, 20]
    assert [int(picture[0, 0, 0]) for picture in held] == [10, 30]


def test_two_contents_go_with_every_style() -> None:
    contents, styles = _trainer().batches.draw(2)
    assert contents.shape == (4, 3, 32, 32)
    assert styles.shape == (2, 3, 32, 32)
    assert float(contents.min()) >= -1
    assert float(contents.max()) <= 1


def test_it_learns_first_to_rebuild_and_then_to_draw_in_a_style() -> None:
    trainer = _trainer(warm_up=40)
    first = [trainer.step(0.1) for _ in range(40)]
    assert np.mean([row["rebuild"] for row in first[-5:]]) < 0.9 * np.mean([row["rebuild"] for row in first[:5]])
    then = [trainer.step(0.1) for _ in range(40)]
    assert "rebuild" not in then[0]
    assert np.mean([row["total"] for row in then[-10:]]) < np.mean([row["total"] for row in then[:10]])


def test_a_resumed_training_gives_the_same_numbers() -> None:
    whole = _trainer()
    numbers = [whole.step(index / 6)["total"] for index in range(6)]
    first, second = _trainer(), _trainer(seed=5)
    for index in range(3):
        first.step(index / 6)
    second.scales = first.scales
    second.restore(first.state())
    assert [second.step(index / 6)["total"] for index in range(3, 6)] == numbers[3:]


def test_measuring_leaves_the_training_alone() -> None:
    trainer = _trainer()
    held = Batches([_photo(4)], [_photo(5)], [], 32, np.random.default_rng(0))
    before = json.dumps(trainer.batches.random.bit_generator.state), trainer.noise.get_state()
    first, second = style.measure(trainer, held, 2), style.measure(trainer, held, 2)
    assert first == second
    assert {"content", "gram", "kl"} <= set(first)
    assert json.dumps(trainer.batches.random.bit_generator.state) == before[0]
    assert torch.equal(trainer.noise.get_state(), before[1])


def test_the_command_trains_resumes_and_writes_a_component(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(style, "feature_source", lambda *_: _extract)
    monkeypatch.setattr(style, "StyleConfig", lambda: CONFIG)
    data = tmp_path / "images"
    data.mkdir()
    for seed in range(3):
        cv2.imwrite(str(data / f"{seed}.png"), _photo(seed, 130))
    arguments = ["train", "style", "--data", str(tmp_path), "--out", str(tmp_path / "pack"), "--side", "32", "--steps",
                 "2", "--drawings", "3", "--batch", "1", "--checkpoint", str(tmp_path / "s.pt")]
    threads = torch.get_num_threads()
    try:
        assert command_line(arguments) == 0
        first = (tmp_path / "pack" / "style.safetensors").read_bytes()
        assert command_line(arguments) == 0
        assert (tmp_path / "pack" / "style.safetensors").read_bytes() == first
        assert command_line([*arguments, "--resume", "--steps", "3"]) == 0
        assert command_line([*arguments, "--side", "33"]) == 3
    finally:
        torch.set_num_threads(threads)
    assert (tmp_path / "pack" / "style.safetensors").read_bytes() != first
    assert '"steps": 3' in capsys.readouterr().out
    assert load_stylist(Pack(tmp_path / "pack")).code_size == CONFIG.code
