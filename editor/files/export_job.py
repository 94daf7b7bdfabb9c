"""What the export dialog computes beside the window: the picture, how large its file becomes, how it will look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QObject, Signal
from shiboken6 import isValid

from core.document.composite import flatten
from core.document.document import Document
from core.document.geometry import Rect
from core.document.photo import Photo
from core.io.display import display_pixels
from core.io.export import ExportOptions, encode_export
from core.io.image import photo_from_bytes
from core.io.metadata import has_location
from core.io.originals import original_bytes, remember_original
from core.io.project import take_snapshot
from editor.background import in_background

SUFFIXES = {"PNG": ".png", "TIFF": ".tif", "JPEG": ".jpg", "WEBP": ".webp"}
TITLES = {"PNG": "PNG", "TIFF": "TIFF", "JPEG": "JPEG", "WEBP": "WebP"}
_LARGEST_EXACT = {"PNG": 10e6, "TIFF": 10e6, "JPEG": 60e6, "WEBP": 10e6}
"""Pixels that encode in about a second on one core; anything larger is estimated from parts of it."""
_LOSSLESS_WEBP = 4e6
_BANDS = 12
_LEAST_ROWS = 16
_TINY = 16
_BLOCK = 16
"""Largest blocks of JPEG and WebP; a crop that begins on their grid shows just what the whole file would."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Export", text)


def is_lossy(options: ExportOptions) -> bool:
    """Whether the file will not hold exactly the pixels."""
    return options.format == "JPEG" or (options.format == "WEBP" and not options.lossless)


class Picture:
    """The flattened document as it was when this was made; usable from any thread."""

    def __init__(self, document: Document) -> None:
        self._document = take_snapshot(document).document
        self._lock = Lock()
        self._pixels: NDArray[np.unsignedinteger] | None = None
        self._has_location: bool | None = None

    @property
    def photo(self) -> Photo:
        """The portrait it was made from."""
        return self._document.identity.photo

    def pixels(self) -> NDArray[np.unsignedinteger]:
        """[H, W, 3] of the photo's size and type; takes a moment the first time."""
        with self._lock:
            if self._pixels is None:
                self._pixels = flatten(self._document)
            return self._pixels

    def prepare(self) -> bool:
        """Find the photo's file once, which every encoding asks for; whether it tells a place."""
        with self._lock:
            if self._has_location is None:
                data = original_bytes(self.photo)
                if data is not None:
                    remember_original(self.photo, data)
                self._has_location = data is not None and has_location(self.photo)
            return self._has_location


@dataclass(frozen=True, eq=False)
class Estimate:
    """How large a file will be.

    Attributes:
        size: bytes.
        data: the file itself where it was made; None makes the size an approximation.
    """

    size: int
    data: bytes | None = None


def estimate(picture: Picture, options: ExportOptions) -> Estimate:
    """Encode the picture, or bands of it if the whole would take too long."""
    picture.prepare()
    pixels = picture.pixels()
    height, width = pixels.shape[:2]
    out_width, out_height = options.size or (width, height)
    budget = _budget(picture.photo, options)
    if out_width * out_height <= budget:
        data = encode_export(pixels, picture.photo, options)
        return Estimate(len(data), data)
    rows = _bands(height, round(height * budget / (out_width * out_height) / 2))
    part = _part(picture.photo, np.ascontiguousarray(pixels[rows]), rows)
    size = (out_width, max(1, round(len(rows) * out_height / height)))
    body = len(encode_export(part.pixels, part, replace(options, size=size)))
    tiny = Photo(np.ascontiguousarray(pixels[:_TINY, :_TINY]), None, picture.photo.icc)
    own = replace(options, size=(_TINY, _TINY))
    without, whole = (len(encode_export(tiny.pixels, photo, own)) for photo in (tiny, picture.photo))
    return Estimate(round(body * out_height / size[1] + max(0, whole - without)))


def _budget(photo: Photo, options: ExportOptions) -> float:
    budget = _LOSSLESS_WEBP if options.format == "WEBP" and options.lossless else _LARGEST_EXACT[options.format]
    deep = options.format in ("PNG", "TIFF") and not options.srgb and (options.bit_depth or photo.bit_depth) == 16
    return budget / 2 if deep else budget


