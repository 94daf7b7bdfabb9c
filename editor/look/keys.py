"""Which keys are meant: those that must not become shortcuts at the moment (what is typed, what ends a gesture)."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

_OF_A_GESTURE = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
_HARMLESS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


def is_typing(widget: QWidget | None) -> bool:
    """Whether keys pressed in this widget are text."""
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    if isinstance(widget, (QPlainTextEdit, QTextEdit)):
        return not widget.isReadOnly()
    return isinstance(widget, (QLineEdit, QAbstractSpinBox, QKeySequenceEdit))


def keep_from_shortcuts(event: QKeyEvent, canvas: QWidget, *, busy: bool) -> bool:
    """Whether a key goes to the focused widget although it is somebody's shortcut.

    Args:
        event: the question, a shortcut override.
        canvas: the widget of the canvas.
        busy: whether a gesture of a tool is in progress there.
    """
    focus = QApplication.focusWidget()
    plain = not event.modifiers() & ~_HARMLESS
    if plain and is_typing(focus):
        return True
    on_canvas = focus is not None and (focus is canvas or canvas.isAncestorOf(focus))
    return plain and busy and on_canvas and event.key() in _OF_A_GESTURE


def is_among(event: QKeyEvent, keys: Iterable[QKeySequence]) -> bool:
    """Whether a key that is pressed is one of these, with the same modifiers."""
    return QKeySequence(event.keyCombination()) in keys
