"""An eye and brow under old hair come from the other side of the face, and only where that can be right."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from core.compositing.removing.mirrored_eyes import opposite_features
from core.compositing.removing.removal import remove_hair
from core.compositing.removing.scene import Scene
from core.compositing.removing.skin_base import OFFSET, skin_base
from core.faces.face import Portrait, Region
from core.faces.mesh import BROW_POLYGONS, EYE_POLYGONS
from core.imaging.matting import dilate
from tests.core.compositing.people import person
from tests.core.compositing.removing.test_hole import changed, scene_of
from tests.core.compositing.removing.test_removal import bald

SCALE = 3.0
CENTRE = (300.0, 330.0)
HEIGHT = 2 * 56 * SCALE


def _looking(gaze: float = 0.0) -> Portrait:
    """A portrait with lids, irises and brows; ``gaze`` moves both irises to the picture's right (face heights)."""
    plain = person(size=(600, 620), centre=CENTRE, scale=SCALE, hair="short")
    image = plain.photo.rgb()
    regions = plain.regions.copy()
    regions[regions == Region.EYES] = Region.SKIN
    landmarks = plain.face.landmarks.copy()
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    for k, sign in ((0, -1), (1, 1)):
        cx, cy = CENTRE[0] + sign * 0.16 * HEIGHT, CENTRE[1] - 0.075 * HEIGHT
        angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        # Numbered from the outer corner over the upper lid, alike on both sides.
        eye = np.stack([cx + sign * 0.06 * HEIGHT * np.cos(angle), cy - 0.022 * HEIGHT * np.sin(angle)], axis=1)
        brow = np.stack([cx + sign * 0.08 * HEIGHT * np.cos(angle[:10] * 1.6), cy - HEIGHT * (
            0.09 + 0.012 * np.sin(angle[:10] * 1.6))], axis=1)
        landmarks[list(EYE_POLYGONS[k]), :2], landmarks[list(BROW_POLYGONS[k]), :2] = eye, brow
        image = np.where((cv2.fillPoly(np.zeros(y.shape, np.uint8), [np.rint(brow).astype(int)], 1) > 0)[..., None],
                         np.float32((0.3, 0.2, 0.15)), image)
        ball = np.hypot((x - cx) / (0.06 * HEIGHT), (y - cy) / (0.022 * HEIGHT)) < 1
        iris = np.hypot(x - cx - gaze * HEIGHT, y - cy) < 0.02 * HEIGHT
        # The painted person's own eyes are plain spots.
        image = np.where((np.hypot((x - cx) / (0.08 * HEIGHT), (y - cy) / (0.05 * HEIGHT)) < 1)[..., None],
                         np.float32((0.8, 0.6, 0.5)) * (1 - 0.1 * (x - CENTRE[0]) / (42 * SCALE))[..., None], image)
        image = np.where(ball[..., None], np.float32((0.9, 0.88, 0.86)), image)
        image = np.where((ball & iris)[..., None], np.float32((0.2, 0.3, 0.35)), image)
        regions[ball] = Region.EYES
    image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.0)
    photo = dataclasses.replace(plain.photo, pixels=np.rint(image * 255).astype(np.uint8))
    return dataclasses.replace(
        plain, photo=photo, regions=regions, face=dataclasses.replace(plain.face, landmarks=landmarks)
    )


def _curtained(portrait: Portrait, first: float = 0.17) -> Portrait:
    """Hair over the face from ``first`` (face heights right of its middle) on."""
    image = portrait.photo.rgb()
    x = np.arange(image.shape[1], dtype=np.float32)[None, :, None]
    y = np.arange(image.shape[0], dtype=np.float32)[:, None, None]
    cover = (x > CENTRE[0] + first * HEIGHT) & (y < CENTRE[1] + 0.2 * HEIGHT) & (x < CENTRE[0] + 0.5 * HEIGHT)
    image = np.where(cover, np.float32((0.25, 0.16, 0.1)), image)
    photo = dataclasses.replace(portrait.photo, pixels=np.rint(image * 255).astype(np.uint8))
    hair = np.maximum(portrait.hair, cover[..., 0].astype(np.float32))
    return dataclasses.replace(
        portrait, photo=photo, hair=hair, regions=np.where(cover[..., 0], np.uint8(Region.HAIR), portrait.regions)
    )


