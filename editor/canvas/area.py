"""The middle of the window: the portrait's canvas, and beside it a pinned reference with a zoom of its own."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from core.document.document import IDENTITY
from core.document.events import Change, Topic
from editor.canvas.side_by_side import SideBySide
from editor.canvas.tools.toolbox import ToolBox
from editor.canvas.view import CanvasView
from editor.workspace import Workspace

_PINNED_SHARE = 0.38
_PEEK_MS = 1200


class CanvasArea(QWidget):
    """See the module.

    Args:
        workspace: document and options.
        toolbox: tools of both canvases.

    Signals:
        pinnedChanged(str): id of the pinned reference, or empty.
        pointerMoved(QPointF): canvas point under the pointer, on either canvas.
        panelsToggled: Tab was pressed on a canvas.
    """

    pinnedChanged = Signal(str)
    pointerMoved = Signal(QPointF)
    panelsToggled = Signal()

    def __init__(self, workspace: Workspace, toolbox: ToolBox | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._toolbox = toolbox
        self.main = CanvasView(workspace, IDENTITY, toolbox)
        self.pinned: CanvasView | None = None
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.main)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        self.side_by_side = SideBySide(workspace, toolbox, self.splitter, self.main)
        self.side_by_side.paneAdded.connect(self._forward)
        self._peek_timer = QTimer(self)
        self._peek_timer.setSingleShot(True)
        self._peek_timer.setInterval(_PEEK_MS)
        self._peek_timer.timeout.connect(self._end_peek)
        self.setFocusProxy(self.main)
        self._forward(self.main)
        workspace.changed.connect(self._document_changed)
        workspace.documentReplaced.connect(self._document_replaced)

    @property
    def views(self) -> tuple[CanvasView, ...]:
        """All canvases that are shown."""
        panes = (pane.view for pane in self.side_by_side.panes)
        return (self.main, *(() if self.pinned is None else (self.pinned,)), *panes)

    @property
    def active(self) -> CanvasView:
        """The canvas that zoom commands mean: the one with the focus, else the portrait's."""
        return next((view for view in self.views if view.hasFocus()), self.main)

    def peek(self) -> None:
        """Show the portrait as it was for a moment: a menu has no key that could be held."""
        self.main.set_before(True)
        self._peek_timer.start()

    def _end_peek(self) -> None:
        self.main.set_before(False)

    def pin(self, source_id: str | None) -> None:
        """Show a reference beside the portrait, or only the portrait."""
        before = "" if self.pinned is None else self.pinned.source_id
        if not source_id or self._workspace.source(source_id) is None or source_id == IDENTITY:
            self._unpin()
        elif self.pinned is not None:
            self.pinned.set_source(source_id)
        else:
            self.pinned = CanvasView(self._workspace, source_id, self._toolbox)
            self.pinned.setAccessibleName(self.tr("Pinned reference"))
            self._forward(self.pinned)
            self.splitter.addWidget(self.pinned)
            width = max(self.splitter.width(), 2)
            self.splitter.setSizes([round(width * (1 - _PINNED_SHARE)), round(width * _PINNED_SHARE)])
            self.splitter.setStretchFactor(0, 1)
            self.pinned.show()
        after = "" if self.pinned is None else self.pinned.source_id
        if after != before:
            self.pinnedChanged.emit(after)

    def _unpin(self) -> None:
        view, self.pinned = self.pinned, None
        if view is not None:
            view.hide()
            view.setParent(None)
            view.deleteLater()

    def _forward(self, view: CanvasView) -> None:
        view.pointerMoved.connect(self.pointerMoved)
        view.panelsToggled.connect(self.panelsToggled)

    def _document_changed(self, change: Change) -> None:
        if change.topic is Topic.SOURCES and self.pinned is not None and self.pinned.source is None:
            self.pin(None)

    def _document_replaced(self) -> None:
        self.pin(None)
