"""Runs slow work (files, large pictures) beside the window and brings its result back to the window's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal

_log = logging.getLogger(__name__)
_running: set[_Job] = set()


def in_background(
    work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
) -> None:
    """Run ``work`` on another thread, then ``done`` with what it returned, or ``failed`` with what it raised, on
    this one. ``work`` must touch neither widgets nor the document.
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
            self._done(value)
        else:
            self._failed(error)


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
