"""``compose``: from files to a finished portrait, its report and its previews."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.commands.common import (
    face_index,
    load_photo,
    parse_points,
    parse_settings,
    show_warnings,
    tell_written,
    use_threads,
)
from core.commands.extras import read_extras, read_guide, read_pictures, refuse_unused, write_extras
from core.commands.runs import drive, sound_limits
from core.document.photo import Photo
from core.document.roles import ROLES
from core.errors import InputRefused
from core.io.atomic import check_writable
from core.io.export import check_output, write_photo
from core.io.image import read_mask
from core.io.report import outside_max_abs, write_report
from core.recipes.catalogue import find_info
from core.recipes.request import Request
from core.settings import available_memory

_DONE, _CANCELLED = 0, 130
# Measured at 16 megapixels; an edit of a small part of the photo takes less.
_BYTES_PER_PIXEL = 320


def execute(options: Namespace) -> int:
    """Run ``compose``; returns the exit code.

    Raises:
        CoiffeError: an input was refused, or nothing useful came out.
    """
    info = find_info(options.recipe)
    if info.needs_reference and options.shape is None and options.appearance is None:
        raise InputRefused("There is no reference portrait.",
                           f"The recipe {info.name!r} takes something from another portrait.",
                           "Give one with --shape or --appearance.")
    refuse_unused(options, info)
    sound_limits(options)
    warnings: list[str] = []
    photos = read_photos(options, warnings) | read_extras(options, warnings)
    identity = photos["identity"]
    check_output(options.out, (identity.width, identity.height))
    refuse_overwriting_inputs(options)
    for path in (options.report, options.guide_out):
        if path is not None:
            check_writable(path)
    request = replace(make_request(options, photos), pictures=read_pictures(options, warnings),
                      guide=read_guide(options.guide, identity))
    if info.idle is not None and info.idle(request.parameters, photos) and request.ignore is None:
        what = "There is no reference portrait." if set(photos) == {"identity"} else "Nothing would change."
        raise InputRefused(what, f"The recipe {info.name} would leave the portrait as it is.",
                           "Give a reference with --shape, or choose with --set what changes.")
    warn_of_memory(identity, options)
    use_threads(options.threads, torch_too=True)
    result = drive(request, info, options)
    notes = [*write_photo(options.out, result.pixels, identity), *write_extras(options, result.outcome)]
    report = result.report()
    report["warnings"] = list(dict.fromkeys([*warnings, *report["warnings"], *notes]))
    if options.preset is not None:
        report["parameters"] = {"preset": options.preset, **report["parameters"]}
    report["metrics"]["outside_max_abs"] = outside_max_abs(options.out, identity, result.mask)
    report["files"] = named_files(options)
    if options.report is not None:
        write_report(options.report, report)
    show_warnings(report["warnings"], options)
    tell_written(options)
    return _CANCELLED if result.cancelled else _DONE


def read_photos(options: Namespace, warnings: list[str]) -> dict[str, Photo]:
    """The photographs by role; a file named twice is read once."""
    read: dict[Path, Photo] = {}
    photos = {}
    for role in ROLES:
        path: Path | None = getattr(options, role)
        if path is None:
            continue
        key = path.resolve()
        if key not in read:
            read[key] = load_photo(path, warnings)
        photos[role] = read[key]
    return photos


def make_request(options: Namespace, photos: dict[str, Photo]) -> Request:
    """The run that the options describe."""
    masks, points, faces = {}, {}, {}
    edits: dict[str, dict[str, NDArray[np.uint8]]] = {"ignore": {}, "protect": {}}
    for role in ROLES:
        photo = photos.get(role)
        mask_path, text = getattr(options, f"hair_{role}"), getattr(options, f"align_{role}")
        chosen = getattr(options, f"face_{role}")
        paths = {kind: getattr(options, f"{kind}_{role}", None) for kind in edits}
        if photo is None:
            if any(given is not None for given in (mask_path, text, chosen, *paths.values())):
                raise InputRefused(f"There is no {role} portrait.", f"But an option for the {role} was given.",
                                   f"Give the portrait with --{role}, or leave the option out.")
            continue
        if mask_path is not None:
            masks[role] = read_mask(mask_path, (photo.width, photo.height), name=f"hair mask of the {role}")
        found = parse_points(text, photo, f"--align-{role}")
        if found is not None:
            points[role] = found
        faces[role] = face_index(chosen, f"--face-{role}")
        for kind, path in paths.items():
            if path is not None:
                edits[kind][role] = read_mask(path, (photo.width, photo.height), name=f"{kind} mask of the {role}")
    return Request(
        photos=photos, hair_masks=masks, ignore=_edit_mask(options.ignore, photos, "ignore mask"),
        protect=_edit_mask(options.protect, photos, "protect mask"),
        reference_ignore=edits["ignore"], reference_protect=edits["protect"], face_points=points, face_index=faces,
        recipe=options.recipe, parameters=chosen_parameters(options), seed=options.seed, pack=options.pack,
        device=options.device, blend=options.blend, seconds=options.seconds,
    )


def chosen_parameters(options: Namespace) -> dict[str, Any]:
    """Recipe parameters by the preset, if one was named, by --attributes, and by --set, which goes before both.

    Raises:
        InputRefused: the recipe or its preset is unknown, or a --set is malformed.
    """
    given = parse_settings(options.parameters)
    attributes = getattr(options, "attributes", None)
    if attributes is not None:
        given = {"attributes": attributes, **given}
    if options.preset is None:
        return given
    preset = find_info(options.recipe).preset(options.preset)
    if options.steps is not None:
        preset.pop("steps", None)
    return {**preset, **given}


def _edit_mask(path: Path | None, photos: dict[str, Photo], name: str) -> NDArray[np.uint8] | None:
    if path is None:
        return None
    identity = photos["identity"]
    return read_mask(path, (identity.width, identity.height), name=name)


def warn_of_memory(identity: Photo, options: Namespace) -> None:
    """Say beforehand when a photo may be too large for the memory that is free."""
    free = available_memory()
    needed = identity.width * identity.height * _BYTES_PER_PIXEL
    if free is not None and needed > free:
        show_warnings([f"{identity.name} may need {needed / 2**30:.0f} GB of memory, {free / 2**30:.0f} GB are free; "
                       "close other programs or use a smaller copy."], options)


def refuse_overwriting_inputs(options: Namespace) -> None:
    """Refuse to write over a file that is being read.

    Raises:
        InputRefused: an output is one of the inputs.
    """
    written = ("out", "report", "latent", "matte", "guide_out")
    inputs = [value.resolve() for name, value in vars(options).items()
              if isinstance(value, Path) and name not in (*written, "previews", "choices")]
    inputs += [path.resolve() for name in ("extra", "style") for path in getattr(options, name, [])]
    for name in written:
        path: Path | None = getattr(options, name, None)
        if path is not None and path.resolve() in inputs:
            raise InputRefused(f"{path} would be overwritten.", "It is one of the inputs.",
                               f"Choose another name for --{name}.")


def named_files(options: Namespace) -> dict[str, Any]:
    """Every file of the run by option name, for the report."""
    return {name: str(value) for name, value in vars(options).items() if isinstance(value, Path)}
