import math

import pytest
from PySide6.QtCore import QPointF, QRectF

from editor.canvas.viewport import FIT_MARGIN, LARGEST, SMALLEST, Viewport


@pytest.fixture
def viewport(qapp):
    viewport = Viewport()
    viewport.set_window(800, 600, 1.0)
    viewport.fit(1000, 500)
    return viewport


def near(a: QPointF, b: QPointF, gap: float = 1e-6) -> bool:
    return math.hypot(a.x() - b.x(), a.y() - b.y()) <= gap


def test_fit_shows_all_with_a_margin(viewport):
    shown = viewport.transform().mapRect(QRectF(0, 0, 1000, 500))
    assert viewport.window.contains(shown)
    assert shown.left() == pytest.approx(FIT_MARGIN, abs=1)
    assert shown.center().y() == pytest.approx(300, abs=1)


def test_fit_counts_a_turned_picture(viewport):
    viewport.rotate(90)
    viewport.fit(1000, 500)
    assert viewport.window.contains(viewport.transform().mapRect(QRectF(0, 0, 1000, 500)))
    assert viewport.scale == pytest.approx((600 - 2 * FIT_MARGIN) / 1000)


@pytest.mark.parametrize("turn", [0.0, 90.0, 33.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_there_and_back(viewport, turn, mirrored):
    viewport.rotate(turn)
    if mirrored:
        viewport.mirror()
    viewport.zoom_by(1.7, QPointF(100, 500))
    point = QPointF(123.25, 456.5)
    assert near(viewport.to_image(viewport.to_widget(point)), point)


@pytest.mark.parametrize("turn", [0.0, 33.0])
def test_zoom_keeps_what_is_under_the_pointer(viewport, turn):
    viewport.rotate(turn)
    anchor = QPointF(650, 120)
    before = viewport.to_image(anchor)
    for factor in (1.25, 3.0, 0.4, 1.1):
        viewport.zoom_by(factor, anchor)
        # Upright pictures begin on a whole device pixel.
        assert near(viewport.to_widget(before), anchor, 0.75)
    viewport.zoom_to(8.0, anchor)
    assert viewport.scale == 8.0
    assert near(viewport.to_widget(before), anchor, 0.75)


def test_scale_keeps_its_limits(viewport):
    viewport.zoom_by(1e9)
    assert viewport.scale == LARGEST
    viewport.zoom_by(1e-12)
    assert viewport.scale == SMALLEST


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_at_100_percent_pixels_of_the_picture_are_pixels_of_the_screen(viewport, ratio):
    viewport.set_window(801, 599, ratio, QPointF(0.25, 0.5))
    viewport.zoom_to(1.0, QPointF(333, 77))
    viewport.pan(0.3, 0.7)
    to_device = viewport.device_transform()
    corner = to_device.map(QPointF(0, 0)) + QPointF(0.25, 0.5)
    assert corner.x() == pytest.approx(round(corner.x()))
    assert corner.y() == pytest.approx(round(corner.y()))
    assert to_device.m11() == 1.0
    assert viewport.transform().m11() == pytest.approx(1 / ratio)


def test_pan_moves_the_picture_with_the_hand(viewport):
    viewport.rotate(40)
    viewport.mirror()
    grip = viewport.to_image(QPointF(300, 300))
    viewport.pan(35, -20)
    assert near(viewport.to_widget(grip), QPointF(335, 280), 0.01)


def test_pan_counts_logical_pixels_on_a_dense_screen(viewport):
    viewport.set_window(800, 600, 2.0)
    grip = viewport.to_image(QPointF(300, 300))
    viewport.pan(10, 6)
    assert near(viewport.to_widget(grip), QPointF(310, 306), 0.5)


def test_mirror_flips_the_screen_even_when_turned(viewport):
    viewport.rotate(30)
    point = viewport.to_image(QPointF(500, 200))
    viewport.mirror()
    assert near(viewport.to_widget(point), QPointF(300, 200), 0.01)
    viewport.mirror()
    assert near(viewport.to_widget(point), QPointF(500, 200), 0.01)
    assert not viewport.mirrored


def test_a_resize_fits_again_until_the_artist_moves(viewport):
    viewport.set_window(400, 300, 1.0)
    assert viewport.scale == pytest.approx((400 - 2 * FIT_MARGIN) / 1000)
    viewport.zoom_to(1.0)
    viewport.set_window(500, 300, 1.0)
    assert viewport.scale == 1.0


def test_previous_goes_back_and_forth(viewport):
    fitted = viewport.scale
    viewport.zoom_to(4.0, QPointF(10, 10))
    viewport.previous()
    assert viewport.scale == fitted
    assert viewport.fitted
    viewport.previous()
    assert viewport.scale == 4.0


def test_one_turn_of_the_wheel_is_one_step_back(viewport):
    fitted = viewport.scale
    for _ in range(5):
        viewport.zoom_by(1.25, QPointF(100, 100))
    viewport.previous()
    assert viewport.scale == fitted


def test_linked_viewports_stay_together(viewport, qtbot):
    other = Viewport()
    other.set_window(300, 600, 1.0)
    viewport.link(other)
    assert other.scale == viewport.scale
    with qtbot.waitSignal(viewport.changed):
        other.zoom_to(3.0, QPointF(10, 20))
    assert viewport.scale == 3.0
    assert near(viewport.to_image(QPointF(400, 300)), other.to_image(QPointF(150, 300)), 1.0)
    viewport.unlink(other)
    viewport.zoom_to(1.0)
    assert other.scale == 3.0


def test_three_linked_in_a_ring_end(viewport):
    second, third = Viewport(), Viewport()
    viewport.link(second)
    second.link(third)
    third.link(viewport)
    viewport.rotate(12)
    assert second.rotation == third.rotation == 12
