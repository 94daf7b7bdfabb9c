"""Opens the window's dialogs; each is imported when it is first wanted, so that the program starts sooner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from editor.problems import log_file

if TYPE_CHECKING:
    from editor.main_window import MainWindow


def edit_shortcuts(window: MainWindow) -> None:
    """Look up and change keys."""
    from editor.dialogs.shortcut_editor import ShortcutEditor

    ShortcutEditor(window.actions_, window).exec()


def edit_preferences(window: MainWindow) -> None:
    """Change preferences."""
    from editor.dialogs.preferences import PreferencesDialog

    PreferencesDialog(window.settings, window.workspace, window).exec()


def show_about(window: MainWindow) -> None:
    """Version and licence."""
    from editor.dialogs.about import AboutDialog

    AboutDialog(window).exec()


def show_log(window: MainWindow) -> None:
    """Open the folder of the log."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file(window.settings.folder).parent)))
