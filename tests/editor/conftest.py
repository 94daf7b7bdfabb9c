"""What every test of the window may count on: offscreen, a clean user, and nothing of Qt left behind or passed over."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# OpenCV's wheel brings a Qt of its own and points Qt at it.
os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)

from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QStandardPaths, Qt, QThread
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.document.document import Document
from editor.shell.main_window import MainWindow
from editor.workspace import Workspace
from tests.editor.run_bench import bench as bench
from tests.editor.whole_window import engine as engine
from tests.editor.whole_window import make_photo as make_photo
from tests.editor.whole_window import notices as notices
from tests.editor.whole_window import opened as opened
from tests.editor.whole_window import settings as settings
from tests.editor.whole_window import window as window

_PATIENCE_S = 3.0


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """The application class of ``qapp``, with names that keep test settings apart from a user's."""
    QStandardPaths.setTestModeEnabled(True)
    QCoreApplication.setOrganizationName("coiffe-tests")
    QCoreApplication.setApplicationName("coiffe-tests")
    return QApplication


@pytest.fixture(autouse=True, scope="session")
def _quick_collections() -> Iterator[None]:
    """Whatever the libraries hold is looked through once, not after every test, and cycles are freed as in the
    program: never on another thread."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes a user's settings, layout, recent files or model packs."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        QSettings.setPath(QSettings.Format.IniFormat, scope, str(tmp_path / "settings"))
    monkeypatch.setenv("COIFFE_HOME", str(tmp_path / "home"))


@pytest.fixture
def show(qtbot: QtBot) -> Callable[..., Any]:
    """Shows a widget, in a size where one is given, until the test ends."""
    def shown(widget: QWidget, *size: int) -> QWidget:
        qtbot.addWidget(widget)
        if size:
            widget.resize(*size)
        widget.show()
        return widget
    return shown


@pytest.fixture
def document(workspace: Workspace) -> Document:
    assert workspace.document is not None
    return workspace.document


@pytest.fixture
def hints(workspace: Workspace) -> list[str]:
    """What is said at the bottom of the window."""
    said: list[str] = []
    workspace.hinted.connect(said.append)
    return said


@pytest.fixture(autouse=True)
def _nothing_left(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test that leaves a Qt thread, a Python thread or a process running, or a window open.

    Exceptions in slots, virtual methods and threads, and warnings of Qt, fail the test through pytest-qt and pytest.
    """
    started: list[weakref.ref[QThread]] = []
    start = QThread.start

    def remembered(thread: QThread, *arguments: object) -> None:
        started.append(weakref.ref(thread))
        start(thread, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(QThread, "start", remembered)
    before = set(threading.enumerate())
    yield
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, MainWindow):
            # What a failed test left unsaved would be asked for, and nobody answers.
            widget.workspace.mark_saved()
        widget.close()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    qapp.processEvents()
    gc.collect()
    left = _left(started, before)
    until = time.monotonic() + _PATIENCE_S
    while left and time.monotonic() < until:
        time.sleep(0.01)
        left = _left(started, before)
    for thread in _running(started):
        thread.quit()
        thread.wait(1000)
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    _release_buttons()
    if left:
        pytest.fail("left running: " + ", ".join(left))


def _release_buttons() -> None:
    """Qt keeps the buttons for the whole process: one that stays down makes later tests wait for the hand to rest.

    QTest's double click leaves its button down, and so does whoever stops in the middle of a drag.
    """
    held = QGuiApplication.mouseButtons()
    if held == Qt.MouseButton.NoButton:
        return
    window = QWindow()
    window.show()
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
        if button & held:
            QTest.mouseRelease(window, button)
    window.destroy()
    assert QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton


def _running(started: list[weakref.ref[QThread]]) -> list[QThread]:
    running = []
    for reference in started:
        thread = reference()
        try:
            if thread is not None and thread.isRunning():
                running.append(thread)
        except RuntimeError:
            continue  # Its C++ part is gone, so it has ended.
    return running


def _left(started: list[weakref.ref[QThread]], before: set[threading.Thread]) -> list[str]:
    left = [f"QThread {thread.objectName() or thread!r}" for thread in _running(started)]
    left += [f"process {child.name}" for child in multiprocessing.active_children()]
    # Python invents a dummy for each foreign thread that asks for its name, and never forgets it.
    left += [f"thread {thread.name}" for thread in threading.enumerate()
             if thread not in before and not isinstance(thread, threading._DummyThread)]
    return left
