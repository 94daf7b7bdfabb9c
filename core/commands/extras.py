"""Inputs and outputs of ``compose`` that only some recipes have: further portraits, style pictures, guide, choices."""

from __future__ import annotations

import re
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.commands.common import load_photo
from core.document.photo import Photo
from core.document.roles import EXTRA_ROLES, PICTURES
from core.errors import InputRefused
from core.io.export import write_plain
from core.recipes.catalogue import CATALOGUE
from core.recipes.info import RecipeInfo

if TYPE_CHECKING:
    from core.recipes.base import Hypothesis, Outcome


def refuse_unused(options: Namespace, info: RecipeInfo) -> None:
    """Refuse inputs that the recipe would not look at, and more of them than there is room for.

    Raises:
        InputRefused: as said.
    """
    for option, kind, count, room in (
        ("--extra", "extras", len(options.extra), len(EXTRA_ROLES)),
        ("--style", "pictures", len(options.style), len(PICTURES)),
        ("--guide", "guide", int(options.guide is not None), 1),
    ):
        if count and kind not in info.accepts:
            others = [name for name, other in CATALOGUE.items() if kind in other.accepts]
            raise InputRefused(f"The recipe {info.name!r} does not use {option}.", "",
                               f"Leave it out, or choose with --recipe one that does: {', '.join(others) or 'none'}.")
        if count > room:
            raise InputRefused(f"{option} was given {count} times.", f"There is room for {room}.")


def read_extras(options: Namespace, warnings: list[str]) -> dict[str, Photo]:
    """Further portraits by role."""
    return {role: load_photo(path, warnings) for role, path in zip(EXTRA_ROLES, options.extra, strict=False)}


def read_pictures(options: Namespace, warnings: list[str]) -> dict[str, Photo]:
    """Style pictures by name."""
    return {name: load_photo(path, warnings) for name, path in zip(PICTURES, options.style, strict=False)}


def read_guide(path: Path | None, identity: Photo) -> NDArray[np.uint8] | None:
    """An edited guide as [H, W, 4] uint8.

    Raises:
        InputRefused: another size than the identity, or no transparency that says where it counts.
    """
    if path is None:
        return None
    picture = load_photo(path, [])
    if (picture.width, picture.height) != (identity.width, identity.height):
        raise InputRefused(f"The guide {picture.name} is {picture.width}x{picture.height}.",
                           f"The portrait {identity.name} is {identity.width}x{identity.height}.",
                           "Save the guide at the portrait's size.")
    if picture.alpha is None:
        raise InputRefused(f"The guide {picture.name} has no transparency.",
                           "It counts only where it is not transparent.",
                           "Edit the file that --guide-out wrote, and save it with its transparency.")
    alpha = picture.alpha >> 8 if picture.alpha.dtype == np.uint16 else picture.alpha
    return np.dstack([picture.rgb8(), alpha.astype(np.uint8)])


def write_extras(options: Namespace, outcome: Outcome) -> list[str]:
    """Write guide and choices where asked for; notes for the user."""
    notes = []
    if options.guide_out is not None:
        if outcome.guide is None:
            notes.append("This recipe has no guide to edit: --guide-out was not written.")
        else:
            write_plain(options.guide_out, outcome.guide)
    if options.choices is not None:
        if not outcome.hypotheses:
            notes.append("This recipe gives one answer only: nothing was written for --choices.")
        for number, hypothesis in enumerate(outcome.hypotheses, 1):
            _write_choice(options.choices, number, hypothesis)
    return notes


def _write_choice(folder: Path, number: int, hypothesis: Hypothesis) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputRefused(f"The folder {folder} cannot be made.", error.strerror or str(error),
                           "Choose another one with --choices.") from error
    name = re.sub(r"[^A-Za-z0-9]+", "-", hypothesis.name).strip("-").lower()
    mark = "-chosen" if hypothesis.chosen else ""
    pixels = np.rint(np.clip(hypothesis.picture, 0, 1) * 255).astype(np.uint8)
    write_plain(folder / f"{number:02d}-{name}{mark}.png", pixels)
