"""Reads weights without executing anything in them: safetensors only, shapes and values checked."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.errors import Advice, ModelFileError

_ADVICE = Advice.INSTALL_MODELS_AGAIN
_MAX_HEADER = 100 << 20


def read_tensors(path: Path, expected: Mapping[str, tuple[int, ...]] | None = None) -> dict[str, Tensor]:
    """Read every tensor of a safetensors file, on the CPU, in the types stored.

    Args:
        path: the file.
        expected: shape by name; the file must hold exactly these. None accepts any names and shapes.

    Raises:
        ModelFileError: missing, damaged, other names or shapes than expected, or values that are not finite.
    """
    shapes = _read_shapes(path)
    if expected is not None:
        _compare(path, shapes, {name: tuple(shape) for name, shape in expected.items()})
    try:
        with safe_open(str(path), framework="pt", device="cpu") as file:
            tensors = {name: file.get_tensor(name) for name in shapes}
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise ModelFileError(f"{path} cannot be read.", f"{error}.", _ADVICE) from error
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ModelFileError(f"{path} is damaged.", f"{name} holds values that are not finite.", _ADVICE)
    return tensors


def _read_header(path: Path) -> dict:
    """The JSON header, read by hand so that nothing is allocated on the word of a damaged file."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            prefix = stream.read(8)
            length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else 0
            if not 2 <= length <= min(_MAX_HEADER, size - 8):
                raise ValueError("its header is not that of a safetensors file")
            header = json.loads(stream.read(length))
        if not isinstance(header, dict):
            raise ValueError("its header is not a table")
    except FileNotFoundError as error:
        raise ModelFileError(f"{path} is missing.", "", _ADVICE) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{path} cannot be read.", f"{error}.", _ADVICE) from error
    return header


def _read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        return {
            str(name): tuple(int(side) for side in entry["shape"])
            for name, entry in _read_header(path).items()
            if name != "__metadata__"
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be read.", "Its header is damaged.", _ADVICE) from error


def _compare(path: Path, found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> None:
    what = f"{path} does not fit this model."
    missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missing or extra:
        name = (missing or extra)[0]
        raise ModelFileError(what, f"{name} is {'missing' if missing else 'not expected'} "
                                   f"({len(missing)} missing, {len(extra)} too many).", _ADVICE)
    for name, shape in expected.items():
        if found[name] != shape:
            raise ModelFileError(what, f"{name} has shape {found[name]}, {shape} is expected.", _ADVICE)
