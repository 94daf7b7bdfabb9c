"""The quality benchmark from the command line: shares, resumption, tables, plots, sheets."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.bench.quality import baselines, command, plots, protocols
from core.bench.quality.pairs import Entry, Pair, PairList, file_hash, save_list
from core.bench.quality.rows import RowFile, check_judges, read_rows
from core.bench.quality.sheets import contact_sheet, figures_line
from core.bench.quality.tables import best_of, markdown, tabulate
from core.bench.registry import main
from core.errors import InputRefused
from core.io.encode import encode_png
from tests.core.compositing.people import person

PEOPLE = {"f0.png": ("short", (0.25, 0.16, 0.1)), "f1.png": ("long", (0.6, 0.5, 0.3)),
          "f2.png": ("long", (0.3, 0.1, 0.1))}


def table(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three painted people as files with a list of two pairs."""
    pytest.importorskip("matplotlib")
    painted = {file: person(hair=hair, colour=colour, name=file) for file, (hair, colour) in PEOPLE.items()}
    entries = {}
    for file, one in painted.items():
        (tmp_path / file).write_bytes(encode_png(one.photo.pixels))
        entries[file] = Entry(file, file_hash(tmp_path / file), file[:2], "report")
    by_digest = {one.photo.digest: one for one in painted.values()}
    monkeypatch.setattr(protocols, "analysed", lambda photo, mask, pack: replace(by_digest[photo.digest], photo=photo))
    pairs = [Pair("f0.png", "f1.png", "f1.png", "report", "easy", 1), Pair("f1.png", "f2.png", "f2.png", "report",
                                                                            "medium", 2)]
    save_list(tmp_path / "list.json", PairList(entries, tuple(pairs)))
    return tmp_path


def quality(folder, *more, out="out"):
    return main(["quality", "--folder", str(folder), "--list", str(folder / "list.json"), "--out", str(folder / out),
                 "--threads", "1", "--steps", "5", *more])


@pytest.fixture
def _cheap(monkeypatch):
    """Measures that cost nothing."""
    monkeypatch.setattr(command, "figures_of", lambda case, answer, pixels, tools: {
        "q1_max": 0.0, "q3_iou": pixels.mean() / 255})


@pytest.mark.usefixtures("starter_pack", "_cheap")
def test_tables_plots_and_sheets(folder, capsys):
    assert quality(folder, "--methods", "b0", "b4", "--pairs", "1") == 0
    rows = table(folder / "out" / "images.csv")
    assert [(row["case"], row["method"]) for row in rows] == [
        ("p3-f0_f1", "b0"), ("p3-f0_f1", "b4")]
    for row in rows:
        assert row["budget"] == "any"
        assert float(row["q1_max"]) == 0
        assert 0 <= float(row["q3_iou"]) <= 1
        assert row["mask"] == "regions net"
        assert row["q3_meaning"] == "parser outside the optimisation"
    summary = json.loads((folder / "out" / "summary.json").read_text())
    assert summary["machine"]["threads"] == 1
    assert set(summary["tables"][0]["against"]) == {"b4"}
    text = (folder / "out" / "summary.md").read_text()
    assert "difference to b4" in text
    assert "b0 surely beats b4 on: " in text
    assert "easy pairs (1), by rank" in text
    assert "  - hair IoU: b0 0." in text
    assert {row["baseline"] for row in table(folder / "out" / "summary.csv")} == {"", "b4"}
    assert len(list((folder / "out" / "plots").glob("*.png"))) == 3
    sheet = cv2.imread(str(folder / "out" / "sheets" / "p3-f0_f1-5-steps.png"))
    assert sheet is not None
    assert (sheet.shape[1], sheet.shape[0]) == (4 * 390, 444)
    assert "p3-f0_f1  b0" in capsys.readouterr().out


@pytest.mark.usefixtures("starter_pack", "_cheap")
def test_shares_and_resumption_change_nothing(folder, capsys):
    flags = ("--methods", "b0", "b4", "--no-plots")
    quality(folder, *flags, out="whole")
    quality(folder, *flags, "--share", "2/2", out="parts")
    assert {row["case"] for row in table(folder / "parts" / "images.csv")} == {"p3-f1_f2"}
    quality(folder, *flags, "--share", "1/2", out="parts")
    timed = ("wall", "peak_mb")
    whole, parts = ([{key: row[key] for key in row if key not in timed} for row in table(folder / out / "images.csv")]
                    for out in ("whole", "parts"))
    assert whole == parts
    capsys.readouterr()
    with (folder / "whole" / "rows-1of1.jsonl").open("r+", encoding="utf-8") as stream:
        lines = stream.read().splitlines()
        stream.seek(0)
        stream.truncate()
        stream.write("\n".join(lines[:-1]) + "\n" + lines[-1][:40])
    quality(folder, *flags, "--resume", out="whole")
    said = capsys.readouterr().out
    assert "p3-f1_f2  b4" in said
    assert "f0_f1" not in said
    again = [{key: row[key] for key in row if key not in timed} for row in table(folder / "whole" / "images.csv")]
    assert again == whole


@pytest.mark.usefixtures("starter_pack", "_cheap")
def test_a_fault_of_one_method_does_not_stop_the_others(folder, monkeypatch, capsys):
    def fail(layers):
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr(baselines, "feathered_paste", fail)
    assert quality(folder, "--methods", "b1", "b0", "--pairs", "1", "--no-plots") == 4
    found = {row["method"]: row["error"] for row in table(folder / "out" / "images.csv")}
    assert found == {"b0": "", "b1": "ZeroDivisionError: by chance"}
    assert "by chance" in capsys.readouterr().err


