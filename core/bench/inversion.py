"""How well and how fast the pack reproduces portraits, by latent space."""

from __future__ import annotations

import argparse
import csv
import statistics
from pathlib import Path

import cv2
import numpy as np

from core.engine import runner
from core.engine.request import Request
from core.io.image import read_photo

FIGURES = ("psnr", "ssim", "feature_distance", "steps_per_second")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``bench inversion``."""
    parser.add_argument("portraits", nargs="+", type=Path, help="photographs")
    parser.add_argument("--spaces", nargs="+", default=["w+", "f"], help="latent spaces to compare")
    parser.add_argument("--steps", type=int, default=None, help="optimisation steps of each run")
    parser.add_argument("--pack", default="starter")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("inversion"), help="folder for table and sheet")


def run(options: argparse.Namespace) -> int:
    """Invert every portrait in every space; print the means, write a table and a sheet of pictures."""
    options.out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str | float]] = []
    pictures = []
    context = None
    for path in options.portraits:
        photo, line = read_photo(path), []
        for space in options.spaces:
            request = Request({"identity": photo}, recipe="invert", parameters={"space": space}, seed=options.seed,
                              pack=options.pack, steps=options.steps)
            context = context or runner.make_context(request)
            context.portraits = {}
            result = runner.run(request, context=context)
            figures = {name: float(result.metrics[name]) for name in FIGURES}
            rows.append({"portrait": path.stem, "space": space, **figures})
            print(path.stem, space, *(f"{name} {value:.3f}" for name, value in figures.items()), flush=True)
            line = line or [result.outcome.layers["target"]]
            line.append(result.image)
        pictures.append(np.hstack(line))
    for space in options.spaces:
        chosen = [row for row in rows if row["space"] == space]
        means = {name: statistics.mean(float(row[name]) for row in chosen) for name in FIGURES}
        print(f"mean of {len(chosen)}, {space}:", *(f"{name} {value:.3f}" for name, value in means.items()))
    with (options.out / "inversion.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["portrait", "space", *FIGURES])
        writer.writeheader()
        writer.writerows(rows)
    sheet = np.rint(np.vstack(pictures)[..., ::-1] * 255).astype(np.uint8)
    cv2.imwrite(str(options.out / "inversion.png"), sheet)
    return 0
