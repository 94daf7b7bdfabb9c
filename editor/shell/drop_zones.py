"""The two labelled zones that appear while files are dragged over the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from editor.files.files import Files
from editor.look import theme
from editor.look.icons import icon

PORTRAIT, REFERENCE = "portrait", "reference"
_GAP = 2 * theme.GRID


def dragged_files(data: QMimeData) -> list[Path]:
    """Local files in what is dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class DropZones(QWidget):
    """Covers its parent while shown and draws the zones; the window itself takes the events and asks for the zone."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._zone = ""
        self.hide()

    def zone_at(self, position: QPoint) -> str:
        """The zone under a point of the parent."""
        return PORTRAIT if position.x() < self.width() / 2 else REFERENCE

    def show_zone(self, position: QPoint) -> None:
        """Appear, with the zone under this point of the parent lit."""
        zone = self.zone_at(position)
        if not self.isVisible():
            self.setGeometry(self._covered.rect())
            self.raise_()
            self.show()
        if zone != self._zone:
            self._zone = zone
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), QColor(28, 28, 28, 228))
            width = (self.width() - 3 * _GAP) / 2
            height = self.height() - 2 * _GAP
            left = QRectF(_GAP, _GAP, width, height)
            right = QRectF(2 * _GAP + width, _GAP, width, height)
            self._draw(painter, left, PORTRAIT, self.tr("Open as portrait"))
            self._draw(painter, right, REFERENCE, self.tr("Add as reference"))

    def _draw(self, painter: QPainter, area: QRectF, zone: str, text: str) -> None:
        lit = zone == self._zone
        colour = QColor(theme.ACCENT_LIGHT if lit else theme.DIM)
        painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine if lit else Qt.PenStyle.DashLine))
        painter.setBrush(_lit(40 if lit else 0))
        painter.drawRoundedRect(area, theme.GRID, theme.GRID)
        size = 48
        symbol = icon("open_portrait" if zone == PORTRAIT else "add_reference", colour.name())
        centre = area.center().toPoint()
        symbol.paint(painter, centre.x() - size // 2, centre.y() - size, size, size)
        font = painter.font()
        font.setPixelSize(17)
        painter.setFont(font)
        painter.setPen(QColor(theme.TEXT if lit else theme.DIM))
        painter.drawText(area.adjusted(0, size, 0, 0), Qt.AlignmentFlag.AlignCenter, text)


class FileDrops(QObject):
    """Takes files that are dropped on a window, wherever nothing inside it wants them.

    Args:
        window: that takes them.
        page: that the zones cover.
        files: what is done with them.
    """

    def __init__(self, window: QWidget, page: QWidget, files: Files) -> None:
        super().__init__(window)
        self._window, self._page, self._files = window, page, files
        self.zones = DropZones(page)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DragLeave:
            self.zones.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._drop(event)
        # Entering is a move as well, for Qt as for us.
        elif kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove) and isinstance(event, QDropEvent):
            self._drag(event)
        else:
            return False
        return True

    def _place(self, event: QDropEvent) -> QPoint:
        return self._page.mapFrom(self._window, event.position().toPoint())

    def _drag(self, event: QDropEvent) -> None:
        if dragged_files(event.mimeData()):
            event.acceptProposedAction()
            self.zones.show_zone(self._place(event))
        else:
            event.ignore()

    def _drop(self, event: QDropEvent) -> None:
        self.zones.hide()
        paths = dragged_files(event.mimeData())
        if not paths:
            event.ignore()
            return
        event.acceptProposedAction()
        if self.zones.zone_at(self._place(event)) == PORTRAIT:
            self._files.open_paths(paths)
        else:
            self._files.add_references(list(paths))


def _lit(alpha: int) -> QColor:
    colour = QColor(theme.ACCENT)
    colour.setAlpha(alpha)
    return colour
