"""The size of type changes in windows that are open, without exchanging the style sheet."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QFormLayout, QLabel, QLineEdit, QSpinBox, QWidget

from editor.look import theme


@pytest.fixture
def themed(qapp: QApplication):
    theme.apply_theme(qapp, 13)
    yield qapp
    theme.apply_theme(qapp, theme.FONT_PIXELS)


def test_open_windows_take_the_new_size_and_new_ones_too(themed, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    rows = QFormLayout(window)
    number, heading, title, small = QSpinBox(), QLabel("Heading"), QLabel("Title"), QLabel("small")
    for widget in (number, heading, title, small):
        rows.addRow(widget)
    theme.mark(heading, "heading")
    theme.scale_type(title, 2.0)
    small.setStyleSheet("font-size: 12px;")
    window.show()
    qtbot.waitExposed(window)
    for size in (17, 11, 15):
        theme.resize_type(themed, size)
        QApplication.processEvents()
        field = number.findChild(QLineEdit)
        assert [widget.font().pixelSize() for widget in (window, number, field, heading)] == [size] * 4
        assert title.font().pixelSize() == 2 * size
        assert small.font().pixelSize() == 12
        assert heading.font().bold() or heading.font().weight() >= 600
        later = QLabel("later", window)
        assert later.font().pixelSize() == size
        assert QLabel("elsewhere").font().pixelSize() == size
