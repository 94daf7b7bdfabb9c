"""A monkey plays with the whole window for COIFFE_MONKEY_SECONDS (60; see ``monkey.py``), and nothing goes wrong."""

from __future__ import annotations

import os
from pathlib import Path

from editor import background
from editor.engine_link import Engine
from editor.settings import Settings
from editor.shell.main_window import MainWindow
from tests.editor import fake_engine
from tests.editor.monkey import Monkey, sample

SECONDS = float(os.environ.get("COIFFE_MONKEY_SECONDS", "60"))
SEED = int(os.environ.get("COIFFE_MONKEY_SEED", "1"))


def test_nothing_goes_wrong(tmp_path: Path, qtbot) -> None:
    lines: list[str] = []
    window = MainWindow(Settings(tmp_path / "user" / "settings.ini"), Engine(entry=fake_engine.ENTRY))
    window.resize(1280, 800)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.files.open_path(sample(tmp_path))
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    monkey = Monkey(window, SEED, tmp_path, lines.append)
    monkey.play(SECONDS)
    # How long the window took to answer is for the one who measures on a quiet machine.
    assert monkey.watch is not None
    print(f"\nseed {SEED}: {monkey.count} actions, {monkey.events} events")
    print(monkey.watch.summary(), monkey.watch.report(), sep="\n")
    assert monkey.alarm.problems == [], "\n".join([*monkey.recent, *monkey.alarm.problems])
    assert monkey.count > 0
    qtbot.waitUntil(lambda: not background.busy(), timeout=10_000)
    window.workspace.mark_saved()
    assert window.close()
    window.deleteLater()
