"""The row above the canvas: what the tool in use can be told, and which mask it changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from editor.canvas.tools import brush_actions
from editor.canvas.tools.toolbox import ToolBox
from editor.look.theme import mark
from editor.look.translation import QT_TRANSLATE_NOOP
from editor.options import BrushOptions, LassoOptions
from editor.panels.mask_options import LEVELS, MaskOptions, least_width
from editor.widgets.buttons import tool_button
from editor.widgets.fields import SliderField
from editor.workspace import Workspace

_HEIGHT = 42
_GAP = 10
_WIDEST = 260


@dataclass(frozen=True)
class _Number:
    """A number of the brush; ``factor`` from the option to what is shown."""

    name: str
    label: str
    minimum: float
    maximum: float
    unit: str
    help: str
    factor: float = 100.0
    logarithmic: bool = False


_SIZE = _Number("size", QT_TRANSLATE_NOOP("ToolOptions", "Size"), 1, 2000, " px",
                QT_TRANSLATE_NOOP("ToolOptions", "Diameter in pixels of the photo  ([ and ])"), 1.0, True)
_HARDNESS = _Number("hardness", QT_TRANSLATE_NOOP("ToolOptions", "Hardness"), 0, 100, " %",
                    QT_TRANSLATE_NOOP("ToolOptions", "Share of the brush that covers fully  (Shift+[ and Shift+])"))
_OPACITY = _Number("opacity", QT_TRANSLATE_NOOP("ToolOptions", "Opacity"), 1, 100, " %",
                   QT_TRANSLATE_NOOP("ToolOptions", "Most that one stroke covers or erases  (1 to 0)"))
_SPACING = _Number("spacing", QT_TRANSLATE_NOOP("ToolOptions", "Spacing"), 2, 100, " %",
                   QT_TRANSLATE_NOOP("ToolOptions", "Distance between touches, in diameters"))
_SMOOTHING = _Number("smoothing", QT_TRANSLATE_NOOP("ToolOptions", "Smoothing"), 0, 100, " %",
                     QT_TRANSLATE_NOOP("ToolOptions", "How much the line lags behind the hand to steady it"))
_NUMBERS = (_SIZE, _HARDNESS, _OPACITY, _SPACING, _SMOOTHING)
_SHOWN = (5, 3, 3, 2, 1)
"""How many of them the row shows at each level of compactness."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("ToolOptions", text)


class ToolOptionsBar(QWidget):
    """One row that changes with the tool; what does not fit into narrow windows moves into a menu.

    Args:
        workspace: whose options are shown and set.
        toolbox: names and hints of the tools.
    """

    def __init__(self, workspace: Workspace, toolbox: ToolBox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._toolbox = workspace, toolbox
        self.setObjectName("optionsBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Tool options"))
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._brush = BrushPage(workspace, self)
        self._lasso = LassoPage(workspace, self)
        self._fill = FillPage(workspace, self)
        self._plain = HintPage(self)
        self._pages = QStackedWidget(self)
        for page in (self._brush, self._lasso, self._fill, self._plain):
            self._pages.addWidget(page)
        self._masks = MaskOptions(workspace, self)
        row = QHBoxLayout(self)
        # What is shown must not keep the window from becoming narrower: then less is shown.
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(_GAP, 0, _GAP, 0)
        row.setSpacing(_GAP)
        row.addWidget(self._pages, 1)
        row.addWidget(divider(self))
        row.addWidget(self._masks)
        workspace.toolChanged.connect(self._switch)
        workspace.optionsChanged.connect(self._sync)
        self._switch(workspace.tool)

    def _switch(self, name: str) -> None:
        tool = self._toolbox.get(name)
        pages: dict[str, QWidget] = {
            "brush": self._brush, "eraser": self._brush, "lasso": self._lasso, "fill": self._fill}
        page = pages.get(tool.name, self._plain)
        self._plain.show_tool(tool.label, tool.advice)
        self._pages.setCurrentWidget(page)
        self._sync()

    def _sync(self) -> None:
        for page in (self._brush, self._lasso, self._fill):
            page.sync()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._least(LEVELS - 1), _HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(self._least(0), _HEIGHT)

    def _least(self, level: int) -> int:
        return self._brush.least_width(level) + self._masks.least_width(level) + 4 * _GAP + 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        level = next((level for level in range(LEVELS) if self._least(level) <= self.width()), LEVELS - 1)
        self._brush.set_level(level)
        self._masks.set_level(level)
        self._pages.setMinimumWidth(self._brush.least_width(level))


