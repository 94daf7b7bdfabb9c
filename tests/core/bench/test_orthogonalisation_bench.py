"""The bench of gradient orthogonalisation: whose portraits it takes, what it compares, what it writes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.bench import orthogonalisation as bench
from core.bench.orthogonalisation import Trial, comparisons, with_third_person, write_figures
from core.bench.quality.pairs import LIST, Entry, Pair, PairList, load_list
from core.bench.registry import main
from core.document.photo import Photo
from core.recipes.base import resolve
from core.recipes.loho.recipe import Loho


def _trial(person: str, variant: str, iou: float, structure: float) -> Trial:
    shade = {"off": 0.2, "look": 0.8}[variant]
    return Trial(f"{person}/b/c", person, variant, iou, [1.0, structure], [0.5], np.full((4, 6, 3), shade, np.float32),
                 1.0)


def test_variants_are_parameters_of_the_recipe() -> None:
    for changes in bench.VARIANTS.values():
        assert resolve(Loho.info.params, changes)
    assert next(iter(bench.VARIANTS)) == "off"


def test_look_comes_from_a_third_person_wherever_there_is_one() -> None:
    people = load_list(LIST)
    chosen = people.chosen()
    triples = with_third_person(chosen, people)
    assert len(triples) == len(chosen)
    for (identity, shape, appearance), pair in zip(triples, chosen, strict=True):
        persons = {people.entries[file].person for file in (identity, shape)}
        assert (identity, shape) == (pair.identity, pair.shape)
        assert people.entries[appearance].person not in persons
        assert people.entries[appearance].part == "report"
    given = next(index for index, pair in enumerate(chosen) if pair.name == "52364_52364_19501")
    assert triples[given][2].endswith("19501.jpg"), "a pair's own third person stays"


def test_pairs_without_a_third_person_are_left_out() -> None:
    entries = {name: Entry(name, "", name, "report") for name in ("a", "b")}
    pair = Pair("a", "b", "b", "report", "easy", 0)
    assert with_third_person([pair], PairList(entries, (pair,))) == []


def test_comparisons_are_by_triple_and_by_person() -> None:
    off = {"a": (0.5, 0.3), "b": (0.7, 0.2), "c": (0.6, 0.1)}
    trials = [trial for person, (iou, loss) in off.items()
              for trial in (_trial(person, "off", iou, loss), _trial(person, "look", iou + 0.1, loss / 2))]
    rows = {row["measure"]: row for row in comparisons(trials)}
    iou = rows["hair_iou"]
    assert (iou["variant"], iou["beside"], iou["n"]) == ("look", "off", 3)
    assert iou["mean"] == pytest.approx(0.7)
    assert [iou[key] for key in ("difference", "low", "high")] == pytest.approx([0.1] * 3)
    assert rows["structure_loss"]["difference"] == pytest.approx(-0.1)
    assert rows["structure_loss"]["better_in"] == 1
    assert rows["structure_loss"]["low"] <= -0.1 <= rows["structure_loss"]["high"]


def test_figures_and_pictures_are_written(tmp_path: Path) -> None:
    write_figures([_trial("a", "off", 0.5, 0.3), _trial("a", "look", 0.6, 0.2)], tmp_path)
    found = json.loads((tmp_path / "summary.json").read_text())
    assert [run["variant"] for run in found["runs"]] == ["off", "look"]
    rows = list(csv.reader((tmp_path / "structure_loss.csv").read_text().splitlines()))
    assert rows[0] == ["step", "a/b/c off", "a/b/c look"]
    assert rows[2] == ["2", "0.300000", "0.200000"]
    sheet = cv2.imread(str(tmp_path / "generated.png"))
    assert sheet.shape == (4, 12, 3)
    assert sheet[0, 0, 0] < sheet[0, 11, 0]


def test_the_command_runs_every_variant_of_every_triple(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[Any, ...]] = []

    def run_trial(photos: dict[str, Photo], names: tuple[str, str], variant: str, parameters: dict[str, Any],
                  pack: str, seed: int) -> Trial | None:
        asked.append((names[1], variant, parameters["steps"], parameters.get("encoder_start"), sorted(photos)))
        return None if names[1] == "bald" else _trial(names[1], variant, 0.5, 0.2)

    monkeypatch.setattr(bench, "run_trial", run_trial)
    for name in ("anna", "bald"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((80, 80, 3), 90, np.uint8))
    one, other = tmp_path / "anna.png", tmp_path / "bald.png"
    arguments = ["orthogonalisation", f"{one},{other},{one}", f"{other},{one},{one}", "--steps", "7", "--published",
                 "--variants", "off", "look", "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    roles = ["appearance", "identity", "shape"]
    assert asked == [("anna", "off", 7, False, roles), ("anna", "look", 7, False, roles),
                     ("bald", "off", 7, False, roles)]
    printed = capsys.readouterr().out
    assert "no say" in printed
    assert "hair_iou: look 0.5000, off 0.5000" in printed


@pytest.mark.parametrize("triples", [[], ["one.png,two.png"]])
def test_what_is_no_triple_is_refused(triples: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["orthogonalisation", *triples, "--out", str(tmp_path)]) == 3
    assert "triple" in capsys.readouterr().err
