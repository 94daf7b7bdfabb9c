"""OpenRaster: the layered picture inside a project file, which Krita, GIMP and MyPaint open too.

A layer mask has no element of its own in OpenRaster; a layer with a mask is written as an isolated group whose upper
child is the mask with the operator ``svg:dst-in``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.layer import Layer
from core.document.photo import Photo
from core.io.archive import Archive, ArchiveWriter
from core.io.display import display_pixels
from core.io.encode import encode_png
from core.io.image import photo_from_bytes
from core.io.png import picture_png

MIMETYPE = b"image/openraster"
MERGED = "mergedimage.png"
THUMBNAIL = "Thumbnails/thumbnail.png"
STACK = "stack.xml"
NAMESPACE = "urn:coiffe:openraster:1"
OWN_ENTRIES = frozenset({"mimetype", STACK, MERGED, THUMBNAIL})
_THUMBNAIL_SIDE = 256
_LARGEST_MERGED = 1 << 30


@dataclass(frozen=True)
class OraLayer:
    """A layer of the stack.

    Attributes:
        layer: its properties.
        entry: its picture.
        mask_entry: its mask as alpha, or "" for none.
    """

    layer: Layer
    entry: str
    mask_entry: str = ""


def stack_xml(width: int, height: int, layers: list[OraLayer]) -> bytes:
    """The stack of layers given from the bottom up; our ids are attributes in a namespace of our own."""
    ElementTree.register_namespace("coiffe", NAMESPACE)
    image = ElementTree.Element("image", {"version": "0.0.3", "w": str(width), "h": str(height)})
    stack = ElementTree.SubElement(image, "stack")
    for item in reversed(layers):
        if item.mask_entry:
            group = ElementTree.SubElement(stack, "stack", {**_shown(item.layer), "isolation": "isolate"})
            _place(group, item.layer, item.mask_entry, {
                "name": f"{_text(item.layer.name)} mask", "opacity": "1",
                "visibility": "visible" if item.layer.mask_enabled else "hidden", "composite-op": "svg:dst-in"})
            _place(group, item.layer, item.entry, {
                "name": _text(item.layer.name), "opacity": "1", "visibility": "visible",
                "composite-op": "svg:src-over"})
        else:
            _place(stack, item.layer, item.entry, _shown(item.layer))
    return ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True)


def mask_png(coverage: NDArray[np.uint8]) -> bytes:
    """A mask [H, W] as the alpha of a white picture."""
    picture = np.full((*coverage.shape, 4), 255, np.uint8)
    picture[..., 3] = coverage
    return encode_png(picture, level=1)


def thumbnail_png(merged: NDArray[np.unsignedinteger], icc: bytes | None) -> bytes:
    """A preview of at most 256 pixels per side, 8 bit sRGB, never enlarged."""
    height, width = merged.shape[:2]
    scale = min(1.0, _THUMBNAIL_SIDE / max(width, height))
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        merged = cv2.resize(merged, size, interpolation=cv2.INTER_AREA)
    return encode_png(np.ascontiguousarray(display_pixels(merged, icc)))


def write_ora(path: Path, photo: Photo, merged: NDArray[np.unsignedinteger], layers: list[OraLayer],
              entry_data: Callable[[ArchiveWriter], None]) -> None:
    """Write an OpenRaster file, its first entry stored as the format demands.

    Args:
        path: written directly.
        photo: size, transparency and profile.
        merged: [H, W, 3] all layers flattened.
        layers: from the bottom up.
        entry_data: adds the pictures the layers name, and whatever else belongs into the file.
    """
    archive = ArchiveWriter(path)
    try:
        archive.add("mimetype", MIMETYPE)
        archive.add(STACK, stack_xml(photo.width, photo.height, layers), packed=True)
        entry_data(archive)
        archive.add(MERGED, picture_png(merged, photo.alpha, photo.icc))
        archive.add(THUMBNAIL, thumbnail_png(merged, photo.icc))
    finally:
        archive.close()


def is_openraster(archive: Archive) -> bool:
    """Whether an archive says of itself that it is OpenRaster."""
    names = archive.names
    return "mimetype" in names and archive.size("mimetype") < 100 and archive.read("mimetype").strip() == MIMETYPE


def read_merged(archive: Archive) -> Photo:
    """The flattened picture of an OpenRaster file of any program.

    Raises:
        InputRefused: it has none, or none that can be used.
    """
    if MERGED not in archive.names:
        raise archive.refused("It holds no merged picture; the program that wrote it left that out.")
    return photo_from_bytes(archive.read(MERGED, _LARGEST_MERGED), archive.path)


def _shown(layer: Layer) -> dict[str, str]:
    """What other programs are told: a guide is hidden from them, because it is no part of the picture."""
    operator = "src-over" if layer.blend_mode == "normal" else layer.blend_mode
    seen = layer.visible and not layer.guide
    values = {"name": _text(layer.name), "opacity": repr(round(float(layer.opacity), 6)),
              "visibility": "visible" if seen else "hidden", "composite-op": f"svg:{operator}",
              f"{{{NAMESPACE}}}id": layer.id}
    if layer.locked:
        values["edit-locked"] = "true"
    return values


def _place(stack: ElementTree.Element, layer: Layer, entry: str, values: dict[str, str]) -> None:
    x, y = layer.origin
    ElementTree.SubElement(stack, "layer", {**values, "src": entry, "x": str(x), "y": str(y)})


def _text(value: str) -> str:
    """A name without the characters that XML cannot hold."""
    return "".join(c for c in value if c.isprintable()).encode("utf-8", "ignore").decode("utf-8")
