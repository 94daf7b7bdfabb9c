"""From pointer events to the path a brush follows: steadied, and curved instead of cornered."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_FAR = 200_000.0
_STILL = 0.01
_CATCH_UP = 40
_FLATNESS = 0.08
"""Distance of the drawn chords from the true curve, pixels."""
_CHORD = 24.0


class Sample(NamedTuple):
    """A point of the stroke in continuous image coordinates with the pen's pressure, 0..1."""

    x: float
    y: float
    pressure: float


class Steadier:
    """Lets the line lag behind the hand: two chained averages, so that neither position nor direction jumps.

    Args:
        smoothing: 0 (follows exactly) to 1 (lags most).
    """

    def __init__(self, smoothing: float) -> None:
        self._weight = 1.0 - 0.92 * min(max(smoothing, 0.0), 1.0)
        self._inner: NDArray[np.float64] | None = None
        self._outer: NDArray[np.float64] | None = None
        self._target: Sample | None = None

    @property
    def target(self) -> Sample | None:
        """Where the hand is."""
        return self._target

    def add(self, sample: Sample) -> Sample:
        """Where the line goes when the hand is at ``sample``."""
        self._target = sample
        point = np.array(sample, np.float64)
        if self._inner is None or self._outer is None or self._weight >= 1.0:
            self._inner = self._outer = point
        else:
            self._inner = self._inner + self._weight * (point - self._inner)
            self._outer = self._outer + self._weight * (self._inner - self._outer)
        return Sample(*map(float, self._outer))

    def catch_up(self) -> list[Sample]:
        """The points from where the line is to where the hand is, its end included."""
        if self._target is None or self._outer is None:
            return []
        points: list[Sample] = []
        for _ in range(_CATCH_UP):
            if np.hypot(self._outer[0] - self._target.x, self._outer[1] - self._target.y) < 1.0:
                break
            points.append(self.add(self._target))
        if not points and tuple(self._outer) == tuple(self._target):
            return []
        self._inner = self._outer = np.array(self._target, np.float64)
        return [*points, self._target]


class Path:
    """Turns points into pieces of a smooth curve through all of them, one point behind the newest."""

    def __init__(self) -> None:
        self._points: list[Sample] = []

    @property
    def last(self) -> Sample | None:
        """The newest point."""
        return self._points[-1] if self._points else None

    def start(self, sample: Sample) -> None:
        """Begin anew."""
        self._points = [sample]

    def add(self, sample: Sample) -> NDArray[np.float64] | None:
        """Append a point.

        Returns:
            The piece that is certain now, [N, 3] (x, y, pressure) from its first to its last point; None when
            there is none yet.
        """
        last = self._points[-1]
        if abs(sample.x - last.x) + abs(sample.y - last.y) < _STILL:
            self._points[-1] = Sample(last.x, last.y, sample.pressure)
            return None
        self._points.append(sample)
        if len(self._points) < 3:
            return None
        piece = _curve(self._points[-4] if len(self._points) > 3 else None, *self._points[-3:])
        del self._points[:-3]
        return piece

    def finish(self) -> NDArray[np.float64] | None:
        """The piece up to the newest point; afterwards the path goes on from there as after ``start``."""
        if len(self._points) < 2:
            return None
        before = self._points[-3] if len(self._points) > 2 else None
        piece = _curve(before, self._points[-2], self._points[-1], None)
        self._points = self._points[-1:]
        return piece


def usable(x: float, y: float, pressure: float) -> Sample | None:
    """A sample with sane values, None for a position that is not finite."""
    if not (np.isfinite(x) and np.isfinite(y)):
        return None
    pressure = float(pressure) if np.isfinite(pressure) else 1.0
    return Sample(min(max(float(x), -_FAR), _FAR), min(max(float(y), -_FAR), _FAR), min(max(pressure, 0.0), 1.0))


def straight(first: Sample, last: Sample) -> NDArray[np.float64]:
    """The straight piece [2, 3] between two samples."""
    return np.array([first, last], np.float64)


def resample(piece: NDArray[np.float64], start: float, step: float) -> tuple[NDArray[np.float64], float]:
    """Points at equal distances along a piece [N, 3].

    Args:
        piece: (x, y, pressure) of a polyline.
        start: distance of the first point from the piece's beginning.
        step: distance between points.

    Returns:
        [M, 3] points, and how far into the next piece the next one lies.
    """
    lengths = np.hypot(*np.diff(piece[:, :2], axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(lengths)))
    total = float(along[-1])
    if start > total:
        return np.empty((0, 3)), start - total
    places = np.arange(start, total, step) if total > start else np.array([start])
    points = np.stack([np.interp(places, along, piece[:, axis]) for axis in range(3)], axis=1)
    return points, float(places[-1] + step - total)


def _curve(before: Sample | None, first: Sample, last: Sample, after: Sample | None) -> NDArray[np.float64]:
    """Centripetal Catmull-Rom from first to last: no loops or overshoot however uneven the points are."""
    p1, p2 = np.array(first), np.array(last)
    p0 = _beyond(p1, p2, after) if before is None else np.array(before)
    p3 = _beyond(p2, p1, before) if after is None else np.array(after)
    gaps = [max(float(np.hypot(*(b - a)[:2])) ** 0.5, 1e-3) for a, b in ((p0, p1), (p1, p2), (p2, p3))]
    d0, d1, d2 = gaps
    tangent_1 = ((p1 - p0) / d0 - (p2 - p0) / (d0 + d1) + (p2 - p1) / d1) * d1
    tangent_2 = ((p2 - p1) / d1 - (p3 - p1) / (d1 + d2) + (p3 - p2) / d2) * d1
    bend = max(float(np.hypot(*(6 * (p2 - p1) - 4 * one - 2 * other)[:2]))
               for one, other in ((tangent_1, tangent_2), (tangent_2, tangent_1)))
    length = float(np.hypot(*(p2 - p1)[:2]))
    count = int(min(max(math.sqrt(bend / (8 * _FLATNESS)), length / _CHORD, 2), 200))
    t = np.linspace(0, 1, count + 1)[:, None]
    t2, t3 = t * t, t * t * t
    curve = ((2 * t3 - 3 * t2 + 1) * p1 + (t3 - 2 * t2 + t) * tangent_1
             + (3 * t2 - 2 * t3) * p2 + (t3 - t2) * tangent_2)
    curve[:, 2] = np.clip(curve[:, 2], min(p1[2], p2[2]), max(p1[2], p2[2]))
    return curve


def _beyond(end: NDArray[np.float64], inner: NDArray[np.float64], third: Sample | None) -> NDArray[np.float64]:
    """A point that continues a line past its end: bent as it is bent so far, unless it has a corner there."""
    ahead = 2 * end - inner
    if third is None:
        return ahead
    bend = end - 2 * inner + np.array(third)
    gentle = float(np.hypot(*bend[:2])) < float(np.hypot(*(end - inner)[:2]))
    return ahead + bend if gentle else ahead
