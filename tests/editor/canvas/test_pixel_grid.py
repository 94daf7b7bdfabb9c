"""The lines between large pixels: where they stand, at every turn of the view and on every screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from editor.canvas.pixel_grid import draw_grid
from editor.canvas.viewport import Viewport
from tests.editor.canvas.pixels import to_array

GREY = 0x808080
WIDTH, HEIGHT = 320, 240


def drawn(viewport: Viewport, ratio: float = 1.0, exposed: QRectF | None = None) -> np.ndarray:
    """Where the grid changes a grey ground [H, W] bool, in device pixels."""
    image = QImage(round(WIDTH * ratio), round(HEIGHT * ratio), QImage.Format.Format_RGB32)
    image.fill(GREY)
    image.setDevicePixelRatio(ratio)
    with QPainter(image) as painter:
        draw_grid(painter, viewport, exposed or QRectF(0, 0, WIDTH, HEIGHT), 30, 20)
    return np.abs(to_array(image)[..., :3].astype(int) - 128).max(axis=2) > 3


def view(scale: float, rotation: float = 0.0, mirrored: bool = False, ratio: float = 1.0) -> Viewport:
    viewport = Viewport()
    viewport.set_window(WIDTH, HEIGHT, ratio)
    viewport.fit(30, 20)
    viewport.rotation, viewport.mirrored = rotation, mirrored
    viewport.zoom_to(scale)
    return viewport


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0.0, 90.0, 180.0, 270.0])
@pytest.mark.parametrize(("scale", "ratio"), [(8.0, 1.0), (9.37, 1.0), (12.0, 1.5)])
def test_every_pixel_has_a_sharp_line_on_each_side(scale, rotation, mirrored, ratio):
    viewport = view(scale, rotation, mirrored, ratio)
    lines = drawn(viewport, ratio)
    transform = viewport.device_transform()
    for column, row in ((3, 4), (15, 10), (22, 15)):
        left, top, right, bottom = transform.mapRect(QRectF(column, row, 1, 1)).getCoords()
        x, y = round((left + right) / 2), round((top + bottom) / 2)
        reach = round(scale / 2) + 2
        across, down = lines[y, x - reach:x + reach + 1], lines[y - reach:y + reach + 1, x]
        assert not lines[y, x]
        # One line on either side, each one device pixel wide.
        assert across[:reach].sum() == across[reach:].sum() == 1
        assert down[:reach].sum() == down[reach:].sum() == 1


def test_a_turned_grid_follows_the_pixels():
    viewport = view(16.0, 30.0)
    lines = drawn(viewport)
    transform = viewport.device_transform()
    on = [transform.map(QPointF(15, 10 + share)) for share in (0.25, 0.5, 0.75)]
    beside = [transform.map(QPointF(15.5, 10 + share)) for share in (0.4, 0.6)]
    assert all(lines[int(p.y()) - 1:int(p.y()) + 2, int(p.x()) - 1:int(p.x()) + 2].any() for p in on)
    assert not any(lines[int(p.y()) - 1:int(p.y()) + 2, int(p.x()) - 1:int(p.x()) + 2].any() for p in beside)


@pytest.mark.parametrize("rotation", [0.0, 90.0])
def test_a_part_is_drawn_as_it_is_in_the_whole(rotation):
    viewport = view(11.3, rotation)
    part = QRectF(100, 60, 77, 83)
    whole, piece = drawn(viewport), drawn(viewport, exposed=part)
    inside = (slice(60, 143), slice(100, 177))
    assert np.array_equal(piece[inside], whole[inside])


def test_there_are_no_lines_below_eight_hundred_percent_or_beside_the_picture():
    assert not drawn(view(7.9)).any()
    viewport = view(8.0)
    box = viewport.device_transform().mapRect(QRectF(0, 0, 30, 20)).toRect()
    lines = drawn(viewport)
    assert lines.any()
    lines[box.top():box.bottom() + 1, box.left():box.right() + 1] = False
    assert not lines.any()
