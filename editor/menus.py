"""The menu bar: all actions in their places, recent files, and a toggle for every panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from editor.icons import icon

if TYPE_CHECKING:
    from editor.main_window import MainWindow


def build_menus(window: MainWindow) -> dict[str, QMenu]:
    """Fill the menu bar of a window; returns its menus by path."""
    menus = window.actions_.fill(window.menuBar())
    recent = QMenu(QCoreApplication.translate("Menus", "Open &recent"), window)
    recent.setObjectName("File/Recent")
    recent.setIcon(icon("recent"))
    window.files.keep_recent_menu(recent)
    menus["File"].insertMenu(window.actions_["file.open_sample"], recent)
    menus["File/Recent"] = recent
    before = window.actions_["window.reset"]
    for dock in window.docks.docks.values():
        menus["Window"].insertAction(before, dock.toggleViewAction())
    menus["Window"].insertSeparator(before)
    return menus
