"""A slider with a typed number beside it, because every value of the editor can be dragged, stepped or typed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

_POSITIONS = 2000
_NUMBER_STYLE = """
QDoubleSpinBox { padding-left: 0; }
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { subcontrol-origin: border; width: 0px; }
QDoubleSpinBox QLineEdit { border: none; background: transparent; padding: 0; min-height: 0; }
"""
_STEPS = {
    Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10,
}


class SliderField(QWidget):
    """Label, slider and typed number of one value.

    A double click on the label or its context menu brings the default back. The wheel changes the value only while
    the slider or the number has the keyboard focus, so that scrolling a panel never alters anything.

    Args:
        label: shown on the left; empty for none.
        minimum, maximum, value: as shown.
        decimals: of the number.
        unit: shown behind the number, with its own space where one belongs (" px", " %").
        step: of keys and wheel; None is a hundredth of the range, or a twentieth of the value when logarithmic,
            rounded to what the number can show.
        default: what reset brings back; None is ``value``.
        logarithmic: whether the slider's way is spent equally on each doubling; needs ``minimum`` > 0.
        help: tooltip.

    Signals:
        valueChanged(float): by the hand of the user, live while dragging.
        committed(float): the user let go, stepped or typed.
    """

    valueChanged = Signal(float)
    committed = Signal(float)

    def __init__(
        self,
        label: str,
        minimum: float,
        maximum: float,
        value: float,
        *,
        decimals: int = 0,
        unit: str = "",
        step: float | None = None,
        default: float | None = None,
        logarithmic: bool = False,
        help: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        if maximum <= minimum or (logarithmic and minimum <= 0):
            raise ValueError(f"no slider from {minimum} to {maximum}")
        self._minimum, self._maximum = float(minimum), float(maximum)
        self._decimals, self._unit, self._logarithmic = decimals, unit, logarithmic
        self._fixed_step = step
        self._default = float(value if default is None else default)
        self._value = self._settle(value)
        self._name, self._help = label, help
        self._label = _ResetLabel(label, self)
        self._slider = _Slider(self)
        self._number = _Number(self)
        self._build()
        self.set_value(value)

    def _build(self) -> None:
        name = self._name or self._help
        self._slider.setRange(0, _POSITIONS)
        self._slider.setAccessibleName(name)
        self._number.setAccessibleName(self.tr("%1, number").replace("%1", name))
        self._number.setDecimals(self._decimals)
        self._number.setRange(self._minimum, self._maximum)
        self._number.setSuffix(self._unit)
        self._number.setFixedWidth(self._number.width_for_range())
        self._label.setVisible(bool(self._name))
        self._label.setBuddy(self._number)
        self.setAccessibleName(name)
        self.setFocusProxy(self._number)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._label)
        row.addWidget(self._slider, 1)
        row.addWidget(self._number)
        self._show_help()
        self._slider.valueChanged.connect(self._slid)
        self._slider.sliderReleased.connect(self._released)
        self._slider.stepped.connect(self.step_by)
        self._slider.jumped.connect(self._jump)
        self._number.valueChanged.connect(self._typed)
        self._label.resetRequested.connect(self.reset)

    # -- value --------------------------------------------------------------------------------------------------
    def value(self) -> float:
        """The value as shown."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a value without any signal."""
        self._value = self._settle(value)
        with QSignalBlocker(self._number):
            self._number.setValue(self._value)
        if not self._slider.isSliderDown():
            self._place()

    def default(self) -> float:
        """What reset brings back."""
        return self._default

    def set_default(self, default: float) -> None:
        """Change what reset brings back."""
        self._default = float(default)
        self._show_help()

    def set_label_width(self, width: int) -> None:
        """Give the label this width in pixels, so that the sliders of a column start on one line."""
        self._label.setFixedWidth(width)

    def set_number_width(self, width: int) -> None:
        """Give the number this width in pixels, so that the sliders of a column end on one line."""
        self._number.setFixedWidth(width)

    def set_least_slider(self, width: int) -> None:
        """Let the slider shrink to this width in pixels."""
        self._slider.setMinimumWidth(width)

    def label_width(self) -> int:
        """The width in pixels that the label asks for."""
        return self._label.sizeHint().width()

    def number_width(self) -> int:
        """The width in pixels that the longest number asks for."""
        return self._number.width_for_range()

    def reset(self) -> None:
        """Bring the default back, as the user's act."""
        self._set_by_hand(self._default, final=True)

    def step_by(self, steps: int) -> None:
        """Change the value by steps, as the user's act."""
        self._set_by_hand(self._value + steps * self._step(), final=True)

    def _step(self) -> float:
        if self._fixed_step is not None:
            return self._fixed_step
        step = self._value / 20 if self._logarithmic else (self._maximum - self._minimum) / 100
        return max(10.0**-self._decimals, round(step, self._decimals))

    def _set_by_hand(self, value: float, *, final: bool) -> None:
        value = self._settle(value)
        changed = value != self._value
        self.set_value(value)
        if changed:
            self.valueChanged.emit(value)
        if final and changed:
            self.committed.emit(value)

    def _settle(self, value: float) -> float:
        return round(min(max(float(value), self._minimum), self._maximum), self._decimals)

    # -- slider <-> value ----------------------------------------------------------------------------------------
    def _position(self, value: float) -> int:
        if self._logarithmic:
            share = math.log(max(value, self._minimum) / self._minimum) / math.log(self._maximum / self._minimum)
        else:
            share = (value - self._minimum) / (self._maximum - self._minimum)
        return round(share * _POSITIONS)

    def _value_at(self, position: int) -> float:
        share = position / _POSITIONS
        if self._logarithmic:
            return self._minimum * (self._maximum / self._minimum) ** share
        return self._minimum + share * (self._maximum - self._minimum)

    def _place(self) -> None:
        with QSignalBlocker(self._slider):
            self._slider.setValue(self._position(self._value))

    def _slid(self, position: int) -> None:
        value = self._settle(self._value_at(position))
        if value != self._value:
            self._value = value
            with QSignalBlocker(self._number):
                self._number.setValue(value)
            self.valueChanged.emit(value)

    def _released(self) -> None:
        self._place()
        self.committed.emit(self._value)

    def _jump(self, limit: int) -> None:
        self._set_by_hand(self._maximum if limit > 0 else self._minimum, final=True)

    def _typed(self, value: float) -> None:
        self._set_by_hand(value, final=True)

    # -- help ---------------------------------------------------------------------------------------------------
    def _show_help(self) -> None:
        reset = self.tr("Double-click the name to reset to %1").replace("%1", self._text(self._default))
        text = f"{self._help}\n{reset}" if self._help else reset
        for widget in (self._label, self._slider, self._number):
            widget.setToolTip(text)

    def _text(self, value: float) -> str:
        return self.locale().toString(float(value), "f", self._decimals) + self._unit

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        action = menu.addAction(self.tr("Reset to %1").replace("%1", self._text(self._default)))
        action.setEnabled(self._value != self._default)
        action.triggered.connect(self.reset)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())


