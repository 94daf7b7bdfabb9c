"""Labels and mattes repaired by colour and anatomy where the region net errs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.compositing.reading.colours import colour_odds
from core.compositing.reading.labels import clean_reference, clean_regions, trimmed_matte, usual_shoulders
from core.faces.face import Region
from tests.core.compositing.people import person
from tests.core.compositing.removing.test_hole import scene_of


def test_colour_odds_tell_two_colours_apart() -> None:
    image = np.zeros((40, 40, 3), np.float32)
    image[:, :20], image[:, 20:] = (0.8, 0.2, 0.2), (0.2, 0.3, 0.8)
    left = np.zeros((40, 40), bool)
    left[10:20, :20] = True
    right = np.zeros((40, 40), bool)
    right[10:20, 20:] = True
    odds = colour_odds(image, left, right)
    assert odds[:, :20].min() > 2
    assert odds[:, 20:].max() < -2


def test_shoulders_fall_away_from_the_neck() -> None:
    heights = usual_shoulders(np.float32([0, 0.3, 0.8, 1.3]))
    assert (np.diff(heights) < 0).all()
    assert heights[0] < 0


def test_a_jacket_labelled_background_is_found_again() -> None:
    identity = person(hair="none")
    scene = scene_of(identity)
    true = identity.regions
    jacket = true == Region.CLOTHES
    wrong = true.copy()
    wrong[jacket & (scene.side > 0)] = Region.BACKGROUND
    mended = clean_regions(replace(scene, regions=wrong))
    assert (mended[jacket & (scene.side > 0.1)] == Region.CLOTHES).mean() > 0.9
    assert (mended[true == Region.BACKGROUND] == Region.BACKGROUND).mean() > 0.97
    assert np.array_equal(mended[scene.oval], wrong[scene.oval])


def test_wall_taken_for_hair_is_dropped_and_hair_is_kept() -> None:
    identity = person(hair="short")
    scene = scene_of(identity)
    leaked = identity.hair.copy()
    leaked[4:60, 4:50] = 0.95
    trimmed = trimmed_matte(replace(scene, hair=leaked))
    assert trimmed[15:45, 10:40].max() < 0.1
    hair = identity.hair > 0.9
    assert trimmed[hair].min() > 0.9


def test_grey_hair_before_a_green_wall_is_kept_though_another_wall_is_grey() -> None:
    identity = person(hair="short", wall=(0.2, 0.45, 0.2))
    scene = scene_of(identity)
    image, grey = scene.image.copy(), np.float32((0.5, 0.5, 0.5))
    hair = identity.hair > 0.9
    lit = hair & (scene.t > 1.15) & (scene.side > 0.05)
    image[lit] = grey
    image[130:, :40] = image[130:, 200:] = grey
    leaked = identity.hair.copy()
    leaked[140:200, 4:36] = 0.95
    trimmed = trimmed_matte(replace(scene, image=image, hair=leaked))
    assert lit.sum() > 100
    assert trimmed[lit].min() > 0.9
    assert trimmed[155:185, 12:28].mean() < 0.1


def test_wall_beside_the_reference_face_is_no_ear() -> None:
    scene = scene_of(person(hair="none"))
    labels = scene.reference_regions.copy()
    wall = (scene.t > 0.4) & (scene.t < 0.6) & (scene.side > 0.5) & (scene.side < 0.7)
    assert (labels[wall] == Region.BACKGROUND).mean() > 0.9
    labels[wall] = Region.SKIN
    mended = clean_reference(replace(scene.of_reference, regions=labels), 2.0)
    assert (mended[wall] == Region.BACKGROUND).mean() > 0.9
    assert np.array_equal(mended[scene.oval], labels[scene.oval])


def test_a_light_on_the_forehead_stays_skin_and_wall_beside_it_does_not() -> None:
    scene = scene_of(person(hair="none"))
    labels = scene.reference_regions.copy()
    forehead = (scene.t > 0.98) & (scene.t < 1.3) & (np.abs(scene.side) < 0.35)
    labels[forehead] = Region.SKIN
    image = scene.reference.copy()
    image[forehead] = np.median(image[scene.oval], axis=0)
    light = (np.abs(scene.t - 1.1) < 0.05) & (np.abs(scene.side) < 0.08)
    wall = (scene.t > 1.05) & (scene.t < 1.2) & (scene.side > 0.25) & (scene.side < 0.35)
    image[light | wall] = (0.97, 0.97, 0.96)
    mended = clean_reference(replace(scene.of_reference, image=image, regions=labels), 2.0)
    assert (mended[light] == Region.SKIN).all()
    assert (mended[wall] == Region.BACKGROUND).mean() > 0.8
