"""Areas instead of strokes: lasso and bucket, with the same soft, exact edges as the brush."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, bounding_rect, intersection, united
from core.document.mask import Mask

GAP = 6
"""Openings up to about twice this many pixels do not let a fill out."""
_SCANS = 16
_BAND = 256
_FAR = 1_000_000.0
_CLIMB = 400
_MOST_CORNERS = 2000
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def polygon_coverage(
    points: NDArray[np.floating], rect: Rect | tuple[int, int], feather: float = 0.0
) -> tuple[Rect, NDArray[np.uint8]]:
    """Share of each pixel that lies inside a closed polygon; where it crosses itself, inside and outside alternate.

    Args:
        points: [N, 2] corners, continuous image coordinates (pixel i spans [i, i + 1)), also outside the image.
        rect: where coverage is wanted, or (width, height) of the image.
        feather: width of a soft edge centred on the outline, pixels; below 2 the edge is merely exact.

    Returns:
        The rectangle that was touched and its coverage [h, w] uint8; an empty rectangle for nothing.
    """
    limits = Rect(*rect) if len(rect) == 4 else Rect(0, 0, rect[0], rect[1])
    corners = np.asarray(points, np.float64).reshape(-1, 2)
    corners = np.clip(corners[np.isfinite(corners).all(axis=1)], -_FAR, _FAR)
    nothing = Rect(limits.x0, limits.y0, limits.x0, limits.y0), np.zeros((0, 0), np.uint8)
    if len(corners) < 3:
        return nothing
    soft = feather if feather >= 2 else 0.0
    margin = math.ceil(soft / 2) + 1
    low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    # A soft edge needs the outline beyond the limits too, hence two rectangles.
    wide = Rect(limits.x0 - margin, limits.y0 - margin, limits.x1 + margin, limits.y1 + margin)
    area = intersection(Rect(int(low[0]) - margin, int(low[1]) - margin, int(high[0]) + margin,
                             int(high[1]) + margin), wide)
    if area is None:
        return nothing
    shifted = corners - (area.x0, area.y0)
    coverage = _exact(shifted, area.width, area.height)
    if soft:
        coverage = _feathered(coverage, soft)
    kept = intersection(area, limits)
    if kept is None:
        return nothing
    inside = Rect(kept.x0 - area.x0, kept.y0 - area.y0, kept.x1 - area.x0, kept.y1 - area.y0)
    return kept, np.ascontiguousarray(coverage[inside.slices()])


def combine(mask: Mask, rect: Rect, coverage: NDArray[np.uint8], subtract: bool) -> None:
    """Add an area to a mask or take it away; soft edges that meet close without a seam.

    Args:
        mask: written to inside rect.
        rect: inside the mask.
        coverage: [h, w] uint8 of the rectangle's size.
        subtract: take away instead of adding.
    """
    if rect.width <= 0 or rect.height <= 0:
        return
    part = mask.data[rect.slices()]
    if subtract:
        result = cv2.subtract(part, cv2.multiply(part, coverage, scale=1 / 255))
    else:
        result = cv2.add(part, cv2.multiply(cv2.bitwise_not(part), coverage, scale=1 / 255))
    mask.data[rect.slices()] = result.reshape(part.shape)
    mask.touch()


class NotEnclosed(ValueError):
    """No outline holds a fill: it would run all around whatever is painted."""


def fill_enclosed(mask: Mask, x: float, y: float, subtract: bool = False, gap: int = GAP) -> Rect | None:
    """Fill the empty area around a point, up to the painted outline around it; small openings count as closed.

    Args:
        mask: written to.
        x, y: continuous image coordinates of the click.
        subtract: clear the covered area around the point instead, with its soft edge.
        gap: half the width of openings to close, pixels; not used when clearing.

    Returns:
        Where the mask may have changed; None when the point is outside, or already full (or empty, to clear).

    Raises:
        NotEnclosed: the area to fill reaches all four sides of the mask; the mask stays as it is.
    """
    column, row = math.floor(x), math.floor(y)
    if not (0 <= column < mask.width and 0 <= row < mask.height):
        return None
    level = cv2.bitwise_not(mask.data) if subtract else mask.data
    if level[row, column] > 127:
        return None
    area = _flood(level, column, row, 0 if subtract else gap)
    rect = bounding_rect(area)
    if rect is None:
        return None
    if not subtract and rect == mask.bounds:
        raise NotEnclosed(f"nothing painted holds a fill that begins at {column}, {row}")
    rect = _climb(area, level, rect)
    place = rect.slices()
    mask.data[place][area[place] > 0] = 0 if subtract else 255
    mask.touch()
    return rect


def _exact(corners: NDArray[np.float64], width: int, height: int) -> NDArray[np.uint8]:
    """Coverage [height, width] of a polygon: exact along rows, ``_SCANS`` lines per row."""
    scans, places = _crossings(corners, height * _SCANS)
    # Sorted, every other crossing of a line leaves the polygon.
    signs = np.where(np.arange(len(places)) % 2 == 0, 1.0, -1.0)
    places = np.clip(places, 0, width)
    columns = np.floor(places).astype(np.int64)
    share = places - columns
    rows = scans // _SCANS
    coverage = np.zeros((height, width), np.uint8)
    for top in range(0, height, _BAND):
        bottom = min(top + _BAND, height)
        band = slice(*np.searchsorted(rows, (top, bottom)))
        cells = (rows[band] - top) * (width + 2) + columns[band]
        # A crossing at x adds the rest of its pixel and all of the following ones.
        size = (bottom - top) * (width + 2)
        change = np.bincount(cells, signs[band] * (1 - share[band]), size)
        change += np.bincount(cells + 1, signs[band] * share[band], size)
        area = np.cumsum(change.reshape(bottom - top, width + 2), axis=1)[:, :width]
        coverage[top:bottom] = np.rint(np.clip(area * (255 / _SCANS), 0, 255))
    return coverage


def _crossings(corners: NDArray[np.float64], scans: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where a closed polygon crosses each scan line (number, x), sorted by line and then by x."""
    ends = np.roll(corners, -1, axis=0)
    down = (corners[:, 1] <= ends[:, 1])[:, None]
    upper, lower = np.where(down, corners, ends), np.where(down, ends, corners)
    first, after = (np.clip(np.ceil(end[:, 1] * _SCANS - 0.5), 0, scans).astype(np.int64) for end in (upper, lower))
    counts = after - first
    edges = np.repeat(np.arange(len(corners)), counts)
    lines = first[edges] + np.arange(len(edges)) - np.repeat(np.cumsum(counts) - counts, counts)
    rise = np.maximum(lower[:, 1] - upper[:, 1], 1e-12)
    slope = (lower[:, 0] - upper[:, 0]) / rise
    places = upper[edges, 0] + ((lines + 0.5) / _SCANS - upper[edges, 1]) * slope[edges]
    order = np.lexsort((places, lines))
    return lines[order], places[order]


