"""Colour profiles: what space one describes, and the way to sRGB from spaces the engine does not work in."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageCms

# A profile's colour space is four ASCII characters at this offset of its header (ICC.1:2022, 7.2).
_SPACE = slice(16, 20)
_SIGNATURE = slice(36, 40)
_DATE = slice(24, 36)
_MODES = {"CMYK": "CMYK", "GRAY": "L", "RGB": "RGB", "Lab": "LAB"}


def profile_space(icc: bytes | None) -> str:
    """Colour space an ICC profile describes ("RGB", "GRAY", "CMYK", "Lab", ...); "" for none or a damaged one."""
    if icc is None or len(icc) < 128 or icc[_SIGNATURE] != b"acsp":
        return ""
    return icc[_SPACE].decode("ascii", "replace").strip()


def profile_name(icc: bytes | None) -> str:
    """A profile's own description, or "sRGB (assumed)" where there is no usable one."""
    if not profile_space(icc) or icc is None:
        return "sRGB (assumed)"
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc))).strip()
    except (ImageCms.PyCMSError, OSError, ValueError):
        return "unreadable profile"


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """A profile of sRGB, always the same bytes."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # Else it would tell when it was made.
    profile[_DATE] = bytes(12)
    return bytes(profile)


def to_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """Convert an 8 bit image of any mode to RGB in sRGB, by its profile where that fits the mode, else plainly.

    Raises:
        ValueError: there is no way from this mode to RGB.
    """
    if icc is not None and _MODES.get(profile_space(icc)) == image.mode:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB",
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")
