"""Hair removal where the truth is known: portraits in borrowed hair, taken off without and with the repair network."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from core.bench.data import data_folder
from core.compositing.classical import Bared
from core.compositing.removing.removal import Removal, remove_hair
from core.engine import runner
from core.engine.result import Result
from core.errors import InputRefused
from core.faces.face import SKIN_AND_FEATURES, Region
from core.faces.frame import OVAL, face_frame
from core.generators.repair import load_repairer
from core.imaging.arrays import FloatImage
from core.imaging.polygon import polygon_mask
from core.models.pack import open_pack
from core.recipes.catalogue import CATALOGUE
from core.recipes.context import Context
from core.recipes.kit.retouch import Retoucher
from core.recipes.request import Request
from core.training.kit.teacher import TRAINING_LAYERS, Teacher, unit
from core.training.repair.cases import Album, Case, Draw

LAYERS = ("face", "neck", "clothes", "background", "skin", "all")
METHODS = ("plain", "repaired")
RECIPES = [name for name, info in CATALOGUE.items() if "repair" in info]
FIGURES = ("psnr", "ssim", "features")
_LEAST = 60
"""Pixels of a layer from which on a case counts for it, at a side of 256."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``bench removal``."""
    parser.add_argument("--cases", type=int, default=40, help="how many portraits sit")
    parser.add_argument("--half", choices=("first", "second", "all"), default="all",
                        help="every other sitter: choose settings on one half, report on the other")
    parser.add_argument("--split", choices=("val", "train"), default="val")
    parser.add_argument("--side", type=int, default=512, help="size of the portraits")
    parser.add_argument("--pack", default="starter")
    parser.add_argument("--recipe", nargs="?", const="classical", choices=RECIPES,
                        help="run this recipe (classical) to its end without and with repair, not the removal alone")
    parser.add_argument("--steps", type=int, help="limit of optimisation steps, with --recipe")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("bench-removal"), help="folder for removal.csv and sheets")


def run(arguments: argparse.Namespace) -> int:
    """Measure every case with both methods; print means and bootstrap intervals of the differences."""
    folder = data_folder()
    draw = Draw.of(Album(folder / "portraits", arguments.split, arguments.side), arguments.seed)
    teacher = Teacher(folder / "features" / "vgg19_small.safetensors")
    sitters = sorted(range(len(draw.album.sitters)), key=lambda index: draw.album.sitters[index].hair_fraction)
    arguments.out.mkdir(parents=True, exist_ok=True)
    methods = _Recipes(arguments) if arguments.recipe else _Removals(arguments)
    rows: list[dict[str, Any]] = []
    for place, who in enumerate(sitters[: arguments.cases]):
        try:
            case = draw.case(who)
        except InputRefused as error:
            print(f"{draw.album.sitters[who].name} is left out: {error.why}", flush=True)
            continue
        if arguments.half != "all" and (place % 2 == 0) != (arguments.half == "first"):
            continue
        plain, hole = methods.plain(case)
        better = methods.repaired(case)
        masks = true_layers(case, hole)
        for layer, mask in masks.items():
            if mask.sum() < _LEAST * (arguments.side / 256) ** 2:
                continue
            row: dict[str, Any] = {"sitter": draw.album.sitters[who].name, "layer": layer, "pixels": int(mask.sum())}
            for method, picture in zip(METHODS, (plain, better), strict=True):
                found = compared(picture, case.truth, mask, teacher)
                row |= {f"{name}_{method}": value for name, value in found.items()}
            rows.append(row)
        _write(arguments.out / "removal.csv", rows)
        strip = np.hstack([case.identity.photo.rgb(), plain, better, case.truth])
        cv2.imwrite(str(arguments.out / f"{draw.album.sitters[who].name}.png"),
                    np.rint(np.clip(strip, 0, 1)[..., ::-1] * 255).astype(np.uint8))
    for line in summary(rows, arguments.seed):
        print(line, flush=True)
    return 0


class _Removals:
    """Plates only: what lies under the old hair, without the new."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.seed = arguments.seed
        self.retouch = Retoucher(load_repairer(open_pack(arguments.pack)))

    def plain(self, case: Case) -> tuple[FloatImage, NDArray[np.uint8]]:
        self.removal = case.remove(self.seed)
        return self.removal.plate, self.removal.hole

    def repaired(self, case: Case) -> FloatImage:
        def again(layout: FloatImage) -> Removal:
            return remove_hair(case.identity, case.warped, case.identity.hair, yaw_difference=case.yaw_difference,
                               layout=layout)

        return self.retouch(Bared(case.identity, case.warped, case.identity.hair, self.removal, again)).plate


class _Recipes:
    """A recipe from portraits to the finished picture; without shadow, which the truth does not have."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.context: Context | None = None

    def _run(self, case: Case, *, repair: bool) -> Result:
        recipe = self.arguments.recipe
        parameters = {"repair": repair, "shadow": 0.0, "mirror": False, "max_yaw": 90.0, "allow_covered": True,
                      "crown": False}
        photos = {"identity": case.identity.photo, "shape": case.reference.photo}
        request = Request(photos=photos, recipe=recipe, pack=self.arguments.pack, seed=self.arguments.seed,
                          steps=self.arguments.steps if CATALOGUE[recipe].steps else None, parameters=parameters)
        self.context = self.context or runner.make_context(request)
        self.context.portraits = {"identity": case.identity, "shape": case.reference, "appearance": case.reference}
        return runner.run(request, context=self.context)

    def plain(self, case: Case) -> tuple[FloatImage, NDArray[np.uint8]]:
        return self._run(case, repair=False).image, case.remove(self.arguments.seed).hole

    def repaired(self, case: Case) -> FloatImage:
        return self._run(case, repair=True).image


