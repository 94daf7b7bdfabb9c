"""Writes a finished picture as its photograph was: same size, depth, transparency and profile, or not at all."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from core.document.photo import Photo
from core.errors import CoiffeError, InputRefused
from core.io.atomic import atomic_path, check_writable, write_bytes
from core.io.image import read_photo

EXTENSIONS = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
LOSSLESS = ("PNG", "TIFF", "WEBP")
_LARGEST_SIDE = {"WEBP": 16_383, "JPEG": 65_535}


def check_output(path: Path | str, size: tuple[int, int] | None = None) -> str:
    """Refuse an output file that could not be written, before anything is computed.

    Args:
        path: the file to be written.
        size: width and height it will have, where known.

    Returns:
        The format by extension: "PNG", "TIFF", "JPEG" or "WEBP".

    Raises:
        InputRefused: unknown extension, folder missing or locked, or a picture too large for the format.
    """
    kind = EXTENSIONS.get(Path(path).suffix.lower())
    if kind is None:
        raise InputRefused(f"{path} cannot be written.", f"The extension {Path(path).suffix!r} is not known.",
                           f"Use one of {', '.join(EXTENSIONS)}.")
    check_writable(path)
    if size is not None and max(size) > _LARGEST_SIDE.get(kind, 1 << 31):
        raise InputRefused(f"{path} cannot be written.",
                           f"{kind} files end at {_LARGEST_SIDE[kind]} pixels per side, this picture is "
                           f"{size[0]} x {size[1]}.", "Use .png or .tif.")
    return kind


def write_photo(path: Path | str, pixels: NDArray[np.unsignedinteger], photo: Photo) -> tuple[str, ...]:
    """Write pixels with the depth, transparency and profile of photo; the file appears whole or not at all.

    PNG, TIFF and WEBP are lossless and are decoded again before they take the old file's place.

    Args:
        path: the format follows the extension.
        pixels: [H, W, 3] uint8 or uint16 RGB, of the photo's size and depth.
        photo: the identity it was made from.

    Returns:
        Warnings: what the format could not keep.

    Raises:
        InputRefused: the file cannot be written.
        CoiffeError: what was encoded does not decode to the same pixels.
    """
    path = Path(path)
    kind = check_output(path, (pixels.shape[1], pixels.shape[0]))
    alpha, notes = photo.alpha, []
    if alpha is not None and alpha.shape != pixels.shape[:2]:
        alpha = None
    if pixels.dtype == np.uint16 and kind in ("JPEG", "WEBP"):
        notes.append(f"{path.name}: {kind} holds 8 bits only; the 16 bit picture was reduced. Use .png or .tif.")
        pixels, alpha = _reduce(pixels), None if alpha is None else _reduce(alpha)
    if kind == "JPEG":
        notes.append(f"{path.name}: JPEG is lossy, so pixels outside the edit change slightly. Use .png or .tif.")
        if alpha is not None:
            notes.append(f"{path.name}: JPEG has no transparency; it was left out.")
            alpha = None
    channels = pixels if alpha is None else np.dstack([pixels, alpha])
    data = _ENCODERS[kind](np.ascontiguousarray(channels), photo.icc)
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
        if kind in LOSSLESS:
            _verify(temporary, pixels, alpha)
    return tuple(notes)


def write_plain(path: Path | str, image: NDArray[np.uint8]) -> None:
    """Write an 8 bit picture [H, W] or [H, W, 3] (a crop, a mask, a preview) without a profile.

    Raises:
        InputRefused: the file cannot be written.
    """
    kind = check_output(path, (image.shape[1], image.shape[0]))
    channels = image if image.ndim == 3 or kind == "PNG" else np.repeat(image[..., None], 3, axis=2)
    write_bytes(path, _ENCODERS[kind](np.ascontiguousarray(channels), None))


def _verify(path: Path, pixels: NDArray, alpha: NDArray | None) -> None:
    if min(pixels.shape[:2]) < 64:
        return
    back = read_photo(path)
    same_alpha = (alpha is None) == (back.alpha is None) and (
        alpha is None or back.alpha is None or np.array_equal(back.alpha, alpha))
    if not np.array_equal(back.pixels, pixels) or not same_alpha:
        raise CoiffeError(f"{path.name} reads back differently from what was written.", "The disk may be failing.",
                          "Write to another place.")


def _encode_png(channels: NDArray, icc: bytes | None) -> bytes:
    if channels.ndim == 3:
        code = cv2.COLOR_RGBA2BGRA if channels.shape[2] == 4 else cv2.COLOR_RGB2BGR
        channels = cv2.cvtColor(channels, code)
    done, encoded = cv2.imencode(".png", channels, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    if not done:
        raise CoiffeError("The picture could not be encoded as PNG.", "", "Try .tif.")
    data = encoded.tobytes()
    if icc is None:
        return data
    # The profile chunk belongs right after the header chunk, which always ends at byte 33 (PNG 3rd ed., 11.3.2.3).
    body = b"iCCP" + b"ICC profile\0\0" + zlib.compress(icc)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]


def _encode_tiff(channels: NDArray, icc: bytes | None) -> bytes:
    stream = io.BytesIO()
    extra = ["unassalpha"] if channels.shape[2] == 4 else None
    tifffile.imwrite(stream, channels, photometric="rgb", compression="zlib", extrasamples=extra, iccprofile=icc,
                     metadata=None, software="Coiffe")
    return stream.getvalue()


def _encode_jpeg(channels: NDArray, icc: bytes | None) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(channels).save(stream, "JPEG", quality=95, subsampling=0, icc_profile=icc)
    return stream.getvalue()


def _encode_webp(channels: NDArray, icc: bytes | None) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(channels).save(stream, "WEBP", lossless=True, exact=True, quality=50, icc_profile=icc)
    return stream.getvalue()


def _reduce(values: NDArray) -> NDArray[np.uint8]:
    return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


_ENCODERS = {"PNG": _encode_png, "TIFF": _encode_tiff, "JPEG": _encode_jpeg, "WEBP": _encode_webp}
