"""Opens the window's dialogs; each is imported when it is first wanted, so that the program starts sooner."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QWidget

from core.recipes.catalogue import CATALOGUE
from editor.actions.registry import Actions
from editor.dialogs.help_pages import page_of
from editor.problems import log_file
from editor.run.controller import RunController
from editor.settings import Settings
from editor.workspace import Workspace


class Dialogs(QObject):
    """See the module.

    Args:
        workspace: whose document and options they are about.
        settings: what preferences change.
        actions: whose keys can be changed.
        run: whose answers can be chosen from.
        window: over which they appear.
    """

    def __init__(self, workspace: Workspace, settings: Settings, actions: Actions, run: RunController,
                 window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._settings, self._actions, self._run = workspace, settings, actions, run
        self._window = window

    def edit_shortcuts(self) -> None:
        """Look up and change keys."""
        from editor.dialogs.shortcut_editor import ShortcutEditor

        _show(ShortcutEditor(self._actions, self._window))

    def edit_preferences(self) -> None:
        """Change preferences."""
        from editor.dialogs.preferences import PreferencesDialog

        _show(PreferencesDialog(self._settings, self._workspace, self._window))

    def show_about(self) -> None:
        """Version and licence."""
        from editor.dialogs.about import AboutDialog

        _show(AboutDialog(self._window))

    def show_help(self, recipe: str) -> None:
        """The page of a recipe; says in the status bar when there is none."""
        from editor.dialogs.help_viewer import HelpViewer

        page, info = page_of(recipe), CATALOGUE.get(recipe)
        if page is None or info is None:
            self._workspace.hinted.emit(self.tr("There is no page about this recipe."))
            return
        viewer = self._window.findChild(HelpViewer) or HelpViewer(self._window)
        viewer.show_page(page, info.title)

    def show_answers(self) -> None:
        """The contact sheet of a run that gave several answers."""
        from editor.dialogs.contact_sheet import ContactSheet

        sheet = self._window.findChild(ContactSheet) or ContactSheet(self._workspace, self._run, self._window)
        sheet.show_sheet()

    def show_log(self) -> None:
        """Open the folder of the log."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file(self._settings.folder).parent)))


def _show(dialog: QDialog) -> None:
    """Show a dialog without a loop of its own: nothing waits for it that could be gone when it closes."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
