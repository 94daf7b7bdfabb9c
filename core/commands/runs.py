"""Drives the engine from the command line: progress, previews, Ctrl-C."""

from __future__ import annotations

import dataclasses
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.commands.common import gentle_interrupt
from core.commands.progress import Bar
from core.errors import InputRefused
from core.io.export import write_plain
from core.models.pack import open_pack
from core.recipes.base import Step
from core.recipes.info import FEATURES, RecipeInfo
from core.recipes.request import Request

if TYPE_CHECKING:
    from core.engine.result import Result


class Previews:
    """Writes numbered pictures into a folder.

    Args:
        folder: made when it does not exist.

    Raises:
        InputRefused: the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputRefused(f"The folder {folder} cannot be made.", error.strerror or str(error),
                               "Choose another one with --previews.") from error

    def write(self, step: Step, picture: NDArray[np.float32]) -> None:
        """Write picture [H, W, 3] in 0..1 as the next frame."""
        self._count += 1
        pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
        write_plain(self._folder / f"{self._count:05d}.png", pixels)


def sound_limits(options: Namespace) -> None:
    """Check --steps and --seconds.

    Raises:
        InputRefused: not above zero.
    """
    for name in ("steps", "seconds"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise InputRefused(f"--{name} {value} is not usable.", "It must be above zero.")


def with_steps(request: Request, info: RecipeInfo, steps: int | None) -> Request:
    """The request limited to so many steps; a recipe that plans its schedule by a parameter gets it there."""
    if steps is None:
        return request
    name = info.steps
    if name and name not in request.parameters:
        return dataclasses.replace(request, parameters={**request.parameters, name: steps})
    return dataclasses.replace(request, steps=steps)


def check_pack(request: Request, info: RecipeInfo) -> Request:
    """Find missing or altered weights before minutes are spent on what comes first.

    Returns:
        The request; with a pack that has no encoder, a recipe that can starts from the mean face.

    Raises:
        ModelFileError: the pack lacks a network that the recipe needs, or a file of it was altered.
    """
    pack = open_pack(request.pack)
    for name in ("landmarks", "regions", *info.needs, *(name for name in info.uses if name in pack)):
        pack.path("vgg16" if name == FEATURES and "vgg16" in pack else name)
    if "encoder" not in pack and not info.without_encoder.keys() <= request.parameters.keys():
        return dataclasses.replace(request, parameters={**info.without_encoder, **request.parameters})
    return request


def drive(request: Request, info: RecipeInfo, options: Namespace) -> Result:
    """Carry out a request with a progress line, previews where asked for, and Ctrl-C keeping the best so far.

    Raises:
        CoiffeError: refused, or nothing useful came out.
        Cancelled: stopped before there was anything to keep.
    """
    from core.engine.progress import Progress
    from core.engine.runner import run

    request = check_pack(with_steps(request, info, options.steps), info)
    bar = Bar(quiet=options.quiet)
    progress = Progress()
    previews = None if options.previews is None else Previews(options.previews)
    bar.note(f"{request.recipe}: loading and finding faces")
    try:
        with gentle_interrupt(progress.cancel):
            return run(request, progress, on_step=bar.show,
                       on_preview=None if previews is None else previews.write)
    finally:
        bar.close()
