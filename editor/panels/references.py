"""The references panel: whose hair gives the shape, whose the appearance, and all photos at hand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSpacerItem, QVBoxLayout, QWidget

from core.document.document import APPEARANCE, SHAPE, Document
from core.document.events import Change, Topic
from core.document.roles import EXTRA_ROLES, PICTURES
from core.document.source import Source
from core.engine.messages import Failure, PhotoAnalysis
from editor.actions import pictures as picture_actions
from editor.actions import references as reference_actions
from editor.item_models.thumbnail import Thumbnails
from editor.run.source_choices import slot_title
from editor.widgets.buttons import tool_button
from editor.widgets.picture_cells import SIDE, CellRow
from editor.widgets.reference_slot import LARGEST, SMALLEST, ReferenceSlot
from editor.widgets.reference_strip import ReferenceStrip
from editor.workspace import Workspace

_MARGIN = 8
_SWAP = 32
_DELAY_MS = 250
_LOWEST = 72
_GIVES_WAY = 44


class ReferencesPanel(QWidget):
    """See the module.

    Signals:
        pinRequested(str): show this reference beside the canvas, or put it away if it is shown there.
        openRequested(str): the user wants to choose a photo for a slot, "" for none in particular.
        dropped(list, str): paths of files dropped, and the slot.
        roomWanted(int): from this height on, everything that the chosen recipe looks at can be seen.
    """

    pinRequested = Signal(str)
    openRequested = Signal(str)
    dropped = Signal(list, str)
    roomWanted = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace = workspace
        self._seen: Document | None = None
        self._status: dict[str, str] = {}
        self._pinned = ""
        self._side = 0
        self.thumbnails = Thumbnails(workspace, self)
        helps = {
            SHAPE: self.tr("The photo whose hair gives outline and flow"),
            APPEARANCE: self.tr("The photo whose hair gives colour and texture"),
        }
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_DELAY_MS)
        self.slots = {slot: ReferenceSlot(slot, text, self) for slot, text in helps.items()}
        self.extras = CellRow(
            self.tr("Extras"), self.tr("Further portraits, for recipes that take single regions from several"),
            {slot: slot_title(slot) for slot in EXTRA_ROLES}, portrait=True, parent=self)
        self.styles = CellRow(
            self.tr("Styles"), self.tr("Pictures whose style is wanted; they need not show a face"),
            {place: picture_actions.picture_title(place) for place in PICTURES}, portrait=False, parent=self)
        self.swap_button = tool_button(self, "swap", self.tr("Swap shape and appearance"), self._swap)
        self.add_button = tool_button(self, "add", self.tr("Add a reference"), self._add)
        self.strip = ReferenceStrip(workspace, self.thumbnails, self)
        self._build()
        self._connect()
        self._fit()

    def _build(self) -> None:
        inside = QWidget()
        places = QHBoxLayout()
        places.setSpacing(4)
        places.addWidget(self.slots[SHAPE], 0, Qt.AlignmentFlag.AlignTop)
        self._above_swap = QSpacerItem(0, 0)
        middle = QVBoxLayout()
        middle.addSpacerItem(self._above_swap)
        middle.addWidget(self.swap_button)
        middle.addStretch(1)
        places.addStretch(1)
        places.addLayout(middle)
        places.addStretch(1)
        places.addWidget(self.slots[APPEARANCE], 0, Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.add_button)
        row.addWidget(self.strip, 1)
        column = QVBoxLayout(inside)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        column.setSpacing(_MARGIN)
        column.addLayout(places)
        column.addWidget(self.extras)
        column.addWidget(self.styles)
        column.addLayout(row)
        column.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setObjectName("panel")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # In the lowest windows this panel gives way: the pictures matter less than the buttons that run.
        self._scroll.setMinimumHeight(_GIVES_WAY)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)
        self.setMinimumWidth(2 * SMALLEST + _SWAP + 8 + 2 * _MARGIN)

    def _connect(self) -> None:
        for slot in self.slots.values():
            slot.openClicked.connect(self.openRequested)
            slot.pinClicked.connect(self._pin_slot)
            slot.bothClicked.connect(self._both)
            slot.clearClicked.connect(self._clear)
            slot.picture.filesDropped.connect(self.dropped)
            slot.picture.referenceDropped.connect(self._place)
        for cell in (*self.extras.cells, *self.styles.cells):
            cell.openWanted.connect(self.openRequested)
            cell.filesDropped.connect(self.dropped)
        for cell in self.extras.cells:
            cell.pinWanted.connect(self._pin_slot)
            cell.clearWanted.connect(self._clear)
            cell.referenceDropped.connect(self._place)
        for cell in self.styles.cells:
            cell.clearWanted.connect(self._clear_picture)
            cell.placeDropped.connect(self._move_picture)
            cell.referenceDropped.connect(self._picture_from_reference)
        self.strip.pinWanted.connect(self._pin)
        self.strip.filesDropped.connect(self._files_on_strip)
        self.thumbnails.updated.connect(self._thumbnail_updated)
        self._later.timeout.connect(self.refresh)
        workspace = self._workspace
        workspace.documentReplaced.connect(self._on_document)
        workspace.changed.connect(self._on_change)
        workspace.engine.failed.connect(self._on_failed)
        workspace.engine.analysed.connect(self._on_analysed)
        workspace.engine.analysisProgress.connect(self._on_progress)

    # -- following the document ---------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Show everything anew."""
        document = self._workspace.document
        for name, slot in self.slots.items():
            source = None if document is None else document.slot(name)
            pixmap = self.thumbnails.picture("" if source is None else source.id, self._side)
            state = "" if source is None else self.status(source)
            slot.show_reference(source, pixmap, state, source is not None and source.id == self._pinned)
        self._show_cells(document)
        self.swap_button.setEnabled(document is not None and bool({SHAPE, APPEARANCE} & set(document.slots)))

    def _show_cells(self, document: Document | None) -> None:
        """The places that only some recipes look at; a row is there while it is used or holds something."""
        used = () if document is None else picture_actions.used_places(document)
        for name, slot in self.slots.items():
            slot.set_used(document is None or name in used)
        for cell in self.extras.cells:
            source = None if document is None else document.slot(cell.place)
            if source is None:
                cell.show_item("", "", QPixmap())
            else:
                cell.show_item(source.id, source.name, self.thumbnails.picture(source.id, SIDE), self.status(source))
        for cell in self.styles.cells:
            picture = None if document is None else document.pictures.get(cell.place)
            if picture is None:
                cell.show_item("", "", QPixmap())
            else:
                cell.show_item(picture.id, picture.name, self.thumbnails.picture(picture.id, SIDE))
        shown, seen, self._seen = self._rows_shown(), self._seen, document
        for row in (self.extras, self.styles):
            wanted = row.cells[0].place in used
            row.set_used(wanted)
            row.setVisible(wanted or row.filled)
        if shown != self._rows_shown():
            self._fit()
            slot = self.slots[SHAPE]
            rows = self._rows_shown() * (SIDE + _MARGIN)
            # A document that comes up leaves the panels as they were; a recipe that is chosen asks for its places.
            if rows and document is seen:
                self.roomWanted.emit(slot.height_without_picture(named=False) + self._second_lines() + _LOWEST
                                     + 2 * _MARGIN + rows)

    def _second_lines(self) -> int:
        """Height of what is known about a reference beyond its first line."""
        return max(slot.state.height() - slot.state.fontMetrics().lineSpacing() for slot in self.slots.values())

    def _rows_shown(self) -> int:
        return sum(not row.isHidden() for row in (self.extras, self.styles))

    def status(self, source: Source) -> str:
        """What is known about a reference's face and hair, in a few words."""
        told = self._status.get(source.id)
        if told:
            return told
        face = source.face
        if face is None:
            return (self.tr("No face found: set the points by hand") if source.warnings
                    else self.tr("Finding face…"))
        if source.hair_painted:
            return self.tr("Hair painted by hand")
        if source.hair_known and source.masks["hair"].data.any():
            return self.tr("Hair found")
        if not face.confidence and not face.by_hand:
            return self.tr("No face found: set the points by hand")
        return self.tr("No hair found: paint it") if source.hair_known else self.tr("Face found")

    def set_status(self, source_id: str, text: str) -> None:
        """Show a text about a reference until its face is known; "" takes it away."""
        if text:
            self._status[source_id] = text
        else:
            self._status.pop(source_id, None)
        self.refresh()

    def set_pinned(self, source_id: str | None) -> None:
        """Say which reference is shown beside the canvas, None for none."""
        self._pinned = source_id or ""
        self.refresh()

    def _on_document(self) -> None:
        self._status.clear()
        self._pinned = ""
        self.refresh()

    def _on_change(self, change: Change) -> None:
        if change.topic == Topic.FACE:
            self._status.pop(change.item, None)
            self.refresh()
        elif change.topic in (Topic.SOURCES, Topic.SETTINGS):
            self.refresh()
        elif change.topic == Topic.MASK and change.role == "hair" and not self._later.isActive():
            self._later.start()

    def _thumbnail_updated(self, item: str, role: str) -> None:
        if not role:
            self.refresh()
            self.strip.viewport().update()

    def _on_progress(self, owner: str, text: str) -> None:
        if self._workspace.source(owner) is not None:
            self.set_status(owner, text)

    def _on_analysed(self, analysis: PhotoAnalysis) -> None:
        self.set_status(analysis.owner, "")

    def _on_failed(self, failure: Failure, owner: str) -> None:
        if self._workspace.source(owner) is not None:
            self.set_status(owner, self.tr("No face found: set the points by hand"))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.refresh()
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(286, 304)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Use the width for the pictures; where the panel is low, leave out the names, then the strip's place."""
        slot, strip = self.slots[SHAPE], self.strip.minimumSizeHint().height() + _MARGIN
        rows = self._rows_shown() * (SIDE + _MARGIN)
        wide = (self.width() - 2 * _MARGIN - self.swap_button.sizeHint().width() - 8) // 2
        for named, below in ((True, rows + strip), (False, rows + strip), (False, rows), (False, 0)):
            taken = slot.height_without_picture(named=named) + self._second_lines() + 2 * _MARGIN + below
            high = self.height() - taken
            if high >= _LOWEST:
                break
        scrolled = below < rows + strip
        bar = self._scroll.verticalScrollBar().sizeHint().width() if scrolled else 0
        self._scroll.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolled else Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # In steps, so that dragging the edge of the panel does not make every picture anew for every pixel.
        width = min(max(wide - bar // 2, SMALLEST), LARGEST)
        height = min(max(high, _LOWEST), width)
        self._side = min(width, height) // 8 * 8
        for place in self.slots.values():
            place.set_size(width, height, named=named)
        above = slot.picture_centre() - self.swap_button.sizeHint().height() // 2
        self._above_swap.changeSize(0, max(0, above))
        self.refresh()

    # -- acts ---------------------------------------------------------------------------------------------------
    def _add(self) -> None:
        self.openRequested.emit("")

    def _swap(self) -> None:
        reference_actions.swap_slots(self._workspace)

    def _slot_id(self, slot: str) -> str:
        document = self._workspace.document
        return "" if document is None else document.slots.get(slot, "")

    def _pin_slot(self, slot: str) -> None:
        self._pin(self._slot_id(slot))

    def _pin(self, source_id: str) -> None:
        if source_id:
            self.pinRequested.emit(source_id)
        # Whether it is pinned is for the canvas to say.
        self.refresh()

    def _both(self, slot: str) -> None:
        reference_actions.use_for_both(self._workspace, self._slot_id(slot))

    def _clear(self, slot: str) -> None:
        reference_actions.clear_slot(self._workspace, slot)

    def _files_on_strip(self, paths: list[str]) -> None:
        self.dropped.emit(paths, "")

    def _place(self, source_id: str, came_from: str, slot: str) -> None:
        """From the strip a reference is assigned; from another slot the two change places."""
        if came_from in ("", slot):
            reference_actions.assign_slot(self._workspace, slot, source_id)
        else:
            reference_actions.exchange_slots(self._workspace, came_from, slot)

    def _clear_picture(self, place: str) -> None:
        picture_actions.remove_picture(self._workspace, place)

    def _move_picture(self, came_from: str, place: str) -> None:
        picture_actions.exchange_pictures(self._workspace, came_from, place)

    def _picture_from_reference(self, source_id: str, came_from: str, place: str) -> None:
        picture_actions.picture_from_reference(self._workspace, place, source_id)
