"""The widget that shows one source of the document and lets the active tool work on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QCursor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from core.document.document import IDENTITY
from core.document.events import Change, Topic
from core.document.geometry import Rect
from core.document.source import Source
from editor.canvas.compare import Comparison
from editor.canvas.input import CanvasInput, Navigation
from editor.canvas.overlays import draw_border
from editor.canvas.pointer import PointerEvent, PointerKind
from editor.canvas.scene import Scene, SceneLook
from editor.canvas.tools.base import Tool
from editor.canvas.tools.toolbox import ToolBox
from editor.canvas.viewport import Viewport
from editor.look.keys import is_among
from editor.options import CompareMode
from editor.workspace import Workspace

_SETTLED_MS = 140
_NUDGES = {Qt.Key.Key_Left: -1.0, Qt.Key.Key_Up: -1.0, Qt.Key.Key_Right: 1.0, Qt.Key.Key_Down: 1.0}
"""Steps by which arrow keys move the split of a comparison."""
_KEYS_WHILE_BUSY = (
    Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace, Qt.Key.Key_Delete,
)


class CanvasView(QWidget):
    """One source on the screen: the portrait with all its layers, or a reference.

    Args:
        workspace: document, options and signals.
        source_id: what is shown.
        toolbox: whose active tool gets the pointer; without one a drag pans.
        viewport: where the picture sits; an own one if None. Views of different size need one each, see
            ``Viewport.link``.

    Signals:
        pointerMoved(QPointF): canvas point under the pointer.
        panelsToggled: Tab was pressed: panels away or back.
    """

    pointerMoved = Signal(QPointF)
    panelsToggled = Signal()
    _ready = False
    """Qt sends the first events before the constructor has finished."""

    def __init__(
        self, workspace: Workspace, source_id: str = IDENTITY, toolbox: ToolBox | None = None,
        viewport: Viewport | None = None, parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.source_id = source_id
        self.toolbox = toolbox
        self.viewport = viewport or Viewport(self)
        self.scene = Scene(workspace, source_id)
        self.comparison = Comparison(self)
        self._input = CanvasInput(self, self)
        self._ready = True
        self._before = False
        self._peek_key = 0
        self._moving = False
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self._settle)
        self._refine = QTimer(self)
        self._refine.setSingleShot(True)
        self._refine.timeout.connect(self.update)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 90)
        self.setAccessibleName(self.tr("Canvas"))
        self._connect()
        # Who hands in a viewport has already set it.
        self._show_source(fit=viewport is None)

    def _connect(self) -> None:
        workspace = self.workspace
        self.viewport.changed.connect(self._viewport_changed)
        workspace.documentReplaced.connect(self._document_replaced)
        workspace.changed.connect(self._document_changed)
        workspace.targetChanged.connect(self._gesture_changed)
        workspace.toolChanged.connect(self._gesture_changed)
        workspace.viewChanged.connect(self._view_changed)
        workspace.frameChanged.connect(self._frame_changed)
        workspace.pendingChanged.connect(self._pending_changed)
        workspace.engine.stateChanged.connect(self._engine_changed)

    def _view_changed(self) -> None:
        self.scene.apply_view()
        self.update()

    # -- what is shown --------------------------------------------------------------------------------------------
    @property
    def source(self) -> Source | None:
        """The photo shown, None when there is none (any more)."""
        return self.workspace.source(self.source_id)

    @property
    def image_size(self) -> QSize:
        """Size of the photo; empty without one."""
        source = self.source
        return QSize() if source is None else QSize(source.width, source.height)

    @property
    def tool(self) -> Tool | None:
        """The tool that gets the pointer."""
        return None if self.toolbox is None else self.toolbox.active

    @property
    def before(self) -> bool:
        """Whether the photo is shown as it was, without layers, results and overlays."""
        return self._before or self.workspace.view.compare is CompareMode.BEFORE

    def set_before(self, before: bool) -> None:
        """Show the photo as it was, or the document again."""
        if before != self._before:
            self._before = before
            self.update()

    def set_source(self, source_id: str) -> None:
        """Show another source; the view stays where it is when both are of the same size."""
        if source_id == self.source_id:
            return
        size = self.image_size
        self.source_id = source_id
        self._input.end()
        self._show_source(fit=self.image_size != size)

    def fit(self) -> None:
        """Show all of the photo."""
        size = self.image_size
        if not size.isEmpty():
            self.viewport.fit(size.width(), size.height())

    def toggle_fit(self, anchor: QPointF) -> None:
        """From all of the photo to 100 % and back."""
        if self.viewport.fitted:
            self.viewport.zoom_to(1.0, anchor)
        else:
            self.fit()

    def update_image(self, rect: Rect | None = None) -> None:
        """Draw a part of the canvas (document pixels), or all of it, again."""
        if rect is None:
            self.update()
            return
        box = self.viewport.transform().mapRect(QRectF(rect.x0, rect.y0, rect.width, rect.height))
        # Smoothing reaches one pixel of the level shown, at most two on the screen.
        self.update(box.toAlignedRect().adjusted(-3, -3, 3, 3) & self.rect())

    def _show_source(self, fit: bool) -> None:
        self.scene.set_source(self.source_id)
        if fit:
            self.fit()
        self.refresh_cursor()
        self.update()

    # -- what happens elsewhere -----------------------------------------------------------------------------------
    def _document_replaced(self) -> None:
        self._input.end()
        self._show_source(fit=True)

    def _document_changed(self, change: Change) -> None:
        if change.topic is Topic.SOURCES and self.scene.outdated:
            self._show_source(fit=True)
            return
        for rect in self.scene.apply(change):
            self.update_image(rect)

    def _gesture_changed(self) -> None:
        """Another tool, or another mask for it."""
        self.refresh_cursor()
        self.update()

    def _engine_changed(self, _state: object) -> None:
        self.update()

    def _frame_changed(self) -> None:
        for rect in self.scene.frame_changed():
            self.update_image(rect)

    def _pending_changed(self) -> None:
        if self.source_id == IDENTITY:
            self.update()

    def _viewport_changed(self) -> None:
        self._moving = True
        self._settled.start()
        self.update()

    def _settle(self) -> None:
        self._moving = False
        if self.viewport.rotation % 90:
            self.update()

    # -- painting -------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        self._sync_window()
        with QPainter(self) as painter:
            grey = min(max(self.workspace.view.surround, 0), 255)
            painter.fillRect(event.rect(), QColor(grey, grey, grey))
            if self.scene.picture is None:
                self._paint_empty(painter)
                return
            look = SceneLook(
                before=self.before, smooth=not (self._moving and self.viewport.rotation % 90),
                painting=self._input.in_stroke)
            if not self._paint_picture(painter, QRectF(event.rect()), look):
                self._refine.start()
            tool = self.tool
            if tool is not None and not self._input.navigating:
                painter.save()
                tool.paint(self, painter)
                painter.restore()
            if self._running:
                draw_border(painter, QRectF(self.rect()), self.palette().color(QPalette.ColorRole.Highlight))

    def _paint_picture(self, painter: QPainter, exposed: QRectF, look: SceneLook) -> bool:
        """Scene and comparison; False when part of it is still coarse."""
        complete = self.scene.paint(painter, self.viewport, exposed, look)
        return self.comparison.paint(painter, exposed, look) and complete

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(200, 200, 200))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty_text())

    def _empty_text(self) -> str:
        if self.source_id == IDENTITY:
            return self.tr("Open a portrait, or drop a photo here")
        return self.tr("This reference is no longer part of the document")

    @property
    def _running(self) -> bool:
        return self.source_id == IDENTITY and self.workspace.engine.state.value != "idle"

    # -- the widget -----------------------------------------------------------------------------------------------
    def _sync_window(self) -> None:
        ratio = self.devicePixelRatioF()
        corner = QPointF(self.mapTo(self.window(), QPointF(0, 0))) * ratio
        fraction = QPointF(corner.x() % 1.0, corner.y() % 1.0)
        self.viewport.set_window(self.width(), self.height(), ratio, fraction)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._sync_window()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._sync_window()
        super().showEvent(event)

    def event(self, event: QEvent) -> bool:
        if not self._ready:
            return super().event(event)
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._claims(event):
            event.accept()
            return True
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._tab(event):
            return True
        if kind == QEvent.Type.Enter:
            self._take_focus()
            self.refresh_cursor()
        if kind == QEvent.Type.FocusOut:
            self.set_before(False)
            self.comparison.end()
        if self._input.handle(event):
            return True
        return super().event(event)

    def _take_focus(self) -> None:
        """Keys follow the pointer onto the canvas, except out of a field that is being typed in."""
        if not self.isActiveWindow():
            return
        focused = QApplication.focusWidget()
        if focused is None or not focused.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled):
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def take_keys(self, *, alt: bool) -> None:
        """Get the keyboard.

        The menu bar does not notice that Alt is held for a pen: it would open when Alt is let go.
        """
        if not self.hasFocus():
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        if alt:
            QApplication.sendEvent(self, QEvent(QEvent.Type.ActivationChange))

    # -- keys -----------------------------------------------------------------------------------------------------
    def _claims(self, event: QKeyEvent) -> bool:
        """Whether a key belongs to the canvas even where it is a shortcut elsewhere."""
        key = event.key()
        if key in (Qt.Key.Key_Space, Qt.Key.Key_Tab):
            return True
        if is_among(event, self.workspace.peek_keys):
            return True
        tool = self.tool
        return key in _KEYS_WHILE_BUSY and tool is not None and tool.busy

    def _tab(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Tab or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        if not event.isAutoRepeat():
            self.panelsToggled.emit()
        event.accept()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._input.set_space(True)
            self.refresh_cursor()
        elif is_among(event, self.workspace.peek_keys):
            self._peek_key = event.key()
            self.set_before(True)
        elif not self._tool_key(event) and not self.comparison.nudge(_NUDGES.get(Qt.Key(key), 0.0)):
            event.ignore()
        if key in (Qt.Key.Key_Control, Qt.Key.Key_Shift):
            self.refresh_cursor()

    def _tool_key(self, event: QKeyEvent) -> bool:
        """Whether the tool had use for a key; Esc takes back what it is doing."""
        tool = self.tool
        if tool is None:
            return False
        return (event.key() == Qt.Key.Key_Escape and tool.cancel(self)) or tool.key_press(self, event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        tool = self.tool
        if event.isAutoRepeat():
            event.ignore()
        elif event.key() == Qt.Key.Key_Space:
            self._input.set_space(False)
        elif event.key() == self._peek_key:
            self.set_before(False)
        elif tool is None or not tool.key_release(self, event):
            event.ignore()
        self.refresh_cursor()

    # -- the pointer ----------------------------------------------------------------------------------------------
    def note_pointer(self, position: QPointF) -> None:
        """Tell who listens which canvas point is under the pointer now."""
        self.pointerMoved.emit(position)

    def deliver(self, event: PointerEvent) -> None:
        """Hand a pointer event to the tool."""
        self.pointerMoved.emit(event.position)
        tool = self.tool
        held = self.comparison.held
        if self.comparison.pointer(event):
            if not held and tool is not None:
                tool.leave(self)
            self.refresh_cursor()
            return
        if held:
            self.refresh_cursor()
        if tool is None or self.source is None:
            return
        if event.kind in (PointerKind.PRESS, PointerKind.DOUBLE, PointerKind.RELEASE) and self.scene.shows_result:
            # The mask is a line except while it is painted.
            self.update()
        takers = {PointerKind.PRESS: tool.press, PointerKind.MOVE: tool.move, PointerKind.RELEASE: tool.release,
                  PointerKind.DOUBLE: tool.double_click}
        takers.get(event.kind, tool.hover)(self, event)

    def pointer_left(self) -> None:
        """Tell the tool that the pointer is not over this canvas any more."""
        if self.tool is not None:
            self.tool.leave(self)

    def refresh_cursor(self) -> None:
        """Show the cursor of what a drag would do now."""
        navigation, tool = self._input.navigation, self.tool
        if navigation is Navigation.PAN:
            held = self._input.navigating
            self.setCursor(Qt.CursorShape.ClosedHandCursor if held else Qt.CursorShape.OpenHandCursor)
        elif navigation is Navigation.ZOOM:
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        elif navigation is Navigation.ROTATE:
            self.setCursor(Qt.CursorShape.SizeAllCursor)
        elif self.comparison.held:
            self.setCursor(self.comparison.cursor)
        elif tool is None or self.source is None:
            self.setCursor(QCursor(Qt.CursorShape.ArrowCursor))
        else:
            self.setCursor(tool.cursor(self))
