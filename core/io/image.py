"""Photographs and masks from files nobody has vetted: sniffed, measured by their header, and only then decoded."""

from __future__ import annotations

import io
import struct
import warnings as python_warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from core.document.photo import Photo
from core.errors import InputRefused
from core.io.profile import profile_space, to_srgb

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
MAX_PIXELS = 100_000_000
MAX_SIDE = 60_000
MIN_SIDE = 64
_MAX_FILE = 2 << 30
_ORIENTATION = 0x0112
_ACCEPTED = "PNG, JPEG, WEBP, TIFF and BMP files can be opened."
# Pillow's own limits then follow the same budget, for every reader in the process.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_DECODING_ERRORS = (
    OSError, ValueError, TypeError, SyntaxError, EOFError, IndexError, KeyError, AttributeError, OverflowError,
    ZeroDivisionError, NotImplementedError, RuntimeError, struct.error, zlib.error,
)


@dataclass
class _Header:
    """What a file says of itself before anything is decoded."""

    format: str
    width: int
    height: int
    mode: str
    frames: int
    sixteen: bool
    orientation: int
    icc: bytes | None


def read_photo(path: Path | str, *, warnings: list[str] | None = None) -> Photo:
    """Read a photograph, upright, 8 or 16 bit, in its own profile.

    Grey and palette files become RGB; CMYK and grey files with a profile are converted to sRGB by it.

    Args:
        path: a PNG, JPEG, WEBP, TIFF or BMP file; the extension does not matter.
        warnings: receives what the user should know (several frames, dropped profile).

    Raises:
        InputRefused: not there, not such an image, damaged, too large or too small.
    """
    path = Path(path)
    return photo_from_bytes(_read_bytes(path), path, warnings=warnings)


def photo_from_bytes(data: bytes, path: Path, *, minimum: int = MIN_SIDE, warnings: list[str] | None = None) -> Photo:
    """The same for the content of a file that is already in memory.

    Args:
        data: the whole file.
        path: where it came from, for messages and ``Photo.path``; need not exist.
        minimum: fewest pixels on each side.
        warnings: receives what the user should know.

    Raises:
        InputRefused: not such an image, damaged, too large or too small.
    """
    header = _read_header(path, data, minimum=minimum)
    notes: list[str] = []
    if header.frames > 1:
        notes.append(f"{path.name} holds {header.frames} pictures; the first one is used.")
    channels, icc = _decode(path, data, header, notes)
    pixels, alpha = _split(channels)
    if icc is not None and profile_space(icc) != "RGB":
        notes.append(f"{path.name}: its colour profile does not fit its pixels and is left out; sRGB is assumed.")
        icc = None
    pixels.setflags(write=False)
    if alpha is not None:
        alpha.setflags(write=False)
    if warnings is not None:
        warnings.extend(notes)
    return Photo(pixels=pixels, alpha=alpha, icc=icc, path=path, source_mode=header.mode)


