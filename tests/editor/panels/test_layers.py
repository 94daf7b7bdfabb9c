"""The layers panel changes the document only through steps that can be undone, and shows what the document says."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QToolButton

from core.document.document import IDENTITY, Target
from core.document.layer import BASE, REFERENCE
from core.document.source import POINT_NAMES, FaceInfo
from editor.actions import layers as layer_actions
from editor.actions import references as reference_actions
from editor.item_models.layer_delegate import Part
from editor.item_models.layer_model import LAYER_MIME, LayerRole
from editor.options import MaskView
from editor.panels.layers import LayersPanel
from editor.workspace import Workspace

NO, ALT, SHIFT = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier,
                  Qt.KeyboardModifier.ShiftModifier)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(workspace: Workspace, show):
    return show(LayersPanel(workspace), 280, 400)


def names(panel: LayersPanel) -> list[str]:
    model = panel.view.layers
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def order(document) -> list[str]:
    return [layer.name for layer in document.layers]


def press(qtbot, panel: LayersPanel, layer_id: str, part: Part, modifiers=NO) -> None:
    qtbot.mouseClick(panel.view.viewport(), LEFT, modifiers, panel.view.part_point(layer_id, part))


def drop(panel: LayersPanel, data, point: QPoint) -> QDropEvent:
    actions = Qt.DropAction.MoveAction | Qt.DropAction.CopyAction
    event = QDropEvent(QPointF(point), actions, data, LEFT, NO)
    panel.view.dropEvent(event)
    return event


def test_rows_from_the_top_with_the_photo_lowest(panel, document):
    assert names(panel) == ["Result 2", "Result 1", "portrait.png"]
    lowest = panel.view.layers.index(2)
    assert lowest.data(LayerRole.KIND) == BASE
    assert not panel.view.layers.flags(lowest) & Qt.ItemFlag.ItemIsDragEnabled


def test_selection_and_active_layer_follow_each_other(panel, workspace, document, qtbot):
    first = document.layers[1].id
    workspace.set_active_layer(first)
    assert panel.view.currentIndex().data(LayerRole.ID) == first
    press(qtbot, panel, "base", Part.NAME)
    assert workspace.active_layer == "base"
    assert not panel.opacity.isEnabled()
    layer_actions.cycle_layer(workspace, -1)
    assert panel.view.currentIndex().data(LayerRole.ID) == document.layers[-1].id


def test_a_click_into_nothing_keeps_the_selection(panel, workspace, qtbot):
    qtbot.mouseClick(panel.view.viewport(), LEFT, NO, QPoint(50, panel.view.viewport().height() - 4))
    assert panel.view.selectionModel().hasSelection()


def test_eye_hides_and_undo_shows_again(panel, workspace, document, qtbot):
    layer = document.layers[2]
    press(qtbot, panel, layer.id, Part.EYE)
    assert not layer.visible
    workspace.undo.undo()
    assert layer.visible


def test_alt_eye_isolates_in_one_step_and_brings_back_what_was_visible(panel, workspace, document, qtbot):
    base, first, second = document.layers
    layer_actions.toggle_visible(workspace, first.id)
    press(qtbot, panel, second.id, Part.EYE, ALT)
    assert [layer.visible for layer in (base, first, second)] == [False, False, True]
    assert workspace.undo.count() == 2
    press(qtbot, panel, second.id, Part.EYE, ALT)
    assert [layer.visible for layer in (base, first, second)] == [True, False, True]
    workspace.undo.undo()
    workspace.undo.undo()
    assert [layer.visible for layer in (base, first, second)] == [True, False, True]


def test_mask_thumbnail_paints_views_and_disables(panel, workspace, document, qtbot):
    layer = document.layers[1]
    press(qtbot, panel, layer.id, Part.MASK)
    assert workspace.target == Target(layer.id, "layer")
    assert workspace.active_layer == layer.id
    assert panel.view.layers.index_of(layer.id).data(LayerRole.PAINTED)
    press(qtbot, panel, layer.id, Part.MASK, ALT)
    assert workspace.view.mask_view == MaskView.GREY
    press(qtbot, panel, layer.id, Part.MASK, ALT)
    assert workspace.view.mask_view == MaskView.OVERLAY
    press(qtbot, panel, layer.id, Part.MASK, SHIFT)
    assert not layer.mask_enabled
    workspace.undo.undo()
    assert layer.mask_enabled


def test_painting_follows_the_selected_layer(panel, workspace, document, qtbot):
    layer_actions.paint_layer_mask(workspace, document.layers[2].id)
    press(qtbot, panel, document.layers[1].id, Part.NAME)
    assert workspace.target == Target(document.layers[1].id, "layer")
    press(qtbot, panel, "base", Part.NAME)
    assert workspace.target == Target(IDENTITY, "hair")


def test_double_click_renames(panel, workspace, document, qtbot):
    layer = document.layers[1]
    point = panel.view.part_point(layer.id, Part.NAME)
    qtbot.mouseClick(panel.view.viewport(), LEFT, NO, point)
    qtbot.mouseDClick(panel.view.viewport(), LEFT, NO, point)
    editor = panel.view.findChild(QLineEdit)
    assert editor is not None
    editor.setText("  Long hair ")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: layer.name == "Long hair")
    workspace.undo.undo()
    assert layer.name == "Result 1"
    panel.view.layers.setData(panel.view.layers.index_of(layer.id), "  ")
    assert layer.name == "Result 1"


@pytest.mark.parametrize(("dragged", "row", "expected"), [
    (2, 2, ["portrait.png", "Result 2", "Result 1"]),
    (1, 0, ["portrait.png", "Result 2", "Result 1"]),
    (2, 3, ["portrait.png", "Result 2", "Result 1"]),
    (2, -1, ["portrait.png", "Result 2", "Result 1"]),
    (1, 2, ["portrait.png", "Result 1", "Result 2"]),
    (0, 0, ["portrait.png", "Result 1", "Result 2"]),
])
def test_drag_reorders_and_the_photo_stays_lowest(panel, workspace, document, dragged, row, expected):
    model = panel.view.layers
    data = model.mimeData([model.index_of(document.layers[dragged].id)])
    assert model.dropMimeData(data, Qt.DropAction.MoveAction, row, 0, QModelIndex())
    assert order(document) == expected
    if workspace.undo.count():
        workspace.undo.undo()
    assert order(document) == ["portrait.png", "Result 1", "Result 2"]


def test_a_drop_event_moves_once_and_deletes_nothing(panel, workspace, document):
    model = panel.view.layers
    data = model.mimeData([model.index_of(document.layers[1].id)])
    assert data.hasFormat(LAYER_MIME)
    rect = panel.view.visualRect(model.index(0))
    event = drop(panel, data, QPoint(rect.center().x(), rect.top() + 3))
    assert event.dropAction() == Qt.DropAction.CopyAction
    assert order(document) == ["portrait.png", "Result 2", "Result 1"]
    assert names(panel) == ["Result 1", "Result 2", "portrait.png"]


def test_delete_key_only_with_the_focus_here(panel, workspace, document, qtbot):
    override = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Delete, NO)
    override.ignore()
    QApplication.sendEvent(panel.view, override)
    assert override.isAccepted()
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    assert order(document) == ["portrait.png", "Result 1"]
    assert workspace.active_layer == document.layers[1].id
    workspace.undo.undo()
    assert order(document) == ["portrait.png", "Result 1", "Result 2"]


def test_the_photo_is_never_deleted_locked_or_merged_into(panel, workspace, document, hints):
    workspace.set_active_layer("base")
    layer_actions.delete_layer(workspace)
    layer_actions.toggle_locked(workspace)
    assert not panel.delete_button.isEnabled()
    workspace.set_active_layer(document.layers[1].id)
    before = document.layers[0].pixels.copy()
    layer_actions.merge_down(workspace)
    assert not panel.merge_button.isEnabled()
    assert "photo" in panel.merge_button.toolTip()
    assert workspace.undo.count() == 0
    assert len(hints) == 3
    np.testing.assert_array_equal(document.layers[0].pixels, before)


def test_merge_down_makes_one_layer_of_two(panel, workspace, document):
    layer_actions.merge_down(workspace)
    assert order(document) == ["portrait.png", "Result 1"]
    assert workspace.active_layer == document.layers[1].id
    workspace.undo.undo()
    assert order(document) == ["portrait.png", "Result 1", "Result 2"]


def test_locked_layers_refuse_and_say_so(panel, workspace, document, hints, qtbot):
    layer = document.layers[2]
    press(qtbot, panel, layer.id, Part.LOCK)
    assert layer.locked
    layer_actions.delete_layer(workspace)
    layer_actions.set_opacity(workspace, 0.2)
    layer_actions.move_layer(workspace, layer.id, 1)
    assert order(document)[2] == "Result 2"
    assert layer.opacity == 1.0
    assert len([hint for hint in hints if "locked" in hint]) == 3
    assert not panel.opacity.isEnabled()


def test_opacity_drag_is_one_step_and_blend_mode_another(panel, workspace, document):
    layer = document.layers[2]
    for value in (0.9, 0.7, 0.5):
        layer_actions.set_opacity(workspace, value)
    assert panel.opacity.value() == 50
    panel.blend_mode.activated.emit(1)
    assert layer.blend_mode == "multiply"
    assert panel.view.layers.index_of(layer.id).data(LayerRole.CAPTION) == "Multiply · 50 %"
    assert workspace.undo.count() == 2
    workspace.undo.undo()
    assert panel.blend_mode.currentIndex() == 0
    workspace.undo.undo()
    assert panel.opacity.value() == 100


def test_two_drags_of_the_opacity_are_two_steps(panel, workspace):
    for value in (80, 60):
        panel.opacity.valueChanged.emit(value)
        panel.opacity.committed.emit(value)
    assert workspace.undo.count() == 2


def test_duplicate_is_selected_and_undone(panel, workspace, document):
    layer_actions.duplicate_layer(workspace)
    assert workspace.active_layer == document.layers[3].id
    assert document.layers[3].mask is not document.layers[2].mask
    workspace.undo.undo()
    assert len(document.layers) == 3


def test_a_reference_lies_on_the_portraits_face(panel, workspace, document, settle):
    points = {name: (40.0 + 10 * place, 50.0 + 7 * place * place) for place, name in enumerate(POINT_NAMES)}
    reference = document.sources["reference-1"]
    reference.face = FaceInfo(points, np.zeros((4, 2)))
    shifted = {name: (x + 30, y - 20) for name, (x, y) in points.items()}
    document.identity.face = FaceInfo(shifted, np.zeros((4, 2)))
    reference_actions.new_layer_from_reference(workspace, reference.id)
    settle()
    layer = document.layers[-1]
    assert (layer.kind, layer.origin) == (REFERENCE, (30, 0))
    assert layer.rect == (30, 0, 130, 120)
    np.testing.assert_array_equal(layer.pixels, reference.photo.pixels[20:140])
    assert layer.mask is not None
    assert (layer.mask.data == 255).all()
    assert workspace.active_layer == layer.id
    workspace.undo.undo()
    assert len(document.layers) == 3


def test_a_reference_without_a_face_is_fitted_into_the_picture(workspace, document, settle):
    reference_actions.new_layer_from_reference(workspace, "reference-2")
    settle()
    layer = document.layers[-1]
    assert layer.rect.y0 == 0
    assert layer.rect.y1 == 120
    assert abs((layer.rect.x0 + layer.rect.x1) - 160) <= 1


def test_a_closed_document_gets_no_late_layer(workspace, document, settle):
    reference_actions.new_layer_from_reference(workspace, "reference-2")
    workspace.set_document(None)
    settle()
    assert len(document.layers) == 3


def test_every_button_says_what_it_does(panel):
    for button in panel.findChildren(QToolButton):
        assert button.accessibleName()
        assert button.toolTip()


def test_without_a_document_everything_is_off(empty_workspace, qtbot, show):
    panel = show(LayersPanel(empty_workspace))
    for button in (panel.add_button, panel.duplicate_button, panel.merge_button, panel.delete_button):
        assert not button.isEnabled()
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    assert panel.view.layers.rowCount() == 0


def test_strokes_renew_thumbnails_later_not_at_once(panel, workspace, document, monkeypatch):
    from core.document.events import Topic
    from editor.item_models import thumbnail

    panel.grab()
    made: list[int] = []
    monkeypatch.setattr(thumbnail, "mask_pixmap", lambda *a: made.append(1) or thumbnail.QPixmap(4, 4))
    layer = document.layers[2]
    layer.mask.data[:] = 0
    for _ in range(20):
        document.changed(Topic.MASK, layer.id, "layer")
    panel.grab()
    assert not made
    panel.view.thumbnails.renew()
    panel.grab()
    assert made == [1]


def test_large_layers_are_merged_beside_the_window(workspace, document, qtbot, monkeypatch):
    monkeypatch.setattr(layer_actions, "_AT_ONCE", 0)
    upper = document.layers[-1]
    count = len(document.layers)
    layer_actions.merge_down(workspace, upper.id)
    assert len(document.layers) == count
    qtbot.waitUntil(lambda: len(document.layers) == count - 1)
    workspace.undo.undo()
    assert document.layers[-1] is upper


def test_a_merge_gives_way_to_a_layer_that_changed_meanwhile(workspace, document, qtbot, monkeypatch):
    monkeypatch.setattr(layer_actions, "_AT_ONCE", 0)
    said: list[str] = []
    workspace.hinted.connect(said.append)
    upper, count = document.layers[-1], len(document.layers)
    layer_actions.merge_down(workspace, upper.id)
    upper.opacity = 0.25
    qtbot.waitUntil(lambda: any("meanwhile" in text for text in said))
    assert len(document.layers) == count