def _found(scene: Scene):
    base = skin_base(scene)
    assert base is not None
    return opposite_features(scene, base.colour, dilate(scene.hair > 0.03, scene.px(0.012))), base.colour


def _eye(scene: Scene, k: int) -> np.ndarray:
    mask = np.zeros(scene.hair.shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(scene.landmarks[list(EYE_POLYGONS[k])]).astype(np.int32)], 1)
    return mask > 0


@pytest.mark.parametrize("gaze", [0.0, 0.006])
def test_a_half_hidden_eye_is_completed_and_looks_where_its_seen_half_looks(gaze: float) -> None:
    whole = _looking(gaze)
    scene = scene_of(_curtained(whole))
    found, base = _found(scene)
    assert found is not None
    hidden = _eye(scene, 1) & (scene.hair > 0.5)
    assert hidden.sum() > 100
    assert found.weight[hidden].min() > 0.95
    truth = scene_of(whole).image
    picture = (base + OFFSET) * found.factor - OFFSET
    error = np.abs(picture - truth)[hidden].mean()
    assert error < 0.42 * np.abs(base - truth)[hidden].mean()


def test_nothing_is_done_where_nothing_is_hidden_or_new_hair_covers_it() -> None:
    assert _found(scene_of(_looking()))[0] is None
    curtained = scene_of(_curtained(_looking()))
    cover = dilate(curtained.hair > 0.03, curtained.px(0.012)).astype(np.float32)
    assert _found(changed(curtained, new=cover))[0] is None


def test_an_eye_that_is_hidden_too_is_not_mirrored() -> None:
    both = _curtained(_looking())
    hair = np.maximum(both.hair, both.hair[:, ::-1])
    assert _found(scene_of(dataclasses.replace(both, hair=hair)))[0] is None


def test_a_turned_head_is_not_mirrored() -> None:
    scene = scene_of(_curtained(_looking()))
    landmarks = scene.landmarks.copy()
    landmarks[454, 0] = landmarks[168, 0] + 0.4 * (landmarks[454, 0] - landmarks[168, 0])
    assert _found(changed(scene, landmarks=landmarks))[0] is None


def _brow(scene: Scene, k: int) -> np.ndarray:
    mask = np.zeros(scene.hair.shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(scene.landmarks[list(BROW_POLYGONS[k])]).astype(np.int32)], 1)
    return mask > 0


def test_a_brow_that_the_mirror_does_not_show_whole_is_left_out_and_the_eye_is_not() -> None:
    """A faint lock beside the seen brow hardly hides it, but takes away what lies under it."""
    scene = scene_of(_curtained(_looking()))
    hidden = scene.hair > 0.5
    whole, _ = _found(scene)
    lock = (np.abs(scene.side + 0.2) < 0.04) & _brow(scene, 0)
    part, _ = _found(changed(scene, hair=np.maximum(scene.hair, np.where(lock, np.float32(0.2), 0))))
    assert whole is not None
    assert part is not None
    assert whole.weight[_brow(scene, 1) & hidden].min() > 0.9
    assert part.weight[_brow(scene, 1) & hidden].mean() < 0.3
    assert part.weight[_eye(scene, 1) & hidden].min() > 0.9


def test_the_removal_says_so_and_seen_features_next_to_it_stay() -> None:
    whole = _looking()
    portrait = _curtained(whole)
    removal = remove_hair(portrait, bald(portrait), portrait.hair, yaw_difference=0.0)
    assert any("other eye was mirrored" in warning for warning in removal.warnings)
    assert removal.features is not None
    assert removal.features.max() > 0.5
    truth = whole.photo.rgb()
    x = np.arange(truth.shape[1])[None]
    eye = (whole.regions == Region.EYES) & (x > CENTRE[0])
    assert np.abs(removal.plate - truth)[eye & (portrait.hair > 0.5)].mean() < 0.08
    seen = eye & (x < CENTRE[0] + 0.125 * HEIGHT)
    assert seen.sum() > 50
    assert np.array_equal(removal.plate[seen], portrait.photo.rgb()[seen])
