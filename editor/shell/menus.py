"""The menu bar: all actions in their places, recent files, and a toggle for every panel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu

from editor.files.samples import samples
from editor.look.icons import icon

if TYPE_CHECKING:
    from editor.shell.main_window import MainWindow


def build_menus(window: MainWindow) -> dict[str, QMenu]:
    """Fill the menu bar of a window; returns its menus by path."""
    menus = window.actions_.fill(window.menuBar())
    recent = QMenu(QCoreApplication.translate("Menus", "Open &recent"), window)
    recent.setObjectName("File/Recent")
    recent.setIcon(icon("recent"))
    window.files.keep_recent_menu(recent)
    menus["File"].insertMenu(window.actions_["file.open_sample"], recent)
    menus["File/Recent"] = recent
    menus["File/Samples"] = _samples_menu(window, menus["File"])
    before = window.actions_["window.reset"]
    for dock in window.docks.docks.values():
        menus["Window"].insertAction(before, dock.toggleViewAction())
    menus["Window"].insertSeparator(before)
    return menus


def _samples_menu(window: MainWindow, menu: QMenu) -> QMenu:
    """The samples beside the first, behind the action that opens that one."""
    more = QMenu(QCoreApplication.translate("Menus", "More samples"), window)
    more.setObjectName("File/Samples")
    more.setIcon(icon("sample"))
    for sample in samples()[1:]:
        action = more.addAction(sample.title)
        action.setStatusTip(sample.about)
        action.triggered.connect(partial(window.files.open_sample, sample))
    entries = menu.actions()
    menu.insertMenu(entries[entries.index(window.actions_["file.open_sample"]) + 1], more)
    return more
