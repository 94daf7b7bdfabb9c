"""Lists to choose from that fit into panels: the wheel scrolls what is around them, and they ask for little room."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter, QWidget


class QuietCombo(QComboBox):
    """A list that leaves the wheel to the panel around it unless it has the focus.

    Args:
        parent: as for every widget.
        letters: ask for the width of so many, and take what there is; 0 asks for what the longest text needs.
    """

    def __init__(self, parent: QWidget | None = None, letters: int = 0) -> None:
        super().__init__(parent)
        # Qt's default would take the focus with the wheel itself.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if letters:
            self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            self.setMinimumContentsLength(letters)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ElidedCombo(QuietCombo):
    """Ends a text in dots where there is no room for all of it."""

    def paintEvent(self, event: QPaintEvent) -> None:
        # Qt cuts a text that is too long in the middle of a letter.
        option: Any = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option,
                                           QStyle.SubControl.SC_ComboBoxEditField, self).width() - 2
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        try:
            painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
            painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        finally:
            painter.end()
