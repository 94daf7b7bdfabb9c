"""The project file: an OpenRaster picture with everything else of the document in entries of our own.

Saving has two halves. ``take_snapshot`` runs where the document lives and takes about a millisecond per painted mask;
``write_snapshot`` does the rest in any thread, while the artist goes on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

import core
from core.document.choice import Choice
from core.document.composite import flatten
from core.document.document import Candidate, Document
from core.document.layer import BASE, Layer
from core.document.mask import Mask
from core.document.photo import Photo
from core.document.source import FaceInfo, Source
from core.errors import CoiffeError
from core.io.archive import ArchiveWriter, verify
from core.io.atomic import atomic_path
from core.io.ora import OraLayer, mask_png, write_ora
from core.io.originals import original_bytes, remember_original
from core.io.png import grey_png, picture_png
from core.io.project_reader import ENTRIES, FORMAT, PROJECT, VERSION, load_project
from core.io.project_values import LONGEST_TEXT
from core.io.report import plain
from core.settings import thread_count

__all__ = ["Snapshot", "load_project", "save_project", "take_snapshot", "write_snapshot"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A document as it was at one moment, which nobody changes any more.

    Attributes:
        document: a copy with masks of its own; pictures are shared, because nobody writes to them.
    """

    document: Document


def take_snapshot(document: Document) -> Snapshot:
    """Copy what can still change; to be called by the thread that owns the document."""
    copy = Document(_copied_source(document.identity))
    copy.sources = {key: copy.identity if source is document.identity else _copied_source(source)
                    for key, source in document.sources.items()}
    copy.slots, copy.pictures = dict(document.slots), dict(document.pictures)
    copy.layers = [_copied_layer(layer) for layer in document.layers]
    copy.candidates = [replace(candidate) for candidate in document.candidates]
    copy.settings = replace(document.settings, parameters={
        recipe: dict(values) for recipe, values in document.settings.parameters.items()})
    copy.path, copy.extra = document.path, dict(document.extra)
    copy.counters = dict(document.counters)
    return Snapshot(copy)


def write_snapshot(path: Path | str, snapshot: Snapshot) -> None:
    """Write a project file, whole or not at all; in any thread.

    Raises:
        InputRefused: the file cannot be written.
        CoiffeError: the disk gave back something else than what was written.
    """
    document = snapshot.document
    merged = flatten(document)
    content = _Content(document)
    with atomic_path(path) as temporary:
        write_ora(temporary, document.identity.photo, merged, content.ora_layers, content.write)
        if not verify(temporary):
            raise CoiffeError(f"{path} reads back differently from what was written.", "The disk may be failing.",
                              "Write to another place; the old file was not touched.")


def save_project(path: Path | str, document: Document, snapshot: Snapshot | None = None) -> None:
    """Write a document to a project file at once, or a snapshot of it taken before; sets ``Document.path``.

    Raises:
        InputRefused: the file cannot be written.
        CoiffeError: the disk gave back something else than what was written.
    """
    write_snapshot(path, take_snapshot(document) if snapshot is None else snapshot)
    document.path = Path(path).absolute()


