"""Landmarks and hair of a pack on held-back portraits, the whole path from the photograph.

The portraits' labels are machine-made. Where label and an earlier pack differed over more than an outline, the area
was looked at without knowing which of the two said what, and judged to be hair, no hair, or not clear;
``hair_judgements.json`` has the clear ones. Agreement is told with the labels as they are and with these corrected.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo
from core.errors import InputRefused
from core.faces.analyse import analyse
from core.faces.face import Portrait
from core.imaging.arrays import Mask
from core.io.image import read_photo
from core.models.pack import Pack, open_pack
from core.training.data.portraits import SIZE, Portraits, eye_distance, load_portraits

ANGLES = (0, 30, -30, 45, -45)
"""Degrees by which the portraits are turned in the picture."""
JUDGEMENTS = Path(__file__).with_name("hair_judgements.json")
PARTS = ("landmarks", "hair", "photographs")
_LEAST_HAIR = 0.01
# Hair is painted red in the masks of the photographs.
_RED, _OTHERS = 127, 100


def overlap(found: Sequence[Mask], truth: Sequence[Mask]) -> dict[str, float]:
    """Intersection over union: of all pixels together, and median and mean over pictures with more than 1 % hair."""
    both = np.array([(a & b).sum() for a, b in zip(found, truth, strict=True)], np.float64)
    either = np.array([(a | b).sum() for a, b in zip(found, truth, strict=True)], np.float64)
    shown = np.array([b.mean() > _LEAST_HAIR for b in truth])
    each = both[shown] / either[shown]
    return {"pictures": len(both), "pooled": float(both.sum() / max(either.sum(), 1)),
            "median": float(np.median(each)) if shown.any() else float("nan"),
            "mean": float(each.mean()) if shown.any() else float("nan")}


def judged(labels: Mapping[str, Mask], judgements: Sequence[Mapping[str, Any]]) -> dict[str, Mask]:
    """Hair labels [256, 256] by portrait with the judged areas set right.

    Args:
        labels: as they are.
        judgements: "portrait", "hair" (bool) and "outline", a list of closed lines of [x, y] pixels.
    """
    right = {name: mask.copy() for name, mask in labels.items()}
    for item in judgements:
        if item["portrait"] in right:
            area = np.zeros((SIZE, SIZE), np.uint8)
            cv2.fillPoly(area, [np.array(line, np.int32) for line in item["outline"]], 1)
            right[item["portrait"]][area > 0] = item["hair"]
    return right


def turned(image: NDArray[np.uint8], points: NDArray[np.floating],
           degrees: float) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A picture [S, S, 3] turned about its middle, its surroundings mirrored, and its points [N, 2], in pixels."""
    side = image.shape[0]
    matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), degrees, 1.0)
    moved = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8), np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def landmark_errors(pack: Pack, image: NDArray[np.uint8], points: NDArray[np.floating], degrees: float) -> float:
    """Mean distance of the 478 points of a turned portrait in distances between its eyes; NaN without a face."""
    picture, truth = turned(image, points, degrees)
    try:
        found = analyse(Photo(pixels=picture), pack).face.landmarks[:, :2]
    except InputRefused:
        return float("nan")
    return float(np.linalg.norm(found - truth, axis=1).mean() / eye_distance(truth))


def _hair(portrait: Portrait) -> Mask:
    hair = np.asarray(portrait.hair, np.float32)
    if hair.shape != (SIZE, SIZE):
        hair = cv2.resize(hair, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return hair > 0.5


def _landmarks(pack: Pack, data: Path, portraits: Portraits, rows: list[dict[str, Any]]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for degrees in ANGLES:
        errors = []
        for name, points in zip(portraits.names, portraits.landmarks, strict=True):
            image = read_photo(data / "portraits" / "images" / f"{name}.jpg").rgb8()
            errors.append(landmark_errors(pack, image, points[:, :2] * image.shape[0] - 0.5, degrees))
            rows.append({"portrait": name, "measure": f"landmarks {degrees}", "value": errors[-1]})
        known = np.array(errors)[~np.isnan(errors)]
        figures[str(degrees)] = {"found": len(known)}
        if len(known):
            figures[str(degrees)] |= {"mean": float(known.mean()), "median": float(np.median(known)),
                                      "worst": float(known.max())}
    return figures


def _portraits(pack: Pack, data: Path, portraits: Portraits, rows: list[dict[str, Any]]) -> dict[str, Any]:
    found = {name: _hair(analyse(read_photo(data / "portraits" / "images" / f"{name}.jpg"), pack))
             for name in portraits.names}
    labels = {name: hair > 127 for name, hair in zip(portraits.names, portraits.hair, strict=True)}
    judgements = json.loads(JUDGEMENTS.read_text(encoding="utf-8"))
    figures = {}
    for title, truth in (("labels", labels), ("judged", judged(labels, judgements))):
        figures[title] = overlap([found[name] for name in labels], list(truth.values()))
        for name, mask in truth.items():
            either = (found[name] | mask).sum()
            rows.append({"portrait": name, "measure": f"hair {title}",
                         "value": float((found[name] & mask).sum() / either) if either else float("nan")})
    return figures


def _photographs(pack: Pack, data: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    found, truth = [], []
    for path in sorted((data / "photos" / "loho").glob("*-mask.png")):
        mask = cv2.imread(str(path))
        photo = path.with_name(path.name.replace("-mask.png", ".jpg"))
        if mask is None or not photo.is_file():
            continue
        blue, green, red = cv2.split(mask)
        truth.append((red > _RED) & (green < _OTHERS) & (blue < _OTHERS))
        hair = np.asarray(analyse(read_photo(photo), pack).hair, np.float32)
        found.append(cv2.resize(hair, truth[-1].shape[::-1], interpolation=cv2.INTER_AREA) > 0.5)
        rows.append({"portrait": photo.stem, "measure": "hair by hand",
                     "value": float((found[-1] & truth[-1]).sum() / (found[-1] | truth[-1]).sum())})
    if not found:
        return {"left out": "no photographs with masks"}
    return {**overlap(found, truth), "worst": min(row["value"] for row in rows if row["measure"] == "hair by hand")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument("--pack", default="starter", help="name or folder of the model pack")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds portraits/ and perhaps photos/")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"comma separated (default all: {','.join(PARTS)})")
    parser.add_argument("--limit", type=int, help="use only so many portraits (for a trial)")
    parser.add_argument("--out", type=Path, default=Path("bench-faces"), help="folder for results.json and faces.csv")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write the figures and every portrait's own."""
    parts = [part.strip() for part in arguments.parts.split(",")]
    if unknown := [part for part in parts if part not in PARTS]:
        raise InputRefused(f"There is no part {unknown[0]!r}.", "", f"Choose among {', '.join(PARTS)}.")
    pack, rows = open_pack(arguments.pack), []
    portraits = load_portraits(arguments.data, split="val", limit=arguments.limit)
    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "landmarks": lambda: _landmarks(pack, arguments.data, portraits, rows),
        "hair": lambda: _portraits(pack, arguments.data, portraits, rows),
        "photographs": lambda: _photographs(pack, arguments.data, rows),
    }
    figures = {}
    for part in parts:
        figures[part] = measures[part]()
        print(f"{part}: {json.dumps(figures[part])}", flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "results.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    with (arguments.out / "faces.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["portrait", "measure", "value"])
        writer.writeheader()
        writer.writerows(rows)
    return 0
