"""The pack benchmark on a tiny pack: every part runs, says what it measured, goes on where it stopped."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.bench.pack.frechet import few, resized
from core.bench.pack.rebuild import feature_distance, measured, parse_runs, parse_share
from core.bench.pack.subject import evenly, sheets
from core.bench.registry import main
from core.errors import InputRefused
from core.losses.frechet import gaussian_of
from core.training.generator.tables import main as make_tables
from core.training.kit.teacher import Teacher
from tests.core.training.tiny_pack import write_pack, write_portraits, write_teacher


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A pack with tables, another one without, portraits, a teacher."""
    folder = tmp_path_factory.mktemp("bench")
    write_pack(folder / "tiny")
    write_pack(folder / "other", seed=1)
    data = write_portraits(folder / "portraits")
    (folder / "features").mkdir()
    write_teacher(folder / "features" / "vgg19_small.safetensors")
    assert make_tables(["--pack", str(folder / "tiny"), "--data", str(data), "--pictures", "2", "--clusters", "7",
                        "--device", "cpu"]) == 0
    return {"pack": folder / "tiny", "other": folder / "other", "data": data, "teacher": folder / "features"}


def bench(world: dict[str, Path], out: Path, *more: str, pack: str = "pack") -> dict:
    assert main(["pack", "--pack", str(world[pack]), "--data", str(world["data"]), "--teacher", str(world["teacher"]),
                 "--device", "cpu", "--threads", "1", "--out", str(out), *more]) == 0
    return json.loads((out / "results.json").read_text())["parts"]


def picture(path: Path) -> np.ndarray:
    found = cv2.imread(str(path))
    assert found is not None
    return found


def test_pictures(world: dict[str, Path], tmp_path: Path) -> None:
    parts = bench(world, tmp_path, "--parts", "samples,interpolations,swaps")
    assert parts["samples"]["files"] == ["samples-0.7.png", "samples-1.0.png", "samples-real.png"]
    assert picture(tmp_path / "samples-0.7.png").shape == (128, 128, 3)
    calm, wild = (picture(tmp_path / f"samples-{t}.png").astype(float) for t in (0.7, 1.0))
    assert calm.reshape(8, 16, 8, 16, 3).std((0, 2)).mean() < wild.reshape(8, 16, 8, 16, 3).std((0, 2)).mean()
    assert picture(tmp_path / "interpolations.png").shape == (5 * 16, 7 * 16, 3)
    sheet = picture(tmp_path / "swaps-regions-1.png")
    assert sheet.shape == (7 * 16, 7 * 16, 3)
    # The blank corner, and the sitters in the same order down and across.
    assert sheet[:16, :16].min() == 255
    assert (sheet[16:32, :16] == sheet[:16, 16:32]).all()
    assert parts["swaps"]["every channel"]["inside"] > parts["swaps"]["regions 1"]["inside"] > 0


def test_a_pack_without_tables_leaves_the_swaps_out(world: dict[str, Path], tmp_path: Path) -> None:
    assert "no tables" in bench(world, tmp_path, "--parts", "swaps", pack="other")["swaps"]["left out"]


