"""A row of small numbered places for photographs that only some recipes look at: further portraits, style pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QByteArray, QMimeData, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QWidget

from editor.look import theme
from editor.widgets.photo_well import PhotoWell

PLACE_MIME = "application/x-coiffe-style-place"
SIDE = 48
_GAP = 6
_LABEL = 72


class PictureCell(PhotoWell):
    """One place; Delete empties it.

    Args:
        place: name of the slot or place.
        title: for people.
        portrait: it holds references, which can be shown beside the canvas; else style pictures.

    Signals:
        clearWanted(str): the place.
        placeDropped(str, str): a style picture was dragged from the first place to the second.
    """

    clearWanted = Signal(str)
    placeDropped = Signal(str, str)

    def __init__(self, place: str, title: str, *, portrait: bool, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._title, self._portrait = title, portrait
        self.setFixedSize(SIDE, SIDE)
        self.show_item("", "", QPixmap())

    def show_item(self, item: str, name: str, pixmap: QPixmap, state: str = "") -> None:
        """Show a photograph, or with an empty id that there is none.

        Args:
            item: id of the reference, or of the style picture.
            name, pixmap: of it.
            state: what is known about it, for the tooltip.
        """
        if not item:
            self.setAccessibleName(self.tr("%1: empty").replace("%1", self._title))
            self.setToolTip(self.tr("%1\nClick to open a photo, or drop one here").replace("%1", self._title))
        else:
            self.setAccessibleName(f"{self._title}: {name}")
            self.setToolTip(f"{self._title}: {name}\n{state}" if state else f"{self._title}: {name}")
        self.setAccessibleDescription(state)
        self.set_picture(item, pixmap)

    def paint_over(self, painter: QPainter) -> None:
        if not self.filled:
            self.paint_icon(painter, "add", 18)
        badge = QRect(2, self.height() - 17, 15, 15)
        if self.filled:
            painter.fillRect(badge, QColor(theme.RAISED))
        painter.setPen(QColor(theme.TEXT if self.filled else theme.DIM))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, self.place[-1])

    def mime(self) -> QMimeData:
        if self._portrait:
            return super().mime()
        data = QMimeData()
        data.setData(PLACE_MIME, QByteArray(self.place.encode()))
        return data

    def takes(self, data: QMimeData) -> bool:
        return super().takes(data) or (data.hasFormat(PLACE_MIME) and not self._portrait)

    def take(self, data: QMimeData) -> None:
        if data.hasFormat(PLACE_MIME):
            self.placeDropped.emit(data.data(PLACE_MIME).toStdString(), self.place)
        else:
            super().take(data)

    def activate(self) -> None:
        if self._portrait:
            super().activate()
        else:
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.filled:
            self._clear()
        else:
            super().keyPressEvent(event)

    # -- context menu -------------------------------------------------------------------------------------------
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.context_menu().popup(event.globalPos())

    def context_menu(self) -> QMenu:
        """What can be done with the place."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Replace…") if self.filled else self.tr("Open…")).triggered.connect(self._open)
        if self._portrait:
            pin = menu.addAction(self.tr("Show beside the canvas"))
            pin.triggered.connect(self.activate)
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
