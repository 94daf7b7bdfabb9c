"""The file a photo came from, byte for byte: what a project keeps and what an export takes its metadata from."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from core.document.photo import Photo
from core.errors import InputRefused
from core.io.image import photo_from_bytes

_LARGEST = 512 << 20
_remembered: WeakKeyDictionary[Photo, bytes] = WeakKeyDictionary()
_lock = Lock()


def remember_original(photo: Photo, data: bytes) -> None:
    """Note the file that a photo was decoded from, for a photo whose file is not on the disk by itself."""
    with _lock:
        _remembered[photo] = data


def original_bytes(photo: Photo) -> bytes | None:
    """The file of a photo, if it still decodes to exactly this photo; None when it is gone or was changed.

    Reads and decodes the file, which takes as long as opening it did; usable from any thread.
    """
    with _lock:
        known = _remembered.get(photo)
    if known is not None:
        return known
    data = _file_content(photo.path)
    if data is None or not _same(data, photo):
        return None
    return data


def _file_content(path: Path | None) -> bytes | None:
    try:
        if path is None or not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        return path.read_bytes()
    except OSError:
        return None


def _same(data: bytes, photo: Photo) -> bool:
    try:
        found = photo_from_bytes(data, photo.path or Path("photo"))
    except InputRefused:
        return False
    if found.icc != photo.icc or (found.alpha is None) != (photo.alpha is None):
        return False
    if found.alpha is not None and photo.alpha is not None and not np.array_equal(found.alpha, photo.alpha):
        return False
    return found.pixels.dtype == photo.pixels.dtype and np.array_equal(found.pixels, photo.pixels)
