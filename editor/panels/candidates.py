"""The strip of results that were kept: look at one, apply it, go on from it, or let it go."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.document.document import Candidate
from core.document.events import Change, Topic
from editor.actions import guides as guide_actions
from editor.item_models.candidates import CandidateDelegate, CandidateModel
from editor.look import theme
from editor.look.icons import icon
from editor.run import candidates
from editor.run.controller import RunController
from editor.workspace import Workspace

_LARGE_BYTES = 200 << 20


class CandidatesStrip(QWidget):
    """See the module.

    Args:
        workspace, controller: of the window.

    Signals:
        answersWanted: the contact sheet of what is shown is to be opened.
    """

    answersWanted = Signal()

    def __init__(self, workspace: Workspace, controller: RunController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._workspace, self._controller = workspace, controller
        self._model = CandidateModel(workspace, self)
        self._list = _List(self)
        self._list.setModel(self._model)
        self._list.setItemDelegate(CandidateDelegate(self._list))
        self._list.setAccessibleName(self.tr("Candidates"))
        self._list.clicked.connect(self._clicked)
        self._list.doubleClicked.connect(self._double_clicked)
        self._hint = QLabel(self.tr("Results are kept here until you remove them."))
        theme.mark(self._hint, "dim")
        self._memory = QLabel()
        self._memory.setToolTip(self.tr("Memory that all candidates hold"))
        theme.mark(self._memory, "dim")
        self._clean = QPushButton(self.tr("Remove unstarred"))
        self._clean.setToolTip(self.tr("Remove every candidate without a star; undo brings them back"))
        theme.mark(self._clean, "quiet")
        self._clean.clicked.connect(self._remove_unstarred)
        self._arrange()
        workspace.changed.connect(self._on_change)
        workspace.documentReplaced.connect(self.refresh)
        workspace.pendingChanged.connect(self._show_current)
        self.refresh()

    def _arrange(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(4)
        side.addStretch(1)
        side.addWidget(self._memory, 0, Qt.AlignmentFlag.AlignRight)
        side.addWidget(self._clean, 0, Qt.AlignmentFlag.AlignRight)
        side.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self._hint, 1)
        row.addWidget(self._list, 1)
        row.addLayout(side)
        # Empty or not, of one height: the picture must not move when the first result arrives.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.sizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(720, self._list.height_needed() + 8)

    # -- showing -----------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Show the document's candidates."""
        document = self._workspace.document
        self._model.reload()
        filled = self._model.rowCount() > 0
        self._hint.setVisible(not filled)
        self._list.setVisible(filled)
        held = candidates.held_bytes(document)
        self._memory.setText(self.tr("{0} MB").format(round(held / (1 << 20))))
        self._memory.setVisible(held >= _LARGE_BYTES)
        count = len(candidates.unstarred(document))
        self._clean.setVisible(filled)
        self._clean.setEnabled(count > 0)
        self._show_current()

    def _on_change(self, change: Change) -> None:
        if change.topic is Topic.CANDIDATES:
            self.refresh()

    def _show_current(self) -> None:
        """Select what the canvas shows."""
        row = self._model.row_of(self._workspace.pending)
        if row < 0:
            self._list.clearSelection()
            self._list.setCurrentIndex(QModelIndex())
        else:
            index = self._model.index(row)
            self._list.setCurrentIndex(index)
            self._list.scrollTo(index)

    # -- by hand -----------------------------------------------------------------------------------------------------
    def _clicked(self, index: QModelIndex) -> None:
        candidate = self._model.candidate(index)
        if candidate is None:
            return
        if self._list.on_star(index):
            candidates.set_starred(self._workspace, candidate, not candidate.starred)
            self._show_current()
        else:
            self._controller.show_candidate(candidate)

    def _double_clicked(self, index: QModelIndex) -> None:
        candidate = self._model.candidate(index)
        if candidate is not None and not self._list.on_star(index) and not self._controller.active:
            self._controller.show_candidate(candidate)
            self._controller.apply()

    def step(self, offset: int) -> None:
        """Show the next or the previous candidate."""
        self._controller.next_candidate(offset)

    def remove_current(self) -> None:
        """Remove the selected candidate."""
        candidate = self._model.candidate(self._list.currentIndex())
        if candidate is not None:
            candidates.remove(self._workspace, [candidate])

    def _remove_unstarred(self) -> None:
        count = len(candidates.unstarred(self._workspace.document))
        candidates.remove_unstarred(self._workspace)
        self._workspace.hinted.emit(self.tr("Removed {0} candidates; undo brings them back.").format(count))

    # -- menu --------------------------------------------------------------------------------------------------------
    def show_menu(self, index: QModelIndex, place: QPoint) -> None:
        """The context menu of a candidate, at a place of the screen."""
        candidate = self._model.candidate(index)
        if candidate is None:
            return
        menu = self.make_menu(candidate, index)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def make_menu(self, candidate: Candidate, index: QModelIndex) -> QMenu:
        """What can be done with a candidate."""
        workspace, controller = self._workspace, self._controller
        menu = QMenu(self)
        idle = not controller.active

        def apply() -> None:
            controller.show_candidate(candidate)
            controller.apply()

        def entry(name: str, text: str, act: object, enabled: bool = True) -> None:
            action = menu.addAction(icon(name), text)
            action.triggered.connect(act)
            action.setEnabled(enabled)

        star = self.tr("Remove the star") if candidate.starred else self.tr("Star")
        entry("visible", self.tr("Show"), lambda: controller.show_candidate(candidate), idle)
        entry("apply", self.tr("Apply as a layer"), apply, idle)
        menu.addSeparator()
        entry("starred" if candidate.starred else "star", star,
              lambda: candidates.set_starred(workspace, candidate, not candidate.starred))
        entry("rename", self.tr("Rename"), lambda: self._list.edit(index))
        menu.addSeparator()
        entry("preferences", self.tr("Use its settings"), lambda: candidates.use_settings(workspace, candidate), idle)
        entry("run", self.tr("Continue from it"), lambda: self._continue(candidate),
              not controller.can_run() and bool(candidate.latent))
        if len(candidate.choices) > 1:
            entry("mdi6.view-grid-outline", self.tr("Answers…"), lambda: self._show_answers(candidate), idle)
        if not guide_actions.can_keep(workspace, candidate):
            entry("new_layer", self.tr("Keep guide as a layer"),
                  lambda: guide_actions.keep_guide(workspace, candidate))
        menu.addSeparator()
        entry("delete", self.tr("Remove"), lambda: candidates.remove(workspace, [candidate]))
        return menu

    def _show_answers(self, candidate: Candidate) -> None:
        self._controller.show_candidate(candidate)
        self.answersWanted.emit()

    def _continue(self, candidate: Candidate) -> None:
        """Its latent fits only the recipe and the pack that made it."""
        document = self._workspace.document
        if document is not None:
            recipe = candidate.report.get("recipe", document.settings.recipe)
            pack = candidate.report.get("pack", document.settings.pack)
            if (recipe, pack) != (document.settings.recipe, document.settings.pack):
                candidates.use_settings(self._workspace, candidate)
            self._controller.run(candidate)


class _List(QListView):
    """The row of thumbnails."""

    def __init__(self, strip: CandidatesStrip) -> None:
        super().__init__(strip)
        self._strip = strip
        self._pressed = QPoint(-1, -1)
        self.setObjectName("candidates")
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setSpacing(2)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)

    def height_needed(self) -> int:
        """Of one row with the scroll bar under it."""
        return CandidateDelegate.SIZE.height() + 18

    def on_star(self, index: QModelIndex | QPersistentModelIndex) -> bool:
        """Whether the last press hit the star of an item."""
        return CandidateDelegate.star_area(self.visualRect(index)).contains(self._pressed)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if keyboard else self.indexAt(event.pos())
        place = self.viewport().mapToGlobal(self.visualRect(index).center()) if keyboard else event.globalPos()
        self._strip.show_menu(index, place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Period: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Comma: -1, Qt.Key.Key_Left: -1}
        key = Qt.Key(event.key())
        if key in steps and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._strip.step(steps[key])
        elif key == Qt.Key.Key_Delete:
            self._strip.remove_current()
        else:
            super().keyPressEvent(event)
