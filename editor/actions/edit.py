"""Undo and redo, and what can be set."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from editor.actions.parts import Parts
from editor.actions.spec import ActionSpec
from editor.look.translation import QT_TRANSLATE_NOOP as _N


def _tr(text: str) -> str:
    return QCoreApplication.translate("Bindings", text)


def _undo(parts: Parts) -> None:
    # While drawing, undo takes back what is being drawn.
    if not parts.toolbox.cancel():
        parts.workspace.undo.undo()


def _redo(parts: Parts) -> None:
    if not parts.toolbox.busy:
        parts.workspace.undo.redo()


def _undo_title(parts: Parts) -> str:
    step = parts.workspace.undo.undoText()
    return _tr("&Undo {0}").format(step) if step else _tr("&Undo")


def _redo_title(parts: Parts) -> str:
    step = parts.workspace.undo.redoText()
    return _tr("&Redo {0}").format(step) if step else _tr("&Redo")


EDIT = (
    ActionSpec("edit.undo", "Edit", _N("Actions", "&Undo"), ("Ctrl+Z",), "undo",
               _N("Actions", "Take the last step back"), repeats=True, does=_undo,
               enabled=lambda parts: parts.workspace.undo.canUndo() or parts.toolbox.busy, title=_undo_title),
    ActionSpec("edit.redo", "Edit", _N("Actions", "&Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo",
               _N("Actions", "Do again what was taken back"), repeats=True, does=_redo,
               enabled=lambda parts: parts.workspace.undo.canRedo() and not parts.toolbox.busy,
               title=_redo_title),
    ActionSpec("edit.shortcuts", "Edit", _N("Actions", "&Keyboard shortcuts…"), (), "keyboard",
               _N("Actions", "See and change the keys of all actions"), gap=True,
               does=lambda parts: parts.dialogs.edit_shortcuts()),
    ActionSpec("edit.preferences", "Edit", _N("Actions", "&Preferences…"), ("Ctrl+,",), "preferences",
               _N("Actions", "Memory for undo, canvas, overlay colours, size of type"),
               does=lambda parts: parts.dialogs.edit_preferences()),
)
