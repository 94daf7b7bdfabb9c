"""One declared parameter of a recipe as a row of the panel: slider, check box or list, with help and reset."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from core.recipes.base import Param
from editor.look import theme
from editor.look.icons import icon
from editor.run.source_choices import NOTHING_CHOSEN, ChoiceLook
from editor.widgets.combos import ElidedCombo
from editor.widgets.fields import SliderField

_UNITS = {"max_yaw": " °"}
_MARGIN = 10
_DEFAULT_AT = 0.4
"""Where on a curved slider the default lies."""
_LARGEST_FACTOR = 4e4
_NUMBER_WIDTH = 84
_COMPACT_LABEL, _COMPACT_NUMBER = 104, 64
_PAIR_LETTERS, _BUTTON = 6, 22
_BARE_NUMBER, _BARE_SLIDER = 52, 32


class CurvedField(SliderField):
    """A slider whose way is short for small values and long for large ones, zero included.

    Weights go from 0 to thousands while their useful values lie around one: the default sits well inside the slider.
    """

    def __init__(self, *args: Any, curve: float = 1.0, **options: Any) -> None:
        self._curve = curve
        super().__init__(*args, **options)
        # The row around it has the name.
        self._label.hide()
        # One width for all, so that the sliders of a panel end on one line.
        self.set_number_width(_NUMBER_WIDTH)

    def _position(self, value: float) -> int:
        share = (value - self._minimum) / (self._maximum - self._minimum)
        return round(max(0.0, share) ** (1 / self._curve) * 2000)

    def _value_at(self, position: int) -> float:
        value = self._minimum + (position / 2000) ** self._curve * (self._maximum - self._minimum)
        return value if self._curve == 1 else _rounded(value)


class ParamRow(QWidget):
    """A parameter with its name, what it is set to, help and reset; a dot marks a value that was changed.

    Args:
        param: the declaration.
        compact: name and slider in one line; for short names.
        companion: the row of a number that belongs to this list, shown under it and reset with it; hidden while
            what is chosen leaves nothing that it could be an amount of.
        bare: only slider and number, to be a companion.

    Signals:
        changed(str, object): name and value, by the hand of the user; live while a slider is dragged.
    """

    changed = Signal(str, object)

    def __init__(self, param: Param, parent: QWidget | None = None, *, compact: bool = False,
                 companion: ParamRow | None = None, bare: bool = False) -> None:
        super().__init__(parent)
        self.param, self.companion = param, companion
        self._compact, self._bare = compact or companion is not None, bare
        self._value: Any = param.default
        self._baseline: Any = param.default
        self._label = _Name(param.label, self)
        self._label.setToolTip(param.help)
        self._label.doubleClicked.connect(self.reset)
        self._reset = _small_button(self, "reset", self.tr("Reset {0}").format(param.label))
        self._reset.clicked.connect(self.reset)
        policy = self._reset.sizePolicy()
        # In one line there is room for one button only: reset takes the place of help.
        policy.setRetainSizeWhenHidden(not self._compact)
        self._reset.setSizePolicy(policy)
        self._info = _small_button(self, "help", self.tr("What {0} does").format(param.label))
        self._info.setToolTip(param.help)
        self._info.clicked.connect(self._explain)
        self._under: QHBoxLayout | None = None
        self._editor = self._make_editor()
        if bare:
            self._arrange_bare()
        else:
            self._arrange()
        if companion is not None:
            companion.changed.connect(self._show_marks)
        self._show()

    def _make_editor(self) -> QWidget:
        param = self.param
        if param.kind is bool:
            box = QCheckBox(param.label, self)
            box.toggled.connect(self._set_by_hand)
            box.setToolTip(param.help)
            return box
        if param.choices:
            combo = ElidedCombo(self)
            if self.companion is not None:
                # Names of photographs may be long.
                combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
                combo.setMinimumContentsLength(_PAIR_LETTERS)
            for choice in param.choices:
                combo.addItem(choice, choice)
            combo.setAccessibleName(param.label)
            combo.setToolTip(param.help)
            combo.activated.connect(self._picked)
            self._label.setBuddy(combo)
            return combo
        field = make_number_field(param, self)
        field.valueChanged.connect(self._slid)
        self._label.setBuddy(field)
        return field

    def _arrange_bare(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._editor)
        for widget in (self._label, self._reset, self._info):
            widget.setParent(self)
            widget.hide()
        if isinstance(self._editor, CurvedField):
            self._editor.set_number_width(_BARE_NUMBER)
            self._editor.set_least_slider(_BARE_SLIDER)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, 2, 0, 2)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(4 if self._compact else 0)
        if self._compact and self.param.kind is not bool:
            self.set_label_width(_COMPACT_LABEL)
            head.addWidget(self._label)
            head.addWidget(self._editor, 1)
            if isinstance(self._editor, CurvedField):
                self._editor.set_number_width(_COMPACT_NUMBER)
        elif self.param.kind is bool:
            head.addWidget(self._editor, 1)
            self._label.hide()
        else:
            head.addWidget(self._label, 1)
        head.addWidget(self._reset)
        head.addWidget(self._info)
        column.addLayout(head)
        if self.companion is not None:
            self._under = QHBoxLayout()
            self._under.setContentsMargins(self._label.width() + 4, 0, _BUTTON + 4, 4)
            self._under.addWidget(self.companion)
            column.addLayout(self._under)
        if self.param.kind is not bool and not self._compact:
            column.addWidget(self._editor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def label_width(self) -> int:
        """The width in pixels that the name asks for."""
        return self._label.sizeHint().width()

    def set_label_width(self, width: int) -> None:
        """Give the name of a compact row this width, or what it needs, so that the rows of a column are aligned."""
        if self._compact and self.param.kind is not bool:
            width = max(width, self.label_width())
            self._label.setFixedWidth(width)
            if self._under is not None:
                self._under.setContentsMargins(width + 4, 0, _BUTTON + 4, 4)

    def tab_stops(self) -> list[QWidget]:
        """What the Tab key reaches, in order."""
        own = self._editor.findChildren(QWidget) if isinstance(self._editor, SliderField) else [self._editor]
        if self._bare:
            return own
        return [*own, *(self.companion.tab_stops() if self.companion is not None else ()), self._reset, self._info]

    # -- value ------------------------------------------------------------------------------------------------------
    def value(self) -> Any:
        """As it is."""
        return self._value

    def set_state(self, value: Any, baseline: Any) -> None:
        """Show a value, and what reset brings back, without any signal."""
        if (value, baseline) == (self._value, self._baseline):
            return
        self._value, self._baseline = value, baseline
        self._show()

    @property
    def is_changed(self) -> bool:
        """Whether the value is another than reset would bring back."""
        return self._value != self._baseline

    def set_choices(self, looks: Mapping[str, ChoiceLook]) -> None:
        """Name the choices for people, and offer only what there is; one that is set stays set."""
        combo = self._editor
        model = combo.model() if isinstance(combo, QComboBox) else None
        if not isinstance(combo, QComboBox) or not isinstance(model, QStandardItemModel):
            return
        for number in range(combo.count()):
            look = looks.get(combo.itemData(number))
            if look is not None:
                combo.setItemText(number, look.title)
                model.item(number).setEnabled(look.offered)
        chosen = looks.get(self._value)
        combo.setToolTip(f"{chosen.title}\n{self.param.help}" if chosen is not None else self.param.help)
        combo.view().setMinimumWidth(combo.view().sizeHintForColumn(0) + 2 * _MARGIN)

    def reset(self) -> None:
        """Back to the preset's value, as the user's act."""
        if self.companion is not None:
            self.companion.reset()
        if self.is_changed:
            self._value = self._baseline
            self._show()
            self.changed.emit(self.param.name, self._value)

    def matches(self, words: str) -> bool:
        """Whether every one of the words occurs in name, label or help."""
        params = [self.param] if self.companion is None else [self.param, self.companion.param]
        text = " ".join(f"{param.name} {param.label} {param.help}" for param in params).casefold()
        return all(word in text for word in words.casefold().split())

    # -- by hand ----------------------------------------------------------------------------------------------------
    def _set_by_hand(self, value: Any) -> None:
        if value != self._value:
            self._value = value
            self._show_marks()
            self.changed.emit(self.param.name, value)

    def _slid(self, value: float) -> None:
        self._set_by_hand(self.param.kind(value))

    def _picked(self, index: int) -> None:
        if isinstance(self._editor, QComboBox):
            self._set_by_hand(self._editor.itemData(index))

    # -- looks ------------------------------------------------------------------------------------------------------
    def _show(self) -> None:
        editor = self._editor
        if isinstance(editor, SliderField):
            editor.set_value(float(self._value))
            editor.set_default(float(self._baseline))
        else:
            with QSignalBlocker(editor):
                if isinstance(editor, QCheckBox):
                    editor.setChecked(bool(self._value))
                elif isinstance(editor, QComboBox):
                    editor.setCurrentIndex(editor.findData(self._value))
        self._show_marks()

    def _show_marks(self) -> None:
        if self._bare:
            return
        if self.companion is not None:
            self.companion.setVisible(self._value not in NOTHING_CHOSEN)
        changed = self._is_marked
        self._reset.setVisible(changed)
        self._info.setVisible(not (self._compact and changed))
        self._reset.setToolTip(self.tr("Reset to {0}").format(_text(self._baseline)))
        self._label.setAccessibleDescription(self.tr("changed") if changed else "")
        self.update()

    @property
    def _is_marked(self) -> bool:
        """Whether there is anything to reset in this line."""
        return self.is_changed or (self.companion is not None and self.companion.is_changed)

    def _explain(self) -> None:
        below = self._info.mapToGlobal(QPoint(0, self._info.height()))
        QToolTip.showText(below, self.param.help, self._info)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._bare or not self._is_marked:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.ACCENT_LIGHT))
            painter.drawEllipse(1, self._reset.geometry().center().y() - 2, 5, 5)


def make_number_field(param: Param, parent: QWidget | None = None) -> CurvedField:
    """The slider of a numeric parameter: range, number of decimals, step and curve follow from the declaration."""
    default = float(param.default)
    low = float(param.minimum or 0)
    high = float(param.maximum if param.maximum is not None else max(1.0, default * 10))
    if default > 0:
        high = min(high, low + default * _LARGEST_FACTOR)
    curve = 1.0
    if high - low > 4 * max(default - low, 1):
        share = max(default - low, 1e-3) / (high - low)
        curve = math.log(share) / math.log(_DEFAULT_AT) if default > low else 4.0
    decimals = 0 if param.kind is int else decimals_for(default, high)
    step = 1.0 if param.kind is int else 10.0**-decimals
    return CurvedField(param.label, low, high, default, decimals=decimals, unit=_UNITS.get(param.name, ""),
                       step=max(step, _rounded(default / 20, 1)), help=param.help, curve=curve, parent=parent)


def decimals_for(default: float, high: float) -> int:
    """Decimals that a value near the default needs."""
    if high <= 1:
        return 2 if default in (0, round(default, 2)) and not 0 < default < 0.1 else 3
    return 0 if default >= 40 else 1 if default >= 10 else 2 if default >= 0.1 else 3


def _rounded(value: float, digits: int = 2) -> float:
    """To so many significant digits."""
    return value if value == 0 else round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _small_button(parent: QWidget, name: str, text: str) -> QToolButton:
    button = QToolButton(parent)
    button.setIcon(icon(name, theme.DIM))
    button.setIconSize(QSize(14, 14))
    button.setFixedSize(_BUTTON, _BUTTON)
    button.setAccessibleName(text)
    button.setToolTip(text)
    return button


class _Name(QLabel):
    """The name of a parameter; a double click asks for its reset."""

    doubleClicked = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.doubleClicked.emit()
