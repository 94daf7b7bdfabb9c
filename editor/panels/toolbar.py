"""The tools down the left side of the window."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from editor.canvas.tools.base import Tool
from editor.canvas.tools.toolbox import GROUPS, ToolBox
from editor.look import theme
from editor.look.icons import icon
from editor.workspace import Workspace

_NATIVE = QKeySequence.SequenceFormat.NativeText


class ActionSource(Protocol):
    """Where the window's actions come from, by id; "tool.brush" and so on are looked for."""

    def get(self, action_id: str) -> QAction | None: ...


class ToolBar(QToolBar):
    """One button per tool, in groups; the one in use is checked, whoever chose it.

    Args:
        workspace: whose tool is shown and set.
        toolbox: the tools.
        actions: the window's actions, whose present keys the tooltips tell; None tells the tools' defaults.
    """

    def __init__(
        self, workspace: Workspace, toolbox: ToolBox, actions: ActionSource | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._toolbox = workspace, toolbox
        self.setObjectName("toolBar")
        self.setWindowTitle(self.tr("Tools"))
        self.setAccessibleName(self.tr("Tools"))
        self.setOrientation(Qt.Orientation.Vertical)
        self.setMovable(False)
        self.setFloatable(False)
        self.setIconSize(QSize(theme.ICON_PIXELS + 2, theme.ICON_PIXELS + 2))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._group = QActionGroup(self)
        self._actions: dict[str, QAction] = {}
        self._foreign: dict[str, QAction] = {}
        for number, names in enumerate(GROUPS):
            if number:
                self.addSeparator()
            for name in names:
                self._add(toolbox.get(name), None if actions is None else actions.get(f"tool.{name}"))
        workspace.toolChanged.connect(self._check)
        self._check(workspace.tool)

    def _add(self, tool: Tool, known: QAction | None) -> None:
        action = QAction(icon(tool.icon), tool.label, self)
        action.setObjectName(tool.name)
        action.setCheckable(True)
        action.setStatusTip(tool.advice)
        action.triggered.connect(partial(self._workspace.set_tool, tool.name))
        self._group.addAction(action)
        self.addAction(action)
        self._actions[tool.name] = action
        button = self.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setAccessibleName(tool.label)
            button.setAccessibleDescription(tool.advice)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if known is not None:
            self._foreign[tool.name] = known
            known.changed.connect(self._tell)
        self._tell()

    def button(self, name: str) -> QToolButton | None:
        """The button of a tool."""
        button = self.widgetForAction(self._actions[name])
        return button if isinstance(button, QToolButton) else None

    def _tell(self) -> None:
        """Tooltips with the keys that are in force now."""
        for name, action in self._actions.items():
            tool, known = self._toolbox.get(name), self._foreign.get(name)
            keys = QKeySequence(tool.shortcut) if known is None else known.shortcut()
            shown = keys.toString(_NATIVE)
            title = f"{tool.label}  ({shown})" if shown else tool.label
            action.setToolTip(f"<b>{title}</b><br>{tool.advice}")

    def _check(self, name: str) -> None:
        self._actions[self._toolbox.get(name).name].setChecked(True)
