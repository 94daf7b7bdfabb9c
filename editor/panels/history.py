"""The history panel: every step that can be taken back, and what keeping them costs."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QUndoView,
    QVBoxLayout,
    QWidget,
)

from editor.look.theme import mark
from editor.widgets.buttons import tool_button
from editor.workspace import Workspace


class HistoryPanel(QWidget):
    """See the module. A click on a step goes back or forward to it."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace = workspace
        self.view = QUndoView(workspace.undo, self)
        self.view.setEmptyLabel(self.tr("Opened"))
        self.view.setAccessibleName(self.tr("History"))
        self.view.setUniformItemSizes(True)
        self.view.setItemDelegate(_Rows(self.view))
        self.memory = QLabel(self)
        mark(self.memory, "dim")
        self.undo_button = tool_button(self, "undo", self.tr("Undo"), workspace.undo.undo)
        self.redo_button = tool_button(self, "redo", self.tr("Redo"), workspace.undo.redo)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.undo_button)
        row.addWidget(self.redo_button)
        row.addStretch(1)
        row.addWidget(self.memory)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.view, 1)
        column.addLayout(row)
        # Several steps in a row ask for the sum only once.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(100)
        self._later.timeout.connect(self.refresh)
        workspace.undo.indexChanged.connect(self._on_index)
        workspace.documentReplaced.connect(self.refresh)
        self.refresh()

    def _on_index(self, index: int) -> None:
        self._later.start()

    def refresh(self) -> None:
        """Show what can be done and what the history holds."""
        undo = self._workspace.undo
        self.undo_button.setEnabled(undo.canUndo())
        self.redo_button.setEnabled(undo.canRedo())
        style = QLocale.DataSizeFormat.DataSizeTraditionalFormat
        held = self.locale().formattedDataSize(undo.held_bytes, 1, style)
        most = self.locale().formattedDataSize(undo.budget_bytes, 0, style)
        self.memory.setText(self.tr("%1 of %2").replace("%1", held).replace("%2", most))
        self.memory.setToolTip(self.tr("Memory that the history keeps; the oldest steps are forgotten beyond it"))
        self.view.setEnabled(self._workspace.document is not None)


class _Rows(QStyledItemDelegate):
    """Steps at a height that can be hit."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), 24)
