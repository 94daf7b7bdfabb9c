"""Gradient orthogonalisation in its three forms: hair agreement and structure loss on triples of portraits."""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.bench.data import data_folder
from core.bench.quality.methods import ORIGINAL
from core.bench.quality.pairs import LIST, Pair, PairList, load_list
from core.bench.quality.statistics import compare
from core.document.photo import Photo
from core.document.roles import ROLES
from core.engine import runner
from core.errors import InputRefused
from core.io.image import read_photo
from core.recipes.base import Step
from core.recipes.context import Context
from core.recipes.request import Request

VARIANTS: dict[str, dict[str, Any]] = {
    "off": {"orthogonalise": False},
    "structure": {"orthogonalise": True, "gives_way": "structure"},
    "look": {"orthogonalise": True, "gives_way": "look"},
}
"""What is compared, by whose gradient gives way; the first is what the others are compared with."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One run.

    Attributes:
        triple: names of the three portraits.
        person: the identity's.
        variant: of VARIANTS.
        hair_iou: the generated hair (regions net) against the planned hair.
        structure: L_r after every step.
        look: unweighted distance to the appearance reference after every step of stage 2.
        generated: [R, R, 3], the picture in working space.
        seconds: of the optimisation.
    """

    triple: str
    person: str
    variant: str
    hair_iou: float
    structure: list[float]
    look: list[float]
    generated: NDArray[np.float32]
    seconds: float


def run_trial(
    photos: Mapping[str, Photo], names: tuple[str, str], variant: str, parameters: Mapping[str, Any], pack: str,
    seed: int, context: Context | None = None,
) -> Trial | None:
    """Run ``loho`` once on photos by role in one variant; names are the triple's and its person's. None where the
    generator has no say (the own hair's shape, and nothing to invent)."""
    structure: list[float] = []
    look: list[float] = []

    def note(step: Step) -> None:
        if "structure" in step.losses:
            structure.append(step.losses["structure"])
        if "appearance" in step.losses:
            look.append(step.losses["appearance"] + step.losses["style"])

    request = Request(photos, recipe="loho", parameters={**parameters, **VARIANTS[variant]}, seed=seed, pack=pack)
    result = runner.run(request, on_step=note, context=context)
    if not structure:
        return None
    return Trial(*names, variant, result.metrics["hair_iou"], structure, look,
                 result.outcome.layers["generated"], result.seconds["optimise"])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``bench orthogonalisation``."""
    parser.add_argument("triples", nargs="*", metavar="IDENTITY,SHAPE,APPEARANCE", help="paths of three portraits")
    parser.add_argument("--pairs", type=int, default=0, metavar="N",
                        help="the first N pairs of the fixed list instead, each with a third person's colour")
    parser.add_argument("--people", choices=("report", "tuning", "all"), default="report", help="of the list")
    parser.add_argument("--variants", nargs="+", choices=tuple(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--published", action="store_true",
                        help="from the mean face, without feature map and guide, as published")
    parser.add_argument("--steps", type=int, default=200, help="optimisation steps of each run")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="parameter of the recipe")
    parser.add_argument("--pack", default="starter")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("bench-orthogonalisation"), help="folder for the figures")


def with_third_person(pairs: Sequence[Pair], people: PairList) -> list[tuple[str, str, str]]:
    """Files of identity, shape and appearance, where colour and strands are a third person's.

    Where a pair has no third person, the shape reference of the first pair after it (in a circle) that shows one lends
    its look: with colour and structure from one picture there is nothing for orthogonalisation to keep apart.
    """
    def person(file: str) -> str:
        return people.entries[file].person

    triples = []
    for index, pair in enumerate(pairs):
        taken = {person(pair.identity), person(pair.shape)}
        around = [pair.appearance, *(other.shape for other in (*pairs[index + 1 :], *pairs[:index]))]
        third = next((file for file in around if person(file) not in taken), None)
        if third is not None:
            triples.append((pair.identity, pair.shape, third))
    return triples


def _triples(options: argparse.Namespace) -> Iterator[tuple[dict[str, Path], str]]:
    """Paths by role, and the identity's person."""
    for triple in options.triples:
        paths = [Path(part) for part in triple.split(",")]
        if len(paths) != len(ROLES):
            raise InputRefused(f"{triple} is no triple.", "Three paths are needed.", "Separate them by commas.")
        yield dict(zip(ROLES, paths, strict=True)), paths[0].stem
    if options.pairs:
        people = load_list(LIST)
        chosen = people.chosen(people=options.people, count=options.pairs)
        for files in with_third_person(chosen, people):
            paths = [data_folder() / file for file in files]
            yield dict(zip(ROLES, paths, strict=True)), people.entries[files[0]].person