def test_encoder_frechet_and_speed(world: dict[str, Path], tmp_path: Path) -> None:
    parts = bench(world, tmp_path, "--parts", "encode,frechet,speed", "--against", str(world["other"]), "--samples",
                  "8", "--repeats", "2")
    with (tmp_path / "encoder.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    mean = np.mean([float(row["psnr"]) for row in rows if row["method"] == "encoder w+"])
    assert parts["encode"]["encoder w+"]["psnr"] == pytest.approx(mean, abs=1e-3)
    found = parts["frechet"]["conv31"]
    assert set(found) == {"val", "pack", "pack_truncated", "against", "against_truncated"}
    assert found["pack"]["pictures"] == 8
    assert found["val"]["pictures"] == 4
    # Random networks make noise, portraits are smooth.
    assert found["pack"]["distance"] > found["val"]["distance"] > 0
    assert parts["frechet"]["natural"]["pack"] > parts["frechet"]["natural"]["val"] > 0
    assert parts["speed"]["pack"]["forward_ms"] > 0
    assert parts["speed"]["against"]["resolution"] == 16


def test_optimisations_are_shared_kept_and_summed_up(world: dict[str, Path], tmp_path: Path) -> None:
    options = ["--parts", "rebuild", "--runs", "w+:2,f:3", "--sheet-runs", "w+:1", "--count", "2"]
    half = bench(world, tmp_path, *options, "--share", "0/2")["rebuild"]
    assert half["w+ 2"]["portraits"] == 1
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "rebuild").glob("*.json")}
    found = bench(world, tmp_path, *options)["rebuild"]
    assert {method: found[method]["portraits"] for method in ("w+ 2", "f 3", "w+ 1")} == {
        "w+ 2": 2, "f 3": 2, "w+ 1": 2}
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items())
    # Rows: portraits, encoder twice, three runs.
    assert picture(tmp_path / "rebuild.png").shape == (6 * 16, 2 * 16, 3)
    # Another generator's results do not count.
    other = bench(world, tmp_path, *options, "--share", "0/6", pack="other")
    assert other["rebuild"]["w+ 2"]["portraits"] == 1
    assert set(other) == {"rebuild"}


def test_measures_of_known_pictures(world: dict[str, Path]) -> None:
    teacher = Teacher(world["teacher"] / "vgg19_small.safetensors")
    image = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) - 0.5
    assert torch.equal(feature_distance(teacher, image, image), torch.zeros(2))
    near, far = (feature_distance(teacher, image, image + 0.3 * scale) for scale in (0.1, 1.0))
    assert bool((near < far).all())
    assert measured(teacher, image + 0.2, image)[1]["psnr"] == pytest.approx(20, abs=1e-3)
    # The training's distance is the sum over the four layers, this one their mean.
    whole = teacher.distance(teacher(image), teacher(image + 0.3))
    assert float(whole) == pytest.approx(4 * float(far.mean()), rel=1e-4)


def test_few_pictures_are_compared_with_few() -> None:
    rows = np.random.default_rng(0).normal(size=(400, 6)).astype(np.float32)
    goal = gaussian_of(rows)
    assert few(rows, 8, goal) > 3 * few(rows, 200, goal)
    assert few(rows[:4], 8, goal) > 0


def test_pictures_of_any_side_come_to_one() -> None:
    small = np.full((2, 16, 16, 3), 200, np.uint8)
    assert resized(small, 32).shape == (2, 32, 32, 3)
    assert (resized(small, 32) == 200).all()
    steps = np.zeros((1, 4, 4, 3), np.uint8)
    steps[:, :, ::2] = 100
    assert (resized(steps, 2) == 50).all()


def test_sheets_fit_a_screen(tmp_path: Path) -> None:
    names = sheets(tmp_path / "wide", torch.zeros(5, 3, 1000, 1000))
    assert names == [f"wide-{index}.png" for index in range(1, 6)]
    assert evenly(61, 16)[0] == 0
    assert evenly(61, 16)[-1] == 60
    assert evenly(3, 16) == [0, 1, 2]


@pytest.mark.parametrize("text", ["w:x", "z:3", "w+", "w+:0"])
def test_runs_that_make_no_sense(text: str) -> None:
    with pytest.raises(InputRefused, match="not usable"):
        parse_runs(text)


@pytest.mark.parametrize("text", ["2/2", "1", "a/b", "-1/3"])
def test_shares_that_make_no_sense(text: str) -> None:
    with pytest.raises(InputRefused, match="not usable"):
        parse_share(text)


def test_unknown_parts_and_a_missing_teacher(world: dict[str, Path], tmp_path: Path,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    common = ["pack", "--pack", str(world["pack"]), "--data", str(world["data"]), "--out", str(tmp_path)]
    assert main([*common, "--teacher", str(world["teacher"]), "--parts", "magic"]) == 3
    assert "magic" in capsys.readouterr().err
    assert main([*common, "--teacher", str(tmp_path / "none.safetensors")]) == 3
    assert "no feature net" in capsys.readouterr().err
