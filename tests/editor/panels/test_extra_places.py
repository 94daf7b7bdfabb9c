"""Rows for further portraits and style pictures come with the recipes that use them and take clicks, keys and drops."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl

from core.document.document import APPEARANCE, SHAPE
from core.document.events import Topic
from core.document.picture import StylePicture
from editor.actions import pictures as picture_actions
from editor.actions import references as reference_actions
from editor.item_models.reference_model import reference_mime
from editor.panels.references import ReferencesPanel
from tests.editor.mixtures import mixtures as mixtures
from tests.editor.panels.conftest import LEFT, drop, make_source


@pytest.fixture
def panel(workspace, mixtures, show):
    # One that takes nothing but references.
    workspace.document.settings.recipe = "classical"
    return show(ReferencesPanel(workspace), 310, 420)


def choose(workspace, recipe: str) -> None:
    workspace.document.settings.recipe = recipe
    workspace.document.changed(Topic.SETTINGS)


def picture(workspace, place: str) -> StylePicture:
    source = make_source("x", f"{place}.png")
    made = StylePicture(workspace.document.new_id("picture"), source.photo, source.display, source.name)
    picture_actions.set_picture(workspace, place, made)
    return made


def double_click(qtbot, widget) -> None:
    qtbot.mouseDClick(widget, LEFT)
    # Otherwise Qt takes the button for held until the next click of any test.
    qtbot.mouseRelease(widget, LEFT)


def files(tmp_path, *names: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in names])
    return data


def test_rows_are_there_while_the_recipe_uses_them(panel, workspace):
    assert (panel.extras.isVisible(), panel.styles.isVisible()) == (False, False)
    choose(workspace, "mixer")
    assert (panel.extras.isVisible(), panel.styles.isVisible()) == (True, False)
    choose(workspace, "painter")
    assert (panel.extras.isVisible(), panel.styles.isVisible()) == (False, True)


def test_what_is_filled_stays_to_be_seen_but_faint(panel, workspace):
    choose(workspace, "painter")
    picture(workspace, "style1")
    assert panel.styles.cells[0]._used
    assert not panel.slots[SHAPE].picture._used
    choose(workspace, "loho")
    assert panel.styles.isVisible()
    assert not panel.styles.cells[0]._used
    assert panel.slots[SHAPE].picture._used
    picture_actions.remove_picture(workspace, "style1")
    assert not panel.styles.isVisible()


def test_a_click_opens_where_it_is_empty(panel, workspace, qtbot):
    choose(workspace, "mixer")
    cell = panel.extras.cells[1]
    assert cell.accessibleName() == "Extra 2: empty"
    with qtbot.waitSignal(panel.openRequested) as asked:
        qtbot.mouseClick(cell, LEFT)
    assert asked.args == ["extra2"]
    cell.setFocus()
    with qtbot.waitSignal(panel.openRequested) as asked:
        qtbot.keyClick(cell, Qt.Key.Key_Return)
    assert asked.args == ["extra2"]


def test_files_go_to_the_place_they_are_dropped_on(panel, workspace, qtbot, tmp_path):
    choose(workspace, "mixer")
    with qtbot.waitSignal(panel.dropped) as dropped:
        drop(panel.extras.cells[2], files(tmp_path, "a.jpg", "b.jpg"))
    assert dropped.args == [[str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg")], "extra3"]
    choose(workspace, "painter")
    with qtbot.waitSignal(panel.dropped) as dropped:
        drop(panel.styles.cells[3], files(tmp_path, "c.jpg"))
    assert dropped.args == [[str(tmp_path / "c.jpg")], "style4"]


def test_references_are_assigned_and_change_places(panel, workspace, document):
    choose(workspace, "mixer")
    drop(panel.extras.cells[0], reference_mime("reference-3"))
    assert document.slots["extra1"] == "reference-3"
    cell = panel.extras.cells[0]
    assert cell.accessibleName() == "Extra 1: bob.jpg"
    assert "Finding face" in cell.toolTip()
    drop(panel.extras.cells[3], cell.mime())
    assert document.slots == {SHAPE: "reference-1", APPEARANCE: "reference-2", "extra4": "reference-3"}
    drop(panel.slots[SHAPE].picture, panel.extras.cells[3].mime())
    assert document.slots == {SHAPE: "reference-3", APPEARANCE: "reference-2", "extra4": "reference-1"}
    workspace.undo.undo()
    assert document.slots["extra4"] == "reference-3"
    assert panel.extras.cells[3].filled


def test_delete_empties_and_undo_fills(panel, workspace, document, qtbot):
    choose(workspace, "mixer")
    reference_actions.assign_slot(workspace, "extra1", "reference-3")
    cell = panel.extras.cells[0]
    cell.setFocus()
    qtbot.keyClick(cell, Qt.Key.Key_Delete)
    assert "extra1" not in document.slots
    assert not cell.filled
    assert "reference-3" in document.sources
    workspace.undo.undo()
    assert cell.filled


def test_an_extra_is_pinned_by_a_double_click(panel, workspace, qtbot):
    choose(workspace, "mixer")
    reference_actions.assign_slot(workspace, "extra1", "reference-3")
    with qtbot.waitSignal(panel.pinRequested) as asked:
        double_click(qtbot, panel.extras.cells[0])
    assert asked.args == ["reference-3"]


def test_a_style_picture_is_replaced_moved_and_removed(panel, workspace, document, qtbot):
    choose(workspace, "painter")
    made = picture(workspace, "style1")
    first, second = panel.styles.cells[:2]
    assert first.accessibleName() == "Style 1: style1.png"
    with qtbot.waitSignal(panel.openRequested) as asked:
        double_click(qtbot, first)
    assert asked.args == ["style1"]
    drop(second, first.mime())
    assert document.pictures == {"style2": made}
    menu = second.context_menu()
    entries = {action.text(): action for action in menu.actions() if action.text()}
    assert set(entries) == {"Replace…", "Remove"}
    entries["Remove"].trigger()
    assert document.pictures == {}
    workspace.undo.undo()
    assert second.filled


def test_a_reference_can_be_a_style(panel, workspace, document):
    choose(workspace, "painter")
    drop(panel.styles.cells[1], reference_mime("reference-2"))
    assert document.pictures["style2"].photo is document.sources["reference-2"].photo
    assert document.pictures["style2"].name == "red.jpg"
    # A picture has no face for anybody to look for.
    assert len(document.sources) == 4


def test_the_strip_offers_what_the_recipe_uses(panel, workspace, document):
    def entries() -> dict:
        panel.strip.setCurrentIndex(panel.strip.model().index(2, 0))
        return {action.text(): action for action in panel.strip.context_menu().actions()}

    assert "Use as an extra" not in entries()
    choose(workspace, "mixer")
    entries()["Use as an extra"].trigger()
    assert document.slots["extra1"] == "reference-3"
    choose(workspace, "painter")
    entries()["Use as a style"].trigger()
    assert document.pictures["style1"].name == "bob.jpg"


@pytest.mark.parametrize("width", [264, 310, 420])
def test_no_place_is_cut(panel, workspace, width, qtbot):
    choose(workspace, "mixer")
    panel.resize(width, 420)
    last = panel.extras.cells[-1]
    qtbot.waitUntil(lambda: last.mapTo(panel, QPoint(last.width(), 0)).x() <= width)
    assert last.isVisible()
    assert panel.extras.cells[0].mapTo(panel, QPoint(0, 0)).x() >= 0


def test_in_a_low_panel_the_places_are_seen_before_the_strip(panel, workspace, qtbot):
    with qtbot.waitSignal(panel.roomWanted) as wanted:
        choose(workspace, "mixer")
    panel.resize(310, wanted.args[0])
    cell = panel.extras.cells[0]
    qtbot.waitUntil(lambda: 0 < cell.mapTo(panel, QPoint(0, cell.height())).y() <= panel.height())
