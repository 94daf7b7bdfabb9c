"""The window of the shell's tests, and dialogs that answer by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtWidgets import QFileDialog

from core.document.commands import AddLayer
from core.document.document import Document
from core.document.layer import RESULT, Layer
from core.document.mask import Mask
from editor import background
from editor.dialogs.export_dialog import ExportDialog
from editor.main_window import MainWindow
from tests.editor.shell.conftest import engine, make_photo, notices, opened, settings, window  # noqa: F401


def document_of(window: MainWindow) -> Document:
    document = window.workspace.document
    assert document is not None
    return document


def add_result(window: MainWindow, value: int = 200) -> NDArray[np.bool_]:
    """Lay a result over a part of the portrait; where it covers [H, W]."""
    document = document_of(window)
    photo = document.identity.photo.pixels
    scale = 257 if photo.dtype == np.uint16 else 1
    pixels = np.full((40, 30, 3), value * scale, photo.dtype)
    mask = np.zeros((40, 30), np.uint8)
    mask[5:30, 4:20] = 255
    display = np.full((40, 30, 3), value, np.uint8)
    layer = Layer(document.new_id("layer"), RESULT, "Result", pixels, display, (20, 30), Mask(mask))
    window.workspace.push(AddLayer(layer))
    covered = np.zeros(photo.shape[:2], bool)
    covered[35:60, 24:40] = True
    return covered


@pytest.fixture
def save_to(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path | None], list[str]]]:
    """Makes the next file dialogs for saving answer with this path; returns what they suggested."""
    suggested: list[str] = []

    def answer(path: Path | None) -> list[str]:
        def chosen(parent: Any, title: str, start: str, *rest: Any, **options: Any) -> tuple[str, str]:
            suggested.append(start)
            return ("" if path is None else str(path)), ""

        monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
        return suggested

    yield answer


@pytest.fixture
def export_dialog(qtbot: Any) -> Callable[[MainWindow], ExportDialog]:
    """Opens the dialog of a window and waits until the size of the file is known."""
    def open_it(window: MainWindow) -> ExportDialog:
        window.actions_["file.export"].trigger()
        dialog = window.files.exporter.dialog
        assert dialog is not None
        wait_for_size(dialog, qtbot)
        return dialog

    return open_it


def wait_for_size(dialog: ExportDialog, qtbot: Any) -> int:
    """Until the size shown belongs to the options shown; returns it."""
    def known() -> bool:
        return dialog.current_estimate is not None

    qtbot.waitUntil(known, timeout=8000)
    found = dialog.current_estimate
    assert found is not None
    return found.size


def settle(qtbot: Any) -> None:
    """Until nothing runs beside the window."""
    qtbot.waitUntil(lambda: not background.busy(), timeout=8000)
