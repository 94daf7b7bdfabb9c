"""A model pack opened for use: component files that are there and are what the manifest says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import Advice, ModelFileError
from core.models.manifest import Component, Manifest, file_sha256, read_manifest
from core.settings import resources_folder, user_data_folder

# Path, size and modification time of files whose checksum was right, so that each is read once per process.
_verified: set[tuple[str, int, int, str]] = set()


class Pack:
    """A folder of model files with its manifest.

    Args:
        folder: where the pack lies.

    Raises:
        ModelFileError: the manifest is missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)

    @property
    def name(self) -> str:
        return self.manifest.name

    def __contains__(self, component: object) -> bool:
        return component in self.manifest.components

    def component(self, component: str) -> Component:
        """The manifest's entry of a component.

        Raises:
            ModelFileError: the pack has no such component.
        """
        entry = self.manifest.components.get(component)
        if entry is None:
            raise ModelFileError(
                f"The model pack {self.name!r} has no {component}.",
                f"It holds: {', '.join(sorted(self.manifest.components)) or 'nothing'}.",
                Advice.CHOOSE_PACK,
            )
        return entry

    def config(self, component: str) -> Mapping[str, Any]:
        """What the component's loader needs to know about it, from the manifest."""
        return self.component(component).config

    def path(self, component: str) -> Path:
        """Path of a component's file, present and unaltered; its checksum is computed once per process.

        Raises:
            ModelFileError: the component or its file is missing, or the file is not the one of the manifest.
        """
        try:
            return self._checked(component)
        except ModelFileError:
            # A training may have exported a new file and manifest since this pack was opened.
            current = read_manifest(self.folder)
            if current == self.manifest:
                raise
            self.manifest = current
            return self._checked(component)

    def _checked(self, component: str) -> Path:
        entry = self.component(component)
        path = self.folder / entry.file
        try:
            status = path.stat()
        except OSError as error:
            raise ModelFileError(f"{path} is missing.", f"It is the {component} of the pack {self.name!r}.",
                                 Advice.INSTALL_PACK_AGAIN, pack=self.name) from error
        if status.st_size != entry.bytes:
            raise ModelFileError(f"{path} was altered.",
                                 f"It has {status.st_size} bytes, the manifest says {entry.bytes}.",
                                 Advice.INSTALL_PACK_AGAIN, pack=self.name)
        key = (os.fspath(path.absolute()), status.st_size, status.st_mtime_ns, entry.sha256)
        if key not in _verified:
            if file_sha256(path) != entry.sha256:
                raise ModelFileError(f"{path} was altered.", "Its SHA-256 is not the one in the manifest.",
                                     Advice.INSTALL_PACK_AGAIN, pack=self.name)
            _verified.add(key)
        return path

    def verify(self) -> dict[str, str]:
        """Check every component anew; an explanation by component, empty where it is fine."""
        found = {}
        for name, entry in self.manifest.components.items():
            path = self.folder / entry.file
            if not path.is_file():
                found[name] = f"{entry.file} is missing"
            elif path.stat().st_size != entry.bytes:
                found[name] = f"{entry.file} has {path.stat().st_size} bytes, {entry.bytes} expected"
            elif file_sha256(path) != entry.sha256:
                found[name] = f"{entry.file} was altered (SHA-256 differs)"
            else:
                found[name] = ""
        return found


def pack_folders() -> list[Path]:
    """Folders that hold packs: the user's own first, then what ships with the program."""
    return [user_data_folder() / "models", resources_folder() / "models"]


def find_packs() -> list[Path]:
    """Every pack folder that can be reached by name; the first of two of the same name wins."""
    found: dict[str, Path] = {}
    for base in pack_folders():
        if base.is_dir():
            for folder in sorted(base.iterdir()):
                if (folder / "manifest.json").is_file():
                    found.setdefault(folder.name, folder)
    return list(found.values())


def open_pack(name_or_folder: str | os.PathLike[str] = "starter") -> Pack:
    """Open a pack by its name (user's folder first, then the shipped ones) or by the path of its folder.

    Raises:
        ModelFileError: no such pack, or its manifest is damaged.
    """
    text = os.fspath(name_or_folder)
    for folder in find_packs():
        if folder.name == text:
            return Pack(folder)
    folder = Path(text).expanduser()
    if folder.is_dir():
        return Pack(folder)
    known = ", ".join(sorted(path.name for path in find_packs())) or "none"
    raise ModelFileError(f"There is no model pack {text!r}.", f"Installed packs: {known}.",
                         "See `python -m core models list`, or give the path of a pack's folder.")
