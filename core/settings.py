"""Where things live and how many threads may run: the few choices that belong to the machine, not to a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_threads: int | None = None
MOST_THREADS = 4


def resources_folder() -> Path:
    """The folder of what ships with the program: models, samples, icons."""
    return Path(__file__).resolve().parent.parent / "resources"


def user_data_folder() -> Path:
    """Where this user's own model packs are kept; not created here. ``COIFFE_HOME`` overrides the system's choice."""
    override = os.environ.get("COIFFE_HOME")
    if override:
        return Path(override).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "coiffe"


def physical_cores() -> int:
    """Number of physical cores this process may run on, at least 1."""
    if not hasattr(os, "sched_getaffinity"):
        return max(1, (os.cpu_count() or 2) // 2)
    allowed = os.sched_getaffinity(0)
    siblings = set()
    for cpu in allowed:
        listing = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            siblings.add(listing.read_text().strip())
        except OSError:
            siblings.add(str(cpu))
    return max(1, len(siblings))


def available_memory() -> int | None:
    """Bytes that programs can still take without swapping; None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def thread_count() -> int:
    """Threads for numeric libraries: what was set, else ``OMP_NUM_THREADS``, else all cores but one, four at most.

    One core is left to everything else: where an OpenMP team has to wait for a core that is busy, every step of a small
    network takes many times as long.
    """
    if _threads is not None:
        return _threads
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    return max(1, min(MOST_THREADS, physical_cores() - 1))


def size_thread_pools() -> None:
    """Tell numeric libraries how many threads to use; call before the first of them is imported.

    What is set in the environment already stays. Threads that have nothing to do sleep: by default OpenMP's turn round
    and round meanwhile, and where other programs want the same cores, those that have work wait for those that turn.
    One composite with three threads on four cores, all busy: 41 s instead of 75 s; with four threads 70 s instead of
    385 s; on a quiet machine 23.4 s instead of 22.6 s.
    """
    for variable in _THREAD_VARIABLES:
        os.environ.setdefault(variable, str(thread_count()))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def set_thread_count(count: int) -> None:
    """Fix the number of threads for this process; libraries already loaded follow at their next session.

    Raises:
        ValueError: count is below 1.
    """
    global _threads
    if count < 1:
        raise ValueError("at least one thread is needed")
    _threads = count
