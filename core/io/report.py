"""The machine-readable account of a run: plain JSON values, measured on the file that was written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo
from core.io.atomic import write_json
from core.io.image import read_photo


def write_report(path: Path | str, report: Mapping[str, Any]) -> None:
    """Write report as JSON, whole or not at all; values JSON cannot hold become the nearest ones it can."""
    write_json(path, plain(report))


def plain(value: Any) -> Any:
    """A value of JSON types only: arrays to lists, paths to text, figures that are not finite to null."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def outside_max_abs(written: Path | str, photo: Photo, mask: NDArray[np.floating]) -> int | None:
    """Largest difference between a written file and its photo where mask [H, W] is 0, in steps of the photo's depth.

    None where every pixel was edited. A file of another depth than the photo is compared in 8 bits.
    """
    outside = np.asarray(mask) == 0
    if not outside.any():
        return None
    back = read_photo(written)
    if back.bit_depth == photo.bit_depth:
        ours, theirs = back.pixels, photo.pixels
    else:
        ours, theirs = back.rgb8(), photo.rgb8()
    return int(np.abs(ours[outside].astype(np.int32) - theirs[outside].astype(np.int32)).max())
