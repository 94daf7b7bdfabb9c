# ruff: noqa: ANN001, ANN202 - the compiler specialises each function on the arrays it is given
"""Compiled inner loops of the Poisson solver; apart, so that importing the solver does not load the compiler.

Every array has a frame of one zero around it, so that no loop tests for borders. ``inverse`` holds 1 / diagonal
where a pixel is unknown and 0 elsewhere; values outside the mask therefore stay 0. ``spans`` [rows + 2, 2] holds the
first and one past the last unknown column of each framed row.
"""

from __future__ import annotations

import numba
import numpy as np

_jit = numba.njit(cache=True, nogil=True, fastmath=True, boundscheck=False, error_model="numpy")


@_jit
def sweep_fine(u, b, inverse, spans, colour):
    """One half sweep (checkerboard ``colour``) of Gauss-Seidel with unit conductances."""
    for y in range(1, u.shape[0] - 1):
        first, end = spans[y, 0], spans[y, 1]
        first += (first + y + colour) & 1
        if end <= first:
            continue
        here, left, right = u[y, first:end], u[y, first - 1 : end - 1], u[y, first + 1 : end + 1]
        up, down = u[y - 1, first:end], u[y + 1, first:end]
        gain, given = inverse[y, first:end], b[y, first:end]
        for x in range(0, end - first, 2):
            here[x] = gain[x] * (given[x] + up[x] + down[x] + left[x] + right[x])


@_jit
def sweep_coarse(u, b, inverse, east, south, spans, colour):
    """One half sweep with conductances ``east`` (to x + 1) and ``south`` (to y + 1)."""
    for y in range(1, u.shape[0] - 1):
        first, end = spans[y, 0], spans[y, 1]
        first += (first + y + colour) & 1
        if end <= first:
            continue
        here, left, right = u[y, first:end], u[y, first - 1 : end - 1], u[y, first + 1 : end + 1]
        up, down = u[y - 1, first:end], u[y + 1, first:end]
        to_left, to_right = east[y, first - 1 : end - 1], east[y, first:end]
        to_up, to_down = south[y - 1, first:end], south[y, first:end]
        gain, given = inverse[y, first:end], b[y, first:end]
        for x in range(0, end - first, 2):
            flow = to_up[x] * up[x] + to_down[x] * down[x] + to_left[x] * left[x] + to_right[x] * right[x]
            here[x] = gain[x] * (given[x] + flow)


@_jit
def residual_fine(r, u, b, unknown, diagonal, spans):
    """r = b - A u on the unknowns, 0 elsewhere; ``unknown`` is 0 or 1."""
    for y in range(1, u.shape[0] - 1):
        first, end = spans[y, 0], spans[y, 1]
        if end <= first:
            continue
        here, left, right = u[y, first:end], u[y, first - 1 : end - 1], u[y, first + 1 : end + 1]
        up, down = u[y - 1, first:end], u[y + 1, first:end]
        given, weight, free, out = b[y, first:end], diagonal[y, first:end], unknown[y, first:end], r[y, first:end]
        for x in range(end - first):
            out[x] = free[x] * (given[x] + up[x] + down[x] + left[x] + right[x] - weight[x] * here[x])


@_jit
def residual_coarse(r, u, b, unknown, diagonal, east, south, spans):
    """r = b - A u with given conductances."""
    for y in range(1, u.shape[0] - 1):
        first, end = spans[y, 0], spans[y, 1]
        if end <= first:
            continue
        here, left, right = u[y, first:end], u[y, first - 1 : end - 1], u[y, first + 1 : end + 1]
        up, down = u[y - 1, first:end], u[y + 1, first:end]
        to_left, to_right = east[y, first - 1 : end - 1], east[y, first:end]
        to_up, to_down = south[y - 1, first:end], south[y, first:end]
        given, weight, free, out = b[y, first:end], diagonal[y, first:end], unknown[y, first:end], r[y, first:end]
        for x in range(end - first):
            flow = to_up[x] * up[x] + to_down[x] * down[x] + to_left[x] * left[x] + to_right[x] * right[x]
            out[x] = free[x] * (given[x] + flow - weight[x] * here[x])


