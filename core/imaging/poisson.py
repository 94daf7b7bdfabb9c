"""Masked Poisson solver: the seamless join of a new patch, changing nothing outside its mask.

The unknown is the correction u added to the patch, which is smooth: the Laplace equation inside the mask, the
difference of the two pictures given around it. Conjugate gradients preconditioned by geometric multigrid; the coarse
operators are finite volumes with fractional boundary cells, so convergence does not suffer from irregular masks
(Trottenberg et al., Multigrid, 2001, sections 5.7 and 7.8; docs/compositing.md, Seams).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import bounding_rect
from core.imaging.arrays import FloatImage

_SMALLEST = 4
_MAX_CYCLES = 60


@dataclass(frozen=True, eq=False)
class _Level:
    """One grid; all arrays framed by one zero, see ``_multigrid``. The finest has unit conductances, none stored."""

    unknown: FloatImage
    inverse: FloatImage
    diagonal: FloatImage
    east: FloatImage
    south: FloatImage
    spans: NDArray[np.int64]


def _spans(free: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First and one past the last True column of each row of a framed mask; (1, 1) for empty rows."""
    some = free.any(axis=1)
    first = np.where(some, free.argmax(axis=1), 1)
    last = np.where(some, free.shape[1] - free[:, ::-1].argmax(axis=1), 1)
    return np.ascontiguousarray(np.stack([first, last], axis=1).astype(np.int64))


def _inverse(diagonal: FloatImage) -> FloatImage:
    """1 / diagonal, 0 where it is 0."""
    result = np.zeros(diagonal.shape, np.float32)
    np.divide(np.float32(1), diagonal, out=result, where=diagonal > 0)
    return result


def _finest(mask: NDArray[np.bool_]) -> tuple[_Level, FloatImage]:
    """Level 0 and the number of known neighbours of each unknown [H+2, W+2]."""
    free = np.pad(mask, 1)
    inside = np.zeros(free.shape, np.float32)
    inside[1:-1, 1:-1] = 1
    unknown = free.astype(np.float32)
    degree = np.zeros_like(unknown)
    for target, source in (
        (np.s_[1:], np.s_[:-1]), (np.s_[:-1], np.s_[1:]), (np.s_[:, 1:], np.s_[:, :-1]), (np.s_[:, :-1], np.s_[:, 1:]),
    ):
        degree[target] += inside[source]
    degree *= unknown
    east, south = np.zeros_like(unknown), np.zeros_like(unknown)
    east[:, :-1] = unknown[:, :-1] * unknown[:, 1:]
    south[:-1] = unknown[:-1] * unknown[1:]
    linked = east + south
    linked[:, 1:] += east[:, :-1]
    linked[1:] += south[:-1]
    inverse = _inverse(degree)
    return _Level(unknown, inverse, degree, east, south, _spans(free)), (degree - linked).astype(np.float32, copy=False)


def _pairs(array: FloatImage, rows: int, columns: int) -> FloatImage:
    """Sums of 2 x 2 blocks of the unframed array, padded with zeros to even size: [rows, columns]."""
    padded = np.zeros((2 * rows, 2 * columns), np.float32)
    padded[: array.shape[0], : array.shape[1]] = array
    tall = padded[::2] + padded[1::2]
    return (tall[:, ::2] + tall[:, 1::2]).astype(np.float32, copy=False)


def _hierarchy(mask: NDArray[np.bool_]) -> list[_Level]:
    """All grids for a mask [H, W], finest first. A coarse cell is unknown when it holds any unknown pixel.

    Conductances between cells are half the sum of the finer ones (twice the face, twice the distance). The known
    border acts on a cell through its n border edges: n / (0.5 + f 2^(k-2)), f being the share of the cell that is
    unknown. Half the geometric distance converges best (0.35 per cycle instead of 0.65), because ``prolong`` takes
    the correction beyond the border as 0 one whole cell away.
    """
    level, known = _finest(mask)
    edges, count = known[1:-1, 1:-1], level.unknown[1:-1, 1:-1]
    east, south = level.east[1:-1, 1:-1], level.south[1:-1, 1:-1]
    nothing = np.zeros((0, 0), np.float32)
    levels = [replace(level, east=nothing, south=nothing)]
    size = 1
    while min(edges.shape) > _SMALLEST or max(edges.shape) > 4 * _SMALLEST:
        size *= 2
        rows, columns = (edges.shape[0] + 1) // 2, (edges.shape[1] + 1) // 2
        wide = np.zeros((2 * rows, 2 * columns), np.float32)
        wide[: east.shape[0], : east.shape[1]] = east
        tall = np.zeros_like(wide)
        tall[: south.shape[0], : south.shape[1]] = south
        east = np.float32(0.5) * (wide[::2, 1::2] + wide[1::2, 1::2])
        south = np.float32(0.5) * (tall[1::2, ::2] + tall[1::2, 1::2])
        edges, count = _pairs(edges, rows, columns), _pairs(count, rows, columns)
        distance = np.float32(0.5) + count * np.float32(0.25 / size)
        diagonal = (edges / distance + east + south).astype(np.float32, copy=False)
        diagonal[:, 1:] += east[:, :-1]
        diagonal[1:] += south[:-1]
        unknown = (diagonal > 0).astype(np.float32)
        planes = (unknown, _inverse(diagonal), diagonal, east, south)
        framed = [np.pad(plane, 1).astype(np.float32, copy=False) for plane in planes]
        levels.append(_Level(framed[0], framed[1], framed[2], framed[3], framed[4], _spans(framed[0] > 0)))
    return levels


