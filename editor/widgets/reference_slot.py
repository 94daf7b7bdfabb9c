"""One of the two places for a reference: a large thumbnail that takes drops, with what can be done with it below."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.document.source import Source
from editor import theme
from editor.icons import icon
from editor.item_models.reference_model import reference_mime
from editor.reference_actions import REFERENCE_MIME
from editor.source_choices import slot_title
from editor.widgets.buttons import tool_button

SLOT_MIME = "application/x-coiffe-slot"
SMALLEST, LARGEST = 104, 176
FAINT = 0.35
"""Opacity of photographs that the chosen recipe does not look at."""


class SlotPicture(QWidget):
    """The thumbnail: click opens a photo while it is empty, double click pins, drag carries the reference away.

    Signals:
        openWanted(), pinWanted(): see above.
        filesDropped(list): paths.
        referenceDropped(str, str): id of the reference and the slot it was dragged from ("" = the strip).
    """

    openWanted = Signal()
    pinWanted = Signal()
    filesDropped = Signal(list)
    referenceDropped = Signal(str, str)

    def __init__(self, slot: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._slot = slot
        self._source_id = ""
        self._pixmap = QPixmap()
        self._pressed: QPoint | None = None
        self._over, self._used = False, True
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_used(self, used: bool) -> None:
        """Whether the chosen recipe looks at it; otherwise it is drawn faintly."""
        if used != self._used:
            self._used = used
            self.update()

    def show_reference(self, source: Source | None, pixmap: QPixmap) -> None:
        """Show a reference, or that there is none."""
        self._source_id = "" if source is None else source.id
        self._pixmap = pixmap
        title = slot_title(self._slot)
        if source is None:
            name = self.tr("%1: empty").replace("%1", title)
            tip = self.tr("Click to open a photo, or drop one here")
        else:
            name = f"{title}: {source.name}"
            tip = self.tr("%1\nDouble-click shows it beside the canvas to paint its masks").replace("%1", source.name)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setCursor(Qt.CursorShape.PointingHandCursor if source is None else Qt.CursorShape.ArrowCursor)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), QColor(theme.FIELD))
            painter.setOpacity(1.0 if self._used else FAINT)
            if self._source_id:
                inner = QRect(QPoint(0, 0), self._pixmap.deviceIndependentSize().toSize())
                inner.moveCenter(self.rect().center())
                painter.drawPixmap(inner.topLeft(), self._pixmap)
            else:
                self._paint_empty(painter)
            painter.setOpacity(1.0)
            if self._over or self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.ACCENT_LIGHT), 2 if self._over else 1))
                edge = 1 if self._over else 0
                painter.drawRect(self.rect().adjusted(edge, edge, -1 - edge, -1 - edge))
        finally:
            painter.end()

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(theme.EDGE), 1, Qt.PenStyle.DashLine))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        square = QRect(0, 0, 24, 24)
        square.moveCenter(self.rect().center() - QPoint(0, 12))
        icon("drop", theme.DIM).paint(painter, square)
        painter.setPen(QColor(theme.DIM))
        place = QRect(4, square.bottom() + 5, self.width() - 8, painter.fontMetrics().height())
        text = painter.fontMetrics().elidedText(self.tr("Drop or open"), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    # -- mouse and keys -----------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not self._source_id:
            return
        moved = (event.position().toPoint() - self._pressed).manhattanLength()
        if moved >= QApplication.startDragDistance():
            self._pressed = None
            data = reference_mime(self._source_id)
            data.setData(SLOT_MIME, QByteArray(self._slot.encode()))
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.setPixmap(self._pixmap.scaledToWidth(64))
            drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not self._source_id and self.rect().contains(event.position().toPoint()):
            self.openWanted.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        if event.button() == Qt.MouseButton.LeftButton and self._source_id:
            self.pinWanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            (self.pinWanted if self._source_id else self.openWanted).emit()
        else:
            super().keyPressEvent(event)

    # -- drop ---------------------------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if data.hasFormat(REFERENCE_MIME) or any(url.isLocalFile() for url in data.urls()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._over = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._over = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._over = False
        self.update()
        data = event.mimeData()
        if data.hasFormat(REFERENCE_MIME):
            came_from = data.data(SLOT_MIME).toStdString() if data.hasFormat(SLOT_MIME) else ""
            self.referenceDropped.emit(data.data(REFERENCE_MIME).toStdString(), came_from)
        else:
            self.filesDropped.emit([url.toLocalFile() for url in data.urls() if url.isLocalFile()])
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()


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
