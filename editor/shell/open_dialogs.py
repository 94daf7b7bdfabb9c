"""Opens the window's dialogs; each is imported when it is first wanted, so that the program starts sooner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog

from core.recipes.catalogue import CATALOGUE
from editor.dialogs.help_pages import page_of
from editor.problems import log_file

if TYPE_CHECKING:
    from editor.shell.main_window import MainWindow


def edit_shortcuts(window: MainWindow) -> None:
    """Look up and change keys."""
    from editor.dialogs.shortcut_editor import ShortcutEditor

    _show(ShortcutEditor(window.actions_, window))


def edit_preferences(window: MainWindow) -> None:
    """Change preferences."""
    from editor.dialogs.preferences import PreferencesDialog

    _show(PreferencesDialog(window.settings, window.workspace, window))


def show_about(window: MainWindow) -> None:
    """Version and licence."""
    from editor.dialogs.about import AboutDialog

    _show(AboutDialog(window))


def show_help(window: MainWindow, recipe: str) -> None:
    """The page of a recipe; says in the status bar when there is none."""
    from editor.dialogs.help_viewer import HelpViewer

    page, info = page_of(recipe), CATALOGUE.get(recipe)
    if page is None or info is None:
        window.workspace.hinted.emit(QCoreApplication.translate("Dialogs", "There is no page about this recipe."))
        return
    viewer = window.findChild(HelpViewer) or HelpViewer(window)
    viewer.show_page(page, info.title)


def show_answers(window: MainWindow) -> None:
    """The contact sheet of a run that gave several answers."""
    from editor.dialogs.contact_sheet import ContactSheet

    sheet = window.findChild(ContactSheet) or ContactSheet(window.workspace, window.run, window)
    sheet.show_sheet()


def show_log(window: MainWindow) -> None:
    """Open the folder of the log."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file(window.settings.folder).parent)))


def _show(dialog: QDialog) -> None:
    """Show a dialog without a loop of its own: nothing waits for it that could be gone when it closes."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
