"""Keeps the actions of one window enabled, checked and named as things are, whatever changes them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from editor.actions.parts import Parts
from editor.actions.registry import Actions
from editor.actions.table import TABLE


class Bindings(QObject):
    """Makes all actions of a window.

    Args:
        actions: that take them up.
        parts: what they work on.
        parent: keeps it.
    """

    def __init__(self, actions: Actions, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._actions, self._workspace = actions, parts.workspace
        for spec in TABLE:
            actions.add(spec, parts)
        self._take_peek_keys()
        actions.shortcutsChanged.connect(self._take_peek_keys)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(actions.refresh)
        workspace = parts.workspace
        for signal in (workspace.documentReplaced, workspace.changed, workspace.targetChanged,
                       workspace.activeLayerChanged, workspace.toolChanged, workspace.optionsChanged,
                       workspace.viewChanged, workspace.pendingChanged, workspace.frameChanged,
                       workspace.undo.indexChanged, parts.run.stateChanged, actions.carriedOut):
            signal.connect(self._later.start)

    def _take_peek_keys(self) -> None:
        self._workspace.peek_keys = tuple(self._actions["compare.peek"].shortcuts())
