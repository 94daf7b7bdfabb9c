"""How well and how fast the pack reproduces portraits, by latent space."""

from __future__ import annotations

import argparse
import csv
import statistics
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.engine import runner
from core.errors import InputRefused
from core.io.image import read_photo
from core.recipes.invert.info import PARAMS, SPACES
from core.recipes.request import Request

FIGURES = ("psnr", "ssim", "feature_distance", "steps_per_second")
_STEPS = next(param.default for param in PARAMS if param.name == "steps")
_LABEL = 22


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``bench inversion``."""
    parser.add_argument("portraits", nargs="+", type=Path, help="photographs")
    parser.add_argument("--spaces", nargs="+", default=["w+", "f"], metavar="SPACE[:noise][:tune]",
                        help=f"what to compare: {', '.join(SPACES)}; with :noise the noise maps move too, with :tune "
                             "the second half of the steps moves the generator's weights")
    parser.add_argument("--steps", type=int, default=_STEPS, help="optimisation steps of each run")
    parser.add_argument("--set", action="append", default=[], type=_pair, metavar="name=value", dest="parameters",
                        help="a parameter of the recipe, for every run; may be repeated")
    parser.add_argument("--pack", default="starter")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("bench-inversion"), help="folder for table and sheet")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} does not read name=value")
    return name, value


def parse_variant(text: str, steps: int) -> dict[str, Any]:
    """Parameters of one column, from a space and what is added to it: "w+:noise:tune".

    Raises:
        InputRefused: not of that form.
    """
    space, *added = text.split(":")
    if space not in SPACES or not set(added) <= {"noise", "tune"}:
        raise InputRefused(f"The space {text!r} is unknown.", f"Spaces are {', '.join(SPACES)}.",
                           "Add :noise or :tune to one of them, for example w+:tune.")
    found: dict[str, Any] = {"space": space, "steps": steps}
    if "noise" in added:
        found["noise"] = "on"
    if "tune" in added:
        found |= {"tune_steps": steps // 2, "steps": max(1, steps - steps // 2)}
    return found


def run(options: argparse.Namespace) -> int:
    """Invert every portrait in every space; print the means, write a table and a sheet of pictures.

    The sheet's rows are portraits; its columns are the portrait and then the spaces in the order given.

    Raises:
        InputRefused: an unknown space, or a file that is no picture.
    """
    variants = {name: {**parse_variant(name, options.steps), **dict(options.parameters)} for name in options.spaces}
    options.out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str | float]] = []
    pictures = []
    context = None
    for path in options.portraits:
        photo, line = read_photo(path), []
        for name, parameters in variants.items():
            request = Request({"identity": photo}, recipe="invert", parameters=parameters, seed=options.seed,
                              pack=options.pack)
            if context is None:
                context = runner.make_context(request)
            if not line:
                context.portraits = {}
            result = runner.run(request, context=context)
            figures = {figure: float(result.metrics[figure]) for figure in FIGURES}
            rows.append({"portrait": path.stem, "space": name, **figures})
            print(path.stem, name, *(f"{figure} {value:.3f}" for figure, value in figures.items()), flush=True)
            line = line or [result.outcome.layers["target"]]
            line.append(result.image)
        pictures.append(np.hstack(line))
    for name in variants:
        chosen = [row for row in rows if row["space"] == name]
        means = {figure: statistics.mean(float(row[figure]) for row in chosen) for figure in FIGURES}
        print(f"mean of {len(chosen)}, {name}:", *(f"{figure} {value:.3f}" for figure, value in means.items()))
    with (options.out / "inversion.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["portrait", "space", *FIGURES])
        writer.writeheader()
        writer.writerows(rows)
    sheet = _headed(np.rint(np.vstack(pictures)[..., ::-1] * 255).astype(np.uint8), ["portrait", *variants])
    cv2.imwrite(str(options.out / "inversion.png"), sheet)
    return 0


def _headed(sheet: np.ndarray, names: list[str]) -> np.ndarray:
    """The sheet with the columns' names above it."""
    head = np.full((_LABEL, sheet.shape[1], 3), 255, np.uint8)
    width = sheet.shape[1] // len(names)
    for index, name in enumerate(names):
        cv2.putText(head, name, (index * width + 4, _LABEL - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1,
                    cv2.LINE_AA)
    return np.vstack((head, sheet))
