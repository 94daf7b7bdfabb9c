"""How long the artist waits for the window: from the command until it is shown and its event loop has nothing to do.

Every start is a process of its own, with settings of its own; the first one, which finds the files cold, does not
count.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QMainWindow

_MARK = "usable after"
_SLOWEST = 15
_ROOT = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m editor.bench start``."""
    parser.add_argument("--runs", type=int, default=5, help="starts that count")
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Print the figures; returns the exit code."""
    if arguments.child is not None:
        return _start(arguments.child)
    with tempfile.TemporaryDirectory() as home:
        seconds = [_measure(home) for _ in range(arguments.runs + 1)][1:]
        print(f"usable after {statistics.median(seconds):.2f} s (median of {len(seconds)}: "
              f"{', '.join(f'{value:.2f}' for value in seconds)})")
        print(f"the {_SLOWEST} slowest imports, ms without what they import themselves:")
        for own, total, name in _slowest_imports(home):
            print(f"  {own:6.0f} {total:6.0f}  {name}")
    return 0


def _child(home: str, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *flags, "-m", "editor.bench", "start", "--child", repr(time.time())]
    return subprocess.run(command, env={**os.environ, "COIFFE_HOME": home}, cwd=_ROOT, text=True,
                          capture_output=True, check=True)


def _measure(home: str) -> float:
    """Seconds of one start."""
    said = _child(home).stdout
    return float(next(line for line in said.splitlines() if line.startswith(_MARK)).split()[-1])


def _slowest_imports(home: str) -> list[tuple[float, float, str]]:
    """Own and total milliseconds, and name, of the slowest modules of one start."""
    rows = []
    for line in _child(home, "-X", "importtime").stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) == 3 and parts[0].strip().isdigit():
            rows.append((int(parts[0]) / 1000, int(parts[1]) / 1000, parts[2].strip()))
    return sorted(rows, reverse=True)[:_SLOWEST]


def _start(began: float) -> int:
    """Be the program, and end as soon as it could be used."""
    from editor.app import main, make_application

    app = make_application()
    watcher = _Watcher(began)
    app.installEventFilter(watcher)
    return main([])


class _Watcher(QObject):
    """Notices the first picture of the window, then the first moment at which nothing is left to do."""

    def __init__(self, began: float) -> None:
        super().__init__()
        self._began = began
        self._window: QMainWindow | None = None
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._ready)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._window is None and event.type() is QEvent.Type.Paint and isinstance(watched, QMainWindow):
            self._window = watched
            # Comes round only once everything posted until now has been dealt with.
            self._idle.start()
        return False

    def _ready(self) -> None:
        print(f"{_MARK} {time.time() - self._began:.3f}", flush=True)
        if self._window is not None:
            self._window.close()
