"""Two pictures of one portrait on one canvas: split, onion and difference."""

from __future__ import annotations

import cv2
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from core.document.document import IDENTITY, Candidate
from core.document.geometry import Rect
from editor.canvas.display_cache import Picture, candidate_picture
from editor.canvas.overlays import area_polygon
from editor.canvas.pointer import PointerEvent, PointerKind
from editor.canvas.qimages import Surface
from editor.canvas.scene import SceneLook
from editor.canvas.surface import PictureSurface
from editor.options import CompareMode

BEFORE = "before"
"""What ``ViewOptions.compare_with`` says for the photo as it was."""
CHANGED = 0
"""Gain that shows every changed pixel in full white, however small the change."""
_ON_CANVAS = (CompareMode.SPLIT, CompareMode.DIFFERENCE, CompareMode.ONION)
_REACH = 10.0
"""Distance from the split, logical pixels, at which it can be taken."""
_GRIP = 13.0


class Still:
    """A fixed picture of the portrait: the photo as it was, with a candidate laid over it or nothing."""

    def __init__(self) -> None:
        self._candidate: tuple[Candidate, Picture] | None = None

    def pictures(self, view: PictureSurface, subject: str) -> list[Picture]:
        """What to draw, from below, for BEFORE or the id of a candidate; one that is gone counts as BEFORE."""
        plain = view.scene.cache.plain
        if plain is None:
            return []
        document = view.workspace.document
        found = None if document is None else next((c for c in document.candidates if c.id == subject), None)
        if found is None:
            self._candidate = None
            return [plain]
        if self._candidate is None or self._candidate[0] is not found:
            self._candidate = (found, candidate_picture(found))
        return [plain, self._candidate[1]]


