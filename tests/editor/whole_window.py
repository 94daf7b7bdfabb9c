"""A whole window over an engine that never answers by itself, and photographs in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.document.source import Source
from core.engine.messages import PhotoAnalysis
from editor import background
from editor.engine_link import Engine
from editor.look.theme import apply_theme
from editor.settings import Settings
from editor.shell.main_window import MainWindow
from editor.workspace import Notice

MakePhoto = Callable[..., Path]


class StillEngine(Engine):
    """The engine's front without its process: remembers what was asked, answers when a test lets it."""

    def __init__(self) -> None:
        super().__init__(entry="nothing:serve")
        self.asked: list[Any] = []

    def _post(self, command: Any) -> None:
        self.asked.append(command)

    def answer(self, source: Source, hair: int = 255, **changes: Any) -> PhotoAnalysis:
        """Say what was found in a source: a face in its middle and this value everywhere as hair."""
        width, height = source.width, source.height
        quad = np.array([[0.2, 0.2], [0.2, 0.8], [0.8, 0.8], [0.8, 0.2]]) * (width, height)
        fields: dict[str, Any] = {
            "owner": source.id, "digest": source.photo.digest, "quad": quad,
            "points": {"eye_right": (10.0, 20.0), "eye_left": (30.0, 20.0), "mouth_right": (12.0, 40.0),
                       "mouth_left": (28.0, 40.0), "chin": (20.0, 50.0)},
            "landmarks": np.zeros((478, 2), np.float32), "confidence": 0.9, "rotation": 0,
            "hair": np.full((height, width), hair, np.uint8), "faces": ((0.0, 0.0, 9.0, 9.0),)}
        analysis = PhotoAnalysis(**{**fields, **changes})
        self._tickets.pop(source.id, None)
        self.analysed.emit(analysis)
        return analysis


@pytest.fixture
def make_photo(tmp_path: Path) -> MakePhoto:
    """Writes a PNG and returns its path."""
    def make(name: str = "portrait.png", width: int = 120, height: int = 160, shade: int = 90) -> Path:
        pixels = np.full((height, width, 3), shade, np.uint8)
        pixels[..., 0] = np.linspace(0, 200, width, dtype=np.uint8)
        path = tmp_path / name
        Image.fromarray(pixels).save(path)
        return path

    return make


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "user" / "settings.ini")


@pytest.fixture
def engine(qapp: QApplication) -> StillEngine:
    return StillEngine()


@pytest.fixture
def window(qtbot: QtBot, settings: Settings, engine: StillEngine) -> Iterator[MainWindow]:
    """The start page of a window of 1280 x 800."""
    apply_theme(QApplication.instance())  # type: ignore[arg-type]
    window = MainWindow(settings, engine)
    window.resize(1280, 800)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    yield window
    qtbot.waitUntil(lambda: not background.busy())
    window.workspace.mark_saved()
    window.close()
    window.deleteLater()


@pytest.fixture
def notices(window: MainWindow) -> list[Notice]:
    """Everything the banner was asked to show."""
    seen: list[Notice] = []
    window.workspace.noticed.connect(seen.append)
    return seen


@pytest.fixture
def opened(window: MainWindow, make_photo: MakePhoto, qtbot: QtBot) -> MainWindow:
    """The window with a portrait in it that was analysed."""
    window.opener.open_identity(make_photo())
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    source = window.workspace.source("identity")
    assert source is not None
    engine = window.workspace.engine
    assert isinstance(engine, StillEngine)
    engine.answer(source)
    qtbot.wait(1)
    return window
