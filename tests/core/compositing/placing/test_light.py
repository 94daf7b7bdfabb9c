"""Light matching stays timid, recolouring reaches its target, shadows fall below hair."""

import numpy as np
import pytest

from core.compositing.placing.light import Light, apply_light, calm_rim, measure_light
from core.compositing.placing.recolour import recolour
from core.compositing.placing.shadow import apply_shadow, contact_shadow
from core.faces.face import Region
from core.faces.frame import face_frame
from core.imaging.colour import luma, rgb_to_lab
from tests.core.compositing.people import person


def view(portrait, factor=1.0, left=1.0):
    image = portrait.photo.rgb() * factor
    image[:, :120] *= left
    return np.clip(image, 0, 1), portrait.regions == Region.SKIN, portrait.face.landmarks


def test_equal_light_changes_nothing():
    one = view(person())
    light = measure_light(one, one, 4)
    assert light == Light()
    hair = np.full((240, 240, 3), 0.3, np.float32)
    assert np.allclose(apply_light(hair, light, face_frame(one[2])), hair, atol=1e-4)


def test_differences_are_limited():
    light = measure_light(view(person()), view(person(), 0.2), 4)
    assert 1.05 < light.gain <= 1.2
    assert abs(light.black) <= 8 / 255 + 1e-9
    assert max(map(abs, light.chroma)) <= 10


def test_side_light_brightens_the_lit_side_only():
    light = measure_light(view(person(), 1.0, 1.0), view(person(), 1.0, 0.8), 4)
    assert light.slope > 0.02
    portrait = person()
    hair = np.full((240, 240, 3), 0.3, np.float32)
    lit = luma(apply_light(hair, Light(slope=light.slope), portrait.face.frame))
    assert lit[100, 80] > 0.3 > lit[100, 160]


def test_light_outside_the_hair_is_left_alone():
    hair = np.full((240, 240, 3), 0.3, np.float32)
    where = np.zeros((240, 240), bool)
    where[20:60, 70:170] = True
    lit = apply_light(hair, Light(gain=1.2), person().face.frame, where)
    assert lit[40, 100, 0] > 0.35
    assert np.array_equal(lit[100:], hair[100:])


def test_recolour_reaches_the_other_hair_and_keeps_strands():
    rng = np.random.default_rng(0)
    strands = rng.normal(0, 0.05, (60, 60, 1)).astype(np.float32)
    brown = np.clip(np.float32((0.25, 0.16, 0.1)) + strands, 0, 1)
    blonde = np.clip(np.float32((0.75, 0.6, 0.35)) + rng.normal(0, 0.06, (50, 40, 1)).astype(np.float32), 0, 1)
    done = recolour(brown, np.ones((60, 60), np.float32), blonde, np.ones((50, 40), np.float32))
    difference = np.median(rgb_to_lab(done), axis=(0, 1)) - np.median(rgb_to_lab(blonde), axis=(0, 1))
    assert np.abs(difference).max() < 3
    kept = np.corrcoef(luma(done).ravel(), luma(brown).ravel())[0, 1]
    assert kept > 0.95
    assert luma(done).max() <= luma(blonde).max() + 0.1
    half = recolour(brown, np.ones((60, 60)), blonde, np.ones((50, 40)), strength=0.5)
    assert luma(brown).mean() < luma(half).mean() < luma(done).mean()


def test_recolour_without_enough_hair_is_refused_quietly():
    brown = np.full((20, 20, 3), 0.2, np.float32)
    assert recolour(brown, np.zeros((20, 20)), brown, np.ones((20, 20))) is brown


def test_shadow_lies_below_the_hair_and_is_warm():
    alpha = np.zeros((200, 200), np.float32)
    alpha[60:100, 60:140] = 1
    density = contact_shadow(alpha, 120)
    assert density[104, 100] > density[56, 100] > 0
    assert density[180, 100] < 0.01
    shaded = apply_shadow(np.full((200, 200, 3), 0.8, np.float32), density, 0.3)
    assert shaded[102, 100, 0] > shaded[102, 100, 2]
    assert shaded.min() == pytest.approx(0.8 * (1 - 0.3 * density.max()), abs=1e-4)


def test_white_rim_is_calmed_and_full_hair_is_not():
    alpha = np.zeros((80, 80), np.float32)
    alpha[:, :50], alpha[:, 50:56] = 1, 0.5
    hair = np.broadcast_to(np.float32((0.4, 0.27, 0.16)), (80, 80, 3)).copy()
    hair[:, 50:] = (0.98, 0.98, 0.97)
    hair[20:30, 30:40] = (0.98, 0.98, 0.97)
    done = calm_rim(hair, alpha, 100.0)
    before, after = rgb_to_lab(hair), rgb_to_lab(done)
    assert np.array_equal(done[:, :50], hair[:, :50])
    assert after[:, 50:56, 0].max() < before[:, 50:56, 0].min() - 15
    assert after[:, 50:56, 2].mean() > before[:, 50:56, 2].mean() + 3
    assert after[:, 50:56, 0].min() > before[0, 0, 0] + 10
    assert np.array_equal(calm_rim(hair, alpha, 100.0, strength=0.0), hair)


def test_a_rim_like_the_hair_stays_as_it_is():
    alpha = np.zeros((80, 80), np.float32)
    alpha[:, :50], alpha[:, 50:56] = 1, 0.5
    white = np.full((80, 80, 3), 0.9, np.float32)
    white[:, 50:] = 0.97
    assert calm_rim(white, alpha, 100.0) is white
    assert calm_rim(white, np.zeros((80, 80), np.float32), 100.0) is white
