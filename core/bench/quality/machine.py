"""What a table was made on and with: machine, versions, seeds, settings."""

from __future__ import annotations

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numba
import torch

from core.engine.result import installed_versions


def set_threads(count: int) -> None:
    """Compute with so many threads in every library that has its own."""
    torch.set_num_threads(count)
    cv2.setNumThreads(count)
    numba.set_num_threads(min(count, numba.config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]


def describe(arguments: argparse.Namespace, judge: str) -> dict[str, Any]:
    """Machine, versions, seeds and settings as plain values."""
    settings = {name: [str(entry) for entry in value] if isinstance(value, (list, tuple)) else
                (value if isinstance(value, (int, float, bool, type(None))) else str(value))
                for name, value in vars(arguments).items() if name != "bench"}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"processor": _processor(), "cores_allowed": cores, "threads": arguments.threads,
            "system": f"{platform.system()} {platform.release()}", "versions": installed_versions(),
            "seeds": list(arguments.seeds), "pack": arguments.pack, "judge": judge, "settings": settings,
            "written": datetime.now(UTC).isoformat(timespec="seconds")}


def _processor() -> str:
    """The processor's name where the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def as_markdown(block: dict[str, Any]) -> str:
    """The block as a short list."""
    versions = ", ".join(f"{name} {version}" for name, version in block["versions"].items())
    return "\n".join((
        f"- machine: {block['processor']}, {block['cores_allowed']} cores allowed, {block['threads']} threads, "
        f"{block['system']}", f"- versions: {versions}",
        f"- pack {block['pack']}; features judged by {block['judge']}; seeds {block['seeds']}"))
