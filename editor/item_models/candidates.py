"""The candidates of the document as a Qt list, and how each of them is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.document.document import Candidate, Document
from core.document.geometry import Rect
from editor.canvas.qimages import rgb_image
from editor.item_models.thumbnail import reduced
from editor.look import theme
from editor.look.icons import icon
from editor.run import candidates
from editor.workspace import Workspace

_Index = QModelIndex | QPersistentModelIndex
CandidateRole = Qt.ItemDataRole.UserRole
THUMBNAIL = 52
_MARGIN = 0.15


class CandidateModel(QAbstractListModel):
    """One row per candidate, in the order in which they came."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._listed: list[Candidate] = []
        self._thumbnails: dict[str, QPixmap] = {}
        self._of: Document | None = None

    def reload(self) -> None:
        """Follow the document; rows that stay keep their place and thumbnails."""
        document = self._workspace.document
        if document is not self._of:
            self._of = document
            self._thumbnails.clear()
        now = [] if document is None else list(document.candidates)
        if [id(candidate) for candidate in now] == [id(candidate) for candidate in self._listed]:
            if now:
                self.dataChanged.emit(self.index(0), self.index(len(now) - 1))
            return
        self.beginResetModel()
        self._listed = now
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._listed)

    def candidate(self, index: _Index) -> Candidate | None:
        """Of a row, None when there is none."""
        return self._listed[index.row()] if 0 <= index.row() < len(self._listed) else None

    def row_of(self, candidate: Candidate | None) -> int:
        """Row of a candidate, -1 when it is not listed."""
        return next((row for row, other in enumerate(self._listed) if other is candidate), -1)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        candidate = self.candidate(index)
        if candidate is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return candidate.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(candidate)
        if role == CandidateRole:
            return candidate
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._describe(candidate)
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        candidate = self.candidate(index)
        if candidate is None or role != Qt.ItemDataRole.EditRole:
            return False
        candidates.rename(self._workspace, candidate, str(value))
        return True

    def _describe(self, candidate: Candidate) -> str:
        report = candidate.report
        lines = [candidate.name, state_text(candidate)]
        if "seed" in report:
            lines.append(self.tr("seed {0}").format(report["seed"]))
        seconds = report.get("seconds", {}).get("total")
        if seconds:
            lines.append(self.tr("{0} s").format(round(seconds)))
        if candidate.starred:
            lines.append(self.tr("starred"))
        lines += [self.tr("Double-click applies it."), *candidate.warnings]
        return "\n".join(lines)

    def _thumbnail(self, candidate: Candidate) -> QPixmap:
        found = self._thumbnails.get(candidate.id)
        if found is None:
            document = self._workspace.document
            found = QPixmap() if document is None else make_thumbnail(document, candidate)
            self._thumbnails[candidate.id] = found
        return found


def state_text(candidate: Candidate) -> str:
    """How far its run came."""
    steps = candidate.report.get("steps")
    if candidate.complete:
        return _steps(steps) if steps else ""
    return f"■ {_steps(steps)}" if steps else "■"


def _steps(steps: object) -> str:
    return QCoreApplication.translate("CandidateModel", "{0} steps").format(steps)


def make_thumbnail(document: Document, candidate: Candidate, side: int = THUMBNAIL * 2) -> QPixmap:
    """The candidate on its photo, a square around what it changes; its cost does not grow with the photo."""
    area = _square(candidate.rect, document.width, document.height)
    below = document.identity.display[area.slices()]
    scale = side / max(area.width, area.height)
    width, height = max(1, round(area.width * scale)), max(1, round(area.height * scale))
    picture = reduced(below, width, height).copy()
    x, y = (round((candidate.rect.x0 - area.x0) * scale), round((candidate.rect.y0 - area.y0) * scale))
    w = min(width - x, max(1, round(candidate.rect.width * scale)))
    h = min(height - y, max(1, round(candidate.rect.height * scale)))
    if w > 0 and h > 0:
        cover = reduced(candidate.mask, w, h)[..., None].astype(np.float32) / 255
        patch = picture[y : y + h, x : x + w]
        patch[:] = np.rint(patch + (reduced(candidate.display, w, h) - patch.astype(np.float32)) * cover)
    pixmap = QPixmap.fromImage(rgb_image(np.ascontiguousarray(picture)))
    pixmap.setDevicePixelRatio(2)
    return pixmap


