"""Glasses of the reference: seen by what crosses the nose, and kept off the skin that is lent."""

from __future__ import annotations

import numpy as np
import pytest

from core.compositing.reading.glasses import wears_glasses
from core.compositing.removing.scene import Scene
from core.compositing.removing.skin_fill import donor_detail
from core.faces.face import Portrait
from tests.core.compositing.people import person
from tests.core.compositing.removing.test_hole import scene_of


def painted(reference: Portrait, where: np.ndarray, colour: tuple[int, int, int] = (20, 20, 30)) -> Portrait:
    """The reference with a colour where [H, W] says so; its labels stay."""
    reference.photo.pixels.setflags(write=True)
    reference.photo.pixels[where] = colour
    return reference


def bar(scene: Scene) -> np.ndarray:
    """[H, W], across the face at the height of the eyes, from ear to ear."""
    return scene.reference_skin & (np.abs(scene.t - 0.55) < 0.02)


@pytest.fixture
def plain() -> Scene:
    return scene_of(person(hair="long"), reference=person(hair="none"))


def test_glasses_cross_the_nose(plain: Scene) -> None:
    assert not wears_glasses(plain.reference, plain.landmarks, plain.frame.height)
    worn = painted(person(hair="none"), bar(plain))
    assert wears_glasses(worn.photo.rgb(), plain.landmarks, plain.frame.height)


def test_a_face_outside_the_picture_wears_none(plain: Scene) -> None:
    assert not wears_glasses(plain.reference, plain.landmarks + 5000, plain.frame.height)


def test_glasses_leave_no_trace_on_skin(plain: Scene) -> None:
    arm = bar(plain) & (plain.side > 0.25)
    assert arm.sum() > 20
    scene = scene_of(person(hair="long"), reference=painted(person(hair="none"), bar(plain)))
    assert not scene.reference_bare[arm].any()
    factor, weight, _ = donor_detail(scene, np.zeros(arm.shape, bool))
    assert (weight[arm] == 0).all()
    assert (factor[arm] == 1).all()
    far = scene.reference_skin & (np.abs(scene.t - 0.55) > 0.3)
    assert np.array_equal(scene.reference_bare[far], scene.reference_skin[far])


def test_skin_of_another_colour_lends_its_detail_where_nobody_wears_glasses(plain: Scene) -> None:
    cheek = plain.reference_skin & (plain.t > 0.3) & (plain.t < 0.5) & (plain.side > 0.2)
    scene = scene_of(person(hair="long"), reference=painted(person(hair="none"), cheek, (120, 60, 160)))
    assert np.array_equal(scene.reference_bare, scene.reference_skin)
