"""Pictures inside a project file: PNG written fast, kept while they stay the same, and read in several threads."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections import OrderedDict
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from core.io.encode import Extras, encode_png
from core.io.image import MAX_PIXELS, MAX_SIDE

_KEPT_BYTES = 192 << 20
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2
_FAST = 1


class _Kept:
    """Encoded pictures by their content, the least used are dropped; for any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._files: OrderedDict[bytes, bytes] = OrderedDict()
        self._held = 0

    def get(self, key: bytes) -> bytes | None:
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
            return self._files.get(key)

    def put(self, key: bytes, data: bytes) -> None:
        with self._lock:
            if key in self._files or len(data) > _KEPT_BYTES // 2:
                return
            self._files[key] = data
            self._held += len(data)
            while self._held > _KEPT_BYTES:
                self._held -= len(self._files.popitem(last=False)[1])


_kept = _Kept()


def picture_png(pixels: NDArray[np.unsignedinteger], alpha: NDArray[np.unsignedinteger] | None,
                icc: bytes | None) -> bytes:
    """Pixels [H, W, 3] of 8 or 16 bits with alpha [H, W] and profile, losslessly.

    Saving again costs no second compression of what did not change.
    """
    key = _content(pixels, alpha, icc)
    data = _kept.get(key)
    if data is None:
        channels = pixels if alpha is None else np.dstack([pixels, alpha])
        data = encode_png(np.ascontiguousarray(channels), Extras(icc=icc), _FAST)
        _kept.put(key, data)
    return data


def keep_picture(pixels: NDArray[np.unsignedinteger], alpha: NDArray[np.unsignedinteger] | None,
                 icc: bytes | None, data: bytes) -> None:
    """Note the PNG file that a picture was just read from, for the next saving."""
    _kept.put(_content(pixels, alpha, icc), data)


def grey_png(coverage: NDArray[np.uint8]) -> bytes:
    """A mask [H, W] as a grey picture."""
    return encode_png(coverage, level=_FAST)


def read_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG file.

    Raises:
        ValueError: it is none, or larger than any photo may be.
    """
    if len(data) < 33 or not data.startswith(_SIGNATURE) or data[12:16] != b"IHDR":
        raise ValueError("it is no PNG picture")
    width, height = struct.unpack_from(">II", data, 16)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise ValueError("it is too large")
    return width, height


def decode_grey(data: bytes, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A mask [H, W] from an 8 bit grey PNG file of a known size.

    Raises:
        ValueError: it is something else, or damaged.
    """
    if read_size(data) != size or data[24:26] != bytes((8, _GREY)):
        raise ValueError("it does not fit its picture")
    return _decoded(data)


def decode_rgb(data: bytes, bit_depth: int) -> NDArray[np.unsignedinteger]:
    """Pixels [H, W, 3], read-only, from a PNG file of a known depth without transparency.

    Raises:
        ValueError: it is something else, or damaged.
    """
    read_size(data)
    if data[24:26] != bytes((bit_depth, _RGB)):
        raise ValueError("it has another bit depth than the portrait, or another kind of colour")
    pixels = cv2.cvtColor(_decoded(data), cv2.COLOR_BGR2RGB)
    pixels.setflags(write=False)
    return pixels


def _decoded(data: bytes) -> NDArray:
    _check_chunks(data)
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError("it is damaged") from error
    if found is None:
        raise ValueError("it is damaged")
    return found


def _check_chunks(data: bytes) -> None:
    """OpenCV fills what it cannot decode with black instead of failing, so damage is looked for first."""
    place, kind = len(_SIGNATURE), b""
    while place + 12 <= len(data) and kind != b"IEND":
        (length,) = struct.unpack_from(">I", data, place)
        kind, end = data[place + 4:place + 8], place + 8 + length
        if end + 4 > len(data):
            raise ValueError("it is cut off")
        if struct.unpack_from(">I", data, end)[0] != zlib.crc32(memoryview(data)[place + 4:end]):
            raise ValueError("it is damaged")
        place = end + 4
    if kind != b"IEND":
        raise ValueError("it is cut off")


def _content(pixels: NDArray[np.unsignedinteger], alpha: NDArray[np.unsignedinteger] | None,
             icc: bytes | None) -> bytes:
    found = hashlib.sha256(f"{pixels.shape}{pixels.dtype}{alpha is None}{icc is None}".encode())
    for part in (pixels, alpha):
        if part is not None:
            found.update(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data)
    found.update(icc or b"")
    return found.digest()
