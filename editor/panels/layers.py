"""The layers panel: what lies over the portrait, in which order, how strongly, and through which mask."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QDropEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.document.events import Change, Topic
from core.document.layer import BASE, BLEND_MODES
from editor.actions import guides as guide_actions
from editor.actions import layers as layer_actions
from editor.actions import masks as mask_actions
from editor.actions import references as reference_actions
from editor.item_models.layer_delegate import ROW, LayerDelegate, Part, parts
from editor.item_models.layer_model import LayerModel, LayerRole
from editor.item_models.thumbnail import Thumbnails
from editor.widgets.buttons import tool_button
from editor.widgets.combos import QuietCombo
from editor.widgets.fields import SliderField
from editor.workspace import Workspace


class LayersPanel(QWidget):
    """See the module."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace = workspace
        self.view = LayerView(workspace, self)
        self.blend_mode = _BlendModes(self)
        self.opacity = SliderField(self.tr("Opacity"), 0, 100, 100, unit=" %", step=1,
                                   help=self.tr("How strongly the layer covers what lies below"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(self._blending_row())
        column.addWidget(self.view, 1)
        column.addLayout(self._buttons())
        self.blend_mode.activated.connect(self._mode_chosen)
        self.opacity.valueChanged.connect(self._opacity_changed)
        self.opacity.committed.connect(workspace.undo.end_gesture)
        workspace.activeLayerChanged.connect(self.refresh)
        workspace.documentReplaced.connect(self.refresh)
        workspace.changed.connect(self._on_change)
        self.refresh()

    def _blending_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.blend_mode, 1)
        row.addWidget(self.opacity, 2)
        return row

    def _buttons(self) -> QHBoxLayout:
        self.add_button = tool_button(
            self, "add_reference", self.tr("Add a reference as layer"), self._add_clicked)
        self.duplicate_button = tool_button(self, "duplicate", self.tr("Duplicate layer"), self._duplicate)
        self.merge_button = tool_button(self, "merge", self.tr("Merge with the layer below"), self._merge)
        self.delete_button = tool_button(self, "delete", self.tr("Delete layer"), self._delete)
        self._choices = QMenu(self)
        self._choices.triggered.connect(self._reference_chosen)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.add_button, self.duplicate_button, self.merge_button):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.delete_button)
        return row

    # -- following the document --------------------------------------------------------------------------------
    def _on_change(self, change: Change) -> None:
        if change.topic in (Topic.LAYERS, Topic.LAYER, Topic.SOURCES):
            self.refresh()

    def refresh(self) -> None:
        """Show the active layer's properties and what can be done with it."""
        workspace = self._workspace
        layer = layer_actions.find_layer(workspace)
        reason = layer_actions.can_change(workspace)
        for widget in (self.blend_mode, self.opacity):
            widget.setEnabled(not reason)
        if layer is not None and layer.guide:
            self.blend_mode.setEnabled(False)
        with QSignalBlocker(self.blend_mode):
            self.blend_mode.setCurrentIndex(BLEND_MODES.index(layer.blend_mode) if layer is not None else 0)
        self.opacity.set_value(100 * layer.opacity if layer is not None else 100)
        self.view.follow(workspace.active_layer)
        self._enable(self.add_button, reference_actions.can_become_layer(workspace))
        self._enable(self.duplicate_button, layer_actions.can_duplicate(workspace))
        self._enable(self.merge_button, layer_actions.can_merge_down(workspace))
        self._enable(self.delete_button, layer_actions.can_delete(workspace))

    def _enable(self, button: QToolButton, reason: str) -> None:
        """Enable a button, or say in its tooltip why not."""
        button.setEnabled(not reason)
        button.setToolTip(f"{button.accessibleName()}\n{reason}" if reason else button.accessibleName())

    # -- acts ---------------------------------------------------------------------------------------------------
    def _mode_chosen(self, index: int) -> None:
        layer_actions.set_blend_mode(self._workspace, BLEND_MODES[index])

    def _opacity_changed(self, value: float) -> None:
        layer_actions.set_opacity(self._workspace, value / 100)

    def _add_clicked(self) -> None:
        document = self._workspace.document
        if document is None or len(document.references) < 2:
            reference_actions.new_layer_from_reference(self._workspace)
            return
        self._choices.clear()
        for source in document.references:
            action = self._choices.addAction(source.name)
            action.setData(source.id)
        self._choices.popup(self.add_button.mapToGlobal(QPoint(0, -self._choices.sizeHint().height())))

    def _reference_chosen(self, action: QAction) -> None:
        reference_actions.new_layer_from_reference(self._workspace, str(action.data()))

    def _duplicate(self) -> None:
        layer_actions.duplicate_layer(self._workspace)

    def _merge(self) -> None:
        layer_actions.merge_down(self._workspace)

    def _delete(self) -> None:
        layer_actions.delete_layer(self._workspace)


