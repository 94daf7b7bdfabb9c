"""Says what this program is, its version and its licence."""

from __future__ import annotations

import platform

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from core import __version__
from editor.look import theme


class AboutDialog(QDialog):
    """See the module."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Coiffe"))
        title = QLabel("Coiffe")
        title.setObjectName("startTitle")
        title.setIndent(0)
        claim = QLabel(self.tr("Gives a portrait another portrait's hair: offline, at the photograph's full size."))
        claim.setWordWrap(True)
        details = QLabel(self.tr("Version {0}\nPython {1}, Qt for Python {2}\nLicence: Apache 2.0").format(
            __version__, platform.python_version(), pyside_version))
        details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        sample = QLabel(self.tr("The sample portrait shows Eileen Collins, photographed by NASA (public domain). "
                                "The other samples were painted by the model; each face is mixed from several people."))
        sample.setWordWrap(True)
        for label in (details, sample):
            theme.mark(label, "dim")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * theme.GRID, 3 * theme.GRID, 3 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(2 * theme.GRID)
        for widget in (title, claim, details, sample, buttons):
            column.addWidget(widget)
        self.setFixedWidth(420)
