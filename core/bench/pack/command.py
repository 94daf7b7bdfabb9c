"""A model pack measured whole: samples, interpolations, reconstructions, Frechet distance, hair swaps, speed."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from core.bench.pack import frechet as pack_frechet
from core.bench.pack import pictures as pack_pictures
from core.bench.pack import rebuild as pack_rebuild
from core.bench.pack import speed as pack_speed
from core.bench.pack.subject import Bench, Subject, teacher_path
from core.errors import InputRefused
from core.io.atomic import write_json
from core.training.kit.teacher import Teacher

Part = Callable[[Bench], dict[str, Any]]
PARTS: dict[str, Part] = {
    "samples": pack_pictures.samples,
    "interpolations": pack_pictures.interpolations,
    "encode": pack_rebuild.encode,
    "frechet": pack_frechet.frechet,
    "swaps": pack_pictures.swaps,
    "speed": pack_speed.speed,
    "rebuild": pack_rebuild.rebuild,
}
"""In the order they run: what takes long comes last."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``bench pack``."""
    parser.add_argument("--pack", default="starter", help="name or folder of the pack")
    parser.add_argument("--against", metavar="PACK", help="another pack, for the Frechet distance and the speed")
    parser.add_argument("--data", type=Path, required=True, help="folder of portraits: index.csv, images, hair")
    parser.add_argument("--teacher", type=Path, required=True,
                        help="feature net of the measures: vgg19_small.safetensors, or the folder that holds it")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"comma separated (default all: {','.join(PARTS)})")
    parser.add_argument("--count", type=int, help="portraits of the held-back split (default all), evenly spaced")
    parser.add_argument("--samples", type=int, default=2000, help="random samples of the Frechet distance")
    parser.add_argument("--runs", default="w+:300,f:200,f:300", help="optimisations of all portraits, space:steps")
    parser.add_argument("--sheet-runs", default="w+:200", help="optimisations of the portraits on the sheet alone")
    parser.add_argument("--share", default="0/1", metavar="i/n",
                        help="do every n-th optimisation from the i-th; whoever comes last writes the whole table")
    parser.add_argument("--threads", type=int, default=2, help="of the speed measurement and of all computing")
    parser.add_argument("--repeats", type=int, default=50, help="of the speed measurement")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("bench-pack"), help="folder for figures and sheets")


def run(arguments: argparse.Namespace) -> int:
    """Run the chosen parts; ``results.json`` in the folder keeps what other runs put there."""
    wanted = [name for name in arguments.parts.split(",") if name]
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown or min(arguments.threads, arguments.repeats, arguments.samples, arguments.count or 1) < 1:
        raise InputRefused("The benchmark cannot run.",
                           f"There are no parts {unknown}." if unknown else "Every number must be at least 1.",
                           "See `python -m core bench pack --help`.")
    torch.set_num_threads(arguments.threads)
    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    subject = Subject.open(arguments.pack, device)
    other = Subject.open(arguments.against, device) if arguments.against else None
    arguments.out.mkdir(parents=True, exist_ok=True)
    bench = Bench(arguments, subject, other, Teacher(teacher_path(arguments.teacher), device))
    if {"swaps", "frechet"} & set(wanted) and bench.tables is None:
        print("the pack has no tables: no hair swaps and no natural scores", flush=True)
    for name in (name for name in PARTS if name in wanted):
        began = time.monotonic()
        found = PARTS[name](bench)
        _keep(arguments.out / "results.json", subject, name, {**found, "seconds": round(time.monotonic() - began, 1)})
        print(f"{name}: {json.dumps(found)}", flush=True)
    return 0


def _keep(path: Path, subject: Subject, part: str, found: dict[str, Any]) -> None:
    """Put one part's figures into the file; those of another generator are thrown out."""
    kept: dict[str, Any] = {}
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
    if kept.get("generator") != subject.stamp:
        kept = {"pack": subject.pack.name, "generator": subject.stamp, "resolution": subject.side, "parts": {}}
    kept["parts"][part] = found
    write_json(path, kept)
