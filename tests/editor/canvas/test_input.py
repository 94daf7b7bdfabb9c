"""One stream of events for all devices, gestures that always end, and looking around that tools never notice."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication

from editor.canvas.pointer import MOUSE, NO_PRESSURE, TABLET

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE = Qt.MouseButton.NoButton
PLAIN, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
KIND = QEvent.Type
PEN, ERASER = QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser
POSITION, PRESSURE = QInputDevice.Capability.Position, QInputDevice.Capability.Pressure


def mouse(view, kind, x, y, button=NONE, held=NONE, modifiers=PLAIN):
    where = QPointF(x, y)
    event = QMouseEvent(kind, where, view.mapToGlobal(where), button, held, modifiers)
    QApplication.sendEvent(view, event)


def pen(view, kind, x, y, pressure=0.5, *, tip=PEN, senses=PRESSURE, held=LEFT):
    device = QPointingDevice("pen", 7, QInputDevice.DeviceType.Stylus, tip, POSITION | senses, 1, 2)
    where = QPointF(x, y)
    held = NONE if kind == KIND.TabletRelease else held
    button = NONE if kind == KIND.TabletMove else LEFT
    event = QTabletEvent(kind, device, where, view.mapToGlobal(where), pressure, 0, 0, 0, 0, 0, PLAIN, button, held)
    QApplication.sendEvent(view, event)
    return event


def key(view, kind, code, modifiers=PLAIN):
    QApplication.sendEvent(view, QKeyEvent(kind, code, modifiers))


def wheel(view, x, y, notches=0.0, pixels=(0, 0), modifiers=PLAIN):
    where = QPointF(x, y)
    angle = QPoint(0, round(120 * notches)) if notches else QPoint(*pixels)
    event = QWheelEvent(where, view.mapToGlobal(where), QPoint(*pixels), angle, NONE, modifiers,
                        Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(view, event)


@pytest.fixture
def tool(tools):
    return tools.active


def test_a_mouse_stroke_in_canvas_coordinates(view, tool):
    mouse(view, KIND.MouseMove, 30, 40)
    assert tool.events("hover")[0].widget == QPointF(30, 40)
    mouse(view, KIND.MouseButtonPress, 100, 90, LEFT, LEFT)
    mouse(view, KIND.MouseMove, 140, 95, NONE, LEFT, ALT)
    mouse(view, KIND.MouseButtonRelease, 150, 99, LEFT)
    assert tool.names == ["press", "move", "release"]
    press, move = tool.events("press")[0], tool.events("move")[0]
    assert press.widget == QPointF(100, 90)
    assert press.position == view.viewport.to_image(QPointF(100, 90))
    assert (press.pressure, press.device, press.eraser, press.button) == (1.0, MOUSE, False, LEFT)
    assert move.modifiers & ALT
    assert move.button == LEFT


def test_right_button_reaches_the_tool_too(view, tool):
    mouse(view, KIND.MouseButtonPress, 100, 90, RIGHT, RIGHT, ALT)
    mouse(view, KIND.MouseMove, 110, 90, NONE, RIGHT, ALT)
    mouse(view, KIND.MouseButtonRelease, 110, 90, RIGHT, NONE, ALT)
    assert tool.names == ["press", "move", "release"]
    assert tool.events("press")[0].button == RIGHT


def test_a_second_button_neither_begins_nor_ends_a_stroke(view, tool):
    mouse(view, KIND.MouseButtonPress, 100, 90, LEFT, LEFT)
    mouse(view, KIND.MouseButtonPress, 100, 90, RIGHT, LEFT | RIGHT)
    mouse(view, KIND.MouseButtonRelease, 100, 90, RIGHT, LEFT)
    mouse(view, KIND.MouseMove, 120, 90, NONE, LEFT)
    mouse(view, KIND.MouseButtonRelease, 120, 90, LEFT)
    assert tool.names == ["press", "move", "release"]


def test_a_double_click_is_one_and_is_released(view, tool):
    for kind in (KIND.MouseButtonPress, KIND.MouseButtonRelease, KIND.MouseButtonDblClick, KIND.MouseButtonRelease):
        mouse(view, kind, 50, 50, LEFT, NONE if kind == KIND.MouseButtonRelease else LEFT)
    assert tool.names == ["press", "release", "double_click", "release"]


def test_pen_pressure_and_eraser(view, tool):
    assert pen(view, KIND.TabletPress, 60, 60, 0.3).isAccepted()
    pen(view, KIND.TabletMove, 80.25, 60.5, 0.8)
    pen(view, KIND.TabletRelease, 90, 60, 0.0)
    assert tool.names == ["press", "move", "release"]
    assert [tool.events(name)[0].pressure for name in ("press", "move")] == pytest.approx([0.3, 0.8], abs=0.001)
    assert tool.events("move")[0].widget == QPointF(80.25, 60.5)
    assert tool.events("move")[0].device == TABLET
    pen(view, KIND.TabletPress, 60, 60, 0.3, tip=ERASER)
    assert tool.events("press")[-1].eraser
    pen(view, KIND.TabletRelease, 60, 60, 0.0, tip=ERASER)


def test_a_pen_without_pressure_counts_as_half(view, tool):
    pen(view, KIND.TabletPress, 60, 60, 0.0, senses=POSITION)
    pen(view, KIND.TabletRelease, 60, 60, 0.0, senses=POSITION)
    assert tool.events("press")[0].pressure == NO_PRESSURE


def test_the_mouse_is_not_believed_while_the_pen_draws(view, tool):
    pen(view, KIND.TabletPress, 60, 60)
    mouse(view, KIND.MouseButtonPress, 60, 60, LEFT, LEFT)
    mouse(view, KIND.MouseMove, 65, 60, NONE, LEFT)
    mouse(view, KIND.MouseButtonRelease, 65, 60, LEFT)
    pen(view, KIND.TabletMove, 80, 60)
    pen(view, KIND.TabletRelease, 80, 60, 0.0)
    assert tool.names == ["press", "move", "release"]


def test_a_hovering_pen_hovers(view, tool):
    pen(view, KIND.TabletMove, 60, 60, 0.0, held=NONE)
    assert tool.names == []
    assert tool.events("hover")


def test_a_stroke_ends_with_the_focus(view, tool):
    mouse(view, KIND.MouseButtonPress, 100, 90, LEFT, LEFT)
    mouse(view, KIND.MouseMove, 120, 90, NONE, LEFT)
    QApplication.sendEvent(view, QFocusEvent(KIND.FocusOut))
    assert tool.names == ["press", "move", "release"]
    assert tool.events("release")[0].widget == QPointF(120, 90)
    mouse(view, KIND.MouseButtonRelease, 120, 90, LEFT)
    assert tool.names.count("release") == 1


def test_a_stroke_ends_with_the_window_and_when_hidden(view, tool):
    for event in (KIND.WindowDeactivate, KIND.Hide):
        pen(view, KIND.TabletPress, 60, 60)
        QApplication.sendEvent(view, QEvent(event))
        pen(view, KIND.TabletMove, 70, 60, 0.0, held=NONE)
    assert tool.names == ["press", "release"] * 2


def test_a_lost_release_ends_the_stroke(view, tool):
    mouse(view, KIND.MouseButtonPress, 100, 90, LEFT, LEFT)
    mouse(view, KIND.MouseMove, 140, 90, NONE, NONE)
    assert tool.names == ["press", "release"]
    mouse(view, KIND.MouseButtonPress, 100, 90, LEFT, LEFT)
    QApplication.sendEvent(view, QEvent(KIND.Leave))
    assert tool.names == ["press", "release"] * 2


def test_space_drags_the_view_and_the_tool_hears_nothing(view, tool):
    grip = view.viewport.to_image(QPointF(100, 90))
    key(view, KIND.KeyPress, Qt.Key.Key_Space)
    assert view.cursor().shape() == Qt.CursorShape.OpenHandCursor
    mouse(view, KIND.MouseButtonPress, 100, 90, LEFT, LEFT)
    assert view.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    mouse(view, KIND.MouseMove, 130, 80, NONE, LEFT)
    mouse(view, KIND.MouseButtonRelease, 130, 80, LEFT)
    key(view, KIND.KeyRelease, Qt.Key.Key_Space)
    assert tool.names == []
    there = view.viewport.to_widget(grip)
    assert abs(there.x() - 130) < 1
    assert abs(there.y() - 80) < 1
    assert view.cursor().shape() == Qt.CursorShape.BlankCursor


def test_ctrl_space_zooms_and_shift_space_turns(view, tool):
    scale = view.viewport.scale
    key(view, KIND.KeyPress, Qt.Key.Key_Space)
    mouse(view, KIND.MouseButtonPress, 100, 90, LEFT, LEFT, CONTROL)
    mouse(view, KIND.MouseMove, 250, 90, NONE, LEFT, CONTROL)
    mouse(view, KIND.MouseButtonRelease, 250, 90, LEFT)
    assert view.viewport.scale == pytest.approx(2 * scale)
    centre = view.viewport.window.center()
    mouse(view, KIND.MouseButtonPress, centre.x() + 80, centre.y(), LEFT, LEFT, SHIFT)
    mouse(view, KIND.MouseMove, centre.x() + 60, centre.y() + 60, NONE, LEFT, SHIFT)
    mouse(view, KIND.MouseButtonRelease, centre.x(), centre.y() + 80, LEFT)
    assert view.viewport.rotation == pytest.approx(45)
    assert tool.names == []


def test_the_middle_button_pans(view, tool):
    before = view.viewport.to_image(QPointF(100, 90))
    mouse(view, KIND.MouseButtonPress, 100, 90, MIDDLE, MIDDLE)
    mouse(view, KIND.MouseMove, 120, 90, NONE, MIDDLE)
    mouse(view, KIND.MouseButtonRelease, 120, 90, MIDDLE)
    assert abs(view.viewport.to_widget(before).x() - 120) < 1
    assert tool.names == []


def test_the_wheel_zooms_to_the_pointer(view, tool):
    scale, here = view.viewport.scale, QPointF(300, 60)
    under = view.viewport.to_image(here)
    wheel(view, 300, 60, notches=1)
    assert view.viewport.scale == pytest.approx(1.25 * scale)
    assert (view.viewport.to_widget(under) - here).manhattanLength() < 2
    wheel(view, 300, 60, notches=-1)
    assert view.viewport.scale == pytest.approx(scale)
    assert tool.names == []


def test_a_touchpad_pans_and_zooms_with_control(view):
    scale, under = view.viewport.scale, view.viewport.to_image(QPointF(100, 90))
    wheel(view, 100, 90, pixels=(12, -7))
    there = view.viewport.to_widget(under)
    assert (there - QPointF(112, 83)).manhattanLength() < 2
    assert view.viewport.scale == scale
    wheel(view, 100, 90, pixels=(0, 60), modifiers=CONTROL)
    assert view.viewport.scale > scale


def test_pinch_and_turn_gestures(view):
    scale = view.viewport.scale
    pad = QPointingDevice("pad", 9, QInputDevice.DeviceType.TouchPad, QPointingDevice.PointerType.Finger,
                          POSITION, 5, 1)
    for gesture, value in ((Qt.NativeGestureType.ZoomNativeGesture, 0.5),
                           (Qt.NativeGestureType.RotateNativeGesture, 10.0)):
        here = QPointF(100, 90)
        event = QNativeGestureEvent(gesture, pad, 2, here, here, view.mapToGlobal(here), value, QPointF())
        QApplication.sendEvent(view, event)
    assert view.viewport.scale == pytest.approx(1.5 * scale)
    assert view.viewport.rotation == pytest.approx(10)


def test_no_zoom_in_the_middle_of_a_stroke(view, tool):
    scale = view.viewport.scale
    mouse(view, KIND.MouseButtonPress, 100, 90, LEFT, LEFT)
    wheel(view, 100, 90, notches=2)
    assert view.viewport.scale == scale
    mouse(view, KIND.MouseButtonRelease, 100, 90, LEFT)


def test_without_tools_a_drag_pans(workspace, show):
    from editor.canvas.view import CanvasView

    view = show(CanvasView(workspace, "reference-1"), 300, 200)
    under = view.viewport.to_image(QPointF(100, 90))
    mouse(view, KIND.MouseButtonPress, 100, 90, LEFT, LEFT)
    mouse(view, KIND.MouseMove, 125, 90, NONE, LEFT)
    mouse(view, KIND.MouseButtonRelease, 125, 90, LEFT)
    assert abs(view.viewport.to_widget(under).x() - 125) < 1
