"""Equal budgets (docs/methods/quality.md, Budgets): how many steps of a method fit into a time, measured once and kept
for all processes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.bench.quality.methods import MOST_STEPS, Limits, Method
from core.errors import InputRefused

FEW, MANY = 10, 40
_ROOM = 0.95


@dataclass(frozen=True)
class Budget:
    """What every run of a table may spend: seconds from start to end, or optimisation steps."""

    seconds: float | None = None
    steps: int | None = None

    @property
    def name(self) -> str:
        """As in the tables: "60 s", "200 steps"."""
        return f"{self.seconds:g} s" if self.seconds is not None else f"{self.steps} steps"


@dataclass(frozen=True)
class Rate:
    """Seconds that a method takes: once, and for every step."""

    once: float
    step: float

    def limits(self, seconds: float) -> Limits:
        """So many steps that the method ends by itself shortly before ``seconds``, and is stopped there if it does
        not: a schedule that is cut off halfway would be another method."""
        steps = int(_ROOM * (seconds - self.once) / self.step) if self.step > 0 else MOST_STEPS
        return Limits(min(max(steps, 1), MOST_STEPS), max(seconds - self.once, 1.0))


def measure_rate(wall: Callable[[int], float]) -> Rate:
    """The rate of a method from its wall time by steps: once to warm up, then with few and with many steps."""
    wall(2)
    few, many = wall(FEW), wall(MANY)
    step = max((many - few) / (MANY - FEW), 1e-4)
    return Rate(max(few - FEW * step, 0.0), step)


class Rates:
    """Rates by method in a folder, so that every share of a table gives a method the same number of steps.

    Whoever measures first is believed: a file that is there is never replaced.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, name: str, measure: Callable[[], Rate]) -> Rate:
        """The rate of a method, measured if nobody has.

        Raises:
            InputRefused: a damaged file.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{slug(name)}.json"
        if not path.exists():
            rate = measure()
            own = self.folder / f".{slug(name)}-{os.getpid()}.json"
            own.write_text(json.dumps({"method": name, "once": rate.once, "step": rate.step}), encoding="utf-8")
            try:
                os.link(own, path)
            except FileExistsError:
                pass  # Another process was faster: its figure counts.
            finally:
                own.unlink()
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return Rate(float(found["once"]), float(found["step"]))
        except (OSError, ValueError, KeyError) as error:
            raise InputRefused(f"{path} is damaged.", f"{error}.", "Delete it: it will be measured again.") from error


def limits_for(method: Method, budget: Budget, rates: Rates, wall: Callable[[int], float]) -> Limits:
    """What a method may spend of a budget; ``wall`` runs it for a number of steps and returns seconds."""
    if not method.optimises:
        return Limits()
    if budget.seconds is None:
        return Limits(steps=min(budget.steps or method.most_steps, method.most_steps))
    found = rates.of(method.name, lambda: measure_rate(wall)).limits(budget.seconds)
    return replace(found, steps=min(found.steps or method.most_steps, method.most_steps))


def slug(text: str) -> str:
    """Text as part of a file name."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in text)
