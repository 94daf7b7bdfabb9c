"""Icons are sharp on every screen and quiet where there is no room for them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap

from editor.look.icons import icon
from tests.editor.canvas.pixels import to_array


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_as_many_pixels_as_the_screen_has(qapp, ratio: float) -> None:
    pixmap = icon("run").pixmap(QSize(20, 20), ratio)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (round(20 * ratio), ratio)
    assert np.any(to_array(pixmap.toImage())[..., 3] > 0)


def test_disabled_ones_look_different(qapp) -> None:
    normal, disabled = (to_array(icon("run").pixmap(QSize(20, 20), 1.0, mode).toImage())
                        for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled))
    assert not np.array_equal(normal, disabled)


def test_no_room_is_no_problem(qapp) -> None:
    canvas = QPixmap(8, 8)
    canvas.fill()
    before = QImage(canvas.toImage())
    with QPainter(canvas) as painter:
        for width in (0, -2):
            icon("save").paint(painter, QRect(2, 2, width, 3))
    assert canvas.toImage() == before