class Comparison:
    """Draws the compared picture over a view of the portrait, and lets the split be moved.

    Args:
        view: shows the portrait.
    """

    def __init__(self, view: PictureSurface) -> None:
        self._view = view
        self._still = Still()
        self._dragging = False
        self._hovered = False
        self._surfaces: tuple[Surface, Surface] | None = None

    @property
    def mode(self) -> CompareMode:
        """The mode in force on this view."""
        options = self._view.workspace.view
        shown = self._view.source_id == IDENTITY and not self._view.before and self._view.source is not None
        return options.compare if shown and options.compare in _ON_CANVAS else CompareMode.OFF

    @property
    def held(self) -> bool:
        """Whether the pointer is on the split, or moves it."""
        return self._dragging or self._hovered

    def end(self) -> None:
        """Let go of the split."""
        self._dragging = self._hovered = False

    # -- drawing ------------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter, exposed: QRectF, look: SceneLook) -> bool:
        """Draw over the scene what the mode asks for; False when part of it is still coarse."""
        mode = self.mode
        if mode is not CompareMode.DIFFERENCE:
            self._surfaces = None
        if mode is CompareMode.SPLIT:
            return self._paint_split(painter, exposed, look)
        if mode is CompareMode.ONION:
            painter.save()
            painter.setOpacity(min(max(self._view.workspace.view.onion, 0.0), 1.0))
            complete = self._paint_still(painter, exposed, look)
            painter.restore()
            return complete
        if mode is CompareMode.DIFFERENCE:
            return self._paint_difference(painter, exposed, look)
        return True

    def _paint_still(self, painter: QPainter, exposed: QRectF, look: SceneLook) -> bool:
        complete = True
        for picture in self._still.pictures(self._view, self._view.workspace.view.compare_with):
            complete &= picture.paint(painter, self._view.viewport, exposed, smooth=look.smooth)
        return complete

    def _paint_split(self, painter: QPainter, exposed: QRectF, look: SceneLook) -> bool:
        side = self._first_side()
        part = exposed.intersected(side)
        complete = True
        if not part.isEmpty():
            painter.save()
            painter.setClipRect(side)
            grey = min(max(self._view.workspace.view.surround, 0), 255)
            painter.fillRect(part, QColor(grey, grey, grey))
            complete = self._paint_still(painter, part, look)
            painter.restore()
        self._paint_line(painter, side)
        return complete

    def _first_side(self) -> QRectF:
        """The left or upper side of the view, which shows the compared picture."""
        window, options = QRectF(self._view.rect()), self._view.workspace.view
        share = min(max(options.split, 0.0), 1.0)
        if options.split_vertical:
            return QRectF(0, 0, round(window.width() * share), window.height())
        return QRectF(0, 0, window.width(), round(window.height() * share))

    def _paint_line(self, painter: QPainter, side: QRectF) -> None:
        vertical = self._view.workspace.view.split_vertical
        one, two = (side.topRight(), side.bottomRight()) if vertical else (side.bottomLeft(), side.bottomRight())
        middle = (one + two) / 2
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(245, 245, 245), 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(one, two)
        painter.setBrush(QColor(40, 40, 40, 220))
        painter.drawEllipse(middle, _GRIP, _GRIP)
        along = QPointF(1, 0) if vertical else QPointF(0, 1)
        across = QPointF(along.y(), along.x())
        for sign in (-1.0, 1.0):
            tip = middle + along * (8 * sign)
            painter.drawPolyline([tip - along * (4 * sign) + across * 4, tip, tip - along * (4 * sign) - across * 4])
        self._paint_names(painter, side, vertical)
        painter.restore()

    def _paint_names(self, painter: QPainter, side: QRectF, vertical: bool) -> None:
        metrics = painter.fontMetrics()
        for text, first in ((self.name, True), (QCoreApplication.translate("Comparison", "now"), False)):
            width, height = metrics.horizontalAdvance(text) + 16, metrics.height() + 6
            if vertical:
                x = side.right() - 12 - width if first else side.right() + 12
                corner = QPointF(x, 12)
            else:
                corner = QPointF(12, side.bottom() - 12 - height if first else side.bottom() + 12)
            chip = QRectF(corner.x(), corner.y(), width, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(20, 20, 20, 170))
            painter.drawRoundedRect(chip, 4, 4)
            painter.setPen(QColor(235, 235, 235))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)

    @property
    def name(self) -> str:
        """Of the compared picture."""
        return still_name(self._view, self._view.workspace.view.compare_with)

    def _paint_difference(self, painter: QPainter, exposed: QRectF, look: SceneLook) -> bool:
        box = exposed.toAlignedRect()
        if box.isEmpty():
            return True
        ratio = self._view.devicePixelRatioF()
        bare = SceneLook(before=False, smooth=look.smooth, bare=True)
        surfaces, complete = [], True
        for index, surface in enumerate(self._two_surfaces(round(box.width() * ratio), round(box.height() * ratio))):
            surface.image.setDevicePixelRatio(ratio)
            surface.pixels[...] = 0
            with QPainter(surface.image) as inner:
                inner.translate(-box.x(), -box.y())
                if index:
                    complete &= self._paint_still(inner, QRectF(box), look)
                else:
                    complete &= self._view.scene.paint(inner, self._view.viewport, QRectF(box), bare)
            surfaces.append(surface)
        shown, other = surfaces
        cv2.absdiff(shown.pixels, other.pixels, dst=shown.pixels)
        _strengthen(shown, self._view.workspace.view.gain)
        painter.save()
        photo = self._view.image_size
        path = QPainterPath()
        path.addPolygon(self._view.viewport.transform().map(area_polygon(Rect(0, 0, photo.width(), photo.height()))))
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        painter.drawImage(box.topLeft(), shown.image)
        painter.restore()
        return complete

    def _two_surfaces(self, width: int, height: int) -> tuple[Surface, Surface]:
        """To draw on; those of the paint before where they are as large, since fresh memory takes its time."""
        kept = self._surfaces
        if kept is None or kept[0].words.shape != (height, width):
            kind = QImage.Format.Format_RGB32
            kept = self._surfaces = (Surface(width, height, kind), Surface(width, height, kind))
        return kept

    # -- moving the split -----------------------------------------------------------------------------------------
    def pointer(self, event: PointerEvent) -> bool:
        """Deal with a pointer event; True when it was about the split and no tool should get it."""
        if self._dragging:
            self._move_to(event.widget)
            if event.kind is PointerKind.RELEASE:
                self._dragging = False
            return True
        if event.kind not in (PointerKind.HOVER, PointerKind.PRESS):
            return False
        self._hovered = self.near(event.widget)
        if self._hovered and event.kind is PointerKind.PRESS and event.button == Qt.MouseButton.LeftButton:
            self._dragging = True
        return self._hovered and (self._dragging or event.kind is PointerKind.HOVER)

    def near(self, point: QPointF) -> bool:
        """Whether a point of the widget takes the split; all of the line does, so that no stroke begins on it."""
        if self.mode is not CompareMode.SPLIT:
            return False
        side = self._first_side()
        distance = point.x() - side.right() if self._view.workspace.view.split_vertical else point.y() - side.bottom()
        return abs(distance) <= _REACH

    @property
    def cursor(self) -> Qt.CursorShape:
        """Over the split."""
        vertical = self._view.workspace.view.split_vertical
        return Qt.CursorShape.SplitHCursor if vertical else Qt.CursorShape.SplitVCursor

    def nudge(self, steps: float) -> bool:
        """Move the split by hundredths; False when there is none, or nothing to move by."""
        if self.mode is not CompareMode.SPLIT or not steps:
            return False
        self._set(self._view.workspace.view.split + steps / 100)
        return True

    def _move_to(self, point: QPointF) -> None:
        if self._view.workspace.view.split_vertical:
            self._set(point.x() / max(self._view.width(), 1))
        else:
            self._set(point.y() / max(self._view.height(), 1))

    def _set(self, share: float) -> None:
        self._view.workspace.view.split = min(max(share, 0.0), 1.0)
        self._view.workspace.viewChanged.emit()


def _strengthen(difference: Surface, gain: int) -> None:
    """Multiply a difference in place; CHANGED makes every pixel that differs white."""
    pixels = difference.pixels
    if gain == CHANGED:
        blue, green, red, _ = cv2.split(pixels)
        changed = cv2.threshold(cv2.max(cv2.max(red, green), blue), 0, 255, cv2.THRESH_BINARY)[1]
        cv2.merge((changed, changed, changed, changed), dst=pixels)
    elif gain != 1:
        cv2.convertScaleAbs(pixels, dst=pixels, alpha=float(gain))


def still_name(view: PictureSurface, subject: str) -> str:
    """Of the photo as it was, or of a candidate."""
    document = view.workspace.document
    if document is not None:
        for candidate in document.candidates:
            if candidate.id == subject:
                return candidate.name
    return QCoreApplication.translate("Comparison", "before")
