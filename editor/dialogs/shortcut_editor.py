"""All actions with their keys: to look one up, and to change it without two actions getting in each other's way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from editor.actions.registry import PORTABLE, Actions, plain_text
from editor.actions.spec import Context, translated
from editor.actions.table import MENUS
from editor.look import theme
from editor.look.icons import icon

_ID = Qt.ItemDataRole.UserRole


class ShortcutEditor(QDialog):
    """Changes a copy; the actions get it on OK.

    Args:
        actions: of the window.
    """

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(720, 640)
        self._actions = actions
        self.keys = {action_id: actions.shortcuts(action_id) for action_id in actions}
        self._items: dict[str, QTreeWidgetItem] = {}
        self._build()
        self._fill()
        self._show_all()
        self._select(None, None)

    # -- layout -----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search by name or key"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(self.tr("Actions"))
        self.tree.setColumnCount(3)
        self.tree.setHeaderLabels([self.tr("Action"), self.tr("Keys"), self.tr("Works")])
        self.tree.setUniformRowHeights(True)
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(1, 190)
        header.resizeSection(2, 170)
        header.setStretchLastSection(False)
        self.tree.currentItemChanged.connect(self._select)
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setMinimumHeight(36)
        buttons = QDialogButtonBox()
        theme.mark(buttons.addButton(QDialogButtonBox.StandardButton.Ok), "primary")
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        reset_all = buttons.addButton(self.tr("Reset all"), QDialogButtonBox.ButtonRole.ResetRole)
        reset_all.clicked.connect(self.reset_all)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        column.addLayout(self._editing_row())
        column.addWidget(self._hint)
        column.addWidget(buttons)

    def _editing_row(self) -> QHBoxLayout:
        self.edits = [QKeySequenceEdit() for _ in range(2)]
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        for number, edit in enumerate(self.edits):
            edit.setMaximumSequenceLength(1)
            edit.setClearButtonEnabled(True)
            edit.setAccessibleName(self.tr("Key") if number == 0 else self.tr("Second key"))
            edit.keySequenceChanged.connect(self._changed)
            row.addWidget(QLabel(self.tr("Key") if number == 0 else self.tr("or")))
            row.addWidget(edit, 1)
        self.reset_button = QPushButton(self.tr("Reset"))
        self.reset_button.setToolTip(self.tr("Give this action its first keys back"))
        self.reset_button.clicked.connect(self.reset_one)
        row.addWidget(self.reset_button)
        return row

    def _fill(self) -> None:
        titles = {path: plain_text(translated(title)) for path, title in MENUS}
        groups: dict[str, QTreeWidgetItem] = {}
        for path, _ in MENUS:
            ids = [action_id for action_id in self._actions if self._actions.spec(action_id).menu == path]
            top = path.split("/")[0]
            if ids and top not in groups:
                groups[top] = QTreeWidgetItem(self.tree, [titles[top]])
                groups[top].setFlags(Qt.ItemFlag.ItemIsEnabled)
                groups[top].setExpanded(True)
            for action_id in ids:
                spec = self._actions.spec(action_id)
                between = [titles[path]] if "/" in path else []
                item = QTreeWidgetItem(groups[top], [": ".join([*between, plain_text(translated(spec.text))])])
                item.setData(0, _ID, action_id)
                item.setToolTip(0, translated(spec.tip))
                if spec.icon:
                    item.setIcon(0, icon(spec.icon))
                item.setText(2, self._where(spec.context))
                item.setForeground(2, QColor(theme.DIM))
                self._items[action_id] = item

    def _where(self, context: Context) -> str:
        return {Context.WINDOW: self.tr("everywhere"), Context.CANVAS: self.tr("on the canvas"),
                Context.LAYERS: self.tr("in the layers panel")}[context]

    # -- showing ----------------------------------------------------------------------------------------------------
    def _show_all(self) -> None:
        conflicts = self._actions.conflicts(self.keys)
        for action_id, item in self._items.items():
            item.setText(1, ",  ".join(_native(key) for key in self.keys[action_id]))
            changed = self.keys[action_id] != self._actions.defaults(action_id)
            font = item.font(1)
            font.setBold(changed)
            item.setFont(1, font)
            clash = action_id in conflicts
            item.setForeground(1, QColor(theme.ERROR if clash else theme.TEXT))
            item.setToolTip(1, self._clash_text(conflicts[action_id]) if clash else "")
        self._show_hint()

    def _clash_text(self, clashes: dict[str, list[str]]) -> str:
        return "  ".join(self.tr("{0} also belongs to: {1}.").format(
            _native(key), ", ".join(self._items[other].text(0) for other in others))
            for key, others in clashes.items())

    def _show_hint(self) -> None:
        conflicts = self._actions.conflicts(self.keys)
        current = self._current()
        theme.mark(self._hint, "dim", not conflicts)
        if current in conflicts:
            self._hint.setText(self._clash_text(conflicts[current]))
        elif conflicts:
            self._hint.setText(self.tr("Some keys belong to two actions; they are shown in red."))
        elif current:
            self._hint.setText(translated(self._actions.spec(current).tip))
        else:
            self._hint.setText(self.tr("Choose an action to change its keys."))
        self._hint.setStyleSheet(f"color: {theme.ERROR};" if conflicts else "")

    def _current(self) -> str:
        item = self.tree.currentItem()
        return str(item.data(0, _ID) or "") if item is not None else ""

    def _select(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        current = self._current()
        keys = self.keys.get(current, [])
        for number, edit in enumerate(self.edits):
            edit.blockSignals(True)
            edit.setKeySequence(QKeySequence(keys[number] if number < len(keys) else "", PORTABLE))
            edit.blockSignals(False)
            edit.setEnabled(bool(current))
        self.reset_button.setEnabled(bool(current))
        self._show_hint()

    def _filter(self, text: str) -> None:
        wanted = text.casefold().strip()
        for action_id, item in self._items.items():
            found = wanted in item.text(0).casefold() or wanted in item.text(1).casefold() or wanted in action_id
            item.setHidden(not found)
        for index in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(index)
            if group is not None:
                rows = [group.child(row) for row in range(group.childCount())]
                group.setHidden(all(row is None or row.isHidden() for row in rows))

    # -- changing ---------------------------------------------------------------------------------------------------
    def _changed(self) -> None:
        current = self._current()
        if current:
            entered = [edit.keySequence().toString(PORTABLE) for edit in self.edits]
            # Further keys of an action (a third spelling of the same key) stay.
            self.keys[current] = list(dict.fromkeys(key for key in (*entered, *self.keys[current][2:]) if key))
            self._show_all()

    def reset_one(self) -> None:
        """Give the chosen action its first keys back."""
        current = self._current()
        if current:
            self.keys[current] = self._actions.defaults(current)
            self._show_all()
            self._select(None, None)

    def reset_all(self) -> None:
        """Give every action its first keys back."""
        self.keys = {action_id: self._actions.defaults(action_id) for action_id in self._actions}
        self._show_all()
        self._select(None, None)

    def accept(self) -> None:
        """Put the keys into force and keep them."""
        self._actions.set_shortcuts(self.keys)
        super().accept()


def _native(key: str) -> str:
    return QKeySequence(key, PORTABLE).toString(QKeySequence.SequenceFormat.NativeText)
