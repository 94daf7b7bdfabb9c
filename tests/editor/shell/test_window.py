"""The window opens, shows what it should, takes what is dropped on it, and closes without leaving anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.document.commands import SetMaskSpread
from core.document.document import Candidate, Target
from core.document.events import Topic
from core.document.geometry import Rect
from editor.dialogs.about import AboutDialog
from editor.dialogs.preferences import PreferencesDialog
from editor.files import files as files_module
from editor.files.unsaved import Answer
from editor.item_models.layer_delegate import ROW
from editor.settings import Settings
from editor.shell.drop_zones import DropZones
from editor.shell.main_window import MainWindow
from editor.widgets.param_fields import ParamRow
from editor.workspace import Notice


def drag(window: MainWindow, paths: list[Path], share: float) -> QMimeData:
    """Drag files to a point of the canvas at this share of its width."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place = point(window, share)
    event = QDragEnterEvent(place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                            Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, event)
    assert event.isAccepted() == bool(paths)
    return data


def point(window: MainWindow, share: float) -> QPoint:
    page = window.centralWidget()
    return page.mapTo(window, QPoint(round(page.width() * share), page.height() // 2))


def drop(window: MainWindow, paths: list[Path], share: float) -> None:
    data = drag(window, paths, share)
    event = QDropEvent(QPointF(point(window, share)), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                       Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, event)
    assert event.isAccepted()


def zones(window: MainWindow) -> DropZones:
    found = window.centralWidget().findChild(DropZones)
    assert isinstance(found, DropZones)
    return found


def change_something(window: MainWindow) -> None:
    window.workspace.push(SetMaskSpread(Target("identity", "hair"), 3, 0))


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The names that the unsaved-changes box asked about; it is always cancelled."""
    names: list[str] = []

    def ask(parent, name, **options):
        names.append(name)
        return Answer.CANCEL

    monkeypatch.setattr(files_module, "ask_about_unsaved", ask)
    return names


def test_every_button_has_a_name(opened):
    nameless = [button for button in opened.findChildren(QAbstractButton)
                if isinstance(button, (QToolButton, QPushButton)) and not button.text()
                and not button.accessibleName() and not button.objectName().startswith("qt_")
                # The button that clears a field is Qt's own.
                and not isinstance(button.parent(), QLineEdit)]
    assert [f"{button.objectName()} in {button.parent()}" for button in nameless] == []


def test_start_page_without_panels_then_canvas_with_them(window, make_photo, qtbot):
    assert window.start_page.isVisible()
    assert not any(dock.isVisible() for dock in window.docks.docks.values())
    window.opener.open_identity(make_photo())
    qtbot.waitUntil(window.area.isVisible)
    qtbot.waitUntil(lambda: window.docks.docks["layers"].isVisible())
    assert window.windowTitle() == "portrait.png[*] – Coiffe"
    window.files.close_document()
    assert window.start_page.isVisible()
    assert not window.tool_bar.isVisible()
    assert window.isVisible()


class Flashes(QObject):
    """Notes every window that appears."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


def test_no_other_window_flashes_up_while_a_portrait_opens(window, make_photo, qtbot):
    flashes = Flashes()
    QApplication.instance().installEventFilter(flashes)
    window.opener.open_identity(make_photo())
    window.opener.add_reference(make_photo("hair.png"))
    qtbot.waitUntil(lambda: window.workspace.document is not None and bool(window.workspace.document.references))
    window.workspace.mark_saved()
    window.files.close_document()
    QApplication.instance().removeEventFilter(flashes)
    assert [name for name in flashes.seen if "QTipLabel" not in name] == []
    assert QApplication.activeWindow() is window


def test_tab_hides_the_panels_and_brings_just_those_back(opened, qtbot):
    opened.docks.docks["recipe"].hide()
    opened.area.main.setFocus()
    qtbot.keyClick(opened.area.main, Qt.Key.Key_Tab)
    assert not any(dock.isVisible() for dock in opened.docks.docks.values())
    qtbot.keyClick(opened.area.main, Qt.Key.Key_Tab)
    assert opened.docks.docks["references"].isVisible()
    assert not opened.docks.docks["recipe"].isVisible()
    opened.reset_layout()
    assert opened.docks.docks["recipe"].isVisible()


@pytest.fixture
def reopen(opened, settings: Settings, engine, qtbot, show, make_photo):
    """Closes the window and opens the user's next one, with a photo."""
    def next_window(*size: int) -> MainWindow:
        assert opened.close()
        again = show(MainWindow(Settings(settings.path), type(engine)()), *size)
        again.opener.open_identity(make_photo("other.png"))
        qtbot.waitUntil(lambda: again.docks.docks["layers"].isVisible())
        qtbot.waitUntil(again.updatesEnabled)
        return again
    return next_window


def test_the_layout_outlives_the_session(opened, reopen):
    opened.docks.docks["history"].hide()
    again = reopen()
    assert again.docks.docks["history"].isHidden()
    again.workspace.mark_saved()


@pytest.mark.parametrize(("share", "identity", "references"), [(0.25, "a.png", ["b.png"]),
                                                              (0.75, "portrait.png", ["a.png", "b.png"])])
def test_dropped_files_go_where_the_zone_says(opened, make_photo, qtbot, share, identity, references):
    drop(opened, [make_photo("a.png"), make_photo("b.png")], share)
    workspace = opened.workspace

    def arrived() -> bool:
        document = workspace.document
        return (document is not None and document.identity.name == identity
                and [source.name for source in document.references] == references)

    qtbot.waitUntil(arrived)
    assert not zones(opened).isVisible()


def test_zones_show_while_files_are_dragged_and_only_then(window, make_photo):
    drag(window, [make_photo()], 0.75)
    assert zones(window).isVisible()
    assert not zones(window).grab().isNull()
    zones(window).hide()
    drag(window, [], 0.5)
    assert not zones(window).isVisible()


def test_unsaved_changes_are_asked_about_before_anything_replaces_them(opened, asked, make_photo, qtbot):
    before = opened.workspace.document
    opened.files.close_document()
    assert asked == []
    assert opened.workspace.document is None
    opened.workspace.set_document(before)
    change_something(opened)
    assert opened.isWindowModified()
    opened.files.close_document()
    opened.files.open_path(make_photo("new.png"))
    assert not opened.close()
    assert asked == ["portrait.png"] * 3
    assert opened.workspace.document is before
    assert opened.isVisible()


def test_discarding_lets_it_go(opened, monkeypatch):
    monkeypatch.setattr(files_module, "ask_about_unsaved", lambda *_, **__: Answer.DISCARD)
    change_something(opened)
    opened.files.close_document()
    assert opened.workspace.document is None


def test_closing_while_a_photo_is_read_leaves_nothing(window, make_photo, qtbot: QtBot):
    window.opener.open_identity(make_photo())
    assert window.close()
    assert not window.isVisible()


def test_preferences_change_on_ok_only(opened, settings, qtbot):
    dialog = PreferencesDialog(settings, opened.workspace, opened)
    qtbot.addWidget(dialog)
    dialog.undo_steps.setValue(55)
    dialog.surround.setValue(17)
    dialog.colours["hair"].set_colour("#010203")
    dialog.reject()
    assert settings.preferences.undo_steps == 200
    dialog.accept()
    assert settings.preferences.undo_steps == opened.workspace.undo.limit == 55
    assert opened.workspace.view.surround == 17
    assert opened.workspace.view.colours["hair"] == "#010203"
    dialog.reset()
    assert dialog.undo_steps.value() == 200


def test_about_names_the_licence(window, qtbot):
    from PySide6.QtWidgets import QLabel

    dialog = AboutDialog(window)
    qtbot.addWidget(dialog)
    assert any("Apache" in label.text() for label in dialog.findChildren(QLabel))


def test_an_unexpected_error_is_shown_and_leaves_the_document(opened, notices):
    opened.show_problem("ValueError: nobody expected this", "Traceback ...")
    assert notices[-1].detail == "Traceback ..."
    assert opened.workspace.document is not None


def test_status_bar_tells_zoom_photo_and_work(opened, engine):
    assert "120 × 160" in opened.status.photo.text()
    assert opened.status.zoom.text().endswith("%")
    assert opened.status.engine.text() == "Ready"
    opened.opener.analyse("identity")
    assert "portrait.png" in opened.status.engine.text()
    engine.answer(opened.workspace.document.identity)
    assert opened.status.engine.text() == "Ready"


def test_recent_files_are_in_the_menu_and_on_the_page(window, settings, make_photo):
    path = make_photo("a & b.png")
    settings.add_recent(path)
    texts = [action.text() for action in window.menus["File/Recent"].actions()]
    assert any("a && b.png" in text for text in texts)
    assert list(window.start_page._cards) == [path]
    settings.clear_recent()
    assert not window.menus["File/Recent"].isEnabled()


def add_candidate(window: MainWindow) -> None:
    document = window.workspace.document
    pixels = np.zeros((10, 10, 3), np.uint8)
    document.candidates.append(Candidate("candidate-1", "LOHO 1", Rect(0, 0, 10, 10), pixels, pixels,
                                         np.full((10, 10), 255, np.uint8)))
    document.changed(Topic.CANDIDATES, "candidate-1")


def test_strip_and_candidates_take_room_once_and_keep_it(opened, make_photo, qtbot):
    candidates = opened.docks.docks["candidates"]
    assert not candidates.isVisible()
    assert not opened.progress.isVisible()
    add_candidate(opened)
    assert candidates.isVisible()
    assert opened.progress.isVisible()
    qtbot.wait(1)
    place = opened.area.geometry()
    opened.workspace.document.candidates.clear()
    opened.workspace.document.changed(Topic.CANDIDATES, "candidate-1")
    qtbot.wait(1)
    assert candidates.isVisible()
    assert opened.area.geometry() == place
    opened.workspace.mark_saved()
    before = opened.workspace.document
    opened.opener.open_identity(make_photo("next.png"))
    qtbot.waitUntil(lambda: opened.workspace.document is not before)
    assert not candidates.isVisible()


def test_candidates_hidden_by_hand_stay_hidden(opened):
    opened.docks.docks["candidates"].toggleViewAction().trigger()
    assert opened.docks.docks["candidates"].isVisible()
    opened.docks.docks["candidates"].toggleViewAction().trigger()
    add_candidate(opened)
    assert opened.docks.docks["candidates"].isHidden()


@pytest.mark.parametrize("by_hand", [False, True])
def test_an_empty_panel_that_was_out_of_the_way_comes_back_next_time(opened, reopen, by_hand):
    if by_hand:
        add_candidate(opened)
        opened.docks.docks["candidates"].toggleViewAction().trigger()
    opened.workspace.mark_saved()
    again = reopen()
    assert again.docks.docks["candidates"].isHidden()
    add_candidate(again)
    assert again.docks.docks["candidates"].isHidden() == by_hand
    again.workspace.mark_saved()


def test_a_kept_layout_comes_back_without_tabs_of_another(opened, reopen, qtbot):
    again = reopen(1280, 800)
    qtbot.wait(1)
    bars = [bar for bar in again.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
            if bar.isVisible()]
    assert [[bar.tabText(tab) for tab in range(bar.count())] for bar in bars] == [["Layers", "Masks", "History"]]
    assert again.docks.docks["references"].height() == opened.docks.docks["references"].height()
    again.workspace.mark_saved()


def test_nothing_is_cut_off_in_the_smallest_window(opened, qtbot):
    opened.resize(opened.minimumSize())
    add_candidate(opened)
    qtbot.wait(1)
    assert opened.docks.docks["recipe"].geometry().bottom() < opened.status.geometry().top()
    assert opened.status.geometry().bottom() <= opened.height()


def test_in_a_low_window_references_are_a_tab(opened, qtbot):
    references = opened.docks.docks["references"]
    assert opened.docks.docks["layers"] not in opened.tabifiedDockWidgets(references)
    opened.resize(opened.minimumSize())
    opened.reset_layout()
    assert opened.docks.docks["layers"] in opened.tabifiedDockWidgets(references)
    opened.resize(1280, 800)
    opened.reset_layout()
    assert opened.docks.docks["layers"] not in opened.tabifiedDockWidgets(references)


def test_at_first_the_panels_share_the_column_so_that_work_can_begin(opened, make_photo, qtbot):
    opened.opener.add_reference(make_photo("hair.png"))
    qtbot.waitUntil(lambda: bool(opened.workspace.document.references))
    scroll = opened.recipe.findChild(QScrollArea)

    def shown() -> list[ParamRow]:
        return [row for row in opened.recipe.findChildren(ParamRow)
                if scroll.viewport().rect().contains(QRect(row.mapTo(scroll.viewport(), QPoint()), row.size()))]

    # The line that said what was missing goes away in its own time.
    qtbot.waitUntil(lambda: len(shown()) >= 3)
    assert opened.layers.view.viewport().height() >= 1.5 * ROW


def test_a_message_leaves_the_head_of_the_portrait_free(opened, window, qtbot):
    opened.workspace.notify(Notice("Finished, with remarks.", "The hair touches the edge.", level="info"))
    qtbot.wait(1)
    area = QRect(opened.area.mapTo(opened.banners.parentWidget(), QPoint()), opened.area.size())
    assert opened.banners.isVisible()
    assert opened.banners.geometry().bottom() == area.bottom()
    assert opened.banners.y() > area.center().y()


def test_the_tab_key_brings_a_covered_panel_to_the_front(opened):
    masks = opened.docks.docks["masks"]
    assert masks.visibleRegion().isEmpty()
    opened.masks.feather.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    assert not masks.visibleRegion().isEmpty()
    title = masks.titleBarWidget()
    assert not any(button.isVisible() for button in title.findChildren(QAbstractButton))