def _feathered(coverage: NDArray[np.uint8], feather: float) -> NDArray[np.uint8]:
    """Three running means, nearly a Gaussian, that together are as wide as the edge is to be.

    They start from exact coverage: a ramp over distances would show the steps of an edge that is almost level.
    """
    half = round((feather - 1) / 2)
    soft = coverage.astype(np.float32)
    for share in range(3):
        width = 2 * ((half + share) // 3) + 1
        if width > 1:
            cv2.blur(soft, (width, width), dst=soft, borderType=cv2.BORDER_REPLICATE)
    return np.rint(np.clip(soft, 0, 255)).astype(np.uint8)


def _flood(level: NDArray[np.uint8], column: int, row: int, gap: int) -> NDArray[np.uint8]:
    """The area [H, W] uint8 0 or 1 below half coverage that is connected with a pixel, openings closed."""
    free = (level <= 127).astype(np.uint8)
    narrowed = free
    # A square is worked on row by row, many times faster than a disc.
    kernel = np.ones((2 * gap + 1, 2 * gap + 1), np.uint8)
    if gap > 0:
        # The picture's own border is no outline.
        narrowed = cv2.erode(free, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1)
        if not narrowed[row, column]:
            # The click itself is in a narrow place: go without closing.
            narrowed, gap = free, 0
    marks = np.zeros((level.shape[0] + 2, level.shape[1] + 2), np.uint8)
    cv2.floodFill(narrowed.copy(), marks, (column, row), 1, flags=4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8))
    area = marks[1:-1, 1:-1]
    area = np.ascontiguousarray(area)
    if gap > 0:
        rect = (bounding_rect(area) or Rect(column, row, column + 1, row + 1)).grown(3 * gap, *area.shape[::-1])
        part = cv2.dilate(area[rect.slices()], kernel) & free[rect.slices()]
        _fill_corners(part, free[rect.slices()], gap)
        area[rect.slices()] = part
    return area


