"""Notices whatever goes wrong beside the test that runs, and every moment at which the window does not answer."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any

import numpy as np
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, qInstallMessageHandler

STALL_S = 0.1
_PING_S = 0.02
_HARMLESS = ("This plugin does not support",)
"""How the offscreen platform says what it leaves out."""


class Alarm(logging.Handler):
    """While entered, collects uncaught exceptions of any kind, warnings of Qt and logged warnings in ``problems``.

    Args:
        where: says what was being done.
    """

    def __init__(self, where: Callable[[], str] = str) -> None:
        super().__init__(logging.WARNING)
        self.problems: list[str] = []
        self._where = where
        self._before: tuple[Any, ...] = ()

    def __enter__(self) -> Alarm:
        self._before = (sys.excepthook, sys.unraisablehook, threading.excepthook,
                        qInstallMessageHandler(self._on_qt))
        sys.excepthook = self._on_exception
        sys.unraisablehook = lambda caught: self._on_exception(caught.exc_type, caught.exc_value, caught.exc_traceback)
        threading.excepthook = lambda caught: self._on_exception(caught.exc_type, caught.exc_value,
                                                                 caught.exc_traceback)
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        sys.excepthook, sys.unraisablehook, threading.excepthook, handler = self._before
        qInstallMessageHandler(handler)
        logging.getLogger().removeHandler(self)

    def note(self, text: str) -> None:
        """Something is wrong."""
        self.problems.append(f"{self._where()}: {text}")

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + "".join(traceback.format_exception(*record.exc_info))
        self.note(f"logged by {record.name}: {text}")

    def _on_exception(self, kind: Any, value: Any, trace: TracebackType | None) -> None:
        self.note("".join(traceback.format_exception(kind, value, trace)))

    def _on_qt(self, kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) and not str(text).startswith(_HARMLESS):
            self.note(f"Qt: {text} [{_stack(sys._getframe())}]")


@dataclass
class Stall:
    """A moment without an answer.

    Attributes:
        wall_s: how long.
        cpu_s: how long the window's thread really computed; much less means that it waited, or had no core.
        doing: what was being done.
        stacks: where the thread was, from 100 ms on.
    """

    wall_s: float
    cpu_s: float
    doing: str
    stacks: list[str] = field(default_factory=list)


class StallWatch(QObject):
    """Pings the event loop from a thread of its own every 20 ms and notes how long the answers take.

    Args:
        doing: says what is being done.
    """

    _ping = Signal()

    def __init__(self, doing: Callable[[], str] = str) -> None:
        super().__init__()
        self.delays: list[float] = []
        self.stalls: list[Stall] = []
        self.paused = False
        self._doing = doing
        self._answered = threading.Event()
        self._over = threading.Event()
        self._main = threading.get_ident()
        self._cpu = time.thread_time()
        self._ping.connect(self._answer, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._watch, name="stall watch")

    def __enter__(self) -> StallWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._answered.set()
        self._thread.join()

    def _answer(self) -> None:
        self._cpu = time.thread_time()
        self._answered.set()

    def _watch(self) -> None:
        while not self._over.is_set():
            self._answered.clear()
            cpu, began, stacks = self._cpu, time.perf_counter(), []
            doing, skipped = "", self.paused
            self._ping.emit()
            while not self._answered.wait(STALL_S if not stacks else 0.05):
                doing = doing or self._doing()
                if len(stacks) < 6:
                    stacks.append(_stack(sys._current_frames().get(self._main)))
                skipped |= self.paused
            took = time.perf_counter() - began
            if not (skipped or self.paused or self._over.is_set()):
                self.delays.append(took)
                if took > STALL_S:
                    self.stalls.append(Stall(took, self._cpu - cpu, doing, stacks))
            self._over.wait(max(0.0, _PING_S - took))

    def summary(self) -> str:
        """The delays in one line."""
        if not self.delays:
            return "no delays measured"
        p50, p99 = 1000 * np.percentile(self.delays, (50, 99))
        return (f"{len(self.delays)} pings: p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {1000 * max(self.delays):.0f} ms; "
                f"{len(self.stalls)} over {1000 * STALL_S:.0f} ms")

    def report(self) -> str:
        """Every stall with the places at which the window's thread was seen, longest first."""
        lines = []
        for stall in sorted(self.stalls, key=lambda item: -item.wall_s):
            lines.append(f"{1000 * stall.wall_s:.0f} ms (computing {1000 * stall.cpu_s:.0f} ms) at {stall.doing}")
            lines += [f"    {stack}" for stack in dict.fromkeys(stall.stacks)]
        return "\n".join(lines)


def _stack(frame: FrameType | None) -> str:
    """The innermost calls, outermost first."""
    calls = traceback.extract_stack(frame)[-9:] if frame is not None else []
    return " > ".join(f"{call.filename.rpartition('/')[2]}:{call.lineno} {call.name}" for call in calls)
