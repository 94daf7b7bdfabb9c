"""Carries out an export: opens the dialog, writes beside the window, and says where the file is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from editor.files.writing import Writer, failure_notice
from editor.settings import Settings
from editor.workspace import Notice, Workspace

if TYPE_CHECKING:
    from editor.files.export_dialog import ExportDialog, ExportRequest


class Exporter(QObject):
    """File > Export.

    Args:
        workspace: whose document is exported.
        settings: remembers choices.
        writer: does the writing.
        window: over which the dialog appears.

    Signals:
        exported(Path, Notice): a file was written; the notice tells about it.
    """

    exported = Signal(object, object)

    def __init__(self, workspace: Workspace, settings: Settings, writer: Writer, window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._settings, self._writer, self._window = workspace, settings, writer, window
        self.dialog: ExportDialog | None = None

    def ask(self, apply: Callable[[], object]) -> None:
        """Show the dialog.

        Args:
            apply: makes the shown preview a layer.
        """
        from editor.files.export_dialog import ExportDialog

        if self._workspace.document is None or self.dialog is not None:
            return
        self.dialog = ExportDialog(self._workspace, self._settings, apply, self._window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _closed(self) -> None:
        request = None if self.dialog is None else self.dialog.request
        self.dialog = None
        if request is not None:
            self._writer.write(request.path, partial(_write, request), partial(self._written, request.path),
                               partial(self._failed, request.path))

    def _written(self, path: Path, size: int) -> None:
        from editor.files.export_job import size_text

        self.exported.emit(path, Notice(
            self.tr("Exported {0}, {1}.").format(path.name, size_text(size)),
            self.tr("It is in {0}.").format(path.parent), level="info"))

    def _failed(self, path: Path, error: Exception) -> None:
        self._workspace.notify(failure_notice(
            error, self.tr("{0} could not be exported.").format(path.name),
            self.tr("Choose another place or format.")))


def show_folder(path: Path) -> None:
    """Open the folder of a file in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _write(request: ExportRequest) -> int:
    """Write the file; how many bytes it has."""
    from core.io.atomic import write_bytes
    from core.io.export import encode_export

    data = request.data
    if data is None:
        data = encode_export(request.picture.pixels(), request.picture.photo, request.options)
    write_bytes(request.path, data)
    return len(data)
