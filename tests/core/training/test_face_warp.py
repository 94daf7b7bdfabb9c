"""Bent heads and drawn glasses: the points must stay on what they mark."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.training.data.portraits import Portraits, cut, make_frame
from core.training.faces.landmarks import pose_odds
from core.training.faces.warp import Bend, depth_fields, put_on_glasses, random_bend

SIZE = 128


def _points() -> np.ndarray:
    """478 points on a bowl: the deeper, the further from the middle."""
    rng = np.random.default_rng(1)
    xy = rng.uniform([0.25, 0.35], [0.75, 0.85], (478, 2))
    xy[[33, 133, 362, 263]] = [[0.36, 0.5], [0.44, 0.5], [0.56, 0.5], [0.64, 0.5]]
    xy[[127, 356]] = [[0.26, 0.5], [0.74, 0.5]]
    depth = 1.5 * ((xy - [0.5, 0.6]) ** 2).sum(axis=1)
    return np.column_stack([xy, depth]).astype(np.float32)


@pytest.fixture
def portraits() -> Portraits:
    """One black picture with a white dot where landmark 1 lies."""
    points = _points()
    points[1, :2] = 0.58, 0.63
    image = np.zeros((256, 256, 3), np.uint8)
    centre = (round(float(points[1, 0]) * 256 - 0.5), round(float(points[1, 1]) * 256 - 0.5))
    cv2.circle(image, centre, 3, (255, 255, 255), -1)
    points[1, :2] = (np.array(centre) + 0.5) / 256
    small = cv2.resize(image, (160, 160), interpolation=cv2.INTER_AREA)
    labels = np.zeros((1, 256, 256), np.uint8)
    share = np.zeros(1, np.float32)
    nobody = np.zeros(0, np.intp)
    return Portraits(
        image[None], small[None], labels, labels, points[None], share, ("a",), np.array([0]), nobody
    )


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("turn", [(0.0, 0.0), (0.4, -0.15)])
def test_points_follow_the_bent_picture(
    portraits: Portraits, mirror: bool, turn: tuple[float, float]
) -> None:
    frame = make_frame((0.52, 0.6), 0.8, 20, stretch=1.04, shear=0.03, mirror=mirror)
    waves = np.random.default_rng(2).normal(0, 0.015, (4, 4, 2))
    bend = Bend(frame, depth_fields(portraits)[0], turn, waves, SIZE)
    y, x = np.nonzero(bend.cut(portraits, 0, cv2.BORDER_CONSTANT)[..., 0] > 100)
    expected = bend.points(portraits.landmarks[0])[1, :2] * SIZE - 0.5
    assert np.allclose([x.mean(), y.mean()], expected, atol=0.6)
    straight = frame.to_crop(portraits.landmarks[0][1:2, :2])[0] * SIZE - 0.5
    assert np.linalg.norm(expected - straight) > 0.7


def test_no_bend_is_the_plain_crop(portraits: Portraits) -> None:
    frame = make_frame((0.5, 0.6), 0.9, -10)
    bend = Bend(frame, depth_fields(portraits)[0], (0.0, 0.0), np.zeros((3, 3, 2)), SIZE)
    plain = cut(portraits, 0, frame, SIZE, cv2.BORDER_REPLICATE)
    difference = np.abs(plain.astype(int) - bend.cut(portraits, 0, cv2.BORDER_REPLICATE))
    assert difference.max() <= 12
    points = bend.points(portraits.landmarks[0])
    assert np.allclose(points[:, :2], frame.to_crop(portraits.landmarks[0][:, :2]), atol=1e-5)
    assert np.allclose(points[:, 2], portraits.landmarks[0][:, 2] / 0.9, atol=1e-5)


def test_a_turned_bowl_hides_one_side(portraits: Portraits) -> None:
    frame = make_frame((0.5, 0.6), 1.0, 0)
    bend = Bend(frame, depth_fields(portraits)[0], (0.35, 0.0), np.zeros((3, 3, 2)), SIZE)
    moved = bend.points(portraits.landmarks[0]) - np.column_stack(
        [frame.to_crop(portraits.landmarks[0][:, :2]), portraits.landmarks[0][:, 2]]
    )
    deep = portraits.landmarks[0][:, 2] > 0.1
    near = portraits.landmarks[0][:, 2] < 0.01
    assert moved[deep, 0].mean() > moved[near, 0].mean() + 0.01
    right = portraits.landmarks[0][:, 0] > 0.6
    left = portraits.landmarks[0][:, 0] < 0.4
    assert moved[right, 2].mean() < moved[left, 2].mean()


def test_random_bends_are_gentle_and_reproducible(portraits: Portraits) -> None:
    frame, depth = make_frame((0.5, 0.6), 0.9, 0), depth_fields(portraits)[0]
    fields = [random_bend(frame, depth, SIZE, np.random.default_rng(k)).field for k in (5, 5, 6)]
    assert np.array_equal(fields[0], fields[1])
    assert not np.array_equal(fields[0], fields[2])
    assert max(np.abs(field).max() for field in fields) < 0.2


def test_glasses_go_about_the_eyes_and_nowhere_else(portraits: Portraits) -> None:
    image, points = np.full((SIZE, SIZE, 3), 120, np.uint8), portraits.landmarks[0]
    for seed in range(6):
        worn = put_on_glasses(image, points, np.random.default_rng(seed))
        assert (worn != image)[48:80].any()
        assert np.array_equal(worn[:25], image[:25])
        assert np.array_equal(worn[100:], image[100:])
    assert (image == 120).all()


def test_faces_turned_aside_are_drawn_more_often() -> None:
    faces = np.repeat(_points()[None], 2, axis=0)
    faces[:, 1, :2] = [[0.5, 0.6], [0.6, 0.6]]
    odds = pose_odds(faces)
    assert odds.sum() == pytest.approx(1)
    assert odds[1] > 2 * odds[0]
