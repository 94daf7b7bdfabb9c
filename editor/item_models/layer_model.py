"""Shows the document's layers to list views, topmost first, and turns drops and renaming into commands."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from core.document.document import Target
from core.document.events import Change, Topic
from core.document.layer import BASE, REFERENCE, Layer
from editor.actions import layers as layer_actions
from editor.actions import references as reference_actions
from editor.actions.references import REFERENCE_MIME
from editor.workspace import Workspace

LAYER_MIME = "application/x-coiffe-layer"
_Index = QModelIndex | QPersistentModelIndex


class LayerRole(IntEnum):
    """Data of a row beyond Qt's own roles."""

    ID = Qt.ItemDataRole.UserRole + 1
    VISIBLE = Qt.ItemDataRole.UserRole + 2
    LOCKED = Qt.ItemDataRole.UserRole + 3
    HAS_MASK = Qt.ItemDataRole.UserRole + 4
    MASK_ENABLED = Qt.ItemDataRole.UserRole + 5
    PAINTED = Qt.ItemDataRole.UserRole + 6
    """Whether strokes go to this layer's mask."""
    CAPTION = Qt.ItemDataRole.UserRole + 7
    """The dim second line."""
    KIND = Qt.ItemDataRole.UserRole + 8


class LayerModel(QAbstractListModel):
    """See the module."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        workspace.documentReplaced.connect(self._reset)
        workspace.changed.connect(self._on_change)
        workspace.targetChanged.connect(self._all_changed)

    # -- rows -------------------------------------------------------------------------------------------------
    def layer(self, row: int) -> Layer | None:
        """The layer of a row; None beyond the ends."""
        layers = [] if self._workspace.document is None else self._workspace.document.layers
        return layers[len(layers) - 1 - row] if 0 <= row < len(layers) else None

    def index_of(self, layer_id: str) -> QModelIndex:
        """The row of a layer; invalid when there is none."""
        for row in range(self.rowCount()):
            layer = self.layer(row)
            if layer is not None and layer.id == layer_id:
                return self.index(row)
        return QModelIndex()

    def rowCount(self, parent: _Index | None = None) -> int:
        if (parent is not None and parent.isValid()) or self._workspace.document is None:
            return 0
        return len(self._workspace.document.layers)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        layer = self.layer(index.row()) if index.isValid() else None
        if layer is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return layer.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(layer)
        if role == LayerRole.ID:
            return layer.id
        if role == LayerRole.KIND:
            return layer.kind
        if role == LayerRole.VISIBLE:
            return layer.visible
        if role == LayerRole.LOCKED:
            return layer.locked
        if role == LayerRole.HAS_MASK:
            return layer.mask is not None
        if role == LayerRole.MASK_ENABLED:
            return layer.mask_enabled
        if role == LayerRole.PAINTED:
            return self._workspace.target == Target(layer.id, "layer")
        if role == LayerRole.CAPTION:
            return self._caption(layer)
        return None

    def _caption(self, layer: Layer) -> str:
        if layer.kind == BASE:
            return self.tr("Portrait")
        if layer.guide:
            strength = "" if layer.opacity >= 1 else f" · {round(layer.opacity * 100)} %"
            return self.tr("Not in the picture") + strength
        parts = [self.tr("Reference") if layer.kind == REFERENCE else self.tr("Result")]
        if layer.blend_mode != "normal":
            parts.append(layer_actions.blend_mode_title(layer.blend_mode))
        if layer.opacity < 1:
            parts.append(f"{round(layer.opacity * 100)} %")
        return " · ".join(parts if len(parts) == 1 else parts[1:])

    def _spoken(self, layer: Layer) -> str:
        parts = [layer.name, self._caption(layer), self.tr("visible") if layer.visible else self.tr("hidden")]
        if layer.locked:
            parts.append(self.tr("locked"))
        if not layer.mask_enabled:
            parts.append(self.tr("mask off"))
        if self._workspace.target == Target(layer.id, "layer"):
            parts.append(self.tr("its mask is painted"))
        return ", ".join(parts)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        layer = self.layer(index.row()) if index.isValid() else None
        if layer is None:
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = (Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
                 | Qt.ItemFlag.ItemNeverHasChildren)
        if layer.kind != BASE and not layer.locked:
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        layer = self.layer(index.row()) if index.isValid() else None
        if layer is None or role != Qt.ItemDataRole.EditRole:
            return False
        layer_actions.rename_layer(self._workspace, layer.id, str(value))
        return True

    # -- drag and drop --------------------------------------------------------------------------------------------
    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction | Qt.DropAction.CopyAction

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [LAYER_MIME, REFERENCE_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        if indexes:
            data.setData(LAYER_MIME, QByteArray(str(indexes[0].data(LayerRole.ID)).encode()))
        return data

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index
    ) -> bool:
        return self.rowCount() > 0 and (data.hasFormat(LAYER_MIME) or data.hasFormat(REFERENCE_MIME))

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index
    ) -> bool:
        """Move the dragged layer above the layer of ``row`` as shown now; the photo stays lowest."""
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        if data.hasFormat(REFERENCE_MIME):
            source_id = data.data(REFERENCE_MIME).toStdString()
            reference_actions.new_layer_from_reference(self._workspace, source_id)
            return True
        layer_id = data.data(LAYER_MIME).toStdString()
        start = self.index_of(layer_id).row()
        if start < 0:
            return False
        lowest = self.rowCount() - 1
        row = lowest if row < 0 else min(row, lowest)
        final = row - 1 if row > start else row
        layer_actions.move_layer(self._workspace, layer_id, lowest - final)
        return True

    # -- following the document --------------------------------------------------------------------------------
    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _all_changed(self) -> None:
        if self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def _on_change(self, change: Change) -> None:
        if change.topic == Topic.LAYERS:
            self._reset()
        elif change.topic == Topic.LAYER:
            index = self.index_of(change.item)
            if index.isValid():
                self.dataChanged.emit(index, index)
