"""Files for extras and styles arrive where they were dropped, and the window makes room for their places."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog

from core.document.events import Topic
from editor import background
from editor.dialogs.contact_sheet import ContactSheet
from editor.files.project_files import PROJECT_SUFFIX
from tests.editor.mixtures import mixtures as mixtures


@pytest.fixture
def mixing(opened, mixtures):
    """The window with a recipe that takes extras."""
    choose(opened, "mixer")
    return opened


def choose(window, recipe: str) -> None:
    window.workspace.document.settings.recipe = recipe
    window.workspace.document.changed(Topic.SETTINGS)


def settle(window, qtbot) -> None:
    qtbot.waitUntil(lambda: not background.busy() and not window.opener.status.startswith("Reading"))


def test_several_files_fill_the_extras_from_where_they_were_dropped(mixing, make_photo, qtbot):
    document = mixing.workspace.document
    mixing.references.dropped.emit([str(make_photo(name)) for name in ("a.png", "b.png", "c.png")], "extra2")
    qtbot.waitUntil(lambda: len(document.references) == 3)
    names = {slot: document.slot(slot).name for slot in document.slots}
    assert names == {"extra2": "a.png", "extra1": "b.png", "extra3": "c.png"}
    # They are looked at like any other portrait.
    for source in document.references:
        mixing.workspace.engine.answer(source)
        assert source.face is not None


def test_references_go_on_into_the_extras_once_both_slots_are_full(mixing, make_photo, qtbot):
    document = mixing.workspace.document
    mixing.opener.add_references([make_photo(f"{name}.png") for name in "abcd"])
    qtbot.waitUntil(lambda: len(document.references) == 4)
    assert set(document.slots) == {"shape", "appearance", "extra1", "extra2"}


def test_style_pictures_are_read_but_not_looked_at(opened, mixtures, make_photo, qtbot):
    choose(opened, "painter")
    document, asked = opened.workspace.document, len(opened.workspace.engine.asked)
    opened.references.dropped.emit([str(make_photo(f"{number}.png")) for number in (1, 2)], "style3")
    qtbot.waitUntil(lambda: len(document.pictures) == 2)
    names = {place: picture.name for place, picture in document.pictures.items()}
    assert names == {"style1": "2.png", "style3": "1.png"}
    assert document.references == []
    assert len(opened.workspace.engine.asked) == asked
    assert opened.references.styles.cells[2].filled
    opened.workspace.undo.undo()
    assert list(document.pictures) == ["style3"]


def test_a_fifth_style_picture_finds_no_room(opened, mixtures, make_photo, qtbot, notices):
    choose(opened, "painter")
    opened.opener.add_pictures([make_photo(f"{number}.png") for number in range(5)])
    qtbot.waitUntil(lambda: bool(notices))
    assert len(opened.workspace.document.pictures) == 4
    assert "no room for 4.png" in notices[0].what
    assert notices[0].level == "warning"


def test_the_menu_asks_for_style_pictures(opened, make_photo, qtbot, monkeypatch):
    asked, path = [], make_photo("paint.png")

    def names(parent, title, *rest):
        asked.append(title)
        return [str(path)], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", names)
    opened.actions_["file.add_style"].trigger()
    qtbot.waitUntil(lambda: bool(opened.workspace.document.pictures))
    opened.references.openRequested.emit("style2")
    opened.references.openRequested.emit("extra1")
    settle(opened, qtbot)
    assert asked == ["Add style pictures", "Add style pictures", "Add references"]
    assert list(opened.workspace.document.pictures) == ["style1", "style2"]


def test_without_a_portrait_there_is_nothing_to_paint(window, make_photo):
    hints = []
    window.workspace.hinted.connect(hints.append)
    window.opener.add_pictures([make_photo("paint.png")])
    assert hints == ["Open a portrait first."]
    assert not window.actions_["file.add_style"].isEnabled()


def test_everything_is_back_after_saving_and_opening(opened, mixtures, make_photo, qtbot, tmp_path, monkeypatch):
    choose(opened, "painter")
    opened.opener.add_pictures([make_photo("paint.png")], "style2")
    opened.opener.add_reference(make_photo("anna.png"), "extra4")
    settle(opened, qtbot)
    path = tmp_path / f"work{PROJECT_SUFFIX}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *rest: (str(path), ""))
    opened.actions_["file.save_as"].trigger()
    qtbot.waitUntil(lambda: path.exists() and not opened.workspace.modified)
    before = opened.workspace.document
    opened.opener.open_identity(path)
    qtbot.waitUntil(lambda: opened.workspace.document is not before)
    document = opened.workspace.document
    assert document.pictures["style2"].name == "paint.png"
    assert document.slot("extra4").name == "anna.png"
    assert opened.references.styles.isVisible()
    assert opened.references.styles.cells[1].accessibleName() == "Style 2: paint.png"


def test_the_panel_gets_the_room_that_the_recipe_needs(opened, mixtures, qtbot):
    recipe = opened.docks.docks["recipe"]
    choose(opened, "classical")
    choose(opened, "mixer")
    cell = opened.references.extras.cells[0]
    view = opened.references._scroll.viewport()
    qtbot.waitUntil(lambda: view.rect().contains(cell.mapTo(view, cell.rect().bottomLeft())))
    assert recipe.geometry().bottom() < opened.status.geometry().top()
    assert recipe.height() >= recipe.minimumSizeHint().height()


def test_there_is_no_contact_sheet_without_answers(opened):
    assert not opened.actions_["run.answers"].isEnabled()
    assert not opened.actions_["layer.keep_guide"].isEnabled()
    assert opened.findChild(ContactSheet) is None
