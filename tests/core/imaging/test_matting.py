"""Matting tools against pictures whose alpha is known."""

import cv2
import numpy as np
import pytest

from core.imaging.matting import (
    blur,
    closed_form,
    dilate,
    distance_to,
    erode,
    foreground_colour,
    guided_filter,
    guided_upsample,
    opened,
)


def scene(size=96):
    """Dark soft disc with fine spokes on a light wall: image, alpha, foreground colour."""
    y, x = np.mgrid[:size, :size].astype(np.float32) - size / 2
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    edge = size * 0.25 + size * 0.05 * np.sin(12 * angle)
    alpha = np.clip((edge - radius) / 4 + 0.5, 0, 1).astype(np.float32)
    front, back = np.float32((0.2, 0.12, 0.08)), np.float32((0.7, 0.75, 0.8))
    wall = back + 0.05 * np.sin(x / 20)[..., None]
    return (front * alpha[..., None] + wall * (1 - alpha[..., None])).astype(np.float32), alpha, front


def test_closed_form_finds_alpha_from_a_wide_trimap():
    image, alpha, _ = scene()
    trimap = np.full(alpha.shape, 0.5, np.float32)
    trimap[erode(alpha > 0.99, 5)] = 1
    trimap[erode(alpha < 0.01, 8)] = 0
    rough = cv2.GaussianBlur(alpha, (0, 0), 5)
    found = closed_form(image, trimap, rough)
    assert np.abs(found - alpha).mean() < 0.3 * np.abs(rough - alpha).mean()
    assert np.array_equal(found[trimap == 1], np.ones((trimap == 1).sum(), np.float32))


def test_prior_decides_where_colours_are_equal():
    image = np.full((40, 40, 3), 0.5, np.float32)
    trimap = np.full((40, 40), 0.5, np.float32)
    trimap[:, :5], trimap[:, 35:] = 1, 0
    prior = np.where(np.arange(40) < 20, 1, 0).astype(np.float32) * np.ones((40, 1), np.float32)
    found = closed_form(image, trimap, prior, trust=0.5)
    assert found[20, 10] > 0.8
    assert found[20, 30] < 0.2


def test_closed_form_says_when_it_cannot(capfd):
    image, alpha, _ = scene(32)
    with pytest.raises(ValueError, match="both sides"):
        closed_form(image, np.where(alpha > 0.5, 1, 0.5).astype(np.float32), alpha)
    decided = np.round(alpha)
    assert np.array_equal(closed_form(image, decided, alpha), decided)
    assert capfd.readouterr().out == ""


def test_foreground_colour_has_no_wall_in_it():
    image, alpha, front = scene()
    found = foreground_colour(image, alpha)
    fringe = (alpha > 0.2) & (alpha < 0.8)
    assert np.abs(found[fringe] - front).mean() < 0.1 * np.abs(image[fringe] - front).mean() + 0.03


def test_guided_filter_follows_the_guide_and_upsamples():
    image, alpha, _ = scene()
    rough = cv2.GaussianBlur(alpha, (0, 0), 2.0)
    assert np.abs(guided_filter(image, rough, 6) - alpha).mean() < np.abs(rough - alpha).mean()
    small = (48, 48)
    low, low_alpha = (cv2.resize(a, small, interpolation=cv2.INTER_AREA) for a in (image, alpha))
    large = guided_upsample(image, low, low_alpha, 2)
    plain = cv2.resize(low_alpha, (96, 96))
    assert np.abs(large - alpha).mean() < np.abs(plain - alpha).mean()


def test_blur_of_any_width_keeps_the_mean():
    image = np.random.default_rng(0).uniform(0, 1, (120, 90)).astype(np.float32)
    for sigma in (0.1, 2.0, 20.0):
        assert blur(image, sigma).mean() == pytest.approx(image.mean(), abs=0.02)
        assert blur(image, sigma).shape == image.shape
    line = np.zeros((200, 200), np.float32)
    line[:, 100:] = 1
    assert np.abs(blur(line, 12.0) - cv2.GaussianBlur(line, (0, 0), 12.0)).max() < 0.05


def test_morphology():
    mask = np.zeros((50, 50), bool)
    mask[20:30, 20:30] = True
    assert dilate(mask, 3).sum() > mask.sum() > erode(mask, 3).sum() == 16
    assert not dilate(np.zeros((5, 5), bool), 3).any()
    assert erode(np.ones((5, 5), bool), 3).all()
    assert distance_to(mask)[25, 15] == 5
    mask[25, 30:45] = True
    assert not opened(mask, 2)[25, 40]
    assert opened(mask, 2)[25, 25]


def test_distances_are_exact_and_the_same_every_time():
    rng = np.random.default_rng(1)
    for _ in range(40):
        height, width = rng.integers(20, 300, 2)
        mask = rng.random((height, width)) < 0.002
        mask[0, 0] = True
        y, x = np.nonzero(mask)
        rows, columns = np.mgrid[:height, :width]
        exact = np.min((rows[..., None] - y) ** 2 + (columns[..., None] - x) ** 2, axis=2)
        assert np.array_equal(distance_to(mask), np.sqrt(exact.astype(np.float32)))
