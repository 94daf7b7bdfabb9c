"""What most undo steps have in common."""

from __future__ import annotations


class SingleStep:
    """A step that stays a step of its own, whatever follows it."""

    merge_key = ""

    def merge(self, other: object) -> bool:
        """Never."""
        return False
