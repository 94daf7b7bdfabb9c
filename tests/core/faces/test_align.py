"""The FFHQ crop: its geometry, its inverse, and crops that shrink or leave the photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.document.geometry import transform_points
from core.faces.align import Alignment, align_points, crop_points
from core.faces.landmarks import face_alignment, square, sub_square

POINTS = {
    "eye_right": np.array([80.0, 100.0]),
    "eye_left": np.array([120.0, 100.0]),
    "mouth_right": np.array([86.0, 150.0]),
    "mouth_left": np.array([114.0, 150.0]),
}


def _picture(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    wave = 127 + 60 * np.sin(x / 17) + 60 * np.cos(y / 23)
    return np.stack([wave, wave[::-1], x / width * 255], axis=2).astype(np.uint8)


def test_an_upright_face_gives_an_upright_crop_of_the_published_size() -> None:
    alignment = align_points(POINTS)
    assert alignment.side == pytest.approx(2 * max(2.0 * 40, 1.8 * 50))
    assert np.allclose(alignment.quad.mean(axis=0), [100, 105])
    assert np.allclose(alignment.matrix[:2, :2], np.eye(2) * alignment.side)


def test_scale_widens_about_the_same_centre() -> None:
    narrow, wide = align_points(POINTS), align_points(POINTS, scale=1.5)
    assert wide.side == pytest.approx(1.5 * narrow.side)
    assert np.allclose(narrow.quad.mean(axis=0), wide.quad.mean(axis=0))


def test_a_turned_face_gives_a_turned_crop() -> None:
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    turned = {name: transform_points(turn, point[None])[0] for name, point in POINTS.items()}
    alignment = align_points(turned)
    direction = alignment.matrix[:2, 0] / alignment.side
    assert np.allclose(direction, [np.cos(angle), np.sin(angle)])


def test_points_go_to_the_crop_and_back() -> None:
    alignment = align_points(POINTS)
    points = np.array([[100.0, 105.0], [31.5, 77.25]])
    inside = alignment.to_crop(points, 256)
    assert np.allclose(inside[0], 127.5)
    assert np.allclose(transform_points(alignment.pixel_matrix(256), inside), points)


def test_crop_and_uncrop_are_inverse_inside() -> None:
    image = _picture(300, 260)
    alignment = align_points(POINTS)
    back = alignment.uncrop(alignment.crop(image, 256), 260, 300)
    region = (slice(40, 170), slice(30, 170))
    assert np.abs(back[region].astype(int) - image[region]).mean() < 3


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_shrinking_crop_equals_an_area_average(dtype: type) -> None:
    image = cv2.randu(np.zeros((640, 640, 3), np.uint8), 0, 255).astype(dtype)
    alignment = square((319.5, 319.5), 640.0)
    crop = alignment.crop(image, 80).astype(np.float64)
    expected = cv2.resize(image, (80, 80), interpolation=cv2.INTER_AREA)
    assert np.abs(crop - expected).mean() < 2


def test_only_the_part_under_the_crop_matters() -> None:
    image = _picture(2000, 3000)
    alignment = square((1500.3, 900.7), 300.0, 20)
    cleared = np.zeros_like(image)
    cleared[600:1200, 1200:1800] = image[600:1200, 1200:1800]
    assert np.array_equal(alignment.crop(image, 128), alignment.crop(cleared, 128))


def test_outside_the_photo_the_picture_is_mirrored_and_masks_are_empty() -> None:
    image = _picture(200, 200)
    alignment = Alignment(np.array([[200.0, 0, -50], [0, 200, 0], [0, 0, 1]]))
    crop = alignment.crop(image, 200)
    assert np.array_equal(crop[:, 50:], image[:, :150])
    assert np.array_equal(crop[:, 49], image[:, 1])
    mask = alignment.crop(np.full((200, 200), 255, np.uint8), 200, border=cv2.BORDER_CONSTANT)
    assert mask[:, :49].max() == 0
    assert mask[:, 51:].min() == 255


def test_a_crop_far_outside_is_filled_without_error() -> None:
    assert square((-5000.0, -5000.0), 50.0).crop(_picture(64, 64), 32).shape == (32, 32, 3)


def test_points_that_coincide_are_refused() -> None:
    with pytest.raises(ValueError, match="distinct"):
        align_points(dict.fromkeys(POINTS, np.array([5.0, 5.0])))


def test_the_inner_square_is_measured_in_the_crop() -> None:
    alignment = align_points(POINTS)
    inner = sub_square(alignment, np.array([0.5, 0.6]), 0.9)
    assert inner.side == pytest.approx(0.9 * alignment.side)
    assert np.allclose(inner.quad.mean(axis=0) - alignment.quad.mean(axis=0), [0, 0.1 * alignment.side])


def test_the_face_crop_follows_the_landmarks() -> None:
    landmarks = np.zeros((478, 3))
    for indices, name in (((33, 133), "eye_right"), ((263, 362), "eye_left")):
        landmarks[list(indices), :2] = POINTS[name]
    landmarks[61, :2], landmarks[291, :2] = POINTS["mouth_right"], POINTS["mouth_left"]
    crop = face_alignment(landmarks)
    assert crop.side == pytest.approx(0.9 * align_points(crop_points(landmarks)).side)