def trials_of(options: argparse.Namespace) -> list[Trial]:
    """Every triple in every variant.

    Raises:
        InputRefused: no triples, or one that is none.
    """
    given = dict(item.split("=", 1) for item in options.set)
    parameters = {**(ORIGINAL if options.published else {}), **given, "steps": options.steps}
    trials = []
    for paths, person in _triples(options):
        photos = {role: read_photo(path) for role, path in paths.items()}
        name = "/".join(path.stem for path in paths.values())
        for variant in options.variants:
            began = time.perf_counter()
            trial = run_trial(photos, (name, person), variant, parameters, options.pack, options.seed)
            if trial is None:
                print(f"{name}  the generator has no say; left out", flush=True)
                break
            trials.append(trial)
            print(f"{name}  gives way: {variant:9}  hair IoU {trial.hair_iou:.3f}  "
                  f"structure loss {trial.structure[-1]:.4f}  ({time.perf_counter() - began:.0f} s)", flush=True)
    if not trials:
        raise InputRefused("Nothing to run.", "", "Name triples of portraits, or use --pairs.")
    return trials


def comparisons(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Every variant beside the first on hair IoU and structure loss: means, differences with 95 % intervals."""
    by_variant: dict[str, list[Trial]] = {}
    for trial in trials:
        by_variant.setdefault(trial.variant, []).append(trial)
    (first, base), *others = by_variant.items()
    found: list[dict[str, Any]] = []
    for name, those in others:
        for measure, better in (("hair_iou", "high"), ("structure_loss", "low"), ("look_loss", "low")):
            one, other = ([_figures(t)[measure] for t in group] for group in (those, base))
            beside = compare(one, other, [t.person for t in those], better=better)
            found.append({
                "measure": measure, "variant": name, "mean": float(np.mean(one)), "beside": first,
                "mean_beside": float(np.mean(other)), "difference": beside.difference.mean,
                "low": beside.difference.low, "high": beside.difference.high, "p": beside.p,
                "better_in": beside.better, "n": beside.difference.n})
    return found


def _figures(trial: Trial) -> dict[str, float]:
    return {"hair_iou": trial.hair_iou, "structure_loss": trial.structure[-1],
            "look_loss": trial.look[-1] if trial.look else float("nan")}


def write_figures(trials: list[Trial], folder: Path) -> None:
    """Curves as CSV, a summary as JSON, and the generated pictures of each triple side by side as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "structure_loss.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["step", *(f"{t.triple} {t.variant}" for t in trials)])
        for index, row in enumerate(zip(*(t.structure for t in trials), strict=False), 1):
            writer.writerow([index, *(f"{value:.6f}" for value in row)])
    runs = [{"triple": t.triple, "variant": t.variant, **_figures(t), "seconds": t.seconds} for t in trials]
    compared = comparisons(trials)
    (folder / "summary.json").write_text(json.dumps({"runs": runs, "compared": compared}, indent=1))
    for row in compared:
        print("{measure}: {variant} {mean:.4f}, {beside} {mean_beside:.4f}, difference {difference:+.4f} "
              "[{low:+.4f}, {high:+.4f}], better in {better_in:.0%} of {n}".format(**row), flush=True)
    width = len({t.variant for t in trials})
    rows = [np.hstack([t.generated for t in trials[i : i + width]]) for i in range(0, len(trials), width)]
    sheet = np.rint(np.vstack(rows)[..., ::-1] * 255).astype(np.uint8)
    cv2.imwrite(str(folder / "generated.png"), sheet)


def run(options: argparse.Namespace) -> int:
    """Run, print and write; 0 when done."""
    write_figures(trials_of(options), options.out)
    return 0
