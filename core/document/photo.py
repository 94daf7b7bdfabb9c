"""A photograph as its owner shot it: the untouched pixels everything else refers back to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Photo:
    """Pixels in photo space, upright (EXIF rotation applied).

    Attributes:
        pixels: [H, W, 3] uint8 or uint16, RGB in the photo's own profile. Never written to.
        alpha: [H, W] of the same type, or None when the file had no transparency.
        icc: embedded ICC profile, or None (then sRGB is assumed).
        path: the file it came from, or None.
        source_mode: how the file stored colour ("RGB", "L", "P", "CMYK", "I;16", ...), for messages.
        mended: whether what the user ignores in it was filled from around it.
    """

    pixels: NDArray[np.unsignedinteger]
    alpha: NDArray[np.unsignedinteger] | None = None
    icc: bytes | None = None
    path: Path | None = None
    source_mode: str = "RGB"
    mended: bool = False

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def bit_depth(self) -> int:
        return 16 if self.pixels.dtype == np.uint16 else 8

    @property
    def name(self) -> str:
        return self.path.name if self.path else "untitled"

    @property
    def digest(self) -> str:
        """SHA-256 of size, type and pixels: the cache key of everything computed from this photo."""
        found = self.__dict__.get("digest")
        if found is None:
            # No lock and no copy: the window must not wait while another thread reads a large photo.
            found = hashlib.sha256(f"{self.pixels.shape}{self.pixels.dtype}".encode())
            found.update(np.ascontiguousarray(self.pixels).reshape(-1).view(np.uint8).data)
            found = self.__dict__["digest"] = found.hexdigest()
        return found

    def rgb(self) -> NDArray[np.float32]:
        """Display-encoded colour [H, W, 3], float32 in 0..1."""
        scale = 65535.0 if self.bit_depth == 16 else 255.0
        return self.pixels.astype(np.float32) / np.float32(scale)

    def rgb8(self) -> NDArray[np.uint8]:
        """The same in 8 bits [H, W, 3], for detectors and previews."""
        if self.bit_depth == 8:
            return self.pixels.astype(np.uint8, copy=False)
        return ((self.pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
