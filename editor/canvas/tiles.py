"""Which parts of a cached picture are out of date, and smaller copies of pixels that follow what is painted."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, intersection, united

TILE = 256
LEVELS = 6
"""Sizes kept of a picture: full, half, ... 1/32."""
_BLOCK_WIDTH, _BLOCK_HEIGHT = 4 * TILE, 2 * TILE
_WORTH_JOINING = 0.6


def moved(rect: Rect, dx: int, dy: int) -> Rect:
    """The rectangle shifted."""
    return Rect(rect.x0 + dx, rect.y0 + dy, rect.x1 + dx, rect.y1 + dy)


def grown(rect: Rect, margin: int) -> Rect:
    """The rectangle with a margin all around."""
    return Rect(rect.x0 - margin, rect.y0 - margin, rect.x1 + margin, rect.y1 + margin)


def shrunk(rect: Rect, level: int) -> Rect:
    """The pixels of a level that hold any part of a rectangle of the full picture."""
    step = 1 << level
    return Rect(rect.x0 >> level, rect.y0 >> level, -(-rect.x1 // step), -(-rect.y1 // step))


def level_size(length: int, level: int) -> int:
    """Length of a side at a level; the last pixel may be half empty."""
    return -(-length // (1 << level))


def level_for(scale: float) -> int:
    """The smallest level that still has a pixel for every device pixel."""
    level = 0
    while level < LEVELS - 1 and scale * (2 << level) <= 1.0:
        level += 1
    return level


class TileGrid:
    """What is out of date of one picture, by tile, so that only what is seen is ever made new.

    Args:
        width, height: of the picture; everything is out of date at first.
    """

    def __init__(self, width: int, height: int) -> None:
        self.bounds = Rect(0, 0, width, height)
        self._dirty: dict[tuple[int, int], Rect] = {}
        self.invalidate(self.bounds)

    def invalidate(self, rect: Rect) -> None:
        """Note that a part is out of date."""
        inside = intersection(rect, self.bounds)
        if inside is None:
            return
        for key, part in _cells(inside):
            known = self._dirty.get(key)
            self._dirty[key] = part if known is None else united(known, part)

    def take(self, exposed: Rect) -> list[Rect]:
        """The out-of-date rectangles in tiles that touch ``exposed``; from now on they count as new."""
        seen = intersection(exposed, self.bounds)
        if seen is None or not self._dirty:
            return []
        found = [part for key, _ in _cells(seen) if (part := self._dirty.pop(key, None)) is not None]
        return _joined(found)

    def pending(self, exposed: Rect) -> int:
        """How many pixels ``take`` would return."""
        seen = intersection(exposed, self.bounds)
        if seen is None or not self._dirty:
            return 0
        parts = (self._dirty.get(key) for key, _ in _cells(seen))
        return sum(part.width * part.height for part in parts if part is not None)


def blocks(rect: Rect) -> Iterator[Rect]:
    """A rectangle in pieces of a few tiles each, along the borders of tiles."""
    for y in range(rect.y0 // _BLOCK_HEIGHT * _BLOCK_HEIGHT, rect.y1, _BLOCK_HEIGHT):
        for x in range(rect.x0 // _BLOCK_WIDTH * _BLOCK_WIDTH, rect.x1, _BLOCK_WIDTH):
            piece = intersection(rect, Rect(x, y, x + _BLOCK_WIDTH, y + _BLOCK_HEIGHT))
            if piece is not None:
                yield piece


def _cells(rect: Rect) -> Iterator[tuple[tuple[int, int], Rect]]:
    for row in range(rect.y0 // TILE, -(-rect.y1 // TILE)):
        for column in range(rect.x0 // TILE, -(-rect.x1 // TILE)):
            yield (row, column), Rect(
                max(rect.x0, column * TILE), max(rect.y0, row * TILE),
                min(rect.x1, (column + 1) * TILE), min(rect.y1, (row + 1) * TILE),
            )


def _joined(rects: list[Rect]) -> list[Rect]:
    """One rectangle around all where that adds little: fewer, larger pieces are quicker."""
    if len(rects) < 2:
        return rects
    around = rects[0]
    for rect in rects[1:]:
        around = united(around, rect)
    area = sum(rect.width * rect.height for rect in rects)
    return [around] if area >= _WORTH_JOINING * around.width * around.height else rects


class Levels:
    """An array [H, W] or [H, W, 3] uint8 and its half-size copies, made where they are looked at and kept up to date.

    Args:
        full: the array itself, which may be written to between calls of ``invalidate``.
        left, top: room before its first column and row, so that all levels begin on a whole pixel of theirs;
            coordinates of all methods begin with that room.
        border: how the room is filled, a ``cv2.BORDER_`` constant.
    """

    def __init__(
        self, full: NDArray[np.uint8], left: int = 0, top: int = 0, border: int = cv2.BORDER_REPLICATE
    ) -> None:
        self.full, self.left, self.top, self._border = full, left, top, border
        self._sizes = [(full.shape[1] + left, full.shape[0] + top)]
        self._arrays: list[NDArray[np.uint8]] = [full]
        self._grids: list[TileGrid] = [TileGrid(1, 1)]

    def invalidate(self, rect: Rect) -> None:
        """Note that the full array was written to inside a rectangle."""
        for level in range(1, len(self._arrays)):
            self._grids[level].invalidate(shrunk(rect, level))

    def make_all(self) -> None:
        """Bring every level up to date everywhere."""
        for level in range(1, LEVELS):
            whole = Rect(0, 0, level_size(self._sizes[0][0], level), level_size(self._sizes[0][1], level))
            for piece in blocks(whole):
                self._ensure(level, piece)

    def patch(self, level: int, rect: Rect) -> NDArray[np.uint8]:
        """A part of a level, not to be written to; ``rect`` in pixels of that level and inside it."""
        if level == 0:
            return self._raw(rect)
        self._ensure(level, rect)
        return self._arrays[level][rect.slices()]

    def _raw(self, rect: Rect) -> NDArray[np.uint8]:
        height, width = self.full.shape[:2]
        own = moved(rect, -self.left, -self.top)
        inside = intersection(own, Rect(0, 0, width, height))
        if inside == own:
            return self.full[own.slices()]
        if inside is None:
            return np.zeros((rect.height, rect.width, *self.full.shape[2:]), np.uint8)
        return cv2.copyMakeBorder(
            self.full[inside.slices()], inside.y0 - own.y0, own.y1 - inside.y1, inside.x0 - own.x0,
            own.x1 - inside.x1, self._border, value=(0, 0, 0, 0))

    def _ensure(self, level: int, rect: Rect) -> None:
        while len(self._arrays) <= level:
            width, height = (level_size(length, 1) for length in self._sizes[-1])
            self._sizes.append((width, height))
            self._arrays.append(np.empty((height, width, *self.full.shape[2:]), np.uint8))
            self._grids.append(TileGrid(width, height))
        width, height = self._sizes[level - 1]
        for part in self._grids[level].take(rect):
            source = Rect(2 * part.x0, 2 * part.y0, min(2 * part.x1, width), min(2 * part.y1, height))
            self._arrays[level][part.slices()] = halved(self.patch(level - 1, source))


def halved(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of 2 x 2 pixels; the last row or column counts twice where the length is odd."""
    height, width = array.shape[:2]
    if height % 2 or width % 2:
        array = cv2.copyMakeBorder(array, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        height, width = array.shape[:2]
    return cv2.resize(array, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
