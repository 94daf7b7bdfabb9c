"""Holes are filled along the lines around them, whichever way these run."""

import numpy as np
import pytest

from core.imaging.directional import continue_lines, line_field
from core.imaging.inpaint import harmonic_fill


def stripes(angle, *, period=24.0, size=160):
    """Picture [size, size, 3] of soft stripes whose lines run at an angle (degrees, 90 = upright)."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    across = -x * np.sin(np.radians(angle)) + y * np.cos(np.radians(angle))
    wave = 0.5 + 0.35 * np.sin(across * 2 * np.pi / period)
    return np.dstack([wave, 0.8 * wave + 0.1, 0.6 - 0.3 * wave]).astype(np.float32)


def hole(size=160):
    target = np.zeros((size, size), bool)
    target[50:110, 45:115] = True
    return target


@pytest.mark.parametrize("angle", [90, 0, 45, 63.4])
def test_stripes_go_on_through_a_hole(angle):
    image, target = stripes(angle), hole()
    broken = np.where(target[..., None], 0, image).astype(np.float32)
    done = continue_lines(broken, ~target, target, sigma=8)
    error = np.abs(done - image)[target].mean()
    assert error < 0.5 * np.abs(harmonic_fill(broken, ~target) - image)[target].mean()
    assert np.array_equal(done[~target], image[~target])


def test_direction_of_lines_is_found_also_inside_the_hole():
    image, target = stripes(63.4), hole()
    direction, clear = line_field(np.where(target[..., None], 0, image).astype(np.float32), ~target, 8)
    wanted = np.array([np.cos(np.radians(63.4)), np.sin(np.radians(63.4))])
    assert np.abs(direction[80, 80] @ wanted) > 0.98
    assert clear[80, 80] > 0.6


def test_nothing_known_or_nothing_wanted_leaves_the_picture():
    image, target = stripes(90), hole()
    nothing = np.zeros_like(target)
    assert np.array_equal(continue_lines(image, ~target, nothing, sigma=8), image)
    assert np.array_equal(continue_lines(image, nothing, target, sigma=8), image)


def test_large_pictures_are_filled_at_reduced_size():
    image = np.repeat(np.repeat(stripes(90), 4, axis=0), 4, axis=1)
    target = np.repeat(np.repeat(hole(), 4, axis=0), 4, axis=1)
    done = continue_lines(np.where(target[..., None], 0, image).astype(np.float32), ~target, target, sigma=32)
    assert np.abs(done - image)[target].mean() < 0.08
