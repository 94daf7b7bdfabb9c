"""Makes the sample composites and their before / reference / after sheets; started by bootstrap.py in the environment.

The photograph comes first and alone in its sheet; the pairs of people who do not exist share one.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.cli import main as coiffe
from editor.files.samples import Sample, samples

FOLDER = Path(__file__).resolve().parent.parent / "samples-output"
TILE, MARGIN, CAPTION = 512, 16, 34
Part = tuple[str, Path, tuple[int, int, int, int]]
"""Caption, picture, and the square of it that is shown: left, top, right, bottom."""
# A sample should be there soon on a slow machine as well; the best result by then is taken.
LIMIT_SECONDS = 240


def main() -> int:
    """Compose the samples; returns the exit code of ``compose``."""
    started = time.monotonic()
    photograph, *painted = samples()
    sheets = [("sheet.png", [photograph], TILE), ("people.png", painted, TILE // 2)]
    for name, pairs, tile in sheets:
        rows = []
        for sample in pairs:
            folder = FOLDER if sample is photograph else FOLDER / sample.portrait.stem
            if code := compose(sample, folder):
                return code
            rows.append(row(sample, folder))
        draw_sheet(rows, tile).save(FOLDER / name)
    print(f"\nmade in {time.monotonic() - started:.0f} s:")
    for path in (FOLDER / "composite.png", *(FOLDER / name for name, _, _ in sheets), FOLDER / "report.json"):
        print(f"  {path}")
    return 0


def compose(sample: Sample, folder: Path) -> int:
    """Make composite.png, report.json and previews of a sample in a folder; returns the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    return coiffe(["compose", "--identity", str(sample.portrait), "--shape", str(sample.reference),
                   "--out", str(folder / "composite.png"), "--report", str(folder / "report.json"),
                   "--previews", str(folder / "previews"), "--seconds", str(LIMIT_SECONDS)])


def row(sample: Sample, folder: Path) -> list[Part]:
    """Before, reference and after of a sample that was composed in a folder."""
    report = json.loads((folder / "report.json").read_text())
    heads = {role: head(found) for role, found in report["alignment"].items()}
    return [("before", sample.portrait, heads["identity"]), ("reference", sample.reference, heads["shape"]),
            ("after", folder / "composite.png", heads["identity"])]


def head(alignment: dict[str, Any]) -> tuple[int, int, int, int]:
    """The square around a face's crop that shows hair and shoulders: left, top, right, bottom in photo pixels."""
    corners = np.array(alignment["quad"])
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    half, x, y = 0.72 * max(right - left, bottom - top), (left + right) / 2, (top + bottom) / 2
    return round(x - half), round(y - half), round(x + half), round(y + half)


def draw_sheet(rows: list[list[Part]], tile: int) -> Image.Image:
    """Square parts of pictures in rows, captions below the last; the parts are moved to lie inside."""
    columns = len(rows[0])
    size = (columns * (tile + MARGIN) + MARGIN, len(rows) * (tile + MARGIN) + MARGIN + CAPTION)
    sheet = Image.new("RGB", size, (58, 58, 58))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for number, parts in enumerate(rows):
        for column, (caption, path, (left, top, right, bottom)) in enumerate(parts):
            x, y = MARGIN + column * (tile + MARGIN), MARGIN + number * (tile + MARGIN)
            with Image.open(path) as image:
                side = min(right - left, bottom - top, *image.size)
                left, top = max(0, min(left, image.width - side)), max(0, min(top, image.height - side))
                part = image.convert("RGB").crop((left, top, left + side, top + side))
            sheet.paste(part.resize((tile, tile), Image.Resampling.LANCZOS), (x, y))
            if number == len(rows) - 1:
                draw.text((x, y + tile + 6), caption, fill=(230, 230, 230), font=font)
    return sheet


if __name__ == "__main__":
    sys.exit(main())
