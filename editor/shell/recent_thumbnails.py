"""Small pictures of recent files for the start page, made beside the window and kept as PNG files."""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from core.io.atomic import atomic_path
from core.io.image import FORMATS, MAX_PIXELS
from core.io.profile import to_srgb
from editor.background import in_background

SIDE = 320
_ENTRY = "Thumbnails/thumbnail.png"
_LARGEST_ENTRY = 4 << 20
_ERRORS = (OSError, ValueError, SyntaxError, KeyError, zipfile.BadZipFile, Image.DecompressionBombError)
_log = logging.getLogger(__name__)


class RecentThumbnails(QObject):
    """Thumbnails by file; asks for one at a time, so that opening a photo never waits behind them.

    Args:
        folder: where they are kept.

    Signals:
        made(Path): the thumbnail of this file is there, or newer.
    """

    made = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._wanted: dict[Path, NDArray[np.uint8] | None] = {}
        self._busy = False

    def pixmap(self, path: Path) -> QPixmap:
        """The thumbnail of a file if it is there and not older than the file; else a null one."""
        kept = self._kept(path)
        try:
            fresh = kept.stat().st_mtime >= path.stat().st_mtime
        except OSError:
            return QPixmap()
        return QPixmap(str(kept)) if fresh else QPixmap()

    def request(self, path: Path, pixels: NDArray[np.uint8] | None = None) -> None:
        """Make the thumbnail of a file, if it can be read; ``made`` tells when it is there.

        Args:
            path: of the file.
            pixels: [H, W, 3] sRGB of the photo in it, which then does not have to be read once more.
        """
        if path not in self._wanted:
            self._wanted[path] = pixels
            self._next()

    def stop(self) -> None:
        """Make no more of them."""
        self._wanted.clear()

    def _kept(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(str(path).encode('utf-8', 'surrogateescape')).hexdigest()[:24]}.png"

    def _next(self) -> None:
        if not self._busy and self._wanted:
            self._busy = True
            path, pixels = next(iter(self._wanted.items()))
            in_background(partial(make_thumbnail, path, self._kept(path), pixels), partial(self._done, path),
                          partial(self._failed, path))

    def _done(self, path: Path, _nothing: object) -> None:
        self._over(path)
        self.made.emit(path)

    def _failed(self, path: Path, error: Exception) -> None:
        _log.info("no thumbnail of %s: %s", path, error)
        self._over(path)

    def _over(self, path: Path) -> None:
        self._busy = False
        self._wanted.pop(path, None)
        self._next()


def make_thumbnail(path: Path, target: Path, pixels: NDArray[np.uint8] | None = None) -> None:
    """Write a PNG of at most ``SIDE`` pixels.

    Args:
        path: a photo or project.
        target: the PNG file.
        pixels: [H, W, 3] sRGB of the photo; None reads it.

    Raises:
        ValueError: the file is no picture or project that can be shown.
    """
    try:
        if pixels is not None:
            image = _reduced(pixels)
        else:
            image = _project_picture(path) if zipfile.is_zipfile(path) else _photo_picture(path)
        image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(target) as file:
            # Made beside the window, and read once: fast matters more than small.
            image.save(file, format="PNG", compress_level=1)
    except _ERRORS as error:
        raise ValueError(f"it cannot be shown: {error}") from error


def _reduced(pixels: NDArray[np.uint8]) -> Image.Image:
    height, width = pixels.shape[:2]
    scale = min(1.0, 2 * SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return Image.fromarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _project_picture(path: Path) -> Image.Image:
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo(_ENTRY).file_size > _LARGEST_ENTRY:
            raise ValueError("its thumbnail is too large")
        with Image.open(io.BytesIO(archive.read(_ENTRY)), formats=("PNG",)) as image:
            return image.convert("RGB")


def _photo_picture(path: Path) -> Image.Image:
    with Image.open(path, formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("it is too large")
        # JPEG files can be decoded at an eighth of their size.
        image.draft("RGB", (SIDE * 2, SIDE * 2))
        icc = image.info.get("icc_profile")
        image.thumbnail((SIDE * 2, SIDE * 2))
        turned = ImageOps.exif_transpose(image)
        if turned.mode.startswith(("I", "F")):
            turned = turned.point(lambda value: value / 256).convert("L")
        return to_srgb(turned, icc)
