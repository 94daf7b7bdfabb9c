"""A document to paint on, and what paints."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from core.document.document import Document
from editor.canvas.tools.toolbox import ToolBox
from editor.workspace import Workspace
from tests.editor.canvas.stage import QuietEngine
from tests.editor.canvas.tools.hands import Canvas, Hand, source


@pytest.fixture
def workspace(qapp: QApplication):
    engine = QuietEngine()
    workspace = Workspace(engine)  # type: ignore[arg-type]
    document = Document(source("identity", "portrait.png", 400, 300))
    document.sources["reference-1"] = source("reference-1", "curls.jpg", 200, 160)
    workspace.set_document(document)
    workspace.tools.brush.size, workspace.tools.brush.hardness = 20.0, 1.0
    workspace.tools.eraser.size, workspace.tools.eraser.hardness = 10.0, 1.0
    yield workspace
    workspace.set_document(None)
    workspace.deleteLater()


@pytest.fixture
def toolbox(workspace: Workspace) -> ToolBox:
    return ToolBox(workspace)


@pytest.fixture
def canvas(workspace: Workspace):
    canvas = Canvas("identity", 400, 300)
    yield canvas
    canvas.close()


@pytest.fixture
def hand(toolbox: ToolBox, canvas: Canvas) -> Hand:
    return Hand(toolbox, canvas)


@pytest.fixture
def hair(workspace: Workspace) -> np.ndarray:
    """The pixels of the portrait's hair mask."""
    assert workspace.document is not None
    return workspace.document.identity.masks["hair"].data