def read_mask(path: Path | str, size: tuple[int, int], *, name: str) -> NDArray[np.uint8]:
    """Read a mask for a photo of the given size.

    White (or any bright colour) means masked. Transparent pixels are not masked; a mask painted in one colour on
    transparency is that paint's coverage, whatever the colour.

    Args:
        path: the file, any mode the photo reader accepts.
        size: width and height the mask must have (those of its photo, upright).
        name: what the mask is called in messages, e.g. "hair mask of the identity".

    Returns:
        [H, W] uint8, 0 outside, 255 inside, soft edges kept.

    Raises:
        InputRefused: not an image, damaged, or of another size.
    """
    path = Path(path)
    data = _read_bytes(path)
    header = _read_header(path, data, minimum=1)
    turned = header.orientation >= 5
    found = (header.height, header.width) if turned else (header.width, header.height)
    if found != tuple(size):
        raise InputRefused(
            f"The {name} ({path}) does not fit.",
            f"It is {found[0]} x {found[1]} pixels, its photograph is {size[0]} x {size[1]}.",
            "Paint the mask on the photograph at its full size.",
        )
    channels, _ = _decode(path, data, header, [])
    pixels, alpha = _split(channels)
    grey, cover = _to_8_bit(pixels).max(axis=2), None if alpha is None else _to_8_bit(alpha)
    if cover is None:
        return grey
    painted = grey[cover > 0]
    if painted.size and cover.min() == 0 and painted.min() == painted.max():
        return cover
    return (grey.astype(np.uint16) * cover // 255).astype(np.uint8)


def _read_bytes(path: Path) -> bytes:
    what = f"{path} cannot be opened."
    if path.is_dir():
        raise InputRefused(what, "It is a folder.", "Name a picture inside it.")
    try:
        size = path.stat().st_size
        if size > _MAX_FILE:
            raise InputRefused(what, f"The file has {size / 2**30:.1f} GB.", "Save a smaller copy.")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputRefused(what, "There is no such file.", "Check the name and the folder.") from error
    except OSError as error:
        raise InputRefused(what, error.strerror or str(error), "Check that it may be read.") from error
    if not data:
        raise InputRefused(what, "The file is empty.", "Copy it again from where it came.")
    return data


def _read_header(path: Path, data: bytes, *, minimum: int) -> _Header:
    what = f"{path} cannot be opened."
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            width, height = image.size
            # Before anything else is asked: Pillow decodes a whole PNG to look for EXIF data behind its pixels.
            _check_size(path, width, height, minimum)
            format_name = "JPEG" if image.format == "MPO" else str(image.format)
            # The stored orientation: Pillow itself turns TIFF pixels, and reports their size already turned.
            turned = format_name != "TIFF" and _may_have_exif(format_name, data)
            orientation = int(image.getexif().get(_ORIENTATION, 1) or 1) if turned else 1
            sixteen = _is_sixteen(format_name, data, image)
            frames = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
            icc = image.info.get("icc_profile") or None
            mode = f"{image.mode};16" if sixteen and ";" not in image.mode else image.mode
    except Image.DecompressionBombError as error:
        raise _too_large(path, "more than 200") from error
    except UnidentifiedImageError as error:
        why = "It is not a picture in a format that is understood, or its beginning is damaged."
        raise InputRefused(what, why, _ACCEPTED) from error
    except _DECODING_ERRORS as error:
        raise InputRefused(what, f"The file is damaged or cut off ({_reason(error)}).", _ACCEPTED) from error
    orientation = orientation if 1 <= orientation <= 8 else 1
    return _Header(format_name, width, height, mode, frames, sixteen, orientation, icc)


def _may_have_exif(format_name: str, data: bytes) -> bool:
    """Whether it is worth asking Pillow, which decodes the whole of a PNG in which there is none."""
    return format_name != "PNG" or any(mark in data for mark in (b"eXIf", b"Raw profile type", b"XML:com.adobe.xmp"))


def _is_sixteen(format_name: str, data: bytes, image: Image.Image) -> bool:
    if format_name == "PNG":
        return len(data) > 24 and data[24] == 16
    if format_name != "TIFF":
        return False
    tags = getattr(image, "tag_v2", {})
    bits, kinds = tags.get(258, (1,)), tags.get(339, (1,))
    return all(bit == 16 for bit in bits) and all(kind == 1 for kind in kinds) and tags.get(262) in (0, 1, 2)


def _check_size(path: Path, width: int, height: int, minimum: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise _too_large(path, f"{width} x {height} = {width * height / 1e6:.0f}")
    if min(width, height) < minimum:
        raise InputRefused(f"{path} is too small.", f"It has {width} x {height} pixels.",
                           f"A portrait needs at least {minimum} pixels on each side.")


def _too_large(path: Path, megapixels: str) -> InputRefused:
    return InputRefused(f"{path} is too large.",
                        f"It has {megapixels} million pixels, the limit is {MAX_PIXELS // 1_000_000} million.",
                        "Save a smaller copy, or crop it.")


def _decode(path: Path, data: bytes, header: _Header, notes: list[str]) -> tuple[NDArray, bytes | None]:
    """All channels [H, W, 3 or 4], upright, uint8 or uint16, and the profile they are in."""
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            if header.sixteen:
                channels, icc = _decode_sixteen(data, header), header.icc
                if profile_space(icc) == "GRAY":
                    icc = None
            else:
                channels, icc = _decode_eight(data, header)
    except MemoryError as error:
        raise InputRefused(f"{path} cannot be opened.", "There is not enough memory for it.",
                           "Close other programs, or save a smaller copy.") from error
    except (*_DECODING_ERRORS, cv2.error, Image.DecompressionBombError) as error:
        raise InputRefused(f"{path} cannot be decoded.", f"The file is damaged or cut off ({_reason(error)}).",
                           "Copy it again from where it came, or save it anew as PNG or JPEG.") from error
    if channels.shape[:2] != (header.height, header.width):
        raise InputRefused(f"{path} cannot be decoded.", "Its pixels do not match its header.",
                           "Save it anew as PNG or JPEG.")
    if header.mode.startswith("CMYK"):
        notes.append(f"{path.name} is CMYK and was converted to sRGB.")
    return _turn(channels, header.orientation), icc


def _decode_eight(data: bytes, header: _Header) -> tuple[NDArray, bytes | None]:
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    image.load()
    if "transparency" in image.info or image.mode in ("PA", "LA", "La", "RGBa"):
        image = image.convert("RGBA")
    if image.mode in ("I", "F"):
        raise ValueError("32 bit pixels are not supported, save it with 8 or 16 bits")
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8))
    if image.mode in ("RGB", "RGBA"):
        return np.array(image), header.icc
    if image.mode in ("1", "P", "YCbCr", "RGBX", "HSV"):
        rgb_profile = header.icc if profile_space(header.icc) == "RGB" else None
        return np.array(image.convert("RGB")), rgb_profile
    # With a fitting profile the picture is now sRGB; a grey one that carries an RGB profile keeps its values.
    keep = header.icc if image.mode == "L" and profile_space(header.icc) == "RGB" else None
    return np.array(to_srgb(image, header.icc)), keep


