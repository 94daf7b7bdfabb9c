"""Areas of a mask by outline and by click."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from core.document.commands import RemoveLayer
from core.document.document import Target
from editor.canvas.tools import brush_actions
from editor.canvas.tools.targets import take_place
from tests.editor.canvas.tools.hands import ALT, PLAIN, SHIFT, Canvas, Hand, add_layer


def press_key(hand: Hand, code: Qt.Key) -> bool:
    return hand.toolbox.active.key_press(hand.view, QKeyEvent(QEvent.Type.KeyPress, code, PLAIN))


@pytest.fixture
def lasso(workspace, hand):
    workspace.set_tool("lasso")
    return hand


@pytest.fixture
def fill(workspace, hand):
    workspace.set_tool("fill")
    return hand


def square(lasso: Hand) -> None:
    for x, y in ((100, 100), (160, 100), (160, 140), (100, 140)):
        lasso.click(x, y)


def test_freehand_closes_on_release_as_one_step(workspace, lasso, hair):
    lasso.drag((100, 100), (160, 100), (160, 140), (100, 140))
    assert (hair[100:140, 100:160] == 255).all()
    assert hair.sum() == 40 * 60 * 255
    assert workspace.undo.count() == 1
    assert workspace.undo.text(0) == "Add to hair mask"
    workspace.undo.undo()
    assert not hair.any()


@pytest.mark.parametrize("how", ["enter", "double click", "first corner"])
def test_polygon_closes(workspace, lasso, hair, how):
    square(lasso)
    assert not hair.any()
    if how == "enter":
        assert press_key(lasso, Qt.Key.Key_Return)
    elif how == "first corner":
        lasso.click(103, 102)
    else:
        press_key(lasso, Qt.Key.Key_Backspace)
        lasso.double_click(100, 140)
    assert hair.sum() == 40 * 60 * 255
    assert workspace.undo.count() == 1
    assert not lasso.toolbox.busy


def test_slanted_edges_are_smooth(lasso, hair):
    for x, y in ((100, 100), (200, 100), (100, 150)):
        lasso.click(x, y)
    press_key(lasso, Qt.Key.Key_Enter)
    assert abs(int(hair.astype(np.int64).sum()) / 255 - 2500) < 15
    assert ((hair > 10) & (hair < 245)).sum() > 60


def test_backspace_takes_back_corners_and_then_gives_up(workspace, lasso, hair):
    lasso.click(100, 100)
    lasso.click(160, 100)
    assert press_key(lasso, Qt.Key.Key_Backspace)
    assert lasso.toolbox.busy
    assert press_key(lasso, Qt.Key.Key_Backspace)
    assert not lasso.toolbox.busy
    assert not press_key(lasso, Qt.Key.Key_Backspace)
    assert workspace.undo.count() == 0


def test_backspace_takes_back_a_freehand_part_at_once(lasso, hair):
    square(lasso)
    lasso.drag((80, 120), (20, 20), (30, 200))
    press_key(lasso, Qt.Key.Key_Backspace)
    press_key(lasso, Qt.Key.Key_Return)
    assert hair.sum() == 40 * 60 * 255


def test_escape_gives_up(workspace, lasso, hair):
    square(lasso)
    assert lasso.toolbox.cancel()
    press_key(lasso, Qt.Key.Key_Return)
    assert not hair.any()
    assert workspace.undo.count() == 0


def test_two_corners_are_no_area(workspace, lasso, hints):
    lasso.click(100, 100)
    lasso.double_click(160, 100)
    assert workspace.undo.count() == 0
    assert "three corners" in hints[-1]


@pytest.mark.parametrize(("option", "modifiers", "removes"), [
    (False, PLAIN, False), (False, ALT, True), (True, PLAIN, True), (True, SHIFT, False)])
def test_option_and_keys_decide_what_the_area_does(workspace, lasso, hair, option, modifiers, removes):
    hair[:] = 0 if not removes else 255
    workspace.tools.lasso.subtract = option
    lasso.modifiers = modifiers
    lasso.drag((100, 100), (160, 100), (160, 140), (100, 140))
    assert hair[120, 130] == (0 if removes else 255)
    assert workspace.undo.text(0) == ("Remove from hair mask" if removes else "Add to hair mask")


def test_x_swaps_the_polarity_of_the_lasso_alone(workspace, lasso):
    brush_actions.swap_polarity(workspace)
    assert workspace.tools.lasso.subtract
    assert not workspace.tools.erase


def test_feather_softens_the_edge(workspace, lasso, hair):
    workspace.tools.lasso.feather = 20.0
    lasso.drag((100, 100), (200, 100), (200, 200), (100, 200))
    row = hair[150, 80:120].astype(int)
    assert row[0] == 0
    assert row[-1] == 255
    assert (np.diff(row) >= 0).all()
    assert ((row > 20) & (row < 235)).sum() >= 10


def test_lasso_on_a_layer_uses_its_origin_and_ends_with_it(workspace, lasso):
    layer = add_layer(workspace, origin=(40, 60))
    workspace.set_target(Target(layer.id, "layer"))
    lasso.drag((100, 100), (130, 100), (130, 120), (100, 120))
    assert (layer.mask.data[40:60, 60:90] == 255).all()
    assert int(layer.mask.data.sum()) == 20 * 30 * 255
    lasso.click(100, 100)
    workspace.push(RemoveLayer(layer.id))
    assert not lasso.toolbox.busy


def test_large_areas_are_found_beside_the_window_one_after_the_other(workspace, lasso, hair, qtbot, monkeypatch):
    monkeypatch.setattr("editor.canvas.tools.lasso.AT_ONCE", 0)
    lasso.drag((100, 100), (160, 100), (160, 140), (100, 140))
    lasso.modifiers = ALT
    lasso.drag((120, 90), (300, 90), (300, 150), (120, 150))
    assert not hair.any()
    assert not lasso.toolbox.busy
    qtbot.waitUntil(lambda: workspace.undo.count() == 2)
    assert [workspace.undo.text(step) for step in (0, 1)] == ["Add to hair mask", "Remove from hair mask"]
    assert (hair[100:140, 100:120] == 255).all()
    assert hair.sum() == 40 * 20 * 255


def test_no_stroke_begins_before_an_area_that_is_on_its_way(workspace, lasso, hair, qtbot, monkeypatch):
    monkeypatch.setattr("editor.canvas.tools.lasso.AT_ONCE", 0)
    lasso.drag((100, 100), (160, 100), (160, 140), (100, 140))
    assert take_place(workspace, "identity") is None
    assert take_place(workspace, "identity", queued=True) is not None
    qtbot.waitUntil(lambda: workspace.undo.count() == 1)
    assert take_place(workspace, "identity") is not None
    workspace.undo.undo()
    assert not hair.any()


def test_an_area_of_a_mask_that_is_gone_is_dropped(workspace, lasso, qtbot, monkeypatch):
    monkeypatch.setattr("editor.canvas.tools.lasso.AT_ONCE", 0)
    layer = add_layer(workspace, origin=(40, 60))
    workspace.set_target(Target(layer.id, "layer"))
    before = layer.mask.data.copy()
    lasso.drag((100, 100), (130, 100), (130, 120), (100, 120))
    workspace.push(RemoveLayer(layer.id))
    steps = workspace.undo.count()
    qtbot.waitUntil(lambda: not lasso.toolbox.get("lasso")._areas)
    assert np.array_equal(layer.mask.data, before)
    assert workspace.undo.count() == steps


def test_outline_is_drawn_with_its_corners(lasso, canvas):
    square(lasso)
    lasso.hover(90, 200)
    picture = canvas.picture(lasso.toolbox.active, Qt.GlobalColor.black).toImage()
    assert picture.pixelColor(160, 140).lightness() > 200
    across = [picture.pixelColor(x, 100).lightness() for x in range(105, 155)]
    assert max(across) > 180
    assert min(across) < 120


def test_fill_fills_what_a_stroke_encloses(workspace, fill, hair):
    hair[50:150, 50:150] = 255
    hair[60:140, 60:140] = 0
    fill.click(100, 100)
    assert (hair[50:150, 50:150] == 255).all()
    assert hair.sum() == 100 * 100 * 255
    assert workspace.undo.text(0) == "Fill in hair mask"
    workspace.undo.undo()
    assert hair.sum() == (100 * 100 - 80 * 80) * 255


@pytest.mark.parametrize("modifiers", [ALT, PLAIN])
def test_fill_clears_with_alt_or_while_the_polarity_erases(workspace, fill, hair, modifiers):
    hair[50:150, 50:150] = 255
    hair[200:250, 200:250] = 255
    fill.modifiers = modifiers
    workspace.tools.erase = modifiers == PLAIN
    fill.click(100, 100)
    assert not hair[:160].any()
    assert (hair[200:250, 200:250] == 255).all()
    assert workspace.undo.text(0) == "Clear area of hair mask"


def test_fill_says_when_there_is_nothing_to_do(workspace, fill, hair, hints):
    hair[50:150, 50:150] = 255
    fill.click(100, 100)
    fill.click(-20, 10)
    fill.modifiers = ALT
    fill.click(300, 200)
    assert workspace.undo.count() == 0
    assert ["fill" in hints[0], "Outside" in hints[1], "clear" in hints[2]] == [True] * 3


@pytest.mark.parametrize("at_once", [0, 1 << 30])
def test_fill_outside_any_outline_floods_nothing(toolbox, workspace, hand, hair, hints, qtbot, monkeypatch, at_once):
    monkeypatch.setattr("editor.canvas.tools.fill.AT_ONCE", at_once)
    hair[50:60, 50:200] = hair[190:200, 50:200] = hair[50:200, 50:60] = hair[50:200, 190:200] = 255
    before = hair.copy()
    workspace.set_tool("fill")
    hand.press(20, 20)
    hand.release()
    qtbot.waitUntil(lambda: any("outline" in hint for hint in hints))
    assert np.array_equal(hair, before)
    assert workspace.undo.count() == 0
    assert not workspace.document.identity.hair_painted


def test_fill_on_a_reference(workspace, toolbox):
    workspace.set_tool("fill")
    mask = workspace.document.sources["reference-1"].masks["hair"].data
    mask[20:100, 20:100] = 255
    mask[30:90, 30:90] = 0
    Hand(toolbox, Canvas("reference-1", 200, 160)).click(50, 50)
    assert (mask[20:100, 20:100] == 255).all()
    assert workspace.target == Target("reference-1", "hair")


@pytest.fixture
def beside(toolbox, workspace, hand, hair, monkeypatch):
    """A click of the fill tool into a frame, where every mask counts as large and is filled beside the window."""
    monkeypatch.setattr("editor.canvas.tools.fill.AT_ONCE", 0)
    hair[50:60, 50:200] = hair[190:200, 50:200] = hair[50:200, 50:60] = hair[50:200, 190:200] = 255
    workspace.set_tool("fill")
    hand.press(100, 100)
    hand.release()


def test_a_large_mask_is_filled_beside_the_window(workspace, hair, qtbot, beside):
    assert hair[100, 100] == 0
    qtbot.waitUntil(lambda: workspace.undo.count() == 1)
    assert (hair[50:200, 50:200] == 255).all()
    workspace.undo.undo()
    assert hair[100, 100] == 0


def test_a_fill_gives_way_to_what_was_painted_meanwhile(workspace, hair, hints, qtbot, beside):
    workspace.document.identity.masks["hair"].touch()
    qtbot.waitUntil(lambda: any("meanwhile" in hint for hint in hints))
    assert hair[100, 100] == 0
    assert workspace.undo.count() == 0
