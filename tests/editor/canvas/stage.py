"""Photographs, layers and tools that are easy to check, and a look at what is on the screen."""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCursor, QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from core.document.layer import RESULT, Layer
from core.document.mask import Mask
from core.document.photo import Photo
from core.document.source import Source
from tests.editor.canvas.pixels import to_array


class State(Enum):
    IDLE = "idle"
    RUNNING = "running"


class QuietEngine(QObject):
    """An engine that runs only in name."""

    stateChanged = Signal(object)  # noqa: N815
    state = State.IDLE

    def pretend(self, state: State) -> None:
        self.state = state
        self.stateChanged.emit(state)


def picture(width: int, height: int, seed: int) -> np.ndarray:
    """Smooth colours with some grain [h, w, 3] uint8."""
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 236, (7, 7, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    return np.clip(smooth + random.integers(-6, 7, smooth.shape), 0, 255).astype(np.uint8)


def source(key: str, width: int, height: int, seed: int) -> Source:
    pixels = picture(width, height, seed)
    return Source(key, Photo(pixels), pixels, key)


def layer(key: str, width: int, height: int, seed: int, *, origin: tuple[int, int] = (0, 0), **properties) -> Layer:
    """A result with a round soft mask."""
    pixels = picture(width, height, seed)
    rows, columns = np.mgrid[0:height, 0:width]
    far = np.hypot((rows - height / 2) / height, (columns - width / 2) / width)
    mask = (np.clip((0.45 - far) * 12, 0, 1) * 255).astype(np.uint8)
    return Layer(key, RESULT, key, pixels, pixels, origin, Mask(mask), **properties)


def screen(widget: QWidget) -> np.ndarray:
    """What a widget shows, [h, w, 3] int in device pixels."""
    return to_array(widget.grab().toImage())[..., :3].astype(int)


class RecordingTool:
    """Notes what the canvas tells it."""

    busy = False
    uses_keys = False

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []
        self.cancelled = 0

    def __getattr__(self, name: str):
        if name not in ("press", "move", "release", "hover", "double_click"):
            raise AttributeError(name)
        return lambda view, event: self.calls.append((name, event))

    @property
    def names(self) -> list[str]:
        """The calls, hovering left out."""
        return [name for name, _ in self.calls if name not in ("hover", "leave")]

    def events(self, name: str) -> list:
        return [event for call, event in self.calls if call == name]

    def key_press(self, view: QWidget, event: QKeyEvent) -> bool:
        self.calls.append(("key", event.key()))
        return self.uses_keys

    def key_release(self, view: QWidget, event: QKeyEvent) -> bool:
        return self.uses_keys

    def cancel(self, view: QWidget | None = None) -> bool:
        self.cancelled += 1
        return self.busy

    def leave(self, view: QWidget) -> None:
        self.calls.append(("leave", None))

    def paint(self, view: QWidget, painter: QPainter) -> None:
        pass

    def cursor(self, view: QWidget) -> QCursor:
        return QCursor(Qt.CursorShape.BlankCursor)


class RecordingTools:
    """A tool box of one tool."""

    def __init__(self) -> None:
        self.active = RecordingTool()
