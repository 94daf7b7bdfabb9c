"""What actions work on: the parts of one window, and what they ask of the parts that lie above them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtWidgets import QWidget

from editor.canvas.area import CanvasArea
from editor.canvas.tools.toolbox import ToolBox
from editor.run.controller import RunController
from editor.workspace import Workspace


class FileCommands(Protocol):
    """What the File menu asks for."""

    def choose_file(self) -> None: ...
    def choose_references(self, slot: str | None = None) -> None: ...
    def open_sample(self) -> None: ...
    def save(self) -> None: ...
    def save_as(self) -> None: ...
    def export(self) -> None: ...
    def close_document(self) -> None: ...


class DialogCommands(Protocol):
    """Dialogs that actions open."""

    def edit_shortcuts(self) -> None: ...
    def edit_preferences(self) -> None: ...
    def show_answers(self) -> None: ...
    def show_help(self, recipe: str) -> None: ...
    def show_log(self) -> None: ...
    def show_about(self) -> None: ...


@dataclass(frozen=True)
class Layout:
    """What can be done with the window itself and its panels."""

    close: Callable[[], object]
    reset: Callable[[], object]
    toggle_panels: Callable[[], object]
    panels_hidden: Callable[[], bool]
    toggle_full_screen: Callable[[], object]
    full_screen: Callable[[], bool]
    show_spread: Callable[[], object]
    """Goes to the numbers that grow and feather the mask."""
    rename_layer: Callable[[], object]
    """Edits the active layer's name where it stands."""


@dataclass(frozen=True)
class Parts:
    """The parts of one window.

    Attributes:
        find_hair: looks for the hair of a source anew, by id.
        window: over which dialogs appear.
    """

    workspace: Workspace
    toolbox: ToolBox
    area: CanvasArea
    run: RunController
    files: FileCommands
    dialogs: DialogCommands
    layout: Layout
    find_hair: Callable[[str], object]
    window: QWidget
