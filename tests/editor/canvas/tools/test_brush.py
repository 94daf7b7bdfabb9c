"""Brush and eraser: strokes, lines, taking back and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from core.document.commands import SetMask
from core.document.document import Target
from core.document.events import Topic
from editor.canvas.tools import brush_actions
from editor.options import MaskView
from tests.editor.canvas.tools.hands import RIGHT, SHIFT, Canvas, Hand, add_layer


def covered(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask > 127)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


# -- strokes --------------------------------------------------------------------------------------------------------
def test_stroke_is_one_undo_step_and_comes_back_exactly(workspace, hand, hair):
    hand.drag((50, 60), (90, 60), (130, 80))
    painted = hair.copy()
    assert covered(painted)[0] == 40
    assert workspace.undo.count() == 1
    assert workspace.undo.text(0) == "Paint hair mask"
    workspace.undo.undo()
    assert not hair.any()
    workspace.undo.redo()
    assert np.array_equal(hair, painted)


def test_stroke_shows_while_it_is_drawn_only_where_it_goes(workspace, hand, hair):
    changes = []
    workspace.changed.connect(changes.append)
    hand.press(100, 100)
    hand.move(110, 100)
    hand.move(150, 100)
    assert hair[100, 105] == 255
    assert workspace.undo.count() == 0
    assert {change.topic for change in changes} == {Topic.MASK}
    assert all(change.rect is not None and change.rect.width < 70 and change.rect.height < 30 for change in changes)
    hand.release()
    assert workspace.undo.count() == 1


def test_eraser_has_its_own_size_and_text(workspace, hand, hair):
    hair[:] = 255
    workspace.set_target(Target("identity", "ignore"))
    ignore = workspace.document.identity.masks["ignore"].data
    ignore[:] = 255
    workspace.set_tool("eraser")
    hand.click(100, 100)
    assert (ignore[100, 96:104] == 0).all()
    assert ignore[100, 93] == 255
    assert hair.all()
    assert workspace.undo.text(0) == "Erase ignore mask"


def test_pen_turned_round_erases_with_the_erasers_options(workspace, hand, hair):
    hair[:] = 255
    hand.eraser = True
    hand.click(100, 100)
    assert covered(255 - hair) == (95, 95, 105, 105)
    assert workspace.undo.text(0) == "Erase hair mask"
    hand.eraser = False
    hand.click(100, 100)
    assert hair.all()


def test_pressure_changes_size_and_opacity_each_by_its_own_switch(workspace, hand, hair):
    hand.click(50, 50, 0.5)
    assert covered(hair) == (45, 45, 55, 55)
    assert hair.max() == 255
    workspace.tools.brush.pressure_size, workspace.tools.brush.pressure_opacity = False, True
    hand.click(150, 150, 0.5)
    area = hair[140:160, 140:160]
    assert abs(int(area.max()) - 128) <= 1
    assert (area > 60).sum() > 280


def test_polarity_turns_the_brush_into_an_eraser_of_its_own_size(workspace, hand, hair):
    hair[:] = 255
    brush_actions.swap_polarity(workspace)
    hand.click(100, 100)
    assert covered(255 - hair) == (90, 90, 110, 110)
    brush_actions.swap_polarity(workspace)
    hand.click(100, 100)
    assert hair.all()


def test_a_second_button_does_not_disturb_a_stroke(workspace, hand, hair):
    hand.press(50, 50)
    hand.button = RIGHT
    hand.press(200, 200)
    hand.button = Qt.MouseButton.LeftButton
    hand.move(80, 50)
    hand.release()
    assert workspace.undo.count() == 1
    assert not hair[150:].any()


def test_options_changed_during_a_stroke_count_for_the_next(workspace, hand, hair):
    hand.press(50, 50)
    brush_actions.set_size(workspace, 60)
    hand.move(150, 50)
    hand.release()
    assert covered(hair)[1::2] == (40, 60)


# -- lines ----------------------------------------------------------------------------------------------------------
def test_shift_click_draws_a_straight_line_from_the_last_end(workspace, hand, hair):
    hand.drag((50, 50), (60, 50))
    hand.modifiers = SHIFT
    hand.click(160, 150)
    assert hair[100, 110] == 255
    assert hair[95, 125] == 0
    assert workspace.undo.count() == 2
    hand.click(160, 250)
    assert hair[200, 160] == 255
    assert workspace.undo.count() == 3


def test_shift_click_without_a_stroke_before_is_a_dab(workspace, hand, hair):
    hand.modifiers = SHIFT
    hand.click(160, 150)
    assert covered(hair) == (150, 140, 170, 160)


def test_lines_do_not_join_strokes_of_different_masks(workspace, hand, hair):
    hand.click(50, 50)
    workspace.set_target(Target("identity", "protect"))
    hand.modifiers = SHIFT
    hand.click(150, 150)
    assert covered(workspace.document.identity.masks["protect"].data) == (140, 140, 160, 160)


def test_shift_drag_keeps_to_one_axis_and_draws_no_joining_line(workspace, hand, hair):
    hand.click(20, 250)
    workspace.undo.undo()
    hand.modifiers = SHIFT
    hand.drag((100, 100), (103, 101), (150, 112), (200, 140))
    assert covered(hair) == (90, 90, 210, 110)


def test_axis_is_the_screens_when_the_view_is_turned(workspace, hand, canvas, hair):
    canvas.viewport.rotate(90)
    hand.modifiers = SHIFT
    hand.drag((100, 100), (101, 120), (120, 200))
    assert covered(hair) == (90, 90, 110, 210)


def test_shift_during_a_stroke_locks_from_there(workspace, hand, hair):
    hand.press(50, 50)
    hand.move(80, 80)
    hand.modifiers = SHIFT
    hand.move(90, 81)
    hand.move(150, 99)
    hand.release()
    # The line is curved where it turns, so it may swing out a little.
    assert covered(hair)[3] <= 93
    assert covered(hair)[2] == 160


# -- taking back ----------------------------------------------------------------------------------------------------
def test_abort_restores_the_mask_and_leaves_no_step(workspace, toolbox, hand, hair):
    hand.click(100, 100)
    before = hair.copy()
    hand.press(100, 120)
    hand.move(200, 120)
    assert not np.array_equal(hair, before)
    assert toolbox.cancel()
    assert np.array_equal(hair, before)
    hand.move(250, 120)
    hand.release()
    assert np.array_equal(hair, before)
    assert workspace.undo.count() == 1
    assert not toolbox.cancel()


def test_another_tool_completes_the_stroke(workspace, hand, hair):
    hand.press(100, 100)
    hand.move(150, 100)
    workspace.set_tool("lasso")
    assert workspace.undo.count() == 1
    assert hair[100, 150] == 255


def test_another_document_forgets_the_stroke(workspace, toolbox, hand):
    hand.press(100, 100)
    workspace.set_document(None)
    assert not toolbox.busy
    hand.move(150, 100)
    hand.release()
    assert workspace.undo.count() == 0


def test_undo_under_the_brush_takes_both_back(workspace, hand, hair):
    hand.click(100, 100)
    hand.press(105, 100)
    hand.move(140, 100)
    workspace.undo.undo()
    assert not hair.any()
    hand.move(180, 100)
    hand.release()
    assert not hair.any()
    assert workspace.undo.count() == 1


def test_a_mask_that_arrives_under_the_brush_wins(workspace, hand, hair):
    parsed = np.zeros_like(hair)
    parsed[:50] = 255
    hand.press(100, 100)
    hand.move(140, 100)
    workspace.push(SetMask(Target("identity", "hair"), parsed, "Find hair", painted=False))
    hand.release()
    assert np.array_equal(hair, parsed)


# -- where painting is refused --------------------------------------------------------------------------------------
def test_strokes_on_a_references_canvas_change_its_mask(workspace, toolbox, hair):
    canvas = Canvas("reference-1", 200, 160)
    workspace.set_target(Target("identity", "ignore"))
    Hand(toolbox, canvas).click(60, 60)
    reference = workspace.document.sources["reference-1"]
    assert workspace.target == Target("reference-1", "ignore")
    assert covered(reference.masks["ignore"].data) == (50, 50, 70, 70)
    assert workspace.undo.text(0) == "Paint ignore mask of curls.jpg"
    assert not hair.any()


def test_stroke_outside_the_photo_is_refused_with_a_hint(workspace, hand, hair, hints):
    hand.drag((-80, 50), (-60, 80))
    assert workspace.undo.count() == 0
    assert hints == ["Outside the photo there is nothing to paint"]


def test_stroke_may_begin_outside_and_come_in(workspace, hand, hair, hints):
    hand.drag((-60, 50), (40, 50))
    assert hair[50, 20] == 255
    assert workspace.undo.count() == 1
    assert hints == []


@pytest.mark.parametrize(("change", "word"), [
    ({"locked": True}, "locked"), ({"visible": False}, "hidden"), ({"mask_enabled": False}, "switched off")])
def test_layers_that_cannot_be_painted_say_why(workspace, toolbox, hand, canvas, hints, change, word):
    layer = add_layer(workspace)
    workspace.set_target(Target(layer.id, "layer"))
    for name, value in change.items():
        setattr(layer, name, value)
    hand.drag((80, 80), (100, 100))
    assert not layer.mask.data.any()
    assert workspace.undo.count() == 0
    assert len(hints) == 1
    assert word in hints[0]
    assert "Result 1" in hints[0]
    assert toolbox.active.cursor(canvas).shape() == Qt.CursorShape.ForbiddenCursor


def test_without_a_document_nothing_happens_but_a_hint(workspace, hand, hints):
    workspace.set_document(None)
    hand.drag((80, 80), (100, 100))
    assert hints == ["Open a photo first"]


def test_layer_mask_lies_at_the_layers_origin(workspace, hand):
    layer = add_layer(workspace, origin=(40, 60))
    workspace.set_target(Target(layer.id, "layer"))
    changes = []
    workspace.changed.connect(changes.append)
    hand.click(100, 100)
    assert covered(layer.mask.data) == (50, 30, 70, 50)
    # In the mask's own pixels, as every change of a mask.
    first = changes[0].rect
    assert 45 <= first.x0 <= 50
    assert 25 <= first.y0 <= 30
    assert first.width < 30
    assert workspace.undo.text(0) == "Reveal in layer mask"
    workspace.undo.undo()
    assert not layer.mask.data.any()


def test_painting_an_unseen_mask_says_so(workspace, hand, hints):
    workspace.view.mask_view = MaskView.OFF
    hand.click(100, 100)
    assert len(hints) == 1
    assert "overlay is off" in hints[0]
