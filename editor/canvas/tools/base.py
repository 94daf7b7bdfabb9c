"""What every tool offers, so that the canvas can hand it events without knowing which tool it is."""

from __future__ import annotations

import math
import weakref

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, QPointF, QRect, Qt
from PySide6.QtGui import QCursor, QKeyEvent, QPainter

from core.document.document import Document
from core.document.events import Change
from core.document.source import Source
from editor.canvas.pointer import PointerEvent
from editor.canvas.surface import CanvasSurface
from editor.workspace import Workspace

DRAG_DISTANCE = 4.0
"""Widget pixels that the pointer must move before a press becomes a drag."""

_MARK = 24
"""Widget pixels around the pointer in which marks are drawn."""


class Tool(QObject):
    """One tool. The canvas calls it only while it is active; positions of events are canvas coordinates, in which
    pixel i spans [i, i + 1).

    Attributes:
        name: key in the tool box.
        title, hint: for people, to be translated in the context "Tool" (``label`` and ``advice`` do).
        icon: qtawesome id.
        shortcut: default key, portable text.
    """

    name = ""
    title = ""
    icon = ""
    shortcut = ""
    hint = ""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self._view: weakref.ref[CanvasSurface] | None = None
        self.where: QPointF | None = None
        """Widget position of the pointer on ``view``, as far as known."""

    # -- for people ---------------------------------------------------------------------------------------------
    @property
    def label(self) -> str:
        """The title in the language of the window."""
        return QCoreApplication.translate("Tool", self.title)

    @property
    def advice(self) -> str:
        """The hint in the language of the window."""
        return QCoreApplication.translate("Tool", self.hint)

    # -- events -------------------------------------------------------------------------------------------------
    def press(self, view: CanvasSurface, event: PointerEvent) -> None:
        """A button or the pen went down."""

    def move(self, view: CanvasSurface, event: PointerEvent) -> None:
        """The pointer moved with a button held."""

    def release(self, view: CanvasSurface, event: PointerEvent) -> None:
        """The button or the pen went up, or the gesture had to end."""

    def hover(self, view: CanvasSurface, event: PointerEvent) -> None:
        """The pointer moved without any button."""

    def double_click(self, view: CanvasSurface, event: PointerEvent) -> None:
        """The second press of a double click; a release follows."""

    def key_press(self, view: CanvasSurface, event: QKeyEvent) -> bool:
        """A key on the canvas; True when the tool used it."""
        self._follow_modifiers(event)
        return False

    def key_release(self, view: CanvasSurface, event: QKeyEvent) -> bool:
        """A key went up on the canvas; True when the tool used it."""
        self._follow_modifiers(event)
        return False

    def _follow_modifiers(self, event: QKeyEvent) -> None:
        """Marks at the pointer tell what Shift and Alt would do."""
        if event.key() in (Qt.Key.Key_Shift, Qt.Key.Key_Alt):
            self.repaint()

    def cancel(self, view: CanvasSurface | None = None) -> bool:
        """Give up the gesture in progress and restore what it changed; False when there was none."""
        return False

    def finish(self) -> None:
        """Complete the gesture in progress, if any: another tool was chosen."""

    def reset(self) -> None:
        """Forget everything about the document: another one is open."""

    @property
    def busy(self) -> bool:
        """Whether a gesture is in progress."""
        return False

    def leave(self, view: CanvasSurface) -> None:
        """The pointer left the canvas."""
        if self.view is view:
            self.repaint()
            self._view, self.where = None, None

    # -- looks --------------------------------------------------------------------------------------------------
    def paint(self, view: CanvasSurface, painter: QPainter) -> None:
        """Draw the tool's marks, in widget coordinates, above everything."""

    def cursor(self, view: CanvasSurface) -> QCursor:
        """The system cursor over the canvas."""
        return QCursor(Qt.CursorShape.CrossCursor)

    # -- helpers ------------------------------------------------------------------------------------------------
    @property
    def view(self) -> CanvasSurface | None:
        """The canvas under the pointer, as far as known."""
        view = None if self._view is None else self._view()
        return view if view is not None and shiboken6.isValid(view) else None

    def watch(self, view: CanvasSurface, where: QPointF | None) -> None:
        """Remember the canvas under the pointer and the widget position on it."""
        if self._view is None or self._view() is not view:
            self.repaint()
            self._view = weakref.ref(view)
        self.where = where

    def point_at(self, view: CanvasSurface, where: QPointF) -> None:
        """Follow the pointer with the small mark beside it."""
        self._repaint_mark()
        self.watch(view, where)
        self._repaint_mark()

    def _repaint_mark(self) -> None:
        if self.where is not None:
            x, y = round(self.where.x()), round(self.where.y())
            self.repaint(QRect(x - _MARK, y - _MARK, 2 * _MARK, 2 * _MARK))

    def repaint(self, area: QRect | None = None) -> None:
        """Ask the canvas under the pointer to draw ``area`` (widget coordinates), or all of it, again."""
        view = self.view
        if view is None:
            return
        if area is None:
            view.update()
        else:
            view.update(area)

    @property
    def document(self) -> Document | None:
        return self.workspace.document

    def source(self, view: CanvasSurface) -> Source | None:
        """The photo on this canvas."""
        return self.workspace.source(view.source_id)

    def say(self, text: str) -> None:
        """Show one line in the status bar."""
        self.workspace.hinted.emit(text)

    def changed(self, change: Change) -> None:
        """Something in the document changed, by this tool or by anything else."""


def view_scale(view: CanvasSurface) -> float:
    """Widget pixels per photo pixel, whatever the rotation."""
    transform = view.viewport.transform()
    return math.sqrt(abs(transform.m11() * transform.m22() - transform.m12() * transform.m21()))


def distance(a: QPointF, b: QPointF) -> float:
    """Between two points, in their own unit."""
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def claim_keys(view: CanvasSurface, event: PointerEvent) -> None:
    """Give the keyboard to a canvas that is pressed, as Qt does for a mouse but not for a pen."""
    view.take_keys(alt=has(event, Qt.KeyboardModifier.AltModifier))


def has(event: PointerEvent, modifier: Qt.KeyboardModifier) -> bool:
    """Whether a modifier key is held."""
    return bool(event.modifiers & modifier)
