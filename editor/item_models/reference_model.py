"""Shows the document's references to the strip below the slots; its rows can be dragged to slots and layers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.document.document import APPEARANCE, SHAPE
from core.document.events import Change, Topic
from core.document.source import Source
from editor.actions.references import REFERENCE_MIME, slot_badge
from editor.item_models.thumbnail import Thumbnails
from editor.look import theme
from editor.run.source_choices import slot_title
from editor.workspace import Workspace

CELL = 54
_PICTURE = 48
_Index = QModelIndex | QPersistentModelIndex
SOURCE_ID = Qt.ItemDataRole.UserRole + 1
SLOTS = Qt.ItemDataRole.UserRole + 2


def reference_mime(source_id: str) -> QMimeData:
    """What is dragged when a reference is dragged."""
    data = QMimeData()
    data.setData(REFERENCE_MIME, QByteArray(source_id.encode()))
    return data


class ReferenceModel(QAbstractListModel):
    """See the module."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        workspace.documentReplaced.connect(self._reset)
        workspace.changed.connect(self._on_change)

    def source(self, row: int) -> Source | None:
        """The reference of a row; None beyond the ends."""
        references = [] if self._workspace.document is None else self._workspace.document.references
        return references[row] if 0 <= row < len(references) else None

    def rowCount(self, parent: _Index | None = None) -> int:
        document = self._workspace.document
        if (parent is not None and parent.isValid()) or document is None:
            return 0
        return len(document.references)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        source = self.source(index.row()) if index.isValid() else None
        document = self._workspace.document
        if source is None or document is None:
            return None
        slots = [slot for slot, item in document.slots.items() if item == source.id]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return source.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([source.name, *(slot_title(slot) for slot in slots)])
        if role == SOURCE_ID:
            return source.id
        if role == SLOTS:
            return slots
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
                | Qt.ItemFlag.ItemNeverHasChildren)

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        return [REFERENCE_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        return reference_mime(str(indexes[0].data(SOURCE_ID))) if indexes else QMimeData()

    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _on_change(self, change: Change) -> None:
        if change.topic == Topic.SOURCES:
            self._reset()


class ReferenceDelegate(QStyledItemDelegate):
    """Draws a reference of the strip, with the first letters of the slots it fills."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(CELL, CELL)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        try:
            self._paint(painter, option, index)
        finally:
            painter.restore()

    def _paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        cell: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        place = QRect(0, 0, _PICTURE, _PICTURE)
        place.moveCenter(cell.center())
        painter.fillRect(place, QColor(theme.LINE))
        pixmap = self._thumbnails.picture(str(index.data(SOURCE_ID)), _PICTURE)
        inner = QRect(QPoint(0, 0), pixmap.deviceIndependentSize().toSize())
        inner.moveCenter(place.center())
        painter.drawPixmap(inner.topLeft(), pixmap)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(theme.ACCENT_LIGHT), 2))
            painter.drawRect(place.adjusted(-1, -1, 2, 2))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(QColor(theme.EDGE), 1))
            painter.drawRect(place.adjusted(-1, -1, 0, 0))
        left = place.left() + 2
        for slot in sorted(index.data(SLOTS) or [], key=lambda name: (name not in (SHAPE, APPEARANCE), name != SHAPE)):
            badge = QRect(left, place.bottom() - 16, 16, 15)
            painter.fillRect(badge, QColor(theme.RAISED))
            painter.setPen(QColor(theme.TEXT))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, slot_badge(slot))
            left += 18
