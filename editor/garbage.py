"""Frees circular garbage on the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 500


class GarbageCollector(QObject):
    """Takes over from Python's automatic collection, which frees cycles on whatever thread allocates last.

    A dialog that went away is often part of a cycle; freed on a thread that reads or saves a file, its Qt half would
    be destroyed there, which corrupts memory. Objects made before the first round live as long as the program and are
    not looked through again, so that a round stays short.

    Args:
        parent: lives on the window's thread.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._frozen = False
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.collect_if_due)
        self._timer.start()

    def collect_if_due(self) -> int:
        """Collect the oldest generation whose turn it is; returns how many objects were freed."""
        if not self._frozen:
            self._frozen = True
            gc.freeze()
        due = [generation for generation, (count, limit) in enumerate(zip(gc.get_count(), gc.get_threshold(),
                                                                          strict=True)) if 0 < limit < count]
        return gc.collect(due[-1]) if due else 0
