"""A small curve of a run's loss: enough to see whether it still improves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from editor.look import theme

_SMOOTHING = 0.25
_SMALLEST_SPAN = math.log(1.2)
_MOST_POINTS = 240


class LossCurve(QWidget):
    """Loss over the steps on a logarithmic scale, lightly smoothed. Shows nothing before two values have come."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[float] = []
        self._share = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Loss"))
        self.set_values((), None)

    def sizeHint(self) -> QSize:
        return QSize(112, 26)

    def set_values(self, values: Sequence[float], progress: float | None) -> None:
        """Show these losses, oldest first.

        Args:
            values: positive numbers; others are left out.
            progress: share 0..1 of the run that they cover, so that the rest stays empty; None = all of it.
        """
        self._values = _condensed(np.asarray(values, np.float64))
        self._share = 1.0 if progress is None else min(1.0, max(0.02, progress))
        text = self.tr("No loss yet")
        if len(self._values) > 1:
            text = self.tr("Loss {0}, at first {1}").format(
                f"{math.exp(self._values[-1]):.3g}", f"{math.exp(self._values[0]):.3g}")
        self.setToolTip(text)
        self.setAccessibleDescription(text)
        self.update()

    def points(self, area: QRectF) -> list[QPointF]:
        """The curve inside an area: one point per pixel column at most, best values at the bottom."""
        if len(self._values) < 2:
            return []
        smooth, held = [], self._values[0]
        for value in self._values:
            held += (value - held) * _SMOOTHING
            smooth.append(held)
        low, high = min(smooth), max(smooth)
        span = max(high - low, _SMALLEST_SPAN)
        width = area.width() * self._share
        count = min(len(smooth), max(2, int(width)))
        found = []
        for index in range(count):
            value = smooth[round(index * (len(smooth) - 1) / (count - 1))]
            found.append(QPointF(area.left() + width * index / (count - 1),
                                 area.bottom() - (value - low) / span * area.height()))
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        area = QRectF(self.rect()).adjusted(3, 4, -4, -4)
        curve = self.points(area)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.RAISED), 1))
            base = math.floor(area.bottom()) + 1.5
            painter.drawLine(QPointF(area.left(), base), QPointF(area.right(), base))
            if not curve:
                return
            fill = QColor(theme.ACCENT)
            fill.setAlphaF(0.18)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF([QPointF(curve[0].x(), base), *curve, QPointF(curve[-1].x(), base)]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.ACCENT_LIGHT), 1.5))
            painter.drawPolyline(QPolygonF(curve))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.TEXT))
            painter.drawEllipse(curve[-1], 2, 2)


def _condensed(values: NDArray[np.float64]) -> list[float]:
    """Logarithms of the usable values, averaged where there are more than can be told apart."""
    logarithms = np.log(values[np.isfinite(values) & (values > 0)])
    if len(logarithms) > _MOST_POINTS:
        starts = np.arange(_MOST_POINTS) * len(logarithms) // _MOST_POINTS
        counts = np.diff(np.append(starts, len(logarithms)))
        logarithms = np.add.reduceat(logarithms, starts) / counts
    return logarithms.tolist()
