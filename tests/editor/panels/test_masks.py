"""The masks panel chooses what is painted, and what it does to a mask is one step that can be undone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from core.document.document import IDENTITY, Target
from core.document.events import Topic
from editor.actions import layers as layer_actions
from editor.actions import masks as mask_actions
from editor.options import MaskView
from editor.panels.masks import MasksPanel
from editor.workspace import Workspace

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(workspace: Workspace, show):
    return show(MasksPanel(workspace), 280, 560)


@pytest.fixture
def hair(document):
    return document.identity.masks["hair"]


def test_a_row_makes_its_mask_the_target(panel, workspace, document, qtbot):
    qtbot.mouseClick(panel.rows["protect"], LEFT)
    assert workspace.target == Target(IDENTITY, "protect")
    qtbot.mouseClick(panel.rows["layer"], LEFT)
    assert workspace.target == Target(workspace.active_layer, "layer")
    assert panel.rows["layer"].isChecked()
    workspace.set_target(Target("reference-1", "ignore"))
    assert panel.rows["ignore"].isChecked()
    assert panel.rows["layer"].isHidden()
    assert panel.photo.currentData() == "reference-1"


def test_no_layer_row_for_the_photo_itself(panel, workspace):
    workspace.set_active_layer("base")
    assert panel.rows["layer"].isHidden()


def test_the_photo_is_chosen_with_the_role_kept(panel, workspace):
    workspace.set_target(Target(IDENTITY, "protect"))
    panel.photo.activated.emit(panel.photo.findData("reference-2"))
    assert workspace.target == Target("reference-2", "protect")


def test_keys_reach_every_row(panel, workspace, qtbot):
    panel.rows["hair"].setFocus()
    qtbot.keyClick(panel.rows["hair"], Qt.Key.Key_Down)
    qtbot.keyClick(panel.rows["ignore"], Qt.Key.Key_Space)
    assert workspace.target == Target(IDENTITY, "ignore")


def test_fill_invert_clear_are_steps(panel, workspace, document, hair, qtbot):
    hair.data[:20] = 255
    hair.touch()
    painted = hair.data.copy()
    qtbot.mouseClick(panel.invert_button, LEFT)
    np.testing.assert_array_equal(hair.data, 255 - painted)
    assert document.identity.hair_painted
    qtbot.mouseClick(panel.fill_button, LEFT)
    assert (hair.data == 255).all()
    qtbot.mouseClick(panel.fill_button, LEFT)
    qtbot.mouseClick(panel.clear_button, LEFT)
    assert not hair.data.any()
    assert workspace.undo.count() == 3
    for _ in range(3):
        workspace.undo.undo()
    np.testing.assert_array_equal(hair.data, painted)
    assert not document.identity.hair_painted


def test_a_drag_of_grow_is_pushed_by_the_timer_and_is_one_step(panel, workspace, hair, qtbot):
    hair.data[40:80, 40:80] = 255
    hair.touch()
    pushed: list[int] = []
    workspace.undo.indexChanged.connect(pushed.append)
    for value in range(1, 13):
        panel.grow.set_value(value)
        panel.grow.valueChanged.emit(value)
    assert not pushed
    qtbot.waitUntil(lambda: hair.grow == 12)
    panel.feather.set_value(8)
    panel.feather.committed.emit(8)
    assert (hair.grow, hair.feather) == (12, 8)
    assert workspace.undo.count() == 1
    workspace.undo.undo()
    assert (panel.grow.value(), panel.feather.value()) == (0, 0)


def test_a_late_timer_never_reaches_another_mask(panel, workspace, document, qtbot):
    panel.grow.set_value(30)
    panel.grow.valueChanged.emit(30)
    workspace.set_target(Target(IDENTITY, "protect"))
    qtbot.wait(100)
    assert document.identity.masks["protect"].grow == 0
    assert panel.grow.value() == 0


def test_a_locked_layer_refuses(panel, workspace, document, hints):
    layer = document.layers[2]
    layer_actions.paint_layer_mask(workspace, layer.id)
    layer_actions.toggle_locked(workspace, layer.id)
    assert not panel.fill_button.isEnabled()
    assert not panel.grow.isEnabled()
    before = layer.mask.data.copy()
    mask_actions.fill_mask(workspace)
    mask_actions.set_spread(workspace, grow=4)
    np.testing.assert_array_equal(layer.mask.data, before)
    assert "locked" in hints[-1]


def test_save_and_load_keep_what_is_seen(workspace, document, hair, tmp_path, settle):
    cv2.circle(hair.data, (80, 60), 30, 255, -1)
    hair.touch()
    mask_actions.set_spread(workspace, grow=5, feather=6)
    seen = hair.effective().copy()
    path = tmp_path / "hair.png"
    mask_actions.save_mask(workspace, path)
    settle()
    mask_actions.clear_mask(workspace)
    steps = workspace.undo.count()
    mask_actions.load_mask(workspace, path)
    settle()
    np.testing.assert_array_equal(hair.effective(), seen)
    assert workspace.undo.count() == steps + 1
    workspace.undo.undo()
    assert (hair.grow, hair.feather) == (5, 6)
    assert not hair.data.any()


def test_files_that_do_not_fit_are_explained(workspace, hair, tmp_path, settle):
    notices = []
    workspace.noticed.connect(notices.append)
    path = tmp_path / "small.png"
    cv2.imwrite(str(path), np.zeros((10, 12), np.uint8))
    mask_actions.load_mask(workspace, path)
    mask_actions.load_mask(workspace, tmp_path / "none.png")
    mask_actions.save_mask(workspace, tmp_path / "no folder" / "hair.png")
    settle()
    assert len(notices) == 3
    assert all(notice.what and notice.next_step for notice in notices)
    assert workspace.undo.count() == 0


def test_a_loaded_mask_goes_where_it_was_asked_for(workspace, document, hair, tmp_path, settle):
    path = tmp_path / "mask.png"
    cv2.imwrite(str(path), np.full((120, 160), 255, np.uint8))
    mask_actions.load_mask(workspace, path)
    workspace.set_target(Target(IDENTITY, "protect"))
    settle()
    assert (hair.data == 255).all()
    assert not document.identity.masks["protect"].data.any()


def test_eye_view_mode_colour_and_overlay(panel, workspace, qtbot):
    qtbot.mouseClick(panel.rows["hair"].eye, LEFT)
    assert workspace.view.mask_view == MaskView.OFF
    qtbot.mouseClick(panel.rows["ignore"].eye, LEFT)
    assert workspace.view.mask_view == MaskView.OVERLAY
    assert workspace.target.role == "ignore"
    panel.view_mode.activated.emit(panel.view_mode.findData(MaskView.WHITE))
    assert workspace.view.mask_view == MaskView.WHITE
    panel.rows["hair"].swatch.chosen.emit("#123456")
    assert workspace.view.colours["hair"] == "#123456"
    panel.overlay.valueChanged.emit(25)
    assert workspace.view.overlay_opacity == 0.25
    workspace.view.overlay_opacity = 0.75
    workspace.viewChanged.emit()
    assert panel.overlay.value() == 75


def test_find_again_names_the_photo(panel, workspace, qtbot):
    workspace.set_target(Target("reference-2", "hair"))
    with qtbot.waitSignal(panel.findHairRequested) as asked:
        qtbot.mouseClick(panel.find_button, LEFT)
    assert asked.args == ["reference-2"]
    workspace.set_target(Target("reference-2", "ignore"))
    assert not panel.find_button.isEnabled()


def test_captions_tell_painted_from_found(panel, workspace, document, hair):
    assert "Not found" in panel.rows["hair"].accessibleName()
    hair.data[:9] = 255
    hair.touch()
    document.identity.hair_known = True
    document.changed(Topic.MASK, IDENTITY, "hair")
    panel.thumbnails.renew()
    assert "Found automatically" in panel.rows["hair"].accessibleName()
    mask_actions.invert_mask(workspace)
    panel.thumbnails.renew()
    assert "Painted by hand" in panel.rows["hair"].accessibleName()


def test_every_button_says_what_it_does(panel):
    for button in panel.findChildren(QAbstractButton):
        assert button.accessibleName()


def test_without_a_document_nothing_happens(empty_workspace, qtbot, show):
    panel = show(MasksPanel(empty_workspace))
    assert not panel.fill_button.isEnabled()
    assert not panel.grow.isEnabled()
    qtbot.mouseClick(panel.rows["hair"], LEFT)
    mask_actions.fill_mask(empty_workspace)
    mask_actions.select_role(empty_workspace, "ignore")
    assert empty_workspace.undo.count() == 0
