"""Brush and eraser: strokes with pressure, straight lines, locked axes, and a brush that is resized in place."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QGuiApplication, QKeyEvent, QPainter, QPolygonF

from core.document.document import Target
from core.document.events import Change, Topic
from editor.canvas.pointer import PointerEvent
from editor.canvas.surface import CanvasSurface
from editor.canvas.tools import brush_actions
from editor.canvas.tools.adjust import BrushAdjustment
from editor.canvas.tools.base import DRAG_DISTANCE, Tool, claim_keys, distance, has, view_scale
from editor.canvas.tools.marks import brush_area, draw_brush, draw_path
from editor.canvas.tools.stroke import MaskStroke
from editor.canvas.tools.targets import refusal, take_place
from editor.look.translation import QT_TRANSLATE_NOOP
from editor.options import BrushOptions, MaskView

translate = QCoreApplication.translate

_ALT, _SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
_DIGITS = range(Qt.Key.Key_0.value, Qt.Key.Key_9.value + 1)


class BrushTool(Tool):
    """Paints the target mask, or erases it while the polarity says so or the pen is turned round."""

    name = "brush"
    title = QT_TRANSLATE_NOOP("Tool", "Brush")
    icon = "mdi6.brush"
    shortcut = "B"
    hint = QT_TRANSLATE_NOOP(
        "Tool", "Drag to paint. Shift+click: straight line. Shift+drag: lock the axis. Alt+drag: size and hardness. "
        "X: paint or erase")
    always_erases = False

    _stroke: MaskStroke | None = None
    _adjusting: BrushAdjustment | None = None
    _waiting: PointerEvent | None = None
    _turned = False
    _last: tuple[Target, QPointF] | None = None
    _start = QPointF()
    _axis: str | None = None
    _pressure = 0.0
    _drawn = QRect()

    # -- options ------------------------------------------------------------------------------------------------
    def options(self) -> BrushOptions:
        """Of this tool, or of the eraser while the pen's other end is used."""
        tools = self.workspace.tools
        return tools.eraser if self.always_erases or self._turned else tools.brush

    @property
    def erases(self) -> bool:
        """Whether a stroke begun now would take coverage away."""
        return self.always_erases or self._turned or self.workspace.tools.erase

    @property
    def busy(self) -> bool:
        return self._stroke is not None or self._adjusting is not None or self._waiting is not None

    # -- events -------------------------------------------------------------------------------------------------
    def press(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        if self.busy:
            return
        self._point_at(view, event)
        if has(event, _ALT) and event.button in (_LEFT, _RIGHT):
            self._adjusting = BrushAdjustment(self.options(), event.widget, view_scale(view))
            self.repaint()
        elif event.button == _LEFT:
            self._pressure = event.pressure
            if has(event, _SHIFT):
                # A line or a locked drag: only the next move or the release can tell.
                self._waiting = event
            else:
                self._begin(view, event)

    def move(self, view: CanvasSurface, event: PointerEvent) -> None:
        if self._adjusting is not None:
            self._adjusting.drag(event.widget)
            self.workspace.optionsChanged.emit()
            self.repaint()
            return
        self._pressure = max(self._pressure, event.pressure)
        waiting = self._waiting
        if waiting is not None and distance(waiting.widget, event.widget) >= DRAG_DISTANCE:
            self._waiting = None
            self._begin(view, waiting)
        if self._stroke is not None:
            point = self._constrained(view, event)
            if point is not None:
                self._stroke.move_to(point, event.pressure)
                self._last = (self._stroke.place.target, point)
        self._point_at(view, event)

    def release(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        waiting, self._waiting = self._waiting, None
        if self._adjusting is not None:
            self._adjusting = None
            self.repaint()
        elif waiting is not None:
            self._straight_line(view, waiting)
        else:
            self.finish()
        self._point_at(view, event)

    def hover(self, view: CanvasSurface, event: PointerEvent) -> None:
        self._point_at(view, event)

    def double_click(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.press(view, event)

    def leave(self, view: CanvasSurface) -> None:
        if not self.busy:
            super().leave(view)

    def cancel(self, view: CanvasSurface | None = None) -> bool:
        if not self.busy:
            return False
        stroke, adjusting = self._stroke, self._adjusting
        self._stroke, self._adjusting, self._waiting = None, None, None
        if stroke is not None:
            stroke.abort()
            self._last = None
            self.say(translate("Brush", "Stroke taken back"))
        if adjusting is not None:
            adjusting.restore()
            self.workspace.optionsChanged.emit()
        self.repaint()
        return True

    def finish(self) -> None:
        stroke = self._stroke
        self._stroke, self._adjusting, self._waiting = None, None, None
        if stroke is not None:
            stroke.commit()

    def reset(self) -> None:
        self._stroke, self._adjusting, self._waiting, self._last = None, None, None, None

    def changed(self, change: Change) -> None:
        if self._stroke is not None and self._stroke.disturbed_by(change):
            self._stroke = None
            self.say(translate("Brush", "The mask changed under the brush: the stroke was taken back"))
        if change.topic in (Topic.LAYERS, Topic.LAYER, Topic.SOURCES):
            view = self.view
            if view is not None and not self.busy:
                view.refresh_cursor()

    def key_press(self, view: CanvasSurface, event: QKeyEvent) -> bool:
        key, workspace = event.key(), self.workspace
        plain = not event.modifiers() & ~(_SHIFT | Qt.KeyboardModifier.KeypadModifier)
        if not plain or super().key_press(view, event):
            return False
        shifted = bool(event.modifiers() & _SHIFT)
        if key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BraceLeft, Qt.Key.Key_BracketRight, Qt.Key.Key_BraceRight):
            direction = -1 if key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BraceLeft) else 1
            (brush_actions.change_hardness if shifted else brush_actions.change_size)(workspace, direction)
        elif shifted:
            return False
        elif key == Qt.Key.Key_X:
            brush_actions.swap_polarity(workspace)
        elif key == Qt.Key.Key_D:
            brush_actions.default_tools(workspace)
        elif key in _DIGITS:
            brush_actions.set_opacity(workspace, brush_actions.opacity_of_digit(key - Qt.Key.Key_0.value))
        else:
            return False
        return True

    # -- strokes ------------------------------------------------------------------------------------------------
    def _begin(self, view: CanvasSurface, event: PointerEvent) -> None:
        place = take_place(self.workspace, view.source_id)
        if place is None:
            view.refresh_cursor()
            return
        if self.workspace.view.mask_view is MaskView.OFF:
            self.say(translate("Brush", "The mask is not shown while its overlay is off"))
        self._turned = event.eraser
        self._start, self._axis = event.widget, None
        self._stroke = MaskStroke(self.workspace, place, self.options(), erase=self.erases)
        self._stroke.move_to(event.position, event.pressure)
        self._last = (place.target, event.position)

    def _constrained(self, view: CanvasSurface, event: PointerEvent) -> QPointF | None:
        """Where to paint on to: on a locked axis of the screen while Shift is held; None while none is chosen."""
        if not has(event, _SHIFT):
            self._start, self._axis = event.widget, None
            return event.position
        across, down = event.widget.x() - self._start.x(), event.widget.y() - self._start.y()
        if self._axis is None:
            if max(abs(across), abs(down)) < DRAG_DISTANCE:
                return None
            self._axis = "x" if abs(across) >= abs(down) else "y"
        if self._axis == "x":
            return view.viewport.to_image(QPointF(event.widget.x(), self._start.y()))
        return view.viewport.to_image(QPointF(self._start.x(), event.widget.y()))

    def _straight_line(self, view: CanvasSurface, event: PointerEvent) -> None:
        """Join the end of the last stroke on the same mask to the point that was clicked."""
        place = take_place(self.workspace, view.source_id)
        if place is None:
            return
        self._turned = event.eraser
        stroke = MaskStroke(self.workspace, place, self.options(), erase=self.erases)
        if self._last is not None and self._last[0] == place.target:
            stroke.move_to(self._last[1], self._pressure)
            stroke.line_to(event.position, self._pressure)
        else:
            stroke.move_to(event.position, self._pressure)
        self._last = (place.target, event.position)
        stroke.commit()

    # -- looks --------------------------------------------------------------------------------------------------
    def cursor(self, view: CanvasSurface) -> QCursor:
        if refusal(self.workspace, view.source_id):
            return QCursor(Qt.CursorShape.ForbiddenCursor)
        return QCursor(Qt.CursorShape.BlankCursor)

    def _point_at(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.watch(view, event.widget)
        if self._stroke is None and self._adjusting is None:
            self._turned = event.eraser
        area = self._cursor_area(view)
        self.repaint(area.united(self._drawn) if area.intersects(self._drawn) else area)
        if not area.intersects(self._drawn) and self._drawn.isValid():
            self.repaint(self._drawn)
        self._drawn = area

    def _cursor_area(self, view: CanvasSurface) -> QRect:
        where = self.where
        if where is None:
            return QRect()
        area = brush_area(where, self.options().size / 2 * view_scale(view))
        last = self._line_from(view)
        if last is not None:
            area = area.united(QRectF(last, where).normalized().toAlignedRect().adjusted(-3, -3, 3, 3))
        return area

    def _line_from(self, view: CanvasSurface) -> QPointF | None:
        """Widget position that a Shift+click would draw a line from."""
        shift = bool(QGuiApplication.keyboardModifiers() & _SHIFT)
        if not shift or self._stroke is not None or self._last is None:
            return None
        target, point = self._last
        return view.viewport.to_widget(point) if target == self.workspace.target_on(view.source_id) else None

    def paint(self, view: CanvasSurface, painter: QPainter) -> None:
        if self.view is not view:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._adjusting is not None:
            target = self.workspace.target_on(view.source_id)
            colour = QColor(self.workspace.view.colours.get(target.role, "#e5484d"))
            self._adjusting.paint(painter, QRectF(view.rect()), colour)
            return
        where = self.where
        if where is None or refusal(self.workspace, view.source_id):
            return
        last = self._line_from(view)
        if last is not None:
            draw_path(painter, QPolygonF([last, where]), closed=False)
        self._drawn = self._cursor_area(view)
        draw_brush(painter, where, self.options().size / 2 * view_scale(view), erase=self.erases)


class EraserTool(BrushTool):
    """The brush that always takes away, with options of its own."""

    name = "eraser"
    title = QT_TRANSLATE_NOOP("Tool", "Eraser")
    icon = "mdi6.eraser"
    shortcut = "E"
    hint = QT_TRANSLATE_NOOP(
        "Tool", "Drag to erase the mask. Shift+click: straight line. Shift+drag: lock the axis. "
        "Alt+drag: size and hardness. E or X: back to the brush")
    always_erases = True
