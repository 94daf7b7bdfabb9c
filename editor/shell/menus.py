"""The menu bar: all actions in their places, recent files, and a toggle for every panel."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from editor.actions.registry import Actions
from editor.files.files import Files
from editor.files.samples import samples
from editor.look.icons import icon


def build_menus(bar: QMenuBar, actions: Actions, files: Files, panels: Iterable[QAction]) -> dict[str, QMenu]:
    """Fill a menu bar.

    Args:
        bar: to fill.
        actions: all of the window's.
        files: keeps the recent files and opens the samples.
        panels: show and hide one each.

    Returns:
        its menus by path.
    """
    menus = actions.fill(bar)
    recent = QMenu(QCoreApplication.translate("Menus", "Open &recent"), bar)
    recent.setObjectName("File/Recent")
    recent.setIcon(icon("recent"))
    files.keep_recent_menu(recent)
    menus["File"].insertMenu(actions["file.open_sample"], recent)
    menus["File/Recent"] = recent
    menus["File/Samples"] = _samples_menu(menus["File"], actions["file.open_sample"], files)
    before = actions["window.reset"]
    for panel in panels:
        menus["Window"].insertAction(before, panel)
    menus["Window"].insertSeparator(before)
    return menus


def _samples_menu(menu: QMenu, first: QAction, files: Files) -> QMenu:
    """The samples beside the first, behind the action that opens that one."""
    more = QMenu(QCoreApplication.translate("Menus", "More samples"), menu)
    more.setObjectName("File/Samples")
    more.setIcon(icon("sample"))
    for sample in samples()[1:]:
        action = more.addAction(sample.title)
        action.setStatusTip(sample.about)
        action.triggered.connect(partial(files.open_sample, sample))
    entries = menu.actions()
    menu.insertMenu(entries[entries.index(first) + 1], more)
    return more
