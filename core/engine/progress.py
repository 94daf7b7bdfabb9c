"""Cooperative pause, resume and cancel: polled once per optimisation step, safe to use from any thread."""

from __future__ import annotations

import threading

from core.errors import Cancelled


class Progress:
    """The switch between the one who waits for a run and the run itself."""

    def __init__(self) -> None:
        self._go = threading.Event()
        self._go.set()
        self._cancelled = False

    def check(self) -> None:
        """Wait while paused.

        Raises:
            Cancelled: the run was cancelled, before or while waiting.
        """
        self._go.wait()
        if self._cancelled:
            raise Cancelled

    def pause(self) -> None:
        """Let the run sleep at its next check; without effect after a cancel."""
        if not self._cancelled:
            self._go.clear()
            if self._cancelled:
                # A cancel came in between: it must win, or the run would sleep for ever.
                self._go.set()

    def resume(self) -> None:
        """Let a paused run go on."""
        self._go.set()

    def cancel(self) -> None:
        """Stop the run at its next check, also when it is paused."""
        self._cancelled = True
        self._go.set()

    @property
    def paused(self) -> bool:
        return not self._go.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled
