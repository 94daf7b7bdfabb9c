"""What changed between two states of a mask, as compressed tiles: the memory of an undo step is what was painted."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect

TILE = 256
_OVERHEAD = 96
_LEVEL = 1

_State: TypeAlias = NDArray[np.uint8] | bytes | int


@dataclass(frozen=True)
class _Tile:
    """One rectangle before and after: pixels, compressed pixels, or the one value that all of them have."""

    rect: Rect
    before: _State
    after: _State

    @property
    def size(self) -> int:
        return _OVERHEAD + sum(_bytes_of(state) for state in (self.before, self.after))

    def packed(self) -> _Tile:
        """The same, compressed."""
        return _Tile(self.rect, _pack(self.before), _pack(self.after))


class TileDelta:
    """Two states of an array [H, W] uint8, held only where they differ.

    Args:
        tiles: the pieces that differ, aligned to a grid of ``TILE`` pixels; at least one.

    Attributes:
        rect: smallest rectangle that holds all of them.
    """

    def __init__(self, tiles: list[_Tile]) -> None:
        self._tiles = tiles
        rects = [tile.rect for tile in tiles]
        self.rect = Rect(min(r.x0 for r in rects), min(r.y0 for r in rects),
                         max(r.x1 for r in rects), max(r.y1 for r in rects))

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(tile.size for tile in self._tiles)

    def compact(self) -> None:
        """Compress what is not yet; another thread may do it while this one goes on using the difference."""
        for index, tile in enumerate(self._tiles):
            self._tiles[index] = tile.packed()

    def write_before(self, data: NDArray[np.uint8]) -> None:
        """Write the earlier state into data, in place."""
        for tile in self._tiles:
            _unpack(tile.before, tile.rect, data)

    def write_after(self, data: NDArray[np.uint8]) -> None:
        """Write the later state into data, in place."""
        for tile in self._tiles:
            _unpack(tile.after, tile.rect, data)


def difference(
    before: NDArray[np.uint8], after: NDArray[np.uint8], rect: Rect, *, packed: bool = True
) -> TileDelta | None:
    """What differs inside rect.

    Args:
        before, after: [H, W] uint8 of the same size.
        rect: where to look; what lies outside the arrays is ignored.
        packed: compress at once; otherwise ``TileDelta.compact`` is to be called when there is time.

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
            if cv2.norm(old, new, cv2.NORM_INF) > 0:
                tile = _Tile(place, _light(old), _light(new))
                tiles.append(tile.packed() if packed else tile)
    return TileDelta(tiles) if tiles else None


def transformed(
    before: NDArray[np.uint8], change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> TileDelta | None:
    """The difference that a change of every pixel makes, without ever holding the whole array as it will be.

    Args:
        before: [H, W] uint8.
        change: gives the new pixels of a piece [h, w].

    Returns:
        The difference, not compressed yet, or None when nothing changes.
    """
    height, width = before.shape
    tiles: list[_Tile] = []
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            place = Rect(left, top, min(left + TILE, width), min(top + TILE, height))
            old = before[place.slices()]
            new = change(old)
            if cv2.norm(old, new, cv2.NORM_INF) > 0:
                tiles.append(_Tile(place, _light(old), _light(new)))
    return TileDelta(tiles) if tiles else None


def _light(state: NDArray[np.uint8]) -> _State:
    """A copy, or the one value that all pixels have."""
    lowest, highest = cv2.minMaxLoc(state)[:2]
    return int(lowest) if lowest == highest else state.copy()


def _bytes_of(state: _State) -> int:
    return 0 if isinstance(state, int) else len(state) if isinstance(state, bytes) else state.nbytes


def _pack(state: _State) -> _State:
    if not isinstance(state, np.ndarray):
        return state
    first = int(state[0, 0])
    if (state == first).all():
        return first
    return zlib.compress(state.tobytes(), _LEVEL)


def _unpack(state: _State, rect: Rect, data: NDArray[np.uint8]) -> None:
    if isinstance(state, (int, np.ndarray)):
        data[rect.slices()] = state
    else:
        values = np.frombuffer(zlib.decompress(state), np.uint8)
        data[rect.slices()] = values.reshape(rect.height, rect.width)
