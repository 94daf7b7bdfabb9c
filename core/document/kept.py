"""Room for a stroke's own pixels, used again by the next one: fresh memory takes longer than painting into it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect
from core.document.tiles import TILE

_spare: list[Kept] = []


class Kept:
    """What a mask was before a stroke, and how much the stroke covers; both held only in the tiles it came to.

    Taken by ``take`` and given back by ``release``, on one thread.

    Args:
        shape: (H, W) of the mask.

    Attributes:
        before: [H, W] uint8, right only in the tiles of ``keep``.
        coverage: [H, W] uint8, 0 in all others.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.before = np.empty(shape, np.uint8)
        # Not zeros_like, which would write to all of it: untouched pages of zeros cost nothing.
        self.coverage = np.zeros(shape, np.uint8)
        self._tiles: dict[tuple[int, int], Rect] = {}

    def keep(self, data: NDArray[np.uint8], rect: Rect) -> None:
        """Remember the mask's pixels in all tiles that touch ``rect``, which is inside it; call before writing."""
        height, width = data.shape
        for row in range(rect.y0 // TILE, -(-rect.y1 // TILE)):
            for column in range(rect.x0 // TILE, -(-rect.x1 // TILE)):
                if (row, column) not in self._tiles:
                    tile = Rect(column * TILE, row * TILE, min((column + 1) * TILE, width),
                                min((row + 1) * TILE, height))
                    self.before[tile.slices()] = data[tile.slices()]
                    self._tiles[row, column] = tile

    def release(self) -> None:
        """Let the next stroke have it; nobody may look at it any more."""
        for tile in self._tiles.values():
            self.coverage[tile.slices()] = 0
        self._tiles.clear()
        _spare[:] = [self]


def take(shape: tuple[int, ...]) -> Kept:
    """Room for a mask of this shape: that of the stroke before, if it was as large and has been given back."""
    while _spare:
        kept = _spare.pop()
        if kept.before.shape == shape:
            return kept
    return Kept(shape)
