"""A picture kept ready to be drawn at every size at which it was shown, composed by pieces when they are looked at."""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from core.document.geometry import Rect, intersection
from editor.canvas.qimages import Surface
from editor.canvas.tiles import LEVELS, TileGrid, blocks, level_for, moved, shrunk
from editor.canvas.viewport import Viewport

NEAREST_FROM = 2.0
"""Scale from which pixels are shown as squares."""
_SLICE_S = 0.02
"""How long one paint may compose before it shows something coarser instead."""
_AT_ONCE = 1 << 18
"""Pixels that are composed whatever time they take: more than a stroke changes between two paints."""


class LevelCache:
    """A picture of a part of the document, kept at every level at which it was shown.

    Args:
        area: in document pixels; begins on multiples of ``coverage.STEP``.
    """

    def __init__(self, area: Rect) -> None:
        self.area = area
        self._surfaces: dict[int, Surface] = {}
        self._grids: dict[int, TileGrid] = {}

    def invalidate(self, rect: Rect | None = None) -> None:
        """Note that a part (document pixels), or all, looks different now."""
        inside = self.area if rect is None else intersection(rect, self.area)
        if inside is None:
            return
        for level, grid in self._grids.items():
            origin = shrunk(self.area, level)
            grid.invalidate(moved(shrunk(inside, level), -origin.x0, -origin.y0))

    def _surface(self, level: int) -> Surface:
        if level not in self._surfaces:
            whole = shrunk(self.area, level)
            self._surfaces[level] = Surface(whole.width, whole.height)
            self._grids[level] = TileGrid(whole.width, whole.height)
        return self._surfaces[level]

    def _make(self, level: int, rect: Rect, *, patient: bool) -> bool:
        """Bring a part (document pixels) of a level up to date; False when that would take too long for one paint.

        What a stroke changes is always made at once.
        """
        surface, grid = self._surface(level), self._grids[level]
        whole = shrunk(self.area, level)
        wanted = moved(shrunk(rect, level), -whole.x0, -whole.y0)
        area = grid.pending(wanted)
        pieces = [wanted] if area <= _AT_ONCE or patient else list(blocks(wanted))
        until = time.perf_counter() + _SLICE_S
        for piece in pieces:
            parts = grid.take(piece)
            for part in parts:
                self._compose(level, moved(part, whole.x0, whole.y0), surface, part)
            if parts and time.perf_counter() > until:
                return grid.pending(wanted) == 0
        return True

    def _compose(self, level: int, rect: Rect, surface: Surface, part: Rect) -> None:
        """Fill ``part`` of the surface, which is ``rect`` of the level in document coordinates."""
        raise NotImplementedError

    def paint(self, painter: QPainter, viewport: Viewport, exposed: QRectF, *, smooth: bool = True) -> bool:
        """Draw what the viewport shows of it inside ``exposed`` (widget coordinates).

        Returns:
            False when there was too much to compose: a coarser level was drawn, and another paint goes on with it.
        """
        best = level = level_for(viewport.scale)
        margin = 2 << level
        wanted, seen = self._part(viewport, exposed, margin), self._part(viewport, viewport.window, margin)
        if wanted is None or seen is None:
            return True
        if not self._make(level, wanted, patient=False):
            level = self._fallback(level, wanted)
        # The piece handed to Qt depends on the view alone: samples of later, smaller updates fall where they fell.
        self._draw(painter, viewport, level, _aligned(seen, 1 << level, self.area), smooth=smooth)
        return level == best

    def _fallback(self, level: int, rect: Rect) -> int:
        """A coarser level, made up to date, that takes little."""
        for coarser in range(level + 1, LEVELS):
            level = coarser
            whole = shrunk(self.area, level)
            self._surface(level)
            wanted = moved(shrunk(rect, level), -whole.x0, -whole.y0)
            if self._grids[level].pending(wanted) <= _AT_ONCE:
                break
        self._make(level, rect, patient=True)
        return level

    def _draw(self, painter: QPainter, viewport: Viewport, level: int, piece: Rect, *, smooth: bool) -> None:
        image, step = self._surface(level).image, float(1 << level)
        target = QRectF(piece.x0, piece.y0, piece.width, piece.height)
        source = QRectF(
            (piece.x0 - self.area.x0) / step, (piece.y0 - self.area.y0) / step,
            piece.width / step, piece.height / step)
        turned = viewport.rotation % 90 != 0
        painter.save()
        if viewport.scale >= NEAREST_FROM:
            smooth = False
            if painter.opacity() < 1 and level == 0:
                # Qt fades large squares slowly: fade the few pixels behind them.
                image = _faded(image, source.toRect(), painter.opacity())
                source = QRectF(image.rect())
                painter.setOpacity(1)
        elif viewport.scale == 1.0 and not turned:
            smooth = False
        painter.setTransform(viewport.transform(), True)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, turned and smooth)
        painter.drawImage(target, image, source)
        painter.restore()

    def _part(self, viewport: Viewport, widget: QRectF, margin: int) -> Rect | None:
        inverse, _ = viewport.transform().inverted()
        box = inverse.mapRect(widget).toAlignedRect()
        return intersection(
            Rect(box.left() - margin, box.top() - margin, box.right() + 1 + margin, box.bottom() + 1 + margin),
            self.area)


def _faded(image: QImage, part: QRect, opacity: float) -> QImage:
    piece = QImage(part.size(), QImage.Format.Format_ARGB32_Premultiplied)
    piece.fill(0)
    with QPainter(piece) as painter:
        painter.setOpacity(opacity)
        painter.drawImage(QPoint(0, 0), image, part)
    return piece


def _aligned(rect: Rect, step: int, area: Rect) -> Rect:
    return Rect(
        rect.x0 // step * step, rect.y0 // step * step,
        min(-(-rect.x1 // step) * step, area.x1), min(-(-rect.y1 // step) * step, area.y1))