def _bands(height: int, wanted: int) -> NDArray[np.intp]:
    """Rows of equal bands spread over the whole height."""
    rows = max(_LEAST_ROWS, wanted // _BANDS // _LEAST_ROWS * _LEAST_ROWS)
    starts = np.linspace(0, max(0, height - rows), _BANDS).astype(np.intp)
    return np.unique(np.minimum(starts[:, None] + np.arange(rows), height - 1))


def _part(photo: Photo, pixels: NDArray[np.unsignedinteger], rows: NDArray[np.intp]) -> Photo:
    alpha = None if photo.alpha is None else np.ascontiguousarray(photo.alpha[rows])
    return Photo(pixels, alpha, photo.icc)


@dataclass(frozen=True, eq=False)
class Crop:
    """The same part of the picture as it is and as the file will show it.

    Attributes:
        before, after: [h, w, 3] uint8 sRGB, one pixel of the file each.
    """

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]


def crop_rect(size: tuple[int, int], centre: tuple[float, float], wanted: tuple[int, int]) -> Rect:
    """A rectangle inside the exported picture, aligned with the blocks of the encoders.

    Args:
        size: width and height of the exported picture.
        centre: as shares 0..1 of both.
        wanted: its width and height; smaller where the picture is.
    """
    starts, ends = [], []
    for length, share, want in zip(size, centre, wanted, strict=True):
        begin = min(max(0, round(length * share) - want // 2), max(0, length - want))
        starts.append(begin // _BLOCK * _BLOCK)
        ends.append(min(length, starts[-1] + want))
    return Rect(starts[0], starts[1], ends[0], ends[1])


def make_crop(picture: Picture, options: ExportOptions, rect: Rect) -> Crop:
    """Encode and decode a part of the exported picture."""
    photo, pixels = picture.photo, picture.pixels()
    across, down = ((options.size[0] / photo.width, options.size[1] / photo.height) if options.size else (1.0, 1.0))
    inside = Rect(int(rect.x0 / across), int(rect.y0 / down), max(int(rect.x0 / across) + 1, round(rect.x1 / across)),
                  max(int(rect.y0 / down) + 1, round(rect.y1 / down)))
    part = Photo(np.ascontiguousarray(pixels[inside.slices()]), None, photo.icc)
    plain = replace(options, size=(rect.width, rect.height), metadata=False, provenance=False)
    after = _decoded(encode_export(part.pixels, part, plain))
    if not is_lossy(options):
        return Crop(after, after)
    before = replace(plain, format="PNG", bit_depth=8)
    return Crop(_decoded(encode_export(part.pixels, part, before)), after)


def _decoded(data: bytes) -> NDArray[np.uint8]:
    photo = photo_from_bytes(data, Path("preview"), minimum=1)
    return display_pixels(photo.pixels, photo.icc)


class Latest(QObject):
    """Runs one piece of work at a time beside the window; of those that were asked for meanwhile only the newest.

    Signals:
        done(object): what the newest returned.
        failed(Exception): what the newest raised.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running = False
        self._waiting: Callable[[], Any] | None = None
        self._stopped = False

    def ask(self, work: Callable[[], Any]) -> None:
        """Run this next; whatever waited is dropped, and what runs is no longer of interest."""
        self._waiting = work
        self._next()

    def stop(self) -> None:
        """Say nothing any more; for the end of whoever listens."""
        self._stopped, self._waiting = True, None

    def _next(self) -> None:
        if self._running or self._waiting is None or self._stopped:
            return
        work, self._waiting, self._running = self._waiting, None, True
        in_background(work, partial(self._over, True), partial(self._over, False))

    def _over(self, well: bool, value: Any) -> None:
        self._running = False
        # Who asked may have been closed and deleted without saying so.
        if self._stopped or not isValid(self):
            return
        if self._waiting is None:
            (self.done if well else self.failed).emit(value)
        self._next()


def size_text(size: int) -> str:
    """Bytes as people say them."""
    if size < 1000:
        return _tr("{0} bytes").format(size)
    if size < 999_500:
        return _tr("{0} KB").format(_rounded(size / 1e3))
    if size < 999_500_000:
        return _tr("{0} MB").format(_rounded(size / 1e6))
    return _tr("{0} GB").format(_rounded(size / 1e9))


def _rounded(value: float) -> str:
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
