"""The rows of a run on disk: one line per answer, written as it comes, so that nothing is lost and any share adds."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.bench.quality.measures import MEASURES
from core.errors import InputRefused
from core.io.atomic import atomic_path

Row = dict[str, Any]
ANY = "any"
"""The budget of methods that do not optimise."""
_KEY = ("case", "method", "budget", "seed")
COLUMNS = ("case", "protocol", "pair", "bin", "part", "person", "method", "budget", "seed", "mask", "q3_meaning",
           "judge", "error", "steps_planned", *MEASURES, "warnings")


def key_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a row the only one of its kind."""
    return tuple(row[name] for name in _KEY)


class RowFile:
    """The lines of one share.

    Args:
        folder: of the whole run.
        share: 1-based number of this process, and of how many.
    """

    def __init__(self, folder: Path, share: tuple[int, int]) -> None:
        self.path = folder / f"rows-{share[0]}of{share[1]}.jsonl"

    def clear(self) -> None:
        """Begin anew.

        Raises:
            InputRefused: the folder holds rows of another division of the work, which would be counted too.
        """
        end = f"of{self.path.stem.rpartition('of')[2]}"
        others = [path.name for path in self.path.parent.glob("rows-*of*.jsonl") if not path.stem.endswith(end)]
        if others:
            raise InputRefused(f"{self.path.parent} holds rows of another division of the work.",
                               f"{others[0]} is there.", "Name another folder with --out, or go on with --resume.")
        self.path.unlink(missing_ok=True)

    def add(self, row: Row) -> None:
        """Write one line; it is on its way to the disk when this returns."""
        self._end_line()
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")

    def _end_line(self) -> None:
        """Close a line that an interruption left open, or the next row would be lost with it."""
        if self.path.is_file() and self.path.stat().st_size:
            with self.path.open("rb+") as stream:
                stream.seek(-1, 2)
                if stream.read(1) != b"\n":
                    stream.write(b"\n")


def read_rows(folder: Path) -> list[Row]:
    """All rows of a folder, whichever share wrote them; the last of its kind counts, broken lines do not."""
    found: dict[tuple[Any, ...], Row] = {}
    for path in sorted(folder.glob("rows-*of*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
                found[key_of(row)] = row
            except (ValueError, KeyError):
                continue
    return [found[key] for key in sorted(found, key=str)]


def check_judges(rows: Iterable[Row]) -> None:
    """Refuse to mix two judges of features in one table.

    Raises:
        InputRefused: rows of more than one.
    """
    judges = sorted({row["judge"] for row in rows if row.get("judge")})
    if len(judges) > 1:
        raise InputRefused("The feature distances of these rows cannot be compared.", f"Judged by {', '.join(judges)}.",
                           "Use another folder for --out, or the same --judge.")


def write_images(path: Path, rows: Sequence[Row]) -> None:
    """Every row as CSV, whole or not at all."""
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(rows)
