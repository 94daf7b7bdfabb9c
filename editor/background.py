"""Runs slow work (files, large pictures) beside the window and brings its result back to the window's thread."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Told:
    """Who is told how a piece of work ended. Only the window's thread ever holds one: it may be the last that knows
    an object of Qt, which must not be destroyed on another thread."""

    done: Callable[[Any], None]
    failed: Callable[[Exception], None]


_running: dict[int, _Told] = {}
_numbers = itertools.count()


def in_background(
    work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
) -> None:
    """Run ``work`` on another thread, then ``done`` with what it returned, or ``failed`` with what it raised, on
    this one. ``work`` must touch neither widgets nor the document. Where the two are methods of a QObject that is
    destroyed meanwhile, nobody is told.
    """
    number = next(_numbers)
    _running[number] = _Told(done, failed)
    QThreadPool.globalInstance().start(_Work(number, work, _Counter.get()))


def busy() -> bool:
    """Whether something still runs or has not been delivered."""
    return bool(_running)


class _Counter(QObject):
    """Where results are handed over; lives on the window's thread as long as the program."""

    finished = Signal(int, object)
    _one: _Counter | None = None

    def __init__(self) -> None:
        super().__init__()
        self.finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @classmethod
    def get(cls) -> _Counter:
        """The one there is."""
        if cls._one is None or not shiboken6.isValid(cls._one):
            cls._one = cls()
        return cls._one

    def _deliver(self, number: int, box: list[Any]) -> None:
        told = _running.pop(number)
        # Taken out, so that the other thread is never the last that holds the result.
        value, error = box
        box.clear()
        if error is None:
            if _lives(told.done):
                told.done(value)
        elif _lives(told.failed):
            told.failed(error)


def _lives(told: Callable[..., Any]) -> bool:
    """Whether the object whose method this is still exists on Qt's side."""
    while isinstance(told, partial):
        told = told.func
    owner = getattr(told, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)


class _Work(QRunnable):
    def __init__(self, number: int, work: Callable[[], Any], counter: _Counter) -> None:
        super().__init__()
        self._number, self._work, self._counter = number, work, counter

    def run(self) -> None:
        value, error = None, None
        try:
            value = self._work()
        except Exception as caught:  # whatever it is, the window's thread must hear of it
            _log.info("background work failed", exc_info=True)
            error = caught
        box, value, error = [value, error], None, None
        self._counter.finished.emit(self._number, box)
