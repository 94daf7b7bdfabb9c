"""Everything drawn over the document that is not part of it: mask, live frame, pending result, crop, grid, border."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

from core.document.geometry import Rect
from editor.canvas.coverage import Coverage
from editor.canvas.level_cache import NEAREST_FROM, LevelCache
from editor.canvas.qimages import Surface, rgb_image
from editor.canvas.tiles import LEVELS, halved
from editor.canvas.viewport import Viewport
from editor.options import MaskView

_LINE_OPACITY = 0.9
_SQUARE = 8
"""Side of a square of the chequered ground, logical pixels."""
_LIGHT_SQUARE, _DARK_SQUARE = QColor(154, 154, 154), QColor(102, 102, 102)
_RAMP = np.arange(256, dtype=np.int64)
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_LINE_REACH = 1 << LEVELS
"""Document pixels that an outline may lie beside what was painted, at the coarsest level."""


class MaskOverlay(LevelCache):
    """One mask of a canvas as a picture of its own, made new only where it was painted.

    Args:
        area: the whole canvas, in document pixels.
        coverage: the mask.
        look: how it is shown.
        colour: of its role.
    """

    def __init__(self, area: Rect, coverage: Coverage, look: MaskView, colour: QColor) -> None:
        super().__init__(area)
        self.coverage = coverage
        self._look = look
        self._table = _table(look, colour)
        self._line = int(self._table[255])

    def painted(self, rect: Rect | None) -> Rect:
        """Follow a change of the mask inside ``rect`` (document pixels); the part that looks different now."""
        self.coverage.invalidate(rect)
        if rect is None:
            self.invalidate()
            return self.area
        reach = self.coverage.reach + (_LINE_REACH if self._look is MaskView.OUTLINE else 0)
        dirty = Rect(rect.x0 - reach, rect.y0 - reach, rect.x1 + reach, rect.y1 + reach)
        self.invalidate(dirty)
        return dirty

    def _compose(self, level: int, rect: Rect, surface: Surface, part: Rect) -> None:
        if self._look is MaskView.OUTLINE:
            inside = (self.coverage.patch(level, Rect(rect.x0 - 1, rect.y0 - 1, rect.x1 + 1, rect.y1 + 1)) > 127)
            edge = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_GRADIENT, _CROSS)[1:-1, 1:-1]
            surface.words[part.slices()] = edge.astype(np.uint32) * np.uint32(self._line)
        else:
            surface.words[part.slices()] = self._table[self.coverage.patch(level, rect)]

    def draw(
        self, painter: QPainter, viewport: Viewport, exposed: QRectF, *, opacity: float, smooth: bool = True
    ) -> bool:
        """Draw it, as ``paint``; ``opacity`` counts for the coloured overlay only."""
        if self._look is MaskView.TRANSPARENT:
            return self._draw_chequered(painter, viewport, exposed, smooth)
        painter.save()
        opacities = {MaskView.OVERLAY: opacity, MaskView.OUTLINE: _LINE_OPACITY}
        painter.setOpacity(opacities.get(self._look, 1.0))
        # Qt draws what is partly transparent faster smoothed than not, once it is turned.
        complete = self.paint(painter, viewport, exposed, smooth=True)
        painter.restore()
        return complete

    def _draw_chequered(self, painter: QPainter, viewport: Viewport, exposed: QRectF, smooth: bool) -> bool:
        """Squares where the mask is not: they keep their size on the screen, so they are cut out afresh."""
        box = exposed.toAlignedRect()
        layer = QImage(box.size() * viewport.ratio, QImage.Format.Format_ARGB32_Premultiplied)
        layer.setDevicePixelRatio(viewport.ratio)
        layer.fill(Qt.GlobalColor.transparent)
        with QPainter(layer) as cut:
            cut.translate(-box.topLeft())
            complete = self.paint(cut, viewport, exposed, smooth=smooth)
            cut.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            cut.fillRect(box, chequered(viewport.ratio))
        painter.drawImage(box.topLeft(), layer)
        return complete


def _table(look: MaskView, colour: QColor) -> NDArray[np.uint32]:
    """Premultiplied 0xAARRGGBB by coverage."""
    inside, outside = _RAMP, 255 - _RAMP
    if look is MaskView.GREY:
        alpha, parts = np.full_like(_RAMP, 255), (inside, inside, inside)
    elif look is MaskView.WHITE:
        alpha, parts = outside, (outside, outside, outside)
    elif look in (MaskView.BLACK, MaskView.TRANSPARENT):
        alpha, parts = outside, (0 * _RAMP, 0 * _RAMP, 0 * _RAMP)
    else:
        alpha, parts = inside, tuple((inside * part + 127) // 255 for part in (
            colour.red(), colour.green(), colour.blue()))
    return ((alpha << 24) | (parts[0] << 16) | (parts[1] << 8) | parts[2]).astype(np.uint32)


def chequered(ratio: float) -> QBrush:
    """The ground that means "nothing here", with squares of the same size on every screen."""
    side = round(_SQUARE * ratio)
    tile = QPixmap(QSize(2 * side, 2 * side))
    tile.fill(_LIGHT_SQUARE)
    with QPainter(tile) as painter:
        painter.fillRect(0, 0, side, side, _DARK_SQUARE)
        painter.fillRect(side, side, side, side, _DARK_SQUARE)
    tile.setDevicePixelRatio(ratio)
    return QBrush(tile)


class FramePicture:
    """A picture of the running engine, stretched over its place.

    Args:
        pixels: [h, w, 3] uint8.
        rect: where it belongs, in document pixels.
    """

    def __init__(self, pixels: NDArray[np.uint8], rect: Rect) -> None:
        self.rect = rect
        self._pixels = [pixels]
        self._images: dict[int, QImage] = {}

    def paint(self, painter: QPainter, viewport: Viewport, exposed: QRectF, *, smooth: bool = True) -> bool:
        """Draw it, from the smallest copy that still has a pixel for every device pixel; never incomplete."""
        if self.rect.width <= 0 or self.rect.height <= 0:
            return True
        stretch = viewport.scale * self.rect.width / self._pixels[0].shape[1]
        level = 0
        while stretch * (2 << level) <= 1 and min(self._pixels[level].shape[:2]) >= 2:
            if len(self._pixels) == level + 1:
                self._pixels.append(halved(self._pixels[level]))
            level += 1
        if level not in self._images:
            self._images[level] = rgb_image(self._pixels[level])
        painter.save()
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, (smooth and viewport.scale < NEAREST_FROM) or stretch > 1)
        target = QRectF(self.rect.x0, self.rect.y0, self.rect.width, self.rect.height)
        painter.setClipRect(exposed)
        painter.setTransform(viewport.transform(), True)
        painter.drawImage(target, self._images[level])
        painter.restore()
        return True


def draw_outline(painter: QPainter, viewport: Viewport, corners: QPolygonF, *, strength: float = 1.0) -> None:
    """A thin closed line through canvas points, seen on light and on dark ground."""
    points = viewport.transform().map(corners)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, round(120 * strength)), 2.6),
                          (QColor(255, 255, 255, round(215 * strength)), 1.1)):
        pen = QPen(colour, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawPolygon(points)
    painter.restore()


def quad_polygon(quad: NDArray[np.float64]) -> QPolygonF:
    """The corners of an aligned crop (pixel centres) in canvas coordinates."""
    return QPolygonF([QPointF(float(x) + 0.5, float(y) + 0.5) for x, y in quad])


def area_polygon(area: Rect) -> QPolygonF:
    """The corners of a rectangle of pixels in canvas coordinates."""
    return QPolygonF([
        QPointF(area.x0, area.y0), QPointF(area.x1, area.y0), QPointF(area.x1, area.y1), QPointF(area.x0, area.y1)])


def draw_border(painter: QPainter, window: QRectF, colour: QColor) -> None:
    """A line just inside the widget: the engine runs."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    pen = QPen(colour, 2)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(window.adjusted(1, 1, -1, -1))
    painter.restore()


