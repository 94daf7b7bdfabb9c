"""The page about a recipe opens beside the work, without a network, and every recipe has one."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from core.document.events import Topic
from core.recipes.catalogue import CATALOGUE
from editor.dialogs.help_pages import help_folder, page_of
from editor.dialogs.help_viewer import HelpViewer, fragments


def viewer_of(window) -> HelpViewer:
    viewer = window.findChild(HelpViewer)
    assert viewer is not None
    return viewer


@pytest.mark.parametrize("recipe", list(CATALOGUE))
def test_every_recipe_has_a_page_with_what_it_shows(recipe):
    page = page_of(recipe)
    assert page is not None
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# ")
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert pictures
    for picture in pictures:
        assert (help_folder() / picture).is_file(), picture


@pytest.mark.parametrize("recipe", ["nonsense", "../help/loho", "", "loho.md"])
def test_there_is_no_page_about_anything_else(recipe):
    assert page_of(recipe) is None


def test_the_key_opens_the_page_of_the_chosen_recipe(opened, qtbot):
    QTest.keyClick(opened, Qt.Key.Key_F1)
    viewer = viewer_of(opened)
    assert viewer.isVisible()
    assert not viewer.isModal()
    assert viewer.windowTitle() == "Help: StyleFusion"
    assert viewer.browser.toPlainText().startswith("StyleFusion")
    # The window behind stays at work, and asking again shows the same window.
    opened.workspace.document.settings.recipe = "invert"
    opened.workspace.document.changed(Topic.SETTINGS)
    opened.actions_["help.recipe"].trigger()
    assert opened.findChildren(HelpViewer) == [viewer]
    assert viewer.browser.toPlainText().startswith("Invert a portrait")
    viewer.close()


def test_the_button_of_the_panel_opens_it(opened, qtbot):
    button = next(button for button in opened.recipe.findChildren(QToolButton)
                  if button.accessibleName() == "Help for this recipe")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert viewer_of(opened).isVisible()
    viewer_of(opened).close()


def test_pictures_are_found_and_never_wider_than_the_window(opened, qtbot):
    opened.workspace.document.settings.recipe = "invert"
    opened.actions_["help.recipe"].trigger()
    viewer = viewer_of(opened)
    page = viewer.browser
    for width in (420, 900):
        viewer.resize(width, 500)
        qtbot.waitUntil(lambda width=width: page.width() == width)
        found = fragments(page.document(), lambda look: look.isImageFormat())
        looks = [cursor.charFormat().toImageFormat() for cursor in found]
        assert looks
        for look in looks:
            picture = page.document().resource(QTextDocument.ResourceType.ImageResource, QUrl(look.name()))
            assert picture.width() > 0
            assert 0 < look.width() <= min(picture.width(), page.viewport().width())
            assert look.height() == pytest.approx(picture.height() * look.width() / picture.width(), abs=1)
    viewer.close()


def test_links_between_pages_stay_in_the_window(opened, monkeypatch):
    asked = []
    monkeypatch.setattr("editor.dialogs.help_viewer.QDesktopServices.openUrl", asked.append)
    opened.actions_["help.recipe"].trigger()
    page = viewer_of(opened).browser
    page.anchorClicked.emit(QUrl("invert.md"))
    assert page.toPlainText().startswith("Invert a portrait")
    page.anchorClicked.emit(QUrl("https://example.org/paper"))
    assert asked == [QUrl("https://example.org/paper")]
    for nothing in ("gone.md", "../../pyproject.toml", "file:///etc/passwd"):
        page.anchorClicked.emit(QUrl(nothing))
    assert len(asked) == 1
    assert page.toPlainText().startswith("Invert a portrait")
    viewer_of(opened).close()


def test_it_ends_with_the_window(opened, qtbot):
    opened.actions_["help.recipe"].trigger()
    viewer = viewer_of(opened)
    with qtbot.waitSignal(viewer.destroyed):
        viewer.close()
    assert opened.findChild(HelpViewer) is None
