"""Makes buttons that all look alike and all have a name for screen readers and a tooltip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QWidget

from editor.look import theme
from editor.look.icons import icon


def tool_button(
    parent: QWidget, icon_name: str, name: str, clicked: Callable[[], object] | None = None, *,
    checkable: bool = False, help: str = "",
) -> QToolButton:
    """A button that shows only an icon.

    Args:
        parent: its widget.
        icon_name: as in ``editor.look.icons``.
        name: what it does; spoken, and the first line of the tooltip.
        clicked: bound method, called without arguments.
        checkable: whether it stays down.
        help: further lines of the tooltip.
    """
    button = QToolButton(parent)
    button.setIcon(icon(icon_name))
    button.setIconSize(QSize(theme.ICON_PIXELS, theme.ICON_PIXELS))
    button.setAccessibleName(name)
    button.setToolTip(f"{name}\n{help}" if help else name)
    button.setCheckable(checkable)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if clicked is not None:
        button.clicked.connect(clicked)
    return button


def text_button(
    parent: QWidget, text: str, clicked: Callable[[], object] | None = None, *, help: str = ""
) -> QPushButton:
    """A button with text that shrinks as far as its text allows, for rows in narrow panels."""
    button = QPushButton(text, parent)
    button.setAccessibleName(text)
    button.setToolTip(help)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    button.setMinimumWidth(button.fontMetrics().horizontalAdvance(text) + 12)
    button.setStyleSheet("padding-left: 2px; padding-right: 2px;")
    if clicked is not None:
        button.clicked.connect(clicked)
    return button
