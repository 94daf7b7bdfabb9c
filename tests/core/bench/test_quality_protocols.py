"""The tasks are what they say: truth where there is one, spoilt masks measured against the unspoilt."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from core.bench.quality import protocols
from core.bench.quality.baselines import layers_of
from core.bench.quality.pairs import Pair, PairList
from core.bench.quality.protocols import SPOILT, Studio, hair_disc, spoil
from core.errors import InputRefused
from tests.core.compositing.people import person

PAIR = Pair("one.png", "other.png", "other.png", "report", "easy", 5)


@pytest.fixture
def studio(monkeypatch, tmp_path):
    """Painted people instead of files; whoever is analysed anew is the painted person with that photo and mask."""
    def again(photo, mask, pack):
        height, width = photo.height, photo.width
        found = person(hair="long", size=(width, height))
        hair = found.hair if mask is None else mask.astype(np.float32) / 255
        from dataclasses import replace
        return replace(found, photo=photo, hair=hair, hair_painted=mask is not None)

    monkeypatch.setattr(protocols, "analysed", again)
    made = Studio(tmp_path, PairList({}, (PAIR,)), None)
    made._open.update({"one.png": person(hair="short"), "other.png": person(hair="long", colour=(0.6, 0.5, 0.3))})
    return made


def only(studio, protocol):
    makers = list(studio.cases(protocol, [PAIR]))
    names = studio.names(protocol, [PAIR])
    cases = [make() for make in makers]
    assert [case.name for case in cases] == names
    return cases


def test_swap(studio):
    (case,) = only(studio, "p3")
    assert case.identity is studio.portrait("one.png")
    assert case.appearance is case.portraits["shape"] is studio.portrait("other.png")
    assert case.truth is None
    assert case.seed == 5
    assert case.target.alpha.max() == 1


def test_self_shows_the_same_pixels_in_another_file(studio):
    (case,) = only(studio, "p1")
    photo, other = case.identity.photo, case.portraits["shape"].photo
    assert photo.digest != other.digest
    assert np.array_equal(other.pixels[: photo.height, : photo.width], photo.pixels)
    assert np.array_equal(case.truth, photo.rgb())
    assert case.inside.all()


def test_mirrors_truth_is_the_mirrored_hair(studio):
    (case,) = only(studio, "p2")
    assert np.array_equal(case.portraits["shape"].photo.pixels[:, ::-1], case.identity.photo.pixels)
    assert case.inside.sum() > 500
    assert case.target.alpha[case.inside].mean() > 0.9
    on_itself, hair = protocols.laid_on(case.identity, case.identity)
    assert np.abs(on_itself - case.identity.photo.rgb())[case.inside].mean() < 0.03
    assert np.abs(hair - case.identity.hair)[case.inside].mean() < 0.05


def test_hole_loses_a_disc_of_hair_and_nothing_else(studio):
    (case,) = only(studio, "p5")
    whole = studio.portrait("other.png")
    lost = case.ignore > 0
    assert np.array_equal(lost, case.inside)
    assert whole.hair[lost].min() > 0.9
    crop = whole.alignment.to_crop(np.argwhere(lost)[:, ::-1].astype(float), 256)
    assert crop.min() > 5
    assert crop.max() < 250
    pixels = case.identity.photo.pixels
    assert (pixels[lost] == 128).all()
    assert np.array_equal(pixels[~lost], whole.photo.pixels[~lost])
    assert np.array_equal(case.truth, whole.photo.rgb())
    assert case.appearance is whole


def test_no_hole_without_hair():
    with pytest.raises(InputRefused, match="too little hair"):
        hair_disc(person(hair="none"))


def test_spoilt_masks_are_measured_against_the_good_one(studio):
    makers = list(studio.cases("p4", [PAIR]))
    assert len(makers) == len(SPOILT) == len(studio.names("p4", [PAIR]))
    cases = [makers[1](), makers[3]()]
    assert [case.name for case in cases] == [studio.names("p4", [PAIR])[place] for place in (1, 3)]
    (clean,) = only(studio, "p3")
    for case in cases:
        assert np.array_equal(case.target.alpha, clean.target.alpha)
        assert case.appearance is studio.portrait("other.png")
        assert case.portraits["shape"].hair_painted
        assert not np.array_equal(case.portraits["shape"].hair, case.appearance.hair)
        assert case.portraits["appearance"] is case.portraits["shape"]
        hair = layers_of(case).hair
        assert not np.array_equal(hair, layers_of(clean).hair)
        wanted = (case.spoilt.reference.alpha > 0.5) & case.spoilt.reference.inside
        assert np.array_equal(hair, wanted)


def test_spoiling_by_loops():
    rng = np.random.default_rng(2)
    mask = np.zeros((60, 60), np.uint8)
    mask[20:40, 15:45] = 255
    mask[rng.integers(20, 40, 5), 44] = 0
    hair = mask > 0
    assert np.array_equal(spoil(mask, "grown", 1.5, 30) > 0, distance_transform_edt(~hair) <= 6)
    assert np.array_equal(spoil(mask, "shrunk", 1.5, 30) > 0, distance_transform_edt(hair) > 6)
    assert np.array_equal(spoil(mask, "shifted", 2.0, 30)[6:, 6:], mask[:-6, :-6])
    half = spoil(mask, "half", 1.0, 30.2)
    assert not half[:, 30:].any()
    assert np.array_equal(half[:, :30], mask[:, :30])
    with pytest.raises(ValueError, match="unknown kind"):
        spoil(mask, "else", 1, 0)
