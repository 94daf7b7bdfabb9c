"""What is learnt from and what is held back never show the same photograph."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.training.data.images import load_portraits as load_images
from core.training.data.portraits import load_portraits
from core.training.data.splits import COPY, read_index
from core.training.repair.cases import Album


def _face(seed: int) -> np.ndarray:
    """A smooth random picture [256, 256, 3]."""
    noise = np.random.default_rng(seed).normal(128, 60, (16, 16, 3)).astype(np.float32)
    return np.clip(cv2.resize(noise, (256, 256), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five portraits of which 0001 is 0004, held back, in other colours, smaller and before another wall."""
    whole = tmp_path / "portraits"
    for kind in ("images", "regions", "hair"):
        (whole / kind).mkdir(parents=True)
    pictures = {f"{k:04d}": _face(k) for k in range(5)}
    copy = cv2.resize(cv2.resize(pictures["0004"], (200, 200), interpolation=cv2.INTER_AREA), (256, 256))
    copy[:, :60], copy[:, 200:] = 255, 255
    pictures["0001"] = np.clip(20 + 0.8 * copy, 0, 255).astype(np.uint8)
    for name, picture in pictures.items():
        cv2.imwrite(str(whole / "images" / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
        for kind in ("regions", "hair"):
            cv2.imwrite(str(whole / kind / f"{name}.png"), np.zeros((256, 256), np.uint8))
    np.savez(whole / "landmarks.npz", landmarks=np.random.default_rng(0).random((5, 478, 3)).astype(np.float32))
    with (whole / "index.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["name", "source", "subject", "size", "source_crop_px", "split", "hair_fraction"])
        rows.writerows([name, "one", f"s{name}", 256, 300, "val" if name == "0004" else "train", 0.1]
                       for name in sorted(pictures))
    return tmp_path


def test_a_copy_of_a_held_back_photograph_is_in_neither_split(folder: Path) -> None:
    rows = read_index(folder / "portraits")
    assert {row["name"]: row["split"] for row in rows} == {
        "0000": "train", "0001": COPY, "0002": "train", "0003": "train", "0004": "val"}


def test_no_training_sees_it(folder: Path) -> None:
    whole = folder / "portraits"
    portraits = load_portraits(folder)
    assert [portraits.names[k] for k in portraits.train] == ["0000", "0002", "0003"]
    assert [portraits.names[k] for k in portraits.val] == ["0004"]
    assert load_portraits(folder, split="train", copies=True).names == ("0000", "0001", "0002", "0003")
    assert load_images(whole, "train", 32).names == ("0000", "0002", "0003")
    assert [sitter.name for sitter in Album(whole, "train").sitters] == ["0000", "0002", "0003"]


def test_the_landmarks_stay_with_their_portraits(folder: Path) -> None:
    points = np.load(folder / "portraits" / "landmarks.npz")["landmarks"]
    assert np.array_equal(load_portraits(folder).landmarks, points[[0, 2, 3, 4]])


def test_the_index_names_every_copy_and_no_other_portrait_comes_near(data_dir: Path) -> None:
    with (data_dir / "portraits" / "index.csv").open(newline="", encoding="utf-8") as stream:
        listed = [row["name"] for row in csv.DictReader(stream) if row["split"] == COPY]
    assert listed
    assert [row["name"] for row in read_index(data_dir / "portraits") if row["split"] == COPY] == listed
