"""Scores move the way the eye does."""

import cv2
import numpy as np
import pytest

from core.bench.scores import hair_iou, outside, score
from tests.core.compositing import crude


def test_good_composite_scores_well():
    portrait, composite = crude.synthetic()
    scores = score(portrait, composite, composite.image)
    assert scores["outside"] == 0
    assert scores["seam"] == pytest.approx(1, abs=0.05)
    assert abs(scores["halo"]) < 1
    assert scores["leak"] < 0.02
    assert scores["sharp"] == pytest.approx(1, abs=0.05)
    assert scores["bleed"] < 0.5
    assert scores["ghost"] < 0.4


def test_change_outside_is_seen():
    portrait, composite = crude.synthetic()
    image = composite.image.copy()
    image[2, 3, 1] += 3 / 255
    assert score(portrait, composite, image)["outside"] == pytest.approx(3, abs=0.01)


def test_hair_left_over_is_a_leak():
    portrait, composite = crude.synthetic()
    assert score(portrait, composite, portrait.photo.rgb())["leak"] > 0.8


def test_leak_is_left_out_when_hair_has_the_walls_colour():
    portrait, composite = crude.synthetic()
    rgb = portrait.photo.rgb()
    wall = np.where(portrait.hair[..., None] > 0.02, np.float32(0.6), rgb)
    photo = type(portrait.photo)(np.rint(wall * 255).astype(np.uint8))
    same = type(portrait)(photo, portrait.face, portrait.alignment, portrait.regions, portrait.hair)
    assert "leak" not in score(same, composite, composite.image)


def test_cut_out_raises_seam_and_glow_raises_halo():
    portrait, composite = crude.synthetic()
    soft = cv2.GaussianBlur(composite.alpha, (0, 0), 2.0)
    reference = type(composite.reference)(
        composite.plate + (composite.foreground - composite.plate) * soft[..., None], composite.reference.inside,
        composite.reference.regions, soft, composite.foreground, composite.reference.landmarks, 1.0, False,
    )
    values = {name: getattr(composite, name) for name in
              ("plate", "foreground", "old_alpha", "hole", "edit", "invent")}
    pair = type(composite)(image=reference.image, alpha=soft, reference=reference, **values)
    hard = np.where(soft[..., None] > 0.5, composite.foreground, composite.plate)
    assert score(portrait, pair, hard)["seam"] > 1.5 * score(portrait, pair, reference.image)["seam"]
    glow = reference.image + 0.1 * ((soft > 0.05) & (soft < 0.6))[..., None]
    assert score(portrait, pair, glow)["halo"] > 4


def test_blurred_hair_is_not_sharp():
    portrait, composite = crude.synthetic()
    assert score(portrait, composite, cv2.GaussianBlur(composite.image, (0, 0), 3))["sharp"] < 0.75


def test_undefined_scores_are_left_out():
    portrait, composite = crude.synthetic()
    nothing = np.zeros_like(composite.alpha)
    empty = type(composite)(portrait.photo.rgb(), composite.plate, nothing, composite.foreground, nothing,
                            np.zeros_like(composite.hole), nothing, nothing, composite.reference)
    assert score(portrait, empty, portrait.photo.rgb()) == {"outside": 0.0}


def test_helpers():
    one, other = np.zeros((4, 4), bool), np.zeros((4, 4), np.float32)
    one[:2], other[1:3] = True, 0.9
    assert hair_iou(one, other) == pytest.approx(1 / 3)
    assert hair_iou(one * 0.0, other * 0) == 1
    grey = np.full((4, 4, 3), 0.5, np.float32)
    assert outside(grey, grey + 0.1, np.ones((4, 4))) == 0


def test_real_portrait(data_dir):
    portrait, composite = crude.real(data_dir)
    scores = score(portrait, composite, composite.image)
    assert scores["outside"] == 0
    assert {"seam", "halo", "sharp"} <= set(scores)
    assert all(np.isfinite(value) for value in scores.values())
