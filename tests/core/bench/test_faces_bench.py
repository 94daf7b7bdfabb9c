"""The benchmark of landmarks and hair: its measures on known answers, and the whole path on real portraits."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.bench.faces import JUDGEMENTS, judged, landmark_errors, overlap, turned
from core.bench.registry import main
from core.models.pack import open_pack
from core.training.data.portraits import SIZE, load_portraits


def test_overlap_of_known_masks():
    whole, half, none = (np.zeros((10, 10), bool) for _ in range(3))
    whole[:] = True
    half[:5] = True
    found = overlap([whole, half, none], [half, half, none])
    assert found["pooled"] == pytest.approx(100 / 150)
    assert found["mean"] == pytest.approx(0.75)
    assert found["pictures"] == 3


def test_judgements_set_areas_right_and_leave_the_labels_alone():
    labels = {"a": np.zeros((SIZE, SIZE), bool), "b": np.ones((SIZE, SIZE), bool)}
    square = [[[10, 20], [10, 29], [19, 29], [19, 20]]]
    right = judged(labels, [{"portrait": "a", "hair": True, "outline": square},
                            {"portrait": "b", "hair": False, "outline": square},
                            {"portrait": "unknown", "hair": True, "outline": square}])
    assert right["a"].sum() == 100
    assert right["a"][20:30, 10:20].all()
    assert (~right["b"]).sum() == 100
    assert not labels["a"].any()
    assert labels["b"].all()


def test_points_turn_with_the_picture():
    image = np.zeros((101, 101, 3), np.uint8)
    cv2.circle(image, (70, 40), 3, (255, 255, 255), -1)
    picture, points = turned(image, np.array([[70.0, 40.0]]), 30)
    rows, columns = np.nonzero(picture[..., 0] > 128)
    np.testing.assert_allclose(points[0], (columns.mean(), rows.mean()), atol=0.5)


def test_the_kept_judgements_are_areas_of_held_back_portraits(data_dir: Path):
    portraits = load_portraits(data_dir, split="val")
    judgements = json.loads(JUDGEMENTS.read_text(encoding="utf-8"))
    assert len(judgements) > 20
    assert {item["portrait"] for item in judgements} <= set(portraits.names)
    labels = {name: hair > 127 for name, hair in zip(portraits.names, portraits.hair, strict=True)}
    changed = sum((mask != labels[name]).sum() for name, mask in judged(labels, judgements).items())
    assert 0 < changed < 0.01 * len(labels) * SIZE**2


def test_figures_of_two_portraits(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["faces", "--data", str(data_dir), "--limit", "2", "--parts", "landmarks,hair", "--out",
                 str(tmp_path)]) == 0
    figures = json.loads((tmp_path / "results.json").read_text())
    assert list(figures["landmarks"]) == ["0", "30", "-30", "45", "-45"]
    assert all(part["found"] == 2 and 0 < part["mean"] < 0.06 for part in figures["landmarks"].values())
    assert figures["hair"]["labels"]["pictures"] == 2
    with (tmp_path / "faces.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == 2 * 5 + 2 * 2
    assert "landmarks" in capsys.readouterr().out


def test_a_picture_without_a_face_has_no_error():
    flat = np.full((256, 256, 3), 128, np.uint8)
    points = np.random.default_rng(0).uniform(60, 200, (478, 2))
    assert np.isnan(landmark_errors(open_pack("starter"), flat, points, 0))


def test_unknown_parts_are_refused(data_dir: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["faces", "--data", str(data_dir), "--parts", "ears"]) == 3
    assert "no part 'ears'" in capsys.readouterr().err
