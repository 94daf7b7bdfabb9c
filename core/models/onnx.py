"""Opens ONNX networks for inference only: no files beside the model, no custom operators, GPU when it works."""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from core.errors import Advice, ModelFileError
from core.settings import thread_count

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_log = logging.getLogger(__name__)
_MAX_BYTES = 1 << 30

# The part of onnx.proto3 that can reach a tensor: message -> {field number: message}.
_CHILDREN: dict[str, dict[int, str]] = {
    "Model": {7: "Graph", 20: "Training", 25: "Function"},
    "Training": {1: "Graph", 2: "Graph"},
    "Function": {7: "Node", 11: "Attribute"},
    "Graph": {1: "Node", 5: "Tensor", 15: "Sparse"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "Sparse", 23: "Sparse"},
    "Sparse": {1: "Tensor", 2: "Tensor"},
    "Tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14


def silent_runtime() -> ModuleType:
    """onnxruntime with its telemetry off; the only place that may import it.

    Its wheels count usage unless told otherwise: they write a device's number and a database of events into the
    user's cache folder and look their maker's host up. Both begin while the module is imported, before
    ``disable_telemetry_events`` can be called, so the variable has to be there first; the call is for versions that
    do not know the variable.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def onnx_session(path: Path, *, threads: int | None = None) -> InferenceSession:
    """Open a network: CUDA provider where there is a working one, otherwise the CPU, silently.

    Args:
        path: the .onnx file, self-contained.
        threads: of the CPU provider; None = ``core.settings.thread_count()``.

    Raises:
        ModelFileError: not readable, not an ONNX network, or it refers to files beside itself.
    """
    onnxruntime = silent_runtime()
    what, advice = f"{path} cannot be used.", Advice.INSTALL_MODELS_AGAIN
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ModelFileError(what, "It is far larger than any network of this program.", advice)
        data = path.read_bytes()
    except OSError as error:
        raise ModelFileError(what, error.strerror or str(error), advice) from error
    try:
        external = has_external_data(data)
    except ValueError as error:
        raise ModelFileError(what, f"It is not an ONNX network ({error}).", advice) from error
    if external:
        raise ModelFileError(what, "It refers to data in other files, which is not allowed.", advice)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or thread_count()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Spinning threads would take the cores away from whatever runs next to the session.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    if _cuda_present() and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        providers.insert(0, "CUDAExecutionProvider")
    # onnxruntime's exceptions share no base class but Exception.
    try:
        return onnxruntime.InferenceSession(data, options, providers=providers)
    except Exception as error:
        if len(providers) == 1:
            raise ModelFileError(what, _first_line(error), advice) from error
        _log.info("the CUDA provider failed, the CPU is used: %s", _first_line(error))
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelFileError(what, _first_line(error), advice) from error


def has_external_data(data: bytes) -> bool:
    """Whether a serialised ONNX model holds a tensor stored in another file.

    Walks the protobuf wire format directly, so that no parser runs before the answer is known.

    Raises:
        ValueError: data is not well-formed protobuf.
    """
    pending = [("Model", memoryview(data))]
    seen = False
    while pending:
        message, view = pending.pop()
        for number, value in _fields(view):
            if message == "Tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value == 1)):
                return True
            child = _CHILDREN[message].get(number)
            if child is not None:
                if not isinstance(value, memoryview):
                    raise ValueError(f"field {number} of {message} has the wrong type")
                seen = seen or (message == "Model" and child == "Graph")
                pending.append((child, value))
    if not seen:
        raise ValueError("there is no graph in it")
    return False


def _fields(view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers and values (int or memoryview) of one protobuf message."""
    position = 0
    while position < len(view):
        key, position = _varint(view, position)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, position = _varint(view, position)
            yield number, value
            continue
        if wire == 2:
            length, position = _varint(view, position)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError(f"unknown wire type {wire}")
        if number == 0 or position + length > len(view):
            raise ValueError("a field ends beyond the file")
        yield number, view[position : position + length]
        position += length


def _varint(view: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(view) or shift > 63:
            raise ValueError("a number ends beyond the file")
        byte = view[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def _cuda_present() -> bool:
    """Whether an NVIDIA driver is installed; without one onnxruntime complains on stderr before it falls back."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def file_stamp(path: Path) -> int:
    """Modification time of a network file in nanoseconds: what a cache of opened networks is keyed by.

    Raises:
        ModelFileError: there is no such file.
    """
    try:
        return path.stat().st_mtime_ns
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be used.", error.strerror or str(error), "Install the pack again."
        ) from error
