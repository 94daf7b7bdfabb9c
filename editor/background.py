"""Runs slow work (files, large pictures) beside the window and brings its result back to the window's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal

_log = logging.getLogger(__name__)
_running: set[_Job] = set()


def in_background(
    work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
) -> None:
    """Run ``work`` on another thread, then ``done`` with what it returned, or ``failed`` with what it raised, on
    this one. ``work`` must touch neither widgets nor the document. Where the two are methods of a QObject that is
    destroyed meanwhile, nobody is told.
    """
    job = _Job(done, failed)
    _running.add(job)
    QThreadPool.globalInstance().start(_Work(work, job))


def busy() -> bool:
    """Whether something still runs or has not been delivered."""
    return bool(_running)


class _Job(QObject):
    """Lives on the window's thread, so that the result arrives there."""

    finished = Signal(object, object)

    def __init__(self, done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        super().__init__()
        self._done, self._failed = done, failed
        self.finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def _deliver(self, value: object, error: Exception | None) -> None:
        _running.discard(self)
        if error is None:
            if _lives(self._done):
                self._done(value)
        elif _lives(self._failed):
            self._failed(error)


def _lives(told: Callable[..., Any]) -> bool:
    """Whether the object whose method this is still exists on Qt's side."""
    while isinstance(told, partial):
        told = told.func
    owner = getattr(told, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)


class _Work(QRunnable):
    def __init__(self, work: Callable[[], Any], job: _Job) -> None:
        super().__init__()
        self._work, self._job = work, job

    def run(self) -> None:
        value, error = None, None
        try:
            value = self._work()
        except Exception as caught:  # whatever it is, the window's thread must hear of it
            _log.info("background work failed", exc_info=True)
            error = caught
        self._job.finished.emit(value, error)
