"""The brush: turns pointer events into coverage of a mask, touching nothing but the pixels under it.

A stroke collects its coverage in a buffer of its own, where overlapping dabs take the larger value, and combines that
with the mask as it was before the stroke. So a stroke of opacity 50 % stays at 50 % wherever it crosses itself.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.dabs import DabCache, falloff
from core.document.geometry import Rect, intersection, united
from core.document.kept import take
from core.document.mask import Mask
from core.document.strokes import Path, Sample, Steadier, resample, straight, usable

SMALLEST, LARGEST = 0.5, 2000.0
_CONTINUOUS = 0.25
"""Up to this spacing the artist wants a closed line, so that dabs are set close enough for a smooth edge."""
_LINE_SIZE = 10.0
"""Below this diameter the line between two points is drawn exactly instead of by dabs."""
_CHORD = 24.0
_dabs = DabCache()


@dataclass(frozen=True)
class BrushTip:
    """What a stroke is painted with.

    Attributes:
        size: diameter in photo pixels, 1..2000.
        hardness: 0..1, share of the radius that is fully covered.
        opacity: 0..1, most coverage one stroke adds or removes.
        spacing: distance of dabs as a share of the diameter.
        smoothing: 0..1, how much the line lags behind the hand.
        pressure_size, pressure_opacity: whether pressure scales them.
    """

    size: float = 60.0
    hardness: float = 0.8
    opacity: float = 1.0
    spacing: float = 0.1
    smoothing: float = 0.0
    pressure_size: bool = True
    pressure_opacity: bool = False


class Stroke:
    """One stroke into a mask, from ``move_to`` (any number, the first one touches) to ``finish`` or ``abort``.

    Coordinates are continuous: pixel i spans [i, i + 1). Positions outside the mask are welcome.

    Args:
        mask: painted into at once.
        tip: the brush.
        erase: remove coverage instead of adding it.

    Attributes:
        before: [H, W] uint8, the mask as it was, in all tiles (see ``core.document.tiles``) that touch ``rect``.
        last: where ``finish`` itself changed the mask, None where it did not.
    """

    def __init__(self, mask: Mask, tip: BrushTip, erase: bool) -> None:
        self._mask, self._erase = mask, erase
        self._size = min(max(tip.size, SMALLEST), LARGEST)
        self._hardness = min(max(tip.hardness, 0.0), 1.0)
        self._tip = tip
        self._scale = min(max(tip.opacity, 0.0), 1.0) / 255.0
        self._kept = take(mask.data.shape)
        self.before, self._coverage = self._kept.before, self._kept.coverage
        self._steadier = Steadier(tip.smoothing)
        self._path = Path()
        self._gap = 0.0
        self._pending: Rect | None = None
        self._whole: Rect | None = None
        self.last: Rect | None = None

    @property
    def rect(self) -> Rect | None:
        """Everything this stroke may have touched so far."""
        return self._whole

    def move_to(self, x: float, y: float, pressure: float = 1.0) -> Rect | None:
        """Go to a point; the first call puts the brush down.

        The curve through the points is drawn one point behind the newest, ``finish`` completes it.

        Returns:
            Where the mask changed, None where it did not.
        """
        sample = usable(x, y, pressure)
        if sample is None:
            return None
        last = self._path.last
        sample = self._steadier.add(sample)
        if last is None:
            self._path.start(sample)
            self._touch(sample)
        else:
            piece = self._path.add(sample)
            if piece is not None:
                self._draw(piece)
            elif self._path.last is not sample and sample.pressure > last.pressure:
                self._touch(Sample(last.x, last.y, sample.pressure))
        return self._combine()

    def line_to(self, x: float, y: float, pressure: float = 1.0) -> Rect | None:
        """Go straight to a point, without smoothing; the first call puts the brush down.

        Returns:
            Where the mask changed, None where it did not.
        """
        sample = usable(x, y, pressure)
        if sample is None:
            return None
        self._settle()
        last = self._path.last
        self._steadier = Steadier(self._tip.smoothing)
        self._steadier.add(sample)
        self._path.start(sample)
        if last is None:
            self._touch(sample)
        else:
            self._draw(straight(last, sample))
            self._close(sample)
        return self._combine()

    def finish(self) -> Rect | None:
        """End the stroke where the hand is.

        Returns:
            Everything the stroke may have changed, for the undo step; None when nothing.
        """
        self._settle()
        if self._path.last is not None:
            self._close(self._path.last)
        self.last = self._combine()
        if self._whole is not None:
            self._kept.keep(self._mask.data, self._whole)
        return self._whole

    def abort(self) -> Rect | None:
        """Take the whole stroke back.

        Returns:
            Where the mask changed back, None where it did not.
        """
        self._pending = None
        whole, self._whole = self._whole, None
        if whole is not None:
            self._kept.keep(self._mask.data, whole)
            self._mask.data[whole.slices()] = self.before[whole.slices()]
            self._coverage[whole.slices()] = 0
            self._mask.touch()
        return whole

    def release(self) -> None:
        """Let the next stroke use this one's memory: neither ``before`` nor any method may be used any more."""
        self._kept.release()

    def _settle(self) -> None:
        """Draw what smoothing and curve still hold back."""
        for sample in self._steadier.catch_up():
            piece = self._path.add(sample)
            if piece is not None:
                self._draw(piece)
        piece = self._path.finish()
        if piece is not None:
            self._draw(piece)

    def _diameter(self, pressure: float) -> float:
        return max(self._size * pressure, 0.25) if self._tip.pressure_size else self._size

    def _strength(self, pressure: float) -> float:
        return pressure if self._tip.pressure_opacity else 1.0

    def _step(self, diameter: float) -> float:
        wanted = max(self._tip.spacing, 0.02) * diameter
        if self._tip.spacing <= _CONTINUOUS:
            wanted = min(wanted, _closed_step(diameter, self._hardness))
        return max(wanted, 0.5)

    def _draw(self, piece: NDArray[np.float64]) -> None:
        """Draw along a polyline [N, 3]."""
        smallest, largest = (self._diameter(float(p)) for p in (piece[:, 2].min(), piece[:, 2].max()))
        reach = largest / 2 + 1
        if self._outside(piece[:, 0].min() - reach, piece[:, 1].min() - reach,
                         piece[:, 0].max() + reach, piece[:, 1].max() + reach):
            self._gap = 0.0
            return
        if largest < _LINE_SIZE and self._tip.spacing <= _CONTINUOUS:
            self._draw_lines(piece)
            return
        points, self._gap = resample(piece, self._gap, self._step(smallest))
        for x, y, pressure in points.tolist():
            self._dab(x, y, pressure)

    def _draw_lines(self, piece: NDArray[np.float64]) -> None:
        if len(piece) == 2:
            # A long slanted line would make a needlessly large rectangle.
            chords, _ = resample(piece, 0.0, _CHORD)
            piece = np.concatenate([chords, piece[-1:]])
        for first, last in itertools.pairwise(piece):
            self._line(first, last)

    def _line(self, first: NDArray[np.float64], last: NDArray[np.float64]) -> None:
        """Coverage of a thick line with round ends whose width follows the pressure."""
        widths = self._diameter(float(first[2])), self._diameter(float(last[2]))
        reach = max(widths) / 2 + 1.5
        rect = self._clipped(math.floor(min(first[0], last[0]) - reach), math.floor(min(first[1], last[1]) - reach),
                             math.ceil(max(first[0], last[0]) + reach), math.ceil(max(first[1], last[1]) + reach))
        if rect is None:
            return
        xs = np.arange(rect.x0, rect.x1, dtype=np.float32)[None] + np.float32(0.5 - first[0])
        ys = np.arange(rect.y0, rect.y1, dtype=np.float32)[:, None] + np.float32(0.5 - first[1])
        dx, dy = np.float32(last[0] - first[0]), np.float32(last[1] - first[1])
        share = np.clip((xs * dx + ys * dy) / max(dx * dx + dy * dy, np.float32(1e-6)), 0, 1)
        distance = np.hypot(xs - share * dx, ys - share * dy)
        width = widths[0]
        if widths[0] != widths[1]:
            width = np.asarray(widths[0] + share * (widths[1] - widths[0]), np.float32)
        values = falloff(distance, width, self._hardness)
        if self._tip.pressure_opacity:
            strength = np.float32(first[2]) + share * np.float32(last[2] - first[2])
            values = np.rint(values * strength).astype(np.uint8)
        self._stamp(rect, values)

    def _touch(self, sample: Sample) -> None:
        """One touch of the brush at a point."""
        if self._diameter(sample.pressure) < _LINE_SIZE:
            point = np.array(sample, np.float64)
            self._line(point, point)
        else:
            self._dab(*sample)

    def _close(self, sample: Sample) -> None:
        """Reach the very end of a line, unless it is meant to be made of separate dabs."""
        if self._tip.spacing <= _CONTINUOUS:
            self._touch(sample)

    def _dab(self, x: float, y: float, pressure: float) -> None:
        diameter, strength = self._diameter(pressure), self._strength(pressure)
        reach = diameter / 2 + 2
        if strength <= 0 or self._outside(x - reach, y - reach, x + reach, y + reach):
            return
        dab, left, top = _dabs.get(diameter, self._hardness, x, y)
        size = dab.shape[0]
        rect = self._clipped(left, top, left + size, top + size)
        if rect is None:
            return
        part = dab[rect.y0 - top:rect.y1 - top, rect.x0 - left:rect.x1 - left]
        if strength < 1:
            part = cv2.convertScaleAbs(part, alpha=strength)
        self._stamp(rect, part)

    def _stamp(self, rect: Rect, values: NDArray[np.uint8]) -> None:
        place = self._coverage[rect.slices()]
        np.maximum(place, values, out=place)
        self._pending = rect if self._pending is None else united(self._pending, rect)

    def _combine(self) -> Rect | None:
        """Bring the collected coverage of the pending rectangle into the mask."""
        rect, self._pending = self._pending, None
        if rect is None:
            return None
        self._kept.keep(self._mask.data, rect)
        before, coverage = self.before[rect.slices()], self._coverage[rect.slices()]
        if self._erase:
            result = cv2.subtract(before, cv2.multiply(before, coverage, scale=self._scale))
        else:
            rest = cv2.bitwise_not(before)
            result = cv2.add(before, cv2.multiply(rest, coverage, scale=self._scale))
        self._mask.data[rect.slices()] = result.reshape(before.shape)
        self._mask.touch()
        self._whole = rect if self._whole is None else united(self._whole, rect)
        return rect

    def _clipped(self, x0: int, y0: int, x1: int, y1: int) -> Rect | None:
        return intersection(Rect(x0, y0, x1, y1), self._mask.bounds)

    def _outside(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        return x1 <= 0 or y1 <= 0 or x0 >= self._mask.width or y0 >= self._mask.height


def _closed_step(diameter: float, hardness: float) -> float:
    """Largest distance of dabs whose rows cannot be seen in the line.

    Half-way between two dabs the coverage at distance y from the line is that at y + step^2 / 8y, less by the slope
    times step^2 / 8y. The falloff's largest slope / y decides; about a grey level may be lost where the edge is soft,
    an eighth of a pixel where it is hard.
    """
    radius = max(diameter / 2, 1.0)
    width = min((1 - hardness) * radius + 1, radius)
    inner = (radius - width) / width
    steepest = math.sqrt(inner * inner + inner) - inner
    slope_by_y = 1.0 if inner + steepest <= 0 else steepest * (1 - steepest) / (inner + steepest)
    loss = max(1.5, 32 / width) / 255
    return width * math.sqrt(8 * loss / (6 * slope_by_y))
