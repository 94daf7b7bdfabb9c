"""The tool bar and the row of tool options."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QToolButton, QWidget

from core.document.commands import AddLayer, RemoveLayer
from core.document.document import Target
from editor.canvas.tools.toolbox import GROUPS
from editor.look import theme
from editor.options import BrushOptions, MaskView
from editor.panels.mask_options import MaskOptions
from editor.panels.tool_options import BrushPage, SignButtons, ToolOptionsBar
from editor.panels.toolbar import ToolBar
from editor.widgets.fields import SliderField
from tests.editor.canvas.tools.conftest import toolbox as toolbox
from tests.editor.canvas.tools.conftest import workspace as workspace
from tests.editor.canvas.tools.hands import add_layer

DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
LEFT = Qt.MouseButton.LeftButton
NAMES = [name for group in GROUPS for name in group]


@pytest.fixture
def bar(workspace, toolbox, show) -> ToolBar:
    return show(ToolBar(workspace, toolbox))


@pytest.fixture
def row(workspace, toolbox, show) -> ToolOptionsBar:
    return show(ToolOptionsBar(workspace, toolbox), 1280, 42)


def fields(row) -> dict[str, SliderField]:
    found = {field.accessibleName(): field for field in row.findChildren(SliderField) if field.isVisibleTo(row)}
    return found


def test_buttons_choose_tools_and_follow_them(workspace, bar):
    for name in NAMES:
        QTest.mouseClick(bar.button(name), LEFT)
        assert workspace.tool == name
        assert [other for other in NAMES if bar.button(other).isChecked()] == [name]
    workspace.set_tool("lasso")
    assert [other for other in NAMES if bar.button(other).isChecked()] == ["lasso"]


def test_buttons_are_named_and_tell_their_keys(workspace, toolbox, bar):
    for name in NAMES:
        button = bar.button(name)
        assert button.accessibleName() == toolbox.get(name).label
        assert f"({toolbox.get(name).shortcut})" in button.toolTip()
        assert not button.icon().isNull()
    assert [action.isSeparator() for action in bar.actions()].count(True) == len(GROUPS) - 1


def test_tooltips_follow_the_keys_of_the_windows_actions(workspace, toolbox, qtbot):
    action = QAction("Brush")
    action.setShortcut(QKeySequence("P"))
    bar = ToolBar(workspace, toolbox, {"tool.brush": action})
    qtbot.addWidget(bar)
    assert "(P)" in bar.button("brush").toolTip()
    action.setShortcut(QKeySequence("Ctrl+Alt+B"))
    assert "(Ctrl+Alt+B)" in bar.button("brush").toolTip()
    action.setShortcut(QKeySequence())
    assert "(" not in bar.button("brush").toolTip().split("<br>")[0]


@pytest.mark.parametrize("tool", NAMES)
def test_row_fits_a_window_of_1280_pixels(workspace, toolbox, qapp, qtbot, tool):
    style, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    workspace.document.sources["reference-1"].name = "a photograph with quite a long name.jpg"
    try:
        theme.apply_theme(qapp)
        row = ToolOptionsBar(workspace, toolbox)
        qtbot.addWidget(row)
        workspace.set_tool(tool)
        row.resize(1280, 42)
        row.show()
        assert row.minimumSizeHint().width() <= 900
        assert row.width() == 1280
        assert {"Size", "Hardness", "Opacity"} <= set(fields(row)) or tool not in ("brush", "eraser")
        row.resize(2000, 42)
        assert {"Spacing", "Smoothing"} <= set(fields(row)) or tool not in ("brush", "eraser")
        for width in (1280, 900, 1100, 1480, 1700):
            row.resize(width, 42)
            for field in row.findChildren(SliderField):
                assert not field.isVisible() or field.width() >= field.minimumSizeHint().width()
            assert row.width() == width
            right = max(child.geometry().right() for child in row.findChildren(QWidget, options=DIRECT)
                        if child.isVisible())
            assert right <= width
    finally:
        qapp.setStyleSheet(style)
        qapp.setPalette(palette)
        qapp.setFont(font)


def test_numbers_change_the_tool_in_use_and_show_it(workspace, row):
    shown = fields(row)
    shown["Size"].step_by(5)
    shown["Hardness"].step_by(-50)
    assert workspace.tools.brush.size == 25
    assert workspace.tools.brush.hardness == 0.5
    workspace.set_tool("eraser")
    assert shown["Size"].value() == 10
    shown["Opacity"].step_by(-20)
    assert workspace.tools.eraser.opacity == pytest.approx(0.8)
    assert workspace.tools.brush.opacity == 1.0
    workspace.tools.eraser.size = 333.0
    workspace.optionsChanged.emit()
    assert shown["Size"].value() == 333
    shown["Size"].reset()
    assert workspace.tools.eraser.size == BrushOptions().size


def test_spacing_and_smoothing_can_be_set_in_a_narrow_window(workspace, row):
    page = row.findChild(BrushPage)
    menu = next(button.menu() for button in page.findChildren(QToolButton) if button.menu() is not None)
    inside = {field.accessibleName(): field for field in menu.findChildren(SliderField)}
    inside["Smoothing"].step_by(40)
    inside["Spacing"].step_by(15)
    assert workspace.tools.brush.smoothing == pytest.approx(0.4)
    assert workspace.tools.brush.spacing == pytest.approx(0.25)


def test_pressure_switches(workspace, row):
    buttons = {button.accessibleName(): button for button in row.findChildren(QToolButton)}
    QTest.mouseClick(buttons["Pressure changes the size"], LEFT)
    QTest.mouseClick(buttons["Pressure changes the opacity"], LEFT)
    assert (workspace.tools.brush.pressure_size, workspace.tools.brush.pressure_opacity) == (False, True)
    workspace.set_tool("eraser")
    assert buttons["Pressure changes the size"].isChecked()
    assert (workspace.tools.eraser.pressure_size, workspace.tools.eraser.pressure_opacity) == (True, False)


def test_sign_buttons_set_the_polarity(workspace, row):
    sign = row.findChild(BrushPage).findChild(SignButtons)
    add, remove = sign.findChildren(QToolButton)
    QTest.mouseClick(remove, LEFT)
    assert workspace.tools.erase
    workspace.set_tool("eraser")
    assert remove.isChecked()
    QTest.mouseClick(add, LEFT)
    assert (workspace.tool, workspace.tools.erase) == ("brush", False)
    assert add.isChecked()


def test_every_icon_button_is_named(row):
    for button in row.findChildren(QAbstractButton):
        if button.isVisibleTo(row):
            assert button.accessibleName()
            assert button.toolTip()


# -- masks ----------------------------------------------------------------------------------------------------------
def combos(row) -> tuple[QComboBox, QComboBox]:
    role, owner = row.findChild(MaskOptions).findChildren(QComboBox)
    return role, owner


def choose(combo: QComboBox, text: str) -> None:
    index = combo.findText(text)
    assert index >= 0
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_target_is_chosen_by_role_and_photo(workspace, row):
    role, owner = combos(row)
    choose(role, "Protect")
    assert workspace.target == Target("identity", "protect")
    choose(owner, "curls.jpg")
    assert workspace.target == Target("reference-1", "protect")
    workspace.set_target(Target("identity", "ignore"))
    assert (role.currentText(), owner.currentText()) == ("Ignore", "Portrait")


def test_a_long_name_of_a_photo_is_cut_with_a_sign_and_told_whole(workspace, row):
    _, owner = combos(row)
    workspace.source("reference-1").name = name = "studio_portrait_of_the_bride_0042.jpg"
    workspace.set_target(Target("reference-1", "hair"))
    row.findChild(MaskOptions).sync()
    assert owner.currentData() == "reference-1"
    assert "…" in owner.currentText()
    assert owner.fontMetrics().horizontalAdvance(owner.currentText()) < owner.width() - 24
    assert owner.itemData(owner.currentIndex(), Qt.ItemDataRole.ToolTipRole) == name


def test_layer_masks_can_be_chosen_while_there_are_any(workspace, row):
    role, owner = combos(row)
    assert role.findText("Layer") < 0
    layer = add_layer(workspace)
    workspace.document.layers.remove(layer)
    workspace.push(AddLayer(layer))
    choose(role, "Layer")
    assert workspace.target == Target(layer.id, "layer")
    assert owner.currentText() == "Result 1"
    workspace.push(RemoveLayer(layer.id))
    assert workspace.target == Target("identity", "hair")
    assert (role.currentText(), owner.currentText()) == ("Hair", "Portrait")
    assert role.findText("Layer") < 0


def test_overlay_colour_strength_and_mode(workspace, row):
    seen = []
    workspace.viewChanged.connect(lambda: seen.append(True))
    options = row.findChild(MaskOptions)
    options.findChild(SliderField).step_by(4)
    assert workspace.view.overlay_opacity == pytest.approx(0.7)
    menus = [button.menu() for button in options.findChildren(QToolButton) if button.menu() is not None]
    colours, modes = menus
    colours.actions()[3].trigger()
    assert workspace.view.colours["hair"] == "#30a46c"
    next(action for action in modes.actions() if action.text() == "White matte").trigger()
    assert workspace.view.mask_view is MaskView.WHITE
    modes.aboutToShow.emit()
    assert [action.text() for action in modes.actions() if action.isChecked()] == ["White matte"]
    assert len(seen) == 3


def test_row_survives_without_a_document(workspace, row):
    workspace.set_document(None)
    role, owner = combos(row)
    assert not role.isEnabled()
    assert not owner.isEnabled()