def _decode_sixteen(data: bytes, header: _Header) -> NDArray:
    # Pillow reduces 16 bit colour to 8, so OpenCV decodes these; it forgives a missing end, so that is checked first.
    if header.format == "PNG":
        Image.open(io.BytesIO(data), formats=("PNG",)).verify()
    else:
        _check_strips(data)
    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    channels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if channels is None or channels.dtype != np.uint16:
        raise ValueError("its 16 bit pixels cannot be decoded")
    if channels.ndim == 2:
        return np.repeat(channels[..., None], 3, axis=2)
    order = cv2.COLOR_BGRA2RGBA if channels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(channels, order)


def _check_strips(data: bytes) -> None:
    tags = getattr(Image.open(io.BytesIO(data), formats=("TIFF",)), "tag_v2", {})
    for offsets, counts in ((273, 279), (324, 325)):
        for offset, count in zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False):
            if offset + count > len(data):
                raise ValueError("its pixels end beyond the file")


def _split(channels: NDArray) -> tuple[NDArray, NDArray | None]:
    if channels.shape[2] == 4:
        return np.ascontiguousarray(channels[..., :3]), np.ascontiguousarray(channels[..., 3])
    return np.ascontiguousarray(channels), None


def _turn(array: NDArray, orientation: int) -> NDArray:
    """Undo the camera's EXIF orientation (EXIF 2.32, tag 274) on [H, W, C]."""
    if orientation >= 5:
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return array


def _to_8_bit(values: NDArray) -> NDArray[np.uint8]:
    return (values >> 8).astype(np.uint8) if values.dtype == np.uint16 else values.astype(np.uint8)


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0].strip() or type(error).__name__
