"""Opens project files that may come from anywhere: every value is checked before it becomes part of a document."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any, NoReturn

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from core.document.document import IDENTITY, Candidate, Document, RunSettings
from core.document.geometry import Rect
from core.document.layer import BASE, BLEND_MODES, REFERENCE, RESULT, Layer
from core.document.mask import LARGEST_SPREAD, MASK_ROLES, Mask
from core.document.photo import Photo
from core.document.source import POINT_NAMES, FaceInfo, Source
from core.errors import InputRefused
from core.io.archive import LARGEST_ENTRY, Archive
from core.io.display import display_pixels
from core.io.image import photo_from_bytes
from core.io.ora import OWN_ENTRIES, is_openraster, read_merged
from core.io.originals import remember_original
from core.io.png import decode_grey, decode_rgb, keep_picture, read_size
from core.settings import thread_count


FORMAT, VERSION = "coiffe-project", 1
ENTRIES = "coiffe/"
PROJECT = f"{ENTRIES}project.json"
_BASE = "data/base.png"
_LARGEST_PROJECT = 64 << 20
_LARGEST_EXTRA = 256 << 20
_MOST_PIXELS = 2_000_000_000
_FAR = 1_000_000
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


class _Broken(ValueError):
    """A value in the description that cannot be."""


def _foreign(archive: Archive, warnings: list[str] | None) -> Document:
    photo = read_merged(archive)
    if warnings is not None:
        warnings.append(f"{archive.path.name} was written by another program: its layers were merged into one photo.")
    return Document(Source(IDENTITY, photo, display_pixels(photo.pixels, photo.icc), archive.path.stem))


class _Reader:
    """Reads one of our own files; ``_Broken`` becomes a refusal, or a warning where a part can be left out."""

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
            reason = str(error) if isinstance(error, _Broken) else type(error).__name__
            raise self._archive.refused(f"Its description is damaged ({reason}).") from error
        finally:
            self._pool.shutdown(cancel_futures=True)
        document.path = self._archive.path.absolute()
        document.extra = self._extra()
        return document

    def _description(self) -> dict[str, Any]:
        text = self._archive.read(PROJECT, _LARGEST_PROJECT).decode("utf-8")
        description = json.loads(text, parse_constant=_no_constant)
        if not isinstance(description, dict) or description.get("format") != FORMAT:
            raise _Broken("it is no project description")
        version = description.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise _Broken("it has no version")
        if version > VERSION:
            program = str(description.get("program", "?"))[:20]
            raise InputRefused(f"{self._archive.path} cannot be opened.",
                               f"It was saved by a newer version ({program}) of this program.",
                               "Update the program, or save it there as a picture.")
        return description

    def _document(self, description: dict[str, Any]) -> Document:
        sources, layers = _list(description["sources"], 200), _list(description["layers"], 2000)
        candidates = _list(description["candidates"], 5000)
        self._depth = 16 if description["bit_depth"] == 16 else 8
        for entry in (*layers, *candidates):
            self._begin(_dict(entry).get("pixels"))
        document = Document(self._source(sources[0]))
        photo = document.identity.photo
        if [photo.width, photo.height, photo.bit_depth] != [
                description["width"], description["height"], description["bit_depth"]]:
            raise _Broken("the portrait has another size or depth")
        for entry in sources[1:]:
            with self._optional("A reference", document):
                source = self._source(entry)
                document.sources[source.id] = source
        document.slots = {str(slot): item for slot, item in _dict(description["slots"]).items()
                          if item in document.sources}
        self._layers(document, layers)
        for entry in candidates:
            with self._optional("A candidate", document):
                document.candidates.append(self._candidate(document, entry))
        document.settings = _settings(_dict(description["settings"]))
        document.counters = {str(prefix): _integer(number, 0, 1 << 31)
                             for prefix, number in _dict(description["counters"]).items()}
        return document

    @contextmanager
    def _optional(self, what: str, document: Document) -> Iterator[None]:
        """Leave a damaged part out if somebody is told, else pass the error on."""
        try:
            yield
        except (InputRefused, *_VALUE_ERRORS) as error:
            if self._warnings is None:
                raise
            reason = error.why if isinstance(error, InputRefused) else str(error) or type(error).__name__
            self._warnings.append(f"{what} in {self._archive.path.name} was left out: {reason}")

    def _new_id(self, value: object) -> str:
        if not isinstance(value, str) or not _ID.fullmatch(value) or value in self._ids:
            raise _Broken(f"the name {str(value)[:70]!r} is unusable or used twice")
        self._ids.add(value)
        return value

    def _source(self, entry: Any) -> Source:
        entry = _dict(entry)
        source_id = self._new_id(entry["id"])
        described = _dict(entry["photo"])
        file = described["file"]
        name = self._archive.path.parent / PurePosixPath(_text(file)).name if file else None
        photo = self._photo(_text(described["entry"]), name, 64)
        if described["original"] is True:
            if photo.digest != described["digest"] and source_id == IDENTITY and _BASE in self._archive.names:
                # Decoders of lossy files differ between versions; what was edited are these pixels.
                photo = self._photo(_BASE, name, 64)
            else:
                remember_original(photo, self._archive.read(_text(described["entry"]), LARGEST_ENTRY))
        size = (photo.width, photo.height)
        masks = {role: self._mask(_dict(entry["masks"])[role], size) for role in MASK_ROLES}
        face = entry["face"]
        return Source(source_id, photo, display_pixels(photo.pixels, photo.icc), _text(entry["name"]), masks,
                      entry["hair_painted"] is True, entry["hair_known"] is True,
                      None if face is None else _face(_dict(face)), _texts(entry["warnings"]))

    def _layers(self, document: Document, entries: list[Any]) -> None:
        base = _dict(entries[0])
        if base.get("kind") != BASE:
            raise _Broken("the lowest layer is not the photo")
        layer = document.layers[0]
        self._new_id(base["id"])
        layer.id, layer.name = base["id"], _text(base["name"])
        self._properties(layer, base)
        self._used.add(_BASE)
        for entry in entries[1:]:
            with self._optional("A layer", document):
                document.layers.append(self._layer(document, _dict(entry)))

    def _layer(self, document: Document, entry: dict[str, Any]) -> Layer:
        if entry["kind"] not in (RESULT, REFERENCE):
            raise _Broken("a layer is of an unknown kind")
        pixels = self._pixels(document, entry["pixels"])
        x, y = (_integer(value, -_FAR, _FAR) for value in _list(entry["origin"], 2))
        layer = Layer(self._new_id(entry["id"]), entry["kind"], _text(entry["name"]), pixels,
                      display_pixels(pixels, document.identity.photo.icc), (x, y))
        layer.mask = self._mask(_dict(entry["mask"]), (pixels.shape[1], pixels.shape[0]))
        # The stack's own copy of the mask is written anew on every save.
        self._used.add(entry["pixels"].removesuffix(".png") + "-mask.png")
        self._properties(layer, entry)
        return layer

    def _properties(self, layer: Layer, entry: dict[str, Any]) -> None:
        if entry["blend_mode"] not in BLEND_MODES:
            raise _Broken("a layer has an unknown blend mode")
        layer.blend_mode = entry["blend_mode"]
        layer.opacity = _number(entry["opacity"], 0, 1)
        layer.visible, layer.locked = entry["visible"] is True, entry["locked"] is True
        layer.mask_enabled = entry["mask_enabled"] is True
        layer.details = _dict(entry["details"])

    def _candidate(self, document: Document, entry: Any) -> Candidate:
        entry = _dict(entry)
        pixels = self._pixels(document, entry["pixels"])
        rect = Rect(*(_integer(value, -_FAR, _FAR) for value in _list(entry["rect"], 4)))
        if (rect.height, rect.width) != pixels.shape[:2]:
            raise _Broken("a candidate has another size than its picture")
        mask = self._grey(_text(entry["mask"]), (rect.width, rect.height))
        return Candidate(
            self._new_id(entry["id"]), _text(entry["name"]), rect, pixels,
            display_pixels(pixels, document.identity.photo.icc), mask, _dict(entry["report"]),
            self._latent(_text(entry["latent"])), _texts(entry["warnings"]), entry["complete"] is True,
            entry["starred"] is True)

    def _latent(self, name: str) -> dict[str, NDArray[np.float32]]:
        if not name:
            return {}
        self._used.add(name)
        try:
            arrays = safetensors.numpy.load(self._archive.read(name))
        except SafetensorError as error:
            raise _Broken("a candidate's latent code is damaged") from error
        if any(values.dtype != np.float32 for values in arrays.values()):
            raise _Broken("a candidate's latent code is of another type")
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
            raise _Broken(f"{str(entry)[:80]} is missing")
        pixels, data = self._pictures[str(entry)].result()
        keep_picture(pixels, None, document.identity.photo.icc, data)
        return pixels

    def _spend(self, width: int, height: int) -> None:
        with self._lock:
            self._pixels_left -= width * height
            if self._pixels_left < 0:
                raise _Broken("its pictures are too large together")

    def _mask(self, entry: Any, size: tuple[int, int]) -> Mask:
        entry = _dict(entry)
        name = _text(entry["entry"])
        mask = Mask(self._grey(name, size)) if name else Mask.empty(*size)
        mask.grow = _number(entry["grow"], -LARGEST_SPREAD, LARGEST_SPREAD)
        mask.feather = _number(entry["feather"], 0, LARGEST_SPREAD)
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


def _no_constant(name: str) -> NoReturn:
    raise _Broken(f"{name} is no number")


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Broken("a group of values is missing")
    return value


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _Broken("a list is missing or too long")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 4096:
        raise _Broken("a text is missing or too long")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in _list(value, 1000))


def _number(value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise _Broken("a number is missing or out of range")
    return float(value)


def _integer(value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _Broken("a whole number is missing or out of range")
    return value


def _points(value: Any, columns: tuple[int, ...], most: int) -> NDArray[np.float64]:
    points = np.array([[_number(number, -_FAR, _FAR) for number in _list(point, max(columns))]
                       for point in _list(value, most)], np.float64)
    if points.ndim != 2 or points.shape[1] not in columns:
        raise _Broken("points are incomplete")
    return points


def _face(entry: dict[str, Any]) -> FaceInfo:
    named = _dict(entry["points"])
    points = {name: _points([named[name]], (2,), 1)[0] for name in POINT_NAMES}
    quad = _points(entry["quad"], (2,), 4)
    if quad.shape != (4, 2):
        raise _Broken("a crop is incomplete")
    mesh = entry["landmarks"]
    boxes = _points(entry["faces"], (4,), 1000) if entry["faces"] else np.empty((0, 4))
    return FaceInfo(
        {name: (float(x), float(y)) for name, (x, y) in points.items()}, quad,
        None if mesh is None else _points(mesh, (2, 3), 10_000).astype(np.float32),
        _number(entry["confidence"], 0, 1), entry["by_hand"] is True,
        tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in boxes),
        _integer(entry["index"], 0, 1000))


def _settings(entry: dict[str, Any]) -> RunSettings:
    """Known choices of the right kind; those that are missing keep their defaults."""
    settings = RunSettings()
    for field in fields(RunSettings):
        if field.name not in entry:
            continue
        value, default = entry[field.name], getattr(settings, field.name)
        if field.name == "parameters":
            value = {_text(recipe): {_text(name): _plain(item) for name, item in _dict(values).items()}
                     for recipe, values in _dict(value).items()}
        elif type(value) is not type(_plain(default)):
            raise _Broken(f"the setting {field.name} is of an unknown kind")
        setattr(settings, field.name, value)
    return settings


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise _Broken("a parameter is no number")
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise _Broken("a parameter is of an unknown kind")
    return value
