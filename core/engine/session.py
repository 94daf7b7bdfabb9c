"""One run as its process sees it: where the window's orders arrive and from where pictures go back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.engine.messages import Frame, StepInfo
from core.engine.progress import Progress
from core.errors import Cancelled
from core.recipes.request import Request

Latent = Mapping[str, NDArray[np.float32]]
FRAMES_PER_SECOND = 15.0


class Aborted(Exception):
    """The run is to end at once, without a result."""


class Superseded(Exception):
    """A newer request has come: end here, without a result; the latent goes on."""


class Session(Progress):
    """Orders for a run, polled by ``check`` between two steps; reports from it.

    Args:
        number: the window's number of the run.
        condition: guards the orders; notified with every order and every job that came in.
        idle: does small jobs that came in meanwhile; called between steps, also while paused.
        has_idle_work: whether there are such jobs; called with the condition held.
        on_paused, on_step, on_frame: where reports go.
        ready: whether the window has taken the last frame.
    """

    def __init__(
        self, number: int, condition: threading.Condition, *, idle: Callable[[], None],
        has_idle_work: Callable[[], bool], on_paused: Callable[[], None], on_step: Callable[[StepInfo], None],
        on_frame: Callable[[Frame], None], ready: Callable[[], bool],
    ) -> None:
        super().__init__()
        self.number = number
        self.began = time.monotonic()
        self.slept = 0.0
        self.latent_of: Callable[[], Latent] | None = None
        """Set by the job: makes the latent to go on from, as of now."""
        self.latent: Latent = {}
        self._condition = condition
        self._idle, self._has_idle_work = idle, has_idle_work
        self._on_paused, self._on_step, self._on_frame, self._ready = on_paused, on_step, on_frame, ready
        self._aborted = False
        self._update: Request | None = None
        self._next_frame = 0.0
        self._last: StepInfo | None = None

    def order(self, order: str) -> None:
        """Pause, resume, stop or abort; from any thread."""
        with self._condition:
            if order == "pause":
                self.pause()
            elif order == "resume":
                self.resume()
            else:
                self._aborted = self._aborted or order == "abort"
                self.cancel()
            self._condition.notify_all()

    def supersede(self, request: Request) -> None:
        """Have the run go on with another request, from any thread; the newest of several wins."""
        with self._condition:
            self._update = request
            self._condition.notify_all()

    def check(self) -> None:
        """Wait while paused.

        Raises:
            Aborted: the result is not wanted any more.
            Cancelled: end with the best so far. A run that goes on from a latent reaches it first, so that stopping
                while a change is taken in loses nothing.
            Superseded: a newer request waits.
        """
        began = time.monotonic()
        told = False
        while True:
            self._idle()
            with self._condition:
                if self._aborted:
                    raise Aborted
                if self.cancelled and (not self.latent or self.latent_of is not None):
                    self.finishing()
                    raise Cancelled
                # Otherwise what was reached before the latest change is only found again at the first step.
                if not self.paused:
                    break
                if told:
                    self._condition.wait_for(lambda: not self.paused or self._has_idle_work())
                    continue
            # Told without the lock: nobody who takes reports may hold up who gives orders.
            self._on_paused()
            told = True
        self.slept += time.monotonic() - began
        if self._update is not None:
            self.keep_latent()
            raise Superseded

    def keep_latent(self) -> None:
        """Remember the latent as of now, where there is one and it is finite."""
        latent = {} if self.latent_of is None else dict(self.latent_of())
        if latent and all(np.isfinite(array).all() for array in latent.values()):
            self.latent = latent

    def take_update(self) -> Request | None:
        """The newest request that came while this one ran, once."""
        with self._condition:
            update, self._update = self._update, None
            return update

    @property
    def aborted(self) -> bool:
        """Whether the result is not wanted any more."""
        return self._aborted

    @property
    def elapsed(self) -> float:
        """Seconds since the run was asked for, pauses left out."""
        return time.monotonic() - self.began - self.slept

    def step(self, info: StepInfo) -> None:
        """Report a step; the newest replaces one that was not sent yet."""
        self._last = info
        self._on_step(info)

    def finishing(self) -> None:
        """Report that no more steps come, and that the picture is being finished."""
        if self._last is not None and self._last.index > 0:
            self.step(replace(self._last, stage="finishing", elapsed=self.elapsed, remaining=None))

    def wants_frame(self) -> bool:
        """Whether a frame made now would be looked at: the window took the last one, and not too recently."""
        return self._ready() and time.monotonic() >= self._next_frame

    def frame(self, frame: Frame) -> None:
        """Show a frame; the newest replaces one that was not sent yet."""
        self._next_frame = time.monotonic() + 1 / FRAMES_PER_SECOND
        self._on_frame(frame)
