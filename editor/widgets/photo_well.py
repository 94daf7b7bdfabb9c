"""What every place for a photograph has in common: a picture that is opened, dropped, dragged away and shown."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QRect, Qt, Signal
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
from PySide6.QtWidgets import QApplication, QWidget

from editor.actions.references import REFERENCE_MIME
from editor.item_models.reference_model import reference_mime
from editor.look import theme
from editor.look.icons import icon

SLOT_MIME = "application/x-coiffe-slot"
FAINT = 0.35
"""Opacity of photographs that the chosen recipe does not look at."""
_DRAGGED = 64
"""Width of the picture at the pointer."""


class PhotoWell(QWidget):
    """A click opens a photo while it is empty, double click shows what is in it, drag carries it away.

    Args:
        place: name of the slot or place.

    Signals:
        openWanted(str), pinWanted(str): the place.
        filesDropped(list, str): paths and the place.
        referenceDropped(str, str, str): id of a reference, the slot it came from ("" = the strip), and the place.
    """

    openWanted = Signal(str)
    pinWanted = Signal(str)
    filesDropped = Signal(list, str)
    referenceDropped = Signal(str, str, str)

    def __init__(self, place: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place = place
        self._item = ""
        self._pixmap = QPixmap()
        self._pressed: QPoint | None = None
        self._over, self._used = False, True
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def filled(self) -> bool:
        """Whether there is a photograph in it."""
        return bool(self._item)

    def set_used(self, used: bool) -> None:
        """Whether the chosen recipe looks at it; otherwise it is drawn faintly."""
        if used != self._used:
            self._used = used
            self.update()

    def set_picture(self, item: str, pixmap: QPixmap) -> None:
        """Show a photograph, or with an empty id that there is none."""
        self._item, self._pixmap = item, pixmap
        self.setCursor(Qt.CursorShape.ArrowCursor if item else Qt.CursorShape.PointingHandCursor)
        self.update()

    def mime(self) -> QMimeData:
        """What is dragged when its photograph is dragged."""
        data = reference_mime(self._item)
        data.setData(SLOT_MIME, QByteArray(self.place.encode()))
        return data

    def takes(self, data: QMimeData) -> bool:
        """Whether it can be dropped here."""
        return data.hasFormat(REFERENCE_MIME) or any(url.isLocalFile() for url in data.urls())

    def activate(self) -> None:
        """What a double click or Enter does."""
        (self.pinWanted if self._item else self.openWanted).emit(self.place)

    # -- painting -----------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.FIELD))
            painter.setOpacity(1.0 if self._used else FAINT)
            if self._item:
                inner = QRect(QPoint(0, 0), self._pixmap.deviceIndependentSize().toSize())
                inner.moveCenter(self.rect().center())
                painter.drawPixmap(inner.topLeft(), self._pixmap)
            else:
                painter.setPen(QPen(QColor(theme.EDGE), 1, Qt.PenStyle.DashLine))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            self.paint_over(painter)
            painter.setOpacity(1.0)
            if self._over or self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.ACCENT_LIGHT), 2 if self._over else 1))
                edge = 1 if self._over else 0
                painter.drawRect(self.rect().adjusted(edge, edge, -1 - edge, -1 - edge))

    def paint_over(self, painter: QPainter) -> None:
        """What a kind of place draws over its photograph, or over nothing."""

    def paint_icon(self, painter: QPainter, name: str, side: int, above: int = 0) -> QRect:
        """Draw a dim icon in the middle, some pixels higher; returns where."""
        square = QRect(0, 0, side, side)
        square.moveCenter(self.rect().center() - QPoint(0, above))
        icon(name, theme.DIM).paint(painter, square)
        return square

    # -- mouse and keys -----------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not self._item:
            return
        moved = (event.position().toPoint() - self._pressed).manhattanLength()
        if moved >= QApplication.startDragDistance():
            self._pressed = None
            drag = QDrag(self)
            drag.setMimeData(self.mime())
            drag.setPixmap(self._pixmap if self._pixmap.width() <= _DRAGGED else self._pixmap.scaledToWidth(_DRAGGED))
            drag.exec(Qt.DropAction.CopyAction)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not self._item and self.rect().contains(event.position().toPoint()):
            self.openWanted.emit(self.place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        if event.button() == Qt.MouseButton.LeftButton and self._item:
            self.activate()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activate()
        else:
            super().keyPressEvent(event)

    # -- drop ---------------------------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.takes(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._set_over(False)
        self.take(event.mimeData())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def take(self, data: QMimeData) -> None:
        """Say what was dropped."""
        if data.hasFormat(REFERENCE_MIME):
            came_from = data.data(SLOT_MIME).toStdString() if data.hasFormat(SLOT_MIME) else ""
            self.referenceDropped.emit(data.data(REFERENCE_MIME).toStdString(), came_from, self.place)
        else:
            self.filesDropped.emit([url.toLocalFile() for url in data.urls() if url.isLocalFile()], self.place)

    def _set_over(self, over: bool) -> None:
        self._over = over
        self.update()
