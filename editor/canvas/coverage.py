"""A mask as the canvas shows it: where it lies, with growth and feather, at any level only where it is seen."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, intersection
from core.document.mask import Mask
from editor.canvas.tiles import LEVELS, Levels, moved, shrunk

STEP = 1 << (LEVELS - 1)
"""Pictures have room at left and top so that they begin on a multiple of this: then all levels lie exactly."""


def padded_area(rect: Rect) -> Rect:
    """A document rectangle with the room that makes all levels begin on a whole pixel."""
    return Rect(rect.x0 - rect.x0 % STEP, rect.y0 - rect.y0 % STEP, rect.x1, rect.y1)


class Coverage:
    """What ``Mask.effective`` gives, in document coordinates; follows the mask through ``invalidate``.

    Growth and feather are computed around the wanted part alone, and on the level at which it is shown: a stroke
    or a slider costs as little as what is seen of it.

    Args:
        mask: of any size.
        origin: (x, y) of its top-left pixel in the document.
    """

    def __init__(self, mask: Mask, origin: tuple[int, int]) -> None:
        self.mask = mask
        self.origin = origin
        self.rect = moved(mask.bounds, *origin)
        self.area = padded_area(self.rect)
        """In document pixels, that room included."""
        self._read()

    def _read(self) -> None:
        self._data = self.mask.data
        x, y = self.origin
        self._levels = Levels(self._data, x - self.area.x0, y - self.area.y0, cv2.BORDER_CONSTANT)
        self._extremes: tuple[int, tuple[int, int]] | None = None

    @property
    def reach(self) -> int:
        """How far beyond a painted rectangle the picture of the mask changes, document pixels."""
        return math.ceil(abs(self.mask.grow) + self.mask.feather / 2) + 2 if self.mask.adjusted else 0

    def invalidate(self, rect: Rect | None) -> None:
        """Note that the mask was painted inside ``rect`` (document pixels), or anywhere."""
        if self.mask.data is not self._data or rect is None:
            self._read()
            return
        inside = intersection(rect, self.rect)
        if inside is None:
            return
        self._extremes = None
        self._levels.invalidate(moved(inside, -self.area.x0, -self.area.y0))

    def patch(self, level: int, rect: Rect) -> NDArray[np.uint8]:
        """Coverage of a part of the document at a level; 0 beyond the mask.

        Args:
            level: 0 is full size.
            rect: in pixels of that level, anywhere.
        """
        area = shrunk(self.area, level)
        inside = intersection(rect, area)
        if inside is None:
            return np.zeros((rect.height, rect.width), np.uint8)
        values = self._spread(level, inside) if self.mask.adjusted else self._painted(level, inside)
        if inside == rect:
            return values
        result = np.zeros((rect.height, rect.width), np.uint8)
        result[moved(inside, -rect.x0, -rect.y0).slices()] = values
        return result

    def _painted(self, level: int, rect: Rect) -> NDArray[np.uint8]:
        area = shrunk(self.area, level)
        return self._levels.patch(level, moved(rect, -area.x0, -area.y0))

    def _spread(self, level: int, rect: Rect) -> NDArray[np.uint8]:
        step = 1 << level
        x0, y0 = -(-self.rect.x0 // step), -(-self.rect.y0 // step)
        area = shrunk(self.area, level)
        margin = -(-self.reach // step) + 2
        window = intersection(
            Rect(rect.x0 - margin, rect.y0 - margin, rect.x1 + margin, rect.y1 + margin),
            Rect(x0, y0, area.x1, area.y1),
        )
        result = np.zeros((rect.height, rect.width), np.uint8)
        inside = None if window is None else intersection(rect, window)
        if window is None or inside is None:
            return result
        values = self._spread_window(self._painted(level, window), step)
        result[moved(inside, -rect.x0, -rect.y0).slices()] = values[moved(inside, -window.x0, -window.y0).slices()]
        return result

    def _spread_window(self, painted: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
        """As the mask would do it, but an empty or full window is judged by what the whole mask holds."""
        lowest, highest = cv2.minMaxLoc(painted)[:2]
        if highest <= 127 or lowest > 127:
            whole_lowest, whole_highest = self._whole_extremes()
            if whole_highest <= 127 or whole_lowest > 127:
                return painted
            return np.full_like(painted, 255 if lowest > 127 else 0)
        part = Mask(painted)
        part.grow, part.feather = self.mask.grow / step, self.mask.feather / step
        return part.effective()

    def _whole_extremes(self) -> tuple[int, int]:
        if self._extremes is None or self._extremes[0] != self.mask.version:
            lowest, highest = cv2.minMaxLoc(self._data)[:2]
            self._extremes = (self.mask.version, (int(lowest), int(highest)))
        return self._extremes[1]
