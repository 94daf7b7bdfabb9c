"""Shows a part of a picture at 100 %, alone or beside what a lossy file makes of it; both are dragged together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from editor.canvas.qimages import rgb_image
from editor.look import theme

_GAP = 2
_STEP = 48
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class CropView(QWidget):
    """One or two panes.

    Signals:
        moved(float, float): the artist moved to another part, by so many pixels of the picture.
        resized: the panes have another size.
    """

    moved = Signal(float, float)
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self._names: list[str] = []
        self._panes = 1
        self._grabbed: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName(self.tr("Preview at 100 %"))
        self.setToolTip(self.tr("One pixel of the file on one pixel of the screen.\n"
                                "Drag, or use the arrow keys, to look elsewhere."))

    def sizeHint(self) -> QSize:
        return QSize(480, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 240)

    def set_panes(self, count: int) -> None:
        """Show one pane or two, from the next picture on."""
        self._panes = count

    def pane_pixels(self) -> tuple[int, int]:
        """Width and height of a pane in pixels of the screen."""
        ratio = self.devicePixelRatioF()
        width = (self.width() - (self._panes - 1) * _GAP) / self._panes
        return max(1, int(width * ratio)), max(1, int(self.height() * ratio))

    def show_pictures(self, pictures: list[NDArray[np.uint8]], names: list[str]) -> None:
        """Show these [h, w, 3] sRGB pictures under these names, from left to right."""
        self._names = names
        self._images = [rgb_image(np.ascontiguousarray(picture)) for picture in pictures]
        self.update()

    # -- events -----------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.FIELD))
            count = max(1, len(self._images))
            width = (self.width() - (count - 1) * _GAP) / count
            for number, image in enumerate(self._images):
                pane = QRectF(number * (width + _GAP), 0, width, self.height())
                self._paint_pane(painter, pane, image, self._names[number])
            if self.hasFocus():
                painter.setPen(QPen(QColor(theme.ACCENT), 1))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_pane(self, painter: QPainter, pane: QRectF, image: QImage, name: str) -> None:
        ratio = self.devicePixelRatioF()
        size = QSize(image.width(), image.height()) / ratio
        left = pane.x() + max(0.0, (pane.width() - size.width()) / 2)
        top = max(0.0, (pane.height() - size.height()) / 2)
        # On whole pixels of the screen, or 100 % would be blurred.
        left, top = round(left * ratio) / ratio, round(top * ratio) / ratio
        painter.save()
        painter.setClipRect(pane)
        painter.drawImage(QRectF(left, top, image.width() / ratio, image.height() / ratio), image)
        if name:
            text = painter.fontMetrics().horizontalAdvance(name)
            plate = QRectF(pane.x() + theme.GRID, pane.bottom() - 24 - theme.GRID, text + 2 * theme.GRID, 24)
            painter.fillRect(plate, QColor(28, 28, 28, 200))
            painter.setPen(QColor(theme.TEXT))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            way = (self._grabbed - event.position()) * self.devicePixelRatioF()
            self._grabbed = event.position()
            self.moved.emit(way.x(), way.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = _ARROWS.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(float(way[0] * _STEP), float(way[1] * _STEP))
