"""A hand that moves over a canvas of known size, and things for it to change."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from core.document.layer import RESULT, Layer
from core.document.mask import Mask
from core.document.photo import Photo
from core.document.source import Source
from editor.canvas.tools.toolbox import ToolBox
from editor.canvas.viewport import Viewport
from editor.workspace import Workspace

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


class Kind(Enum):
    PRESS, MOVE, RELEASE, HOVER, DOUBLE = range(5)


@dataclass
class Event:
    """What the canvas tells a tool."""

    kind: Kind
    position: QPointF
    widget: QPointF
    pressure: float = 1.0
    eraser: bool = False
    button: Qt.MouseButton = LEFT
    buttons: Qt.MouseButton = LEFT
    modifiers: Qt.KeyboardModifier = PLAIN
    device: str = "mouse"


class Canvas(QWidget):
    """As much of a canvas as tools may use."""

    def __init__(self, source_id: str, width: int, height: int) -> None:
        super().__init__()
        self.source_id = source_id
        self.viewport = Viewport(self)
        self.resize(width, height)
        self.viewport.set_window(width, height, 1.0)
        self.viewport.centre = QPointF(width / 2, height / 2)

    def refresh_cursor(self) -> None:
        """The real canvas asks its tool."""

    def take_keys(self, *, alt: bool) -> None:
        """The real canvas gets the keyboard."""

    def picture(self, tool: Any, ground: Qt.GlobalColor = Qt.GlobalColor.gray) -> QPixmap:
        """What the tool draws, on one colour."""
        pixmap = QPixmap(QSize(self.width(), self.height()))
        pixmap.fill(ground)
        with QPainter(pixmap) as painter:
            tool.paint(self, painter)
        return pixmap


@dataclass
class Hand:
    """Moves over a canvas in canvas coordinates; ``toolbox.active`` gets the events."""

    toolbox: ToolBox
    view: Canvas
    eraser: bool = False
    modifiers: Qt.KeyboardModifier = PLAIN
    button: Qt.MouseButton = LEFT
    at: QPointF = field(default_factory=QPointF)

    def _event(self, kind: Kind, x: float, y: float, pressure: float) -> Event:
        self.at = QPointF(x, y)
        return Event(kind, QPointF(x, y), self.view.viewport.to_widget(QPointF(x, y)), pressure, self.eraser,
                     self.button, self.button, self.modifiers)

    def press(self, x: float, y: float, pressure: float = 1.0) -> None:
        self.toolbox.active.press(self.view, self._event(Kind.PRESS, x, y, pressure))

    def move(self, x: float, y: float, pressure: float = 1.0) -> None:
        self.toolbox.active.move(self.view, self._event(Kind.MOVE, x, y, pressure))

    def release(self) -> None:
        self.toolbox.active.release(self.view, self._event(Kind.RELEASE, self.at.x(), self.at.y(), 0.0))

    def hover(self, x: float, y: float) -> None:
        self.toolbox.active.hover(self.view, self._event(Kind.HOVER, x, y, 0.0))

    def click(self, x: float, y: float, pressure: float = 1.0) -> None:
        self.press(x, y, pressure)
        self.release()

    def double_click(self, x: float, y: float) -> None:
        self.click(x, y)
        self.toolbox.active.double_click(self.view, self._event(Kind.DOUBLE, x, y, 1.0))
        self.release()

    def drag(self, *points: tuple[float, float], pressure: float = 1.0) -> None:
        self.press(*points[0], pressure)
        for point in points[1:]:
            self.move(*point, pressure)
        self.release()


def source(source_id: str, name: str, width: int, height: int) -> Source:
    pixels = np.full((height, width, 3), 128, np.uint8)
    return Source(source_id, Photo(pixels), pixels, name)


def add_layer(workspace: Workspace, *, origin: tuple[int, int] = (40, 60), size: tuple[int, int] = (120, 90)) -> Layer:
    """A result layer with an empty mask on top, active and painted on."""
    document = workspace.document
    assert document is not None
    width, height = size
    pixels = np.full((height, width, 3), 200, np.uint8)
    layer = Layer(document.new_id("layer"), RESULT, "Result 1", pixels, pixels, origin, Mask.empty(width, height))
    document.layers.append(layer)
    workspace.set_active_layer(layer.id)
    return layer
