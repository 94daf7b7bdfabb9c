"""Closing the window and cancelling, at whatever moment: soon over, and nothing of it stays behind."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QThreadPool
from PySide6.QtWidgets import QApplication

from editor.engine_link import Engine, RunState
from editor.files import files as files_module
from editor.files.unsaved import Answer
from editor.settings import Settings
from editor.shell.main_window import MainWindow
from tests.editor import fake_engine
from tests.editor.pen import Pen

MOMENTS = 50
_CHECKOUT = Path(__file__).resolve().parents[2]
_HANGS_S = 4.0
"""Twice what closing may take; more only ever means that it hangs. The figures themselves are printed."""
_WAIT_MS = 30_000


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "portrait.png", tmp_path / "reference.png"]
    for seed, path in enumerate(paths):
        coarse = np.random.default_rng(seed).integers(20, 236, (7, 7, 3), dtype=np.uint8)
        cv2.imwrite(str(path), cv2.resize(coarse, (900, 1200), interpolation=cv2.INTER_CUBIC))
    return paths


@pytest.fixture(autouse=True)
def _nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "ask_about_unsaved", lambda *_, **__: Answer.DISCARD)


class Scene:
    """Brings a window to a stage of the work."""

    def __init__(self, window: MainWindow, photos: list[Path], qtbot) -> None:
        self.window, self.photos, self.qtbot = window, photos, qtbot

    def _until(self, true: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(true, timeout=_WAIT_MS)

    def begun(self) -> None:
        pass

    def warming(self) -> None:
        self.window.workspace.engine.prewarm()

    def opening(self) -> None:
        self.window.files.open_paths(self.photos)

    def analysing(self) -> None:
        self.opening()
        self._until(lambda: self.window.workspace.engine.analysing("identity"))

    def opened(self) -> None:
        self.opening()
        self._until(lambda: self.window.workspace.document is not None
                    and len(self.window.workspace.document.references) == 1)

    def starting(self) -> None:
        self.opened()
        settings = self.window.workspace.document.settings
        settings.recipe, settings.parameters["loho"] = "loho", {"steps": 400}
        self.window.run.run()
        assert self.window.run.active

    def running(self) -> None:
        self.starting()
        self._until(lambda: self.window.workspace.frame is not None)

    def painting(self) -> None:
        self.running()
        view = self.window.area.main
        points = [QPointF(view.width() / 2 + i, view.height() / 3) for i in range(12)]
        stroke = Pen().stroke(view, points)
        for _ in range(8):
            next(stroke)
            QApplication.processEvents()
        assert self.window.toolbox.busy

    def pausing(self) -> None:
        self.running()
        self.window.run.pause()

    def paused(self) -> None:
        self.pausing()
        self._until(lambda: self.window.run.state is RunState.PAUSED)

    def finishing(self) -> None:
        self.running()
        self.window.run.stop()

    def finished(self) -> None:
        self.finishing()
        self._until(lambda: self.window.workspace.pending is not None)


QUICK = ("begun", "warming", "opening", "analysing", "opened", "starting")
SLOW = ("running", "painting", "pausing", "paused", "finishing", "finished")
CANCELS: tuple[Callable[[MainWindow], object], ...] = (
    lambda window: None, lambda window: window.run.stop(), lambda window: window.run.discard(),
    lambda window: window.files.close_document(), lambda window: window.workspace.engine.abort(),
    lambda window: window.toolbox.cancel(),
)


def _close_at(stage: str, chance: random.Random, engine: Engine, photos: list[Path], tmp_path: Path, qtbot) -> float:
    """Seconds from the order to close until nothing runs any more."""
    threads = {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}
    window = MainWindow(Settings(tmp_path / "user" / "settings.ini"), engine)
    window.resize(1280, 800)
    window.show()
    getattr(Scene(window, photos, qtbot), stage)()
    qtbot.wait(round(chance.random() ** 2 * 300))
    chance.choice(CANCELS)(window)
    if chance.random() < 0.5:
        qtbot.wait(chance.randrange(40))
    began = time.perf_counter()
    assert window.close()
    assert not window.isVisible()
    assert QThreadPool.globalInstance().waitForDone(round(1000 * _HANGS_S))
    left = ["?"]
    while left and time.perf_counter() < began + _HANGS_S:
        left = [str(child) for child in multiprocessing.active_children()]
        left += [thread.name for thread in threading.enumerate()
                 if thread not in threads and not isinstance(thread, threading._DummyThread)]
        left += ["engine link"] if engine._thread.isRunning() else []
    took = time.perf_counter() - began
    assert left == [], f"at {stage}"
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()
    return took


@pytest.mark.parametrize("part", range(5))
def test_closing_at_random_moments(part: int, photos: list[Path], tmp_path: Path, qtbot) -> None:
    chance = random.Random(part)
    took = {}
    for number in range(MOMENTS // 5):
        stage = chance.choice(SLOW if number % 2 else QUICK)
        took[f"{number} {stage}"] = _close_at(stage, chance, Engine(entry=fake_engine.ENTRY), photos, tmp_path, qtbot)
    print({stage: round(seconds, 3) for stage, seconds in took.items()})
    assert max(took.values()) < _HANGS_S


@pytest.mark.weights
@pytest.mark.parametrize(("stage", "wait_s"), [("warming", 0.3), ("warming", 2.0), ("analysing", 1.0),
                                              ("starting", 0.5), ("starting", 6.0), ("running", 0.2)])
def test_closing_beside_the_real_engine(stage: str, wait_s: float, starter_pack, data_dir: Path, tmp_path: Path,
                                        qtbot, monkeypatch) -> None:
    faces = data_dir / "photos" / "headshots"
    plain = getattr(Scene, stage)

    def later(scene: Scene) -> None:
        plain(scene)
        qtbot.wait(round(1000 * wait_s))

    monkeypatch.setattr(Scene, stage, later)
    monkeypatch.setattr(f"{__name__}._WAIT_MS", 120_000)
    took = _close_at(stage, random.Random(7), Engine(), [faces / "p11.jpg", faces / "p04.jpg"], tmp_path, qtbot)
    print(stage, round(took, 3))
    assert took < _HANGS_S


_PROGRAM = '''
import sys

if __name__ == "__main__":
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from editor.app import main, make_application

    app = make_application()
    QTimer.singleShot(0, lambda: print("shown", flush=True))
    if sys.argv[1] != "0":
        from editor.files import files
        from editor.files.unsaved import Answer

        files.ask_about_unsaved = lambda *_, **__: Answer.DISCARD
        QTimer.singleShot(int(sys.argv[1]), lambda: [window.close() for window in app.topLevelWidgets()])
    sys.exit(main(sys.argv[2:]))
'''


@pytest.mark.skipif(os.name != "posix", reason="signals and sessions are those of POSIX")
@pytest.mark.parametrize(("how", "after_s"), [("signal", 0.0), ("signal", 0.4), ("signal", 1.3), ("signal", 2.5),
                                             ("timer", 0.001), ("timer", 0.3), ("timer", 2.0)])
def test_ending_the_program(how: str, after_s: float, photos: list[Path], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM)
    home = tmp_path / "own home"
    environment = {**os.environ, "COIFFE_HOME": str(home), "PYTHONPATH": str(_CHECKOUT), "OMP_NUM_THREADS": "1",
                   "QT_QPA_PLATFORM": "offscreen"}
    timer = str(round(1000 * after_s)) if how == "timer" else "0"
    child = subprocess.Popen([sys.executable, str(program), timer, *map(str, photos)], env=environment, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "shown\n"
        time.sleep(after_s)
        began = time.perf_counter()
        if how == "signal":
            child.send_signal(signal.SIGTERM)
        output, errors = child.communicate(timeout=_HANGS_S + 4)
        took = time.perf_counter() - began
        print(how, after_s, round(took, 3))
        assert child.returncode == 0, errors
        _nobody_left(child.pid)
    finally:
        _kill_all(child.pid)
        child.communicate()
    said = [line for line in (output + errors).splitlines() if "This plugin does not support" not in line]
    assert said == []
    log = home / "coiffe.log"
    noted = log.read_text() if log.exists() else ""
    assert not any(f" {level} " in noted for level in ("WARNING", "ERROR", "CRITICAL")), noted


def _nobody_left(group: int) -> None:
    """No process of this group any more, a moment after its leader."""
    until = time.monotonic() + _HANGS_S
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail("a process is left")


def _kill_all(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
