"""All references of the document in one row: drag them to slots and layers, or pin them beside the canvas."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu, QWidget

from core.document.document import APPEARANCE, SHAPE
from core.document.roles import EXTRA_ROLES, PICTURES
from editor.actions import pictures as picture_actions
from editor.actions import references as reference_actions
from editor.item_models.reference_model import CELL, SOURCE_ID, ReferenceDelegate, ReferenceModel
from editor.item_models.thumbnail import Thumbnails
from editor.workspace import Workspace


class ReferenceStrip(QListView):
    """All references of the document in one row.

    Signals:
        pinWanted(str): a reference was double-clicked.
        filesDropped(list): paths.
    """

    pinWanted = Signal(str)
    filesDropped = Signal(list)

    def __init__(self, workspace: Workspace, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.setModel(ReferenceModel(workspace, self))
        self.setItemDelegate(ReferenceDelegate(thumbnails, self))
        self.setAccessibleName(self.tr("All references"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFixedHeight(CELL + 12)
        self.customContextMenuRequested.connect(self._menu_wanted)
        self.doubleClicked.connect(self._double_clicked)

    def minimumSizeHint(self) -> QSize:
        return QSize(CELL, CELL + 12)

    def current_id(self) -> str:
        """Id of the selected reference, "" for none."""
        return str(self.currentIndex().data(SOURCE_ID) or "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_id():
            self.pinWanted.emit(self.current_id())
        else:
            super().keyPressEvent(event)

    def _double_clicked(self) -> None:
        if self.current_id():
            self.pinWanted.emit(self.current_id())

    # -- context menu -----------------------------------------------------------------------------------------------
    def _menu_wanted(self, position: QPoint) -> None:
        if self.indexAt(position).isValid():
            self.context_menu().popup(self.viewport().mapToGlobal(position))

    def context_menu(self) -> QMenu:
        """What can be done with the selected reference."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Use for shape")).triggered.connect(self._use_for_shape)
        menu.addAction(self.tr("Use for appearance")).triggered.connect(self._use_for_appearance)
        menu.addAction(self.tr("Use for both")).triggered.connect(self._use_for_both)
        document = self._workspace.document
        used = () if document is None else picture_actions.used_places(document)
        if EXTRA_ROLES[0] in used:
            menu.addAction(self.tr("Use as an extra")).triggered.connect(self._use_as_extra)
        if PICTURES[0] in used:
            menu.addAction(self.tr("Use as a style")).triggered.connect(self._use_as_style)
        menu.addSeparator()
        menu.addAction(self.tr("Show beside the canvas")).triggered.connect(self._double_clicked)
        menu.addAction(self.tr("Add as layer")).triggered.connect(self._as_layer)
        menu.addSeparator()
        menu.addAction(self.tr("Remove")).triggered.connect(self._remove)
        return menu

    def _use_for_shape(self) -> None:
        reference_actions.assign_slot(self._workspace, SHAPE, self.current_id())

    def _use_for_appearance(self) -> None:
        reference_actions.assign_slot(self._workspace, APPEARANCE, self.current_id())

    def _use_for_both(self) -> None:
        reference_actions.use_for_both(self._workspace, self.current_id())

    def _use_as_extra(self) -> None:
        document = self._workspace.document
        slot = "" if document is None else picture_actions.free_slot(document, "extra")
        reference_actions.assign_slot(self._workspace, slot or EXTRA_ROLES[-1], self.current_id())

    def _use_as_style(self) -> None:
        document = self._workspace.document
        place = "" if document is None else picture_actions.free_picture_place(document)
        picture_actions.picture_from_reference(self._workspace, place or PICTURES[-1], self.current_id())

    def _as_layer(self) -> None:
        reference_actions.new_layer_from_reference(self._workspace, self.current_id())

    def _remove(self) -> None:
        reference_actions.remove_reference(self._workspace, self.current_id())

    # -- drop ---------------------------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        self.filesDropped.emit([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
