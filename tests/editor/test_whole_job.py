"""The whole job by hand, with the events a person would cause: two photographs in, one picture out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from core.document.document import IDENTITY
from core.io.image import read_photo
from core.recipes.request import Request
from editor import background
from editor.engine_link import Engine, RunState
from editor.settings import Settings
from editor.shell.main_window import MainWindow
from tests.editor import fake_engine
from tests.editor.monkey import fingerprint
from tests.editor.pen import Pen

_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
WAIT_MS = 30_000


@dataclass
class Job:
    """What the job is done with."""

    engine: Engine
    portrait: Path
    reference: Path
    preset: str
    parameters: dict[str, Any]
    patience_ms: int
    exact: bool
    """Whether losses under other masks can be compared."""


@pytest.fixture
def made_photos(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "portrait.png", tmp_path / "reference.png"
    for seed, path in enumerate(paths):
        coarse = np.random.default_rng(seed).integers(20, 236, (7, 7, 3), dtype=np.uint8)
        cv2.imwrite(str(path), cv2.resize(coarse, (480, 600), interpolation=cv2.INTER_CUBIC))
    return paths


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's own folder, in which nothing is left behind: settings, projects and exports lie elsewhere here."""
    folder = tmp_path / "somebody"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    yield folder
    assert list(folder.rglob("*")) == []


@pytest.fixture
def job(request: pytest.FixtureRequest, qapp: QApplication, home: Path) -> Job:
    """With the fake engine, unless the test is parametrised with "real"."""
    if getattr(request, "param", "fake") == "fake":
        portrait, reference = request.getfixturevalue("made_photos")
        return Job(Engine(entry=fake_engine.ENTRY), portrait, reference, "standard", {"steps": 5000}, WAIT_MS, True)
    request.getfixturevalue("starter_pack")
    faces = request.getfixturevalue("data_dir") / "photos" / "headshots"
    return Job(Engine(), faces / "p11.jpg", faces / "p04.jpg", "draft", {"steps": 40}, 120_000, False)


@pytest.fixture
def window(job: Job, tmp_path: Path, qtbot) -> Iterator[MainWindow]:
    made = MainWindow(Settings(tmp_path / "user" / "settings.ini"), job.engine)
    made.resize(1280, 800)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    yield made
    qtbot.waitUntil(lambda: not background.busy(), timeout=WAIT_MS)
    made.workspace.mark_saved()
    assert made.close()
    made.deleteLater()


