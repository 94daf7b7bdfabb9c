"""What changed between two states of a mask, as compressed tiles: the memory of an undo step is what was painted."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect

TILE = 256
_OVERHEAD = 96
_LEVEL = 1


@dataclass(frozen=True)
class _Tile:
    """One rectangle before and after; a state of one single value is stored as that value."""

    rect: Rect
    before: bytes | int
    after: bytes | int

    @property
    def size(self) -> int:
        return _OVERHEAD + sum(len(state) for state in (self.before, self.after) if isinstance(state, bytes))


@dataclass(frozen=True)
class TileDelta:
    """Two states of an array [H, W] uint8, held only where they differ.

    Attributes:
        tiles: the pieces that differ, aligned to a grid of ``TILE`` pixels.
        rect: smallest rectangle that holds all of them.
        size: bytes held.
    """

    tiles: tuple[_Tile, ...]
    rect: Rect
    size: int

    def write_before(self, data: NDArray[np.uint8]) -> None:
        """Write the earlier state into data, in place."""
        for tile in self.tiles:
            _unpack(tile.before, tile.rect, data)

    def write_after(self, data: NDArray[np.uint8]) -> None:
        """Write the later state into data, in place."""
        for tile in self.tiles:
            _unpack(tile.after, tile.rect, data)


def difference(before: NDArray[np.uint8], after: NDArray[np.uint8], rect: Rect) -> TileDelta | None:
    """What differs inside rect.

    Args:
        before, after: [H, W] uint8 of the same size.
        rect: where to look; what lies outside the arrays is ignored.

    Returns:
        The difference, or None when both are equal there.
    """
    height, width = after.shape
    x0, y0, x1, y1 = rect.grown(0, width, height)
    tiles: list[_Tile] = []
    for top in range(y0 // TILE * TILE, y1, TILE):
        for left in range(x0 // TILE * TILE, x1, TILE):
            place = Rect(left, top, min(left + TILE, width), min(top + TILE, height))
            old, new = before[place.slices()], after[place.slices()]
            if not np.array_equal(old, new):
                tiles.append(_Tile(place, _pack(old), _pack(new)))
    if not tiles:
        return None
    whole = Rect(min(t.rect.x0 for t in tiles), min(t.rect.y0 for t in tiles),
                 max(t.rect.x1 for t in tiles), max(t.rect.y1 for t in tiles))
    return TileDelta(tuple(tiles), whole, sum(tile.size for tile in tiles))


def _pack(data: NDArray[np.uint8]) -> bytes | int:
    first = int(data[0, 0])
    if (data == first).all():
        return first
    return zlib.compress(data.tobytes(), _LEVEL)


def _unpack(state: bytes | int, rect: Rect, data: NDArray[np.uint8]) -> None:
    if isinstance(state, int):
        data[rect.slices()] = state
    else:
        values = np.frombuffer(zlib.decompress(state), np.uint8)
        data[rect.slices()] = values.reshape(rect.height, rect.width)
