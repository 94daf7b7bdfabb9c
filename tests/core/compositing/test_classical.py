"""The whole classical composite on painted people: exact outside the edit, and the hair where it belongs."""

import re
from dataclasses import fields, replace
from importlib.util import find_spec

import cv2
import numpy as np
import pytest

from core.compositing import STAGES
from core.compositing.classical import ClassicalOptions, compose_classical
from core.compositing.composite import HoleLabel
from core.compositing.reading.mattes import clear_matte_cache
from core.document.geometry import Rect
from core.errors import InputRefused
from core.faces.portraits import crop_portrait, reduced_portrait
from core.imaging.colour import rgb_to_lab
from core.imaging.matting import erode

from .people import person

BLONDE = (0.7, 0.55, 0.3)


@pytest.fixture(scope="module")
def long_to_short():
    identity, reference = person(hair="long", colour=BLONDE), person(size=(280, 300), centre=(140, 160), scale=1.2)
    return identity, reference, compose_classical(identity, reference)


def test_untouched_pixels_are_the_photo(long_to_short):
    identity, _, done = long_to_short
    original = identity.photo.rgb()
    assert (done.edit == 0).mean() > 0.2
    assert np.array_equal(done.image[done.edit == 0], original[done.edit == 0])
    assert np.rint(done.image * 255).astype(np.uint8)[done.edit == 0].tolist() == identity.photo.pixels[
        done.edit == 0].tolist()
    assert done.image.dtype == np.float32
    assert done.image.min() >= 0
    assert done.image.max() <= 1


def test_old_hair_goes_and_new_hair_comes(long_to_short):
    _, _, done = long_to_short
    lab = rgb_to_lab(done.image)
    removed = erode((done.old_alpha > 0.9) & (done.alpha < 0.02), 3)
    assert removed.sum() > 500
    blonde, dark = rgb_to_lab(np.float32([[BLONDE]]))[0, 0], rgb_to_lab(np.float32([[(0.25, 0.16, 0.1)]]))[0, 0]
    assert np.median(np.linalg.norm(lab[removed] - blonde, axis=1)) > 15
    core = erode(done.alpha > 0.98, 3)
    assert np.median(np.linalg.norm(lab[core] - dark, axis=1)) < 12
    assert (done.hole[removed] != HoleLabel.KEEP).all()


def test_invent_marks_removed_hair_and_stays_inside_the_edit(long_to_short):
    _, _, done = long_to_short
    assert done.invent[done.edit == 0].max() == 0
    removed = erode((done.old_alpha > 0.9) & (done.alpha < 0.02), 3)
    assert done.invent[removed].min() > 0.2
    assert done.invent[erode(done.alpha > 0.99, 6)].mean() < 0.1


def test_the_work_goes_through_the_listed_stages():
    identity, reference = person(hair="long", colour=BLONDE), person(hair="short")
    done = compose_classical(identity, reference, appearance=person(hair="long", colour=(0.5, 0.2, 0.1)), quick=True)
    assert list(done.seconds) == [stage.name for stage in STAGES if stage.name]


def test_the_listed_stages_are_where_they_are_said_to_be():
    options = {name for stage in STAGES for name in re.findall(r"`(\w+)`", stage.left_out)}
    assert options == {field.name for field in fields(ClassicalOptions)}
    for stage in STAGES:
        for module in stage.modules:
            assert find_spec(f"core.compositing.{module}")


def test_protect_and_ignore():
    identity, reference = person(hair="long", colour=BLONDE), person()
    protect, ignore = np.zeros((2, 240, 240), np.uint8)
    protect[:, :110] = 255
    ignore[200:230, 100:140] = 255
    done = compose_classical(identity, reference, protect=protect, ignore=ignore, quick=True)
    original = identity.photo.rgb()
    assert np.array_equal(done.image[:, :110], original[:, :110])
    assert done.edit[:, :110].max() == 0
    assert (np.diff(done.edit[60, 110:120]) >= 0).all()
    assert done.edit[200:230, 112:140].min() > 0.9
    assert done.invent[205:225, 114:140].min() == 1
    assert (done.image[:, 130:] != original[:, 130:]).any()


