"""What all parts of the window share: document, undo, target of strokes, tool, view options, pending result.

Panels and canvas talk to each other only through this object and its signals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence

from core.document.document import IDENTITY, Candidate, Document, Target
from core.document.events import Change, Topic
from core.document.mask import MASK_ROLES
from core.document.source import Source
from editor.options import CompareMode, ToolOptions, ViewOptions
from editor.undo import Moment, UndoStack

if TYPE_CHECKING:
    from core.document.commands import Command
    from core.engine.messages import Frame
    from editor.engine_link import Engine


@dataclass(frozen=True)
class Notice:
    """A message for the banner.

    Attributes:
        what, why, next_step: as in ``core.errors``; any of the last two may be empty.
        level: "error", "warning" or "info"; an info goes away by itself.
        detail: for a "Details" button, may be empty.
    """

    what: str
    why: str = ""
    next_step: str = ""
    level: str = "error"
    detail: str = ""


@dataclass(frozen=True, eq=False)
class SavedState:
    """Names the state that a file was written from, while the document goes on changing."""

    document: Document | None
    moment: Moment
    touches: int


class Workspace(QObject):
    """See the module. Belongs to the GUI thread.

    Attributes:
        last_compare: the way of comparing that comes back when comparing is switched on.
        peek_keys: while one of them is held on a canvas, it shows the photo as it was.

    Signals:
        documentReplaced: another document, or none, is open.
        changed(Change): something in the document changed, undo and redo included.
        targetChanged: strokes now go elsewhere.
        activeLayerChanged(str): id of the layer selected in the layers panel.
        toolChanged(str): name of the active tool.
        optionsChanged: tool options (size, polarity, ...).
        viewChanged: view options (overlay, compare, ...).
        frameChanged: ``frame`` is newer, or gone.
        pendingChanged: ``pending`` was set or cleared.
        noticed(Notice): for the banner.
        hinted(str): one line for the status bar.
        modifiedChanged(bool): whether there is something unsaved.
    """

    documentReplaced = Signal()
    changed = Signal(object)
    targetChanged = Signal()
    activeLayerChanged = Signal(str)
    toolChanged = Signal(str)
    optionsChanged = Signal()
    viewChanged = Signal()
    frameChanged = Signal()
    pendingChanged = Signal()
    noticed = Signal(object)
    hinted = Signal(str)
    modifiedChanged = Signal(bool)

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        self.document: Document | None = None
        self.undo = UndoStack(self)
        self.undo.cleanChanged.connect(self._clean_changed)
        self.tools = ToolOptions()
        self.view = ViewOptions()
        self.target = Target(IDENTITY, "hair")
        self.active_layer = "base"
        self.tool = "brush"
        self.frame: Frame | None = None
        self.pending: Candidate | None = None
        self.last_compare = CompareMode.SPLIT
        self.peek_keys: tuple[QKeySequence, ...] = (QKeySequence(Qt.Key.Key_Backslash),)
        self._touches = self._saved_touches = 0
        self._left: list[tuple[str, str]] = []

    # -- document -----------------------------------------------------------------------------------------------
    def set_document(self, document: Document | None) -> None:
        """Open another document, or none; the old one is dropped with its undo history."""
        if self.document is not None:
            self.document.events.remove(self._on_change)
        self.frame, self.pending = None, None
        self.document = document
        self.undo.begin(document)
        self._touches = self._saved_touches = 0
        self.target, self.active_layer = Target(IDENTITY, "hair"), "base"
        self._left.clear()
        if document is not None:
            document.events.add(self._on_change)
        self.documentReplaced.emit()
        self.targetChanged.emit()
        self.activeLayerChanged.emit(self.active_layer)
        self.frameChanged.emit()
        self.pendingChanged.emit()
        self.modifiedChanged.emit(False)

    @property
    def modified(self) -> bool:
        """Whether closing would lose something."""
        return self.document is not None and (
            self._touches != self._saved_touches or not self.undo.isClean())

    def state(self) -> SavedState:
        """Names the present state, for ``mark_saved`` once it is on disk."""
        return SavedState(self.document, self.undo.moment(), self._touches)

    def mark_saved(self, state: SavedState | None = None) -> None:
        """The document is now on disk as it is, or as it was; what changed since then stays unsaved."""
        state = self.state() if state is None else state
        if state.document is not self.document:
            return
        self._saved_touches = state.touches
        self.undo.set_clean_at(state.moment)
        if self.document is not None:
            self.document.changed(Topic.SAVED)
        self.modifiedChanged.emit(self.modified)

    def touch(self) -> None:
        """Note an unsaved change that undo does not know (a candidate, a slider of the recipe)."""
        if self.document is not None:
            self._touches += 1
            if self._touches == self._saved_touches + 1:
                self.modifiedChanged.emit(True)

    def push(self, command: Command) -> None:
        """Carry out a command and put it on the undo stack."""
        self.undo.push_command(command)

    def _on_change(self, change: Change) -> None:
        document = self.document
        if document is not None:
            self._keep_valid(document, change)
        self.changed.emit(change)

    def _keep_valid(self, document: Document, change: Change) -> None:
        """Move target and active layer away from what no longer exists."""
        if change.topic not in (Topic.LAYERS, Topic.SOURCES):
            return
        if document.mask(self.target) is None:
            self.set_target(Target(IDENTITY, "hair"))
        present = {layer.id for layer in document.layers}
        if self.active_layer not in present:
            gone, taken = self.active_layer, document.layers[-1].id
            self._left.append((gone, taken))
            self.set_active_layer(taken)
        elif self._left and self._left[-1][0] in present:
            # Redone, or its removal undone: selected again, unless the artist chose another one meanwhile.
            back, taken = self._left.pop()
            if self.active_layer == taken:
                self.set_active_layer(back)

    def _clean_changed(self, clean: bool) -> None:
        self.modifiedChanged.emit(self.modified)

    # -- what strokes change ---------------------------------------------------------------------------------------
    def set_target(self, target: Target) -> None:
        """Choose the mask that is painted."""
        if target != self.target:
            self.target = target
            self.targetChanged.emit()

    def target_on(self, source_id: str) -> Target:
        """The mask that a stroke on this source's canvas changes; a layer's mask lies on the identity's canvas."""
        target = self.target
        if target.item == source_id or (source_id == IDENTITY and target.role == "layer"):
            return target
        return Target(source_id, target.role if target.role in MASK_ROLES else "hair")

    def source(self, source_id: str) -> Source | None:
        """A source of the open document."""
        return None if self.document is None else self.document.sources.get(source_id)

    def set_active_layer(self, layer_id: str) -> None:
        """Select a layer."""
        if layer_id != self.active_layer:
            self.active_layer = layer_id
            self.activeLayerChanged.emit(layer_id)

    # -- tools and view ---------------------------------------------------------------------------------------------
    def set_tool(self, name: str) -> None:
        """Make a tool of the tool box active."""
        if name != self.tool:
            self.tool = name
            self.toolChanged.emit(name)

    def set_frame(self, frame: Frame | None) -> None:
        """Show a picture of the running engine on the canvas, or take it away."""
        if frame is not self.frame:
            self.frame = frame
            self.frameChanged.emit()

    def set_pending(self, candidate: Candidate | None) -> None:
        """Show a result that is not applied on the canvas, or take it away."""
        if candidate is not self.pending:
            self.pending = candidate
            self.pendingChanged.emit()

    def notify(self, notice: Notice) -> None:
        """Show a message in the banner."""
        self.noticed.emit(notice)
