"""The references panel fills the two slots, by clicks and by drops, and tells what is known about each photo."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QAbstractButton

from core.document.document import APPEARANCE, SHAPE
from core.document.events import Topic
from core.document.source import FaceInfo
from core.engine.messages import Failure
from editor.actions import references as reference_actions
from editor.item_models.reference_model import SLOTS, reference_mime
from editor.panels.references import ReferencesPanel
from editor.widgets.photo_well import SLOT_MIME
from editor.workspace import Workspace
from tests.editor.panels.conftest import COPY, LEFT, NO, drop


@pytest.fixture
def panel(workspace: Workspace, show):
    return show(ReferencesPanel(workspace), 280, 340)


def test_slots_show_their_references(panel, document):
    assert panel.slots[SHAPE].name.whole_text() == "curls.jpg"
    assert panel.slots[APPEARANCE].name.whole_text() == "red.jpg"
    assert "curls.jpg" in panel.slots[SHAPE].picture.accessibleName()


def test_swap_both_and_clear_are_steps(panel, workspace, document, qtbot):
    before = dict(document.slots)
    qtbot.mouseClick(panel.swap_button, LEFT)
    assert document.slots == {SHAPE: before[APPEARANCE], APPEARANCE: before[SHAPE]}
    qtbot.mouseClick(panel.slots[SHAPE].both_button, LEFT)
    assert set(document.slots.values()) == {before[APPEARANCE]}
    qtbot.mouseClick(panel.slots[APPEARANCE].clear_button, LEFT)
    assert document.slots == {SHAPE: before[APPEARANCE]}
    assert not panel.slots[APPEARANCE].pin_button.isEnabled()
    assert len(document.references) == 3
    for _ in range(3):
        workspace.undo.undo()
    assert document.slots == before


def test_files_are_handed_on_with_their_slot(panel, qtbot, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.jpg")), QUrl("https://example.org/b.jpg")])
    for widget, slot in ((panel.slots[SHAPE].picture, SHAPE), (panel.slots[APPEARANCE].picture, APPEARANCE),
                         (panel.strip, "")):
        with qtbot.waitSignal(panel.dropped) as dropped:
            drop(widget, data)
        assert dropped.args == [[str(tmp_path / "a.jpg")], slot]


def test_links_alone_are_not_taken(panel):
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/b.jpg")])
    enter = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, NO)
    enter.ignore()
    panel.slots[SHAPE].picture.dragEnterEvent(enter)
    assert not enter.isAccepted()


def test_from_the_strip_a_reference_is_assigned(panel, document):
    drop(panel.slots[SHAPE].picture, reference_mime("reference-3"))
    assert document.slots[SHAPE] == "reference-3"


def test_from_the_other_slot_they_change_places(panel, document):
    data = reference_mime("reference-1")
    data.setData(SLOT_MIME, SHAPE.encode())
    drop(panel.slots[APPEARANCE].picture, data)
    assert document.slots == {SHAPE: "reference-2", APPEARANCE: "reference-1"}


def test_double_click_pins_and_the_canvas_decides(panel, qtbot):
    asked: list[str] = []
    panel.pinRequested.connect(asked.append)
    qtbot.mouseDClick(panel.slots[SHAPE].picture, LEFT)
    assert not panel.slots[SHAPE].pin_button.isChecked()
    panel.set_pinned("reference-1")
    assert panel.slots[SHAPE].pin_button.isChecked()
    qtbot.mouseClick(panel.slots[SHAPE].pin_button, LEFT)
    panel.set_pinned(None)
    assert not panel.slots[SHAPE].pin_button.isChecked()
    index = panel.strip.model().index(2, 0)
    panel.strip.setCurrentIndex(index)
    panel.strip.doubleClicked.emit(index)
    assert asked == ["reference-1", "reference-1", "reference-3"]


def test_an_empty_slot_opens_a_photo(panel, workspace, qtbot):
    reference_actions.clear_slot(workspace, SHAPE)
    with qtbot.waitSignal(panel.openRequested) as asked:
        qtbot.mouseClick(panel.slots[SHAPE].picture, LEFT)
    assert asked.args == [SHAPE]
    with qtbot.waitSignal(panel.openRequested) as asked:
        qtbot.mouseClick(panel.add_button, LEFT)
    assert asked.args == [""]


def test_states_of_a_reference(panel, workspace, document):
    source = document.sources["reference-1"]
    state = panel.slots[SHAPE].state
    assert state.text() == "Finding face…"
    panel.set_status(source.id, "reading…")
    assert state.text() == "reading…"
    source.face = FaceInfo({}, np.zeros((4, 2)))
    document.changed(Topic.FACE, source.id)
    assert state.text() == "Face found"
    source.hair_known = True
    panel.refresh()
    assert state.text() == "No hair found: paint it"
    source.masks["hair"].data[:5] = 255
    panel.refresh()
    assert state.text() == "Hair found"
    source.hair_painted = True
    panel.refresh()
    assert state.text() == "Hair painted by hand"


def test_a_failed_analysis_asks_for_points(panel, workspace):
    workspace.engine.failed.emit(Failure("Nothing was found."), "reference-1")
    assert "by hand" in panel.slots[SHAPE].state.text()
    assert "by hand" not in panel.slots[APPEARANCE].state.text()


def test_removing_empties_the_slot_and_undo_fills_it(panel, workspace, document):
    reference_actions.remove_reference(workspace, "reference-1")
    assert document.slot(SHAPE) is None
    assert panel.strip.model().rowCount() == 2
    workspace.undo.undo()
    assert panel.slots[SHAPE].name.whole_text() == "curls.jpg"
    assert panel.strip.model().index(0, 0).data(SLOTS) == [SHAPE]


@pytest.mark.parametrize("width", [280, 400])
def test_pictures_use_the_width_and_nothing_is_cut(panel, width, qtbot):
    panel.resize(width, 400)
    slot = panel.slots[APPEARANCE]
    qtbot.waitUntil(lambda: width - 16 <= slot.mapTo(panel, QPoint(slot.width(), 0)).x() <= width)
    for button in panel.findChildren(QAbstractButton):
        assert button.accessibleName()
        corner = button.mapTo(panel, QPoint(button.width(), 0)).x()
        assert corner <= width


def test_a_low_panel_leaves_out_names_and_keeps_the_slots_whole(panel, qtbot):
    slot = panel.slots[SHAPE]
    for height, named in ((400, True), (160, False)):
        panel.resize(280, height)
        qtbot.waitUntil(lambda: 0 < slot.mapTo(panel, QPoint(0, slot.height())).y() <= panel.height())
        assert slot.name.isVisible() == named
        assert slot.picture.height() >= 72


def test_without_a_document(empty_workspace, show):
    panel = show(ReferencesPanel(empty_workspace))
    assert not panel.swap_button.isEnabled()
    reference_actions.swap_slots(empty_workspace)
    reference_actions.use_for_both(empty_workspace)
    assert reference_actions.can_become_layer(empty_workspace)