def test_masks_of_another_size_are_refused():
    with pytest.raises(InputRefused, match="protect mask"):
        compose_classical(person(), person(), protect=np.zeros((3, 3), np.uint8))


def test_appearance_gives_the_colour():
    identity, reference = person(hair="none"), person(hair="long")
    done = compose_classical(identity, reference, appearance=person(colour=BLONDE), quick=True)
    core = erode(done.alpha > 0.98, 3)
    blonde = rgb_to_lab(np.float32([[BLONDE]]))[0, 0]
    assert np.linalg.norm(np.median(rgb_to_lab(done.image)[core], axis=0) - blonde) < 12


def test_a_reference_turned_the_other_way_is_mirrored():
    done = compose_classical(person(yaw=-13), person(yaw=13, hair="long"), quick=True)
    assert done.reference.mirrored


def test_refusals_and_their_overrides():
    with pytest.raises(InputRefused, match="covered"):
        compose_classical(person(hair="scarf"), person())
    options = ClassicalOptions(allow_covered=True)
    assert compose_classical(person(hair="scarf"), person(), options=options, quick=True).warnings
    with pytest.raises(InputRefused, match="No hair"):
        compose_classical(person(), person(hair="none"))


def test_cut_hair_gets_a_crown_and_ends():
    whole = person(hair="long", size=(240, 300), centre=(120, 130))
    cut = crop_portrait(whole, Rect(20, 75, 220, 190))
    identity = person(hair="none", size=(300, 380), centre=(150, 180))
    done = compose_classical(identity, cut, quick=True)
    assert any("reflection" in text for text in done.warnings)
    assert any("cut off at its bottom" in text for text in done.warnings)
    plain = compose_classical(identity, cut, quick=True, options=ClassicalOptions(crown=False, taper=False))
    top_row = 180 - 130 + 75
    assert done.alpha[: top_row - 2].max() > 0.9 > plain.alpha[: top_row - 2].max()
    bottom_row = 180 - 130 + 190
    assert done.alpha[bottom_row - 3].max() < 0.05 < plain.alpha[bottom_row - 3].max()
    assert done.invent[bottom_row - 12].max() > 0.9


def test_a_small_head_in_a_large_picture_is_worked_on_in_part():
    identity, reference = person(hair="long", colour=BLONDE, size=(700, 600), centre=(500, 200)), person()
    done = compose_classical(identity, reference)
    original = identity.photo.rgb()
    assert done.image.shape == original.shape
    assert np.array_equal(done.image[done.edit == 0], original[done.edit == 0])
    assert done.edit[:, :300].max() == 0
    assert np.abs(done.reference.landmarks[33] - identity.face.landmarks[33, :2]).max() < 0.5
    assert done.alpha[140:160, 480:520].max() > 0.9


def test_quick_preview_of_a_large_photo_has_its_size(monkeypatch):
    monkeypatch.setattr("core.compositing.classical.PREVIEW_PIXELS", 30000)
    identity, reference = person(hair="long", colour=BLONDE), person()
    done = compose_classical(identity, reference, quick=True)
    original = identity.photo.rgb()
    assert done.image.shape == original.shape
    assert (done.edit == 0).any()
    assert np.array_equal(done.image[done.edit == 0], original[done.edit == 0])
    clear_matte_cache()


def test_sixteen_bit_identity():
    identity = person(hair="long", depth=16)
    done = compose_classical(identity, person(), quick=True)
    assert np.array_equal(done.image[done.edit == 0], identity.photo.rgb()[done.edit == 0])


def test_reduced_portrait_keeps_its_geometry():
    portrait = person(size=(480, 480), centre=(240, 244), scale=2)
    small = reduced_portrait(portrait, 0.5)
    assert small.photo.pixels.shape == (240, 240, 3)
    assert np.allclose(small.face.landmarks[33, :2] + 0.5, (portrait.face.landmarks[33, :2] + 0.5) / 2, atol=1e-3)
    assert reduced_portrait(portrait, 1.0) is portrait
    assert np.abs(cv2.resize(portrait.hair, (240, 240), interpolation=cv2.INTER_AREA) - small.hair).max() < 1e-6
    assert replace(small).regions.shape == (240, 240)