class _Content:
    """Names every entry first, so that the description can refer to it, and writes it later."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._icc = document.identity.photo.icc
        self._pending: list[tuple[str, Callable[[], bytes]]] = []
        self._pictures: dict[int, str] = {}
        self.ora_layers: list[OraLayer] = []
        layers = [self._layer(number, layer) for number, layer in enumerate(document.layers)]
        sources = [self._source(number, source) for number, source in enumerate(document.sources.values())]
        pictures = [{"place": place, "id": picture.id, "name": picture.name[:LONGEST_TEXT],
                     "photo": self._photo(picture.photo, f"{ENTRIES}pictures/{number:03d}-")}
                    for number, (place, picture) in enumerate(document.pictures.items())]
        candidates = [self._candidate(number, found) for number, found in enumerate(document.candidates)]
        self._description = {
            "format": FORMAT, "version": VERSION, "program": core.__version__,
            "width": document.width, "height": document.height, "bit_depth": document.identity.photo.bit_depth,
            "sources": sources, "slots": document.slots, "pictures": pictures, "layers": layers,
            "candidates": candidates,
            "settings": asdict(document.settings), "counters": document.counters,
        }

    def write(self, archive: ArchiveWriter) -> None:
        """Append everything to the archive."""
        text = json.dumps(plain(self._description), ensure_ascii=False, allow_nan=False, indent=1)
        archive.add(PROJECT, text.encode("utf-8", "replace"), packed=True)
        # Several at a time, but never all: what is encoded has to wait in memory.
        count = thread_count()
        with ThreadPoolExecutor(count, "save") as pool:
            for start in range(0, len(self._pending), count):
                part = self._pending[start:start + count]
                for (name, _), data in zip(part, pool.map(lambda item: item[1](), part), strict=True):
                    archive.add(name, data)
        for name, data in self._document.extra.items():
            if name not in archive.names:
                archive.add(name, data, packed=True)

    def _add(self, name: str, encode: Callable[[], bytes]) -> str:
        self._pending.append((name, encode))
        return name

    def _picture(self, name: str, pixels: NDArray[np.unsignedinteger]) -> str:
        """The entry of a picture of the document; one that several share is written once."""
        known = self._pictures.get(id(pixels))
        if known is None:
            known = self._pictures[id(pixels)] = self._add(name, lambda: picture_png(pixels, None, self._icc))
        return known

    def _mask(self, name: str, mask: Mask) -> dict[str, Any]:
        entry = ""
        if mask.data.max():
            entry = self._add(name, lambda: grey_png(mask.data))
        return {"entry": entry, "grow": mask.grow, "feather": mask.feather}

    def _layer(self, number: int, layer: Layer) -> dict[str, Any]:
        if layer.kind == BASE:
            photo = self._document.identity.photo
            entry = self._add("data/base.png", lambda: picture_png(photo.pixels, photo.alpha, photo.icc))
            self._pictures[id(layer.pixels)] = entry
        else:
            entry = self._picture(f"data/layer{number:03d}.png", layer.pixels)
        mask_entry = ""
        description: dict[str, Any] = {
            name: getattr(layer, name) for name in ("id", "kind", "name", "opacity", "visible", "locked",
                                                    "blend_mode", "mask_enabled", "details", "guide")}
        if layer.mask is not None:
            mask = layer.mask
            mask_entry = self._add(f"data/layer{number:03d}-mask.png", lambda: mask_png(mask.effective()))
            description["mask"] = self._mask(f"{ENTRIES}layers/{number:03d}-mask.png", mask)
        self.ora_layers.append(OraLayer(layer, entry, mask_entry))
        return {**description, "name": layer.name[:LONGEST_TEXT], "origin": list(layer.origin), "pixels": entry}

    def _source(self, number: int, source: Source) -> dict[str, Any]:
        folder = f"{ENTRIES}sources/{number:03d}-"
        return {
            "id": source.id, "name": source.name[:LONGEST_TEXT], "photo": self._photo(source.photo, folder),
            "masks": {role: self._mask(f"{folder}{role}.png", mask) for role, mask in source.masks.items()},
            "hair_painted": source.hair_painted, "hair_known": source.hair_known,
            "face": None if source.face is None else _face(source.face), "warnings": _clipped(source.warnings),
        }

    def _photo(self, photo: Photo, folder: str) -> dict[str, Any]:
        data = original_bytes(photo)
        if data is not None:
            # Checking it again on every saving would decode the whole file each time.
            remember_original(photo, data)
            entry = self._add(f"{folder}original{_suffix(photo.path)}", lambda: data)
        elif photo.pixels is self._document.identity.photo.pixels:
            entry = "data/base.png"
        else:
            entry = self._add(f"{folder}photo.png", lambda: picture_png(photo.pixels, photo.alpha, photo.icc))
        return {"entry": entry, "original": data is not None, "digest": photo.digest,
                "file": None if photo.path is None else photo.path.name, "source_mode": photo.source_mode}

    def _candidate(self, number: int, found: Candidate) -> dict[str, Any]:
        folder = f"{ENTRIES}candidates/{number:03d}"
        mask, latent = found.mask, found.latent
        description: dict[str, Any] = {
            "id": found.id, "name": found.name[:LONGEST_TEXT], "rect": list(found.rect),
            "pixels": self._picture(f"{folder}.png", found.pixels),
            "mask": self._add(f"{folder}-mask.png", lambda: grey_png(mask)),
            "report": found.report, "warnings": _clipped(found.warnings), "complete": found.complete,
            "starred": found.starred, "latent": "",
            "choices": [self._choice(f"{folder}-choice{place:02d}.png", choice)
                        for place, choice in enumerate(found.choices)],
            "guide": self._guide(folder, found),
        }
        if latent:
            arrays = {name: np.ascontiguousarray(values, np.float32) for name, values in latent.items()}
            description["latent"] = self._add(f"{folder}.safetensors", lambda: safetensors.numpy.save(arrays))
        return description


    def _choice(self, name: str, choice: Choice) -> dict[str, Any]:
        scores = {score: float(value) for score, value in choice.scores.items() if math.isfinite(value)}
        entry = self._add(name, lambda: picture_png(choice.pixels, None, None))
        return {"name": choice.name[:LONGEST_TEXT], "pixels": entry, "scores": scores, "chosen": choice.chosen}

    def _guide(self, folder: str, found: Candidate) -> dict[str, Any] | None:
        guide = found.guide
        if guide is None or found.guide_rect is None:
            return None
        return {"rect": list(found.guide_rect),
                "pixels": self._add(f"{folder}-guide.png", lambda: picture_png(guide[..., :3], None, None)),
                "alpha": self._add(f"{folder}-guide-alpha.png",
                                   lambda: grey_png(np.ascontiguousarray(guide[..., 3])))}


def _clipped(texts: tuple[str, ...]) -> list[str]:
    return [text[:LONGEST_TEXT] for text in texts]


def _face(face: FaceInfo) -> dict[str, Any]:
    return {field.name: getattr(face, field.name) for field in fields(FaceInfo)}


def _suffix(path: Path | None) -> str:
    suffix = "" if path is None else path.suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) < 8 else ""


def _copied_mask(mask: Mask) -> Mask:
    # The largest value is found several times faster than any() finds one that is not zero.
    if mask.data.max():
        return mask.copy()
    copy = Mask.empty(mask.width, mask.height)
    copy.grow, copy.feather = mask.grow, mask.feather
    return copy


def _copied_source(source: Source) -> Source:
    return replace(source, masks={role: _copied_mask(mask) for role, mask in source.masks.items()})


def _copied_layer(layer: Layer) -> Layer:
    return replace(layer, mask=None if layer.mask is None else _copied_mask(layer.mask), details=dict(layer.details))
