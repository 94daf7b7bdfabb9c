"""Reports on their way to the window: the important ones in order, of steps and frames only the newest."""

from __future__ import annotations

import threading
import time
from collections import deque

from core.engine.protocol import Report, RunFrame, RunStep

STEPS_PER_SECOND = 30.0


class Outbox:
    """Filled by the working thread without ever waiting, emptied by the sending thread.

    A frame is sent when the window has taken the one before, so that none ever queues up in the pipe.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._letters: deque[Report] = deque()
        self._step: RunStep | None = None
        self._frame: RunFrame | None = None
        self._credit = True
        self._next_step = 0.0

    def post(self, report: Report) -> None:
        """Send a report. Steps and frames replace one that still waits; everything else arrives, in order."""
        with self._condition:
            if isinstance(report, RunStep):
                self._step = report
            elif isinstance(report, RunFrame):
                self._frame = report
            else:
                self._letters.append(report)
            self._condition.notify()

    def seen(self) -> None:
        """The window has taken the last frame."""
        with self._condition:
            self._credit = True
            self._condition.notify()

    def ready(self) -> bool:
        """Whether a frame would be sent at once."""
        with self._condition:
            return self._credit and self._frame is None

    def next(self) -> Report:
        """Wait for the next report to send: what was posted before a letter goes before it."""
        with self._condition:
            while True:
                if self._step is not None and (self._letters or time.monotonic() >= self._next_step):
                    report, self._step = self._step, None
                    self._next_step = time.monotonic() + 1 / STEPS_PER_SECOND
                    return report
                if self._frame is not None and self._credit:
                    frame, self._frame, self._credit = self._frame, None, False
                    return frame
                if self._letters:
                    return self._letters.popleft()
                waiting = None if self._step is None else max(0.0, self._next_step - time.monotonic())
                self._condition.wait(waiting)
