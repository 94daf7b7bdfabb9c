"""Lines between the pixels of a picture that is shown very large, in a few strokes however many lines there are."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QTransform

from editor.canvas.viewport import Viewport

GRID_FROM = 8.0
"""Scale from which the pixel grid is drawn."""
_DARK, _LIGHT = 70, 38
"""Opacity of a black line and of a white one over it, so that both are seen on light and on dark ground."""
_FULL_FROM = 16.0


def draw_grid(painter: QPainter, viewport: Viewport, exposed: QRectF, width: int, height: int) -> None:
    """A line before every pixel of a picture of this size, one device pixel wide, inside ``exposed`` (widget)."""
    if viewport.scale < GRID_FROM:
        return
    transform = viewport.transform()
    inverse, _ = transform.inverted()
    seen = inverse.mapRect(exposed) & QRectF(0, 0, width, height)
    if seen.isEmpty():
        return
    seen = QRectF(seen.toAlignedRect())
    colour = _colour(min(1.0, viewport.scale / _FULL_FROM))
    painter.save()
    if viewport.rotation % 90:
        _draw_turned(painter, transform, seen, colour, round(viewport.scale))
    else:
        painter.scale(1 / viewport.ratio, 1 / viewport.ratio)
        _draw_upright(painter, viewport.device_transform(), seen, colour)
    painter.restore()


def _colour(strength: float) -> QColor:
    """Black with white over it."""
    dark, light = _DARK * strength / 255, _LIGHT * strength / 255
    opacity = light + dark * (1 - light)
    grey = round(255 * light / opacity)
    return QColor(grey, grey, grey, round(255 * opacity))


def _draw_turned(painter: QPainter, transform: QTransform, seen: QRectF, colour: QColor, side: int) -> None:
    """One tile for all pixels: Qt fills an area much faster than it draws as many smooth lines."""
    tile = _clear(side, side)
    with QPainter(tile) as inner:
        inner.fillRect(0, 0, side, 1, colour)
        inner.fillRect(0, 1, 1, side - 1, colour)
    brush = QBrush(tile)
    brush.setTransform(QTransform.fromScale(1 / side, 1 / side))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setTransform(transform, True)
    painter.fillRect(seen, brush)


def _draw_upright(painter: QPainter, transform: QTransform, seen: QRectF, colour: QColor) -> None:
    """Sharp lines on whole device pixels; the painter counts in those."""
    corner = QPointF(transform.dx(), transform.dy())
    box = transform.mapRect(seen)
    columns, rows = range(int(seen.left()), int(seen.right()) + 1), range(int(seen.top()), int(seen.bottom()) + 1)
    if transform.m11():
        across, down = _places(columns, transform.m11()), _places(rows, transform.m22())
    else:
        across, down = _places(rows, transform.m21()), _places(columns, transform.m12())
    left, right = math.ceil(box.left() - corner.x() - 0.5), math.ceil(box.right() - corner.x() - 0.5)
    top, bottom = math.ceil(box.top() - corner.y() - 0.5), math.ceil(box.bottom() - corner.y() - 0.5)
    painter.translate(corner)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    # One row with all upright lines, repeated: drawn one by one each would be a piece of work per pixel.
    row = _clear(max(right - left, 1), 1)
    with QPainter(row) as inner:
        for place in across:
            inner.fillRect(place - left, 0, 1, 1, colour)
    brush = QBrush(row)
    brush.setTransform(QTransform.fromTranslate(left, 0))
    painter.fillRect(QRectF(left, top, right - left, bottom - top), brush)
    for place in down:
        if top <= place < bottom:
            painter.fillRect(QRectF(left, place, right - left, 1), colour)


def _places(pixels: Iterable[int], step: float) -> list[int]:
    """The first device pixel of each pixel, counted from the picture's corner."""
    return [math.ceil(pixel * step - 0.5) for pixel in pixels]


def _clear(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    return image
