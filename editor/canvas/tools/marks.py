"""Drawing that stays visible on any photo: every line is light with a dark companion."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF, QRadialGradient

LIGHT, DARK = QColor(255, 255, 255), QColor(0, 0, 0, 190)
_BACKDROP = QColor(24, 24, 24, 215)
SMALL_CURSOR = 4.0
"""Widget pixels of diameter below which the outline is a crosshair."""


def two_colours(painter: QPainter, draw: Callable[[], object], width: float = 1.0) -> None:
    """Run ``draw`` with a wide dark pen, then with a light one of ``width`` widget pixels."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, pen_width in ((DARK, width + 2.0), (LIGHT, width)):
        pen = QPen(colour, pen_width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        draw()


def draw_ring(painter: QPainter, centre: QPointF, radius: float) -> None:
    """A light circle of ``radius`` with a dark one just outside."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(DARK, 1.4))
    painter.drawEllipse(centre, radius + 0.6, radius + 0.6)
    painter.setPen(QPen(LIGHT, 1.1))
    inner = max(radius - 0.6, 0.5)
    painter.drawEllipse(centre, inner, inner)


def draw_crosshair(painter: QPainter, centre: QPointF, arm: float = 7.0, gap: float = 3.0) -> None:
    """Four short lines around a point that stays free."""
    x, y = _crisp(centre)
    lines = [
        QLineF(x - arm, y, x - gap, y), QLineF(x + gap, y, x + arm, y),
        QLineF(x, y - arm, x, y - gap), QLineF(x, y + gap, x, y + arm),
    ]
    two_colours(painter, lambda: painter.drawLines(lines))


def draw_sign(painter: QPainter, centre: QPointF, *, minus: bool) -> None:
    """A small plus or minus."""
    (x, y), arm = _crisp(centre), 4.0
    lines = [QLineF(x - arm, y, x + arm, y)]
    if not minus:
        lines.append(QLineF(x, y - arm, x, y + arm))
    two_colours(painter, lambda: painter.drawLines(lines))


def _crisp(point: QPointF) -> tuple[float, float]:
    """The middle of the widget pixel, so that upright lines of one pixel are not smeared over two."""
    return math.floor(point.x()) + 0.5, math.floor(point.y()) + 0.5


def draw_brush(painter: QPainter, centre: QPointF, radius: float, *, erase: bool) -> None:
    """The cursor of a brush of ``radius`` widget pixels."""
    if radius * 2 < SMALL_CURSOR:
        draw_crosshair(painter, centre)
    else:
        draw_ring(painter, centre, radius)
    if erase:
        draw_sign(painter, minus_place(centre, radius), minus=True)


def minus_place(centre: QPointF, radius: float) -> QPointF:
    """Where the eraser's minus goes: inside large brushes, else beside them where it covers nothing."""
    if radius >= 20:
        return centre
    aside = max(radius * 0.71, 5.0) + 7.0
    return QPointF(centre.x() + aside, centre.y() + aside)


def brush_area(centre: QPointF, radius: float) -> QRect:
    """Widget rectangle that ``draw_brush`` stays within."""
    reach = max(radius, 10.0) + 20.0
    return QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach).toAlignedRect()


def draw_dab(painter: QPainter, centre: QPointF, radius: float, hardness: float, colour: QColor) -> None:
    """How one dab would cover, in ``colour``, with rings for its size and its fully covered core."""
    gradient = QRadialGradient(centre, max(radius, 0.5))
    clear = QColor(colour)
    clear.setAlpha(0)
    gradient.setColorAt(0.0, colour)
    gradient.setColorAt(min(hardness, 0.998), colour)
    gradient.setColorAt(1.0, clear)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawEllipse(centre, radius, radius)
    draw_ring(painter, centre, radius)
    if radius * hardness > 1.5 and hardness < 1:
        draw_ring(painter, centre, radius * hardness)


def label_box(painter: QPainter, text: str, place: QPointF, room: QRectF, *, above: bool = False) -> QRectF:
    """The box of a label centred under (or above) ``place``, moved to lie within ``room``."""
    metrics = QFontMetricsF(painter.font())
    lines = text.split("\n")
    width = max(metrics.horizontalAdvance(line) for line in lines) + 16
    height = metrics.height() * len(lines) + 8
    top = place.y() - height if above else place.y()
    box = QRectF(place.x() - width / 2, top, width, height)
    box.moveLeft(min(max(box.left(), room.left() + 4), room.right() - width - 4))
    box.moveTop(min(max(box.top(), room.top() + 4), room.bottom() - height - 4))
    return box


def draw_label(painter: QPainter, text: str, place: QPointF, room: QRectF, *, above: bool = False) -> None:
    """Text on a dark plate near ``place``, kept inside ``room``."""
    box = label_box(painter, text, place, room, above=above)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_BACKDROP)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(LIGHT)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def draw_path(painter: QPainter, points: QPolygonF | list[QPointF], *, closed: bool, dashed: bool = True) -> None:
    """An outline in progress: light dashes over a dark line."""
    path = QPainterPath()
    path.addPolygon(points)
    if closed:
        path.closeSubpath()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(DARK, 3.0))
    painter.drawPath(path)
    pen = QPen(LIGHT, 1.5)
    if dashed:
        pen.setDashPattern([4.0, 3.0])
    painter.setPen(pen)
    painter.drawPath(path)