class _Cycle:
    """One V(1, 1) cycle as a symmetric preconditioner, with its work space."""

    def __init__(self, levels: list[_Level]) -> None:
        self._levels = levels
        self._u = [np.zeros_like(level.inverse) for level in levels]
        self._b: list[FloatImage] = [np.zeros_like(level.inverse) for level in levels[1:]]
        self._r = [np.zeros_like(level.inverse) for level in levels[:-1]]

    def __call__(self, b: FloatImage) -> FloatImage:
        """Approximate solution z of A z = b; the array returned is reused by the next call."""
        return self._solve(0, b)

    def _solve(self, k: int, b: FloatImage) -> FloatImage:
        from core.imaging import _multigrid as kernel

        level, u = self._levels[k], self._u[k]
        u.fill(0)
        last = k == len(self._levels) - 1

        def sweep(colour: int) -> None:
            if k == 0:
                kernel.sweep_fine(u, b, level.inverse, level.spans, colour)
            else:
                kernel.sweep_coarse(u, b, level.inverse, level.east, level.south, level.spans, colour)

        if last:
            for _ in range(12):
                sweep(0)
                sweep(1)
            for _ in range(12):
                sweep(1)
                sweep(0)
            return u
        sweep(0)
        sweep(1)
        r = self._r[k]
        if k == 0:
            kernel.residual_fine(r, u, b, level.unknown, level.diagonal, level.spans)
        else:
            kernel.residual_coarse(r, u, b, level.unknown, level.diagonal, level.east, level.south, level.spans)
        kernel.restrict(self._b[k], r, self._levels[k + 1].unknown)
        kernel.prolong(u, self._solve(k + 1, self._b[k]), level.unknown, level.spans)
        sweep(1)
        sweep(0)
        return u


def _conjugate_gradients(levels: list[_Level], b: FloatImage, u: FloatImage, tolerance: float) -> int:
    """Solve A x = b in place, from u, until a step changes no pixel by more than tolerance; cycles used."""
    from core.imaging import _multigrid as kernel

    fine, cycle = levels[0], _Cycle(levels)
    r, p, q = np.zeros_like(b), np.zeros_like(b), np.zeros_like(b)
    kernel.residual_fine(r, u, b, fine.unknown, fine.diagonal, fine.spans)
    previous = 0.0
    for count in range(1, _MAX_CYCLES + 1):
        z = cycle(r)
        rz = kernel.dot(r, z, fine.spans)
        if rz <= 0 or not np.isfinite(rz):
            return count
        kernel.direction(p, z, np.float32(rz / previous if previous else 0.0), fine.spans)
        pq = kernel.apply_fine(q, p, fine.diagonal, fine.unknown, fine.spans)
        if pq <= 0:
            return count
        change = kernel.advance(u, r, p, q, np.float32(rz / pq), fine.spans)
        previous = rz
        if change < tolerance:
            return count
    return _MAX_CYCLES


def _neighbour_sum(image: FloatImage) -> FloatImage:
    """Sum of the four neighbours of a framed array, 0 on the frame."""
    total = np.zeros_like(image)
    inner = total[1:-1, 1:-1]
    np.add(image[:-2, 1:-1], image[2:, 1:-1], out=inner)
    inner += image[1:-1, :-2]
    inner += image[1:-1, 2:]
    return total


def _checked(image: NDArray, mask: NDArray) -> tuple[FloatImage, NDArray[np.bool_]]:
    if image.ndim not in (2, 3) or mask.shape != image.shape[:2]:
        raise ValueError(f"picture {image.shape} and mask {mask.shape} do not match")
    return image.astype(np.float32, copy=False), mask.astype(bool, copy=False)


def _threads(threads: int | None, pixels: int) -> int:
    """Channels solved at once: memory decides above 6 MP."""
    if threads is not None:
        return threads
    return 1 if pixels > 6_000_000 else min(2, os.cpu_count() or 1)


