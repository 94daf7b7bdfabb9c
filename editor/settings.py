"""What the window remembers between two sessions, typed; one INI file in the user's data folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from core.settings import user_data_folder
from editor.options import CompareMode, ToolOptions, ViewOptions

RECENT = 10
T = TypeVar("T")
_KEPT_OUT = {"compare", "compare_with", "panes", "split"}
"""View options that belong to one picture; a new session starts without them."""


@dataclass(frozen=True)
class Preferences:
    """What the preferences dialog offers, besides view options.

    Attributes:
        undo_megabytes: memory that undo steps may hold.
        undo_steps: how many of them, at most.
        font_pixels: size of the window's type.
        threads: of the engine, 0 = as many as suit the machine.
    """

    undo_megabytes: int = 512
    undo_steps: int = 200
    font_pixels: int = 13
    threads: int = 0


LIMITS = {"undo_megabytes": (64, 4096), "undo_steps": (10, 1000), "font_pixels": (11, 20), "threads": (0, 64)}
"""Smallest and largest value of each preference."""


class Settings(QObject):
    """Reads and writes the file; a value that makes no sense counts as absent.

    Args:
        path: of the INI file; None is ``settings.ini`` in the user's data folder.

    Signals:
        recentChanged: the list of recent files is another one.
        preferencesChanged: ``preferences`` were set.
    """

    recentChanged = Signal()
    preferencesChanged = Signal()

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path or user_data_folder() / "settings.ini"
        self._store = QSettings(str(self.path), QSettings.Format.IniFormat)

    @property
    def folder(self) -> Path:
        """Where small things that belong to this user are kept: thumbnails, log."""
        return self.path.parent

    # -- single values --------------------------------------------------------------------------------------------
    def get(self, key: str, default: T) -> T:
        """A plain value (bool, int, float, str, list or dict of those) of the default's type."""
        text = self._store.value(key)
        if not isinstance(text, str):
            return default
        try:
            value = json.loads(text)
        except ValueError:
            return default
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        return value if type(value) is type(default) else default

    def set(self, key: str, value: object) -> None:
        """Keep a plain value; written to disk at the latest by ``save``."""
        self._store.setValue(key, json.dumps(value))

    def remove(self, key: str) -> None:
        """Forget a value, or all below it."""
        self._store.remove(key)

    def save(self) -> None:
        """Write what is not yet on disk."""
        self._store.sync()

    # -- recent files ---------------------------------------------------------------------------------------------
    @property
    def recent(self) -> list[Path]:
        """Files opened last, the newest first; they need not exist any more."""
        return [Path(item) for item in self.get("recent", []) if isinstance(item, str)]

    def add_recent(self, path: Path) -> None:
        """Put a file at the top of the list."""
        path = Path(path).absolute()
        self._set_recent([path, *(other for other in self.recent if other != path)])

    def remove_recent(self, path: Path) -> None:
        """Take a file off the list."""
        self._set_recent([other for other in self.recent if other != Path(path).absolute()])

    def clear_recent(self) -> None:
        """Empty the list."""
        self._set_recent([])

    def _set_recent(self, paths: list[Path]) -> None:
        self.set("recent", [str(path) for path in paths[:RECENT]])
        self.recentChanged.emit()

    @property
    def last_folder(self) -> Path:
        """Where file dialogs begin."""
        folder = Path(self.get("last_folder", ""))
        return folder if folder != Path() and folder.is_dir() else Path.home()

    def set_last_folder(self, folder: Path) -> None:
        """Remember where the artist found or put a file."""
        self.set("last_folder", str(folder))

    # -- window, shortcuts ----------------------------------------------------------------------------------------
    def bytes(self, key: str) -> QByteArray:
        """A state that Qt wrote (geometry, layout); empty when there is none."""
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_bytes(self, key: str, value: QByteArray) -> None:
        """Keep such a state."""
        self._store.setValue(key, value)

    @property
    def shortcuts(self) -> dict[str, list[str]]:
        """By action: its shortcuts in portable text, only where they differ from the defaults."""
        kept = self.get("shortcuts", {})
        return {str(key): [str(item) for item in value] for key, value in kept.items() if isinstance(value, list)}

    def set_shortcuts(self, shortcuts: Mapping[str, list[str]]) -> None:
        """Keep all differing shortcuts."""
        self.set("shortcuts", dict(shortcuts))

    # -- groups ---------------------------------------------------------------------------------------------------
    @property
    def preferences(self) -> Preferences:
        """The choices of the preferences dialog, within their limits."""
        found = _filled(Preferences(), self.get("preferences", {}))
        bounded = {name: min(max(getattr(found, name), low), high) for name, (low, high) in LIMITS.items()}
        return replace(found, **bounded)

    def set_preferences(self, preferences: Preferences) -> None:
        """Keep the choices and tell everyone."""
        self.set("preferences", asdict(preferences))
        self.preferencesChanged.emit()

    def load_tools(self) -> ToolOptions:
        """Options of all tools."""
        return _filled(ToolOptions(), self.get("tools", {}))

    def save_tools(self, tools: ToolOptions) -> None:
        """Keep the options of all tools."""
        self.set("tools", _plain(tools))

    def load_view(self) -> ViewOptions:
        """View options; without comparison."""
        view = _filled(ViewOptions(), self.get("view", {}))
        view.compare = CompareMode.OFF
        return view

    def save_view(self, view: ViewOptions) -> None:
        """Keep the view options that outlive a picture."""
        self.set("view", {key: value for key, value in _plain(view).items() if key not in _KEPT_OUT})


def _plain(value: Any) -> Any:
    """Dataclasses as dicts and enums as their values."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return value


def _filled(target: Any, stored: Any) -> Any:
    """The dataclass with what was stored, field by field, where that has the same type as the default."""
    if not isinstance(stored, dict):
        return target
    changes = {}
    for item in fields(target):
        default, value = getattr(target, item.name), stored.get(item.name)
        if is_dataclass(default):
            changes[item.name] = _filled(default, value)
        elif isinstance(default, Enum):
            if value in [member.value for member in type(default)]:
                changes[item.name] = type(default)(value)
        elif isinstance(default, dict):
            if isinstance(value, dict):
                changes[item.name] = {key: value[key] if isinstance(value.get(key), type(kept)) else kept
                                      for key, kept in default.items()}
        elif isinstance(default, float) and type(value) is int:
            changes[item.name] = float(value)
        elif type(value) is type(default):
            changes[item.name] = value
    return replace(target, **changes)
