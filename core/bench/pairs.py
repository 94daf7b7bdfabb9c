"""Fixed pairs of real photographs through the recipes: scores as CSV, and one contact sheet per pair to look at."""

from __future__ import annotations

import argparse
import csv
import dataclasses
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.bench.data import data_folder
from core.bench.scores import score
from core.commands.advice import in_one_line
from core.compositing.classical import compose_classical
from core.document.photo import Photo
from core.engine.result import Result
from core.engine.runner import make_context
from core.engine.runner import run as run_request
from core.errors import CoiffeError, InputRefused
from core.io.image import read_photo
from core.recipes.context import Context
from core.recipes.request import Request

SHEET_HEIGHT = 512
_GAP = 8


class Pair(NamedTuple):
    """Photographs of one run, as paths below the folder ``photos`` of the development data."""

    identity: str
    shape: str
    appearance: str

    @property
    def name(self) -> str:
        stems = [Path(part).stem for part in self]
        return "_".join(stems[:2] if self.shape == self.appearance else stems)


def _loho(identity: str, shape: str, appearance: str) -> Pair:
    return Pair(*(f"loho/{name}.jpg" for name in (identity, shape, appearance)))


def _headshots(identity: str, reference: str) -> Pair:
    return Pair(*(f"headshots/{name}.jpg" for name in (identity, reference, reference)))


PAIRS = (
    _loho("67172", "02602", "67172"), _loho("00761", "00761", "00018"), _loho("52364", "52364", "19501"),
    _headshots("p11", "p04"), _headshots("p03", "p11"), _headshots("p12", "p09"), _headshots("p06", "p11"),
    _headshots("p02", "p12"), _headshots("p15", "p04"), _headshots("p13", "p02"), _headshots("p10", "p01"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``bench pairs``."""
    parser.add_argument("--recipes", default="classical,loho", help="comma separated (default classical,loho)")
    parser.add_argument("--out", type=Path, default=Path("bench-pairs"), help="folder for pairs.csv and the sheets")
    parser.add_argument("--only", default="", help="names of pairs, comma separated (as in the CSV)")
    parser.add_argument("--pack", default="starter", help="model pack")
    parser.add_argument("--steps", type=int, help="limit of optimisation steps")
    parser.add_argument("--seconds", type=float, help="limit of optimisation time")
    parser.add_argument("--seed", type=int, default=0)


def run(arguments: argparse.Namespace) -> int:
    """Run every pair with every recipe; 0 when all gave a result."""
    folder = data_folder() / "photos"
    if not folder.is_dir():
        raise InputRefused(f"There is no folder {folder}.", "The pairs are photographs of the development data.",
                           "Set COIFFE_DATA to the folder that holds 'photos'.")
    wanted = {name for name in arguments.only.split(",") if name}
    arguments.out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, object]] = []
    failed = 0
    for pair in PAIRS:
        if wanted and pair.name not in wanted:
            continue
        found = _run_pair(pair, folder, arguments)
        failed += sum("error" in row for row in found)
        rows += found
        _write(arguments.out / "pairs.csv", rows)
    return 4 if failed else 0


def _run_pair(pair: Pair, folder: Path, arguments: argparse.Namespace) -> list[dict[str, object]]:
    """One row per recipe, and the sheet."""
    photos: dict[str, Photo] = {}
    for role, part in pair._asdict().items():
        photos[role] = next((photos[r] for r in photos if getattr(pair, r) == part), None) or read_photo(folder / part)
    shown = [photos["identity"].rgb8(), photos["shape"].rgb8()]
    if pair.appearance != pair.shape:
        shown.append(photos["appearance"].rgb8())
    rows: list[dict[str, object]] = []
    context: Context | None = None
    for recipe in arguments.recipes.split(","):
        request = Request(photos=photos, recipe=recipe, pack=arguments.pack, seed=arguments.seed, steps=arguments.steps,
                          seconds=arguments.seconds)
        row: dict[str, object] = {"pair": pair.name, "recipe": recipe}
        begun = time.perf_counter()
        try:
            context = context or make_context(request)
            result = run_request(request, context=context)
            row |= {"wall": round(time.perf_counter() - begun, 2)} | _figures(result, context)
            shown.append(dataclasses.replace(photos["identity"], pixels=result.pixels).rgb8())
        except CoiffeError as error:
            row["error"] = in_one_line(error)
            shown.append(np.full_like(shown[0], 128))
        rows.append(row)
        print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    sheet = _sheet(shown)
    cv2.imwrite(str(arguments.out / f"{pair.name}.png"), np.ascontiguousarray(sheet[:, :, ::-1]))
    return rows


def _figures(result: Result, context: Context) -> dict[str, object]:
    """Scores of a result, its metrics and times, rounded."""
    portraits = context.portraits
    other = None if portraits["appearance"] is portraits["shape"] else portraits["appearance"]
    composite = compose_classical(portraits["identity"], portraits["shape"], appearance=other)
    figures: dict[str, float] = score(portraits["identity"], composite, result.image, mask=result.mask)
    figures |= {f"metric_{name}": value for name, value in result.metrics.items()}
    for name, (first, last) in result.losses.items():
        figures |= {f"loss_{name}_first": first, f"loss_{name}_last": last}
    figures |= {f"seconds_{name}": result.seconds[name] for name in ("first_preview", "optimise", "finish", "total")
                if name in result.seconds}
    rounded: dict[str, object] = {name: float(f"{value:.4g}") for name, value in figures.items()}
    return {"steps": result.steps, **rounded, "warnings": " | ".join(result.warnings)}


def _sheet(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures side by side at one height, on white."""
    scaled = []
    for picture in pictures:
        width = max(1, round(picture.shape[1] * SHEET_HEIGHT / picture.shape[0]))
        scaled.append(cv2.resize(picture, (width, SHEET_HEIGHT), interpolation=cv2.INTER_AREA))
    gap = np.full((SHEET_HEIGHT, _GAP, 3), 255, np.uint8)
    parts = [part for picture in scaled for part in (picture, gap)][:-1]
    return np.hstack(parts)


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    """The rows so far; columns in order of first appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
