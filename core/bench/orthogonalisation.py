"""Gradient orthogonalisation on and off: hair agreement and structure loss on triples of portraits."""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo
from core.document.roles import ROLES
from core.engine import runner
from core.engine.context import Context
from core.engine.request import Request
from core.io.image import read_photo
from core.recipes.base import Step


@dataclass(frozen=True, eq=False)
class Trial:
    """One run.

    Attributes:
        triple: names of the three portraits.
        orthogonalise: whether the structure gradient was orthogonalised.
        hair_iou: the generated hair (regions net) against the planned hair.
        structure: L_r after every step.
        look: weighted distance to the appearance reference after every step of stage 2.
        generated: [R, R, 3], the picture in working space.
        seconds: of the optimisation.
    """

    triple: str
    orthogonalise: bool
    hair_iou: float
    structure: list[float]
    look: list[float]
    generated: NDArray[np.float32]
    seconds: float


def run_trial(
    photos: Mapping[str, Photo], name: str, orthogonalise: bool, parameters: Mapping[str, Any], pack: str, seed: int,
    context: Context | None = None,
) -> Trial:
    """Run ``loho`` once on photos by role, with or without orthogonalisation."""
    structure: list[float] = []
    look: list[float] = []

    def note(step: Step) -> None:
        if "structure" in step.losses:
            structure.append(step.losses["structure"])
        if "appearance" in step.losses:
            look.append(step.losses["appearance"] + step.losses["style"])

    request = Request(photos, recipe="loho", parameters={**parameters, "orthogonalise": orthogonalise}, seed=seed,
                      pack=pack)
    result = runner.run(request, on_step=note, context=context)
    return Trial(name, orthogonalise, result.metrics["hair_iou"], structure, look,
                 result.outcome.layers["generated"], result.seconds["optimise"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``bench orthogonalisation``."""
    parser.add_argument("triples", nargs="+", metavar="IDENTITY,SHAPE,APPEARANCE", help="paths of three portraits")
    parser.add_argument("--steps", type=int, default=200, help="optimisation steps of each run")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="parameter of the recipe")
    parser.add_argument("--pack", default="starter")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("orthogonalisation"), help="folder for the figures")


def trials_of(options: argparse.Namespace) -> list[Trial]:
    """Every triple twice, off and on."""
    parameters = dict(item.split("=", 1) for item in options.set)
    parameters["steps"] = options.steps
    trials = []
    for triple in options.triples:
        paths = [Path(part) for part in triple.split(",")]
        if len(paths) != 3:
            raise SystemExit(f"{triple}: three paths are needed, separated by commas")
        loaded = {path: read_photo(path) for path in paths}
        photos: dict[str, Photo] = dict(zip(ROLES, (loaded[path] for path in paths), strict=True))
        name = "/".join(path.stem for path in paths)
        for orthogonalise in (False, True):
            began = time.perf_counter()
            trial = run_trial(photos, name, orthogonalise, parameters, options.pack, options.seed)
            trials.append(trial)
            print(f"{name}  orthogonalise {'on ' if orthogonalise else 'off'}  hair IoU {trial.hair_iou:.3f}  "
                  f"structure loss {trial.structure[-1]:.4f}  ({time.perf_counter() - began:.0f} s)", flush=True)
    return trials


def write_figures(trials: list[Trial], folder: Path) -> None:
    """Curves as CSV, a summary as JSON, and the generated pictures side by side as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "structure_loss.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["step", *(f"{t.triple} {'on' if t.orthogonalise else 'off'}" for t in trials)])
        for index, row in enumerate(zip(*(t.structure for t in trials), strict=False), 1):
            writer.writerow([index, *(f"{value:.6f}" for value in row)])
    summary = [
        {"triple": t.triple, "orthogonalise": t.orthogonalise, "hair_iou": t.hair_iou,
         "structure_loss": t.structure[-1], "look_loss": t.look[-1] if t.look else None, "seconds": t.seconds}
        for t in trials
    ]
    (folder / "summary.json").write_text(json.dumps(summary, indent=1))
    rows = [np.hstack([t.generated for t in trials[i : i + 2]]) for i in range(0, len(trials), 2)]
    sheet = np.rint(np.vstack(rows)[..., ::-1] * 255).astype(np.uint8)
    cv2.imwrite(str(folder / "generated.png"), sheet)


def run(options: argparse.Namespace) -> int:
    """Run, print and write; 0 when done."""
    write_figures(trials_of(options), options.out)
    return 0
