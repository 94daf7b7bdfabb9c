"""Recoloured hair keeps its shadows, takes no hue that neither hair has, and stays where it is."""

from dataclasses import replace

import numpy as np
import pytest

from core.compositing.classical import compose_classical
from core.compositing.inplace import same_hair
from core.compositing.placing.recolour import YELLOWEST, lightness_curve, recolour, tones_of, without_green
from core.document.photo import Photo
from core.imaging.colour import lab_to_rgb, rgb_to_lab
from tests.core.compositing.people import person

ONES = np.ones((80, 80), np.float32)


def strands(lightness, chroma, hue, *, seed=0):
    """Hair [80, 80, 3] of one hue whose lightness varies from strand to strand over a range (low, high)."""
    rng = np.random.default_rng(seed)
    level = np.sort(rng.uniform(*lightness, (80, 80)).astype(np.float32), axis=0)
    angle = np.radians(hue)
    share = level / lightness[1] * chroma
    return lab_to_rgb(np.dstack([level, share * np.cos(angle), share * np.sin(angle)]).astype(np.float32))


def hue_of(image):
    lab = rgb_to_lab(image)
    return np.degrees(np.arctan2(lab[..., 2], lab[..., 1])), np.hypot(lab[..., 1], lab[..., 2]), lab[..., 0]


def test_black_between_strands_stays_black():
    dark, blond = strands((4, 45), 20, 55), strands((25, 88), 22, 75, seed=1)
    dark[:6] = 0.0
    done = recolour(dark, ONES, blond, ONES)
    assert rgb_to_lab(done[:6])[..., 0].max() < 3
    assert rgb_to_lab(done[40:])[..., 0].mean() > 60


def test_lightness_rises_everywhere_on_its_way():
    for one, other in (((4, 45), (25, 88)), ((30, 90), (2, 30)), ((10, 50), (12, 55)), ((10, 35), (60, 75))):
        source, target = tones_of(strands(one, 15, 60).reshape(-1, 3)), tones_of(strands(other, 15, 60).reshape(-1, 3))
        x, y = lightness_curve(source, target)
        assert y[0] == pytest.approx(0, abs=1e-6)
        assert np.diff(x).min() > 0
        assert np.diff(y).min() >= 0
        assert np.interp(source.middle, x, y) == pytest.approx(target.middle, abs=1)
        assert y[-1] <= 100


def test_greenish_light_on_blond_hair_is_not_carried_over():
    brown, lit_green = strands((4, 60), 18, 50), strands((20, 85), 16, 104, seed=1)
    hue, chroma, _ = hue_of(recolour(brown, ONES, lit_green, ONES))
    assert np.median(hue[chroma > 4]) < YELLOWEST
    assert hue[chroma > 4].max() < 89
    assert hue[chroma > 4].min() > 35


def test_golden_and_dyed_hair_keep_their_hue():
    polar = np.array([[20, 58], [18, 20], [45, 130], [12, -110]], np.float64)
    colour = np.stack([polar[:, 0] * np.cos(np.radians(polar[:, 1])), polar[:, 0] * np.sin(np.radians(polar[:, 1]))], 1)
    turned = without_green(colour)
    assert np.allclose(turned, colour, atol=1e-6)


def test_highlights_fade_towards_the_light():
    brown, blond = strands((4, 60), 18, 50), strands((20, 80), 30, 72, seed=1)
    brown[76:] = 0.98
    blond[74:] = 0.97
    _, chroma, lightness = hue_of(recolour(brown, ONES, blond, ONES))
    assert lightness[77:].min() > lightness[60:68].max()
    assert chroma[77:].mean() < 0.5 * chroma[55:65].mean()


def test_recolouring_in_place_changes_hair_alone():
    brown, blond = person(hair="long"), person(hair="long", colour=(0.75, 0.6, 0.35), name="blond.png")
    done = compose_classical(brown, brown, appearance=blond)
    before = brown.photo.rgb()
    assert np.array_equal(done.image[done.alpha == 0], before[done.alpha == 0])
    assert not done.hole.any()
    assert not done.invent.any()
    core = done.alpha > 0.99
    reached, wanted = done.image[core].mean(axis=0), blond.photo.rgb()[core].mean(axis=0)
    assert np.abs(reached - wanted).max() < 0.06
    laid = done.plate * (1 - done.alpha[..., None]) + done.foreground * done.alpha[..., None]
    assert np.abs(laid - done.image)[done.alpha < 0.75].max() < 0.02


def test_own_hair_without_another_colour_is_the_photo_itself():
    one = person(hair="short")
    assert np.array_equal(compose_classical(one, one).image, one.photo.rgb())


def test_only_the_same_hair_of_the_same_face_is_recoloured_in_place():
    one = person(hair="short")
    assert same_hair(one, person(hair="short", name="copy.png"))
    neighbour = replace(one, face=replace(one.face, landmarks=one.face.landmarks + 20))
    assert not same_hair(one, neighbour)
    assert not same_hair(one, replace(one, hair=one.hair * 0.5))
    other = replace(one, photo=Photo(np.roll(one.photo.pixels, 1, axis=1)))
    assert not same_hair(one, other)


def test_quick_look_recolours_in_place_too():
    big = person(size=(1400, 1400), centre=(700, 710), scale=5.8, hair="short")
    blond = person(hair="short", colour=(0.75, 0.6, 0.35), name="blond.png")
    done = compose_classical(big, big, appearance=blond, quick=True)
    assert not done.hole.any()
    assert done.image[done.alpha > 0.99].mean() > big.photo.rgb()[done.alpha > 0.99].mean() + 0.2