@_jit
def restrict(coarse, fine, unknown):
    """coarse = P^T fine, P being ``prolong``; coarse cells that hold no unknown get 0."""
    rows, columns = fine.shape[0] - 2, fine.shape[1] - 2
    coarse_rows, coarse_columns = coarse.shape[0] - 2, coarse.shape[1] - 2
    near, far = np.float32(0.75), np.float32(0.25)
    line = np.zeros(2 * coarse_columns + 4, np.float32)
    for cy in range(coarse_rows):
        y = 2 * cy + 1
        last = cy == coarse_rows - 1
        for x in range(columns + 2):
            line[x] = near * fine[y, x] + far * fine[y - 1, x]
        if y + 1 <= rows:
            for x in range(columns + 2):
                line[x] += near * fine[y + 1, x] + far * fine[y + 2, x]
            if last:
                for x in range(columns + 2):
                    line[x] += far * fine[y + 1, x]
        if cy == 0:
            for x in range(columns + 2):
                line[x] += far * fine[1, x]
        line[0] = line[1]
        if columns % 2 == 0:
            line[columns + 1] = line[columns]
        for cx in range(coarse_columns):
            x = 2 * cx + 1
            value = near * (line[x] + line[x + 1]) + far * (line[x - 1] + line[x + 2])
            coarse[cy + 1, cx + 1] = value * unknown[cy + 1, cx + 1]


@_jit
def prolong(fine, coarse, unknown, spans):
    """fine += P coarse on the unknowns: bilinear between cell centres, constant beyond the outermost ones."""
    coarse_rows, coarse_columns = coarse.shape[0] - 2, coarse.shape[1] - 2
    near, far = np.float32(0.75), np.float32(0.25)
    line = np.zeros(coarse_columns + 2, np.float32)
    for y in range(1, fine.shape[0] - 1):
        if spans[y, 1] <= spans[y, 0]:
            continue
        cy = (y - 1) // 2 + 1
        other = min(max(cy - 1 if y % 2 == 1 else cy + 1, 1), coarse_rows)
        for x in range(1, coarse_columns + 1):
            line[x] = near * coarse[cy, x] + far * coarse[other, x]
        line[0] = line[1]
        line[coarse_columns + 1] = line[coarse_columns]
        first, end = spans[y, 0], spans[y, 1]
        row, free = fine[y], unknown[y]
        for cx in range((first - 1) // 2 + 1, (end - 2) // 2 + 2):
            x = 2 * cx - 1
            row[x] += free[x] * (near * line[cx] + far * line[cx - 1])
            row[x + 1] += free[x + 1] * (near * line[cx] + far * line[cx + 1])


@_jit
def direction(p, z, beta, spans):
    """p = z + beta p."""
    for y in range(1, p.shape[0] - 1):
        first, end = spans[y, 0], spans[y, 1]
        old, new = p[y, first:end], z[y, first:end]
        for x in range(end - first):
            old[x] = new[x] + beta * old[x]


@_jit
def apply_fine(q, p, diagonal, unknown, spans):
    """q = A p; returns p . q."""
    total = 0.0
    for y in range(1, p.shape[0] - 1):
        first, end = spans[y, 0], spans[y, 1]
        if end <= first:
            continue
        here, left, right = p[y, first:end], p[y, first - 1 : end - 1], p[y, first + 1 : end + 1]
        up, down = p[y - 1, first:end], p[y + 1, first:end]
        weight, free, out = diagonal[y, first:end], unknown[y, first:end], q[y, first:end]
        part = np.float32(0)
        for x in range(end - first):
            value = free[x] * (weight[x] * here[x] - (up[x] + down[x] + left[x] + right[x]))
            out[x] = value
            part += value * here[x]
        total += part
    return total


@_jit
def advance(u, r, p, q, alpha, spans):
    """u += alpha p, r -= alpha q; returns the largest change of u."""
    largest = np.float32(0)
    for y in range(1, p.shape[0] - 1):
        first, end = spans[y, 0], spans[y, 1]
        value, rest, step, image = u[y, first:end], r[y, first:end], p[y, first:end], q[y, first:end]
        for x in range(end - first):
            change = alpha * step[x]
            value[x] += change
            rest[x] -= alpha * image[x]
            largest = max(largest, abs(change))
    return largest


@_jit
def dot(a, b, spans):
    """a . b over the unknowns."""
    total = 0.0
    for y in range(1, a.shape[0] - 1):
        first, end = spans[y, 0], spans[y, 1]
        one, other = a[y, first:end], b[y, first:end]
        part = np.float32(0)
        for x in range(end - first):
            part += one[x] * other[x]
        total += part
    return total
