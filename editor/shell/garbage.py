"""Frees circular garbage on the window's thread only, and when it is not in the way."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

_INTERVAL_MS = 500
_FULL = 2
"""The generation of everything that is not young."""
_SETTLING_ROUNDS = 2
_MOST_WAITS = 120


class GarbageCollector(QObject):
    """Takes over from Python's automatic collection, which frees cycles on whatever thread allocates last.

    A dialog that went away is often part of a cycle; freed on a thread that reads or saves a file, its Qt half would
    be destroyed there, which corrupts memory. What is there before the first round and after the first full ones are
    modules and the window itself; it is not looked through again, so that a round stays short. A full round waits
    while a mouse button is down.

    Args:
        parent: lives on the window's thread.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._begun = False
        self._full_rounds = self._waits = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.collect_if_due)
        self._timer.start()

    def collect_if_due(self) -> int:
        """Collect the oldest generation whose turn it is; returns how many objects were freed."""
        if not self._begun:
            self._begun = True
            gc.freeze()
        limits = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [generation for generation, (count, limit) in enumerate(limits) if 0 < limit < count]
        if not due:
            return 0
        if due[-1] < _FULL:
            return gc.collect(due[-1])
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton and self._waits < _MOST_WAITS:
            self._waits += 1
            return gc.collect(0)
        freed = gc.collect()
        self._waits = 0
        self._full_rounds += 1
        if self._full_rounds <= _SETTLING_ROUNDS:
            gc.freeze()
        return freed
