"""Setting the points of a face by hand: eyes, mouth corners and chin as handles on the photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QCursor, QKeyEvent, QPainter, QPen, QPolygonF

from core.document.commands import SetFace
from core.document.events import Change, Topic
from core.document.source import POINT_NAMES, FaceInfo, Source
from core.faces.align import align_points
from editor.canvas.overlays import draw_outline, quad_polygon
from editor.canvas.pointer import PointerEvent
from editor.canvas.surface import CanvasSurface
from editor.canvas.tools.base import Tool, claim_keys, distance
from editor.canvas.tools.marks import DARK, LIGHT, draw_label, draw_path, draw_ring, two_colours
from editor.look.translation import QT_TRANSLATE_NOOP
from editor.workspace import Workspace

translate = QCoreApplication.translate

_TITLES = {
    "eye_right": QT_TRANSLATE_NOOP("Face", "Right eye"),
    "eye_left": QT_TRANSLATE_NOOP("Face", "Left eye"),
    "mouth_right": QT_TRANSLATE_NOOP("Face", "Right corner of the mouth"),
    "mouth_left": QT_TRANSLATE_NOOP("Face", "Left corner of the mouth"),
    "chin": QT_TRANSLATE_NOOP("Face", "Chin"),
}
_REACH = 16.0
"""Widget pixels around a handle in which it can be taken."""
_ACCENT = QColor("#f5a524")
_NUDGE_PAUSE_MS = 700
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}

Points = dict[str, tuple[float, float]]


def default_points(width: int, height: int) -> Points:
    """Points of a face that fills the middle of a portrait, where none was found; photo pixels."""
    unit = min(width, height) * 0.1
    x, y = (width - 1) / 2, height * 0.42
    return {
        "eye_right": (x - unit, y), "eye_left": (x + unit, y),
        "mouth_right": (x - 0.75 * unit, y + 2.0 * unit), "mouth_left": (x + 0.75 * unit, y + 2.0 * unit),
        "chin": (x, y + 3.4 * unit),
    }


class FaceTool(Tool):
    """Drag a handle, or nudge the selected one with the arrow keys; the crop follows at once.

    Signals:
        edited(source_id): the points of this photo were set by hand.
        chosen(source_id, index): another of the faces found was clicked.
    """

    name = "face"
    title = QT_TRANSLATE_NOOP("Tool", "Face points")
    icon = "mdi6.face-recognition"
    shortcut = "C"
    hint = QT_TRANSLATE_NOOP(
        "Tool", "Drag the points onto both eyes, the corners of the mouth and the chin. Arrow keys move the selected "
        "point, Shift ten times as far; Page Up and Page Down select")

    edited = Signal(str)
    chosen = Signal(str, int)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(workspace, parent)
        self._selected = ""
        self._hovered = ""
        self._grip = QPointF()
        self._dragging = False
        # The photo being changed and its face before that, between the first change and its undo step.
        self._editing: Source | None = None
        self._before: FaceInfo | None = None
        self._writing = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_NUDGE_PAUSE_MS)
        self._pause.timeout.connect(self.finish)

    @property
    def busy(self) -> bool:
        return self._dragging or self._editing is not None

    # -- events -------------------------------------------------------------------------------------------------
    def press(self, view: CanvasSurface, event: PointerEvent) -> None:
        claim_keys(view, event)
        self.watch(view, event.widget)
        source = self.source(view)
        if source is None or event.button != Qt.MouseButton.LeftButton:
            return
        name = self._handle_at(view, source, event.widget)
        if not name:
            index = self._face_at(source, event.position)
            if index is not None:
                self.finish()
                self.chosen.emit(source.id, index)
            self._selected = ""
            self.repaint()
            return
        if self._editing is not source:
            self.finish()
        self._pause.stop()
        handle = view.viewport.to_widget(_on_canvas(points_of(source)[name]))
        self._selected = self._hovered = name
        self._dragging, self._grip = True, handle - event.widget
        view.refresh_cursor()
        self.repaint()

    def move(self, view: CanvasSurface, event: PointerEvent) -> None:
        source = self.source(view)
        if not self._dragging or source is None:
            return
        point = view.viewport.to_image(event.widget + self._grip)
        self._set_point(source, self._selected, point.x() - 0.5, point.y() - 0.5)

    def release(self, view: CanvasSurface, event: PointerEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.finish()
        self.hover(view, event)

    def hover(self, view: CanvasSurface, event: PointerEvent) -> None:
        self.watch(view, event.widget)
        source = self.source(view)
        hovered = "" if source is None else self._handle_at(view, source, event.widget)
        if hovered != self._hovered:
            self._hovered = hovered
            view.refresh_cursor()
            self.repaint()

    def leave(self, view: CanvasSurface) -> None:
        self._hovered = ""
        super().leave(view)

    def key_press(self, view: CanvasSurface, event: QKeyEvent) -> bool:
        source, key = self.source(view), Qt.Key(event.key())
        if source is None:
            return False
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            step = 1 if key == Qt.Key.Key_PageDown else -1
            place = POINT_NAMES.index(self._selected) + step if self._selected else 0
            self._selected = POINT_NAMES[place % len(POINT_NAMES)]
            self.say(translate("Face", _TITLES[self._selected]))
        elif key in _ARROWS and self._selected and not self._dragging:
            far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            (dx, dy), (x, y) = _ARROWS[key], points_of(source)[self._selected]
            self._set_point(source, self._selected, x + dx * far, y + dy * far)
            self._pause.start()
        else:
            return False
        view.update()
        return True

    def cancel(self, view: CanvasSurface | None = None) -> bool:
        if not self.busy:
            return False
        source, before = self._editing, self._before
        self.reset()
        if source is not None:
            self._show(source, before)
        self.repaint()
        return True

    def finish(self) -> None:
        """Make what was changed one undo step."""
        source, before = self._editing, self._before
        self._pause.stop()
        self._dragging, self._editing, self._before = False, None, None
        document = self.document
        if source is None or document is None or source.face is None:
            return
        face, source.face = source.face, before
        self.workspace.push(SetFace(source.id, face))
        self.edited.emit(source.id)

    def reset(self) -> None:
        self._pause.stop()
        self._dragging, self._editing, self._before = False, None, None

    def changed(self, change: Change) -> None:
        if self._editing is None or self._writing:
            return
        document, source = self.document, self._editing
        if change.topic is Topic.SOURCES and document is not None and document.sources.get(source.id) is not source:
            source.face = self._before
            self.reset()
        elif change.topic is Topic.FACE and change.item == source.id:
            # Undo or a finished analysis set the face: theirs is the newer one.
            self.reset()

    # -- the face -----------------------------------------------------------------------------------------------
    def _set_point(self, source: Source, name: str, x: float, y: float) -> None:
        """Show the photo's face with one point elsewhere, kept within the photo."""
        points = points_of(source)
        points[name] = (min(max(x, 0.0), source.width - 1.0), min(max(y, 0.0), source.height - 1.0))
        try:
            quad = align_points({key: np.array(point) for key, point in points.items()}).quad
        except ValueError:
            self.say(translate("Face", "Eyes and mouth cannot lie on one point"))
            return
        if self._editing is None:
            self._editing, self._before = source, source.face
        known = source.face if source.face is not None else FaceInfo(points, quad)
        # The mesh belongs to the points that were found, not to these.
        self._show(source, replace(known, points=points, quad=quad, landmarks=None, confidence=1.0, by_hand=True))

    def _show(self, source: Source, face: FaceInfo | None) -> None:
        document = self.document
        if document is None:
            return
        source.face = face
        self._writing = True
        try:
            document.changed(Topic.FACE, source.id)
        finally:
            self._writing = False
        self.repaint()

    # -- looks --------------------------------------------------------------------------------------------------
    def _handle_at(self, view: CanvasSurface, source: Source, where: QPointF) -> str:
        """The nearest handle within reach of a widget point, or empty."""
        gaps = {name: distance(view.viewport.to_widget(_on_canvas(point)), where)
                for name, point in points_of(source).items()}
        nearest = min(gaps, key=lambda name: gaps[name])
        return nearest if gaps[nearest] <= _REACH else ""

    def _face_at(self, source: Source, point: QPointF) -> int | None:
        """Which of the other faces a canvas point lies on."""
        for index, box in _other_faces(source):
            if box.contains(point):
                return index
        return None

    def cursor(self, view: CanvasSurface) -> QCursor:
        if self._dragging:
            return QCursor(Qt.CursorShape.BlankCursor)
        return QCursor(Qt.CursorShape.SizeAllCursor if self._hovered else Qt.CursorShape.ArrowCursor)

    def paint(self, view: CanvasSurface, painter: QPainter) -> None:
        source = self.source(view)
        if source is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(view.rect())
        for index, box in _other_faces(source):
            _paint_face_box(view, painter, index, box, room)
        if source.face is not None and not self.workspace.view.show_face:
            draw_outline(painter, view.viewport, quad_polygon(source.face.quad))
        places = {name: view.viewport.to_widget(_on_canvas(point)) for name, point in points_of(source).items()}
        _paint_bones(painter, places, faint=source.face is None)
        for name, place in places.items():
            _paint_handle(painter, place, selected=name == self._selected, hovered=name == self._hovered,
                          held=self._dragging and name == self._selected)
        named = self._hovered
        if named and self.view is view:
            draw_label(painter, translate("Face", _TITLES[named]),
                       QPointF(places[named].x(), places[named].y() + 16), room)
        if source.face is None:
            top = min(place.y() for place in places.values())
            middle = (places["eye_right"].x() + places["eye_left"].x()) / 2
            draw_label(painter, translate("Face", "No face is known yet: drag the points onto it"),
                       QPointF(middle, top - 24), room, above=True)


