"""Files appear whole or not at all: written beside the target, flushed to disk, then moved over it."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import InputRefused


def check_writable(path: Path | str) -> Path:
    """Refuse a target that could not be written, before any work is done for it.

    Returns:
        The path with symbolic links resolved.

    Raises:
        InputRefused: the folder is missing or locked, or the target is a folder or locked.
    """
    target = Path(path).expanduser()
    target = target.resolve() if target.is_symlink() else target.absolute()
    what = f"{path} cannot be written."
    if target.is_dir():
        raise InputRefused(what, "It is a folder.", "Name a file inside it.")
    folder = target.parent
    if not folder.is_dir():
        raise InputRefused(what, f"The folder {folder} does not exist.", "Create it, or choose another place.")
    if target.exists() and not os.access(target, os.W_OK):
        raise InputRefused(what, "The file is write-protected.", "Choose another name, or unlock it.")
    try:
        handle, probe = tempfile.mkstemp(prefix=".coiffe-", suffix=".tmp", dir=folder)
        os.close(handle)
        os.unlink(probe)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputRefused(what, f"The folder {folder} refuses new files ({reason}).",
                           "Choose another place, or change its permissions.") from error
    return target


@contextlib.contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Give a temporary path in the target's folder; on success it is flushed and replaces the target.

    On any exception the temporary file is removed and the old file stays as it was. The temporary name keeps the
    target's extension, because encoders choose the format by it.

    Raises:
        InputRefused: the disk refused the file (full, read-only, ...).
    """
    target = check_writable(path)
    handle, name = tempfile.mkstemp(prefix=f".{target.stem[:40]}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        os.replace(temporary, target)
        _sync_folder(target.parent)
    except OSError as error:
        raise InputRefused(f"{path} could not be written.", error.strerror or str(error),
                           "Free some space or choose another place; the old file was not touched.") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write data to path, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_json(path: Path | str, value: Any) -> None:
    """Write value as indented JSON, whole or not at all; NaN and infinities are refused."""
    write_bytes(path, (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode())


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _sync_folder(folder: Path) -> None:
    """Flush the directory entry; only POSIX can, and some network file systems refuse it."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
