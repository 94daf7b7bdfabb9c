"""What the user ignores and protects in a reference never reaches the portrait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.compositing.reading.ignored import without_ignored
from core.document.photo import Photo
from core.engine.masking import portrait_without
from core.engine.progress import Progress
from core.engine.runner import portraits_of
from core.faces.face import Portrait
from tests.core.compositing.people import person

MARK = (slice(40, 52), slice(110, 130))
"""In the hair above the forehead."""


@pytest.fixture
def spoilt() -> tuple[Portrait, Portrait, np.ndarray]:
    """A person, the same with a bright sticker in the hair, and the mask over it."""
    clean = person(hair="long")
    pixels = clean.photo.pixels.copy()
    pixels[MARK] = (255, 0, 255)
    ignore = np.zeros(pixels.shape[:2], np.uint8)
    ignore[MARK] = 255
    return clean, replace(clean, photo=Photo(pixels)), ignore


def _look(portrait: Portrait, calls: list[Any]):
    def look(photo: Photo, hair: np.ndarray | None) -> Portrait:
        calls.append((photo, hair))
        seen = replace(portrait, photo=photo)
        return seen if hair is None else replace(seen, hair=hair, hair_painted=True)

    return look


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_photo_is_filled_there_and_nowhere_else(spoilt, depth):
    clean, marked, ignore = spoilt
    scale = 257 if depth is np.uint16 else 1
    deep = replace(marked, photo=Photo(marked.photo.pixels.astype(depth) * depth(scale)))
    photo = without_ignored(deep, ignore)
    assert photo.pixels.dtype == depth
    np.testing.assert_array_equal(photo.pixels[ignore == 0], deep.photo.pixels[ignore == 0])
    assert np.abs(photo.rgb()[MARK] - clean.photo.rgb()[MARK]).mean() < 0.06
    assert photo.digest != deep.photo.digest


def test_hair_is_looked_for_under_it(spoilt):
    _, marked, ignore = spoilt
    calls: list[Any] = []
    found = portrait_without(_look(marked, calls), marked.photo, None, ignore, None)
    assert [photo is marked.photo for photo, _ in calls] == [True, False]
    assert found.photo is calls[1][0]
    assert all(hair is None for _, hair in calls)


def test_painted_hair_stays_as_it_is_painted(spoilt):
    _, marked, ignore = spoilt
    calls: list[Any] = []
    painted = (marked.hair > 0.5).astype(np.float32)
    found = portrait_without(_look(marked, calls), marked.photo, painted, ignore, None)
    np.testing.assert_array_equal(found.hair, painted)


def test_protected_hair_is_not_taken(spoilt):
    _, marked, _ = spoilt
    protect = np.zeros(marked.hair.shape, np.uint8)
    protect[:, 120:] = 255
    protect[:, 118:120] = 128
    found = portrait_without(_look(marked, []), marked.photo, None, None, protect)
    assert found.hair_painted
    assert not found.hair[:, 120:].any()
    np.testing.assert_array_equal(found.hair[:, :118], marked.hair[:, :118])
    np.testing.assert_allclose(found.hair[:, 118:120], marked.hair[:, 118:120] * (127 / 255), atol=1e-6)


def test_empty_masks_cost_nothing(spoilt):
    _, marked, ignore = spoilt
    calls: list[Any] = []
    found = portrait_without(_look(marked, calls), marked.photo, None, np.zeros_like(ignore), np.zeros_like(ignore))
    assert len(calls) == 1
    assert found.photo is marked.photo


def test_each_reference_has_masks_of_its_own(spoilt):
    from core.recipes.request import Request

    clean, marked, ignore = spoilt
    looks = {portrait.photo.digest: portrait for portrait in (clean, marked)}

    def analyse(photo: Photo, pack: Any, *, hair_mask: Any = None, **_: Any) -> Portrait:
        seen = replace(looks.get(photo.digest, marked), photo=photo)
        return seen if hair_mask is None else replace(seen, hair=hair_mask, hair_painted=True)

    photos = {"identity": marked.photo, "shape": marked.photo, "appearance": clean.photo}
    protect = np.zeros_like(ignore)
    protect[:, :100] = 255
    request = Request(photos, reference_ignore={"shape": ignore}, reference_protect={"appearance": protect})
    found = portraits_of(request, photos, None, Progress(), analyse)
    assert found["identity"].photo is marked.photo
    assert (found["shape"].photo.pixels[MARK] != marked.photo.pixels[MARK]).any()
    assert not found["shape"].hair_painted
    assert found["appearance"].photo is clean.photo
    assert not found["appearance"].hair[:, :100].any()


def test_masks_of_the_one_reference_serve_both_roles(spoilt):
    from core.recipes.request import Request

    _, marked, ignore = spoilt
    request = Request({"identity": marked.photo, "shape": marked.photo}, reference_ignore={"shape": ignore})
    photos = {"identity": marked.photo, "shape": marked.photo, "appearance": marked.photo}
    found = portraits_of(request, photos, None, Progress(), lambda photo, *_, **__: replace(marked, photo=photo))
    assert found["appearance"] is found["shape"]
    assert found["identity"] is not found["shape"]


def test_the_portrait_is_mended_except_where_it_is_protected(spoilt):
    from core.recipes.request import Request

    _, marked, ignore = spoilt
    protect = np.zeros_like(ignore)
    protect[:, 120:] = 255
    photos = {"identity": marked.photo}
    request = Request(photos, ignore=ignore, protect=protect)
    found = portraits_of(request, photos, None, Progress(), lambda photo, *_, **__: replace(marked, photo=photo))
    photo = found["identity"].photo
    assert photo.mended
    left = (ignore > 0) & (protect == 0)
    assert (photo.pixels != marked.photo.pixels).any(axis=2)[left].all()
    np.testing.assert_array_equal(photo.pixels[~left], marked.photo.pixels[~left])


def test_the_portrait_as_its_own_reference_is_mended_with_it(spoilt):
    from core.recipes.request import Request

    _, marked, ignore = spoilt
    again = replace(marked.photo)
    photos = {"identity": marked.photo, "shape": marked.photo, "appearance": again}
    request = Request(photos, ignore=ignore)
    found = portraits_of(request, photos, None, Progress(), lambda photo, *_, **__: replace(marked, photo=photo))
    assert found["shape"] is found["identity"]
    assert found["appearance"].photo.digest == found["identity"].photo.digest != marked.photo.digest
