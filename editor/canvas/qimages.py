"""The one place where pixels of numpy become images of Qt: it checks type, layout and size.

Every image made here owns its memory, so that no array can be freed under it; copying costs less than a millisecond
for anything that is drawn at once.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

LARGEST_SIDE = 32767

_FOUR_BYTES = {
    QImage.Format.Format_ARGB32_Premultiplied, QImage.Format.Format_ARGB32, QImage.Format.Format_RGB32,
}


class Surface:
    """An image to draw on together with its bytes as an array; both are the same memory.

    Keep the surface as long as either is in use, and never assign to the image, which would part the two.

    Attributes:
        image: ARGB32_Premultiplied unless another format of four bytes was asked for; not cleared.
        pixels: [h, w, 4] uint8 in the order B, G, R, A.
        words: the same as [h, w] uint32, 0xAARRGGBB.
    """

    def __init__(
        self, width: int, height: int, kind: QImage.Format = QImage.Format.Format_ARGB32_Premultiplied
    ) -> None:
        if kind not in _FOUR_BYTES:
            raise ValueError(f"a surface has four bytes per pixel, unlike {kind}")
        _check_size(width, height)
        self.image = QImage(width, height, kind)
        if self.image.isNull():
            raise MemoryError(f"no memory for an image of {width} x {height}")
        self.pixels = _bytes_of(self.image)
        self.words: NDArray[np.uint32] = self.pixels.view(np.uint32)[..., 0]


def rgb_image(rgb: NDArray[np.uint8]) -> QImage:
    """An opaque image (RGB32) of rgb [h, w, 3] uint8."""
    _check(rgb, 3)
    surface = Surface(rgb.shape[1], rgb.shape[0], QImage.Format.Format_RGB32)
    cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA, dst=surface.pixels)
    return surface.image


def straight(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> QImage:
    """An image (ARGB32) of rgb [h, w, 3] with coverage alpha [h, w], both uint8; Qt multiplies while drawing."""
    _check(rgb, 3)
    _check(alpha, 1)
    if rgb.shape[:2] != alpha.shape:
        raise ValueError(f"colour is {rgb.shape[:2]} but coverage {alpha.shape}")
    surface = Surface(rgb.shape[1], rgb.shape[0], QImage.Format.Format_ARGB32)
    cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA, dst=surface.pixels)
    cv2.insertChannel(np.ascontiguousarray(alpha), surface.pixels, 3)
    return surface.image


def mask_image(mask: NDArray[np.uint8]) -> QImage:
    """A grey image (Grayscale8) of mask [h, w] uint8."""
    _check(mask, 1)
    image = QImage(mask.shape[1], mask.shape[0], QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.bits(), np.uint8).reshape(mask.shape[0], image.bytesPerLine())
    rows[:, : mask.shape[1]] = mask
    return image


def _bytes_of(image: QImage) -> NDArray[np.uint8]:
    if image.bytesPerLine() != 4 * image.width():
        raise ValueError("rows of the image are padded")
    return np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.width(), 4)


def _check(array: NDArray[np.generic], channels: int) -> None:
    wanted = "[h, w]" if channels == 1 else f"[h, w, {channels}]"
    if array.dtype != np.uint8:
        raise ValueError(f"pixels must be uint8, not {array.dtype}")
    if array.ndim != (2 if channels == 1 else 3) or (channels > 1 and array.shape[2] != channels):
        raise ValueError(f"pixels must be {wanted}, not {array.shape}")
    _check_size(int(array.shape[1]), int(array.shape[0]))


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise ValueError(f"{width} x {height} is no possible size of an image")
