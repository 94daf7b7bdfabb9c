"""The loss curve shows how a run gets on, whatever numbers come."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF

from editor.widgets.loss_curve import LossCurve


def test_a_falling_loss_falls_and_leaves_room_for_the_rest(qtbot):
    curve = LossCurve()
    qtbot.addWidget(curve)
    area = QRectF(0, 0, 100, 20)
    curve.set_values([1.0], 0.1)
    assert curve.points(area) == []
    curve.set_values([10.0 * 0.9**step for step in range(400)], 0.5)
    points = curve.points(area)
    assert 2 <= len(points) <= 51
    assert points[-1].x() == pytest.approx(50)
    heights = [point.y() for point in points]
    assert heights == sorted(heights)
    assert (heights[0], heights[-1]) == (pytest.approx(0), pytest.approx(20))
    # On a logarithmic scale a steady decay is a straight line.
    assert heights[len(heights) // 2] == pytest.approx(10, abs=1)


def test_losses_that_cannot_be_drawn_are_left_out(qtbot):
    curve = LossCurve()
    qtbot.addWidget(curve)
    curve.set_values([1.0, 0.0, float("nan"), float("inf"), -3.0], None)
    assert curve.points(QRectF(0, 0, 100, 20)) == []
    curve.set_values([0.5, 0.5, 0.5], None)
    assert {point.y() for point in curve.points(QRectF(0, 0, 100, 20))} == {20.0}
    curve.grab()
