"""What saves and exports, without the window around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from core.document.commands import AddLayer
from core.document.document import Document
from core.document.layer import RESULT, Layer
from core.document.mask import Mask
from core.document.source import Source
from core.io.display import display_pixels
from core.io.image import read_photo
from editor import background
from editor.files.export_dialog import ExportDialog
from editor.files.exporting import Exporter
from editor.files.project_files import ProjectFiles
from editor.files.writing import Writer
from editor.look.theme import apply_theme
from editor.run.controller import RunController
from editor.settings import Settings
from editor.shell.main_window import MainWindow
from editor.workspace import Notice, Workspace
from tests.editor.whole_window import MakePhoto, StillEngine


class Bench(QWidget):
    """A workspace with what writes files."""

    def __init__(self, settings: Settings, engine: StillEngine) -> None:
        super().__init__()
        self.settings = settings
        self.workspace = Workspace(engine, self)
        self.run = RunController(self.workspace, self)
        self.writer = Writer(self)
        self.projects = ProjectFiles(self.workspace, settings, self.writer, self)
        self.exporter = Exporter(self.workspace, settings, self.writer, self)
        self.notices: list[Notice] = []
        self.workspace.noticed.connect(self.notices.append)

    @property
    def document(self) -> Document:
        document = self.workspace.document
        assert document is not None
        return document

    def open(self, path: Path) -> None:
        photo = read_photo(path)
        self.workspace.set_document(Document(
            Source("identity", photo, display_pixels(photo.pixels, photo.icc), photo.name)))


@pytest.fixture
def bench(qtbot: QtBot, settings: Settings, engine: StillEngine, make_photo: MakePhoto) -> Iterator[Bench]:
    """With a portrait of 120 x 160 pixels."""
    apply_theme(QApplication.instance())  # type: ignore[arg-type]
    made = Bench(settings, engine)
    made.resize(1280, 800)
    made.show()
    made.open(make_photo())
    yield made
    settle(qtbot)
    made.workspace.set_document(None)
    made.close()
    made.deleteLater()


def add_result(workspace: Workspace, value: int = 200) -> NDArray[np.bool_]:
    """Lay a result over a part of the portrait; where it covers [H, W]."""
    document = workspace.document
    assert document is not None
    photo = document.identity.photo.pixels
    scale = 257 if photo.dtype == np.uint16 else 1
    pixels = np.full((40, 30, 3), value * scale, photo.dtype)
    mask = np.zeros((40, 30), np.uint8)
    mask[5:30, 4:20] = 255
    display = np.full((40, 30, 3), value, np.uint8)
    workspace.push(AddLayer(
        Layer(document.new_id("layer"), RESULT, "Result", pixels, display, (20, 30), Mask(mask))))
    covered = np.zeros(photo.shape[:2], bool)
    covered[35:60, 24:40] = True
    return covered


def document_of(window: MainWindow) -> Document:
    document = window.workspace.document
    assert document is not None
    return document


@pytest.fixture
def save_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path | None], list[str]]:
    """Makes the next file dialogs for saving answer with this path; returns what they suggested."""
    suggested: list[str] = []

    def answer(path: Path | None) -> list[str]:
        def chosen(parent: Any, title: str, start: str, *rest: Any, **options: Any) -> tuple[str, str]:
            suggested.append(start)
            return ("" if path is None else str(path)), ""

        monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
        return suggested

    return answer


@pytest.fixture
def export_dialog(bench: Bench, qtbot: QtBot) -> Callable[[], ExportDialog]:
    """Opens the dialog and waits until the size of the file is known."""
    def open_it() -> ExportDialog:
        bench.exporter.ask(bench.run.apply)
        dialog = bench.exporter.dialog
        assert dialog is not None
        wait_for_size(dialog, qtbot)
        return dialog

    return open_it


def wait_for_size(dialog: ExportDialog, qtbot: QtBot) -> int:
    """Until the size shown belongs to the options shown; returns it."""
    qtbot.waitUntil(lambda: dialog.current_estimate is not None, timeout=8000)
    found = dialog.current_estimate
    assert found is not None
    return found.size


def settle(qtbot: QtBot) -> None:
    """Until nothing runs beside the window."""
    qtbot.waitUntil(lambda: not background.busy(), timeout=8000)