def _fill(result: FloatImage, mask: NDArray[np.bool_], divergence: FloatImage | None, tolerance: float,
          threads: int | None) -> FloatImage:
    """Fill the mask of ``result`` in place; ``divergence`` is the sum over a pixel's edges of v(p -> q)."""
    tight = bounding_rect(mask)
    if tight is None:
        return result
    height, width = mask.shape
    rows, columns = tight.grown(1, width, height).slices()
    inner = mask[rows, columns]
    if inner.all():
        raise ValueError("the mask covers the whole picture: there is no border to join to")
    levels = _hierarchy(inner)
    outside = np.pad(~inner, 1).astype(np.float32)
    given = result[rows, columns] if result.ndim == 3 else result[rows, columns, None]
    forced = None if divergence is None else divergence[rows, columns].reshape(given.shape)

    def solve(channel: int) -> None:
        known = np.pad(given[..., channel], 1) * outside
        middle = np.float32(known.sum(dtype=np.float64) / outside.sum(dtype=np.float64))
        known -= middle * outside
        b = _neighbour_sum(known)
        if forced is not None:
            b[1:-1, 1:-1] += forced[..., channel]
        b *= levels[0].unknown
        u = np.zeros_like(b)
        _conjugate_gradients(levels, b, u, tolerance)
        u += middle
        np.copyto(given[..., channel], u[1:-1, 1:-1], where=inner)

    with ThreadPoolExecutor(_threads(threads, inner.size)) as pool:
        list(pool.map(solve, range(given.shape[2])))
    return result


def membrane(values: NDArray, mask: NDArray, *, tolerance: float = 2e-3, threads: int | None = None) -> FloatImage:
    """Harmonic fill: the smoothest continuation of ``values`` into ``mask``.

    Args:
        values: [H, W] or [H, W, C], any unit; only the pixels outside the mask next to it matter.
        mask: [H, W], non-zero = unknown. The picture's own edges let values end freely (Neumann).
        tolerance: allowed error in the unit of ``values``, half an 8-bit level for 0..1 by default.
        threads: channels solved at once; None chooses.

    Returns:
        float32 like ``values``; outside the mask the given values, bitwise. An empty mask returns a copy.

    Raises:
        ValueError: shapes differ, or the mask covers everything.
    """
    picture, unknown = _checked(values, mask)
    return _fill(picture.copy(), unknown, None, tolerance, threads)


def solve_divergence(target: NDArray, divergence: NDArray, mask: NDArray, *, tolerance: float = 2e-3,
                     threads: int | None = None) -> FloatImage:
    """Picture f with sum over neighbours (f(p) - f(q)) = divergence(p) inside ``mask``, the target around it.

    Args:
        target, divergence: [H, W] or [H, W, C]; the divergence is positive where the picture is to bulge.
        mask: [H, W], non-zero = unknown.
        tolerance: allowed error in the picture's unit.
        threads: channels solved at once; None chooses.

    Returns:
        float32; the target outside the mask, bitwise.

    Raises:
        ValueError: shapes differ, or the mask covers everything.
    """
    below, unknown = _checked(target, mask)
    forced, _ = _checked(divergence, mask)
    if forced.shape != below.shape:
        raise ValueError(f"target {below.shape} and divergence {forced.shape} do not match")
    return _fill(below.copy(), unknown, forced, tolerance, threads)


def pull_push(values: NDArray, mask: NDArray) -> FloatImage:
    """Quick smooth fill for previews: averages of the known pixels at every scale (Gortler et al. 1996).

    Args:
        values: [H, W] or [H, W, C].
        mask: [H, W], non-zero = fill. Where everything is masked the result is 0.

    Returns:
        float32 like ``values``; outside the mask the given values, bitwise.
    """
    picture, unknown = _checked(values, mask)
    weight = (~unknown).astype(np.float32)
    colour = picture.reshape(*unknown.shape, -1) * weight[..., None]
    stack = []
    while max(colour.shape[:2]) > 1:
        stack.append((colour, weight))
        size = ((colour.shape[1] + 1) // 2, (colour.shape[0] + 1) // 2)
        colour = cv2.resize(colour, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
        weight = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
        gain = 1 / np.maximum(weight, 1e-6)
        full = np.minimum(1, 4 * weight)
        colour, weight = colour * (gain * full)[..., None], full
    filled = colour / np.maximum(weight, 1e-6)[..., None]
    for fine, share in reversed(stack):
        size = (fine.shape[1], fine.shape[0])
        up = cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR).reshape(fine.shape)
        filled = fine + (1 - share)[..., None] * up
    result = picture.copy()
    result[unknown] = filled.reshape(picture.shape)[unknown]
    return result
