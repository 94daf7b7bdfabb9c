"""Resizing the brush where it is: drag sideways for size, up and down for hardness."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from editor.canvas.tools.brush_actions import LARGEST, SMALLEST
from editor.canvas.tools.marks import draw_dab, draw_label
from editor.options import BrushOptions

translate = QCoreApplication.translate

_HARDNESS_WAY = 200.0
"""Widget pixels from soft to hard."""
_DEAD_ZONE = 6.0
"""Widget pixels that a direction may drift before it counts, so that one value can be changed alone."""


class BrushAdjustment:
    """Changes ``options`` live; sideways the circle's edge keeps under the pointer, downwards is harder.

    Args:
        options: of the brush, written to.
        centre: widget position where the drag began; the circle stays there.
        scale: widget pixels per photo pixel.
    """

    def __init__(self, options: BrushOptions, centre: QPointF, scale: float) -> None:
        self.options, self.centre, self.scale = options, centre, scale
        self._before = (options.size, options.hardness)

    def drag(self, pointer: QPointF) -> None:
        """Set both values from how far the pointer is from the start."""
        across = _beyond(pointer.x() - self.centre.x())
        down = _beyond(pointer.y() - self.centre.y())
        size, hardness = self._before
        self.options.size = float(round(min(max(size + 2 * across / self.scale, SMALLEST), LARGEST)))
        self.options.hardness = round(min(max(hardness + down / _HARDNESS_WAY, 0.0), 1.0), 2)

    def restore(self) -> None:
        """Bring back what was before the drag."""
        self.options.size, self.options.hardness = self._before

    def paint(self, painter: QPainter, room: QRectF, colour: QColor) -> None:
        """The dab as it would cover, its two rings and both numbers."""
        radius = self.options.size / 2 * self.scale
        covering = QColor(colour)
        covering.setAlpha(110)
        draw_dab(painter, self.centre, radius, self.options.hardness, covering)
        text = translate("Brush", "Size %1 px\nHardness %2 %")
        text = text.replace("%1", f"{self.options.size:.0f}").replace("%2", f"{self.options.hardness * 100:.0f}")
        draw_label(painter, text, QPointF(self.centre.x(), self.centre.y() + radius + 10), room)


def _beyond(way: float) -> float:
    if abs(way) <= _DEAD_ZONE:
        return 0.0
    return way - _DEAD_ZONE if way > 0 else way + _DEAD_ZONE
