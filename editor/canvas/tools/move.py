"""Moving a result or reference layer over the portrait."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QCursor, QKeyEvent

from core.document.commands import SetLayer
from core.document.document import IDENTITY
from core.document.events import Change, Topic
from core.document.layer import BASE, Layer
from editor.canvas.pointer import PointerEvent
from editor.canvas.surface import CanvasSurface
from editor.canvas.tools.base import Tool, claim_keys, has
from editor.look.translation import QT_TRANSLATE_NOOP

translate = QCoreApplication.translate

_SHIFT = Qt.KeyboardModifier.ShiftModifier
_FAR = 10
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}


class MoveTool(Tool):
    """Drag or use the arrow keys to move the active layer by whole pixels; Shift locks the axis of a drag."""

    name = "move"
    title = QT_TRANSLATE_NOOP("Tool", "Move layer")
    icon = "mdi6.cursor-move"
    shortcut = "V"
    hint = QT_TRANSLATE_NOOP(
        "Tool", "Drag to move the active layer, Shift keeps it on one axis. Arrow keys move by 1 pixel, with Shift "
        "by 10")

    _layer: Layer | None = None
    _start = QPointF()
    _origin = (0, 0)
    _writing = False

    @property
    def busy(self) -> bool:
        return self._layer is not None

    # -- which layer --------------------------------------------------------------------------------------------
    def _refusal(self, view: CanvasSurface) -> str:
        """Why nothing can be moved on this canvas; empty when something can."""
        document = self.document
        if document is None:
            return translate("Move", "Open a photo first")
        if view.source_id != IDENTITY:
            return translate("Move", "Layers lie on the portrait: move them there")
        layer = document.layer(self.workspace.active_layer)
        if layer.kind == BASE:
            return translate("Move", "The portrait itself stays where it is: select another layer to move it")
        if layer.locked:
            return translate("Move", "“%1” is locked: unlock it in the Layers panel").replace("%1", layer.name)
        if not layer.visible:
            return translate("Move", "“%1” is hidden: show it in the Layers panel").replace("%1", layer.name)
        return ""

    def _movable(self, view: CanvasSurface) -> Layer | None:
        """The active layer, or None after a hint why it cannot be moved."""
        reason, document = self._refusal(view), self.document
        if reason or document is None:
            self.say(reason)
            return None
        return document.layer(self.workspace.active_layer)

    # -- events -------------------------------------------------------------------------------------------------
    def press(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        self.watch(view, event.widget)
        if event.button != Qt.MouseButton.LeftButton or self.busy:
            return
        layer = self._movable(view)
        if layer is not None:
            self._layer, self._start, self._origin = layer, event.position, layer.origin

    def move(self, view: CanvasSurface, event: PointerEvent) -> None:
        layer = self._layer
        if layer is None:
            return
        dx = round(event.position.x() - self._start.x())
        dy = round(event.position.y() - self._start.y())
        if has(event, _SHIFT):
            dx, dy = (dx, 0) if abs(dx) >= abs(dy) else (0, dy)
        self._show(layer, (self._origin[0] + dx, self._origin[1] + dy))
        self.say(translate("Move", "Moved by %1, %2 px").replace("%1", str(dx)).replace("%2", str(dy)))

    def release(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.finish()

    def hover(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.watch(view, event.widget)

    def key_press(self, view: CanvasSurface, event: QKeyEvent) -> bool:
        way = _ARROWS.get(Qt.Key(event.key()))
        if way is None or event.modifiers() & ~(_SHIFT | Qt.KeyboardModifier.KeypadModifier):
            return False
        layer = None if self.busy else self._movable(view)
        if layer is not None:
            far = _FAR if event.modifiers() & _SHIFT else 1
            origin = (layer.origin[0] + way[0] * far, layer.origin[1] + way[1] * far)
            self.workspace.push(SetLayer(layer.id, origin=origin))
        return True

    def cancel(self, view: CanvasSurface | None = None) -> bool:
        layer, self._layer = self._layer, None
        if layer is None:
            return False
        self._show(layer, self._origin)
        return True

    def finish(self) -> None:
        """Make the whole drag one undo step."""
        layer, self._layer = self._layer, None
        if layer is None or layer.origin == self._origin:
            return
        moved, layer.origin = layer.origin, self._origin
        # Nudges with keys merge; a drag stands for itself.
        self.workspace.undo.end_gesture()
        self.workspace.push(SetLayer(layer.id, origin=moved))
        self.workspace.undo.end_gesture()

    def reset(self) -> None:
        self._layer = None

    def changed(self, change: Change) -> None:
        layer, document = self._layer, self.document
        if layer is None or document is None or self._writing:
            return
        if change.topic is Topic.LAYERS and all(other is not layer for other in document.layers):
            layer.origin = self._origin
            self._layer = None
        elif change.topic is Topic.LAYER and change.item == layer.id:
            self._layer = None

    def _show(self, layer: Layer, origin: tuple[int, int]) -> None:
        """Put the layer elsewhere for the time of the drag, unknown to undo."""
        document = self.document
        if document is None or layer.origin == origin:
            return
        layer.origin = origin
        self._writing = True
        try:
            document.changed(Topic.LAYER, layer.id)
        finally:
            self._writing = False

    def cursor(self, view: CanvasSurface) -> QCursor:
        shape = Qt.CursorShape.ForbiddenCursor if self._refusal(view) else Qt.CursorShape.SizeAllCursor
        return QCursor(shape)
