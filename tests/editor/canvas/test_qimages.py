import gc

import numpy as np
import pytest
from PySide6.QtGui import QColor, QPainter

from editor.canvas.qimages import Surface, mask_image, rgb_image, straight
from tests.editor.canvas.pixels import to_array


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_colours_survive_the_way_there_and_back(qapp):
    pixels = noise(13, 17, 3)
    back = to_array(rgb_image(pixels))
    assert np.array_equal(back[..., :3], pixels)
    assert (back[..., 3] == 255).all()


def test_coverage_survives_without_multiplication(qapp):
    pixels, alpha = noise(9, 6, 3), noise(9, 6, seed=1)
    back = to_array(straight(pixels, alpha))
    assert np.array_equal(back, np.dstack([pixels, alpha]))


@pytest.mark.parametrize("width", [1, 4, 5, 31])
def test_a_mask_of_any_width(qapp, width):
    values = noise(8, width)
    assert np.array_equal(to_array(mask_image(values))[..., 0], values)


def test_slices_and_turned_arrays_are_read_right(qapp):
    pixels = noise(20, 30, 3)
    part = pixels[3:15:2, 5:25]
    assert np.array_equal(to_array(rgb_image(part))[..., :3], part)
    turned = pixels.transpose(1, 0, 2)
    assert np.array_equal(to_array(rgb_image(turned))[..., :3], turned)


def test_the_image_outlives_its_array(qapp):
    pixels = noise(64, 64, 3)
    wanted = pixels.copy()
    image = rgb_image(pixels)
    pixels[...] = 0
    del pixels
    gc.collect()
    assert np.array_equal(to_array(image)[..., :3], wanted)


@pytest.mark.parametrize("bad", [
    np.zeros((4, 4, 3), np.uint16), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8),
    np.zeros((0, 4, 3), np.uint8), np.zeros((4, 40000, 3), np.uint8),
])
def test_what_is_no_picture_is_refused(qapp, bad):
    with pytest.raises(ValueError):
        rgb_image(bad)


def test_colour_and_coverage_must_fit(qapp):
    with pytest.raises(ValueError, match="coverage"):
        straight(noise(4, 5, 3), noise(5, 4))


def test_a_surface_is_drawn_on_and_written_to_in_the_same_memory(qapp):
    surface = Surface(10, 6)
    surface.words[...] = 0xFF102030
    with QPainter(surface.image) as painter:
        painter.fillRect(2, 1, 3, 2, QColor(255, 0, 0))
    assert tuple(surface.pixels[1, 2]) == (0, 0, 255, 255)
    assert tuple(surface.pixels[0, 0]) == (0x30, 0x20, 0x10, 255)
    surface.pixels[5, 9] = (1, 2, 3, 255)
    assert surface.image.pixelColor(9, 5) == QColor(3, 2, 1)
