"""All answers of a run that gave several, side by side: the artist may take another than the one that was proposed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.document.choice import Choice
from core.document.document import Candidate
from core.document.events import Change, Topic
from editor.item_models.thumbnail import picture_pixmap
from editor.look import theme
from editor.look.icons import icon
from editor.run.controller import RunController
from editor.workspace import Workspace

PICTURE = 144
MOST_SCORES = 6
_PAD = 8
_Index = QModelIndex | QPersistentModelIndex
_ChoiceRole = Qt.ItemDataRole.UserRole


class ContactSheet(QDialog):
    """Follows the candidate that is shown; stays open while the artist goes on working.

    Args:
        workspace, controller: of the window.
    """

    def __init__(self, workspace: Workspace, controller: RunController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(False)
        self.setWindowTitle(self.tr("Contact sheet"))
        self._workspace, self._controller = workspace, controller
        self._candidate: Candidate | None = None
        self._model = _Choices(self)
        self.view = _Sheet(self)
        self.view.setModel(self._model)
        self.view.setItemDelegate(_ChoiceDelegate(self.view))
        self.view.setAccessibleName(self.tr("Answers of the run"))
        self._text = QLabel()
        self._text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._text)
        column.addWidget(self.view, 1)
        self.view.clicked.connect(self._choose)
        workspace.pendingChanged.connect(self._follow)
        workspace.documentReplaced.connect(self._forget)
        workspace.changed.connect(self._on_change)
        controller.stateChanged.connect(self._show_state)
        self._follow()

    def sizeHint(self) -> QSize:
        cell = cell_size(self.view, self._model.most_scores)
        columns = min(max(self._model.rowCount(), 2), 4)
        lines = min(max(1, -(-self._model.rowCount() // columns)), 2)
        return QSize(columns * cell.width() + 4 * theme.GRID + 24, lines * cell.height() + 4 * theme.GRID + 64)

    @property
    def candidate(self) -> Candidate | None:
        """Whose answers are shown."""
        return self._candidate

    def show_sheet(self) -> None:
        """Come to the front, with the keyboard in the pictures."""
        self._follow()
        if not self.isVisible():
            self.resize(self.sizeHint())
        self.show()
        self.activateWindow()
        self.view.setFocus()

    # -- following -----------------------------------------------------------------------------------------------
    def _follow(self) -> None:
        pending, document = self._workspace.pending, self._workspace.document
        found = pending if pending is not None and has_choices(pending) else self._candidate
        if found is None and document is not None:
            found = next((other for other in reversed(document.candidates) if has_choices(other)), None)
        if found is not None and found is not self._candidate:
            self._candidate = found
            self._model.show_choices(found.choices, self.devicePixelRatioF())
            place = next((row for row, choice in enumerate(found.choices) if choice.chosen), 0)
            self.view.setCurrentIndex(self._model.index(place))
        self._show_state()

    def _forget(self) -> None:
        self._candidate = None
        self._model.show_choices((), 1.0)
        self.close()

    def _on_change(self, change: Change) -> None:
        document = self._workspace.document
        if change.topic is Topic.CANDIDATES and self._candidate is not None and (
                document is None or self._candidate not in document.candidates):
            self._candidate = None
            self._model.show_choices((), 1.0)
            self._follow()

    def _show_state(self) -> None:
        candidate, active = self._candidate, self._controller.active
        self.view.setEnabled(candidate is not None and not active)
        if candidate is None:
            self._text.setText(self.tr("No candidate has several answers."))
        elif active:
            self._text.setText(self.tr("A run is under way."))
        else:
            self._text.setText(self.tr(
                "{0} answers of “{1}”. The marked one is shown; click another one, or press Enter on it, to have it "
                "as a candidate of its own.").format(len(candidate.choices), candidate.name))

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.DevicePixelRatioChange and self._candidate is not None:
            self._model.show_choices(self._candidate.choices, self.devicePixelRatioF())
        return super().event(event)

    # -- overruling ----------------------------------------------------------------------------------------------
    def _choose(self, index: QModelIndex) -> None:
        candidate = self._candidate
        if candidate is None or not index.isValid() or self._controller.active:
            return
        if candidate.choices[index.row()].chosen:
            self._controller.show_candidate(candidate)
        else:
            self._controller.choose(candidate, index.row() + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # A dialog's Enter would press a button, and there is none.
            self._choose(self.view.currentIndex())
        else:
            super().keyPressEvent(event)


def has_choices(candidate: Candidate) -> bool:
    """Whether its run gave several answers."""
    return len(candidate.choices) > 1


def cell_size(view: QWidget, scores: int) -> QSize:
    """Room for a picture, its name and so many scores."""
    line = view.fontMetrics().height()
    return QSize(PICTURE + 2 * _PAD, PICTURE + 2 * _PAD + (1 + scores) * line + 6)


def score_lines(choice: Choice, most: int | None = None) -> list[str]:
    """Its figures, one in each line."""
    names = list(choice.scores)[:most]
    return [f"{name.replace('_', ' ')}  {choice.scores[name]:.3g}" for name in names]


class _Choices(QAbstractListModel):
    """The answers as a Qt list."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._choices: tuple[Choice, ...] = ()
        self._pictures: list[QPixmap] = []

    def show_choices(self, choices: tuple[Choice, ...], ratio: float) -> None:
        """Show these, on a screen of this ratio."""
        self.beginResetModel()
        self._choices = choices
        self._pictures = [picture_pixmap(choice.pixels, PICTURE, PICTURE, ratio) for choice in choices]
        self.endResetModel()

    @property
    def most_scores(self) -> int:
        """How many lines of scores an answer shows at most."""
        return min(MOST_SCORES, max((len(choice.scores) for choice in self._choices), default=0))

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._choices)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._choices):
            return None
        choice = self._choices[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return choice.name
        if role == _ChoiceRole:
            return choice
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pictures[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("{0}, chosen").format(choice.name) if choice.chosen else choice.name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return "\n".join([choice.name, *score_lines(choice)])
        return None


class _Sheet(QListView):
    """The pictures in rows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.currentIndex().isValid():
                self.clicked.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class _ChoiceDelegate(QStyledItemDelegate):
    """Picture, name and the first scores; a mark on the one that is shown."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        model = index.model()
        return cell_size(self._view, model.most_scores if isinstance(model, _Choices) else MOST_SCORES)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        choice: Choice | None = index.data(_ChoiceRole)
        if choice is None:
            return
        # Typing of the option's fields is incomplete in the bindings.
        style: Any = option
        item, state = QRect(style.rect), style.state
        painter.save()
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            current = bool(state & QStyle.StateFlag.State_Selected) and bool(state & QStyle.StateFlag.State_HasFocus)
            self._draw_ground(painter, item, choice.chosen, bool(state & QStyle.StateFlag.State_MouseOver), current)
            painter.setOpacity(1.0 if state & QStyle.StateFlag.State_Enabled else 0.5)
            frame = QRect(item.left() + _PAD, item.top() + _PAD, PICTURE, PICTURE)
            pixmap: QPixmap = index.data(Qt.ItemDataRole.DecorationRole)
            inner = QRect(frame.topLeft(), pixmap.deviceIndependentSize().toSize())
            inner.moveCenter(frame.center())
            painter.drawPixmap(inner.topLeft(), pixmap)
            if choice.chosen:
                self._draw_mark(painter, frame)
            below = QRect(frame.left(), frame.bottom() + 5, frame.width(), 0)
            self._draw_text(painter, below, choice, style.fontMetrics)
        finally:
            painter.restore()

    def _draw_ground(self, painter: QPainter, item: QRect, chosen: bool, hovered: bool, current: bool) -> None:
        colour = theme.ACCENT_LIGHT if current else theme.ACCENT
        painter.setPen(QPen(QColor(colour), 2 if current else 1.5) if chosen or current else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.RAISED if chosen else theme.PANEL if hovered else theme.FIELD))
        if chosen or hovered or current:
            painter.drawRoundedRect(item.adjusted(2, 2, -2, -2), 5, 5)

    def _draw_mark(self, painter: QPainter, frame: QRect) -> None:
        badge = QRect(frame.right() - 25, frame.top() + 4, 22, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.ACCENT))
        painter.drawEllipse(badge)
        icon("check", theme.ON_ACCENT).paint(painter, badge.adjusted(4, 4, -4, -4))

    def _draw_text(self, painter: QPainter, place: QRect, choice: Choice, metrics: Any) -> None:
        line = metrics.height()
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for number, text in enumerate([choice.name, *score_lines(choice, MOST_SCORES)]):
            painter.setPen(QColor(theme.DIM if number else theme.TEXT))
            row = QRect(place.left(), place.top() + number * line, place.width(), line)
            painter.drawText(row, left, metrics.elidedText(text, Qt.TextElideMode.ElideRight, row.width()))
