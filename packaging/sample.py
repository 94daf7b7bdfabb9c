"""Makes the sample composite and its before / reference / after sheet; started by bootstrap.py in the environment."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.cli import main as coiffe
from core.settings import resources_folder

SAMPLES = resources_folder() / "samples"
FOLDER = Path(__file__).resolve().parent.parent / "samples-output"
TILE, MARGIN, CAPTION = 512, 16, 34
# The sample should be there soon on a slow machine as well; the best result by then is taken.
LIMIT_SECONDS = 240


def main() -> int:
    """Compose the sample; returns the exit code of ``compose``."""
    FOLDER.mkdir(exist_ok=True)
    identity, reference = (SAMPLES / name for name in ("portrait.jpg", "reference.jpg"))
    out = FOLDER / "composite.png"
    started = time.monotonic()
    code = coiffe(["compose", "--identity", str(identity), "--shape", str(reference), "--out", str(out),
                   "--report", str(FOLDER / "report.json"), "--previews", str(FOLDER / "previews"),
                   "--seconds", str(LIMIT_SECONDS)])
    if code:
        return code
    sheet = FOLDER / "sheet.png"
    heads = {role: head(found) for role, found in json.loads((FOLDER / "report.json").read_text())["alignment"].items()}
    draw_sheet([("before", identity, heads["identity"]), ("reference", reference, heads["shape"]),
                ("after", out, heads["identity"])]).save(sheet)
    print(f"\nmade in {time.monotonic() - started:.0f} s:")
    for path in (out, sheet, FOLDER / "report.json"):
        print(f"  {path}")
    return 0


def head(alignment: dict[str, Any]) -> tuple[int, int, int, int]:
    """The square around a face's crop that shows hair and shoulders: left, top, right, bottom in photo pixels."""
    corners = np.array(alignment["quad"])
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    half, x, y = 0.72 * max(right - left, bottom - top), (left + right) / 2, (top + bottom) / 2
    return round(x - half), round(y - half), round(x + half), round(y + half)


def draw_sheet(pictures: list[tuple[str, Path, tuple[int, int, int, int]]]) -> Image.Image:
    """Square parts of pictures side by side, each with its caption; the parts are moved to lie inside."""
    sheet = Image.new("RGB", (len(pictures) * (TILE + MARGIN) + MARGIN, TILE + 2 * MARGIN + CAPTION), (58, 58, 58))
    draw, font, x = ImageDraw.Draw(sheet), ImageFont.load_default(20), MARGIN
    for caption, path, (left, top, right, bottom) in pictures:
        with Image.open(path) as image:
            side = min(right - left, bottom - top, *image.size)
            left, top = max(0, min(left, image.width - side)), max(0, min(top, image.height - side))
            part = image.convert("RGB").crop((left, top, left + side, top + side))
        sheet.paste(part.resize((TILE, TILE), Image.Resampling.LANCZOS), (x, MARGIN))
        draw.text((x, TILE + MARGIN + 6), caption, fill=(230, 230, 230), font=font)
        x += TILE + MARGIN
    return sheet


if __name__ == "__main__":
    sys.exit(main())
