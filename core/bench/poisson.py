"""The masked Poisson solver measured: error, time, memory and pixels changed outside, beside two other solvers."""

from __future__ import annotations

import argparse
import csv
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.bench.clone import solve_poisson
from core.bench.data import data_folder
from core.imaging.poisson import solve_divergence

Solver = Callable[[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]], NDArray]

_DIRECT_LIMIT = 1.3
"""Megapixels up to which the exact solution comes from a sparse factorisation."""


def irregular_mask(size: int, *, share: float = 0.49, seed: int = 0) -> NDArray[np.bool_]:
    """Blob with an irregular boundary [size, size] that covers ``share`` of the square and keeps off its edges."""
    rng = np.random.default_rng(seed)
    grid = np.zeros((size, size), np.float32)
    for side, weight in ((8, 1.0), (24, 0.5), (96, 0.25)):
        coarse = rng.standard_normal((side, side)).astype(np.float32)
        grid += weight * cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    axis = np.abs(np.linspace(-1, 1, size))
    edge = np.maximum(axis[:, None], axis[None])
    field = grid * 0.5 - 5 * edge**2 - 100.0 * (edge > 0.96)
    return field > np.quantile(field, 1 - share)


def hard_pictures(height: int, width: int, seed: int = 1) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Target and source [H, W, 3] in 0..1, on 8-bit levels, that differ strongly everywhere."""
    rng = np.random.default_rng(seed)

    def noise(sigma: float) -> NDArray[np.float32]:
        small = rng.standard_normal((max(4, int(height / sigma)), max(4, int(width / sigma)), 3)).astype(np.float32)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)

    target = 0.5 + 0.18 * noise(4) + 0.15 * noise(60)
    source = 0.4 + 0.05 * noise(3) + 0.25 * noise(100)
    return tuple(np.rint(np.clip(image, 0, 1) * 255).astype(np.float32) / 255 for image in (target, source))  # type: ignore[return-value]


def _system(target: NDArray, source: NDArray, mask: NDArray[np.bool_]) -> tuple:
    """Matrix (scipy CSC) and right sides [n, C] of the correction, float64."""
    from scipy import sparse

    height, width = mask.shape
    index = np.full(mask.shape, -1)
    count = int(mask.sum())
    index[mask] = np.arange(count)
    difference = target.astype(np.float64) - source
    rows, columns = np.nonzero(mask)
    degree, right = np.zeros(count), np.zeros((count, difference.shape[2]))
    one, other = [], []
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        y, x = rows + dy, columns + dx
        inside = np.flatnonzero((y >= 0) & (y < height) & (x >= 0) & (x < width))
        y, x = y[inside], x[inside]
        degree[inside] += 1
        neighbour = index[y, x]
        free = neighbour >= 0
        one.append(inside[free])
        other.append(neighbour[free])
        right[inside[~free]] += difference[y[~free], x[~free]]
    links = np.concatenate(one), np.concatenate(other)
    matrix = sparse.csc_matrix((-np.ones(len(links[0])), links), shape=(count, count)) + sparse.diags(degree)
    return matrix.tocsc(), right


def solve_exact(target: NDArray, source: NDArray, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Seamless clone by a direct sparse solve in float64 (SuperLU, symmetric minimum degree)."""
    from scipy.sparse import linalg

    matrix, right = _system(target, source, mask)
    factor = linalg.splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    result = target.astype(np.float64)
    result[mask] = source[mask] + factor.solve(right)
    return result