class BrushPage(QWidget):
    """Everything about the brush or, while that is in use, the eraser."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._fields: list[tuple[_Number, SliderField]] = []
        self._sign = SignButtons(workspace, self)
        self._inline = [self._field(number, self) for number in _NUMBERS]
        self._size = self._toggle("mdi6.signature-freehand", self.tr("Pressure changes the size"), "pressure_size")
        self._opacity = self._toggle("mdi6.opacity", self.tr("Pressure changes the opacity"), "pressure_opacity")
        self._more = tool_button(self, "mdi6.tune-variant", self.tr("More about the brush"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu())
        self._lay_out()
        self.sync()

    def _lay_out(self) -> None:
        row = _row(self)
        row.addWidget(self._sign)
        for field in self._inline:
            field.setMaximumWidth(_WIDEST)
            row.addWidget(field, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self._size, self._opacity, self._more):
            buttons.addWidget(button)
        row.addLayout(buttons)
        row.addStretch(1)

    def _menu(self) -> QMenu:
        menu, panel = QMenu(self), QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(12, 8, 12, 8)
        fields = [self._field(number, panel) for number in _NUMBERS[1:]]
        width = max(field.label_width() for field in fields)
        for field in fields:
            field.set_label_width(width)
            column.addWidget(field)
        panel.setMinimumWidth(300)
        action = QWidgetAction(menu)
        action.setDefaultWidget(panel)
        menu.addAction(action)
        return menu

    def _field(self, number: _Number, parent: QWidget) -> SliderField:
        default = getattr(BrushOptions(), number.name) * number.factor
        field = SliderField(
            _tr(number.label), number.minimum, number.maximum, default, unit=number.unit, step=1,
            logarithmic=number.logarithmic, help=_tr(number.help), parent=parent)
        field.valueChanged.connect(partial(self._set, number))
        self._fields.append((number, field))
        return field

    def _toggle(self, icon_name: str, name: str, option: str) -> QToolButton:
        button = tool_button(self, icon_name, name, checkable=True,
                             help=self.tr("Needs a pen; a mouse always presses fully"))
        button.toggled.connect(partial(self._set_flag, option))
        return button

    def _set(self, number: _Number, value: float) -> None:
        setattr(brush_actions.painting_options(self._workspace), number.name, value / number.factor)
        self._workspace.optionsChanged.emit()

    def _set_flag(self, option: str, value: bool) -> None:
        options = brush_actions.painting_options(self._workspace)
        if getattr(options, option) != value:
            setattr(options, option, value)
            self._workspace.optionsChanged.emit()

    def sync(self) -> None:
        """Show the options as they are."""
        options = brush_actions.painting_options(self._workspace)
        for number, field in self._fields:
            field.set_value(getattr(options, number.name) * number.factor)
        self._size.setChecked(options.pressure_size)
        self._opacity.setChecked(options.pressure_opacity)
        self._sign.sync()

    def minimumSizeHint(self) -> QSize:
        # As if it were narrow already: else a wide window could never be made narrow again.
        return QSize(self.least_width(LEVELS - 1), super().minimumSizeHint().height())

    def least_width(self, level: int) -> int:
        """Pixels that the row needs at least at a level of compactness."""
        shown = [self._sign, *self._inline[:_SHOWN[level]]]
        buttons = [self._size, self._opacity] + ([self._more] if level else [])
        return sum(map(least_width, shown)) + _GAP * len(shown) + sum(map(least_width, buttons))

    def set_level(self, level: int) -> None:
        """Show fewer numbers in the row the higher the level is; the others are behind a button."""
        for place, field in enumerate(self._inline):
            field.setVisible(place < _SHOWN[level])
        self._more.setVisible(level > 0)


class SignButtons(QWidget):
    """Two buttons of which one is down: add to the mask, or take away from it."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._add = tool_button(self, "mdi6.plus-circle-outline", self.tr("Add to the mask"), checkable=True,
                                help=self.tr("X changes to the other"))
        self._remove = tool_button(self, "mdi6.minus-circle-outline", self.tr("Take away from the mask"),
                                   checkable=True, help=self.tr("X changes to the other"))
        group = QButtonGroup(self)
        for button, erase in ((self._add, False), (self._remove, True)):
            group.addButton(button)
            row.addWidget(button)
            button.clicked.connect(partial(self._choose, erase))

    def _choose(self, erase: bool, _checked: bool = True) -> None:
        workspace = self._workspace
        if workspace.tool == "eraser" and erase:
            return
        if workspace.tool == "eraser" or self._erases() != erase:
            brush_actions.swap_polarity(workspace)

    def _erases(self) -> bool:
        tools = self._workspace.tools
        if self._workspace.tool == "eraser":
            return True
        return tools.lasso.subtract if self._workspace.tool == "lasso" else tools.erase

    def sync(self) -> None:
        """Show the polarity of the tool in use."""
        (self._remove if self._erases() else self._add).setChecked(True)