def true_layers(case: Case, hole: NDArray[np.uint8]) -> dict[str, NDArray[np.bool_]]:
    """Removed and bare pixels [S, S] by what truly lies there; own and new hair left out."""
    open_to = (hole > 0) & (case.own < 0.05) & (case.warped.alpha < 0.02)
    landmarks = case.identity.face.landmarks[:, :2]
    frame = face_frame(landmarks)
    _, t = frame.maps(hole.shape[1], hole.shape[0])
    face = polygon_mask(landmarks[list(OVAL)], *hole.shape) | (t > 0.05)
    skin = np.isin(case.true_regions, SKIN_AND_FEATURES) & open_to
    found = {"face": skin & face, "neck": skin & ~face, "clothes": (case.true_regions == Region.CLOTHES) & open_to,
             "background": (case.true_regions == Region.BACKGROUND) & open_to, "skin": skin}
    return found | {"all": found["skin"] | found["clothes"] | found["background"]}


def compared(picture: FloatImage, truth: FloatImage, mask: NDArray[np.bool_], teacher: Teacher) -> dict[str, float]:
    """PSNR in dB, structural similarity of the luminance, and feature distance inside a mask."""
    picture = np.where(mask[..., None], np.clip(picture, 0, 1), truth).astype(np.float32)
    error = float(((picture - truth)[mask] ** 2).mean())
    return {"psnr": -10 * np.log10(error + 1e-9), "ssim": float(_ssim_map(picture, truth)[mask].mean()),
            "features": _feature_distance(picture, truth, mask, teacher)}


def _ssim_map(first: FloatImage, second: FloatImage) -> FloatImage:
    """Structural similarity [H, W] of the luminance (Gaussian window, sigma 1.5)."""
    a, b = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (first, second))

    def mean(image: FloatImage) -> FloatImage:
        return cv2.GaussianBlur(image, (11, 11), 1.5).astype(np.float32, copy=False)

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b, cov = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2, mean(a * b) - mean_a * mean_b
    top = (2 * mean_a * mean_b + 0.01**2) * (2 * cov + 0.03**2)
    return (top / ((mean_a**2 + mean_b**2 + 0.01**2) * (var_a + var_b + 0.03**2))).astype(np.float32)


@torch.no_grad()
def _feature_distance(picture: FloatImage, truth: FloatImage, mask: NDArray[np.bool_], teacher: Teacher) -> float:
    """Mean squared distance of unit features over the mask, summed over layers."""
    images = torch.from_numpy(np.stack([picture, truth]).transpose(0, 3, 1, 2).copy()) * 2 - 1
    total = 0.0
    for value in teacher(images, names=TRAINING_LAYERS).values():
        distance = (unit(value[:1]) - unit(value[1:])).square().sum(1)[0].numpy()
        weight = cv2.resize(mask.astype(np.float32), (distance.shape[1], distance.shape[0]),
                            interpolation=cv2.INTER_AREA)
        total += float((distance * weight).sum() / max(float(weight.sum()), 1e-6))
    return total


def summary(rows: list[dict[str, Any]], seed: int, draws: int = 10_000) -> list[str]:
    """Per layer and figure: both means, and the mean difference with its 95 % bootstrap interval over sitters."""
    lines = []
    random = np.random.default_rng(seed)
    for layer in LAYERS:
        chosen = [row for row in rows if row["layer"] == layer]
        if not chosen:
            continue
        picks = random.integers(0, len(chosen), (draws, len(chosen)))
        for figure in FIGURES:
            plain, better = (np.array([row[f"{figure}_{method}"] for row in chosen]) for method in METHODS)
            difference = better - plain
            low, high = np.quantile(difference[picks].mean(axis=1), (0.025, 0.975))
            good = difference > 0 if figure != "features" else difference < 0
            lines.append(
                f"{layer:11s}{figure:9s} plain {plain.mean():7.3f}  repaired {better.mean():7.3f}  difference "
                f"{difference.mean():+.3f} [{low:+.3f}, {high:+.3f}]  better in {int(good.sum())} of {len(chosen)}")
    return lines


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({name: f"{value:.5g}" if isinstance(value, float) else value for name, value in row.items()}
                         for row in rows)
