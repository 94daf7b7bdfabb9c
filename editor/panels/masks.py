"""The masks panel: which mask of which photo is painted, how it is shown, and what can be done with the whole of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.document.document import IDENTITY, Document, Target
from core.document.events import Change, Topic
from core.document.mask import LARGEST_SPREAD, MASK_ROLES, Mask
from editor.actions import masks as mask_actions
from editor.item_models.thumbnail import Thumbnails
from editor.options import MaskView
from editor.widgets.buttons import text_button
from editor.widgets.combos import QuietCombo
from editor.widgets.fields import SliderField, align_fields
from editor.widgets.mask_row import THUMBNAIL, MaskRow
from editor.workspace import Workspace

_ROWS = (*MASK_ROLES, "layer")
_SPREAD_MS = 60


class MasksPanel(QWidget):
    """See the module.

    Signals:
        findHairRequested(str): id of the photo whose hair is to be found again.
    """

    findHairRequested = Signal(str)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace = workspace
        self.thumbnails = Thumbnails(workspace, self)
        self.photo = QuietCombo(self, letters=8)
        self.photo.setAccessibleName(self.tr("Photo whose masks are shown"))
        self.rows = {role: MaskRow(role, mask_actions.role_title(role), self) for role in _ROWS}
        self.view_mode = QuietCombo(self, letters=8)
        self._known: dict[Target, tuple[int, bool]] = {}
        self._spread = QTimer(self)
        self._spread.setSingleShot(True)
        self._spread.setInterval(_SPREAD_MS)
        self._build()
        self._connect()
        self.refresh()

    # -- layout -----------------------------------------------------------------------------------------------
    def _build(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        self._fields()
        column.addLayout(self._labelled(self.tr("Photo"), self.photo))
        rows = QVBoxLayout()
        rows.setSpacing(1)
        for row in self.rows.values():
            rows.addWidget(row)
        column.addLayout(rows)
        column.addWidget(self.grow)
        column.addWidget(self.feather)
        column.addLayout(self._buttons())
        column.addSpacing(8)
        column.addLayout(self._labelled(self.tr("Show"), self.view_mode))
        column.addWidget(self.overlay)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setObjectName("panel")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _labelled(self, text: str, widget: QWidget) -> QHBoxLayout:
        label = QLabel(text, self)
        label.setBuddy(widget)
        label.setFixedWidth(max(label.sizeHint().width(), self.overlay.label_width(), self.feather.label_width()))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(widget, 1)
        return row

    def _fields(self) -> None:
        self.grow = SliderField(self.tr("Grow"), -LARGEST_SPREAD, LARGEST_SPREAD, 0, unit=" px", step=1,
                                help=self.tr("Moves the edge of the mask outwards, below 0 inwards. "
                                             "What is painted stays."))
        self.feather = SliderField(self.tr("Feather"), 0, LARGEST_SPREAD, 0, unit=" px", step=1,
                                   help=self.tr("Width of the soft edge. What is painted stays."))
        self.overlay = SliderField(
            self.tr("Overlay"), 0, 100, 50, unit=" %", step=5,
            help=self.tr("How strongly overlays are drawn; has no influence on the masks themselves"))
        align_fields((self.grow, self.feather, self.overlay))
        names = {
            MaskView.OVERLAY: self.tr("Colour overlay"), MaskView.OUTLINE: self.tr("Outline"),
            MaskView.OFF: self.tr("No overlay"),
            MaskView.BLACK: self.tr("On black"), MaskView.WHITE: self.tr("On white"),
            MaskView.GREY: self.tr("Mask alone"), MaskView.TRANSPARENT: self.tr("On transparency"),
        }
        for mask_view, name in names.items():
            self.view_mode.addItem(name, mask_view)
        self.view_mode.setAccessibleName(self.tr("How the painted mask is shown"))

    def _buttons(self) -> QGridLayout:
        self.fill_button = text_button(self, self.tr("Fill"), self._fill, help=self.tr("Cover everything"))
        self.invert_button = text_button(self, self.tr("Invert"), self._invert,
                                         help=self.tr("Cover what is not covered"))
        self.clear_button = text_button(self, self.tr("Clear"), self._clear, help=self.tr("Cover nothing"))
        self.load_button = text_button(self, self.tr("Load…"), self._load,
                                       help=self.tr("Take the mask from a picture of the photo's size"))
        self.save_button = text_button(self, self.tr("Save…"), self._save,
                                       help=self.tr("Write the mask as a PNG, growth and feather applied"))
        self.find_button = text_button(self, self.tr("Find again"), self._find,
                                       help=self.tr("Let the hair of this photo be found again. "
                                                    "It replaces the mask and can be undone."))
        grid = QGridLayout()
        grid.setSpacing(4)
        buttons = (self.fill_button, self.invert_button, self.clear_button, self.load_button, self.save_button,
                   self.find_button)
        for place, button in enumerate(buttons):
            grid.addWidget(button, place // 3, place % 3)
            grid.setColumnStretch(place % 3, 1)
        return grid

    def _connect(self) -> None:
        workspace = self._workspace
        for row in self.rows.values():
            row.chosen.connect(self._role_chosen)
            row.eyeClicked.connect(self._eye_clicked)
            row.colourChosen.connect(self._colour_chosen)
        self.photo.activated.connect(self._photo_chosen)
        self.view_mode.activated.connect(self._view_chosen)
        self.overlay.valueChanged.connect(self._overlay_changed)
        for field in (self.grow, self.feather):
            field.valueChanged.connect(self._spread_changed)
            field.committed.connect(self._spread_committed)
        self._spread.timeout.connect(self._push_spread)
        self.thumbnails.updated.connect(self._thumbnail_updated)
        workspace.documentReplaced.connect(self._on_document)
        workspace.targetChanged.connect(self._target_changed)
        workspace.activeLayerChanged.connect(self._show_rows)
        workspace.viewChanged.connect(self._show_view)
        workspace.changed.connect(self._on_change)

    # -- following the document ---------------------------------------------------------------------------------
    def _document(self) -> Document | None:
        return self._workspace.document

    def _source_id(self) -> str:
        """The photo whose masks are shown; a layer's mask lies on the portrait."""
        target = self._workspace.target
        return IDENTITY if target.role == "layer" else target.item

    def _target_of(self, role: str) -> Target:
        return Target(self._workspace.active_layer if role == "layer" else self._source_id(), role)

    def refresh(self) -> None:
        """Show everything anew."""
        self._show_photos()
        self._show_rows()
        self._show_spread()
        self._show_view()

    def _on_document(self) -> None:
        self._known.clear()
        self.refresh()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._show_rows()
        return super().event(event)

    def _target_changed(self) -> None:
        if self._spread.isActive():
            self._spread.stop()
        self.refresh()

    def _on_change(self, change: Change) -> None:
        if change.topic in (Topic.SOURCES, Topic.LAYERS):
            self.refresh()
        elif change.topic == Topic.LAYER and change.item == self._workspace.active_layer:
            self._show_rows()
            self._show_spread()
        elif change.topic == Topic.MASK and (change.item, change.role) == self._pair():
            self._show_spread()

    def _pair(self) -> tuple[str, str]:
        return self._workspace.target.item, self._workspace.target.role

    def _show_photos(self) -> None:
        document = self._document()
        with QSignalBlocker(self.photo):
            self.photo.clear()
            for source in [] if document is None else document.sources.values():
                title = self.tr("Portrait: %1") if source.id == IDENTITY else self.tr("Reference: %1")
                self.photo.addItem(title.replace("%1", source.name), source.id)
            self.photo.setCurrentIndex(self.photo.findData(self._source_id()))
        self.photo.setEnabled(document is not None)

    def _show_rows(self) -> None:
        document, target = self._document(), self._workspace.target
        identity = self._source_id() == IDENTITY
        for role, row in self.rows.items():
            mask = None if document is None else document.mask(self._target_of(role))
            row.setVisible(role != "layer" or (mask is not None and identity))
            row.setEnabled(mask is not None)
            row.setToolTip(mask_actions.role_help(role, identity))
            row.setChecked(role == target.role)
            self._show_row(row)

    def _show_row(self, row: MaskRow) -> None:
        document, view = self._document(), self._workspace.view
        target = self._target_of(row.role)
        mask = None if document is None else document.mask(target)
        pixmap = self.thumbnails.mask(target, THUMBNAIL)
        shown = view.mask_view != MaskView.OFF and row.role == self._workspace.target.role
        row.show_state(pixmap, self._caption(document, target, mask), view.colours.get(row.role, "#808080"), shown)

    def _caption(self, document: Document | None, target: Target, mask: Mask | None) -> str:
        if document is None or mask is None:
            return ""
        if target.role == "layer":
            return document.layer(target.item).name
        source = document.sources[target.item]
        if target.role == "hair":
            if source.hair_painted:
                return self.tr("Painted by hand")
            return self.tr("Found automatically") if source.hair_known else self.tr("Not found yet")
        return self.tr("Painted by hand") if self._covers(target, mask) else self.tr("Empty")

    def _covers(self, target: Target, mask: Mask) -> bool:
        """Whether anything is painted; looked at once per version of the mask."""
        version, covers = self._known.get(target, (-1, False))
        if version != mask.version:
            covers = bool(mask.data.any())
            self._known[target] = (mask.version, covers)
        return covers

    def _thumbnail_updated(self, item: str, role: str) -> None:
        row = self.rows.get(role)
        if row is not None and self._target_of(role).item == item:
            self._show_row(row)

    def _show_spread(self) -> None:
        mask = mask_actions.target_mask(self._workspace)
        editable = not mask_actions.can_edit_mask(self._workspace)
        for field in (self.grow, self.feather):
            field.setEnabled(editable)
        if not self._spread.isActive():
            self.grow.set_value(0 if mask is None else mask.grow)
            self.feather.set_value(0 if mask is None else mask.feather)
        for button in (self.fill_button, self.invert_button, self.clear_button, self.load_button):
            button.setEnabled(editable)
        self.save_button.setEnabled(mask is not None)
        self.find_button.setEnabled(editable and self._workspace.target.role == "hair")

    def _show_view(self) -> None:
        view = self._workspace.view
        with QSignalBlocker(self.view_mode):
            self.view_mode.setCurrentIndex(self.view_mode.findData(view.mask_view))
        self.overlay.set_value(100 * view.overlay_opacity)
        for row in self.rows.values():
            self._show_row(row)

    # -- acts ---------------------------------------------------------------------------------------------------
    def _role_chosen(self, role: str) -> None:
        mask_actions.select_role(self._workspace, role)
        self._show_rows()

    def _eye_clicked(self, role: str) -> None:
        if role == self._workspace.target.role:
            mask_actions.toggle_overlay(self._workspace)
            return
        mask_actions.select_role(self._workspace, role)
        if self._workspace.view.mask_view == MaskView.OFF:
            mask_actions.toggle_overlay(self._workspace)

    def _colour_chosen(self, role: str, colour: str) -> None:
        self._workspace.view.colours[role] = colour
        self._workspace.viewChanged.emit()

    def _photo_chosen(self, index: int) -> None:
        target = self._workspace.target
        role = target.role if target.role in MASK_ROLES else "hair"
        self._workspace.set_target(Target(str(self.photo.itemData(index)), role))

    def _view_chosen(self, index: int) -> None:
        mask_actions.set_mask_view(self._workspace, self.view_mode.itemData(index))

    def _overlay_changed(self, value: float) -> None:
        self._workspace.view.overlay_opacity = value / 100
        self._workspace.viewChanged.emit()

    def _spread_changed(self, value: float) -> None:
        # A full distance transform per pixel of the drag would lag behind the hand.
        if not self._spread.isActive():
            self._spread.start()

    def _spread_committed(self, value: float) -> None:
        self._push_spread()
        self._workspace.undo.end_gesture()

    def _push_spread(self) -> None:
        self._spread.stop()
        mask_actions.set_spread(self._workspace, self.grow.value(), self.feather.value())

    def _fill(self) -> None:
        mask_actions.fill_mask(self._workspace)

    def _invert(self) -> None:
        mask_actions.invert_mask(self._workspace)

    def _clear(self) -> None:
        mask_actions.clear_mask(self._workspace)

    def _load(self) -> None:
        mask_actions.choose_and_load_mask(self._workspace, self)

    def _save(self) -> None:
        mask_actions.choose_and_save_mask(self._workspace, self)

    def _find(self) -> None:
        self.findHairRequested.emit(self._source_id())
