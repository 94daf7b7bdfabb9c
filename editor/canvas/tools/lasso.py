"""Selecting an area of the mask by drawing around it, freehand or corner by corner."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QGuiApplication, QKeyEvent, QPainter, QPolygonF

from core.document.commands import capture_mask_edit
from core.document.events import Change, Topic
from core.document.geometry import Rect
from core.document.kept import take
from core.document.selection import combine, polygon_coverage
from editor.background import in_background
from editor.canvas.pointer import PointerEvent
from editor.canvas.surface import CanvasSurface
from editor.canvas.tools.base import DRAG_DISTANCE, Tool, claim_keys, distance, has
from editor.canvas.tools.marks import draw_label, draw_path, draw_ring, draw_sign
from editor.canvas.tools.targets import ADD, REMOVE, Place, edit_text, outside_hint, refusal, take_place
from editor.look.translation import QT_TRANSLATE_NOOP
from editor.workspace import Workspace

translate = QCoreApplication.translate

_ALT, _SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
_CLOSING_DISTANCE = 9.0
"""Widget pixels around the first corner in which a click closes the outline."""
_FINEST = 1.5
"""Widget pixels between points of a freehand outline."""


AT_ONCE = 1 << 18
"""Pixels around an outline up to which its area does not have to be waited for."""


@dataclass(frozen=True, eq=False)
class _Area:
    """An outline [N, 2] in pixels of its mask that was closed."""

    place: Place
    outline: NDArray[np.float64]
    feather: float
    subtract: bool

    @property
    def extent(self) -> float:
        """Pixels that it can reach at most."""
        low, high = self.outline.min(axis=0), self.outline.max(axis=0)
        size = np.minimum(high - low + self.feather, (self.place.mask.width, self.place.mask.height))
        return float(size[0] * size[1])

    def coverage(self) -> tuple[Rect, NDArray[np.uint8]]:
        """As ``polygon_coverage``; may run beside the window."""
        size = (self.place.mask.width, self.place.mask.height)
        return polygon_coverage(self.outline, size, self.feather)


class LassoTool(Tool):
    """Drag draws freehand and closes on release; clicks set corners until a double click or Enter closes.

    Both may alternate in one outline that began with a click. Shift adds and Alt removes, whatever the option says.
    """

    name = "lasso"
    title = QT_TRANSLATE_NOOP("Tool", "Lasso")
    icon = "mdi6.lasso"
    shortcut = "L"
    hint = QT_TRANSLATE_NOOP(
        "Tool", "Drag around an area, or click its corners: double click or Enter closes, Backspace takes back, "
        "Esc cancels. Shift: add. Alt: remove")

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(workspace, parent)
        self._place: Place | None = None
        # Parts of the outline in canvas coordinates: a corner alone, or the points of one freehand drag.
        self._parts: list[list[QPointF]] = []
        self._subtract = False
        self._pressed: QPointF | None = None
        self._freehand = False
        self._eraser = False
        self._areas: deque[_Area] = deque()

    @property
    def busy(self) -> bool:
        return self._place is not None

    # -- events -------------------------------------------------------------------------------------------------
    def press(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        self._point_at(view, event)
        if event.button != Qt.MouseButton.LeftButton:
            return
        if self._place is None:
            place = take_place(self.workspace, view.source_id, queued=True)
            if place is None:
                return
            self._place, self._parts, self._subtract = place, [], self._removes(event)
        elif self._place.target != self.workspace.target_on(view.source_id):
            self.cancel(view)
            return
        self._pressed, self._freehand = event.widget, False
        if self._closable(view, event.widget):
            self._close()
            return
        self._parts.append([event.position])
        self.repaint()

    def move(self, view: CanvasSurface, event: PointerEvent) -> None:
        self._point_at(view, event)
        if self._place is None or self._pressed is None:
            return
        if not self._freehand and distance(self._pressed, event.widget) >= DRAG_DISTANCE:
            self._freehand = True
        if self._freehand:
            part = self._parts[-1]
            if distance(view.viewport.to_widget(part[-1]), event.widget) >= _FINEST:
                part.append(event.position)
        self.repaint()

    def release(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        dragged, self._pressed, self._freehand = self._freehand, None, False
        if self._place is not None and dragged and len(self._parts) == 1:
            self._close()
        self._point_at(view, event)

    def hover(self, view: CanvasSurface, event: PointerEvent) -> None:
        self._point_at(view, event)

    def double_click(self, view: CanvasSurface, event: PointerEvent) -> None:
        if self._place is not None:
            # Its first click has set this corner already.
            self._close()

    def key_press(self, view: CanvasSurface, event: QKeyEvent) -> bool:
        key = event.key()
        if self._place is None:
            return super().key_press(view, event)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._close()
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._parts = self._parts[:-1]
            if not self._parts:
                self.cancel(view)
            self.repaint()
        elif key == Qt.Key.Key_Escape:
            self.cancel(view)
        else:
            return super().key_press(view, event)
        return True

    def cancel(self, view: CanvasSurface | None = None) -> bool:
        if self._place is None:
            return False
        self.reset()
        self.repaint()
        return True

    def finish(self) -> None:
        self.cancel()

    def reset(self) -> None:
        self._place, self._parts, self._pressed, self._freehand = None, [], None, False

    def changed(self, change: Change) -> None:
        place = self._place
        if place is None or change.topic not in (Topic.LAYERS, Topic.LAYER, Topic.SOURCES):
            return
        if place.document.mask(place.target) is not place.mask:
            self.cancel()
        elif place.document.target_origin(place.target) != place.origin:
            self._place = Place(place.document, place.target, place.mask,
                                place.document.target_origin(place.target))

    # -- the area -----------------------------------------------------------------------------------------------
    def _removes(self, event: PointerEvent) -> bool:
        if has(event, _ALT) or event.eraser:
            return True
        return self.workspace.tools.lasso.subtract and not has(event, _SHIFT)

    def _closable(self, view: CanvasSurface, where: QPointF) -> bool:
        """Whether a click at a widget point is on the first corner of what could be an area."""
        if len(self._parts) < 3:
            return False
        return distance(view.viewport.to_widget(self._parts[0][0]), where) <= _CLOSING_DISTANCE

    def _close(self) -> None:
        """Add or remove what the outline encloses, as one undo step."""
        place, points = self._place, [point for part in self._parts for point in part]
        self.reset()
        self.repaint()
        if place is None:
            return
        outline = np.array([place.to_mask(point) for point in points], np.float64).reshape(-1, 2)
        if len(outline) < 3:
            self.say(translate("Lasso", "An area needs at least three corners"))
            return
        area = _Area(place, outline, self.workspace.tools.lasso.feather, self._subtract)
        if not self._areas and area.extent <= AT_ONCE:
            self._take(area, *area.coverage())
            return
        # One after the other: adding and removing must not change places.
        self._areas.append(area)
        place.mask.awaited += 1
        if len(self._areas) == 1:
            in_background(area.coverage, self._covered, self._not_covered)

    def _covered(self, found: tuple[Rect, NDArray[np.uint8]]) -> None:
        area = self._areas.popleft()
        area.place.mask.awaited -= 1
        if self._areas:
            in_background(self._areas[0].coverage, self._covered, self._not_covered)
        self._take(area, *found)

    def _not_covered(self, error: Exception) -> None:
        for area in self._areas:
            area.place.mask.awaited -= 1
        self._areas.clear()
        raise error

    def _take(self, area: _Area, rect: Rect, coverage: NDArray[np.uint8]) -> None:
        place = area.place
        if self.workspace.document is not place.document or place.document.mask(place.target) is not place.mask:
            return
        if rect.width <= 0 or rect.height <= 0 or not coverage.any():
            self.say(outside_hint(place))
            return
        kept = take(place.mask.data.shape)
        kept.keep(place.mask.data, rect)
        combine(place.mask, rect, coverage, area.subtract)
        place.announce(rect)
        text = edit_text(place, REMOVE if area.subtract else ADD)
        command = capture_mask_edit(place.document, place.target, kept.before, rect, text)
        kept.release()
        if command is not None:
            self.workspace.push(command)

    # -- looks --------------------------------------------------------------------------------------------------
    def cursor(self, view: CanvasSurface) -> QCursor:
        shape = Qt.CursorShape.ForbiddenCursor if refusal(self.workspace, view.source_id) else \
            Qt.CursorShape.CrossCursor
        return QCursor(shape)

    def _point_at(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.point_at(view, event.widget)
        self._eraser = event.eraser
        if self._place is not None:
            self.repaint()

    def paint(self, view: CanvasSurface, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place, where = self._place, self.where
        mine = self.view is view
        if place is not None and place.target == self.workspace.target_on(view.source_id):
            self._paint_outline(view, painter, place, where if mine else None)
        closable = where is not None and self._closable(view, where)
        if mine and where is not None and not closable and not refusal(self.workspace, view.source_id):
            minus = self._subtract if place is not None else self._would_remove()
            draw_sign(painter, QPointF(where.x() + 12, where.y() + 12), minus=minus)

    def _would_remove(self) -> bool:
        keys = QGuiApplication.keyboardModifiers()
        if keys & _ALT or self._eraser:
            return True
        return self.workspace.tools.lasso.subtract and not keys & _SHIFT

    def _paint_outline(self, view: CanvasSurface, painter: QPainter, place: Place, where: QPointF | None) -> None:
        to_widget = view.viewport.to_widget
        points = [to_widget(point) for part in self._parts for point in part]
        if where is not None and not self._freehand:
            points.append(where)
        outline = QPolygonF(points)
        if not self._subtract:
            fill = QColor(self.workspace.view.colours.get(place.target.role, "#e5484d"))
            fill.setAlpha(50)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawPolygon(outline)
        draw_path(painter, outline, closed=False)
        corners = [to_widget(part[0]) for part in self._parts if len(part) == 1]
        painter.setPen(QColor(0, 0, 0, 190))
        painter.setBrush(QColor(255, 255, 255))
        for corner in corners:
            painter.drawRect(QRectF(corner.x() - 2.5, corner.y() - 2.5, 5, 5))
        if where is not None and self._closable(view, where):
            start = to_widget(self._parts[0][0])
            draw_ring(painter, start, 7)
            draw_label(painter, translate("Lasso", "Click to close"), QPointF(start.x(), start.y() + 12),
                       QRectF(view.rect()))
