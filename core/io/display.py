"""From a photo's own pixels to what a screen is given: 8 bit sRGB."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from core.io.profile import profile_space

_STRIP = 128


def display_pixels(pixels: NDArray[np.unsignedinteger], icc: bytes | None) -> NDArray[np.uint8]:
    """Pixels [H, W, 3] uint8 or uint16 in the profile ``icc`` (None: sRGB) as [H, W, 3] uint8 sRGB.

    The very array comes back where nothing has to change; it is not to be written to.
    """
    if pixels.dtype == np.uint16:
        eight = np.empty(pixels.shape, np.uint8)
        for top in range(0, len(pixels), _STRIP):
            part = pixels[top : top + _STRIP].astype(np.uint32)
            eight[top : top + _STRIP] = (part * 255 + 32767) // 65535
    else:
        eight = pixels.astype(np.uint8, copy=False)
    transform = _transform(icc) if icc is not None else None
    if transform is None:
        return eight
    result = np.empty_like(eight)
    # In strips, so that other threads get their turn in between.
    for top in range(0, len(eight), _STRIP):
        strip = Image.fromarray(np.ascontiguousarray(eight[top : top + _STRIP]))
        result[top : top + _STRIP] = np.asarray(ImageCms.applyTransform(strip, transform))
    return result


@lru_cache(maxsize=4)
def _transform(icc: bytes) -> ImageCms.ImageCmsTransform | None:
    """The way from a profile to sRGB; None where that changes nothing or the profile cannot be used."""
    if profile_space(icc) != "RGB":
        return None
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"), "RGB", "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION)
        levels = np.linspace(0, 255, 9).astype(np.uint8)
        lattice = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(27, 27, 3)
        turned = np.asarray(ImageCms.applyTransform(Image.fromarray(lattice), transform))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    # One step of rounding is what a profile of sRGB itself makes of it.
    return transform if np.abs(turned.astype(int) - lattice).max() > 1 else None
