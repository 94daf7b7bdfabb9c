"""Saves the document as a project without holding up the artist, and knows exactly what of it is on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.document.document import Document
from editor.files.writing import Writer, failure_notice
from editor.settings import Settings
from editor.workspace import SavedState, Workspace

PROJECT_SUFFIX = ".ora"


@dataclass(frozen=True, eq=False)
class _Save:
    path: Path
    state: SavedState
    then: Callable[[], object] | None


class ProjectFiles(QObject):
    """Save and Save as.

    Args:
        workspace: whose document is saved.
        settings: remembers folders.
        writer: does the writing.
        window: over which dialogs appear.

    Signals:
        saved(Path): a project was written.
    """

    saved = Signal(object)

    def __init__(self, workspace: Workspace, settings: Settings, writer: Writer, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._settings, self._writer, self._window = workspace, settings, writer, window

    def save(self, then: Callable[[], object] | None = None) -> bool:
        """Save where the document came from; asks for a place if it has none.

        Args:
            then: called once the document as it is now is on disk; never if that fails.

        Returns:
            False when the artist cancelled.
        """
        document = self._workspace.document
        if document is None:
            return False
        if document.path is None:
            return self.save_as(then)
        self._write(document, document.path, then)
        return True

    def save_as(self, then: Callable[[], object] | None = None) -> bool:
        """Ask for a place and save there; otherwise as ``save``."""
        document = self._workspace.document
        if document is None:
            return False
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save the project"), str(self.suggestion(document)),
            self.tr("Projects ({0})").format(f"*{PROJECT_SUFFIX}"))
        if not chosen or self._workspace.document is not document:
            return False
        path = Path(chosen)
        if path.suffix.lower() != PROJECT_SUFFIX:
            path = path.with_name(path.name + PROJECT_SUFFIX)
            if path.exists() and not self._replaces(path):
                return False
        self._settings.set_last_folder(path.parent)
        self._write(document, path.absolute(), then)
        return True

    def suggestion(self, document: Document) -> Path:
        """Where a document would be saved; never over the OpenRaster file of another program that it came from."""
        if document.path is not None:
            return document.path
        source = document.identity.photo.path
        stem = Path(document.identity.name).stem or "portrait"
        foreign = source is not None and source.suffix.lower() == PROJECT_SUFFIX
        return self._settings.last_folder / (
            self.tr("{0} project").format(stem) + PROJECT_SUFFIX if foreign else stem + PROJECT_SUFFIX)

    def _replaces(self, path: Path) -> bool:
        """Ask about a file that the file dialog did not ask about, because it was named without its ending."""
        from editor.files.replace import ask_to_replace

        return ask_to_replace(self._window, path)

    def _write(self, document: Document, path: Path, then: Callable[[], object] | None) -> None:
        from core.io.project import take_snapshot, write_snapshot

        save = _Save(path, self._workspace.state(), then)
        snapshot = take_snapshot(document)
        self._writer.write(path, partial(write_snapshot, path, snapshot), partial(self._done, save),
                           partial(self._failed, save))

    def _done(self, save: _Save, _nothing: object) -> None:
        document = save.state.document
        if document is not None:
            document.path = save.path
        self._workspace.mark_saved(save.state)
        self._workspace.hinted.emit(self.tr("Saved {0}.").format(save.path.name))
        self.saved.emit(save.path)
        if save.then is not None:
            save.then()

    def _failed(self, save: _Save, error: Exception) -> None:
        self._workspace.notify(failure_notice(
            error, self.tr("{0} could not be saved.").format(save.path.name),
            self.tr("Save under another name or in another place; the old file was not touched.")))
