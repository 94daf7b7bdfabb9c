"""Zooming by click, by dragging sideways, or into a rectangle."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QPainter

from editor.canvas.pointer import PointerEvent
from editor.canvas.surface import CanvasSurface
from editor.canvas.tools.base import DRAG_DISTANCE, Tool, claim_keys, distance, has
from editor.canvas.tools.marks import draw_path, draw_sign
from editor.look.translation import QT_TRANSLATE_NOOP

_ALT, _SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
_CLICK_FACTOR = 2.0
_DOUBLING = 120.0
"""Widget pixels of a sideways drag that double the zoom."""
_SMALLEST_RECT = 8.0


class ZoomTool(Tool):
    """Click zooms in and Alt+click out, at the pointer; drag sideways zooms smoothly; Shift+drag frames an area."""

    name = "zoom"
    title = QT_TRANSLATE_NOOP("Tool", "Zoom")
    icon = "mdi6.magnify"
    shortcut = "Z"
    hint = QT_TRANSLATE_NOOP(
        "Tool", "Click to zoom in, Alt+click to zoom out, drag sideways to zoom smoothly, Shift+drag to zoom into "
        "an area. With any tool: the wheel")

    _start: QPointF | None = None
    _last: QPointF | None = None
    _dragged = False
    _framing = False
    _out = False

    @property
    def busy(self) -> bool:
        return self._start is not None

    def press(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        self._point_at(view, event)
        if event.button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._start = self._last = event.widget
            self._dragged, self._framing = False, has(event, _SHIFT)
            self._out = has(event, _ALT) or event.button == Qt.MouseButton.RightButton

    def move(self, view: CanvasSurface, event: PointerEvent) -> None:
        self._point_at(view, event)
        start, last = self._start, self._last
        if start is None or last is None:
            return
        self._dragged = self._dragged or distance(start, event.widget) >= DRAG_DISTANCE
        if self._dragged and not self._framing:
            view.viewport.zoom_by(2.0 ** ((event.widget.x() - last.x()) / _DOUBLING), start)
            self._last = event.widget

    def release(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        start, self._start = self._start, None
        if start is None:
            return
        if not self._dragged:
            view.viewport.zoom_by(1 / _CLICK_FACTOR if self._out else _CLICK_FACTOR, start)
        elif self._framing:
            self._frame(view, QRectF(start, event.widget).normalized())
            self.repaint()
        self._point_at(view, event)

    def _frame(self, view: CanvasSurface, area: QRectF) -> None:
        if area.width() < _SMALLEST_RECT or area.height() < _SMALLEST_RECT:
            return
        room = QRectF(view.rect())
        view.viewport.pan(room.center().x() - area.center().x(), room.center().y() - area.center().y())
        factor = min(room.width() / area.width(), room.height() / area.height())
        view.viewport.zoom_by(factor, room.center())

    def hover(self, view: CanvasSurface, event: PointerEvent) -> None:
        self._point_at(view, event)

    def double_click(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.press(view, event)

    def cancel(self, view: CanvasSurface | None = None) -> bool:
        start, self._start = self._start, None
        self.repaint()
        return start is not None

    def finish(self) -> None:
        self._start = None

    def reset(self) -> None:
        self._start = None

    def _point_at(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.point_at(view, event.widget)
        if self._framing and self._start is not None:
            self.repaint()

    def cursor(self, view: CanvasSurface) -> QCursor:
        return QCursor(Qt.CursorShape.CrossCursor)

    def paint(self, view: CanvasSurface, painter: QPainter) -> None:
        where = self.where
        if self.view is not view or where is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._start is not None and self._framing and self._dragged:
            draw_path(painter, _corners(QRectF(self._start, where)), closed=True)
            return
        out = self._out if self._start is not None else bool(QGuiApplication.keyboardModifiers() & _ALT)
        draw_sign(painter, QPointF(where.x() + 12, where.y() + 12), minus=out)


def _corners(area: QRectF) -> list[QPointF]:
    return [area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()]
