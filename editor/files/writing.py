"""Writes files beside the window, one after the other, and lets the window wait for them before it goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.errors import CoiffeError
from editor.background import in_background
from editor.look.wording import notice_of
from editor.workspace import Notice


@dataclass(frozen=True)
class _Job:
    path: Path
    work: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]


class Writer(QObject):
    """A queue of files to be written; the disk has only one head, and a file is never written twice at a time.

    Signals:
        statusChanged: ``status`` is another one.
        idle: nothing is left to be written.
    """

    statusChanged = Signal()
    idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: deque[_Job] = deque()
        self._job: _Job | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being written, or waits."""
        return self._job is not None or bool(self._queue)

    @property
    def status(self) -> str:
        """What is being written, for the status bar; empty when nothing is."""
        return "" if self._job is None else self.tr("Writing {0}…").format(self._job.path.name)

    def write(self, path: Path, work: Callable[[], Any], done: Callable[[Any], None],
              failed: Callable[[Exception], None]) -> None:
        """Run ``work``, which writes ``path``, as soon as it is its turn.

        Args:
            path: for the status.
            work: touches neither widgets nor the document.
            done: called on the window's thread with what ``work`` returned.
            failed: called there with what it raised.
        """
        self._queue.append(_Job(path, work, done, failed))
        self._next()

    def _next(self) -> None:
        if self._job is None and self._queue:
            self._job = self._queue.popleft()
            in_background(self._job.work, partial(self._over, self._job.done), partial(self._over, self._job.failed))
        self.statusChanged.emit()
        if not self.busy:
            self.idle.emit()

    def _over(self, tell: Callable[[Any], None], value: Any) -> None:
        self._job = None
        try:
            tell(value)
        finally:
            if self._job is None:
                self._next()


def failure_notice(error: Exception, what: str, next_step: str) -> Notice:
    """The banner for an error of writing.

    Args:
        error: what was raised; errors that explain themselves are shown as they are.
        what: which could not be done, for all others.
        next_step: what to do about those.
    """
    if isinstance(error, CoiffeError):
        return notice_of(error)
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Notice(what, why, next_step, detail=repr(error))
