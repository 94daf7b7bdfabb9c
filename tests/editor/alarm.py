"""Notices whatever goes wrong beside the test that runs, and every moment at which the window does not answer."""

from __future__ import annotations

import logging
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any

import numpy as np
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, qInstallMessageHandler

STALL_S = 0.1
_PING_S = 0.02
_LOOK_S = 0.03
"""From here on it is noted where the window's thread is."""
_LOOK_AGAIN_S = 0.012
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


@dataclass(frozen=True)
class Used:
    """What was spent up to a moment.

    Attributes:
        thread_s: computing of the window's thread, ``system_s`` of it inside the system (fresh memory, mostly).
        process_s: computing of all threads of the program.
        switched: how often the window's thread was put aside for somebody else.
    """

    thread_s: float
    system_s: float
    process_s: float
    switched: int

    @classmethod
    def now(cls) -> Used:
        """Asked by the window's thread of itself."""
        own = resource.getrusage(resource.RUSAGE_THREAD)
        return cls(time.thread_time(), own.ru_stime, time.process_time(), own.ru_nivcsw)

    def __sub__(self, other: Used) -> Used:
        return Used(self.thread_s - other.thread_s, self.system_s - other.system_s,
                    self.process_s - other.process_s, self.switched - other.switched)


@dataclass
class Stall:
    """A moment without an answer.

    Attributes:
        wall_s: how long.
        used: what was spent meanwhile; where the thread's own share is much less than ``wall_s`` it waited for
            another thread, if the process computed, or had no core, if that did neither.
        doing: what was being done.
        unseen_s: the longest time in which not even the watch got to run: somebody held Python, or the machine slept.
        stacks: where the threads were, from 30 ms on, and how often they were seen there.
    """

    wall_s: float
    used: Used
    doing: str
    unseen_s: float = 0.0
    stacks: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        wall, own, system, process = (
            f"{1000 * spent:.0f}"
            for spent in (self.wall_s, self.used.thread_s, self.used.system_s, self.used.process_s))
        lines = [f"{wall} ms (computing {own}, in the system {system}, all threads {process} ms, "
                 f"put aside {self.used.switched} times, unseen for {1000 * self.unseen_s:.0f} ms) at {self.doing}"]
        return "\n".join([*lines, *(f"    {count} x {stack}" for stack, count in self.stacks.items())])


class StallWatch(QObject):
    """Pings the event loop from a thread of its own every 20 ms and notes how long the answers take.

    Args:
        doing: says what is being done.
        limit_s: from here on a delay is noted as a stall.
    """

    _ping = Signal()

    def __init__(self, doing: Callable[[], str] = str, limit_s: float = STALL_S) -> None:
        super().__init__()
        self._limit_s = limit_s
        self.delays: list[float] = []
        self.stalls: list[Stall] = []
        self.paused = False
        self._doing = doing
        self._answered = threading.Event()
        self._over = threading.Event()
        self._main = threading.get_ident()
        self._used = Used.now()
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
        self._used = Used.now()
        self._answered.set()

    def _watch(self) -> None:
        while not self._over.is_set():
            self._answered.clear()
            used, began = self._used, time.perf_counter()
            stacks: dict[str, int] = {}
            doing, skipped, unseen, looked = "", self.paused, 0.0, began
            self._ping.emit()
            while not self._answered.wait(_LOOK_AGAIN_S if stacks else _LOOK_S):
                before, looked = looked, time.perf_counter()
                unseen = max(unseen, looked - before)
                doing = doing or self._doing()
                for stack in self._look():
                    stacks[stack] = stacks.get(stack, 0) + 1
                skipped |= self.paused
            took = time.perf_counter() - began
            if not (skipped or self.paused or self._over.is_set()):
                self.delays.append(took)
                if took > self._limit_s:
                    self.stalls.append(Stall(took, self._used - used, doing, unseen, stacks))
            self._over.wait(max(0.0, _PING_S - took))

    def _look(self) -> Iterator[str]:
        """Where the window's thread is, and what all others do that may keep Python from it."""
        frames = sys._current_frames()
        yield _stack(frames.get(self._main))
        for thread, frame in frames.items():
            if thread not in (self._main, threading.get_ident()):
                yield f"beside it: {_stack(frame, 5)}"

    def summary(self) -> str:
        """The delays in one line."""
        if not self.delays:
            return "no delays measured"
        p50, p99 = 1000 * np.percentile(self.delays, (50, 99))
        over = [stall for stall in self.stalls if stall.wall_s > STALL_S]
        computing = sum(stall.used.thread_s > STALL_S for stall in over)
        return (f"{len(self.delays)} pings: p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {1000 * max(self.delays):.0f} ms; "
                f"{len(over)} over {1000 * STALL_S:.0f} ms, {computing} of them by the thread's own computing; "
                f"most computing {1000 * max((s.used.thread_s for s in self.stalls), default=0.0):.0f} ms")

    def report(self) -> str:
        """Every stall with the places at which the window's thread was seen, longest first."""
        return "\n".join(str(stall) for stall in sorted(self.stalls, key=lambda item: -item.wall_s))


def _stack(frame: FrameType | None, most: int = 9) -> str:
    """The innermost calls, outermost first; read without the sources, which would hold everything up."""
    calls: list[str] = []
    while frame is not None and len(calls) < most:
        code = frame.f_code
        calls.append(f"{code.co_filename.rpartition('/')[2]}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " > ".join(reversed(calls))
