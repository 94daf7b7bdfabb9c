"""The benchmarks run, write what they measured, and fail loudly where they must."""

import csv
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from core.bench import pairs
from core.bench.poisson import hard_pictures, irregular_mask, solve_exact, solve_iterative
from core.bench.registry import main
from core.document.photo import Photo
from core.errors import Advice, InputRefused, NothingUseful
from core.io.image import read_photo


def rows(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def _no_data(monkeypatch, tmp_path):
    monkeypatch.setenv("COIFFE_DATA", str(tmp_path / "nowhere"))


def test_mask_covers_its_share_and_keeps_off_the_edges():
    mask = irregular_mask(200, seed=4)
    assert abs(mask.mean() - 0.49) < 0.01
    assert not mask[0].any()
    assert not mask[:, -1].any()


def test_both_reference_solutions_agree():
    mask = irregular_mask(64)
    target, source = hard_pictures(64, 64)
    assert np.abs(solve_exact(target, source, mask) - solve_iterative(target, source, mask)).max() < 1e-6


@pytest.mark.usefixtures("_no_data")
def test_poisson_bench(tmp_path, capsys):
    table = tmp_path / "table.csv"
    assert main(["poisson", "--sizes", "0.01", "--repeats", "1", "--no-memory", "--csv", str(table)]) == 0
    found = {row["solver"]: row for row in rows(table)}
    assert {"ours", "seamlessClone", "sparse LU"} <= set(found)
    assert found["ours"]["changed_outside"] == "0"
    assert float(found["ours"]["error_max"]) < 1
    assert float(found["sparse LU"]["error_max"]) == 0
    assert "irregular 0.01 MP" in capsys.readouterr().out


@pytest.mark.usefixtures("_no_data")
def test_pairs_without_photographs(tmp_path, capsys):
    assert main(["pairs", "--out", str(tmp_path)]) == 3
    assert "COIFFE_DATA" in capsys.readouterr().err


def test_a_refusal_says_which_option_helps(monkeypatch, capsys):
    def refuse(arguments):
        raise InputRefused("There is no CUDA device.", "", Advice.USE_PROCESSOR)

    monkeypatch.setattr("core.bench.poisson.run", refuse)
    assert main(["poisson"]) == 3
    assert capsys.readouterr().err == "coiffe bench: There is no CUDA device. Use --device cpu.\n"


def test_pairs_write_scores_and_sheets(tmp_path, monkeypatch):
    folder = tmp_path / "photos" / "headshots"
    folder.mkdir(parents=True)
    for name, level in (("p11", 40), ("p04", 200)):
        cv2.imwrite(str(folder / f"{name}.jpg"), np.full((96, 72, 3), level, np.uint8))
    monkeypatch.setenv("COIFFE_DATA", str(tmp_path))

    def fake(request, *, context):
        if request.recipe == "loho":
            raise NothingUseful("No generator.")
        return SimpleNamespace(pixels=np.full((96, 72, 3), 120, np.uint8))

    monkeypatch.setattr(pairs, "make_context", lambda request: None)
    monkeypatch.setattr(pairs, "run_request", fake)
    monkeypatch.setattr(pairs, "_figures", lambda result, context: {"outside": 0.0})
    assert main(["pairs", "--only", "p11_p04", "--out", str(tmp_path / "out")]) == 4
    classical, loho = rows(tmp_path / "out" / "pairs.csv")
    assert (classical["pair"], classical["recipe"], classical["outside"]) == ("p11_p04", "classical", "0.0")
    assert loho["error"] == "No generator."
    sheet = read_photo(tmp_path / "out" / "p11_p04.png")
    assert isinstance(sheet, Photo)
    assert sheet.height == pairs.SHEET_HEIGHT
    assert sheet.pixels[256, sheet.width * 5 // 8].tolist() == [120, 120, 120]


def test_pairs_have_distinct_names():
    names = [pair.name for pair in pairs.PAIRS]
    assert len(set(names)) == len(names) == 11


def test_unknown_bench():
    with pytest.raises(SystemExit) as stopped:
        main(["nothing"])
    assert stopped.value.code == 2