def solve_iterative(target: NDArray, source: NDArray, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The same by float64 iterations to a relative residual of 1e-9, for sizes too large to factorise.

    Corrections come from the float32 solver; whether they are right is decided by the residual of the assembled matrix.
    """
    matrix, right = _system(target, source, mask)
    solution = np.zeros_like(right)
    goal = 1e-9 * float(np.abs(right).max())
    for _ in range(12):
        residual = right - matrix @ solution
        largest = float(np.abs(residual).max())
        if largest <= goal:
            break
        solution += largest * solve_residual(residual / largest, mask)
    else:
        raise ArithmeticError("the reference solution did not converge")
    result = target.astype(np.float64)
    result[mask] = source[mask] + solution
    return result


def solve_residual(right: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Approximate solution [n, C] of the homogeneous problem with right side [n, C], by the solver under test."""
    picture = np.zeros((*mask.shape, right.shape[1]), np.float32)
    force = np.zeros_like(picture)
    force[mask] = right
    return solve_divergence(picture, force, mask, tolerance=1e-6)[mask].astype(np.float64)


def _seamless_clone(target: NDArray, source: NDArray, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """OpenCV's clone in 8 bits, placed so that the mask's box stays where it is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    centre = (int(columns[0] + columns[-1] + 1) // 2, int(rows[0] + rows[-1] + 1) // 2)
    below, above = (np.rint(image * 255).astype(np.uint8) for image in (target, source))
    done = cv2.seamlessClone(above, below, mask.astype(np.uint8) * 255, centre, cv2.NORMAL_CLONE)
    return done.astype(np.float32) / 255


def _ours(target: NDArray, source: NDArray, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    return solve_poisson(target, source, mask)


def _ours_one_thread(target: NDArray, source: NDArray, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    return solve_poisson(target, source, mask, threads=1)


SOLVERS: dict[str, Solver] = {
    "ours": _ours, "ours, 1 thread": _ours_one_thread, "seamlessClone": _seamless_clone, "sparse LU": solve_exact,
}


@dataclass
class Row:
    """One line of the table; errors in 8-bit levels inside the mask, memory in MB, ratio of time to ours.

    ``cpu`` is processor time over all threads: comparable on a machine that has other work.
    """

    case: str
    solver: str
    megapixels: float
    unknowns: int
    seconds: float
    cpu: float
    ratio: float
    error_mean: float
    error_max: float
    memory_mb: float
    changed_outside: int


def _peak(folder: str, name: str) -> float:
    """Peak extra resident memory in MB of one solve in this (fresh) process; NaN where the system does not tell."""
    cv2.setNumThreads(2)
    data = np.load(Path(folder) / "case.npz")
    target, source, mask = data["target"], data["source"], data["mask"]
    warm = irregular_mask(64)
    SOLVERS[name](*hard_pictures(64, 64), warm)
    try:
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS")
        SOLVERS[name](target, source, mask)
        return (_status("VmHWM") - before) / 1024
    except (OSError, KeyError):
        return float("nan")


def _status(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {line.split(":")[0]: float(line.split()[1]) for line in lines if line.endswith("kB")}[key]


def _memory(target: NDArray, source: NDArray, mask: NDArray, name: str) -> float:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        np.savez(Path(folder) / "case.npz", target=target, source=source, mask=mask)
        with get_context("spawn").Pool(1) as pool:
            return float(pool.apply(_peak, (folder, name)))


def measure(case: str, target: NDArray, source: NDArray, mask: NDArray[np.bool_], repeats: int, *,
            memory: bool = True) -> list[Row]:
    """All solvers on one case, interleaved; median times."""
    size = mask.size / 1e6
    names = [name for name in SOLVERS if name != "sparse LU" or size <= _DIRECT_LIMIT]
    exact = solve_exact(target, source, mask) if size <= _DIRECT_LIMIT else solve_iterative(target, source, mask)
    times: dict[str, list[float]] = {name: [] for name in names}
    worked: dict[str, list[float]] = {name: [] for name in names}
    results: dict[str, NDArray] = {}
    solve_poisson(*hard_pictures(64, 64), irregular_mask(64))
    for turn in range(repeats):
        for name in names:
            if name == "sparse LU" and turn >= 3:
                continue
            begun, busy = time.perf_counter(), time.process_time()
            results[name] = SOLVERS[name](target, source, mask)
            times[name].append(time.perf_counter() - begun)
            worked[name].append(time.process_time() - busy)
    own = statistics.median(times["ours"])
    rows = []
    for name in names:
        error = 255 * np.abs(results[name] - exact)[mask]
        outside = int(np.any(np.abs(results[name] - target) > 0.5 / 255, axis=2)[~mask].sum())
        seconds, cpu = statistics.median(times[name]), statistics.median(worked[name])
        peak = _memory(target, source, mask, name) if memory else float("nan")
        rows.append(Row(case, name, round(size, 3), int(mask.sum()), seconds, cpu, seconds / own, float(error.mean()),
                        float(error.max()), peak, outside))
    return rows


def _hair_case() -> tuple[str, NDArray, NDArray, NDArray[np.bool_]] | None:
    """A real hair mask between two photographs, where the development data is present."""
    folder = data_folder() / "photos" / "loho"
    names = [folder / name for name in ("67172.jpg", "02602.jpg", "02602-mask.png")]
    if not all(name.is_file() for name in names):
        return None
    target, source, labels = (cv2.imread(str(name))[:, :, ::-1] for name in names)
    red = cv2.resize(np.ascontiguousarray(labels), (target.shape[1], target.shape[0]), interpolation=cv2.INTER_LINEAR)
    mask = (red[..., 0] > 127) & (red[..., 2] < 127)
    mask[:2] = mask[-2:] = False
    mask[:, :2] = mask[:, -2:] = False
    pictures = [image.astype(np.float32) / 255 for image in (target, source)]
    return "hair", pictures[0], pictures[1], mask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``bench poisson``."""
    parser.add_argument("--sizes", default="0.25,1,4", help="megapixels, comma separated (default 0.25,1,4)")
    parser.add_argument("--repeats", type=int, default=5, help="runs per solver, median is reported (default 5)")
    parser.add_argument("--csv", type=Path, help="also write the table to this file")
    parser.add_argument("--no-memory", action="store_true", help="skip the memory measurement (one process per solver)")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; 0 when no pixel outside changed and no error reached a level, else 4."""
    cv2.setNumThreads(2)
    rows: list[Row] = []
    for text in arguments.sizes.split(","):
        side = round((float(text) * 2**20) ** 0.5)
        target, source = hard_pictures(side, side)
        rows += measure(f"irregular {text} MP", target, source, irregular_mask(side), arguments.repeats,
                        memory=not arguments.no_memory)
    hair = _hair_case()
    if hair is not None:
        rows += measure(*hair, arguments.repeats, memory=not arguments.no_memory)
    print(f"{'case':<20}{'solver':<16}{'seconds':>9}{'cpu':>8}{'ratio':>8}", end="")
    print(f"{'err mean':>10}{'err max':>9}{'MB':>8}{'outside':>9}")
    for row in rows:
        print(f"{row.case:<20}{row.solver:<16}{row.seconds:>9.3f}{row.cpu:>8.3f}{row.ratio:>8.2f}{row.error_mean:>10.4f}"
              f"{row.error_max:>9.3f}{row.memory_mb:>8.0f}{row.changed_outside:>9d}")
    if arguments.csv:
        with arguments.csv.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(asdict(rows[0])))
            writer.writeheader()
            writer.writerows(asdict(row) for row in rows)
    ours = [row for row in rows if row.solver.startswith("ours")]
    return 0 if all(row.changed_outside == 0 and row.error_max < 1 for row in ours) else 4
