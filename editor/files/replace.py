"""Asks before a file is overwritten; the artist's own photograph gets a warning of its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget
from shiboken6 import isValid


def _tr(text: str) -> str:
    return QCoreApplication.translate("Replace", text)


def ask_to_replace(parent: QWidget, path: Path, *, is_source: bool = False) -> bool:
    """Whether the artist wants this file replaced; closing the box means no.

    Args:
        parent: the window.
        path: of the file that is there.
        is_source: whether it is a photograph of the open document.
    """
    box = QMessageBox(parent)
    box.setWindowTitle(_tr("Replace the file?"))
    box.setIcon(QMessageBox.Icon.NoIcon)
    if is_source:
        box.setText(_tr("“{0}” is the photograph this portrait was made from.").format(path.name))
        box.setInformativeText(_tr("Replacing it cannot be undone: the photograph itself would be gone."))
    else:
        box.setText(_tr("“{0}” exists already.").format(path.name))
        box.setInformativeText(_tr("Its content would be replaced."))
    replace = box.addButton(_tr("&Replace the photograph") if is_source else _tr("&Replace"),
                            QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(_tr("&Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    # Whoever deleted the box with its window meanwhile has not said yes.
    return isValid(box) and box.clickedButton() is replace
