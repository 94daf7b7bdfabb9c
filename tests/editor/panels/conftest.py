"""A small document with layers and references, and an engine that only has signals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.document.commands import AddSource, ApplyResult
from core.document.document import APPEARANCE, IDENTITY, SHAPE, Candidate, Document
from core.document.geometry import Rect
from core.document.photo import Photo
from core.document.source import Source
from editor import background
from editor.workspace import Workspace

LEFT = Qt.MouseButton.LeftButton
NO = Qt.KeyboardModifier.NoModifier
COPY = Qt.DropAction.CopyAction


class SilentEngine(QObject):
    """Signals of the engine that panels listen to; it never does anything by itself."""

    failed = Signal(object, str)
    analysed = Signal(object)
    analysisProgress = Signal(str, str)  # noqa: N815


def make_source(source_id: str, name: str, width: int = 160, height: int = 120, shade: int = 120) -> Source:
    """A photo with a gradient, so that turning or shifting it would show."""
    ramp = np.linspace(0, 100, width, dtype=np.uint8)
    pixels = np.full((height, width, 3), shade, np.uint8)
    pixels[..., 0] = ramp[None]
    return Source(source_id, Photo(pixels), pixels, name)


def drop(widget, data: QMimeData) -> None:
    """Drag something over a widget that takes it, and let go."""
    enter = QDragEnterEvent(QPoint(20, 20), COPY, data, LEFT, NO)
    widget.dragEnterEvent(enter)
    assert enter.isAccepted()
    widget.dropEvent(QDropEvent(QPointF(20, 20), COPY, data, LEFT, NO))


def make_candidate(number: int, rect: Rect) -> Candidate:
    """A result that covers the left half of its rectangle."""
    pixels = np.full((rect.height, rect.width, 3), 40 * number, np.uint8)
    mask = np.zeros((rect.height, rect.width), np.uint8)
    mask[:, : rect.width // 2] = 255
    return Candidate(f"candidate-{number}", f"Result {number}", rect, pixels, pixels, mask)


@pytest.fixture
def empty_workspace(qapp: QApplication) -> Iterator[Workspace]:
    workspace = Workspace(SilentEngine())  # type: ignore[arg-type]
    yield workspace
    workspace.set_document(None)
    workspace.deleteLater()


@pytest.fixture
def workspace(empty_workspace: Workspace) -> Workspace:
    """Portrait, two references in the slots and one without, two result layers; nothing in the history."""
    document = Document(make_source(IDENTITY, "portrait.png"))
    empty_workspace.set_document(document)
    for name, slots in (("curls.jpg", (SHAPE,)), ("red.jpg", (APPEARANCE,)), ("bob.jpg", ())):
        source = make_source(document.new_id("reference"), name, 100, 140, shade=200)
        empty_workspace.push(AddSource(source, {slot: source.id for slot in slots}))
    for number in (1, 2):
        empty_workspace.push(ApplyResult(make_candidate(number, Rect(20, 10, 100, 90)), f"Result {number}"))
    empty_workspace.set_active_layer(document.layers[-1].id)
    empty_workspace.undo.begin(document)
    return empty_workspace


@pytest.fixture
def settle(qtbot: QtBot):
    """Waits until nothing runs in the background."""
    def wait() -> None:
        qtbot.waitUntil(lambda: not background.busy(), timeout=5000)
    return wait
