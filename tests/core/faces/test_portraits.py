"""Portraits cut out, made smaller or mirrored: what was done to the photo stays known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.document.geometry import Rect
from core.faces.mirror import mirror_portrait
from core.faces.portraits import crop_portrait, reduced_portrait
from tests.core.compositing.people import person


def test_a_mended_photo_stays_mended() -> None:
    plain = person()
    portrait = replace(plain, photo=replace(plain.photo, mended=True, source_mode="L"))
    made = (crop_portrait(portrait, Rect(0, 0, 100, 100)), reduced_portrait(portrait, 0.5), mirror_portrait(portrait))
    assert all(one.photo.mended and one.photo.source_mode == "L" for one in made)


def test_a_mirrored_portrait_is_the_same_after_a_second_mirror() -> None:
    portrait = person(hair="short")
    again = mirror_portrait(mirror_portrait(portrait))
    assert np.array_equal(again.photo.pixels, portrait.photo.pixels)
    assert np.allclose(again.face.landmarks, portrait.face.landmarks, atol=1e-3)
    assert np.allclose(again.alignment.matrix, portrait.alignment.matrix, atol=1e-3)
