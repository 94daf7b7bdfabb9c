"""What the user ignores is filled from around it, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.compositing.classical import compose_classical
from core.compositing.reading.ignored import continued, ignored_rect
from core.document.geometry import Rect
from core.document.photo import Photo
from tests.core.compositing.people import person

FH = 100.0
BLONDE = (0.7, 0.55, 0.3)


@pytest.fixture
def spoilt() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slanted strands with a grey square in them, the square, and the strands without it."""
    rows, columns = np.mgrid[0:160, 0:160]
    wave = 0.5 + 0.25 * np.sin((rows + 2 * columns) / 4)
    grain = np.random.default_rng(3).normal(0, 0.02, (160, 160, 1))
    truth = (wave[..., None] * np.array([0.9, 0.7, 0.5]) + grain).clip(0, 1).astype(np.float32)
    square = np.zeros((160, 160), np.float32)
    square[60:90, 60:90] = 1
    return np.where(square[..., None] > 0, np.float32(0.5), truth), square, truth


def test_strands_go_on_through_it(spoilt):
    picture, square, truth = spoilt
    done = continued(picture, square, FH)
    inside = square > 0
    before, after = (np.abs(shown - truth)[inside].mean() for shown in (picture, done))
    assert after < 0.5 * before
    np.testing.assert_array_equal(done[~inside], truth[~inside])


def test_the_fill_has_grain_like_what_is_around_it(spoilt):
    picture, square, truth = spoilt
    fine = [np.diff(shown[65:85, 65:85], n=2, axis=0).std() for shown in (continued(picture, square, FH), truth)]
    assert fine[0] > 0.3 * fine[1]


def test_the_same_fill_comes_twice(spoilt):
    picture, square, _ = spoilt
    np.testing.assert_array_equal(continued(picture, square, FH), continued(picture, square, FH))


def test_two_places_are_filled_each_from_its_own_surroundings():
    picture = np.zeros((160, 160, 3), np.float32)
    picture[:, 80:] = 1
    marks = np.zeros((160, 160), np.float32)
    marks[70:90, 20:40] = marks[70:90, 120:140] = 1
    done = continued(np.where(marks[..., None] > 0, np.float32(0.5), picture), marks, 40.0)
    np.testing.assert_allclose(done, picture, atol=1e-4)


def test_where_nothing_is_known_nothing_happens(spoilt):
    picture, _, _ = spoilt
    np.testing.assert_array_equal(continued(picture, np.ones((160, 160), np.float32), FH), picture)


def _sticker(where: tuple[slice, slice], hair: str = "long"):
    """A person without and with a bright sticker, and the mask over it."""
    clean = person(hair=hair)
    pixels = clean.photo.pixels.copy()
    pixels[where] = (255, 0, 255)
    ignore = np.zeros(pixels.shape[:2], np.uint8)
    ignore[where] = 255
    return clean, replace(clean, photo=Photo(pixels)), ignore


@pytest.mark.parametrize("own", [True, False])
def test_a_mark_away_from_the_hair_is_filled_too(own):
    """Below the collar, where no composite would otherwise reach."""
    spot = (slice(222, 232), slice(20, 32))
    clean, identity, ignore = _sticker(spot)
    reference = identity if own else person(hair="long", colour=BLONDE)
    done = compose_classical(identity, reference, ignore=ignore, quick=True)
    assert np.abs(done.image[spot] - clean.photo.rgb()[spot]).mean() < 0.08
    assert done.invent[spot].min() == 1
    assert done.edit[spot].min() == 1
    untouched = done.edit == 0
    np.testing.assert_array_equal(done.image[untouched], identity.photo.rgb()[untouched])


@pytest.mark.parametrize("quick", [True, False])
def test_none_of_it_is_copied_to_where_old_hair_was(quick):
    """Half on the wall, half on long hair that goes."""
    _, identity, ignore = _sticker((slice(100, 108), slice(20, 75)))
    done = compose_classical(identity, person(hair="short"), ignore=ignore, quick=quick)
    magenta = (done.image[..., 0] > 0.8) & (done.image[..., 1] < 0.3) & (done.image[..., 2] > 0.8)
    assert not magenta.any()


def test_the_own_colour_stays_where_a_strand_was_ignored():
    clean, identity, ignore = _sticker((slice(40, 52), slice(110, 130)))
    done = compose_classical(identity, identity, appearance=identity, ignore=ignore, quick=True)
    changed = np.abs(done.image - clean.photo.rgb()).max(axis=2) > 0.02
    assert not changed[ignore == 0].any()


def test_a_photo_that_is_mended_is_not_filled_again():
    spot = (slice(222, 232), slice(20, 32))
    _, identity, ignore = _sticker(spot)
    mended = replace(identity, photo=replace(identity.photo, mended=True))
    done = compose_classical(mended, mended, ignore=ignore, quick=True)
    np.testing.assert_array_equal(done.image[spot], identity.photo.rgb()[spot])


def test_protection_wins_over_it():
    spot = (slice(222, 232), slice(20, 32))
    _, identity, ignore = _sticker(spot)
    protect = np.zeros_like(ignore)
    protect[:, :26] = 255
    done = compose_classical(identity, person(), ignore=ignore, protect=protect, quick=True)
    np.testing.assert_array_equal(done.image[:, :26], identity.photo.rgb()[:, :26])


def test_the_working_part_reaches_around_what_is_ignored():
    ignore = np.zeros((100, 200), np.uint8)
    rect = Rect(10, 10, 50, 50)
    assert ignored_rect(rect, None, 50.0) is rect
    assert ignored_rect(rect, ignore, 50.0) is rect
    ignore[60:70, 150:160] = 1
    assert ignored_rect(rect, ignore, 50.0) == Rect(10, 10, 171, 81)
