"""Draws a row of the layers panel and knows which part of it lies under the pointer."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from core.document.document import Target
from core.document.layer import BASE
from editor.item_models.layer_model import LayerRole
from editor.item_models.thumbnail import Thumbnails
from editor.look import theme
from editor.look.icons import icon

ROW = 56
THUMBNAIL = 40
_ICON = 16
_Index = QModelIndex | QPersistentModelIndex


class Part(Enum):
    """What can be clicked in a row."""

    EYE = "eye"
    PICTURE = "picture"
    MASK = "mask"
    NAME = "name"
    LOCK = "lock"


def parts(row: QRect, has_mask: bool) -> dict[Part, QRect]:
    """Where the parts of a row lie, in the row's own coordinates system; the mask only where there is one."""
    top = row.top() + (row.height() - THUMBNAIL) // 2
    result = {Part.EYE: QRect(row.left(), row.top(), 32, row.height()),
              Part.PICTURE: QRect(row.left() + 32, top, THUMBNAIL, THUMBNAIL),
              Part.LOCK: QRect(row.right() - 31, row.top(), 32, row.height())}
    left = row.left() + 32 + THUMBNAIL + 8
    if has_mask:
        result[Part.MASK] = QRect(left, top, THUMBNAIL, THUMBNAIL)
        left += THUMBNAIL + 8
    result[Part.NAME] = QRect(QPoint(left, row.top()), QPoint(result[Part.LOCK].left() - 1, row.bottom()))
    return result


class LayerDelegate(QStyledItemDelegate):
    """See the module."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def part_at(self, row: QRect, index: _Index, position: QPoint) -> Part:
        """The part of a row under a point, both in the view's coordinates."""
        for part, rect in parts(row, bool(index.data(LayerRole.HAS_MASK))).items():
            if rect.contains(position):
                return part
        return Part.NAME

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(216, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        try:
            self._paint(painter, option, index)
        finally:
            painter.restore()

    def _paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(row, QColor(theme.HOVER))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(row, QColor(theme.PANEL))
        places = parts(row, bool(index.data(LayerRole.HAS_MASK)))
        visible = bool(index.data(LayerRole.VISIBLE))
        self._icon(painter, places[Part.EYE], icon("visible") if visible else icon("hidden", theme.DISABLED))
        painter.setOpacity(1.0 if visible else 0.45)
        layer_id = str(index.data(LayerRole.ID))
        self._picture(painter, places[Part.PICTURE], self._thumbnails.picture(layer_id, THUMBNAIL))
        if Part.MASK in places:
            self._mask(painter, places[Part.MASK], layer_id, index)
        self._text(painter, places[Part.NAME], index)
        painter.setOpacity(1.0)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if index.data(LayerRole.KIND) == BASE or index.data(LayerRole.LOCKED):
            self._icon(painter, places[Part.LOCK], icon("lock", theme.DIM))
        elif hovered or selected:
            self._icon(painter, places[Part.LOCK], icon("unlock", theme.DISABLED))
        painter.setPen(QColor(theme.LINE))
        painter.drawLine(row.bottomLeft(), row.bottomRight())

    def _icon(self, painter: QPainter, place: QRect, picture: QIcon) -> None:
        square = QRect(0, 0, _ICON, _ICON)
        square.moveCenter(place.center())
        picture.paint(painter, square)

    def _picture(self, painter: QPainter, place: QRect, pixmap: QPixmap) -> QRect:
        """Draw a thumbnail in the middle of its place; gives where it lies."""
        size = pixmap.deviceIndependentSize().toSize()
        rect = QRect(QPoint(0, 0), size)
        rect.moveCenter(place.center())
        painter.fillRect(place, QColor(theme.LINE))
        painter.drawPixmap(rect.topLeft(), pixmap)
        return rect

    def _mask(self, painter: QPainter, place: QRect, layer_id: str, index: _Index) -> None:
        pixmap = self._thumbnails.mask(Target(layer_id, "layer"), THUMBNAIL)
        self._picture(painter, place, pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not index.data(LayerRole.MASK_ENABLED):
            painter.setPen(QPen(QColor(theme.ERROR), 2))
            inner = place.adjusted(5, 5, -5, -5)
            painter.drawLine(inner.topLeft(), inner.bottomRight())
            painter.drawLine(inner.topRight(), inner.bottomLeft())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if index.data(LayerRole.PAINTED):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.ACCENT_LIGHT), 2))
            painter.drawRect(place.adjusted(-1, -1, 2, 2))

    def _text(self, painter: QPainter, place: QRect, index: _Index) -> None:
        metrics = painter.fontMetrics()
        height = metrics.height()
        top = place.top() + (place.height() - 2 * height - 2) // 2
        elide = Qt.TextElideMode.ElideRight
        painter.setPen(QColor(theme.TEXT))
        name = metrics.elidedText(str(index.data()), elide, place.width())
        painter.drawText(QRect(place.left(), top, place.width(), height), Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(QColor(theme.DIM))
        caption = metrics.elidedText(str(index.data(LayerRole.CAPTION)), elide, place.width())
        painter.drawText(QRect(place.left(), top + height + 2, place.width(), height),
                         Qt.AlignmentFlag.AlignVCenter, caption)

    # -- renaming -----------------------------------------------------------------------------------------------
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Name of the layer"))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        row: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        place = parts(row, bool(index.data(LayerRole.HAS_MASK)))[Part.NAME]
        place.setRight(row.right() - 4)
        height = editor.sizeHint().height()
        editor.setGeometry(place.left() - 8, row.center().y() - height // 2, place.width() + 8, height)

    # -- help ---------------------------------------------------------------------------------------------------
    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        row: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        text = self.help_for(self.part_at(row, index, event.pos()), index)
        QToolTip.showText(event.globalPos(), text, view)
        return True

    def help_for(self, part: Part, index: _Index) -> str:
        """The tooltip of a part of a row."""
        if part == Part.EYE:
            return self.tr("Show or hide · Alt+click shows this layer alone")
        if part == Part.MASK:
            return self.tr(
                "Click: paint this mask\nAlt+click: see the mask alone\nShift+click: switch the mask off or on")
        if part == Part.LOCK:
            return (self.tr("The photo itself never changes") if index.data(LayerRole.KIND) == BASE
                    else self.tr("Lock or unlock: a locked layer is neither painted, moved nor deleted"))
        return self.tr("%1\nDouble-click to rename, drag to reorder").replace("%1", str(index.data()))
