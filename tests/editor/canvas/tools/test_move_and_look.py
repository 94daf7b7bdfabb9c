"""Moving layers, and the tools that only change the view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent

from core.document.commands import RemoveLayer
from core.document.events import Topic
from tests.editor.canvas.tools.hands import ALT, PLAIN, SHIFT, Canvas, Hand, add_layer


def press_key(hand, code, modifiers=PLAIN) -> bool:
    return hand.toolbox.active.key_press(hand.view, QKeyEvent(QEvent.Type.KeyPress, code, modifiers))


@pytest.fixture
def layer(workspace):
    workspace.set_tool("move")
    return add_layer(workspace, origin=(40, 60))


def test_a_drag_is_one_step_and_shows_at_once(workspace, hand, layer):
    changes = []
    workspace.changed.connect(changes.append)
    hand.press(100, 100)
    hand.move(110, 95)
    assert layer.origin == (50, 55)
    assert changes[-1].topic is Topic.LAYER
    hand.move(130, 90)
    hand.release()
    assert layer.origin == (70, 50)
    assert workspace.undo.count() == 1
    workspace.undo.undo()
    assert layer.origin == (40, 60)
    workspace.undo.redo()
    assert layer.origin == (70, 50)


def test_two_drags_are_two_steps(workspace, hand, layer):
    hand.drag((100, 100), (110, 100))
    hand.drag((110, 100), (130, 100))
    assert workspace.undo.count() == 2


def test_shift_keeps_a_drag_on_one_axis(hand, layer):
    hand.modifiers = SHIFT
    hand.drag((100, 100), (130, 108))
    assert layer.origin == (70, 60)


def test_escape_puts_the_layer_back(workspace, toolbox, hand, layer):
    hand.press(100, 100)
    hand.move(150, 150)
    assert toolbox.cancel()
    hand.release()
    assert layer.origin == (40, 60)
    assert workspace.undo.count() == 0


def test_arrow_keys_move_by_one_or_ten_and_merge(workspace, hand, layer):
    for _ in range(3):
        assert press_key(hand, Qt.Key.Key_Right)
    press_key(hand, Qt.Key.Key_Up, SHIFT)
    assert layer.origin == (43, 50)
    assert workspace.undo.count() == 1
    workspace.undo.undo()
    assert layer.origin == (40, 60)


def test_what_cannot_be_moved_says_why(workspace, toolbox, hand, layer, hints, canvas):
    layer.locked = True
    hand.drag((100, 100), (150, 100))
    layer.locked, layer.visible = False, False
    hand.drag((100, 100), (150, 100))
    workspace.set_active_layer("base")
    hand.drag((100, 100), (150, 100))
    Hand(toolbox, Canvas("reference-1", 200, 160)).drag((50, 50), (80, 80))
    assert layer.origin == (40, 60)
    assert workspace.undo.count() == 0
    words = ("locked", "hidden", "stays where it is", "on the portrait")
    assert [word in hint for word, hint in zip(words, hints, strict=True)] == [True] * 4
    assert toolbox.active.cursor(canvas).shape() == Qt.CursorShape.ForbiddenCursor


def test_a_layer_that_goes_during_the_drag_keeps_its_place(workspace, toolbox, hand, layer):
    hand.press(100, 100)
    hand.move(150, 150)
    workspace.push(RemoveLayer(layer.id))
    assert not toolbox.busy
    hand.release()
    workspace.undo.undo()
    assert layer.origin == (40, 60)


def test_hand_moves_the_view_with_the_pointer(workspace, hand, canvas):
    workspace.set_tool("hand")
    seen = canvas.viewport.to_image(QPointF(100, 100))
    event = hand._event
    tool = hand.toolbox.active
    start = event(None, 100, 100, 1.0)
    start.widget = QPointF(100, 100)
    tool.press(canvas, start)
    for x in (120, 150):
        step = event(None, 0, 0, 1.0)
        step.widget = QPointF(x, 130)
        tool.move(canvas, step)
    tool.release(canvas, step)
    now = canvas.viewport.to_widget(seen)
    assert abs(now.x() - 150) < 1
    assert abs(now.y() - 130) < 1
    assert workspace.undo.count() == 0


def test_zoom_by_click_keeps_the_point_under_the_pointer(workspace, hand, canvas):
    workspace.set_tool("zoom")
    hand.click(100, 80)
    assert canvas.viewport.scale == 2.0
    place = canvas.viewport.to_widget(QPointF(100, 80))
    assert abs(place.x() - 100) <= 1
    assert abs(place.y() - 80) <= 1
    hand.modifiers = ALT
    hand.click(100, 80)
    assert canvas.viewport.scale == 1.0


def test_zoom_by_dragging_sideways(workspace, hand, canvas):
    workspace.set_tool("zoom")
    tool = hand.toolbox.active
    start = hand._event(None, 100, 80, 1.0)
    tool.press(canvas, start)
    step = hand._event(None, 100, 80, 1.0)
    step.widget = start.widget + QPointF(120, 0)
    tool.move(canvas, step)
    tool.release(canvas, step)
    assert abs(canvas.viewport.scale - 2.0) < 1e-6


def test_zoom_into_a_rectangle(workspace, hand, canvas):
    workspace.set_tool("zoom")
    hand.modifiers = SHIFT
    hand.drag((100, 100), (150, 120), (200, 175))
    seen = canvas.viewport.visible()
    assert abs(canvas.viewport.scale - 4.0) < 0.01
    assert abs(seen.center().x() - 150) < 1
    assert abs(seen.center().y() - 137.5) < 1
