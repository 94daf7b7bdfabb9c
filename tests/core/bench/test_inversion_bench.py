"""The inversion benchmark compares what it says it compares, and writes it down."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from core.bench.inversion import parse_variant
from core.bench.registry import main
from core.errors import InputRefused


def test_variants() -> None:
    assert parse_variant("w+", 100) == {"space": "w+", "steps": 100}
    assert parse_variant("multi:noise", 7) == {"space": "multi", "steps": 7, "noise": "on"}
    tuned = parse_variant("f:tune", 101)
    assert tuned == {"space": "f", "steps": 51, "tune_steps": 50}


@pytest.mark.parametrize("text", ["x", "w+:", "w+:more", "", "noise"])
def test_other_variants_are_refused(text: str) -> None:
    with pytest.raises(InputRefused, match="space"):
        parse_variant(text, 10)


def test_table_and_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[dict[str, Any]] = []
    contexts = []

    def run(request: Any, *, context: Any) -> Any:
        asked.append(dict(request.parameters))
        value = float(len(asked))
        metrics = dict.fromkeys(("psnr", "ssim", "feature_distance", "steps_per_second"), value)
        outcome = SimpleNamespace(layers={"target": np.ones((16, 16, 3), np.float32)})
        return SimpleNamespace(metrics=metrics, outcome=outcome, image=np.zeros((16, 16, 3), np.float32))

    def make_context(request: Any) -> Any:
        contexts.append(SimpleNamespace(portraits=None))
        return contexts[-1]

    monkeypatch.setattr("core.bench.inversion.runner", SimpleNamespace(run=run, make_context=make_context))
    files = []
    for name in ("a", "b"):
        files.append(str(tmp_path / f"{name}.png"))
        cv2.imwrite(files[-1], np.zeros((80, 80, 3), np.uint8))
    out = tmp_path / "out"
    assert main(["inversion", *files, "--spaces", "w+", "f:tune", "--steps", "10", "--set", "codes=4",
                 "--out", str(out)]) == 0
    assert asked == 2 * [{"space": "w+", "steps": 10, "codes": "4"},
                         {"space": "f", "steps": 5, "tune_steps": 5, "codes": "4"}]
    assert len(contexts) == 1
    with (out / "inversion.csv").open(encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    assert [(row["portrait"], row["space"], row["psnr"]) for row in table] == [
        ("a", "w+", "1.0"), ("a", "f:tune", "2.0"), ("b", "w+", "3.0"), ("b", "f:tune", "4.0")]
    sheet = cv2.imread(str(out / "inversion.png"))
    assert sheet is not None
    assert sheet.shape[1] == 3 * 16
    assert sheet[-16:, :16].min() == 255
    assert sheet[-16:, 16:].max() == 0
    assert "mean of 2, f:tune: psnr 3.000" in capsys.readouterr().out
