"""Hands pictures from a fast run to a slow window: one slot, the newest wins, the last always arrives."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """One slot. A posted item replaces an unread one, so nothing queues up; the final item is never lost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._item: Item | None = None
        self._last = False

    def post(self, item: Item, *, last: bool = False) -> bool:
        """Put item into the slot.

        Args:
            item: anything but None.
            last: the final item of a run: nothing posted later replaces it before it is read.

        Returns:
            Whether the reader has to be woken (the slot was empty).
        """
        with self._lock:
            if self._last and self._item is not None and not last:
                return False
            wake = self._item is None
            self._item, self._last = item, last
            return wake

    def take(self) -> Item | None:
        """Empty the slot; None when nothing new came."""
        with self._lock:
            item, self._item, self._last = self._item, None, False
            return item
