"""The recipe panel shows every declared parameter, keeps what is changed by recipe, and says what runs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QToolButton,
)

from core.document.events import Topic
from core.recipes.catalogue import CATALOGUE
from editor.engine_link import RunState
from editor.look.theme import style_sheet
from editor.panels.recipe import RecipePanel
from editor.widgets.fields import SliderField
from editor.widgets.param_fields import CurvedField, ParamRow, make_number_field
from tests.editor.run_bench import Bench, make_document


@pytest.fixture
def panel(bench: Bench, show) -> RecipePanel:
    return show(RecipePanel(bench.workspace, bench.controller), 320, 700)


def _rows(panel: RecipePanel) -> dict[str, ParamRow]:
    return dict(panel.rows())


def _button(panel: RecipePanel, text: str) -> QAbstractButton:
    return next(button for button in panel.findChildren(QAbstractButton) if button.text().startswith(text))


def _pick(panel: RecipePanel, title: str) -> None:
    combo = next(combo for combo in panel.findChildren(QComboBox) if combo.accessibleName() == "Recipe")
    index = combo.findText(title)
    combo.setCurrentIndex(index)
    combo.activated.emit(index)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_parameter_has_a_row_of_its_kind(bench: Bench, panel: RecipePanel, name):
    _pick(panel, CATALOGUE[name].title)
    assert bench.document.settings.recipe == name
    rows = _rows(panel)
    assert set(rows) == {param.name for param in CATALOGUE[name].params}
    for param in CATALOGUE[name].params:
        kind = QCheckBox if param.kind is bool else QComboBox if param.choices else SliderField
        assert rows[param.name].findChildren(kind)
    wanted = CATALOGUE[name].values("standard", {})
    assert {key: row.value() for key, row in rows.items()} == wanted


def test_a_moved_slider_is_a_setting(bench: Bench, panel: RecipePanel):
    row = _rows(panel)["shadow"]
    row.findChild(SliderField)._number.setValue(0.55)
    assert bench.document.settings.parameters == {"loho": {"shadow": 0.55}}
    assert row.is_changed
    assert bench.workspace.modified
    assert bench.controller.build_request().parameters["shadow"] == 0.55
    row.reset()
    assert bench.document.settings.parameters == {"loho": {}}
    assert not row.is_changed


def test_whole_numbers_stay_whole(bench: Bench, panel: RecipePanel):
    _rows(panel)["steps"].findChild(SliderField)._number.setValue(123)
    value = bench.document.settings.parameters["loho"]["steps"]
    assert (value, type(value)) == (123, int)


def test_double_click_on_the_name_resets(bench: Bench, panel: RecipePanel):
    row = _rows(panel)["shadow"]
    row.findChild(SliderField)._number.setValue(0.55)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
        QApplication.sendEvent(row._label, QMouseEvent(
            kind, QPointF(5, 5), row._label.mapToGlobal(QPoint(5, 5)).toPointF(), Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    assert row.value() == 0.3


def test_values_are_kept_by_recipe(bench: Bench, panel: RecipePanel):
    _rows(panel)["shadow"].findChild(SliderField)._number.setValue(0.55)
    _pick(panel, "Classical composite")
    assert _rows(panel)["shadow"].value() == 0.3
    _pick(panel, "LOHO")
    assert _rows(panel)["shadow"].value() == 0.55


def test_presets_set_what_they_govern_and_leave_the_rest(bench: Bench, panel: RecipePanel):
    rows = _rows(panel)
    rows["shadow"].findChild(SliderField)._number.setValue(0.55)
    rows["steps"].findChild(SliderField)._number.setValue(77)
    _button(panel, "Draft").click()
    draft = CATALOGUE["loho"].preset("draft")["steps"]
    assert rows["steps"].value() == draft
    assert not rows["steps"].is_changed
    assert rows["shadow"].value() == 0.55
    assert bench.document.settings.preset == "draft"
    assert bench.controller.build_request().parameters == {"steps": draft, "shadow": 0.55}
    panel.reset_all()
    assert bench.controller.build_request().parameters == {"steps": draft}


def test_a_recipe_without_a_preset_does_not_offer_it(bench: Bench, panel: RecipePanel):
    _button(panel, "Fine").click()
    _pick(panel, "Classical composite")
    assert not _button(panel, "Fine").isEnabled()
    assert _button(panel, "Standard").isChecked()
    _pick(panel, "LOHO")
    assert _button(panel, "Fine").isChecked()


def test_advanced_parameters_are_folded_and_can_be_found(panel: RecipePanel):
    rows = _rows(panel)
    assert rows["shadow"].isVisible()
    assert not rows["gram"].isVisible()
    _button(panel, "Advanced").click()
    assert rows["gram"].isVisible()
    panel._filter.setText("gram map")
    assert rows["gram"].isVisible()
    assert not rows["jitter"].isVisible()
    assert rows["shadow"].isVisible()
    panel._filter.setText("no such thing")
    assert panel._none_found.isVisible()
    panel._filter.clear()
    assert rows["jitter"].isVisible()


def test_changed_parameters_behind_the_fold_are_counted(bench: Bench, panel: RecipePanel):
    bench.document.settings.parameters["loho"] = {"gram": "map", "orthogonalise": False}
    bench.document.changed(Topic.SETTINGS)
    assert "2 changed" in _button(panel, "Advanced").text()
    assert _rows(panel)["gram"].findChild(QComboBox).currentText() == "map"


def test_seed_dice_lock_and_blend(bench: Bench, panel: RecipePanel):
    settings = bench.document.settings
    options = panel._options
    options._dice.click()
    assert settings.seed == options._seed.value() != 0
    options._lock.click()
    assert not settings.seed_locked
    index = options._blend.findData("multiband")
    options._blend.setCurrentIndex(index)
    options._blend.activated.emit(index)
    assert bench.controller.build_request().blend == "multiband"


def test_a_pack_that_is_not_installed_is_still_shown(bench: Bench, panel: RecipePanel):
    bench.document.settings.pack = "of somebody else"
    bench.document.changed(Topic.SETTINGS)
    assert panel._options._pack.currentText() == "of somebody else (not installed)"
    assert bench.document.settings.pack == "of somebody else"


def test_the_run_button_says_why_it_cannot(bench: Bench, panel: RecipePanel):
    bench.workspace.set_document(make_document(references=0))
    buttons = panel._buttons
    assert not buttons._run.isEnabled()
    assert buttons._reason.text() == "Add a reference portrait first."
    bench.document.settings.recipe = "invert"
    bench.document.changed(Topic.SETTINGS)
    assert buttons._run.isEnabled()
    assert not buttons._reason.isVisible()


def test_buttons_follow_the_run(bench: Bench, panel: RecipePanel):
    buttons = panel._buttons
    buttons._run.click()
    assert len(bench.engine.requests) == 1
    assert buttons._run.text() == "Preparing…"
    assert not panel._recipe.isEnabled()
    bench.engine.step(5, 10)
    assert buttons._run.text() == "Running · 50 %"
    buttons._pause.click()
    assert bench.engine.state is RunState.PAUSED
    assert buttons._pause.accessibleName() == "Resume"
    buttons._stop.click()
    assert not buttons._stop.isEnabled()
    buttons._run.click()
    assert len(bench.engine.requests) == 1
    bench.engine.finish(cancelled=True)
    assert buttons._run.text() == "Run"
    assert panel._recipe.isEnabled()


def test_without_a_document_nothing_can_be_set(bench: Bench, panel: RecipePanel):
    bench.workspace.set_document(None)
    assert not _rows(panel)["shadow"].isEnabled()
    assert not panel._recipe.isEnabled()
    assert not panel._buttons._run.isEnabled()


def test_advanced_rows_come_bit_by_bit_and_only_when_they_are_looked_at(bench: Bench, panel: RecipePanel, qtbot):
    page = panel._page
    QApplication.processEvents()
    assert set(page.rows) == set(CATALOGUE["loho"].basic)
    assert panel._fold.text() == f"Advanced ({len(page.advanced_names)})"
    page.make_rows(0.0)
    page.make_rows(0.0)
    assert len(page.rows) == len(CATALOGUE["loho"].basic) + 1  # a heading and a row
    _button(panel, "Advanced").click()
    assert not page.is_complete
    qtbot.waitUntil(lambda: page.is_complete)
    assert set(page.rows) == {param.name for param in CATALOGUE["loho"].params}
    assert page.rows["gram"].isVisible()


def test_rows_that_are_made_late_know_their_values_and_the_filter(bench: Bench, panel: RecipePanel, qtbot):
    bench.document.settings.parameters["loho"] = {"gram": "map"}
    bench.document.changed(Topic.SETTINGS)
    assert panel._fold.text().endswith("1 changed")
    panel._filter.setText("gram map")
    panel._fold.setChecked(True)
    qtbot.waitUntil(lambda: panel._page.is_complete)
    assert panel._page.rows["gram"].value() == "map"
    assert panel._page.rows["gram"].isVisible()
    assert not panel._page.rows["jitter"].isVisible()
    assert not panel._none_found.isVisible()


def test_coming_back_to_a_recipe_shows_the_rows_it_had(bench: Bench, panel: RecipePanel):
    first = _rows(panel)["shadow"]
    _pick(panel, "Classical composite")
    assert not first.isVisible()
    _pick(panel, "LOHO")
    assert _rows(panel)["shadow"] is first
    assert first.isVisible()


def test_narrow_panels_cut_nothing_off(bench: Bench, panel: RecipePanel, qapp):
    panel.setStyleSheet(style_sheet())
    _button(panel, "Advanced").click()
    panel.resize(280, 700)
    QApplication.processEvents()
    inside = panel._scroll.viewport().width()
    assert panel._scroll.widget().width() <= inside
    for row in _rows(panel).values():
        for child in row.findChildren(SliderField):
            assert row.mapTo(panel._scroll.widget(), child.geometry().topRight()).x() <= inside


def test_scrolling_the_panel_changes_no_value(bench: Bench, panel: RecipePanel):
    panel.rows()
    _button(panel, "Advanced").click()
    panel._recipe.setFocus()
    widgets = [*panel._scroll.findChildren(QComboBox), *panel._scroll.findChildren(QAbstractSpinBox)]
    assert len(widgets) > 20
    before = bench.controller.build_request()
    for widget in widgets:
        place = QPointF(widget.rect().center())
        QApplication.sendEvent(widget, QWheelEvent(
            place, widget.mapToGlobal(place), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False))
    after = bench.controller.build_request()
    assert (before.parameters, before.seed, before.pack, before.blend) == (
        after.parameters, after.seed, after.pack, after.blend)


def test_every_button_without_text_has_a_name(panel: RecipePanel):
    for button in panel.findChildren(QToolButton):
        if isinstance(button.parent(), QLineEdit):
            continue  # Qt's own, inside the line
        assert button.text() or button.accessibleName()
        assert button.toolTip()


@pytest.mark.parametrize("recipe", list(CATALOGUE))
def test_sliders_reach_their_whole_range_and_come_back(qtbot, recipe):
    for param in CATALOGUE[recipe].params:
        if param.kind is bool or param.choices:
            continue
        field = make_number_field(param)
        qtbot.addWidget(field)
        assert field.value() == pytest.approx(param.default)
        field.set_value(field._maximum)
        assert field._slider.value() == 2000
        field.set_value(field._minimum)
        assert field._slider.value() == 0
        for position in range(0, 2001, 250):
            assert abs(field._position(field._value_at(position)) - position) <= 60


def test_curved_sliders_keep_small_weights_apart(qtbot):
    weight = CATALOGUE["loho"].param("structure_weight")
    field = make_number_field(weight)
    qtbot.addWidget(field)
    assert isinstance(field, CurvedField)
    assert 700 < field._position(1.0) < 900
    assert field._position(2.0) - field._position(1.0) > 60


def test_the_tab_key_goes_through_the_rows_from_the_top_down(bench: Bench, panel: RecipePanel):
    for title in (CATALOGUE["classical"].title, CATALOGUE["loho"].title):
        _pick(panel, title)
        basic = CATALOGUE[bench.document.settings.recipe].basic
        rows, seen = _rows(panel), []
        widget = panel._presets.buttons()[-1].nextInFocusChain()
        while widget is not panel._options._seed:
            seen += [name for name in basic if rows[name].isAncestorOf(widget) and name not in seen]
            widget = widget.nextInFocusChain()
        assert seen == list(basic)


def test_a_changed_value_has_reset_where_help_was(bench: Bench, panel: RecipePanel):
    row = _rows(panel)["shadow"]
    assert row._info.isVisible()
    row.findChild(SliderField)._number.setValue(0.55)
    assert row._reset.isVisible()
    assert not row._info.isVisible()
    row._reset.click()
    assert row._info.isVisible()


def test_a_low_panel_leaves_its_room_to_the_sliders(panel: RecipePanel):
    assert panel._summary.isVisible()
    panel.resize(320, 260)
    assert not panel._summary.isVisible()
    assert panel._recipe.toolTip() == panel._summary.text()
