"""Brush dabs: the coverage of one touch of the brush, exact to a fraction of a pixel, built once and kept."""

from __future__ import annotations

import math
from collections import OrderedDict

import cv2
import numpy as np
from numpy.typing import NDArray

_CACHE_BYTES = 96 << 20
_BLOCK = 1 << 15
"""Values worked on at a time: all temporary arrays together stay in the processor's cache."""
_SOFTEST_LINEAR = 2.0


class DabCache:
    """Dabs by (diameter, hardness, position inside the pixel), the least used are dropped."""

    def __init__(self, budget_bytes: int = _CACHE_BYTES) -> None:
        self._budget = budget_bytes
        self._held = 0
        self._dabs: OrderedDict[tuple[float, float, float, float], NDArray[np.uint8]] = OrderedDict()

    @property
    def held_bytes(self) -> int:
        """Memory of the dabs kept."""
        return self._held

    def get(self, diameter: float, hardness: float, x: float, y: float) -> tuple[NDArray[np.uint8], int, int]:
        """The dab whose centre is at (x, y), continuous image coordinates.

        Diameter and position are rounded to steps that cannot be seen.

        Returns:
            Coverage [n, n] uint8, and column and row of its top-left pixel.
        """
        soft = (1 - hardness) * diameter / 2
        size_step = max(0.125, min(diameter / 256, 0.5), soft / 64)
        diameter = max(round(diameter / size_step) * size_step, 0.125)
        grid = 8 if diameter <= 64 else 4 if soft < 64 else 2 if soft < 160 else 1
        column, row = math.floor(x), math.floor(y)
        # The phase may round up to 1.0, which belongs to the next pixel's grid but is still a valid position here.
        phase_x, phase_y = round((x - column) * grid) / grid, round((y - row) * grid) / grid
        key = (diameter, hardness, phase_x, phase_y)
        dab = self._dabs.get(key)
        if dab is None:
            dab = self._dabs[key] = build_dab(diameter, hardness, phase_x, phase_y)
            self._held += dab.nbytes
            while self._held > self._budget and len(self._dabs) > 1:
                self._held -= self._dabs.popitem(last=False)[1].nbytes
        else:
            self._dabs.move_to_end(key)
        reach = dab_reach(diameter)
        return dab, column - reach, row - reach


def dab_reach(diameter: float) -> int:
    """Whole pixels from the pixel of a dab's centre to the dab's edge."""
    return math.ceil(diameter / 2 + 0.5)


def build_dab(diameter: float, hardness: float, phase_x: float, phase_y: float) -> NDArray[np.uint8]:
    """Coverage [n, n] uint8 of a round dab; its centre lies at (reach + phase_x, reach + phase_y), n = 2 reach + 2."""
    reach = dab_reach(diameter)
    steps = np.arange(2 * reach + 2, dtype=np.float32) + np.float32(0.5 - reach)
    across, down = (steps - np.float32(phase_x)) ** 2, (steps - np.float32(phase_y)) ** 2
    count = len(steps)
    dab = np.empty((count, count), np.uint8)
    # The square inside the fully covered disc needs no computation.
    inside = max(int((diameter / 2 * hardness - 1) / math.sqrt(2)) - 2, 0)
    low, high = reach - inside, reach + inside
    dab[low:high, low:high] = 255
    parts = [(0, low, 0, count), (high, count, 0, count), (low, high, 0, low), (low, high, high, count)]
    for top, bottom, left, right in parts:
        rows = max(1, _BLOCK // max(right - left, 1))
        for start in range(top, bottom, rows):
            end = min(start + rows, bottom)
            distance = np.add.outer(down[start:end], across[left:right])
            dab[start:end, left:right] = falloff(cv2.sqrt(distance, distance), diameter, hardness)
    return dab


def falloff(distance: NDArray[np.float32], diameter: NDArray[np.float32] | float,
            hardness: float) -> NDArray[np.uint8]:
    """Coverage uint8 by distance from the centre or the line; writes over ``distance``.

    A hard edge is the exact share of a pixel that a straight edge covers. A soft one falls smoothly from the hard
    share of the radius to the rim.
    """
    radius = np.maximum(diameter, np.float32(1)) * np.float32(0.5)
    thin = np.minimum(diameter, np.float32(1)) * np.float32(255)
    width = np.maximum((1 - np.float32(hardness)) * radius, np.float32(0)) + 1
    # 0 at the rim, 1 where full coverage starts.
    distance -= radius + np.float32(0.5)
    distance *= np.float32(-1) / width
    ramp = np.clip(distance, 0, 1, out=distance)
    if float(np.max(width)) > _SOFTEST_LINEAR:
        curved = ramp * ramp
        curved *= 3 - 2 * ramp
        ramp = curved
    ramp *= thin
    return np.rint(ramp, out=ramp).astype(np.uint8)