def _square(rect: Rect, width: int, height: int) -> Rect:
    """A square around a rectangle with some air, inside the picture as far as that is possible."""
    side = round(max(rect.width, rect.height) * (1 + 2 * _MARGIN))
    x = (rect.x0 + rect.x1 - side) // 2
    y = (rect.y0 + rect.y1 - side) // 2
    x0 = max(0, min(x, width - side))
    y0 = max(0, min(y, height - side))
    return Rect(x0, y0, min(width, x0 + side), min(height, y0 + side))


class CandidateDelegate(QStyledItemDelegate):
    """Thumbnail, star, name and how far the run came."""

    SIZE = QSize(THUMBNAIL + 104, THUMBNAIL + 8)
    _STAR = 18

    @classmethod
    def star_area(cls, item: QRect) -> QRect:
        """Where the star of an item is, in the coordinates of the item's rectangle."""
        return QRect(item.left() + 4 + THUMBNAIL - cls._STAR, item.top() + 4, cls._STAR, cls._STAR)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return self.SIZE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        candidate: Candidate | None = index.data(CandidateRole)
        if candidate is None:
            return
        # Typing of the option's fields is incomplete in the bindings.
        style: Any = option
        item, state = QRect(style.rect), style.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_ground(painter, item, selected, hovered)
            frame = QRect(item.left() + 4, item.top() + 4, THUMBNAIL, THUMBNAIL)
            self._draw_picture(painter, frame, index.data(Qt.ItemDataRole.DecorationRole))
            if candidate.starred or hovered or selected:
                self._draw_star(painter, self.star_area(item), candidate.starred)
            self._draw_text(painter, item.adjusted(THUMBNAIL + 10, 0, -6, 0), candidate, style.fontMetrics)
        finally:
            painter.restore()

    def _draw_ground(self, painter: QPainter, item: QRect, selected: bool, hovered: bool) -> None:
        if selected or hovered:
            painter.setPen(QPen(QColor(theme.ACCENT), 1.5) if selected else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.RAISED if selected else theme.PANEL))
            painter.drawRoundedRect(item.adjusted(1, 1, -1, -1), 4, 4)

    def _draw_picture(self, painter: QPainter, frame: QRect, pixmap: QPixmap) -> None:
        if pixmap.isNull():
            return
        size = pixmap.deviceIndependentSize().toSize().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(frame.topLeft(), size)
        place.moveCenter(frame.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, pixmap)

    def _draw_star(self, painter: QPainter, area: QRect, starred: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 150))
        painter.drawEllipse(area.adjusted(1, 1, -1, -1))
        icon("starred" if starred else "star", theme.WARNING if starred else theme.TEXT).paint(
            painter, area.adjusted(3, 3, -3, -3))

    def _draw_text(self, painter: QPainter, area: QRect, candidate: Candidate, metrics: Any) -> None:
        line, state = metrics.height(), state_text(candidate)
        first = QRect(area.left(), area.center().y() - (line if state else line // 2), area.width(), line)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(first, left, metrics.elidedText(candidate.name, Qt.TextElideMode.ElideMiddle, first.width()))
        painter.setPen(QColor(theme.DIM if candidate.complete else theme.WARNING))
        painter.drawText(first.translated(0, line), left, state)

    # -- renaming -----------------------------------------------------------------------------------------------------
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Name of the candidate"))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        style: Any = option
        item = QRect(style.rect)
        editor.setGeometry(item.left() + THUMBNAIL + 6, item.center().y() - 13, item.width() - THUMBNAIL - 10, 26)
