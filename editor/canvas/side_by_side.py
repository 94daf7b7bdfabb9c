"""Several pictures beside each other that are looked at together: the portrait, references, candidates."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from core.document.document import APPEARANCE, IDENTITY, SHAPE, Document
from core.document.events import Change, Topic
from core.document.geometry import similarity_from_points, transform_points
from core.document.source import Source
from editor.canvas.compare import BEFORE, Still, still_name
from editor.canvas.scene import SceneLook
from editor.canvas.tools.toolbox import ToolBox
from editor.canvas.view import CanvasView
from editor.canvas.viewport import Viewport
from editor.options import CompareMode
from editor.workspace import Workspace

MOST_PANES = 3
"""Beside the portrait."""
_POINTS = ("eye_right", "eye_left", "mouth_right", "mouth_left")


class StillView(CanvasView):
    """The portrait as it was, or as a candidate shows it; nothing can be painted here.

    Args:
        workspace: document and options.
        subject: BEFORE or the id of a candidate.
    """

    def __init__(self, workspace: Workspace, subject: str, parent: QWidget | None = None) -> None:
        self.subject = subject
        self._still = Still()
        super().__init__(workspace, IDENTITY, None, None, parent)

    @property
    def before(self) -> bool:
        return True

    def _paint_picture(self, painter: QPainter, exposed: QRectF, look: SceneLook) -> bool:
        complete = True
        for picture in self._still.pictures(self, self.subject):
            complete &= picture.paint(painter, self.viewport, exposed, smooth=look.smooth)
        return complete

    @property
    def _running(self) -> bool:
        return False


class FaceLink(QObject):
    """Lets two views of different photos show the same part of the face at the same size, whichever is moved.

    Where a face is not known the photos are laid over each other whole.

    Args:
        main, other: what is kept together.
        source, other_source: what they show.
    """

    def __init__(self, main: Viewport, other: Viewport, source: Source, other_source: Source, parent: QObject) -> None:
        super().__init__(parent)
        self._main, self._other = main, other
        self._matrix = _face_to_face(source, other_source)
        self._inverse = np.linalg.inv(self._matrix)
        self._following = False
        # Before it may lead: a new view still shows all of its photo.
        self.follow()
        main.changed.connect(self.follow)
        other.changed.connect(self._lead)

    def follow(self) -> None:
        """Show on the other view what the main one shows."""
        self._copy(self._main, self._other, self._matrix)

    def _lead(self) -> None:
        self._copy(self._other, self._main, self._inverse)

    def _copy(self, leader: Viewport, follower: Viewport, matrix: np.ndarray) -> None:
        if self._following:
            return
        self._following = True
        try:
            # Viewports count from the corners of pixels, points of faces from their centres.
            centre = np.array([[leader.centre.x() - 0.5, leader.centre.y() - 0.5]])
            x, y = transform_points(matrix, centre)[0] + 0.5
            size = math.sqrt(abs(float(np.linalg.det(matrix[:2, :2]))))
            follower.show_pose(leader.scale / size, QPointF(float(x), float(y)), leader.rotation, leader.mirrored)
        finally:
            self._following = False

    def cut(self) -> None:
        """Let both go their own ways."""
        self._main.changed.disconnect(self.follow)
        self._other.changed.disconnect(self._lead)


def _face_to_face(source: Source, other: Source) -> np.ndarray:
    """Matrix [3, 3] from pixels of one photo to the same place of the face in another, without any turn."""
    if source.face is not None and other.face is not None:
        ours, theirs = ([face.points[name] for name in _POINTS] for face in (source.face, other.face))
        turned = similarity_from_points(np.array(ours), np.array(theirs))
        size = math.sqrt(abs(float(np.linalg.det(turned[:2, :2]))))
        middle = np.array([np.mean(ours, axis=0)])
        shift = transform_points(turned, middle)[0] - size * middle[0]
    else:
        size = math.sqrt((other.width * other.height) / (source.width * source.height))
        shift = np.array([other.width - size * source.width, other.height - size * source.height]) / 2
    matrix = np.diag([size, size, 1.0])
    matrix[:2, 2] = shift
    return matrix


class Pane(QWidget):
    """One picture with its name laid over its upper edge, so that all views are of one height.

    Args:
        view: the picture.
        name: shown, and spoken.
    """

    def __init__(self, view: CanvasView, name: str) -> None:
        super().__init__()
        self.view = view
        self.setObjectName("comparePane")
        view.setAccessibleName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(view)
        self.label = PictureName(self, name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.label.place()


class PictureName(QLabel):
    """A name laid over the upper edge of a picture, which stays in its middle.

    Args:
        widget: shows the picture.
        name: of it.
    """

    def __init__(self, widget: QWidget, name: str) -> None:
        super().__init__(name, widget)
        self._widget = widget
        self.setObjectName("pictureName")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_name(name)

    def show_name(self, name: str) -> None:
        """Give the picture another name."""
        self.setText(name)
        self.adjustSize()
        self.place()
        self.raise_()

    def place(self) -> None:
        """Back into the middle, after the widget was resized."""
        self.move(max((self._widget.width() - self.width()) // 2, 0), 12)


class SideBySide(QObject):
    """Puts panes beside the portrait while the view options ask for it, and keeps their views together.

    Args:
        workspace: document and options.
        toolbox: for references, which can be painted here too.
        splitter: holds the portrait's view; the panes are added to it.
        main: the portrait's view.

    Signals:
        paneAdded(CanvasView), paneRemoved(CanvasView): for those who follow the pointer.
    """

    paneAdded = Signal(object)
    paneRemoved = Signal(object)

    def __init__(self, workspace: Workspace, toolbox: ToolBox | None, splitter: QSplitter, main: CanvasView) -> None:
        super().__init__(splitter)
        self._workspace, self._toolbox, self._splitter, self._main = workspace, toolbox, splitter, main
        self.panes: list[Pane] = []
        self._links: list[FaceLink] = []
        self._shown: tuple[object, ...] = ()
        # Several undo steps at once bring several changes; new panes are dear.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.refresh)
        self.own_name = PictureName(main, "")
        self.own_name.hide()
        # Which it is after a resize, too.
        main.viewport.changed.connect(self.own_name.place)
        workspace.viewChanged.connect(self.refresh)
        workspace.changed.connect(self._changed)
        workspace.documentReplaced.connect(self.refresh)

    def _changed(self, change: Change) -> None:
        if change.topic in (Topic.SOURCES, Topic.CANDIDATES, Topic.FACE):
            self._later.start()

    def refresh(self) -> None:
        """Show the panes that are asked for; those that stay are not touched."""
        document = self._workspace.document
        on = document is not None and self._workspace.view.compare is CompareMode.SIDE_BY_SIDE
        subjects = wanted_panes(document, self._workspace.view.panes) if on and document is not None else []
        faces = () if document is None else tuple(id(s.face) for s in document.sources.values())
        state = (id(document), tuple(subjects), faces) if subjects else ()
        if state == self._shown:
            return
        self._shown = state
        self._clear()
        for subject in subjects:
            self._add(subject)
        self.own_name.setVisible(bool(self.panes))
        if document is not None:
            self.own_name.show_name(self.tr("{0}, now").format(document.identity.name))
        if self.panes:
            width = max(self._splitter.width(), 2)
            count = self._splitter.count()
            self._splitter.setSizes([width // count] * count)

    def _add(self, subject: str) -> None:
        document = self._workspace.document
        source = None if document is None else document.sources.get(subject)
        if document is not None and source is not None:
            view = CanvasView(self._workspace, subject, self._toolbox)
            self._links.append(FaceLink(self._main.viewport, view.viewport, document.identity, source, self))
            name = source.name
        else:
            view = StillView(self._workspace, subject)
            self._main.viewport.link(view.viewport)
            name = still_name(view, subject)
        pane = Pane(view, name)
        self.panes.append(pane)
        self._splitter.addWidget(pane)
        pane.show()
        self.paneAdded.emit(view)

    def _clear(self) -> None:
        for link in self._links:
            link.cut()
            link.deleteLater()
        self._links.clear()
        for pane in self.panes:
            self._main.viewport.unlink(pane.view.viewport)
            self.paneRemoved.emit(pane.view)
            pane.hide()
            pane.setParent(None)
            pane.deleteLater()
        self.panes.clear()


def wanted_panes(document: Document, chosen: tuple[str, ...]) -> list[str]:
    """What stands beside the portrait: the chosen subjects that exist, else the references in use, else BEFORE."""
    known = {BEFORE, *(source.id for source in document.references), *(c.id for c in document.candidates)}
    wanted = [subject for subject in chosen if subject in known]
    if not wanted:
        in_use = [document.slots.get(slot, "") for slot in (SHAPE, APPEARANCE)]
        wanted = [source_id for source_id in dict.fromkeys(in_use) if source_id in document.sources]
    return wanted[:MOST_PANES] or [BEFORE]
