"""Moving the view by dragging it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QCursor

from editor.canvas.pointer import PointerEvent
from editor.canvas.surface import CanvasSurface
from editor.canvas.tools.base import Tool, claim_keys
from editor.look.translation import QT_TRANSLATE_NOOP


class HandTool(Tool):
    """Drag to pan, double click to fit the photo."""

    name = "hand"
    title = QT_TRANSLATE_NOOP("Tool", "Hand")
    icon = "mdi6.hand-back-right-outline"
    shortcut = "H"
    hint = QT_TRANSLATE_NOOP(
        "Tool", "Drag to move the view, double click to fit the photo. With any tool: hold Space or the middle button")

    _held: QPointF | None = None

    @property
    def busy(self) -> bool:
        return self._held is not None

    def press(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        self.watch(view, event.widget)
        if event.button == Qt.MouseButton.LeftButton:
            self._held = event.widget
            view.refresh_cursor()

    def move(self, view: CanvasSurface, event: PointerEvent) -> None:
        if self._held is not None:
            view.viewport.pan(event.widget.x() - self._held.x(), event.widget.y() - self._held.y())
            self._held = event.widget

    def release(self, view: CanvasSurface, event: PointerEvent) -> None:
        self._held = None
        view.refresh_cursor()

    def hover(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.watch(view, event.widget)

    def double_click(self, view: CanvasSurface, event: PointerEvent) -> None:
        source = self.source(view)
        if source is not None:
            view.viewport.fit(source.width, source.height)

    def cancel(self, view: CanvasSurface | None = None) -> bool:
        held, self._held = self._held, None
        return held is not None

    def finish(self) -> None:
        self._held = None

    def reset(self) -> None:
        self._held = None

    def cursor(self, view: CanvasSurface) -> QCursor:
        return QCursor(Qt.CursorShape.OpenHandCursor if self._held is None else Qt.CursorShape.ClosedHandCursor)