def align_fields(fields: Sequence[SliderField]) -> None:
    """Give the labels of a column one width and its numbers another, so that all sliders are equally long."""
    label = max(field.label_width() for field in fields)
    number = max(field.number_width() for field in fields)
    for field in fields:
        field.set_label_width(label)
        field.set_number_width(number)


class _ResetLabel(QLabel):
    """The name of a value; a double click asks for its default."""

    resetRequested = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.resetRequested.emit()


class _Slider(QSlider):
    """A slider that jumps to where it is pressed, whose keys step the value itself, and that lets the wheel pass."""

    stepped = Signal(int)
    jumped = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(48)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(96, 0))

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel(self, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            fast = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self.stepped.emit(_STEPS[key] * fast)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.jumped.emit(1 if key == Qt.Key.Key_End else -1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            style, control = self.style(), QStyle.ComplexControl.CC_Slider
            handle = style.subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, self)
            if not handle.contains(event.position().toPoint()):
                groove = style.subControlRect(control, option, QStyle.SubControl.SC_SliderGroove, self)
                offset = round(event.position().x()) - groove.x() - handle.width() // 2
                span = groove.width() - handle.width()
                place = QStyle.sliderValueFromPosition(0, self.maximum(), offset, span, option.upsideDown)
                self.setValue(place)
        super().mousePressEvent(event)


class _Number(QDoubleSpinBox):
    """The typed number: taken on Enter or on leaving, without arrows, selected when reached."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        # Without arrows a style sheet leaves the line one pixel of room; and it must not have a frame of its own.
        self.setStyleSheet(_NUMBER_STYLE)

    def width_for_range(self) -> int:
        """Pixels that the longest value needs."""
        texts = (self.textFromValue(v) + self.suffix() for v in (self.minimum(), self.maximum()))
        return max(self.fontMetrics().horizontalAdvance(text) for text in texts) + 20

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.selectAll()

    def stepBy(self, steps: int) -> None:
        field = self.parentWidget()
        if isinstance(field, SliderField):
            self.interpretText()
            field.step_by(steps)

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel(self, event)


def _wheel(widget: QSlider | QDoubleSpinBox, event: QWheelEvent) -> None:
    """Step when the widget has the focus; otherwise leave the event to the scroll area around it."""
    steps = event.angleDelta().y() / 120
    field = widget.parentWidget()
    if widget.hasFocus() and steps and isinstance(field, SliderField):
        field.step_by(round(steps) or (1 if steps > 0 else -1))
        event.accept()
    else:
        event.ignore()