def _drop(window: MainWindow, path: Path, share: float) -> None:
    """Let a file fall on the page at this share of its width."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    page = window.centralWidget()
    where = page.mapTo(window, QPoint(round(page.width() * share), page.height() // 2))
    QApplication.sendEvent(window, QDragEnterEvent(where, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                                                   Qt.KeyboardModifier.NoModifier))
    QApplication.sendEvent(window, QDropEvent(QPointF(where), Qt.DropAction.CopyAction, data,
                                              Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))


def _open_both(window: MainWindow, job: Job, qtbot) -> None:
    _drop(window, job.portrait, 0.25)
    qtbot.waitUntil(lambda: window.workspace.document is not None, timeout=WAIT_MS)
    _drop(window, job.reference, 0.75)
    qtbot.waitUntil(lambda: len(window.workspace.document.references) == 1, timeout=WAIT_MS)
    sources = window.workspace.document.sources.values()
    qtbot.waitUntil(lambda: all(source.face is not None for source in sources), timeout=job.patience_ms)
    settings = window.workspace.document.settings
    # A recipe that has time to be steered.
    settings.recipe, settings.preset, settings.parameters["loho"] = "loho", job.preset, dict(job.parameters)


def _paint(window: MainWindow, role: str, points: list[tuple[float, float]], *, eraser: bool = False) -> None:
    """One stroke of the pen through points given as shares of the photo."""
    window.actions_[f"mask.paint_{role}"].trigger()
    view, size = window.area.main, window.area.main.image_size
    places = [view.viewport.to_widget(QPointF(x * size.width(), y * size.height())) for x, y in points]
    steps = [a + (b - a) * (i / 12) for a, b in pairwise(places) for i in range(12)]
    for _ in Pen(eraser).stroke(view, [*steps, places[-1]], 0.9):
        QApplication.processEvents()


def _key(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    window.area.main.setFocus()
    QTest.keyClick(window.windowHandle(), key, modifiers)


def _export(window: MainWindow, path: Path, monkeypatch, qtbot) -> None:
    """Through the dialog, as a PNG."""
    from editor.files.export_dialog import ExportDialog

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))

    def press() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, ExportDialog):
            QTest.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(100, press)
    window.actions_["file.export"].trigger()
    qtbot.waitUntil(lambda: not window.files.writer.busy and path.exists(), timeout=WAIT_MS)


def _run_until_it_shows(window: MainWindow, job: Job, qtbot) -> None:
    # Buttons and menu entries follow a change with the next turn of the event loop.
    qtbot.waitUntil(window.actions_["run.run"].isEnabled)
    _key(window, Qt.Key.Key_Return, _CONTROL)
    assert window.run.state in (RunState.STARTING, RunState.RUNNING)
    qtbot.waitUntil(lambda: window.workspace.frame is not None and len(window.run.losses) > 2, timeout=job.patience_ms)


def _press_when_possible(window: MainWindow, action: str, press: Callable[[], None], qtbot) -> None:
    qtbot.waitUntil(window.actions_[action].isEnabled, timeout=WAIT_MS)
    press()


@pytest.mark.parametrize("job", ["fake", pytest.param("real", marks=pytest.mark.weights)], indirect=True)
def test_from_two_photographs_to_a_picture(window: MainWindow, job: Job, tmp_path: Path, monkeypatch, qtbot) -> None:
    workspace, run = window.workspace, window.run
    _open_both(window, job, qtbot)
    document = workspace.document
    original = document.identity.photo.pixels.copy()

    steps = workspace.undo.count()
    found = document.identity.masks["hair"].data.copy()
    assert found.any()
    _paint(window, "hair", [(0.35, 0.12), (0.65, 0.12)])
    assert document.identity.hair_painted
    assert np.any(document.identity.masks["hair"].data > found)
    _paint(window, "ignore", [(0.1, 0.3), (0.14, 0.45)])
    assert document.identity.masks["ignore"].data.any()
    assert workspace.undo.count() == steps + 2

    updates: list[Request] = []
    update = job.engine.update
    monkeypatch.setattr(job.engine, "update", lambda request: (updates.append(request), update(request)))
    _run_until_it_shows(window, job, qtbot)
    qtbot.waitUntil(lambda: run.step.index >= 6, timeout=job.patience_ms)
    before, counted = run.losses[-1], []
    job.engine.stepArrived.connect(lambda step: counted.append(step.index))
    _paint(window, "protect", [(0.3, 0.8), (0.7, 0.8)])
    assert workspace.undo.count() == steps + 3
    qtbot.waitUntil(lambda: bool(updates), timeout=WAIT_MS)
    assert np.array_equal(updates[-1].protect, document.identity.masks["protect"].effective())
    # It begins to count anew, but goes on from the latent that it had come to.
    qtbot.waitUntil(lambda: any(later < earlier for earlier, later in pairwise(counted)), timeout=job.patience_ms)
    qtbot.waitUntil(lambda: len(run.losses) > 0, timeout=job.patience_ms)
    if job.exact:
        assert run.losses[0] <= before

    _press_when_possible(window, "run.pause", lambda: _key(window, Qt.Key.Key_Period, _CONTROL), qtbot)
    qtbot.waitUntil(lambda: run.state is RunState.PAUSED, timeout=job.patience_ms)
    asleep = run.step.index
    qtbot.wait(150)
    assert run.step.index == asleep
    _key(window, Qt.Key.Key_Period, _CONTROL)
    qtbot.waitUntil(lambda: run.state is RunState.IDLE or run.step.index > asleep, timeout=job.patience_ms)
    _press_when_possible(window, "run.stop", lambda: _key(window, Qt.Key.Key_Period, _CONTROL | _SHIFT), qtbot)
    qtbot.waitUntil(lambda: workspace.pending is not None, timeout=job.patience_ms)
    assert workspace.frame is None

    steps, plain = workspace.undo.count(), fingerprint(document)
    _press_when_possible(window, "run.apply", lambda: _key(window, Qt.Key.Key_Return), qtbot)
    assert workspace.pending is None
    assert (workspace.undo.count(), len(document.layers)) == (steps + 1, 2)
    applied = fingerprint(document)
    _press_when_possible(window, "edit.undo", lambda: _key(window, Qt.Key.Key_Z, _CONTROL), qtbot)
    assert fingerprint(document) == plain
    _press_when_possible(window, "edit.redo", lambda: _key(window, Qt.Key.Key_Z, _CONTROL | _SHIFT), qtbot)
    assert fingerprint(document) == applied

    path = tmp_path / "composite.png"
    _export(window, path, monkeypatch, qtbot)
    written, layer = read_photo(path).pixels, document.layers[-1]
    inside = np.zeros(original.shape[:2], bool)
    inside[layer.rect.slices()] = layer.mask.effective() > 0
    assert (written.shape, written.dtype) == (original.shape, original.dtype)
    assert np.array_equal(written[~inside], read_photo(job.portrait).pixels[~inside])
    assert np.any(written[inside] != original[inside])
    protected = document.identity.masks["protect"].data > 127
    assert protected.any()
    assert np.array_equal(written[protected], original[protected])


def test_discarding_leaves_no_trace(window: MainWindow, job: Job, qtbot) -> None:
    workspace, run = window.workspace, window.run
    _open_both(window, job, qtbot)
    document = workspace.document
    _paint(window, "hair", [(0.35, 0.12), (0.65, 0.12)])
    _paint(window, "hair", [(0.4, 0.12), (0.5, 0.12)], eraser=True)
    before, steps = fingerprint(document), workspace.undo.count()
    masks = {role: mask.data.copy() for role, mask in document.sources[IDENTITY].masks.items()}
    _run_until_it_shows(window, job, qtbot)
    _key(window, Qt.Key.Key_Period, _CONTROL | _SHIFT)
    qtbot.waitUntil(lambda: workspace.pending is not None, timeout=job.patience_ms)
    assert len(document.candidates) == 1
    _press_when_possible(window, "run.discard", lambda: _key(window, Qt.Key.Key_Escape), qtbot)
    assert (workspace.pending, workspace.frame, document.candidates) == (None, None, [])
    assert fingerprint(document) == before
    assert (workspace.undo.count(), workspace.undo.index()) == (steps, steps)
    assert all(np.array_equal(mask, document.sources[IDENTITY].masks[role].data) for role, mask in masks.items())
    assert not run.active
