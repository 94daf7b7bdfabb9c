"""All tools of the canvas, and which of them is active."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from core.document.events import Change
from editor.canvas.tools.base import Tool
from editor.canvas.tools.brush import BrushTool, EraserTool
from editor.canvas.tools.face import FaceTool
from editor.canvas.tools.fill import FillTool
from editor.canvas.tools.hand import HandTool
from editor.canvas.tools.lasso import LassoTool
from editor.canvas.tools.move import MoveTool
from editor.canvas.tools.zoom import ZoomTool
from editor.workspace import Workspace

GROUPS = (("brush", "eraser", "lasso", "fill"), ("face", "move"), ("hand", "zoom"))
"""Names of the tools as the tool bar groups them."""


class ToolBox(QObject):
    """See the module.

    Signals:
        faceEdited(source_id): the artist set the face points of a photo; it should be analysed again with them.
        faceChosen(source_id, index): the artist picked another face of a photo.
    """

    faceEdited = Signal(str)
    faceChosen = Signal(str, int)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        face = FaceTool(workspace, self)
        face.edited.connect(self.faceEdited)
        face.chosen.connect(self.faceChosen)
        tools: tuple[Tool, ...] = (
            BrushTool(workspace, self), EraserTool(workspace, self), LassoTool(workspace, self),
            FillTool(workspace, self), face, MoveTool(workspace, self), HandTool(workspace, self),
            ZoomTool(workspace, self))
        self.tools: dict[str, Tool] = {tool.name: tool for tool in tools}
        self._active = self.get(workspace.tool)
        workspace.toolChanged.connect(self._switch)
        workspace.documentReplaced.connect(self._forget)
        workspace.changed.connect(self._changed)
        workspace.optionsChanged.connect(self._redraw)

    @property
    def active(self) -> Tool:
        """The tool that gets the canvas' events."""
        return self._active

    def get(self, name: str) -> Tool:
        """A tool by name; the brush where the name is unknown (a settings file of another version)."""
        return self.tools.get(name, self.tools["brush"])

    @property
    def busy(self) -> bool:
        """Whether a gesture is in progress."""
        return self._active.busy

    def cancel(self) -> bool:
        """Give up the gesture in progress (Esc, or undo while drawing); False when there was none."""
        return self._active.cancel()

    def finish(self) -> None:
        """Complete the gesture in progress, so that the document is whole (before saving, running, closing)."""
        self._active.finish()

    def _switch(self, name: str) -> None:
        old, new = self._active, self.get(name)
        if old is new:
            return
        old.finish()
        view = old.view
        self._active = new
        if view is not None:
            where = old.where
            old.leave(view)
            new.watch(view, where)
            view.refresh_cursor()
            view.update()
        self.workspace.hinted.emit(new.advice)

    def _forget(self) -> None:
        for tool in self.tools.values():
            tool.reset()

    def _changed(self, change: Change) -> None:
        self._active.changed(change)

    def _redraw(self) -> None:
        self._active.repaint()
