"""A small document and what shows it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from core.document.document import Document
from editor.canvas.view import CanvasView
from editor.workspace import Workspace
from tests.editor.canvas.stage import QuietEngine, RecordingTools, source

WIDTH, HEIGHT = 301, 203


@pytest.fixture
def workspace(qapp: QApplication):
    workspace = Workspace(QuietEngine())  # type: ignore[arg-type]
    document = Document(source("identity", WIDTH, HEIGHT, seed=1))
    document.sources["reference-1"] = source("reference-1", 120, 90, seed=2)
    workspace.set_document(document)
    workspace.view.show_face = False
    yield workspace
    workspace.set_document(None)
    workspace.deleteLater()


@pytest.fixture
def tools() -> RecordingTools:
    return RecordingTools()


@pytest.fixture
def view(workspace: Workspace, tools: RecordingTools, qtbot) -> CanvasView:
    view = CanvasView(workspace, "identity", tools)  # type: ignore[arg-type]
    qtbot.addWidget(view)
    view.resize(420, 300)
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.fixture
def hair(document: Document) -> np.ndarray:
    return document.identity.masks["hair"].data