class LayerView(QListView):
    """The list itself: mouse on the parts of a row, keys, drag and drop, context menu."""

    def __init__(self, workspace: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._pressed: Part | None = None
        self._following = False
        self.thumbnails = Thumbnails(workspace, self)
        self.delegate = LayerDelegate(self.thumbnails, self)
        self.setItemDelegate(self.delegate)
        self.layers = LayerModel(workspace, self)
        self.setModel(self.layers)
        self.setAccessibleName(self.tr("Layers"))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragDropOverwriteMode(False)
        self.thumbnails.updated.connect(self._thumbnail_updated)
        self.selectionModel().currentChanged.connect(self._current_changed)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 2 * ROW + 2)

    def follow(self, layer_id: str) -> None:
        """Select a layer's row without telling the workspace."""
        index = self.layers.index_of(layer_id)
        if index.isValid() and index != self.currentIndex():
            self._following = True
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self._following = False

    def part_point(self, layer_id: str, part: Part) -> QPoint:
        """The middle of a part of a layer's row, in the viewport's coordinates."""
        index = self.layers.index_of(layer_id)
        return parts(self.visualRect(index), bool(index.data(LayerRole.HAS_MASK)))[part].center()

    def _current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid() and not self._following:
            layer_actions.select_layer(self._workspace, str(current.data(LayerRole.ID)))

    def _thumbnail_updated(self, item: str, role: str) -> None:
        if role in ("", "layer"):
            index = self.layers.index_of(item)
            if index.isValid():
                self.update(index)

    # -- mouse --------------------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        index = self.indexAt(position)
        self._pressed = None
        if not index.isValid():
            # A click into nothing would take the selection away.
            return
        if event.button() == Qt.MouseButton.LeftButton:
            part = self.delegate.part_at(self.visualRect(index), index, position)
            if part in (Part.EYE, Part.LOCK, Part.MASK):
                self._pressed = part
                self._click(part, str(index.data(LayerRole.ID)), event.modifiers())
                event.accept()
                return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        # A drag that began on a switch must not carry the row away.
        if self._pressed is None:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            super().mouseReleaseEvent(event)
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        index = self.indexAt(position)
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return
        part = self.delegate.part_at(self.visualRect(index), index, position)
        if part in (Part.NAME, Part.PICTURE):
            self.edit(index)
        else:
            self.mousePressEvent(event)

    def _click(self, part: Part, layer_id: str, modifiers: Qt.KeyboardModifier) -> None:
        alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        if part == Part.EYE and alt:
            layer_actions.isolate_layer(self._workspace, layer_id)
        elif part == Part.EYE:
            layer_actions.toggle_visible(self._workspace, layer_id)
        elif part == Part.LOCK:
            layer_actions.toggle_locked(self._workspace, layer_id)
        elif alt:
            layer_actions.view_layer_mask(self._workspace, layer_id)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            layer_actions.toggle_layer_mask(self._workspace, layer_id)
        else:
            layer_actions.paint_layer_mask(self._workspace, layer_id)

    # -- keys ---------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        # Elsewhere in the window Delete clears the mask.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) \
                and event.key() == Qt.Key.Key_Delete and not event.modifiers():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():
            layer_actions.delete_layer(self._workspace)
        elif event.key() == Qt.Key.Key_Space and not event.modifiers():
            layer_actions.toggle_visible(self._workspace)
        else:
            super().keyPressEvent(event)

    def rename(self) -> None:
        """Let the user type another name for the active layer."""
        index = self.layers.index_of(self._workspace.active_layer)
        if index.isValid():
            self.setFocus()
            # While a name is being typed in another row, Qt refuses and complains.
            if self.state() is not QAbstractItemView.State.EditingState:
                self.edit(index)

    # -- drop ---------------------------------------------------------------------------------------------------
    def dropEvent(self, event: QDropEvent) -> None:
        position = event.position().toPoint()
        index = self.indexAt(position)
        row = self.layers.rowCount()
        if index.isValid():
            row = index.row() + (1 if position.y() > self.visualRect(index).center().y() else 0)
        if self.layers.dropMimeData(event.mimeData(), event.dropAction(), row, 0, QModelIndex()):
            # As a move Qt would remove the dragged row afterwards; the command has moved it already.
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        self.stopAutoScroll()
        self.setState(QAbstractItemView.State.NoState)
        self.viewport().update()

    # -- context menu -----------------------------------------------------------------------------------------------
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            layer_actions.select_layer(self._workspace, str(index.data(LayerRole.ID)))
            self.context_menu().popup(event.globalPos())

    def context_menu(self) -> QMenu:
        """What can be done with the active layer."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layer = layer_actions.find_layer(self._workspace)
        if layer is None:
            return menu
        changes = not layer_actions.can_change(self._workspace)
        self._add(menu, self.tr("Rename"), self.rename)
        self._add(menu, self.tr("Duplicate"), self._duplicate, not layer_actions.can_duplicate(self._workspace))
        self._add(menu, self.tr("Merge down"), self._merge, not layer_actions.can_merge_down(self._workspace))
        self._add(menu, self.tr("Delete"), self._delete, not layer_actions.can_delete(self._workspace))
        menu.addSeparator()
        self._add(menu, self.tr("Visible"), self._visible, checked=layer.visible)
        self._add(menu, self.tr("Show only this layer"), self._isolate)
        self._add(menu, self.tr("Guide, no part of the picture"), self._guide, changes, checked=layer.guide)
        self._add(menu, self.tr("Locked"), self._lock, layer.kind != BASE, checked=layer.locked or layer.kind == BASE)
        menu.addSeparator()
        self._add(menu, self.tr("Move up"), self._up, changes)
        self._add(menu, self.tr("Move down"), self._down, changes)
        if layer.mask is not None:
            menu.addSeparator()
            self._add(menu, self.tr("Paint mask"), self._paint_mask)
            self._add(menu, self.tr("See mask alone"), self._view_mask)
            self._add(menu, self.tr("Use mask"), self._toggle_mask, checked=layer.mask_enabled)
            self._add(menu, self.tr("Reveal all"), self._reveal, changes)
            self._add(menu, self.tr("Hide all"), self._hide, changes)
        return menu

    def _add(
        self, menu: QMenu, text: str, act: Callable[[], None], enabled: bool = True, *, checked: bool | None = None
    ) -> None:
        action = menu.addAction(text)
        action.setEnabled(enabled)
        if checked is not None:
            action.setCheckable(True)
            action.setChecked(checked)
        action.triggered.connect(act)

    def _duplicate(self) -> None:
        layer_actions.duplicate_layer(self._workspace)

    def _merge(self) -> None:
        layer_actions.merge_down(self._workspace)

    def _delete(self) -> None:
        layer_actions.delete_layer(self._workspace)

    def _visible(self) -> None:
        layer_actions.toggle_visible(self._workspace)

    def _isolate(self) -> None:
        layer_actions.isolate_layer(self._workspace)

    def _guide(self) -> None:
        guide_actions.switch_guide(self._workspace)

    def _lock(self) -> None:
        layer_actions.toggle_locked(self._workspace)

    def _up(self) -> None:
        layer_actions.raise_layer(self._workspace, 1)

    def _down(self) -> None:
        layer_actions.raise_layer(self._workspace, -1)

    def _paint_mask(self) -> None:
        layer_actions.paint_layer_mask(self._workspace)

    def _view_mask(self) -> None:
        layer_actions.view_layer_mask(self._workspace)

    def _toggle_mask(self) -> None:
        layer_actions.toggle_layer_mask(self._workspace)

    def _reveal(self) -> None:
        layer_actions.paint_layer_mask(self._workspace)
        mask_actions.fill_mask(self._workspace)

    def _hide(self) -> None:
        layer_actions.paint_layer_mask(self._workspace)
        mask_actions.clear_mask(self._workspace)


class _BlendModes(QuietCombo):
    """All blend modes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, letters=7)
        for mode in BLEND_MODES:
            self.addItem(layer_actions.blend_mode_title(mode), mode)
        self.setAccessibleName(self.tr("Blend mode"))
        self.setToolTip(self.tr("How the layer's colours meet those below"))
        self.setMaxVisibleItems(len(BLEND_MODES))
