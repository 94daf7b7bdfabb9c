"""The table of contents of a model pack: which file is which component, its size, checksum and configuration."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import Advice, ModelFileError
from core.io.atomic import write_json

FILE_NAME = "manifest.json"
FORMAT = 1
_MAX_BYTES = 4 << 20
_LOCK_SECONDS = 30.0
# Any key here is kept in the file under the same name.
_TEXT_FIELDS = ("name", "title", "version", "licence", "origin")


@dataclass(frozen=True)
class Component:
    """One file of a pack: its name in the pack's folder, SHA-256, length, and what its loader needs to know."""

    file: str
    sha256: str
    bytes: int
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` says.

    Attributes:
        name: identifier of the pack.
        components: by component name ("generator", "encoder", ...).
        title, version, licence, origin: for people.
    """

    name: str
    components: Mapping[str, Component] = field(default_factory=dict)
    title: str = ""
    version: str = ""
    licence: str = ""
    origin: str = ""

    def to_json(self) -> dict[str, Any]:
        """The value stored in the file."""
        parts = {
            name: {"file": part.file, "sha256": part.sha256, "bytes": part.bytes, "config": dict(part.config)}
            for name, part in sorted(self.components.items())
        }
        return {"format": FORMAT, **{key: getattr(self, key) for key in _TEXT_FIELDS}, "components": parts}


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Read and check ``manifest.json`` of a pack.

    Raises:
        ModelFileError: missing, not readable, of another format, or naming files outside the folder.
    """
    path = folder / FILE_NAME
    what = f"The model pack {folder} cannot be used."
    advice = Advice.INSTALL_FOLDER_AGAIN
    if not path.is_file():
        raise ModelFileError(what, f"{FILE_NAME} is missing.", advice)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("it is far too large")
        return _parse(json.loads(path.read_text(encoding="utf-8")), folder.name)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelFileError(what, f"{FILE_NAME} is damaged: {error}.", advice) from error


def _parse(data: Any, fallback_name: str) -> Manifest:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"format {FORMAT} is expected")
    components = {}
    for name, entry in data["components"].items():
        file, digest, size = str(entry["file"]), str(entry["sha256"]).lower(), int(entry["bytes"])
        if not is_plain_name(file):
            raise ValueError(f"component {name!r} names a file outside the pack")
        if len(digest) != 64 or size < 0:
            raise ValueError(f"component {name!r} has no usable checksum")
        components[str(name)] = Component(file, digest, size, dict(entry.get("config", {})))
    texts = {key: str(data.get(key, "")) for key in _TEXT_FIELDS}
    texts["name"] = texts["name"] or fallback_name
    return Manifest(components=components, **texts)


def is_plain_name(file: str) -> bool:
    """Whether file names something directly inside a folder: no separators, drives or parent references."""
    return bool(file) and file not in (".", "..") and not any(character in file for character in "/\\:\0")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json``, whole or not at all."""
    write_json(folder / FILE_NAME, manifest.to_json())


def describe_pack(folder: Path, **texts: str) -> Manifest:
    """Set title, version, licence or origin of a pack, keeping its components.

    Raises:
        ValueError: a name that a manifest does not have.
    """
    unknown = set(texts) - set(_TEXT_FIELDS)
    if unknown:
        raise ValueError(f"a manifest has no {sorted(unknown)}")
    with _locked(folder):
        manifest = replace(_read_or_new(folder), **texts)
        write_manifest(folder, manifest)
    return manifest


def update_component(folder: Path, name: str, filename: str, config: Mapping[str, Any]) -> Manifest:
    """Add or replace one component with the checksum of the file now in the folder; the others are kept.

    Two processes may do this in turn: a lock file orders them. config must be JSON values.

    Raises:
        ModelFileError: the file is missing or the existing manifest is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / filename
    if not is_plain_name(filename) or not path.is_file():
        raise ModelFileError(f"Component {name!r} cannot be added.", f"{path} is not a file of the pack.")
    with _locked(folder):
        manifest = _read_or_new(folder)
        part = Component(filename, file_sha256(path), path.stat().st_size, dict(config))
        manifest = replace(manifest, components={**manifest.components, name: part})
        write_manifest(folder, manifest)
    return manifest


def _read_or_new(folder: Path) -> Manifest:
    return read_manifest(folder) if (folder / FILE_NAME).exists() else Manifest(folder.name)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold ``manifest.json.lock``; one left behind by a dead process is taken over after a while."""
    lock = folder / (FILE_NAME + ".lock")
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                lock.unlink(missing_ok=True)
            time.sleep(0.02)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