@pytest.mark.usefixtures("starter_pack")
def test_a_refused_pair_is_a_row_with_its_reason(folder, monkeypatch):
    def refuse(portraits):
        raise InputRefused("The head is covered.")

    monkeypatch.setattr(protocols, "target_of", refuse)
    assert quality(folder, "--methods", "b0", "--pairs", "1", "--no-plots") == 4
    (row,) = table(folder / "out" / "images.csv")
    assert row["error"] == "The head is covered."


def test_wrong_flags_are_refused(folder, tmp_path, capsys):
    assert quality(folder, "--share", "3/2") == 3
    assert quality(folder, "--methods", "nothing") == 3
    assert quality(folder, "--only", "nobody") == 3
    assert main(["quality", "--folder", str(tmp_path / "none"), "--no-plots"]) == 3
    said = capsys.readouterr().err
    assert "I/N" in said
    assert "Unknown method" in said
    assert "no pairs" in said
    assert "COIFFE_DATA" in said


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(plots.importlib, "import_module", missing)
    with pytest.raises(InputRefused, match="matplotlib") as found:
        plots.plotter()
    assert "coiffe[bench]" in str(found.value)


def test_a_folder_of_ones_own_is_drawn_from_once(folder, monkeypatch):
    made = []
    monkeypatch.setattr(command, "draw_list", lambda *_, **__: made.append(1) or PairList({}, ()))
    arguments = type("A", (), {"list": None, "folder": folder, "people": None, "triple": [], "per_bin": 2,
                               "out": folder / "own"})()
    arguments.out.mkdir()
    command._list(arguments, folder, None)
    command._list(arguments, folder, None)
    assert made == [1]


def row(case, method, value, *, seed=0, budget="60 s", person="a", **more):
    return {"case": case, "protocol": "p3", "bin": "easy", "person": person, "method": method, "budget": budget,
            "seed": seed, "judge": "levels", "q3_iou": value, **more}


def test_tables_average_seeds_and_share_what_has_no_budget():
    rows = [row("c1", "loho", 0.8, seed=0), row("c1", "loho", 0.9, seed=1), row("c2", "loho", 0.5, person="b"),
            row("c1", "loho", 0.95, budget="300 s"), row("c1", "b3", 0.7, budget="any"),
            row("c2", "b3", 0.6, budget="any", person="b")]
    long, short = tabulate(rows, ["b3", "loho"], ["b3"])
    assert (long.budget, short.budget) == ("300 s", "60 s")
    assert short.means["q3_iou"]["loho"].mean == pytest.approx((0.85 + 0.5) / 2)
    assert short.means["q3_iou"]["loho"].n == 2
    assert long.means["q3_iou"]["b3"].n == 2
    against = short.against["b3"]["q3_iou"]["loho"]
    assert against.difference.mean == pytest.approx((0.15 - 0.1) / 2)
    assert against.better == 0.5
    assert against.gain.mean == against.difference.mean
    assert best_of(long, "q3_iou") == "loho"
    assert "**0.95**" in markdown([long])


def test_rank_takes_seam_leak_and_iou_together():
    def all_three(method, seam, leak, iou):
        return row("c1", method, iou, q6_seam=seam, q7_leak=leak)

    (found,) = tabulate([all_three("b3", 0.5, 0.3, 0.9), all_three("loho", 1.2, 0.0, 0.8)], ["b3", "loho"], [])
    assert found.rank["loho"].mean == pytest.approx((1 + 1 + 2) / 3)
    assert found.rank["b3"].mean == pytest.approx((2 + 2 + 1) / 3)


def test_two_judges_are_not_mixed():
    with pytest.raises(InputRefused, match="cannot be compared"):
        check_judges([row("c1", "b3", 1), row("c2", "b3", 1) | {"judge": "pack"}])


def test_rows_survive_a_broken_line(tmp_path):
    file = RowFile(tmp_path, (1, 2))
    file.add(row("c1", "b3", 0.5))
    with file.path.open("a", encoding="utf-8") as stream:
        stream.write('{"case": "c2", "meth')
    file.add(row("c3", "b3", 0.7))
    RowFile(tmp_path, (2, 2)).add(row("c4", "b3", 0.9))
    assert [found["case"] for found in read_rows(tmp_path)] == ["c1", "c3", "c4"]


def test_another_division_of_the_work_is_not_mixed_in(tmp_path):
    RowFile(tmp_path, (1, 2)).add(row("c1", "b3", 0.5))
    RowFile(tmp_path, (2, 2)).clear()
    with pytest.raises(InputRefused, match="another division"):
        RowFile(tmp_path, (1, 1)).clear()
    RowFile(tmp_path, (1, 2)).clear()
    assert read_rows(tmp_path) == []


def test_sheet_has_five_columns_and_room_for_what_failed():
    tiles = [("a", "", np.zeros((50, 100, 3), np.uint8)), *[("b", "text", None)] * 6]
    sheet = contact_sheet(tiles)
    assert sheet.shape == (2 * 444, 5 * 390, 3)
    assert not sheet[54:54 + 192, :384].any()
    assert figures_line({"q6_seam": 1.234, "q7_leak": None, "q3_iou": 0.5}) == "seam 1.23  IoU 0.50"
    assert figures_line({"error": "no face"}) == "no face"
