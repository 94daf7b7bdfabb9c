"""Asks before something that is not saved would be lost."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

translate = QCoreApplication.translate


class Answer(Enum):
    """What is to become of the unsaved work."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


def ask_about_unsaved(parent: QWidget, name: str, *, can_save: bool = False) -> Answer:
    """Ask; closing the box means cancel.

    Args:
        parent: the window.
        name: of the document.
        can_save: whether saving is offered.
    """
    box = QMessageBox(parent)
    box.setWindowTitle(translate("Unsaved", "Unsaved changes"))
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setText(translate("Unsaved", "“{0}” has changes that are not saved.").format(name))
    box.setInformativeText(translate("Unsaved", "They are lost if you do not save them."))
    roles = QMessageBox.ButtonRole
    save = box.addButton(translate("Unsaved", "&Save"), roles.AcceptRole) if can_save else None
    discard = box.addButton(translate("Unsaved", "&Discard changes"), roles.DestructiveRole)
    cancel = box.addButton(translate("Unsaved", "&Cancel"), roles.RejectRole)
    box.setDefaultButton(save or cancel)
    box.setEscapeButton(cancel)
    box.exec()
    if save is not None and box.clickedButton() is save:
        return Answer.SAVE
    return Answer.DISCARD if box.clickedButton() is discard else Answer.CANCEL
