"""A slider field keeps slider, number and signals in agreement, however the value is changed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QLabel, QSlider

from editor.widgets.fields import SliderField, align_fields

NO = Qt.KeyboardModifier.NoModifier


class Heard:
    """Signals of a field, in order."""

    def __init__(self, field: SliderField) -> None:
        self.live: list[float] = []
        self.final: list[float] = []
        field.valueChanged.connect(self.live.append)
        field.committed.connect(self.final.append)


def shown(qtbot, *args, **options) -> tuple[SliderField, QSlider, QDoubleSpinBox, Heard]:
    field = SliderField(*args, **options)
    qtbot.addWidget(field)
    field.resize(260, 30)
    field.show()
    slider, number = field.findChild(QSlider), field.findChild(QDoubleSpinBox)
    assert slider is not None
    assert number is not None
    return field, slider, number, Heard(field)


def test_typing_is_taken_on_enter_and_clipped(qtbot):
    field, slider, number, heard = shown(qtbot, "Size", 1, 2000, 60, unit=" px", logarithmic=True)
    number.setFocus()
    number.selectAll()
    qtbot.keyClicks(number, "500")
    assert heard.live == []
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert (heard.live, heard.final) == ([500.0], [500.0])
    assert field.value() == 500
    number.setValue(99999)
    assert field.value() == 2000
    assert slider.value() == slider.maximum()


def test_setting_is_silent(qtbot):
    field, _, number, heard = shown(qtbot, "Opacity", 0, 100, 80, unit=" %")
    field.set_value(33)
    assert (field.value(), number.value()) == (33, 33)
    assert heard.live == heard.final == []


def test_dragging_is_live_and_commits_on_release(qtbot):
    field, slider, number, heard = shown(qtbot, "Opacity", 0, 100, 0)
    middle = slider.rect().center()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, NO, middle)
    assert slider.isSliderDown()
    qtbot.mouseMove(slider, middle + QPoint(20, 0))
    assert len(heard.live) >= 2
    assert heard.final == []
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, NO, middle + QPoint(20, 0))
    assert heard.final == [field.value()] == [number.value()]
    assert field.value() > 50


def test_a_double_click_on_the_label_resets(qtbot):
    field, _, _, heard = shown(qtbot, "Feather", 0, 200, 5, default=2)
    label = field.findChild(QLabel)
    assert label is not None
    qtbot.mouseDClick(label, Qt.MouseButton.LeftButton)
    assert field.value() == 2
    assert heard.final == [2]
    field.reset()
    assert heard.final == [2]


@pytest.mark.parametrize(("key", "expected"), [
    (Qt.Key.Key_Right, 51), (Qt.Key.Key_Down, 49), (Qt.Key.Key_PageUp, 60), (Qt.Key.Key_Home, 0), (Qt.Key.Key_End, 100),
])
def test_keys_step_the_value(qtbot, key, expected):
    field, slider, _, heard = shown(qtbot, "Opacity", 0, 100, 50, step=1)
    qtbot.keyClick(slider, key)
    assert field.value() == expected
    assert heard.final == [expected]


def test_logarithmic_steps_grow_with_the_value(qtbot):
    field, _, number, _ = shown(qtbot, "Size", 1, 2000, 10, logarithmic=True)
    qtbot.keyClick(number, Qt.Key.Key_Up)
    assert field.value() == 11
    field.set_value(1000)
    qtbot.keyClick(number, Qt.Key.Key_Up)
    assert field.value() == 1050


@pytest.mark.parametrize("kind", [QSlider, QDoubleSpinBox])
def test_the_wheel_needs_the_focus(qtbot, kind):
    field, _, _, _ = shown(qtbot, "Opacity", 0, 100, 50, step=1)
    widget = field.findChild(kind)
    assert widget is not None

    def wheel() -> bool:
        event = QWheelEvent(QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, NO,
                            Qt.ScrollPhase.NoScrollPhase, False)
        event.ignore()
        QApplication.sendEvent(widget, event)
        return event.isAccepted()

    field.clearFocus()
    widget.clearFocus()
    wheel()
    assert field.value() == 50
    field.activateWindow()
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    wheel()
    assert field.value() == 51


def test_names_and_alignment(qtbot):
    first, second = SliderField("Grow", -200, 200, 0, unit=" px"), SliderField("Feather", 0, 9, 0)
    for field in (first, second):
        qtbot.addWidget(field)
        field.resize(260, 30)
    align_fields((first, second))
    first.show()
    second.show()
    sliders = [slider for field in (first, second) if (slider := field.findChild(QSlider)) is not None]
    assert len(sliders) == 2
    assert [slider.geometry().left() for slider in sliders] == [sliders[0].geometry().left()] * 2
    assert [slider.accessibleName() for slider in sliders] == ["Grow", "Feather"]


def test_an_impossible_range_is_refused():
    with pytest.raises(ValueError, match="no slider"):
        SliderField("Size", 0, 10, 1, logarithmic=True)
