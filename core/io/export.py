"""Writes a finished picture as its photograph was: same size, depth, transparency and profile, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo
from core.errors import CoiffeError, InputRefused
from core.io.atomic import atomic_path, check_writable, write_bytes
from core.io.display import display_pixels
from core.io.encode import Extras, encode_jpeg, encode_png, encode_tiff, encode_webp
from core.io.image import MAX_PIXELS, read_photo
from core.io.metadata import export_extras
from core.io.profile import srgb_profile

EXTENSIONS = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
LOSSLESS = ("PNG", "TIFF", "WEBP")
_LARGEST_SIDE = {"WEBP": 16_383, "JPEG": 65_535}
_EIGHT_BIT_ONLY = ("JPEG", "WEBP")


@dataclass(frozen=True)
class ExportOptions:
    """What the artist chose about a picture to be exported.

    Attributes:
        format: "PNG", "TIFF", "JPEG" or "WEBP".
        bit_depth: 8 or 16, 0 = the photo's; JPEG and WEBP always have 8.
        quality: 1..100 for JPEG and lossy WEBP.
        lossless: of WEBP; PNG and TIFF are lossless anyway.
        metadata: keep the photo's EXIF and declare in XMP that the picture is a composite with synthetic parts.
        location: keep the GPS position among them.
        provenance: that declaration by itself, None = with the metadata.
        srgb: convert from the photo's profile to sRGB, with 8 bits only.
        size: width and height, None = the photo's.
    """

    format: str = "PNG"
    bit_depth: int = 0
    quality: int = 95
    lossless: bool = True
    metadata: bool = True
    location: bool = True
    provenance: bool | None = None
    srgb: bool = False
    size: tuple[int, int] | None = None


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
    data = _ENCODERS[kind](np.ascontiguousarray(channels), Extras(icc=photo.icc))
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
    write_bytes(path, _ENCODERS[kind](np.ascontiguousarray(channels)))


def encode_export(pixels: NDArray[np.unsignedinteger], photo: Photo, options: ExportOptions) -> bytes:
    """A picture as the bytes of a file, with the photo's profile and transparency where the format can.

    At the photo's own size and depth the pixels of PNG, TIFF and lossless WEBP are exactly those given.

    Args:
        pixels: [H, W, 3] uint8 or uint16 RGB, of the photo's size.
        photo: the identity it was made from; its file is read for the metadata.
        options: see there.

    Raises:
        InputRefused: the format cannot hold the size, or an option is out of range.
        CoiffeError: it cannot be encoded.
    """
    size = options.size or (int(pixels.shape[1]), int(pixels.shape[0]))
    _check_options(options, size)
    alpha = photo.alpha if photo.alpha is not None and photo.alpha.shape == pixels.shape[:2] else None
    if options.format == "JPEG":
        alpha = None
    pixels, alpha = _resized(pixels, alpha, size)
    depth = _depth(photo, options)
    pixels = _at_depth(pixels, depth)
    if options.srgb:
        pixels = display_pixels(pixels, photo.icc)
    channels = pixels if alpha is None else np.dstack([pixels, _at_depth(alpha, depth)])
    channels = np.ascontiguousarray(channels)
    extras = export_extras(photo, size, metadata=options.metadata, location=options.location,
                           provenance=options.provenance)
    if options.srgb:
        extras = replace(extras, icc=srgb_profile())
    if options.format == "JPEG":
        return encode_jpeg(channels, extras, options.quality)
    if options.format == "WEBP":
        return encode_webp(channels, extras, options.quality, options.lossless)
    return _ENCODERS[options.format](channels, extras)


def export_notes(photo: Photo, options: ExportOptions) -> tuple[str, ...]:
    """What the chosen format and options will not keep, one sentence each."""
    notes = []
    if _depth(photo, options) < photo.bit_depth:
        why = f"{options.format} holds 8 bits only" if options.format in _EIGHT_BIT_ONLY else "8 bits were chosen"
        notes.append(f"{why}; the 16 bit picture is reduced.")
    if options.format == "JPEG" and photo.alpha is not None:
        notes.append("JPEG has no transparency; it is left out.")
    if options.format == "JPEG" or (options.format == "WEBP" and not options.lossless):
        notes.append(f"{options.format} at this quality is lossy, so pixels outside the edit change slightly.")
    if options.size not in (None, (photo.width, photo.height)):
        notes.append("Another size than the photo's: all pixels are computed anew.")
    return tuple(notes)


def _check_options(options: ExportOptions, size: tuple[int, int]) -> None:
    what = "The picture cannot be exported."
    if options.format not in _ENCODERS:
        raise InputRefused(what, f"The format {options.format!r} is not known.",
                           f"Use one of {', '.join(_ENCODERS)}.")
    if options.bit_depth not in (0, 8, 16) or not 1 <= options.quality <= 100:
        raise InputRefused(what, "Its depth or quality is out of range.", "Use 8 or 16 bits and a quality of 1 to 100.")
    if options.srgb and options.bit_depth == 16:
        raise InputRefused(what, "Only 8 bits can be converted to sRGB.", "Choose 8 bits, or keep the profile.")
    if min(size) < 1 or size[0] * size[1] > MAX_PIXELS:
        raise InputRefused(what, f"{size[0]} x {size[1]} pixels are too few or too many.", "Choose another size.")
    if max(size) > _LARGEST_SIDE.get(options.format, 1 << 31):
        raise InputRefused(what, f"{options.format} files end at {_LARGEST_SIDE[options.format]} pixels per side, this "
                           f"picture is {size[0]} x {size[1]}.", "Choose PNG or TIFF, or a smaller size.")


def _depth(photo: Photo, options: ExportOptions) -> int:
    return 8 if options.format in _EIGHT_BIT_ONLY or options.srgb else options.bit_depth or photo.bit_depth


def _at_depth(values: NDArray[np.unsignedinteger], depth: int) -> NDArray[np.unsignedinteger]:
    if depth == 8 and values.dtype == np.uint16:
        return _reduce(values)
    if depth == 16 and values.dtype == np.uint8:
        return values.astype(np.uint16) * np.uint16(257)
    return values


def _resized(pixels: NDArray[np.unsignedinteger], alpha: NDArray[np.unsignedinteger] | None, size: tuple[int, int],
             ) -> tuple[NDArray[np.unsignedinteger], NDArray[np.unsignedinteger] | None]:
    """Pixels and alpha at another size: averaged when smaller, Lanczos when larger."""
    height, width = pixels.shape[:2]
    if size == (width, height):
        return pixels, alpha
    largest = np.float32(np.iinfo(pixels.dtype).max)
    smaller = size[0] <= width and size[1] <= height
    method = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    colour = pixels.astype(np.float32)
    if alpha is None:
        return _rounded(cv2.resize(colour, size, interpolation=method), largest, pixels.dtype), None
    # Weighted by their coverage, or hidden colours would bleed into the visible ones.
    cover = alpha.astype(np.float32) / largest
    colour = cv2.resize(colour * cover[..., None], size, interpolation=method)
    cover = np.clip(cv2.resize(cover, size, interpolation=method), 0, 1)
    colour /= np.maximum(cover, np.float32(1e-6))[..., None]
    return _rounded(colour, largest, pixels.dtype), _rounded(cover * largest, largest, pixels.dtype)


def _rounded(values: NDArray[np.floating], largest: np.float32, kind: np.dtype) -> NDArray[np.unsignedinteger]:
    return np.rint(np.clip(values, 0, largest)).astype(kind)


def _verify(path: Path, pixels: NDArray, alpha: NDArray | None) -> None:
    if min(pixels.shape[:2]) < 64:
        return
    back = read_photo(path)
    same_alpha = (alpha is None) == (back.alpha is None) and (
        alpha is None or back.alpha is None or np.array_equal(back.alpha, alpha))
    if not np.array_equal(back.pixels, pixels) or not same_alpha:
        raise CoiffeError(f"{path.name} reads back differently from what was written.", "The disk may be failing.",
                          "Write to another place.")


def _reduce(values: NDArray) -> NDArray[np.uint8]:
    return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


_ENCODERS = {"PNG": encode_png, "TIFF": encode_tiff, "JPEG": encode_jpeg, "WEBP": encode_webp}
