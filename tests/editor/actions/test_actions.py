"""Nothing without a menu entry, nothing with a key that is not in the shortcut editor, no key with two meanings."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from core.document.document import Candidate, Target
from core.document.geometry import Rect
from editor import actions
from editor.actions.registry import Actions
from editor.actions.spec import ActionSpec
from editor.actions.table import MENUS, SUBMENU_PLACES, TABLE
from editor.dialogs.shortcut_editor import ShortcutEditor
from editor.look.icons import icon
from editor.settings import Settings
from editor.shell.main_window import MainWindow


def in_menus(window: MainWindow) -> list[str]:
    names: list[str] = []
    for menu in window.menuBar().findChildren(QMenu):
        names += [action.objectName() for action in menu.actions() if action.objectName()]
    return names


def test_every_action_is_in_exactly_one_menu(window):
    found = in_menus(window)
    assert sorted(name for name in found if name in window.actions_) == sorted(window.actions_)


def declared() -> Iterator[ActionSpec]:
    """Every declaration in the modules of actions, wherever it is listed."""
    for module in pkgutil.iter_modules(actions.__path__, "editor.actions."):
        for value in vars(importlib.import_module(module.name)).values():
            for spec in value if isinstance(value, tuple) else (value,):
                if isinstance(spec, ActionSpec):
                    yield spec


def test_every_declaration_is_an_action_of_the_window_and_none_is_bound_without_one(window):
    identifiers = [spec.id for spec in TABLE]
    assert len(identifiers) == len(set(identifiers))
    assert {spec.id for spec in declared()} == set(identifiers) == set(window.actions_)
    assert all(callable(spec.does) for spec in TABLE)


def test_menus_hold_what_is_declared_in_that_order(window):
    paths = [path for path, _ in MENUS]
    assert {spec.menu for spec in TABLE} <= set(paths)
    assert set(SUBMENU_PLACES) <= set(paths)
    for path in paths:
        shown = [action.objectName() for action in window.menus[path].actions() if action.objectName()]
        wanted = [spec.id for spec in TABLE if spec.menu == path]
        assert [name for name in shown if name in wanted] == wanted


def test_every_tool_has_an_action(window):
    assert {f"tool.{name}" for name in window.toolbox.tools} <= set(window.actions_)


def test_what_an_action_does_is_seen_by_the_others_at_once(opened: MainWindow, qtbot: QtBot):
    opened.actions_["view.mirror"].trigger()
    assert opened.area.main.viewport.mirrored
    opened.actions_["layer.visible"].trigger()
    qtbot.waitUntil(opened.actions_["edit.undo"].isEnabled)
    assert not opened.actions_["layer.visible"].isChecked()
    assert opened.actions_["view.mirror"].isChecked()
    opened.actions_["edit.undo"].trigger()
    qtbot.waitUntil(opened.actions_["layer.visible"].isChecked)
    assert opened.actions_["edit.redo"].isEnabled()


def test_every_action_says_what_it_does(window):
    for action_id in window.actions_:
        action = window.actions_[action_id]
        assert action.text(), action_id
        assert action.statusTip(), action_id


def test_access_keys_are_unique_within_each_menu(window):
    for path, menu in window.menus.items():
        letters = [action.text().replace("&&", "").partition("&")[2][:1].casefold() for action in menu.actions()]
        letters = [letter for letter in letters if letter]
        assert len(letters) == len(set(letters)), (path, letters)


def test_no_two_actions_share_a_key_where_both_work(window):
    assert window.actions_.conflicts() == {}


def test_redo_has_both_keys(window):
    assert window.actions_.shortcuts("edit.redo") == ["Ctrl+Shift+Z", "Ctrl+Y"]


def test_every_declared_icon_exists():
    for spec in TABLE:
        if spec.icon:
            assert not icon(spec.icon).isNull()


def test_the_shortcut_editor_lists_every_action(window, qtbot: QtBot):
    dialog = ShortcutEditor(window.actions_, window)
    qtbot.addWidget(dialog)
    assert set(dialog._items) == set(window.actions_)


def test_the_key_held_to_compare_can_be_changed(opened: MainWindow, qtbot: QtBot):
    view = opened.area.main
    view.setFocus()
    dialog = ShortcutEditor(opened.actions_, opened)
    qtbot.addWidget(dialog)
    assert dialog.keys["compare.peek"] == ["\\"]
    choose(dialog, "compare.peek")
    dialog.edits[0].setKeySequence("Alt+Y")
    dialog.accept()
    qtbot.keyPress(view, Qt.Key.Key_Backslash)
    assert not view.before
    qtbot.keyRelease(view, Qt.Key.Key_Backslash)
    qtbot.keyPress(view, Qt.Key.Key_Y, Qt.KeyboardModifier.AltModifier)
    assert view.before
    qtbot.keyRelease(view, Qt.Key.Key_Y)
    assert not view.before


def test_before_for_a_moment_from_the_menu(opened: MainWindow, qtbot: QtBot):
    opened.area._peek_timer.setInterval(5)
    opened.actions_["compare.peek"].trigger()
    assert opened.area.main.before
    qtbot.waitUntil(lambda: not opened.area.main.before)


def choose(dialog: ShortcutEditor, action_id: str) -> None:
    dialog.tree.setCurrentItem(dialog._items[action_id])


def test_keys_change_on_ok_only_and_are_kept(window, settings: Settings, qtbot: QtBot):
    dialog = ShortcutEditor(window.actions_, window)
    qtbot.addWidget(dialog)
    choose(dialog, "mask.invert")
    dialog.edits[0].setKeySequence("Ctrl+Alt+I")
    assert window.actions_.shortcuts("mask.invert") == ["Ctrl+I"]
    dialog.accept()
    assert window.actions_.shortcuts("mask.invert") == ["Ctrl+Alt+I"]
    assert settings.shortcuts == {"mask.invert": ["Ctrl+Alt+I"]}
    again = Actions(settings)
    again.add(next(spec for spec in TABLE if spec.id == "mask.invert"), window._parts())
    assert again.shortcuts("mask.invert") == ["Ctrl+Alt+I"]


def test_a_taken_key_is_reported_and_can_be_reset(window, qtbot: QtBot):
    dialog = ShortcutEditor(window.actions_, window)
    qtbot.addWidget(dialog)
    choose(dialog, "mask.invert")
    dialog.edits[0].setKeySequence("Ctrl+S" if "file.save" in window.actions_ else "Ctrl+O")
    assert "also belongs" in dialog._hint.text()
    dialog.reset_one()
    assert "also belongs" not in dialog._hint.text()
    dialog.keys["tool.brush"] = []
    dialog.reset_all()
    assert dialog.keys["tool.brush"] == ["B"]


def test_search_finds_names_and_keys(window, qtbot: QtBot):
    dialog = ShortcutEditor(window.actions_, window)
    qtbot.addWidget(dialog)
    dialog.search.setText("merge")
    shown = [key for key, item in dialog._items.items() if not item.isHidden()]
    assert shown == ["layer.merge_down"]
    dialog.search.setText("ctrl+j")
    assert [key for key, item in dialog._items.items() if not item.isHidden()] == ["layer.duplicate"]


def test_letters_choose_tools_on_the_canvas_but_not_while_typing(opened: MainWindow, qtbot: QtBot):
    opened.area.main.setFocus()
    qtbot.keyClick(opened.area.main, Qt.Key.Key_L)
    assert opened.workspace.tool == "lasso"
    field = QLineEdit(opened)
    field.show()
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_B)
    assert opened.workspace.tool == "lasso"
    assert field.text() == "b"


def test_enter_and_escape_belong_to_the_preview_only_while_there_is_one(opened: MainWindow, qtbot: QtBot):
    document = opened.workspace.document
    assert document is not None
    assert not opened.actions_["run.apply"].isEnabled()
    rect = Rect(0, 0, 20, 20)
    part = document.identity.photo.pixels[rect.slices()].copy()
    candidate = Candidate("candidate-1", "Result", rect, part, part, part[..., 0])
    document.candidates.append(candidate)
    opened.workspace.set_pending(candidate)
    qtbot.waitUntil(opened.actions_["run.apply"].isEnabled)
    field = QLineEdit(opened)
    field.show()
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert len(document.layers) == 1
    opened.area.main.setFocus()
    qtbot.keyClick(opened.area.main, Qt.Key.Key_Return)
    assert len(document.layers) == 2
    assert opened.workspace.pending is None


def test_delete_clears_the_mask_on_the_canvas_and_the_layer_in_its_panel(opened: MainWindow, qtbot: QtBot):
    document = opened.workspace.document
    assert document is not None
    mask = document.mask(Target("identity", "hair"))
    assert mask is not None
    assert mask.data.any()
    opened.layers.view.setFocus()
    qtbot.keyClick(opened.layers.view, Qt.Key.Key_Delete)
    assert mask.data.any()
    opened.area.main.setFocus()
    qtbot.keyClick(opened.area.main, Qt.Key.Key_Delete)
    assert not mask.data.any()
    opened.workspace.undo.undo()
    assert mask.data.any()


def test_an_action_cannot_be_declared_twice(window):
    spec = ActionSpec("file.open", "File", "Open", does=print)
    with pytest.raises(ValueError, match="file"):
        window.actions_.add(spec, window._parts())
