"""How long a generator takes: forward, and forward with backward to W+, one picture in bfloat16."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from core.bench.pack.subject import Bench, Subject


def speed(bench: Bench) -> dict[str, Any]:
    """Medians in milliseconds of both packs, their measurements taken in turns so that load falls on all alike."""
    subjects = {"pack": bench.subject} | ({"against": bench.other} if bench.other else {})
    works = {(label, name): work for label, subject in subjects.items() for name, work in _works(subject).items()}
    times: dict[tuple[str, str], list[float]] = {key: [] for key in works}
    for _ in range(3):
        for work in works.values():
            work()
    for _ in range(bench.options.repeats):
        for key, work in works.items():
            began = time.perf_counter()
            work()
            times[key].append((time.perf_counter() - began) * 1000)
    found: dict[str, Any] = {"threads": torch.get_num_threads(), "repeats": bench.options.repeats,
                             "device": str(bench.subject.generator.device), "dtype": "bfloat16"}
    for label, subject in subjects.items():
        found[label] = {"resolution": subject.side,
                        **{f"{name}_ms": round(statistics.median(taken), 2)
                           for (owner, name), taken in times.items() if owner == label}}
    return found


def _works(subject: Subject) -> dict[str, Callable[[], None]]:
    """What is timed, each ending when the device has finished."""
    generator = subject.generator.with_dtype(torch.bfloat16)
    w = generator.mean_w.view(1, 1, -1).repeat(1, generator.config.layers, 1).requires_grad_(True)

    def finish() -> None:
        if generator.device.type == "cuda":
            torch.cuda.synchronize(generator.device)

    def forward() -> None:
        with torch.no_grad():
            generator.synthesize(w)
        finish()

    def both() -> None:
        torch.autograd.grad(generator.synthesize(w).square().mean(), w)
        finish()

    return {"forward": forward, "forward_backward": both}
