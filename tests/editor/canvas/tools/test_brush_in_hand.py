"""Brush and eraser: resizing in place, keys and cursors."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QKeyEvent

from editor.canvas.tools import brush_actions
from editor.canvas.tools.toolbox import ToolBox
from editor.options import BrushOptions
from tests.editor.canvas.tools.hands import ALT, RIGHT, SHIFT


def key(code: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, code, modifiers)


# -- size and hardness in place -------------------------------------------------------------------------------------
@pytest.mark.parametrize("right", [False, True])
def test_alt_drag_changes_size_sideways_and_hardness_downwards(workspace, hand, hair, right):
    hand.modifiers = ALT
    hand.button = RIGHT if right else hand.button
    workspace.tools.brush.hardness = 0.5
    hand.press(200, 150)
    hand.move(226, 150)
    assert workspace.tools.brush.size == 60
    assert workspace.tools.brush.hardness == 0.5
    hand.move(226, 206)
    assert workspace.tools.brush.hardness == 0.75
    hand.release()
    assert not hair.any()
    assert workspace.undo.count() == 0
    assert workspace.tools.eraser == BrushOptions(size=10.0, hardness=1.0)


def test_alt_drag_keeps_limits_and_can_be_given_up(workspace, toolbox, hand):
    hand.modifiers = ALT
    hand.press(200, 150)
    hand.move(-3000, 3000)
    assert (workspace.tools.brush.size, workspace.tools.brush.hardness) == (1, 1)
    assert toolbox.cancel()
    assert (workspace.tools.brush.size, workspace.tools.brush.hardness) == (20, 1)


def test_alt_drag_keeps_the_edge_under_the_pointer_at_any_zoom(workspace, hand, canvas):
    canvas.viewport.zoom_to(2.0)
    hand.modifiers = ALT
    hand.press(200, 150)
    hand.move(203 + 10, 150)
    assert workspace.tools.brush.size == 40


# -- keys -----------------------------------------------------------------------------------------------------------
def test_size_steps_are_a_tenth_and_at_least_a_pixel(workspace):
    sizes = []
    for start in (100.0, 4.0, 1.0, 2000.0):
        for direction in (1, -1):
            workspace.tools.brush.size = start
            brush_actions.change_size(workspace, direction)
            sizes.append(workspace.tools.brush.size)
    assert sizes == [110, 91, 5, 3, 2, 1, 2000, 1818]


def test_hardness_steps_are_quarters(workspace):
    found = []
    for start in (0.8, 0.5, 0.0, 1.0):
        for direction in (1, -1):
            workspace.tools.brush.hardness = start
            brush_actions.change_hardness(workspace, direction)
            found.append(workspace.tools.brush.hardness)
    assert found == [1.0, 0.75, 0.75, 0.25, 0.25, 0.0, 1.0, 0.75]


def test_keys_change_the_tool_in_use(workspace, toolbox, canvas):
    workspace.set_tool("eraser")
    tool = toolbox.active
    assert tool.key_press(canvas, key(Qt.Key.Key_BracketRight))
    assert tool.key_press(canvas, key(Qt.Key.Key_BraceLeft, SHIFT))
    assert tool.key_press(canvas, key(Qt.Key.Key_3))
    assert workspace.tools.eraser == BrushOptions(size=11.0, hardness=0.75, opacity=0.3)
    assert workspace.tools.brush == BrushOptions(size=20.0, hardness=1.0)
    assert tool.key_press(canvas, key(Qt.Key.Key_0))
    assert workspace.tools.eraser.opacity == 1.0
    assert not tool.key_press(canvas, key(Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier))
    assert tool.key_press(canvas, key(Qt.Key.Key_D))
    assert workspace.tools.eraser == BrushOptions()


def test_x_gives_the_brush_back_when_the_eraser_is_in_use(workspace):
    workspace.tools.erase = True
    workspace.set_tool("eraser")
    brush_actions.swap_polarity(workspace)
    assert (workspace.tool, workspace.tools.erase) == ("brush", False)
    brush_actions.toggle_eraser(workspace)
    brush_actions.toggle_eraser(workspace)
    assert workspace.tool == "brush"


# -- looks ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ground", [Qt.GlobalColor.black, Qt.GlobalColor.white])
@pytest.mark.parametrize("size", [1.0, 3.0, 40.0])
def test_cursor_is_seen_on_black_and_on_white(workspace, toolbox, hand, canvas, ground, size):
    workspace.tools.brush.size = size
    hand.hover(200, 150)
    picture = canvas.picture(toolbox.active, ground).toImage()
    reach = max(size / 2, 5)
    along = [picture.pixelColor(round(200 + reach + step), 150).lightness() for step in range(-3, 4)]
    assert max(along) - min(along) > 120
    assert toolbox.active.cursor(canvas).shape() == Qt.CursorShape.BlankCursor


def test_eraser_cursor_carries_a_minus(workspace, toolbox, hand, canvas):
    workspace.tools.brush.size = workspace.tools.eraser.size = 80.0
    hand.hover(200, 150)
    plain = canvas.picture(toolbox.active).toImage()
    workspace.set_tool("eraser")
    hand.hover(200, 150)
    marked = canvas.picture(toolbox.active).toImage()
    assert plain.pixelColor(200, 150) == plain.pixelColor(5, 5)
    assert marked.pixelColor(200, 150).lightness() > 200


def test_cursor_goes_when_the_pointer_leaves(workspace, toolbox, hand, canvas):
    hand.hover(200, 150)
    toolbox.active.leave(canvas)
    picture = canvas.picture(toolbox.active).toImage()
    assert picture.pixelColor(210, 150) == picture.pixelColor(5, 5)


def test_resizing_shows_rings_for_size_and_hardness(workspace, toolbox, hand, canvas):
    workspace.tools.brush.size, workspace.tools.brush.hardness = 100.0, 0.5
    hand.modifiers = ALT
    hand.press(200, 120)
    picture = canvas.picture(toolbox.active, Qt.GlobalColor.black).toImage()
    assert picture.pixelColor(249, 120).lightness() > 150
    assert picture.pixelColor(224, 120).lightness() > 150
    label = [picture.pixelColor(x, y).lightness() for x in range(150, 250) for y in range(180, 230)]
    assert max(label) > 200


def test_unknown_tool_names_fall_back_to_the_brush(workspace):
    workspace.tool = "smudge"
    assert ToolBox(workspace).active.name == "brush"


def test_no_ring_is_left_behind_when_the_brush_grew_under_the_pointer(workspace, toolbox, hand, canvas, monkeypatch):
    hand.hover(200, 150)
    brush_actions.set_size(workspace, 150)
    canvas.picture(toolbox.active)
    drawn: list[QRect] = []
    monkeypatch.setattr(canvas, "update", lambda *area: drawn.extend(area or [canvas.rect()]))
    hand.hover(390, 20)
    assert any(area.contains(QRect(125, 75, 150, 150)) for area in drawn)
    drawn.clear()
    hand.hover(380, 20)
    assert all(area.width() * area.height() < 240 * 240 for area in drawn)


def test_a_tool_chosen_by_key_shows_its_cursor_at_once(workspace, toolbox, hand, canvas):
    workspace.tools.eraser.size = 80.0
    hand.hover(200, 150)
    workspace.set_tool("eraser")
    picture = canvas.picture(toolbox.active, Qt.GlobalColor.black).toImage()
    assert max(picture.pixelColor(x, 150).lightness() for x in range(236, 244)) > 150
