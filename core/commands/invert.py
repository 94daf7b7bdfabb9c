"""``invert``: reproduces a portrait with the generator and keeps the latents that do it."""

from __future__ import annotations

from argparse import Namespace

import numpy as np

from core.commands.common import (
    face_index,
    load_photo,
    parse_points,
    parse_settings,
    show_warnings,
    tell_written,
    use_threads,
)
from core.commands.compose import named_files, refuse_overwriting_inputs
from core.commands.runs import drive, sound_limits
from core.io.atomic import check_writable, write_bytes
from core.io.export import check_output, write_plain
from core.io.report import write_report
from core.recipes.catalogue import find_info
from core.recipes.invert.info import TUNE_STEPS
from core.recipes.request import Request

_DONE, _CANCELLED = 0, 130


def execute(options: Namespace) -> int:
    """Run ``invert``; returns the exit code.

    Raises:
        CoiffeError: the input was refused, or nothing useful came out.
    """
    sound_limits(options)
    warnings: list[str] = []
    photo = load_photo(options.identity, warnings)
    check_output(options.out)
    refuse_overwriting_inputs(options)
    for path in (options.report, options.latent):
        if path is not None:
            check_writable(path)
    parameters = parse_settings(options.parameters)
    tune = TUNE_STEPS if options.tune == "" else options.tune
    asked = {"space": options.space, "noise": options.noise, "tune_steps": tune}
    parameters |= {name: value for name, value in asked.items() if value is not None}
    points = parse_points(options.align_identity, photo, "--align-identity")
    request = Request(
        photos={"identity": photo}, face_points={} if points is None else {"identity": points},
        face_index={"identity": face_index(options.face_identity, "--face-identity")}, recipe="invert",
        parameters=parameters, seed=options.seed, pack=options.pack, device=options.device, seconds=options.seconds,
    )
    use_threads(options.threads, torch_too=True)
    result = drive(request, find_info("invert"), options)
    write_plain(options.out, np.ascontiguousarray(result.pixels.astype(np.uint8)))
    if options.latent is not None:
        from safetensors.numpy import save

        arrays = {name: np.ascontiguousarray(value) for name, value in result.outcome.latent.items()}
        write_bytes(options.latent, save(arrays, metadata={"pack": result.pack, "recipe": "invert"}))
        if result.parameters.get("tune_steps"):
            warnings.append("The latents alone give the picture before the tuning: the bent weights are not kept.")
    report = result.report()
    report["warnings"] = list(dict.fromkeys([*warnings, *report["warnings"]]))
    report["files"] = named_files(options)
    if options.report is not None:
        write_report(options.report, report)
    show_warnings(report["warnings"], options)
    tell_written(options)
    return _CANCELLED if result.cancelled else _DONE
