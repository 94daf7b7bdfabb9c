"""What a photo's file says about itself, made fit for the picture that was made from it."""

from __future__ import annotations

import io
import struct
import warnings as python_warnings
from dataclasses import dataclass
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from PIL import Image

from core.document.photo import Photo
from core.io.encode import Extras
from core.io.image import FORMATS
from core.io.originals import original_bytes

_ORIENTATION, _SOFTWARE = 0x0112, 0x0131
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_WIDTH, _HEIGHT, _THUMBNAIL_OFFSET = 0xA002, 0xA003, 0x0201
# Description, maker, model, resolution (3), date, artist, computer, copyright, rating; the XP tags of Windows.
# Everything else in a file's first directory says how its own pixels are stored.
_KEPT = (0x010E, 0x010F, 0x0110, 0x011A, 0x011B, 0x0128, 0x0132, 0x013B, 0x013C, 0x8298, 0x4746, 0x4749,
         0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F)
_MAKER_NOTE, _INTEROPERABILITY = 0x927C, 0xA005
_DAMAGED = (OSError, ValueError, TypeError, SyntaxError, KeyError, IndexError, EOFError, struct.error, AttributeError,
            OverflowError, NotImplementedError, RuntimeError)
_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True)
class _Found:
    """What a file says: kept tags of its first, Exif and GPS directories, and its resolution."""

    tags: dict[int, Any]
    details: dict[int, Any]
    position: dict[int, Any]
    dpi: tuple[float, float] | None

    def exif(self, size: tuple[int, int], location: bool) -> Image.Exif:
        """The same for an upright picture of this width and height."""
        exif = Image.Exif()
        for tag, value in self.tags.items():
            exif[tag] = value
        exif[_ORIENTATION], exif[_SOFTWARE] = 1, "Coiffe"
        if self.details:
            exif.get_ifd(_EXIF_IFD).update({**self.details, _WIDTH: size[0], _HEIGHT: size[1]})
        if location and self.position:
            exif.get_ifd(_GPS_IFD).update(self.position)
        return exif


_lock = Lock()
_known: WeakKeyDictionary[Photo, _Found | None] = WeakKeyDictionary()


def export_extras(photo: Photo, size: tuple[int, int], *, metadata: bool, location: bool,
                  provenance: bool | None = None) -> Extras:
    """What is to travel with a picture made from a photo.

    Args:
        photo: its profile is kept in any case; its file is read for the rest.
        size: width and height of the picture.
        metadata: keep the descriptive EXIF tags and say in XMP that the picture is partly synthetic. Orientation
            becomes upright; thumbnail and maker's note (which only its own camera's programs can read in place) go.
        location: keep the GPS position.
        provenance: say that it is partly synthetic, None = as ``metadata``.
    """
    xmp = xmp_packet() if (metadata if provenance is None else provenance) else b""
    if not metadata:
        return Extras(icc=photo.icc, xmp=xmp)
    found = _found(photo)
    if found is None:
        return Extras(icc=photo.icc, xmp=xmp)
    return Extras(icc=photo.icc, exif=found.exif(size, location), xmp=xmp, dpi=found.dpi)


def has_location(photo: Photo) -> bool:
    """Whether the photo's file tells where it was taken."""
    found = _found(photo)
    return found is not None and bool(found.position)


def xmp_packet() -> bytes:
    """An XMP packet that declares a composite with elements made by a trained model, as the IPTC asks for."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about=""\n'
        '    xmlns:xmp="http://ns.adobe.com/xap/1.0/"\n'
        '    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"\n'
        '    xmp:CreatorTool="Coiffe"\n'
        f'    Iptc4xmpExt:DigitalSourceType="{_SOURCE_TYPE}"/>\n'
        ' </rdf:RDF>\n'
        '</x:xmpmeta>\n'
        '<?xpacket end="r"?>'
    ).encode()


def _found(photo: Photo) -> _Found | None:
    """What a photo's file says; kept as long as the photo, because some files must be decoded whole to ask them."""
    data = original_bytes(photo)
    if data is None:
        return None
    with _lock:
        if photo not in _known:
            _known[photo] = _read(data)
        return _known[photo]


def _read(data: bytes) -> _Found | None:
    try:
        # A damaged block is left out; nobody can do anything about it.
        with (python_warnings.catch_warnings(action="ignore"),
              Image.open(io.BytesIO(data), formats=FORMATS) as image):
            source = image.getexif()
            details = {tag: value for tag, value in source.get_ifd(_EXIF_IFD).items()
                       if tag not in (_MAKER_NOTE, _INTEROPERABILITY)}
            found = _Found({tag: source[tag] for tag in _KEPT if tag in source}, details,
                           dict(source.get_ifd(_GPS_IFD)), _resolution(image.info.get("dpi")))
            # A damaged block must be found out here, not while a file is written.
            found.exif((1, 1), location=True).tobytes()
    except (*_DAMAGED, Image.DecompressionBombError):
        return None
    return found


def _resolution(value: object) -> tuple[float, float] | None:
    if not isinstance(value, tuple) or len(value) != 2:
        return None
    across, down = float(value[0]), float(value[1])
    return (across, down) if 1 <= across <= 20_000 and 1 <= down <= 20_000 else None
