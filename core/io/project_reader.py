"""Opens project files that may come from anywhere: every value is checked before it becomes part of a document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from core.document.choice import Choice
from core.document.document import IDENTITY, Candidate, Document
from core.document.geometry import Rect
from core.document.layer import BASE, BLEND_MODES, REFERENCE, RESULT, Layer
from core.document.mask import LARGEST_SPREAD, MASK_ROLES, Mask
from core.document.photo import Photo
from core.document.picture import StylePicture
from core.document.roles import PICTURES
from core.document.source import Source
from core.errors import InputRefused
from core.io.archive import LARGEST_ENTRY, Archive
from core.io.display import display_pixels
from core.io.image import photo_from_bytes
from core.io.ora import OWN_ENTRIES, is_openraster, read_merged
from core.io.originals import remember_original
from core.io.png import decode_grey, decode_rgb, keep_picture, read_size
from core.io.project_values import (
    FAR,
    Broken,
    as_dict,
    as_face,
    as_integer,
    as_list,
    as_number,
    as_settings,
    as_text,
    as_texts,
    no_constant,
    reason_of,
)
from core.settings import thread_count

FORMAT, VERSION = "coiffe-project", 1
ENTRIES = "coiffe/"
PROJECT = f"{ENTRIES}project.json"
_BASE = "data/base.png"
_LARGEST_PROJECT = 64 << 20
_LARGEST_EXTRA = 256 << 20
_MOST_PIXELS = 2_000_000_000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_VALUE_ERRORS = (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError, RecursionError)


def load_project(path: Path | str, *, warnings: list[str] | None = None) -> Document:
    """Open a project, or any other OpenRaster file, whose merged picture then becomes the portrait.

    Takes as long as decoding all its pictures; usable in any thread.

    Args:
        path: the file.
        warnings: receives what had to be left out. Without it, a file with any damaged part is refused.

    Returns:
        The document, with ``display`` pictures made; ``path`` is set if the file is one of ours.

    Raises:
        InputRefused: not there, not such a file, of a newer version, damaged, or suspiciously made.
    """
    path = Path(path)
    with Archive(path) as archive:
        if not is_openraster(archive):
            raise archive.refused("It is not a project.")
        if PROJECT not in archive.names:
            return _foreign(archive, warnings)
        return _Reader(archive, warnings).document()


def is_project(path: Path | str) -> bool:
    """Whether a file begins like an OpenRaster file, so that ``load_project`` and not the photo reader opens it."""
    try:
        with Path(path).open("rb") as stream:
            start = stream.read(60)
    except OSError:
        return False
    return start.startswith(b"PK\x03\x04") and b"mimetypeimage/openraster" in start


def _foreign(archive: Archive, warnings: list[str] | None) -> Document:
    photo = read_merged(archive)
    if warnings is not None:
        warnings.append(f"{archive.path.name} was written by another program: its layers were merged into one photo.")
    return Document(Source(IDENTITY, photo, display_pixels(photo.pixels, photo.icc), archive.path.stem))


class _Reader:
    """Reads one of our own files; ``Broken`` becomes a refusal, or a warning where a part can be left out."""

    def __init__(self, archive: Archive, warnings: list[str] | None) -> None:
        self._archive, self._warnings = archive, warnings
        self._used: set[str] = set(OWN_ENTRIES) | {PROJECT}
        self._photos: dict[str, Photo] = {}
        self._pool = ThreadPoolExecutor(thread_count(), "open")
        self._pictures: dict[str, Future[tuple[NDArray[np.unsignedinteger], bytes]]] = {}
        self._lock = Lock()
        self._pixels_left = _MOST_PIXELS
        self._depth = 8
        self._ids: set[str] = set()

    def document(self) -> Document:
        try:
            document = self._document(self._description())
        except _VALUE_ERRORS as error:
            raise self._archive.refused(f"Its description is damaged ({reason_of(error)}).") from error
        finally:
            self._pool.shutdown(cancel_futures=True)
        document.path = self._archive.path.absolute()
        document.extra = self._extra()
        return document

    def _description(self) -> dict[str, Any]:
        text = self._archive.read(PROJECT, _LARGEST_PROJECT).decode("utf-8")
        description = json.loads(text, parse_constant=no_constant)
        if not isinstance(description, dict) or description.get("format") != FORMAT:
            raise Broken("it is no project description")
        version = description.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise Broken("it has no version")
        if version > VERSION:
            program = str(description.get("program", "?"))[:20]
            raise InputRefused(f"{self._archive.path} cannot be opened.",
                               f"It was saved by a newer version ({program}) of this program.",
                               "Update the program, or save it there as a picture.")
        return description

    def _document(self, description: dict[str, Any]) -> Document:
        sources, layers = as_list(description["sources"], 200), as_list(description["layers"], 2000)
        candidates = as_list(description["candidates"], 5000)
        self._depth = 16 if description["bit_depth"] == 16 else 8
        for entry in (*layers, *candidates):
            self._begin(as_dict(entry).get("pixels"))
        document = Document(self._source(sources[0]))
        photo = document.identity.photo
        if [photo.width, photo.height, photo.bit_depth] != [
                description["width"], description["height"], description["bit_depth"]]:
            raise Broken("the portrait has another size or depth")
        for entry in sources[1:]:
            with self._optional("A reference"):
                source = self._source(entry)
                document.sources[source.id] = source
        document.slots = {str(slot): item for slot, item in as_dict(description["slots"]).items()
                          if item in document.sources}
        for entry in as_list(description.get("pictures", []), len(PICTURES)):
            with self._optional("A style picture"):
                self._take_picture(document, as_dict(entry))
        self._layers(document, layers)
        for entry in candidates:
            with self._optional("A candidate"):
                document.candidates.append(self._candidate(document, entry))
        with self._optional("The choices of the next run"):
            document.settings = as_settings(as_dict(description["settings"]))
        document.counters = {str(prefix): as_integer(number, 0, 1 << 31)
                             for prefix, number in as_dict(description["counters"]).items()}
        return document

    @contextmanager
    def _optional(self, what: str) -> Iterator[None]:
        """Leave a damaged part out if somebody is told, else pass the error on."""
        try:
            yield
        except (InputRefused, *_VALUE_ERRORS) as error:
            if self._warnings is None:
                raise
            reason = error.why if isinstance(error, InputRefused) else reason_of(error)
            self._warnings.append(f"{what} in {self._archive.path.name} was left out: {reason}.")

    def _new_id(self, value: object) -> str:
        if not isinstance(value, str) or not _ID.fullmatch(value) or value in self._ids:
            raise Broken(f"the name {str(value)[:70]!r} is unusable or used twice")
        self._ids.add(value)
        return value

    def _source(self, entry: Any) -> Source:
        entry = as_dict(entry)
        source_id = self._new_id(entry["id"])
        photo = self._described_photo(as_dict(entry["photo"]), source_id)
        size = (photo.width, photo.height)
        masks = {role: self._mask(as_dict(entry["masks"])[role], size) for role in MASK_ROLES}
        face = None
        if entry["face"] is not None:
            with self._optional("A face"):
                face = as_face(as_dict(entry["face"]))
        return Source(source_id, photo, display_pixels(photo.pixels, photo.icc), as_text(entry["name"]), masks,
                      entry["hair_painted"] is True, entry["hair_known"] is True,
                      face, as_texts(entry["warnings"]))

    def _take_picture(self, document: Document, entry: dict[str, Any]) -> None:
        place = as_text(entry["place"])
        if place not in PICTURES or place in document.pictures:
            raise Broken(f"there is no place named {place[:40]!r}, or it is taken")
        picture_id = self._new_id(entry["id"])
        photo = self._described_photo(as_dict(entry["photo"]), picture_id)
        document.pictures[place] = StylePicture(picture_id, photo, display_pixels(photo.pixels, photo.icc),
                                                as_text(entry["name"]))

    def _described_photo(self, described: dict[str, Any], owner: str) -> Photo:
        file = described["file"]
        name = self._archive.path.parent / PurePosixPath(as_text(file)).name if file else None
        photo = self._photo(as_text(described["entry"]), name, 64)
        if described["original"] is True:
            if photo.digest != described["digest"] and owner == IDENTITY and _BASE in self._archive.names:
                # Decoders of lossy files differ between versions; what was edited are these pixels.
                photo = self._photo(_BASE, name, 64)
            else:
                remember_original(photo, self._archive.read(as_text(described["entry"]), LARGEST_ENTRY))
        return photo

    def _layers(self, document: Document, entries: list[Any]) -> None:
        base = as_dict(entries[0])
        if base.get("kind") != BASE:
            raise Broken("the lowest layer is not the photo")
        layer = document.layers[0]
        self._new_id(base["id"])
        layer.id, layer.name = base["id"], as_text(base["name"])
        self._properties(layer, base)
        self._used.add(_BASE)
        for entry in entries[1:]:
            with self._optional("A layer"):
                document.layers.append(self._layer(document, as_dict(entry)))

    def _layer(self, document: Document, entry: dict[str, Any]) -> Layer:
        if entry["kind"] not in (RESULT, REFERENCE):
            raise Broken("a layer is of an unknown kind")
        pixels = self._pixels(document, entry["pixels"])
        x, y = (as_integer(value, -FAR, FAR) for value in as_list(entry["origin"], 2))
        layer = Layer(self._new_id(entry["id"]), entry["kind"], as_text(entry["name"]), pixels,
                      display_pixels(pixels, document.identity.photo.icc), (x, y))
        layer.mask = self._mask(as_dict(entry["mask"]), (pixels.shape[1], pixels.shape[0]))
        # The stack's own copy of the mask is written anew on every save.
        self._used.add(entry["pixels"].removesuffix(".png") + "-mask.png")
        self._properties(layer, entry)
        return layer

    def _properties(self, layer: Layer, entry: dict[str, Any]) -> None:
        if entry["blend_mode"] not in BLEND_MODES:
            raise Broken("a layer has an unknown blend mode")
        layer.blend_mode = entry["blend_mode"]
        layer.opacity = as_number(entry["opacity"], 0, 1)
        layer.visible, layer.locked = entry["visible"] is True, entry["locked"] is True
        layer.mask_enabled = entry["mask_enabled"] is True
        layer.details = as_dict(entry["details"])
        layer.guide = layer.kind != BASE and entry.get("guide") is True

    def _candidate(self, document: Document, entry: Any) -> Candidate:
        entry = as_dict(entry)
        pixels = self._pixels(document, entry["pixels"])
        rect = Rect(*(as_integer(value, -FAR, FAR) for value in as_list(entry["rect"], 4)))
        if (rect.height, rect.width) != pixels.shape[:2]:
            raise Broken("a candidate has another size than its picture")
        mask = self._grey(as_text(entry["mask"]), (rect.width, rect.height))
        guide, guide_rect = self._guide(entry.get("guide"))
        return Candidate(
            self._new_id(entry["id"]), as_text(entry["name"]), rect, pixels,
            display_pixels(pixels, document.identity.photo.icc), mask, as_dict(entry["report"]),
            self._latent(as_text(entry["latent"])), as_texts(entry["warnings"]), entry["complete"] is True,
            entry["starred"] is True,
            tuple(self._choice(as_dict(choice)) for choice in as_list(entry.get("choices", []), 100)),
            guide, guide_rect)

    def _choice(self, entry: dict[str, Any]) -> Choice:
        scores = {as_text(name): as_number(value, -FAR, FAR) for name, value in as_dict(entry["scores"]).items()}
        return Choice(as_text(entry["name"]), self._small(entry["pixels"]), scores, entry["chosen"] is True)

    def _guide(self, entry: Any) -> tuple[NDArray[np.uint8] | None, Rect | None]:
        if entry is None:
            return None, None
        entry = as_dict(entry)
        rect = Rect(*(as_integer(value, -FAR, FAR) for value in as_list(entry["rect"], 4)))
        colour, alpha = self._small(entry["pixels"]), self._grey(as_text(entry["alpha"]), (rect.width, rect.height))
        if colour.shape[:2] != alpha.shape:
            raise Broken("a guide has another size than its picture")
        return np.dstack([colour, alpha]), rect

    def _small(self, entry: object) -> NDArray[np.uint8]:
        """A picture [h, w, 3] of 8 bits beside the document's own."""
        name = as_text(entry)
        self._used.add(name)
        data = self._archive.read(name)
        self._spend(*read_size(data))
        return np.asarray(decode_rgb(data, 8), np.uint8)

    def _latent(self, name: str) -> dict[str, NDArray[np.float32]]:
        if not name:
            return {}
        self._used.add(name)
        try:
            arrays = safetensors.numpy.load(self._archive.read(name))
        except SafetensorError as error:
            raise Broken("a candidate's latent code is damaged") from error
        if any(values.dtype != np.float32 for values in arrays.values()):
            raise Broken("a candidate's latent code is of another type")
        return dict(arrays)

    def _photo(self, entry: str, name: Path | None, minimum: int) -> Photo:
        """A picture of the archive; the same entry is decoded once, so that those who share it still do."""
        self._used.add(entry)
        known = self._photos.get(entry)
        if known is None:
            data = self._archive.read(entry)
            known = photo_from_bytes(data, name or Path(PurePosixPath(entry).name), minimum=minimum)
            self._spend(known.width, known.height)
            if name is None:
                known = Photo(known.pixels, known.alpha, known.icc, None, known.source_mode)
            self._photos[entry] = known
        return known

    def _begin(self, entry: object) -> None:
        """Let a picture be decoded in the background."""
        if isinstance(entry, str) and entry != _BASE and entry not in self._pictures and entry in self._archive.names:
            self._used.add(entry)
            self._pictures[entry] = self._pool.submit(self._decoded, entry)

    def _decoded(self, entry: str) -> tuple[NDArray[np.unsignedinteger], bytes]:
        data = self._archive.read(entry)
        self._spend(*read_size(data))
        return decode_rgb(data, self._depth), data

    def _pixels(self, document: Document, entry: object) -> NDArray[np.unsignedinteger]:
        """A picture of the archive; those who share one in the file still do."""
        if entry == _BASE:
            return document.identity.photo.pixels
        if entry not in self._pictures:
            raise Broken(f"{str(entry)[:80]} is missing")
        pixels, data = self._pictures[str(entry)].result()
        keep_picture(pixels, None, document.identity.photo.icc, data)
        return pixels

    def _spend(self, width: int, height: int) -> None:
        with self._lock:
            self._pixels_left -= width * height
            if self._pixels_left < 0:
                raise Broken("its pictures are too large together")

    def _mask(self, entry: Any, size: tuple[int, int]) -> Mask:
        entry = as_dict(entry)
        name = as_text(entry["entry"])
        mask = Mask(self._grey(name, size)) if name else Mask.empty(*size)
        mask.grow = as_number(entry["grow"], -LARGEST_SPREAD, LARGEST_SPREAD)
        mask.feather = as_number(entry["feather"], 0, LARGEST_SPREAD)
        return mask

    def _grey(self, name: str, size: tuple[int, int]) -> NDArray[np.uint8]:
        """A mask [H, W] of a known size, writable."""
        self._used.add(name)
        self._spend(size[0] // 3, size[1])
        return decode_grey(self._archive.read(name), size)

    def _extra(self) -> dict[str, bytes]:
        kept: dict[str, bytes] = {}
        left = _LARGEST_EXTRA
        for name in self._archive.names:
            if name in self._used or name.startswith("data/"):
                continue
            left -= self._archive.size(name)
            if left < 0:
                raise self._archive.refused("It holds too much that this program does not know.")
            kept[name] = self._archive.read(name)
        return kept