def points_of(source: Source) -> Points:
    """The points of a photo's face, or where its handles wait while none is known."""
    defaults = default_points(source.width, source.height)
    return {**defaults, **(source.face.points if source.face is not None else {})}


def _on_canvas(point: tuple[float, float]) -> QPointF:
    return QPointF(point[0] + 0.5, point[1] + 0.5)


def _other_faces(source: Source) -> list[tuple[int, QRectF]]:
    """Index and canvas box of every face found that is not the one in use."""
    face = source.face
    if face is None:
        return []
    return [(index, QRectF(QPointF(box[0] + 0.5, box[1] + 0.5), QPointF(box[2] + 0.5, box[3] + 0.5)))
            for index, box in enumerate(face.faces) if index != face.index]


def _paint_face_box(view: CanvasSurface, painter: QPainter, index: int, box: QRectF, room: QRectF) -> None:
    corners = [view.viewport.to_widget(corner)
               for corner in (box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft())]
    draw_path(painter, corners, closed=True)
    middle = sum(corner.x() for corner in corners) / 4
    bottom = max(corner.y() for corner in corners)
    text = translate("Face", "Face %1: click to use").replace("%1", str(index + 1))
    draw_label(painter, text, QPointF(middle, bottom + 6), room)


def _paint_bones(painter: QPainter, places: dict[str, QPointF], *, faint: bool) -> None:
    """Thin lines that show which points belong together."""
    lines = [QPolygonF([places["eye_right"], places["eye_left"]]),
             QPolygonF([places["mouth_right"], places["chin"], places["mouth_left"], places["mouth_right"]])]
    painter.setOpacity(0.5 if faint else 0.75)
    two_colours(painter, lambda: [painter.drawPolyline(line) for line in lines], 0.8)
    painter.setOpacity(1.0)


def _paint_handle(painter: QPainter, place: QPointF, *, selected: bool, hovered: bool, held: bool) -> None:
    if held:
        # An open ring: what lies under the point stays visible while it is placed.
        draw_ring(painter, place, 9)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_ACCENT)
        painter.drawEllipse(place, 1.5, 1.5)
        return
    radius = 6.5 if hovered or selected else 5.0
    painter.setPen(QPen(DARK, 4.2 if selected else 3.2))
    painter.setBrush(QColor(255, 255, 255, 110 if hovered else 50))
    painter.drawEllipse(place, radius, radius)
    painter.setPen(QPen(_ACCENT if selected else LIGHT, 2.2 if selected else 1.5))
    painter.drawEllipse(place, radius, radius)
