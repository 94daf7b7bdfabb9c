"""Held-back portraits through a pack: by the encoder alone, and by optimisation in W+ or W+ with F."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from core.bench.pack.subject import SHEET, Bench, evenly, write_rows
from core.errors import InputRefused
from core.io.atomic import write_json
from core.losses.feature_net import load_features
from core.recipes.base import resolve
from core.recipes.invert.info import PARAMS
from core.recipes.invert.inversion import STAGES, Inversion
from core.training.generator.evaluate import psnr, ssim
from core.training.kit.sheets import write_sheet
from core.training.kit.teacher import TRAINING_LAYERS, Teacher, unit

FIGURES = ("psnr", "ssim", "features")
SHEET_PORTRAITS = 16
Row = dict[str, Any]


@torch.no_grad()
def feature_distance(teacher: Teacher, first: Tensor, second: Tensor) -> Tensor:
    """[B] distance of images in [-1, 1]: activations of unit length per position, squared differences summed over the
    channels, averaged over positions, and averaged over the four layers relu1_1 to relu4_1."""
    a, b = teacher(first), teacher(second)
    layers = [(unit(a[name]) - unit(b[name])).square().sum(1).mean((1, 2)) for name in TRAINING_LAYERS]
    return torch.stack(layers).mean(0)


def measured(teacher: Teacher, made: Tensor, wanted: Tensor) -> list[dict[str, float]]:
    """PSNR (dB, RGB), SSIM (luminance) and feature distance of each picture [B, 3, R, R] in [-1, 1]."""
    made = made.clamp(-1, 1)
    columns = {"psnr": psnr(made, wanted), "ssim": ssim(made, wanted),
               "features": feature_distance(teacher, made, wanted)}
    return [{name: float(values[index]) for name, values in columns.items()} for index in range(len(made))]


@torch.no_grad()
def _encoded(bench: Bench, images: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures through encoder and generator, from W+ alone and with F (float32, constant noise)."""
    bare, full = [], []
    for part in images.split(4):
        w, features = bench.subject.encoder.encode(part)
        bare.append(bench.subject.precise.synthesize(w))
        full.append(bench.subject.precise.synthesize(w, None, features))
    return torch.cat(bare), torch.cat(full)


def encode(bench: Bench) -> dict[str, Any]:
    """Encoder only: the table ``encoder.csv`` and the means."""
    images, names = bench.held_back
    rows: list[Row] = []
    for method, made in zip(("encoder w+", "encoder w+ and f"), _encoded(bench, images), strict=True):
        for start in range(0, len(names), 4):
            found = measured(bench.teacher, made[start : start + 4], images[start : start + 4])
            rows += [{"portrait": name, "method": method, **figures}
                     for name, figures in zip(names[start : start + 4], found, strict=True)]
    write_rows(bench.out / "encoder.csv", rows)
    return means(rows)


