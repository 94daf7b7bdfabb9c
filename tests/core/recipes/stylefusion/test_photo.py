"""What StyleFusion does to a photograph: tones, backgrounds, features and turns, each against what it should be."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.faces.align import Alignment
from core.faces.face import Face, Portrait, Region
from core.imaging.colour import lab_to_rgb, rgb_to_lab
from core.recipes.stylefusion.features import FEATURES, set_in, similarity
from core.recipes.stylefusion.labels import settled_labels
from core.recipes.stylefusion.photo import (
    Canvas,
    Changed,
    Look,
    change_tone,
    pose_flow,
    quadratic_motion,
    replace_background,
    tone_between,
    visible_change,
    warp_pose,
)
from tests.core.recipes import world

SIZE = 96


def canvas(image: np.ndarray, **masks: np.ndarray) -> Canvas:
    empty = np.zeros(image.shape[:2], np.float32)
    leaves = dict.fromkeys(("hair", "background", "clothes", "skin", "eyes", "mouth"), empty) | masks
    matrix = np.array([[64.0, 0, 16], [0, 64.0, 16], [0, 0, 1]])
    return Canvas(image, leaves, leaves["hair"], Alignment(matrix), 40.0)


def photo(seed: int) -> np.ndarray:
    small = np.random.default_rng(seed).random((8, 8, 3)).astype(np.float32)
    return np.clip(cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), 0.05, 0.95)


def half() -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), np.float32)
    mask[:, : SIZE // 2] = 1
    return mask


def test_a_tone_moves_means_and_contrast() -> None:
    one = photo(0)
    lab = rgb_to_lab(one)
    mean = lab[:, : SIZE // 2].reshape(-1, 3).mean(axis=0)
    wanted = (lab - mean) * (0.8, 1, 1) + mean + (5, 3, -2)
    tone = tone_between((one, half()), (lab_to_rgb(wanted.astype(np.float32)), half()))
    assert tone is not None
    moved = rgb_to_lab(tone.applied(one))
    assert np.abs(moved - wanted).mean() < 1.5
    assert tone_between((one, half()), (one, np.zeros_like(half()))) is None
    same = tone_between((one, half()), (one, half()))
    assert same is not None
    assert np.abs(same.applied(one) - one).max() < 0.01


def test_a_tone_touches_its_region_alone() -> None:
    one = photo(0)
    changed = Changed(canvas(one, clothes=half()))
    tone = tone_between((one, half()), (1 - one, half()))
    assert tone is not None
    change_tone(changed, "clothes", tone, 0.5)
    assert changed.mask[:, 60:].max() == 0
    assert np.array_equal(changed.image[:, 60:], one[:, 60:])
    assert np.abs(changed.image[:, :40] - one[:, :40]).mean() > 0.01
    assert changed.mask.max() <= 0.5


def _portrait(image: np.ndarray, regions: np.ndarray) -> Portrait:
    base = world.portrait(1)
    landmarks = np.tile(np.float32([48, 50, 0]), (478, 1))
    for (fitted, further), centre in zip((*FEATURES["eyes"], *FEATURES["mouth"]), ((38, 44), (58, 44), (48, 62)),
                                         strict=True):
        for index, number in enumerate((*fitted, *further)):
            angle = 2 * np.pi * index / max(1, len(fitted) + len(further))
            landmarks[number] = (centre[0] + 6 * np.cos(angle), centre[1] + 3 * np.sin(angle), 0)
    landmarks[10], landmarks[152] = (48, 20, 0), (48, 76, 0)
    pixels = np.rint(image * 255).astype(np.uint8)
    matrix = np.array([[64.0, 0, 16], [0, 64.0, 16], [0, 0, 1]])
    return replace(base, photo=replace(base.photo, pixels=pixels), regions=regions, alignment=Alignment(matrix),
                   face=Face((30, 20, 66, 76), landmarks, 0.99), hair=np.zeros(regions.shape, np.float32))


def test_a_background_is_replaced_behind_the_person() -> None:
    regions = np.full((SIZE, SIZE), Region.SKIN, np.uint8)
    regions[:, : SIZE // 2] = Region.BACKGROUND
    own = np.full((SIZE, SIZE, 3), 0.7, np.float32)
    own[:, : SIZE // 2] = (0.1, 0.2, 0.6)
    source = _portrait(np.full((SIZE, SIZE, 3), (0.2, 0.6, 0.2), np.float32), regions)
    changed = Changed(canvas(own, background=half()))
    replace_background(changed, source, 1.0)
    assert np.abs(changed.image[20:70, 5:35] - (0.2, 0.6, 0.2)).max() < 0.03
    assert np.array_equal(changed.image[:, 60:], own[:, 60:])
    assert changed.mask[:, 60:].max() == 0
    faint = Changed(canvas(own, background=half()))
    replace_background(faint, source, 0.5)
    assert np.abs(faint.image[40, 20] - (own[40, 20] + changed.image[40, 20]) / 2).max() < 0.01


def test_a_similarity_is_found_again() -> None:
    points = np.random.default_rng(0).random((12, 2)) * 50
    angle, scale = 0.3, 1.4
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = similarity(points, points @ turn.T + (5, -3))
    assert matrix == pytest.approx(np.hstack([turn, [[5], [-3]]]))


def test_features_are_set_in_and_meet_their_surroundings() -> None:
    regions = np.full((SIZE, SIZE), Region.SKIN, np.uint8)
    own = np.full((SIZE, SIZE, 3), (0.5, 0.4, 0.3), np.float32)
    other = np.full((SIZE, SIZE, 3), (0.8, 0.7, 0.6), np.float32)
    # A dark spot where the source's right eye is: it has to come along, the lighter skin around it must not.
    cv2.circle(other, (38, 44), 2, (0.1, 0.1, 0.1), -1)
    identity, source = _portrait(own, regions), _portrait(other, regions)
    changed = Changed(canvas(identity.photo.rgb()))
    set_in(changed, identity, source, "eyes", 1.0)
    assert changed.image[44, 38].max() < 0.1
    assert changed.mask[44, 38] == 1
    assert np.abs(changed.image[44, 58] - own[0, 0]).max() < 0.02
    assert changed.mask[75:].max() == 0
    hidden = Changed(canvas(identity.photo.rgb(), hair=np.ones((SIZE, SIZE), np.float32)))
    set_in(hidden, identity, source, "eyes", 1.0)
    assert hidden.mask.max() == 0


def test_quadratic_motion_ignores_outliers() -> None:
    line = (np.arange(64) + 0.5) / 64 * 2 - 1
    x, y = np.meshgrid(line, line)
    truth = np.stack([0.01 + 0.02 * x - 0.01 * y * y, -0.02 + 0.01 * x * y], axis=-1).astype(np.float32)
    seen = truth.copy()
    seen[20:30, 20:30] += 0.3
    assert np.abs(quadratic_motion(seen, np.ones((64, 64), np.float32)) - truth).max() < 1e-3
    assert np.abs(quadratic_motion(seen, np.zeros((64, 64), np.float32))).max() < 1e-6


def test_a_shifted_picture_gives_its_shift_and_moves_the_photo() -> None:
    picture = np.zeros((64, 64, 3), np.float32)
    cv2.circle(picture, (32, 32), 14, (0.8, 0.6, 0.5), -1)
    cv2.circle(picture, (28, 30), 3, (0.1, 0.1, 0.1), -1)
    cv2.circle(picture, (38, 36), 4, (0.2, 0.2, 0.5), -1)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.0)
    moved = np.roll(picture, 2, axis=1)
    flow = pose_flow(picture, moved, np.ones((64, 64), np.float32))
    assert flow[128, 128, 0] == pytest.approx(-2 / 64, abs=0.01)
    assert abs(flow[128, 128, 1]) < 0.01
    assert np.abs(flow[:4]).max() == 0
    assert np.hypot(flow[..., 0], flow[..., 1]).max() <= 0.035 + 1e-6
    one = photo(3)
    changed = Changed(canvas(one))
    warp_pose(changed, flow)
    assert np.abs(changed.image[48, 40:56] - one[48, 38:54]).mean() < np.abs(changed.image[48, 40:56] -
                                                                            one[48, 40:56]).mean()
    assert np.array_equal(changed.image[:16], one[:16])
    still = Changed(canvas(one))
    warp_pose(still, pose_flow(picture, picture, np.ones((64, 64), np.float32)))
    assert still.mask.max() == 0


def test_a_look_adds_the_change_inside_the_crop_alone() -> None:
    one = photo(4)
    look = Look(one, canvas(one).alignment)
    change = visible_change(np.zeros((16, 16, 3), np.float32), np.full((16, 16, 3), 0.04, np.float32),
                            {"skin": np.ones((16, 16), np.float32)})
    shown = look.picture(change)
    assert np.abs(shown[48, 48] - one[48, 48] - 0.04).max() < 1e-3
    assert np.array_equal(shown[:14], one[:14])
    rect, part = look.patch(change)
    assert np.abs(part - shown[rect.slices()]).max() < 1e-5
    assert visible_change(change, change, {}).max() == 0


def test_shoulders_and_neck_are_settled_by_their_colours() -> None:
    """A blue coat of which half passes for wall, and a neck that passes for coat."""
    image = np.full((SIZE, SIZE, 3), 0.9, np.float32)
    truth = np.full((SIZE, SIZE), Region.BACKGROUND, np.uint8)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    coat, skin = rows > 80, (np.abs(columns - 48) < 12) & (rows > 20) & (rows < 88)
    image[coat], truth[coat] = (0.1, 0.2, 0.7), Region.CLOTHES
    image[skin], truth[skin] = (0.8, 0.6, 0.5), Region.SKIN
    wrong = truth.copy()
    wrong[84:, 70:][truth[84:, 70:] == Region.CLOTHES] = Region.BACKGROUND
    wrong[79:86, 40:56] = Region.CLOTHES
    settled = settled_labels(_portrait(image, wrong))
    assert (settled == truth).mean() > (wrong == truth).mean()
    assert (settled[88:, 76:] == Region.CLOTHES).mean() > 0.9
    assert (settled[:60] == wrong[:60]).all()
