"""Where the time of a composite goes, and the moments at which it may be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable


class Laps:
    """Collects seconds per part of the work.

    Args:
        check: called at the end of each part; what it raises ends the work. Its own time counts for no part.
    """

    def __init__(self, check: Callable[[], None] | None = None) -> None:
        self._check = check
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """End a part; one that comes back adds to its time."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        if self._check is not None:
            self._check()
        self._last = time.perf_counter()
