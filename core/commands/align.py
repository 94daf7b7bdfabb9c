"""``align``: where the face is, and its square crop."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.commands.common import (
    face_index,
    load_photo,
    parse_points,
    show_warnings,
    tell_written,
    use_threads,
)
from core.commands.compose import refuse_overwriting_inputs
from core.document.photo import Photo
from core.errors import InputRefused
from core.faces.align import align_points, crop_points
from core.io.atomic import check_writable
from core.io.export import check_output, write_plain
from core.io.report import write_report

_LARGEST_CROP = 8192


def execute(options: Namespace) -> int:
    """Run ``align``; returns the exit code.

    Raises:
        CoiffeError: the input was refused, or it shows no face.
    """
    if not 16 <= options.size <= _LARGEST_CROP:
        raise InputRefused(f"--size {options.size} is not usable.", f"It must lie between 16 and {_LARGEST_CROP}.")
    if not 0.5 <= options.scale <= 4:
        raise InputRefused(f"--scale {options.scale} is not usable.", "It must lie between 0.5 and 4.")
    warnings: list[str] = []
    photo = load_photo(options.photo, warnings)
    check_output(options.out, (options.size, options.size))
    refuse_overwriting_inputs(options)
    if options.report is not None:
        check_writable(options.report)
    use_threads(options.threads, torch_too=False)
    points, facts = locate(photo, options, warnings)
    alignment = align_points(dict(points), scale=options.scale)
    write_plain(options.out, np.ascontiguousarray(alignment.crop(photo.rgb8(), options.size)))
    if options.report is not None:
        write_report(options.report, {
            "alignment": {**points, **facts, "quad": alignment.quad, "scale": options.scale},
            "pack": options.pack, "files": {"photo": options.photo, "out": options.out}, "warnings": warnings,
        })
    show_warnings(warnings, options)
    tell_written(options)
    return 0


def locate(
    photo: Photo, options: Namespace, warnings: list[str]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, Any]]:
    """Crop points by hand or by the landmarks net, with confidence and rotation.

    Raises:
        InputRefused: no face, or fewer than asked for.
    """
    by_hand = parse_points(options.points, photo, "--points")
    if by_hand is not None:
        return by_hand, {"confidence": 1.0, "rotation": 0, "by_hand": True}
    from core.faces.detect import find_faces
    from core.models.pack import open_pack

    faces = find_faces(photo, open_pack(options.pack))
    index = face_index(options.face, "--face")
    if not faces:
        raise InputRefused(f"No face was found in {photo.name}.", "It may be too small, turned away or covered.",
                           "Set the points by hand with --points, or use another photo.")
    if index >= len(faces):
        raise InputRefused(f"There is no face {index} in {photo.name}.", f"{len(faces)} were found, counted from 0.",
                           "Choose a smaller --face.")
    if len(faces) > 1 and options.face is None:
        listed = "; ".join(f"{number}: at {face.box[0]:.0f},{face.box[1]:.0f}, {face.box[2] - face.box[0]:.0f} px wide"
                           for number, face in enumerate(faces))
        warnings.append(f"{photo.name} shows {len(faces)} faces, the largest is used ({listed}).")
    face = faces[index]
    return crop_points(face.landmarks), {"confidence": face.confidence, "rotation": face.rotation, "by_hand": False}