def means(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Mean figures by method, with the number of portraits."""
    found = {}
    for method in dict.fromkeys(str(row["method"]) for row in rows):
        own = [row for row in rows if row["method"] == method]
        found[method] = {"portraits": len(own), **{name: round(statistics.mean(row[name] for row in own), 4)
                                                   for name in FIGURES}}
        if "seconds" in own[0]:
            found[method]["seconds"] = round(statistics.median(row["seconds"] for row in own), 1)
    return found


def parse_runs(text: str) -> list[tuple[str, int]]:
    """Spaces and steps from "w+:300,f:200".

    Raises:
        InputRefused: an unknown space, or no number of steps.
    """
    found = []
    for item in filter(None, text.split(",")):
        space, _, steps = item.partition(":")
        if space not in STAGES or not steps.isdigit() or int(steps) < 1:
            raise InputRefused(f"The run {item!r} is not usable.", f"Spaces are {', '.join(STAGES)}.",
                               "Write space:steps, for example w+:300.")
        found.append((space, int(steps)))
    return found


def parse_share(text: str) -> tuple[int, int]:
    """Index and number of "i/n".

    Raises:
        InputRefused: not of that form.
    """
    index, _, count = text.partition("/")
    if not (index.isdigit() and count.isdigit() and int(index) < int(count)):
        raise InputRefused(f"--share {text!r} is not usable.", "", "Write i/n with 0 <= i < n, for example 0/2.")
    return int(index), int(count)


def rebuild(bench: Bench) -> dict[str, Any]:
    """Optimise the portraits; finished ones of the same generator are kept, so that it can be stopped and go on.

    Writes ``rebuild/``, ``rebuild.csv`` and ``rebuild.png`` (rows: portrait, encoder W+, encoder W+ and F, then the
    runs).
    """
    images, names = bench.held_back
    shown = evenly(len(names), SHEET_PORTRAITS)
    everyone, sheet_only = parse_runs(bench.options.runs), parse_runs(bench.options.sheet_runs)
    jobs = [(index, run) for run in everyone for index in range(len(names))]
    jobs += [(index, run) for run in sheet_only if run not in everyone for index in shown]
    first, step = parse_share(bench.options.share)
    for index, run in jobs[first::step]:
        _rebuild_one(bench, images[index : index + 1], names[index], run)
    rows = [row for index, run in jobs if (row := _kept(bench, names[index], run)) is not None]
    write_rows(bench.out / "rebuild.csv", rows)
    runs = [run for run in sorted({*everyone, *sheet_only}) if all(_kept(bench, names[i], run) for i in shown)]
    _sheet(bench, images[shown], [names[index] for index in shown], sorted(runs, key=lambda run: run[0] != "w+"))
    return {"steps_of": "the recipe invert, its defaults, seed of the command", **means(rows)}


def _path(bench: Bench, name: str, run: tuple[str, int]) -> Path:
    return bench.out / "rebuild" / f"{name}-{run[0].replace('+', 'plus')}-{run[1]}.json"


def _kept(bench: Bench, name: str, run: tuple[str, int]) -> Row | None:
    """The row of a finished optimisation, if it was made with this generator."""
    path = _path(bench, name, run)
    if not path.is_file():
        return None
    row = json.loads(path.read_text(encoding="utf-8"))
    return row if row.pop("generator", None) == bench.subject.stamp else None


def _rebuild_one(bench: Bench, target: Tensor, name: str, run: tuple[str, int]) -> None:
    if _kept(bench, name, run) is not None:
        return
    space, steps = run
    parameters = resolve(PARAMS, {"space": space, "steps": steps})
    began = time.perf_counter()
    subject = bench.subject
    net = load_features(subject.pack, subject.generator.device)
    inversion = Inversion(subject.generator, subject.encoder, net, target, parameters,
                          torch.Generator().manual_seed(bench.options.seed))
    for _ in inversion.steps():
        pass
    made = inversion.picture()
    row: Mapping[str, Any] = {
        "portrait": name, "method": f"{space} {steps}", **measured(bench.teacher, made, target)[0],
        "seconds": round(time.perf_counter() - began, 2), "warnings": " | ".join(inversion.warnings),
    }
    path = _path(bench, name, run)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_sheet(path.with_suffix(".png"), [made])
    write_json(path, {**row, "generator": subject.stamp})
    print(", ".join(f"{key} {value:.3f}" if isinstance(value, float) else str(value)
                    for key, value in row.items() if value != ""), flush=True)


def _sheet(bench: Bench, images: Tensor, names: Sequence[str], runs: Sequence[tuple[str, int]]) -> None:
    """Portraits side by side, a row per method, in as many files as their width needs."""
    rows = [images, *_encoded(bench, images)]
    rows += [torch.cat([_read(_path(bench, name, run).with_suffix(".png")) for name in names]).to(images.device)
             for run in runs]
    files = -(-len(names) // max(1, SHEET // images.shape[-1]))
    columns = -(-len(names) // files)
    for start in range(0, len(names), columns):
        suffix = "" if len(names) <= columns else f"-{start // columns + 1}"
        write_sheet(bench.out / f"rebuild{suffix}.png", [row[start : start + columns] for row in rows])


def _read(path: Path) -> Tensor:
    """A picture of this benchmark's own, [1, 3, R, R] in [-1, 1]."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise InputRefused(f"{path} cannot be read.", "", "Delete the folder rebuild and run the benchmark again.")
    planar = np.ascontiguousarray(pixels[..., ::-1].transpose(2, 0, 1))
    return torch.from_numpy(planar)[None].float() / 127.5 - 1
