"""Makes the pictures of the help pages with the installed model pack: run it whenever the pack or a recipe changes.

    python packaging/help_pictures.py [recipe ...]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.document.photo import Photo
from core.engine.result import Result
from core.engine.runner import run
from core.faces.analyse import analyse
from core.faces.face import Portrait
from core.faces.head_proxy import Turn
from core.faces.turn import turn_portrait
from core.io.image import read_photo
from core.models.pack import open_pack
from core.recipes.catalogue import CATALOGUE
from core.recipes.request import Request
from core.settings import resources_folder
from core.training.style.patterns import clouds, whirls
from core.training.style.renderings import oil

Picture = NDArray[np.float32]
Tile = tuple[str, Picture]
WIDTH, GAP, CAPTION = 1052, 4, 22
HEAD = (96, 0, 416, 320)
"""Left, top, right and bottom of the head in the sample portraits."""
YAW = 25.0
SPACES = ("w", "w+", "s", "f", "multi", "w+:tune")


@cache
def photo(name: str) -> Photo:
    """A sample portrait."""
    return read_photo(resources_folder() / "samples" / f"{name}.jpg", warnings=[])


@cache
def person(name: str) -> Portrait:
    """A sample portrait, analysed."""
    return analyse(photo(name), open_pack("starter"))


def made(recipe: str, photos: Mapping[str, Photo], **parameters: Any) -> Result:
    """A recipe's result with its standard values."""
    pictures = parameters.pop("pictures", {})
    return run(Request({"identity": photo("portrait"), **photos}, recipe=recipe, parameters=parameters,
                       pictures=pictures))


def head(picture: Picture) -> Picture:
    """The part of a sample portrait that is shown."""
    left, top, right, bottom = HEAD
    return picture[top:bottom, left:right]


def simple(recipe: str) -> list[list[Tile]]:
    """Portrait, reference where one is needed, result."""
    photos = {"shape": photo("reference")} if CATALOGUE[recipe].needs_reference else {}
    references = [("reference", head(reference.rgb())) for reference in photos.values()]
    return [[("portrait", head(photo("portrait").rgb())), *references,
             ("result", head(made(recipe, photos).image))]]


def salon() -> list[list[Tile]]:
    """A reference that looks to the side, and what the classical composite and Salon make of it."""
    turned = Photo(turn_portrait(person("reference"), Turn(YAW, 0)).portrait.photo.pixels)
    classical = made("classical", {"shape": turned}, mirror=False, max_yaw=90.0)
    found = made("salon", {"shape": turned}, mirror=False)
    return [[("portrait", head(photo("portrait").rgb())), (f"reference, turned by {YAW:.0f}°", head(turned.rgb())),
             ("classical composite", head(classical.image)), ("StyleGAN Salon", head(found.image))]]


def mgi() -> list[list[Tile]]:
    """The result, and all hypotheses below."""
    reference = photo("reference")
    found = made("mgi", {"shape": photo("portrait"), "appearance": reference})
    hypotheses = [(answer.name, answer.picture) for answer in found.outcome.hypotheses]
    return [[("portrait", head(photo("portrait").rgb())), ("appearance", head(reference.rgb())),
             ("result", head(found.image))], hypotheses]


def stylefusion() -> list[list[Tile]]:
    """Single regions from another portrait and at random."""
    photos = {"extra1": photo("reference")}

    def one(caption: str, **parameters: Any) -> Tile:
        return caption, head(made("stylefusion", photos, **{"hair_from": "own", **parameters}).image)

    first = [("portrait", head(photo("portrait").rgb())), ("reference", head(photo("reference").rgb())),
             one("hair, look", hair_from="extra1", hair_mode="look"),
             one("hair, look, half", hair_from="extra1", hair_mode="look", hair_amount=0.5)]
    return [first, [one("skin, random", skin_from="random"), one("clothes, random", clothes_from="random"),
                    one("hair, replace", hair_from="extra1"), one("pose", pose_from="extra1")]]


def style() -> list[list[Tile]]:
    """All of the portrait, its hair, and its background in drawn styles, which are shown small."""
    small = cv2.resize(photo("portrait").rgb(), (320, 320), interpolation=cv2.INTER_AREA)
    styles = (("portrait", oil(np.random.default_rng(31), small)), ("hair", whirls(np.random.default_rng(9), 320)),
              ("background", clouds(np.random.default_rng(12), 320)))
    tiles = [("portrait", head(photo("portrait").rgb()))]
    for where, drawn in styles:
        pixels = np.rint(np.clip(drawn, 0, 1) * 255).astype(np.uint8)
        found = head(made("style", {}, where=where, strength=0.9, pictures={"style1": Photo(pixels)}).image).copy()
        found[-84:-4, -84:-4] = cv2.resize(pixels.astype(np.float32) / 255, (80, 80), interpolation=cv2.INTER_AREA)
        tiles.append(("everything" if where == "portrait" else where, found))
    return [tiles]


def invert() -> list[list[Tile]]:
    """The portrait's crop, and what each space makes of it."""

    def crop(picture: Picture) -> Picture:
        return person("portrait").alignment.crop(picture, 256)

    tiles = [("portrait", crop(photo("portrait").rgb()))]
    for space in SPACES:
        name, _, tuned = space.partition(":")
        found = made("invert", {}, space=name, steps=100, tune_steps=100 if tuned else 0)
        tiles.append((space, found.image))
    return [tiles]


SPECIAL: dict[str, Callable[[], list[list[Tile]]]] = {
    "salon": salon, "mgi": mgi, "stylefusion": stylefusion, "style": style, "invert": invert,
}
"""Recipes that portrait, reference and result do not explain."""


def drawn(rows: Sequence[Sequence[Tile]]) -> Image.Image:
    """Rows of square tiles with captions; every row fills the width."""
    sides = [(WIDTH + GAP) // len(row) - GAP for row in rows]
    sheet = Image.new("RGB", (WIDTH, sum(side + CAPTION + GAP for side in sides) - GAP), "white")
    draw, font, y = ImageDraw.Draw(sheet), ImageFont.load_default(14), 0
    for row, side in zip(rows, sides, strict=True):
        for index, (caption, picture) in enumerate(row):
            pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
            x = index * (side + GAP)
            sheet.paste(Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS), (x, y))
            draw.text((x + 3, y + side + 2), caption, fill="black", font=font)
        y += side + CAPTION + GAP
    return sheet


def main() -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", choices=[[], *CATALOGUE], default=[], help="by default all")
    parser.add_argument("--out", type=Path, default=resources_folder() / "help")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.recipes or CATALOGUE:
        path = arguments.out / f"{name}.jpg"
        drawn(SPECIAL[name]() if name in SPECIAL else simple(name)).save(path, quality=85)
        print(path, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
