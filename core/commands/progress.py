"""Shows a run on a terminal: one line with stage, step, loss and time left; plain lines where it is no terminal."""

from __future__ import annotations

import shutil
import sys
import time
from collections import deque
from typing import TextIO

from core.recipes.base import Step

_FULL, _EMPTY = "█", "░"
# The time left follows the speed of so many steps.
_WINDOW = 30


class Bar:
    """Draws steps as they come.

    Args:
        stream: where to, stderr by default.
        quiet: draw nothing.
    """

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._quiet = quiet
        self._terminal = not quiet and self._stream.isatty()
        self._started = time.monotonic()
        self._recent: deque[tuple[int, float]] = deque(maxlen=_WINDOW)
        self._stage = ""
        self._drawn = 0.0
        self._last: tuple[str, int] = ("", -1)
        self._open = False

    def note(self, text: str) -> None:
        """Say what is being done before there are steps."""
        if self._quiet:
            return
        if self._terminal:
            self._draw(text)
        else:
            print(text, file=self._stream, flush=True)

    def show(self, step: Step) -> None:
        """Take one step; draws at most ten times a second, or a line per stage and tenth without a terminal."""
        now = time.monotonic()
        if step.stage != self._stage:
            # Steps of another stage take another time.
            self._recent.clear()
            self._stage = step.stage
        self._recent.append((step.index, now))
        if self._quiet:
            return
        if self._terminal:
            if now - self._drawn >= 0.1 or step.index == step.total:
                self._drawn = now
                self._draw(self.line(step, now))
            return
        tenth = (step.stage, 10 * step.index // max(1, step.total))
        if tenth != self._last:
            self._last = tenth
            print(self.line(step, now), file=self._stream, flush=True)

    def line(self, step: Step, now: float) -> str:
        """One line of text for a step at time now (of ``time.monotonic``)."""
        done = min(1.0, step.index / max(1, step.total))
        parts = [step.stage or "run", f"{step.index}/{step.total}"]
        losses = dict(step.losses)
        if losses:
            parts.append(f"loss {losses.get('total', sum(losses.values())):.4g}")
        first = self._recent[0] if self._recent else (step.index, now)
        if step.index > first[0] and step.index < step.total:
            left = (now - first[1]) / (step.index - first[0]) * (step.total - step.index)
            parts.append(f"{clock(left)} left")
        else:
            parts.append(clock(now - self._started))
        text = " · ".join(parts)
        if not self._terminal:
            return text
        width = max(5, min(24, shutil.get_terminal_size().columns - len(text) - 3))
        filled = round(done * width)
        return f"{_FULL * filled}{_EMPTY * (width - filled)} {text}"

    def close(self) -> None:
        """End the line, so that what is printed next starts on its own."""
        if self._open:
            print(file=self._stream, flush=True)
            self._open = False

    def _draw(self, text: str) -> None:
        columns = shutil.get_terminal_size().columns
        self._stream.write("\r" + text[: columns - 1].ljust(columns - 1))
        self._stream.flush()
        self._open = True


def clock(seconds: float) -> str:
    """Seconds for people: "8 s", "2 min 05 s"."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
