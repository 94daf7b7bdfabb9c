"""What the judge looks at, and where: masks of the case, figures of the picture."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.bench.quality import judging
from core.bench.quality.difficulty import crop_weights
from core.bench.quality.methods import Answer
from core.compositing.composite import HoleLabel
from core.document.photo import Photo
from core.faces.face import Region
from core.imaging.colour import rgb_to_lab
from tests.core.generators.tiny import random_features


class _Judge:
    """Mean absolute difference under the weight."""

    name = "levels"

    def distance(self, first, second, weight):
        return float((np.abs(first - second).mean(axis=2) * weight).sum() / weight.sum())


def tools(case, hair=None):
    marks = case.identity.face.landmarks
    return SimpleNamespace(
        regions=SimpleNamespace(parse=lambda photo, alignment: (None, case.target.alpha if hair is None else hair)),
        landmarks=SimpleNamespace(predict=lambda image, crops: (marks[None], np.ones(1))),
        features=random_features(), judge=_Judge())


def answer_of(case, image, alpha=None):
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    edit = (pixels != case.identity.photo.pixels).any(axis=2).astype(np.float32)
    return Answer(pixels, edit, alpha, {})


def test_the_photo_itself_is_perfect_where_nothing_is_to_change(case):
    photo = case.identity.photo
    found = judging.figures_of(case, answer_of(case, photo.rgb()), photo.pixels, tools(case))
    assert (found["q1_max"], found["changed"], found["q2_psnr"]) == (0, 0, 99)
    assert (found["q2_ssim"], found["q2_features"], found["q9_features"]) == (pytest.approx(1), 0, 0)
    assert (found["q8_skin"], found["q8_background"], found["q9_landmarks"]) == (0, 0, 0)
    assert found["q3_iou"] == found["q3_own"] == found["q3_boundary"] == 1
    # Nearly all of the old hair is still there.
    assert found["q7_leak"] > 0.8
    assert "q11_psnr" not in found


def test_the_target_itself_has_no_old_hair_and_the_wanted_colour(case):
    target = case.target
    found = judging.figures_of(case, answer_of(case, target.image), Photo(
        answer_of(case, target.image).pixels).pixels, tools(case))
    before = judging.figures_of(case, answer_of(case, case.identity.photo.rgb()), case.identity.photo.pixels,
                                tools(case))
    assert found["q7_leak"] < 0.1
    assert found["q4_ciede"] < 0.3 * before["q4_ciede"]
    assert found["q4_colour"] < 0.3 * before["q4_colour"]


def test_hair_masks_are_compared_in_the_crop(case):
    hair = np.roll(case.target.alpha, 12, axis=1)
    found = judging.mask_figures(case, replace(case.target, alpha=hair), case.identity.photo, tools(case, hair))
    one, other = crop_weights(case.identity, hair) > 0.5, crop_weights(case.identity, case.target.alpha) > 0.5
    assert found["q3_iou"] == pytest.approx((one & other).sum() / (one | other).sum())
    assert found["q3_iou"] < 0.95
    assert found["q3_own"] == 1


def test_keep_area_is_where_neither_has_hair(case):
    target = case.target
    spoilt = case.identity.photo.rgb().copy()
    spoilt[(target.alpha >= 0.02) | (target.old_alpha >= 0.02)] = 0
    assert judging.keep_figures(case, spoilt, case.identity.photo.rgb(), tools(case))["q2_psnr"] == 99
    keep = np.argwhere((target.alpha < 0.02) & (target.old_alpha < 0.02))
    spoilt[tuple(keep[0])] += 0.5
    found = judging.keep_figures(case, spoilt, case.identity.photo.rgb(), tools(case))["q2_psnr"]
    assert found == pytest.approx(-10 * np.log10(0.25 / len(keep)), abs=1e-3)


def test_bleeding_is_measured_near_the_hair_only(case):
    target, identity = case.target, case.identity
    before = identity.photo.rgb()
    y, x = np.nonzero(target.alpha > 0.5)
    rows, columns = np.mgrid[:before.shape[0], :before.shape[1]]
    near = np.zeros(target.alpha.shape, bool)
    for dy, dx in zip(y, x, strict=True):
        if target.alpha[dy - 1:dy + 2, dx - 1:dx + 2].min() <= 0.5:
            near |= (rows - dy) ** 2 + (columns - dx) ** 2 <= 16**2
    open_to = near & (target.alpha <= 0.02) & (target.old_alpha < 0.02) & (target.hole == HoleLabel.KEEP)
    after = before.copy()
    after[open_to] *= 0.8
    after[~near] = 0.5
    found = judging.skin_figures(case, target, after, before)
    for label, name in ((Region.SKIN, "q8_skin"), (Region.BACKGROUND, "q8_background")):
        where = open_to & (identity.regions == label)
        if where.sum() < 50:
            assert np.isnan(found[name])
            continue
        shift = rgb_to_lab(after)[where].mean(axis=0) - rgb_to_lab(before)[where].mean(axis=0)
        assert found[name] == pytest.approx(np.linalg.norm(shift), rel=0.02)
        assert found[name] > 3


def test_truth_counts_inside_only(case):
    inside = np.zeros(case.identity.hair.shape, bool)
    inside[100:140, 100:150] = True
    truth = case.identity.photo.rgb()
    image = truth.copy()
    image[~inside] = 0
    holed = replace(case, protocol="p5", truth=truth, inside=inside)
    assert judging.truth_figures(holed, image, tools(case))["q11_psnr"] == 99
    image[inside] += np.float32(0.1)
    assert judging.truth_figures(holed, image, tools(case))["q11_psnr"] == pytest.approx(20, abs=0.01)
    found = judging.figures_of(holed, answer_of(case, image), answer_of(case, image).pixels, tools(case))
    assert "q3_iou" not in found
    assert set(found) >= {"q1_max", "q11_ssim", "q11_features"}


def test_only_numbers_are_written():
    assert judging.finite({"a": float("nan"), "b": 1.23456789, "c": float("inf")}) == {"b": 1.2346}