class LassoPage(QWidget):
    """Polarity and soft edge of the lasso."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        row = _row(self)
        self._sign = SignButtons(workspace, self)
        row.addWidget(self._sign)
        self._feather = SliderField(
            self.tr("Feather"), 0, 200, LassoOptions().feather, unit=" px", step=1,
            help=self.tr("Width of the soft edge in pixels of the photo"), parent=self)
        self._feather.setMaximumWidth(280)
        self._feather.valueChanged.connect(self._set_feather)
        row.addWidget(self._feather, 1)
        row.addWidget(_hint(self, self.tr("Drag around an area, or click its corners and press Enter")), 2)

    def _set_feather(self, value: float) -> None:
        self._workspace.tools.lasso.feather = value
        self._workspace.optionsChanged.emit()

    def sync(self) -> None:
        """Show the options as they are."""
        self._feather.set_value(self._workspace.tools.lasso.feather)
        self._sign.sync()


class FillPage(QWidget):
    """Polarity of the fill tool."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = _row(self)
        self._sign = SignButtons(workspace, self)
        row.addWidget(self._sign)
        row.addWidget(_hint(self, self.tr("Click inside a painted outline; small gaps are closed")), 1)

    def sync(self) -> None:
        """Show the options as they are."""
        self._sign.sync()


class HintPage(QWidget):
    """Name and use of a tool that has no options."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = _row(self)
        self._title = QLabel(self)
        mark(self._title, "heading")
        row.addWidget(self._title)
        self._hint = _hint(self, "")
        row.addWidget(self._hint, 1)

    def show_tool(self, title: str, hint: str) -> None:
        """Tell about a tool."""
        self._title.setText(title)
        self._hint.setText(hint)


class HintLabel(QLabel):
    """A dim line that is cut with dots where the row ends; whole in its tooltip."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        mark(self, "dim")
        self.setText(text)

    def setText(self, text: str) -> None:
        self._whole = text
        self._cut()

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(self.width(), 0))
        super().setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._cut()


def divider(parent: QWidget) -> QFrame:
    """A thin upright line between groups of a row."""
    line = QFrame(parent)
    line.setObjectName("divider")
    line.setFrameShape(QFrame.Shape.VLine)
    line.setFrameShadow(QFrame.Shadow.Plain)
    line.setFixedHeight(20)
    line.setForegroundRole(line.palette().ColorRole.Light)
    return line


def _hint(parent: QWidget, text: str) -> HintLabel:
    return HintLabel(text, parent)


def _row(page: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(_GAP)
    return row
