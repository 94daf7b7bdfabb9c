"""What the user ignores is filled from around it, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.compositing.classical import compose_classical
from core.compositing.composite import BACKDROP
from core.compositing.ignored import fill_ignored, ignored_rect
from core.document.geometry import Rect
from core.document.photo import Photo
from tests.core.compositing.people import person

FH = 100.0
BLONDE = (0.7, 0.55, 0.3)


def _stripes(side: int = 160) -> np.ndarray:
    """Slanted strands [side, side, 3] in 0..1, with some grain."""
    rows, columns = np.mgrid[0:side, 0:side]
    wave = 0.5 + 0.25 * np.sin((rows + 2 * columns) / 4)
    grain = np.random.default_rng(3).normal(0, 0.01, (side, side, 1))
    return (wave[..., None] * np.array([0.9, 0.7, 0.5]) + grain).clip(0, 1).astype(np.float32)


@pytest.fixture
def spoilt():
    """A composite whose photo is strands with a grey square in it, and the square."""
    identity = person()
    base = compose_classical(identity, identity, quick=True)
    truth = _stripes()
    square = np.zeros((160, 160), np.float32)
    square[60:90, 60:90] = 1
    shown = np.where(square[..., None] > 0, np.float32(0.5), truth)
    flat = np.zeros((160, 160), np.float32)
    composite = replace(
        base, image=shown, plate=shown, foreground=shown, alpha=flat + 1, old_alpha=flat + 1,
        hole=flat.astype(np.uint8), edit=flat, invent=flat, reference=replace(base.reference, image=shown))
    return composite, square, truth


@pytest.mark.parametrize("quick", [False, True])
def test_strands_go_on_through_it(spoilt, quick):
    composite, square, truth = spoilt
    done = fill_ignored(composite, square, FH, own_hair=True, quick=quick)
    inside = square > 0
    before, after = (np.abs(picture - truth)[inside].mean() for picture in (composite.image, done.image))
    assert after < 0.4 * before
    for name in ("image", "plate", "foreground"):
        np.testing.assert_array_equal(getattr(done, name)[~inside], truth[~inside])
    np.testing.assert_array_equal(done.image, done.reference.image)


def test_the_fill_has_the_grain_of_what_is_around_it(spoilt):
    composite, square, _ = spoilt
    rough, smooth = (fill_ignored(composite, square, FH, own_hair=True, quick=quick).image for quick in (False, True))
    fine = [np.diff(picture[65:85, 65:85], n=2, axis=0).std() for picture in (rough, smooth)]
    assert fine[0] > 1.2 * fine[1]


def test_the_same_fill_comes_twice(spoilt):
    composite, square, _ = spoilt
    one, two = (fill_ignored(composite, square, FH, own_hair=True, quick=False).image for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_a_soft_mask_fills_softly(spoilt):
    composite, square, _ = spoilt
    whole = fill_ignored(composite, square, FH, own_hair=True, quick=True).image
    half = fill_ignored(composite, 0.5 * square, FH, own_hair=True, quick=True).image
    np.testing.assert_allclose(half, (composite.image + whole) / 2, atol=1e-6)


def test_what_was_replaced_already_stays(spoilt):
    composite, square, _ = spoilt
    under_new_hair = fill_ignored(composite, square, FH, own_hair=False, quick=True)
    assert under_new_hair is composite
    behind = replace(composite, hole=np.full((160, 160), BACKDROP, np.uint8))
    assert fill_ignored(behind, square, FH, own_hair=True, quick=True) is behind


def test_two_places_are_filled_each_from_its_own_surroundings(spoilt):
    composite, _, _ = spoilt
    picture = np.zeros((160, 160, 3), np.float32)
    picture[:, 80:] = 1
    marks = np.zeros((160, 160), np.float32)
    marks[70:90, 20:40] = marks[70:90, 120:140] = 1
    composite = replace(composite, image=np.where(marks[..., None] > 0, np.float32(0.5), picture))
    done = fill_ignored(composite, marks, 40.0, own_hair=True, quick=True).image
    np.testing.assert_allclose(done, picture, atol=1e-4)


def test_where_nothing_is_known_nothing_happens(spoilt):
    composite, _, _ = spoilt
    done = fill_ignored(composite, np.ones((160, 160), np.float32), FH, own_hair=True, quick=False)
    np.testing.assert_array_equal(done.image, composite.image)


@pytest.mark.parametrize("own", [True, False])
def test_a_mark_away_from_the_hair_is_filled_too(own):
    """Below the collar, where no composite would otherwise reach."""
    clean = person(hair="long")
    pixels = clean.photo.pixels.copy()
    pixels[222:232, 20:32] = (255, 0, 255)
    identity = replace(clean, photo=Photo(pixels))
    ignore = np.zeros((240, 240), np.uint8)
    ignore[222:232, 20:32] = 255
    reference = identity if own else person(hair="long", colour=BLONDE)
    done = compose_classical(identity, reference, ignore=ignore, quick=True)
    spot = (slice(222, 232), slice(20, 32))
    assert np.abs(done.image[spot] - clean.photo.rgb()[spot]).mean() < 0.08
    assert done.invent[spot].min() == 1
    assert done.edit[spot].min() == 1


def test_the_working_part_reaches_around_what_is_ignored():
    ignore = np.zeros((100, 200), np.uint8)
    rect = Rect(10, 10, 50, 50)
    assert ignored_rect(rect, None, 50.0) is rect
    assert ignored_rect(rect, ignore, 50.0) is rect
    ignore[60:70, 150:160] = 1
    assert ignored_rect(rect, ignore, 50.0) == Rect(10, 10, 171, 81)
