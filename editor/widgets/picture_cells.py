"""A row of small numbered places for photographs that only some recipes look at: further portraits, style pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
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
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QMenu, QSizePolicy, QWidget

from editor import theme
from editor.icons import icon
from editor.reference_actions import REFERENCE_MIME
from editor.widgets.reference_slot import FAINT, SLOT_MIME

PLACE_MIME = "application/x-coiffe-style-place"
SIDE = 48
_GAP = 6
_LABEL = 72


class PictureCell(QWidget):
    """One place: a click opens a photo while it is empty, Delete empties it, drag and drop move what is in it.

    Args:
        place: name of the slot or place.
        title: for people.
        portrait: it holds references, which can be shown beside the canvas; else style pictures.

    Signals:
        openWanted(str), pinWanted(str), clearWanted(str): the place.
        filesDropped(list, str): paths and the place.
        referenceDropped(str, str, str): id of a reference, the slot it came from ("" = the strip), and the place.
        placeDropped(str, str): a style picture was dragged from the first place to the second.
    """

    openWanted = Signal(str)
    pinWanted = Signal(str)
    clearWanted = Signal(str)
    filesDropped = Signal(list, str)
    referenceDropped = Signal(str, str, str)
    placeDropped = Signal(str, str)

    def __init__(self, place: str, title: str, *, portrait: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place, self._title, self._portrait = place, title, portrait
        self._item, self._name = "", ""
        self._pixmap = QPixmap()
        self._pressed: QPoint | None = None
        self._over, self._used = False, True
        self.setFixedSize(SIDE, SIDE)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_item("", "", QPixmap())

    @property
    def filled(self) -> bool:
        """Whether there is a photograph in it."""
        return bool(self._item)

    def show_item(self, item: str, name: str, pixmap: QPixmap, state: str = "") -> None:
        """Show a photograph, or with an empty id that there is none.

        Args:
            item: id of the reference, or of the style picture.
            name, pixmap: of it.
            state: what is known about it, for the tooltip.
        """
        self._item, self._name, self._pixmap = item, name, pixmap
        if not item:
            self.setAccessibleName(self.tr("%1: empty").replace("%1", self._title))
            self.setToolTip(self.tr("%1\nClick to open a photo, or drop one here").replace("%1", self._title))
        else:
            self.setAccessibleName(f"{self._title}: {name}")
            self.setToolTip(f"{self._title}: {name}\n{state}" if state else f"{self._title}: {name}")
        self.setAccessibleDescription(state)
        self.setCursor(Qt.CursorShape.ArrowCursor if item else Qt.CursorShape.PointingHandCursor)
        self.update()

    def set_used(self, used: bool) -> None:
        """Whether the chosen recipe looks at it; otherwise it is drawn faintly."""
        if used != self._used:
            self._used = used
            self.update()

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
                square = QRect(0, 0, 18, 18)
                square.moveCenter(self.rect().center())
                icon("add", theme.DIM).paint(painter, square)
            self._paint_number(painter)
            painter.setOpacity(1.0)
            if self._over or self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.ACCENT_LIGHT), 2 if self._over else 1))
                edge = 1 if self._over else 0
                painter.drawRect(self.rect().adjusted(edge, edge, -1 - edge, -1 - edge))

    def _paint_number(self, painter: QPainter) -> None:
        badge = QRect(2, self.height() - 17, 15, 15)
        if self._item:
            painter.fillRect(badge, QColor(theme.RAISED))
        painter.setPen(QColor(theme.TEXT if self._item else theme.DIM))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, self.place[-1])

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
            drag.setPixmap(self._pixmap)
            drag.exec(Qt.DropAction.CopyAction)

    def mime(self) -> QMimeData:
        """What is dragged when its photograph is dragged."""
        data = QMimeData()
        if self._portrait:
            data.setData(REFERENCE_MIME, QByteArray(self._item.encode()))
            data.setData(SLOT_MIME, QByteArray(self.place.encode()))
        else:
            data.setData(PLACE_MIME, QByteArray(self.place.encode()))
        return data

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and not self._item and self.rect().contains(event.position().toPoint()):
            self.openWanted.emit(self.place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        if event.button() == Qt.MouseButton.LeftButton and self._item:
            self._activate()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._activate()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._item:
            self.clearWanted.emit(self.place)
        else:
            super().keyPressEvent(event)

    def _activate(self) -> None:
        (self.pinWanted if self._item and self._portrait else self.openWanted).emit(self.place)

    # -- context menu -------------------------------------------------------------------------------------------
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.context_menu().popup(event.globalPos())

    def context_menu(self) -> QMenu:
        """What can be done with the place."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Replace…") if self._item else self.tr("Open…")).triggered.connect(self._open)
        if self._portrait:
            pin = menu.addAction(self.tr("Show beside the canvas"))
            pin.triggered.connect(self._activate)
            pin.setEnabled(self.filled)
        menu.addSeparator()
        remove = menu.addAction(self.tr("Remove"))
        remove.triggered.connect(self._clear)
        remove.setEnabled(self.filled)
        return menu

    def _open(self) -> None:
        self.openWanted.emit(self.place)

    def _clear(self) -> None:
        self.clearWanted.emit(self.place)

    # -- drop ---------------------------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        own = data.hasFormat(PLACE_MIME) and not self._portrait
        if own or data.hasFormat(REFERENCE_MIME) or any(url.isLocalFile() for url in data.urls()):
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
        if data.hasFormat(PLACE_MIME):
            self.placeDropped.emit(data.data(PLACE_MIME).toStdString(), self.place)
        elif data.hasFormat(REFERENCE_MIME):
            came_from = data.data(SLOT_MIME).toStdString() if data.hasFormat(SLOT_MIME) else ""
            self.referenceDropped.emit(data.data(REFERENCE_MIME).toStdString(), came_from, self.place)
        else:
            self.filesDropped.emit([url.toLocalFile() for url in data.urls() if url.isLocalFile()], self.place)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()


class CellRow(QWidget):
    """A name and the places beside it.

    Args:
        title, help: of the row.
        places: their names by title, in order.
        portrait: as for ``PictureCell``.
    """

    def __init__(self, title: str, help: str, places: Mapping[str, str], *, portrait: bool,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = self._label = QLabel(title, self)
        theme.mark(label, "heading")
        label.setToolTip(help)
        label.setFixedWidth(_LABEL)
        label.setWordWrap(True)
        self.setAccessibleName(title)
        self.cells: Sequence[PictureCell] = [
            PictureCell(place, name, portrait=portrait, parent=self) for place, name in places.items()]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(label)
        row.addStretch(1)
        for cell in self.cells:
            row.addWidget(cell)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_used(self, used: bool) -> None:
        """Whether the chosen recipe looks at what is in it."""
        self._label.setEnabled(used)
        for cell in self.cells:
            cell.set_used(used)

    @property
    def filled(self) -> bool:
        """Whether there is anything in it."""
        return any(cell.filled for cell in self.cells)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Without room for both, the places matter more than their name, which is in every tooltip.
        cells = len(self.cells)
        self._label.setVisible(event.size().width() >= _LABEL + cells * (SIDE + _GAP))

    def minimumSizeHint(self) -> QSize:
        return QSize(len(self.cells) * (SIDE + _GAP) - _GAP, SIDE)
