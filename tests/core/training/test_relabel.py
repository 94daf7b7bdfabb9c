"""Self-training of the regions network: which labels the teacher may correct, and how they are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputRefused
from core.faces.face import Region
from core.training.data.portraits import SIZE, Portraits
from core.training.faces import relabel
from core.training.faces.regions import sample


def _logits(hair: np.ndarray, sureness: float, beneath: int = Region.SKIN) -> np.ndarray:
    logits = np.full((8, SIZE, SIZE), -4.0, np.float32)
    logits[beneath] = 3
    logits[Region.HAIR] = np.where(hair, 5, -5)
    logits[7] = np.where(hair, sureness, -sureness)
    return logits


def _boxes(*rows: slice) -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), bool)
    for row in rows:
        mask[row, 60:200] = True
    return mask


@pytest.fixture
def portraits() -> Portraits:
    images = np.random.default_rng(0).integers(0, 255, (3, SIZE, SIZE, 3)).astype(np.uint8)
    labelled = _boxes(slice(20, 60))
    regions = np.where(labelled, np.uint8(Region.HAIR), np.uint8(Region.SKIN))[None].repeat(3, axis=0)
    hair = np.where(labelled, 255, 0).astype(np.uint8)[None].repeat(3, axis=0)
    small = np.zeros((3, 160, 160, 3), np.uint8)
    return Portraits(
        images, small, regions, hair, np.zeros((3, 478, 3), np.float32), np.full(3, 0.1, np.float32),
        ("a", "b", "c"), np.array([0, 1]), np.array([2]),
    )  # fmt: skip


def test_a_sure_teacher_takes_painted_hair_away_and_adds_forgotten_hair(portraits: Portraits) -> None:
    seen = _boxes(slice(20, 40), slice(120, 150))
    regions, hair, weight = relabel.corrected(_logits(seen, 4), portraits.regions[0], portraits.hair[0])
    assert (regions[44:56, 70:190] == Region.SKIN).all()
    assert hair[44:56, 70:190].max() < 30
    assert (regions[124:146, 70:190] == Region.HAIR).all()
    assert hair[124:146, 70:190].min() > 225
    assert weight.min() == 255
    assert np.array_equal(regions[22:38], portraits.regions[0][22:38])


def test_an_unsure_teacher_only_lowers_the_weight(portraits: Portraits) -> None:
    seen = _boxes(slice(20, 40))
    regions, hair, weight = relabel.corrected(_logits(seen, 0.5), portraits.regions[0], portraits.hair[0])
    assert np.array_equal(regions, portraits.regions[0])
    assert np.array_equal(hair, portraits.hair[0])
    assert weight[45:55, 70:190].max() < 64
    assert (weight[100:] == 255).all()


def test_outlines_and_specks_stay_as_labelled(portraits: Portraits) -> None:
    seen = _boxes(slice(18, 62))
    seen[150:154, 100:104] = True
    regions, hair, weight = relabel.corrected(_logits(seen, 6), portraits.regions[0], portraits.hair[0])
    assert np.array_equal(regions, portraits.regions[0])
    assert np.array_equal(hair, portraits.hair[0])
    assert (weight == 255).all()


def test_opinions_of_all_views_lie_on_each_other() -> None:
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    image[90:150, 70:130] = 255

    def predict(crops: np.ndarray) -> np.ndarray:
        bright = crops[..., 0].astype(np.float32) / 127.5 - 1
        return np.repeat(bright[:, None], 8, axis=1)

    logits = relabel.opinion(image, predict)
    assert logits.shape == (8, SIZE, SIZE)
    found = logits[7] > 0
    assert found[92:148, 72:128].all()
    found[88:152, 68:132] = False
    assert not found.any()


def test_only_the_training_split_is_relabelled(portraits: Portraits, tmp_path: Path) -> None:
    seen = _boxes(slice(20, 40))

    def predict(crops: np.ndarray) -> np.ndarray:
        return _logits(seen, 6, Region.BACKGROUND)[None].repeat(len(crops), axis=0)

    taught, share = relabel.relabelled(portraits, predict)
    assert 0 < share < 0.2
    assert (taught.regions[0] != portraits.regions[0]).any()
    assert np.array_equal(taught.regions[2], portraits.regions[2])
    assert taught.hair_fraction[0] < portraits.hair_fraction[0] == taught.hair_fraction[2]
    kept = tmp_path / "run" / "regions.labels.npz"
    relabel.write_labels(taught, kept)
    again = relabel.read_labels(portraits, kept)
    assert np.array_equal(again.regions, taught.regions)
    assert np.array_equal(again.hair, taught.hair)
    assert again.trust is not None
    with pytest.raises(InputRefused, match="other portraits"):
        relabel.read_labels(replace(portraits, names=("a", "b", "d")), kept)


def test_what_the_teacher_doubts_weighs_little_in_training(portraits: Portraits) -> None:
    doubted = replace(portraits, trust=np.full(portraits.regions.shape, 51, np.uint8))
    backgrounds = np.zeros((1, SIZE, SIZE, 3), np.uint8)
    weights = [sample(p, 0, backgrounds, np.random.default_rng(4))[3] for p in (portraits, doubted)]
    inside = weights[0] == 1
    assert inside.mean() > 0.3
    assert np.allclose(weights[1][inside], 0.2)
    assert np.array_equal(weights[1][~inside], weights[0][~inside])