def _fill_corners(area: NDArray[np.uint8], free: NDArray[np.uint8], gap: int) -> None:
    """Add the corners and crevices that were too narrow for the closed openings, in place; openings stay open."""
    rest = cv2.subtract(free, area)
    beside = cv2.bitwise_and(cv2.dilate(area, np.ones((3, 3), np.uint8)), rest)
    seeds = cv2.findNonZero(beside)
    marks = np.zeros((area.shape[0] + 2, area.shape[1] + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (2 << 8)
    for _ in range(_MOST_CORNERS):
        if seeds is None or not len(seeds):
            break
        column, row = (int(value) for value in seeds[0, 0])
        count, _, _, (left, top, width, height) = cv2.floodFill(rest, marks, (column, row), 1, flags=flags)
        found = marks[top + 1:top + 1 + height, left + 1:left + 1 + width]
        if count <= 4 * gap * gap:
            area[top:top + height, left:left + width][found == 2] = 1
        found[found == 2] = 1
        seeds = seeds[marks[seeds[:, 0, 1] + 1, seeds[:, 0, 0] + 1] == 0]


def _climb(area: NDArray[np.uint8], level: NDArray[np.uint8], rect: Rect) -> Rect:
    """Extend an area uphill over the soft inner edge of its outline, so that no thin line stays between the two.

    Returns:
        The rectangle of the extended area.
    """
    # With a border of pixels that count as taken, no step has to look whether it leaves the picture.
    place = rect.grown(_CLIMB, area.shape[1], area.shape[0])
    taken = cv2.copyMakeBorder(area[place.slices()], 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    height = cv2.copyMakeBorder(level[place.slices()], 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    edge = cv2.subtract(taken, cv2.erode(taken, np.ones((3, 3), np.uint8)))
    edge[[0, -1], :] = edge[:, [0, -1]] = 0
    wide = taken.shape[1]
    taken, height = taken.ravel(), height.ravel()
    steps = np.array([down * wide + right for down, right in _NEIGHBOURS], np.intp)
    spots = np.flatnonzero(edge)
    reached: list[NDArray[np.intp]] = []
    for _ in range(_CLIMB):
        beside = (spots[:, None] + steps).ravel()
        there = height[beside]
        higher = (taken[beside] == 0) & (there >= np.repeat(height[spots], len(steps))) & (there > 127) & (there < 255)
        spots = np.unique(beside[higher])
        if not spots.size:
            break
        taken[spots] = 1
        reached.append(spots)
    if not reached:
        return rect
    rows, columns = np.divmod(np.concatenate(reached), wide)
    rows, columns = rows + place.y0 - 1, columns + place.x0 - 1
    area[rows, columns] = 1
    return united(rect, Rect(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1))
