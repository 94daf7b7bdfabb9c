"""Zip archives from anywhere: measured by their directory before anything is unpacked, and never onto the disk."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType

from core.errors import InputRefused

MAX_ENTRIES = 10_000
MAX_ARCHIVE = 8 << 30
LARGEST_ENTRY = 1 << 30
_RATIO = 200
_RATIO_FROM = 1 << 20
_DATE = (1980, 1, 1, 0, 0, 0)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_UNSAFE = re.compile(r"(^|/)\.\.?(/|$)|^/|\\|^[A-Za-z]:|[\x00-\x1f]")
_NEXT = "Open another copy, or the photograph itself."
READING_ERRORS = (OSError, zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, RuntimeError,
                  NotImplementedError, MemoryError, OverflowError)


class Archive:
    """A zip archive for reading; use it as a context manager.

    Raises:
        InputRefused: it is not there, not an archive, damaged, or suspiciously made (unsafe or repeated names,
            encryption, entries that unpack to absurd sizes).
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._what = f"{path} cannot be opened."
        if self.path.is_dir():
            raise InputRefused(self._what, "It is a folder.", "Choose a file inside it.")
        try:
            if self.path.stat().st_size > MAX_ARCHIVE:
                raise self.refused("The file is too large to be a project.")
            self._zip = zipfile.ZipFile(self.path)
        except FileNotFoundError as error:
            raise InputRefused(self._what, "There is no such file.", "Check the name and the folder.") from error
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, EOFError) as error:
            raise self.refused("It is not a project, or it is damaged or cut off.") from error
        except OSError as error:
            raise self.refused(error.strerror or str(error)) from error
        try:
            self._entries = self._checked()
        except InputRefused:
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """All entries, in the archive's order, folders left out."""
        return list(self._entries)

    def size(self, name: str) -> int:
        """Unpacked bytes of an entry, 0 for none."""
        info = self._entries.get(name)
        return 0 if info is None else info.file_size

    def read(self, name: str, limit: int = LARGEST_ENTRY) -> bytes:
        """The content of an entry.

        Raises:
            InputRefused: it is missing, damaged, or larger than ``limit`` bytes.
        """
        info = self._entries.get(name)
        if info is None:
            raise self.refused(f"{name} is missing in it.")
        if info.file_size > limit:
            raise self.refused(f"{name} in it unpacks to {info.file_size / 2**20:.0f} MB.")
        try:
            with self._zip.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except READING_ERRORS as error:
            raise self.refused(f"{name} in it is damaged.") from error
        if len(data) != info.file_size:
            raise self.refused(f"{name} in it is cut off.")
        return data

    def refused(self, why: str) -> InputRefused:
        """The error to raise for this file."""
        return InputRefused(self._what, why, _NEXT)

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > MAX_ENTRIES:
            raise self.refused(f"It has {len(infos)} entries.")
        entries: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            name = info.filename
            if name in entries or _UNSAFE.search(info.orig_filename):
                raise self.refused(f"It holds the entry {name[:80]!r} twice, or under an unsafe name.")
            if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
                raise self.refused("It is encrypted or packed in an unknown way.")
            if info.file_size > _RATIO_FROM and info.file_size > _RATIO * max(info.compress_size, 1):
                raise self.refused(f"{name[:80]} in it unpacks to an absurd size.")
            if not name.endswith("/"):
                entries[name] = info
        return entries


class ArchiveWriter:
    """Writes entries into a new zip archive; the same entries give the same bytes."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.names: set[str] = set()

    def add(self, name: str, data: bytes, *, packed: bool = False) -> None:
        """Append an entry.

        Args:
            name: must be new.
            data: its content.
            packed: deflate it; pictures already are.
        """
        info = zipfile.ZipInfo(name, _DATE)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        self.names.add(name)
        self._zip.writestr(info, data)

    def close(self) -> None:
        """Write the directory; without it the file is no archive."""
        self._zip.close()


def verify(path: Path) -> bool:
    """Whether every entry of an archive unpacks to what was written."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except READING_ERRORS:
        return False
