"""One of the two places for a reference: a large thumbnail that takes drops, with what can be done with it below."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.document.source import Source
from editor.look import theme
from editor.run.source_choices import slot_title
from editor.widgets.buttons import tool_button
from editor.widgets.photo_well import PhotoWell

SMALLEST, LARGEST = 104, 176


class SlotPicture(PhotoWell):
    """The thumbnail of a slot."""

    def show_reference(self, source: Source | None, pixmap: QPixmap) -> None:
        """Show a reference, or that there is none."""
        title = slot_title(self.place)
        if source is None:
            name = self.tr("%1: empty").replace("%1", title)
            tip = self.tr("Click to open a photo, or drop one here")
        else:
            name = f"{title}: {source.name}"
            tip = self.tr("%1\nDouble-click shows it beside the canvas to paint its masks").replace("%1", source.name)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.set_picture("" if source is None else source.id, pixmap)

    def paint_over(self, painter: QPainter) -> None:
        if self.filled:
            return
        square = self.paint_icon(painter, "drop", 24, above=12)
        painter.setPen(QColor(theme.DIM))
        place = QRect(4, square.bottom() + 5, self.width() - 8, painter.fontMetrics().height())
        text = painter.fontMetrics().elidedText(self.tr("Drop or open"), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


class ReferenceSlot(QWidget):
    """A slot: title, picture, name, state, buttons.

    Signals:
        openClicked(str), pinClicked(str), bothClicked(str), clearClicked(str): the slot.
    """

    openClicked = Signal(str)
    pinClicked = Signal(str)
    bothClicked = Signal(str)
    clearClicked = Signal(str)

    def __init__(self, slot: str, help: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.slot = slot
        title = slot_title(slot)
        self.title = QLabel(title, self)
        theme.mark(self.title, "heading")
        self.title.setToolTip(help)
        self.picture = SlotPicture(slot, self)
        self.name = _Elided(self)
        self.state = QLabel(self)
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        theme.mark(self.state, "dim")
        self.state.setStyleSheet("font-size: 12px;")
        self.open_button = tool_button(
            self, "open", self.tr("%1: open a photo").replace("%1", title), self._open)
        self.pin_button = tool_button(
            self, "pin", self.tr("%1: show beside the canvas").replace("%1", title), self._pin, checkable=True,
            help=self.tr("Its masks can be painted there"))
        self.both_button = tool_button(
            self, "mdi6.link-variant", self.tr("%1: use this photo for both").replace("%1", title), self._both)
        self.clear_button = tool_button(
            self, "close", self.tr("%1: empty").replace("%1", title), self._clear,
            help=self.tr("The photo stays in the strip below"))
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self.open_button, self.pin_button, self.both_button, self.clear_button):
            button.setIconSize(QSize(16, 16))
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.picture)
        column.addLayout(buttons)
        column.addWidget(self.name)
        column.addWidget(self.state)
        self.picture.openWanted.connect(self._open)
        self.picture.pinWanted.connect(self._pin)

    def picture_centre(self) -> int:
        """Pixels from the top to the middle of the picture."""
        return self.title.sizeHint().height() + self._column.spacing() + self.picture.height() // 2

    def set_size(self, width: int, height: int, *, named: bool) -> None:
        """Give the slot a width and its picture a height; the name is left out where there is no room for it."""
        self.picture.setFixedSize(width, height)
        self.setFixedWidth(width)
        self.name.setVisible(named)

    def height_without_picture(self, *, named: bool) -> int:
        """Pixels that everything but the picture takes, with a state of one line."""
        parts = [self.title.sizeHint().height(), self.open_button.sizeHint().height(),
                 self.state.fontMetrics().lineSpacing()]
        if named:
            parts.append(self.name.sizeHint().height())
        return sum(parts) + self._column.spacing() * len(parts)

    def show_reference(self, source: Source | None, pixmap: QPixmap, state: str, pinned: bool) -> None:
        """Show a reference and what is known about it, or that there is none."""
        self.picture.show_reference(source, pixmap)
        self.name.set_text(self.tr("None") if source is None else source.name)
        self.state.setText(state)
        metrics = self.state.fontMetrics()
        lines = 1 if metrics.horizontalAdvance(state) <= self.picture.width() else 2
        self.state.setFixedHeight(lines * metrics.lineSpacing())
        self.state.setToolTip(state)
        for button in (self.pin_button, self.both_button, self.clear_button):
            button.setEnabled(source is not None)
        self.pin_button.setChecked(source is not None and pinned)

    def set_used(self, used: bool) -> None:
        """Whether the chosen recipe looks at it."""
        self.picture.set_used(used)
        self.title.setEnabled(used)

    def _open(self) -> None:
        self.openClicked.emit(self.slot)

    def _pin(self) -> None:
        self.pinClicked.emit(self.slot)

    def _both(self) -> None:
        self.bothClicked.emit(self.slot)

    def _clear(self) -> None:
        self.clearClicked.emit(self.slot)


class _Elided(QLabel):
    """A line of text that is cut to the width there is; the whole of it is the tooltip."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def set_text(self, text: str) -> None:
        """Show a text."""
        self._text = text
        self.setToolTip(text)
        self._fit()

    def whole_text(self) -> str:
        """The text before it was cut."""
        return self._text

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideMiddle, self.width()))
