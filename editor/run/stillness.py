"""Waits for the artist's hand to rest before a run goes on with what was changed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

_PATIENCE = 8
"""Times that stillness is waited for a stroke that never ended."""


class Stillness(QObject):
    """See the module.

    Args:
        milliseconds: after the last change.

    Signals:
        reached: so long nothing was changed, and no stroke is under way.
    """

    reached = Signal()

    def __init__(self, milliseconds: int, parent: QObject) -> None:
        super().__init__(parent)
        self._hand_busy: Callable[[], bool] | None = None
        self._stroke_open, self._waited = False, 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(milliseconds)
        self._timer.timeout.connect(self._look)

    def watch_hand(self, busy: Callable[[], bool]) -> None:
        """Learn from ``busy`` whether a stroke is under way."""
        self._hand_busy = busy

    @property
    def awaited(self) -> bool:
        """Whether something was changed that nobody was told of yet."""
        return self._timer.isActive()

    def begin(self) -> None:
        """Forget what was before."""
        self._timer.stop()
        self._stroke_open, self._waited = False, 0

    def stop(self) -> None:
        """Wait no longer."""
        self._timer.stop()

    def changed(self, *, stroke: bool) -> None:
        """Something was changed, by a stroke that may go on or otherwise."""
        self._stroke_open = self._stroke_open or stroke
        self._waited = 0
        self._timer.start()

    def stroke_ended(self) -> None:
        """A command was pushed: whatever was being painted is painted."""
        self._stroke_open = False

    def hurry(self) -> None:
        """Look at once, not only when the time has passed."""
        self._look()

    def _look(self) -> None:
        self._timer.stop()
        self._waited += 1
        if self._hand_at_work():
            self._timer.start()
            return
        self._stroke_open = False
        self.reached.emit()

    def _hand_at_work(self) -> bool:
        if QGuiApplication.mouseButtons().value != 0:
            return True
        if self._hand_busy is not None:
            return self._hand_busy()
        # A pen's buttons are unknown here: a stroke is over when its command is pushed.
        return self._stroke_open and self._waited < _PATIENCE
