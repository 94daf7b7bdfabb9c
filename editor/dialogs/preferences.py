"""The few choices that belong to the artist and the machine rather than to a portrait."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QApplication,
    QColorDialog,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from editor.actions import masks as mask_actions
from editor.look import theme
from editor.options import ViewOptions
from editor.settings import LIMITS, Preferences, Settings
from editor.workspace import Workspace


class ColourButton(QPushButton):
    """Shows a colour and lets another be chosen.

    Args:
        name: what has this colour.
        colour: "#rrggbb".
    """

    def __init__(self, name: str, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setFixedSize(56, 26)
        self.setAccessibleName(self.tr("Colour of {0}").format(name))
        self.setToolTip(self.accessibleName())
        self.clicked.connect(self._choose)
        self.set_colour(colour)

    def set_colour(self, colour: str) -> None:
        """Show this colour."""
        self.colour = colour
        # The one place where a colour is not the theme's but the artist's.
        self.setStyleSheet(f"QPushButton {{ background: {colour}; }}")

    def _choose(self) -> None:
        chosen = QColorDialog.getColor(QColor(self.colour), self, self.accessibleName())
        if chosen.isValid():
            self.set_colour(chosen.name())


class PreferencesDialog(QDialog):
    """Nothing changes before OK."""

    def __init__(self, settings: Settings, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Preferences"))
        self._settings, self._workspace = settings, workspace
        preferences, view = settings.preferences, workspace.view
        self.surround = _number(0, 255, view.surround, self.tr("Grey of the canvas"))
        self._swatch = QLabel()
        self._swatch.setFixedSize(56, 26)
        self.surround.valueChanged.connect(self._show_surround)
        self.colours = {role: ColourButton(mask_actions.role_title(role), view.colours[role]) for role in view.colours}
        self.font_pixels = _number(*LIMITS["font_pixels"], preferences.font_pixels, self.tr("Size of type"), " px")
        self.undo_megabytes = _number(*LIMITS["undo_megabytes"], preferences.undo_megabytes,
                                      self.tr("Memory for undo"), " MB", step=64)
        self.undo_steps = _number(*LIMITS["undo_steps"], preferences.undo_steps, self.tr("Undo steps"), step=10)
        self.threads = _number(*LIMITS["threads"], preferences.threads, self.tr("Processor threads"))
        self.threads.setSpecialValueText(self.tr("Automatic"))
        self._build()
        self._show_surround()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * theme.GRID, 2 * theme.GRID, 3 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(theme.GRID)
        grey = QHBoxLayout()
        grey.setSpacing(theme.GRID)
        grey.addWidget(self.surround)
        grey.addWidget(self._swatch)
        grey.addStretch()
        self._section(column, self.tr("Window"), [(self.tr("Grey around the photo"), grey),
                                                  (self.tr("Size of type"), self.font_pixels)])
        self._section(column, self.tr("Overlay colours"),
                      [(mask_actions.role_title(role), button) for role, button in self.colours.items()])
        self._section(column, self.tr("Undo"), [(self.tr("Memory, at most"), self.undo_megabytes),
                                                (self.tr("Steps, at most"), self.undo_steps)])
        self._section(column, self.tr("Engine"), [(self.tr("Processor threads"), self.threads)],
                      self.tr("Takes effect when the program is started again."))
        buttons = QDialogButtonBox()
        ok = buttons.addButton(QDialogButtonBox.StandardButton.Ok)
        theme.mark(ok, "primary")
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        reset = buttons.addButton(self.tr("Reset all"), QDialogButtonBox.ButtonRole.ResetRole)
        reset.clicked.connect(self.reset)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addSpacing(theme.GRID)
        column.addWidget(buttons)
        self.setMinimumWidth(420)

    def _section(self, column: QVBoxLayout, title: str, rows: list[tuple[str, QWidget | QHBoxLayout]],
                 note: str = "") -> None:
        heading = QLabel(title)
        theme.mark(heading, "heading")
        column.addSpacing(theme.GRID)
        column.addWidget(heading)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * theme.GRID)
        form.setVerticalSpacing(theme.GRID)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        for text, field in rows:
            label = QLabel(text)
            label.setMinimumWidth(170)
            form.addRow(label, field)
        column.addLayout(form)
        if note:
            remark = QLabel(note)
            theme.mark(remark, "dim")
            column.addWidget(remark)

    def _show_surround(self) -> None:
        grey = self.surround.value()
        self._swatch.setStyleSheet(f"background: rgb({grey}, {grey}, {grey}); border: 1px solid {theme.EDGE};")

    def reset(self) -> None:
        """Show the defaults; they count on OK."""
        view, preferences = ViewOptions(), Preferences()
        self.surround.setValue(view.surround)
        for role, button in self.colours.items():
            button.set_colour(view.colours[role])
        for name in LIMITS:
            getattr(self, name).setValue(getattr(preferences, name))

    def accept(self) -> None:
        """Keep what is shown and put it into force."""
        before = self._settings.preferences
        values = {name: getattr(self, name).value() for name in LIMITS}
        view = self._workspace.view
        view.surround = self.surround.value()
        view.colours = {role: button.colour for role, button in self.colours.items()}
        self._settings.save_view(view)
        self._settings.set_preferences(replace(before, **values))
        self._workspace.viewChanged.emit()
        app = QApplication.instance()
        if values["font_pixels"] != before.font_pixels and isinstance(app, QApplication):
            theme.resize_type(app, values["font_pixels"])
        super().accept()


def _number(low: int, high: int, value: int, name: str, unit: str = "", step: int = 1) -> QSpinBox:
    field = QSpinBox()
    field.setRange(low, high)
    field.setValue(value)
    field.setSingleStep(step)
    field.setSuffix(unit)
    field.setAccessibleName(name)
    # As in the panels: typed, or changed with the arrow keys and the wheel.
    field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.setFixedWidth(112)
    return field
