"""``regions``: what every pixel of a portrait shows, and its soft hair matte."""

from __future__ import annotations

import io
from argparse import Namespace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.commands.common import (
    face_index,
    load_photo,
    parse_points,
    show_warnings,
    tell_written,
    use_threads,
)
from core.commands.compose import refuse_overwriting_inputs
from core.errors import InputRefused
from core.io.atomic import check_writable, write_bytes
from core.io.export import check_output, write_plain

# background, skin, hair, clothes, eyes, brows, lips; the pixel values are the class numbers.
_PALETTE = (0, 0, 0, 224, 172, 140, 120, 60, 160, 70, 110, 190, 255, 255, 255, 90, 60, 30, 200, 50, 70)


def execute(options: Namespace) -> int:
    """Run ``regions``; returns the exit code.

    Raises:
        CoiffeError: the input was refused, or it shows no face.
    """
    warnings: list[str] = []
    photo = load_photo(options.photo, warnings)
    if options.out.suffix.lower() != ".png":
        raise InputRefused(f"{options.out} cannot be written.", "Labels are stored as PNG only.", "Name it .png.")
    check_writable(options.out)
    refuse_overwriting_inputs(options)
    if options.matte is not None:
        check_output(options.matte, (photo.width, photo.height))
    use_threads(options.threads, torch_too=False)
    from core.faces.analyse import analyse
    from core.models.pack import open_pack

    portrait = analyse(photo, open_pack(options.pack), points=parse_points(options.points, photo, "--points"),
                       face_index=face_index(options.face, "--face"))
    write_bytes(options.out, labels_png(portrait.regions))
    if options.matte is not None:
        write_plain(options.matte, np.rint(np.clip(portrait.hair, 0, 1) * 255).astype(np.uint8))
    show_warnings([*warnings, *portrait.warnings], options)
    tell_written(options)
    return 0


def labels_png(labels: NDArray[np.uint8]) -> bytes:
    """A palette PNG of labels [H, W] whose pixel values are the class numbers."""
    image = Image.frombytes("P", (labels.shape[1], labels.shape[0]), np.ascontiguousarray(labels).tobytes())
    image.putpalette(_PALETTE)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()
