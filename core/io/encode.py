"""Pictures as bytes of a file format, with profile, EXIF and XMP; nothing is written to disk here."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from core.errors import CoiffeError

_EXIF_POINTERS = (34665, 34853)
_HEADER_END = 33
"""A PNG's header chunk always ends here; profile and metadata belong right behind it (PNG 3rd ed., 5.6)."""


@dataclass(frozen=True)
class Extras:
    """What travels with the pixels.

    Attributes:
        icc: profile.
        exif: descriptive tags, structured as Pillow keeps them; None = none.
        xmp: packet, or empty.
        dpi: pixels per inch across and down, or None.
    """

    icc: bytes | None = None
    exif: Image.Exif | None = None
    xmp: bytes = b""
    dpi: tuple[float, float] | None = None

    def exif_bytes(self) -> bytes:
        """The EXIF block of a JPEG file, empty for none."""
        return b"" if self.exif is None else self.exif.tobytes()


_NOTHING = Extras()


def encode_png(channels: NDArray[np.unsignedinteger], extras: Extras = _NOTHING, level: int = 4) -> bytes:
    """A PNG file.

    Args:
        channels: [H, W], [H, W, 3] or [H, W, 4] uint8 or uint16, grey, RGB or RGBA.
        extras: profile and metadata.
        level: effort of compression, 0..9.

    Raises:
        CoiffeError: it cannot be encoded.
    """
    if channels.ndim == 3:
        code = cv2.COLOR_RGBA2BGRA if channels.shape[2] == 4 else cv2.COLOR_RGB2BGR
        channels = cv2.cvtColor(channels, code)
    done, encoded = cv2.imencode(".png", channels, [cv2.IMWRITE_PNG_COMPRESSION, level])
    if not done:
        raise CoiffeError("The picture could not be encoded as PNG.", "", "Try .tif.")
    data = encoded.tobytes()
    chunks = b""
    if extras.icc is not None:
        chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(extras.icc))
    if extras.dpi is not None:
        across, down = (round(value / 0.0254) for value in extras.dpi)
        chunks += _chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    exif = extras.exif_bytes()
    if exif:
        chunks += _chunk(b"eXIf", exif.removeprefix(b"Exif\0\0"))
    if extras.xmp:
        chunks += _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + extras.xmp)
    return data[:_HEADER_END] + chunks + data[_HEADER_END:]


def encode_tiff(channels: NDArray[np.unsignedinteger], extras: Extras = _NOTHING) -> bytes:
    """A TIFF file of [H, W, 3] or [H, W, 4] uint8 or uint16 pixels, losslessly compressed."""
    stream = io.BytesIO()
    tags: list[tuple[int, int, int, object, bool]] = []
    if extras.xmp:
        tags.append((700, 1, len(extras.xmp), extras.xmp, True))
    if extras.exif is not None:
        for tag in (270, 271, 272, 306, 315, 316, 33432):
            text = extras.exif.get(tag)
            if isinstance(text, str) and text:
                raw = text.encode("utf-8", "replace") + b"\0"
                tags.append((tag, 2, len(raw), raw, True))
    resolution = {} if extras.dpi is None else {"resolution": extras.dpi, "resolutionunit": "INCH"}
    tifffile.imwrite(
        stream, channels, photometric="rgb", compression="zlib", iccprofile=extras.icc, metadata=None,
        extrasamples=["unassalpha"] if channels.shape[2] == 4 else None, byteorder="<", software="Coiffe",
        extratags=tags, **resolution)
    return _with_directories(stream.getvalue(), _exif_directories(extras.exif))


def encode_jpeg(channels: NDArray[np.uint8], extras: Extras = _NOTHING, quality: int = 95) -> bytes:
    """A JPEG file of [H, W, 3] uint8 pixels, colour at full resolution."""
    stream = io.BytesIO()
    options = {"dpi": extras.dpi} if extras.dpi is not None else {}
    Image.fromarray(channels).save(stream, "JPEG", quality=quality, subsampling=0, icc_profile=extras.icc,
                                   exif=extras.exif_bytes(), xmp=extras.xmp, optimize=False, **options)
    return stream.getvalue()


def encode_webp(channels: NDArray[np.uint8], extras: Extras = _NOTHING, quality: int = 95,
                lossless: bool = True) -> bytes:
    """A WebP file of [H, W, 3] or [H, W, 4] uint8 pixels."""
    stream = io.BytesIO()
    # In lossless mode "quality" is the effort.
    Image.fromarray(channels).save(stream, "WEBP", lossless=lossless, exact=lossless, method=4,
                                   quality=50 if lossless else quality, icc_profile=extras.icc,
                                   exif=extras.exif_bytes(), xmp=extras.xmp)
    return stream.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _exif_directories(exif: Image.Exif | None) -> dict[int, TiffImagePlugin.ImageFileDirectory_v2]:
    """The Exif and GPS directories by the tag that points to them."""
    found: dict[int, TiffImagePlugin.ImageFileDirectory_v2] = {}
    for pointer in _EXIF_POINTERS:
        values = {} if exif is None else exif.get_ifd(pointer)
        if values:
            found[pointer] = TiffImagePlugin.ImageFileDirectory_v2(ifh=b"II\x2a\x00\x08\x00\x00\x00")
            found[pointer].update(values)
    return found


def _with_directories(data: bytes, ifds: dict[int, TiffImagePlugin.ImageFileDirectory_v2]) -> bytes:
    """Put directories behind a little-endian TIFF file, and a new first directory that points to them behind those.

    A directory's entries name their values by absolute position, so that they may be moved.
    """
    if not ifds:
        return data
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    entries = [data[first + 2 + 12 * index:first + 14 + 12 * index] for index in range(count)]
    result = bytearray(data)
    for pointer, ifd in ifds.items():
        result += b"\0" * (len(result) % 2)
        entries.append(struct.pack("<HHII", pointer, 4, 1, len(result)))
        result += ifd.tobytes(len(result))
    result += b"\0" * (len(result) % 2)
    struct.pack_into("<I", result, 4, len(result))
    entries.sort(key=lambda entry: struct.unpack_from("<H", entry)[0])
    return bytes(result + struct.pack("<H", len(entries)) + b"".join(entries) + b"\0\0\0\0")
