"""What a parameter takes from which photograph: named for people, offered only where there is one, with its amount."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox

from core.document.events import Topic
from editor.actions import references as reference_actions
from editor.panels.recipe import RecipePanel
from editor.run.source_choices import companions, looks
from editor.widgets.fields import SliderField
from editor.widgets.param_fields import ParamRow
from tests.editor.mixtures import MIXER
from tests.editor.mixtures import mixtures as mixtures
from tests.editor.run_bench import Bench, make_source


@pytest.fixture
def panel(bench: Bench, mixtures: None, show) -> RecipePanel:
    bench.document.settings.recipe = "mixer"
    return show(RecipePanel(bench.workspace, bench.controller), 320, 700)


def rows(panel: RecipePanel) -> dict[str, ParamRow]:
    return dict(panel.rows())


def pick(row: ParamRow, choice: str) -> None:
    combo = row.findChild(QComboBox)
    combo.setCurrentIndex(combo.findData(choice))
    combo.activated.emit(combo.currentIndex())


def test_which_parameters_name_photographs():
    assert companions(MIXER.params) == {"hair_amount": "hair_from", "eyes_amount": "eyes_from"}
    assert {look.title: look.offered for look in looks(MIXER.param("eyes_from"), None).values()}["Random"]


def test_choices_have_names_and_only_what_is_there_is_offered(bench: Bench, panel: RecipePanel):
    source = make_source("reference-9", seed=9)
    source.name = "anna.jpg"
    bench.document.sources[source.id] = source
    reference_actions.assign_slot(bench.workspace, "extra2", source.id)
    combo = rows(panel)["eyes_from"].findChild(QComboBox)
    shown = {combo.itemData(k): (combo.itemText(k), combo.model().item(k).isEnabled()) for k in range(combo.count())}
    assert shown == {
        "own": ("Own", True), "shape": ("Shape: reference-1", True), "appearance": ("Appearance (empty)", False),
        "extra1": ("Extra 1 (empty)", False), "extra2": ("Extra 2: anna.jpg", True),
        "extra3": ("Extra 3 (empty)", False), "extra4": ("Extra 4 (empty)", False), "random": ("Random", True)}
    pick(rows(panel)["eyes_from"], "extra2")
    assert bench.document.settings.parameters["mixer"] == {"eyes_from": "extra2"}
    reference_actions.clear_slot(bench.workspace, "extra2")
    # What was chosen stays chosen, and says what is missing.
    assert combo.currentText() == "Extra 2 (empty)"
    assert "Extra 2" in bench.controller.can_run()


def test_keys_step_over_what_is_not_there(bench: Bench, panel: RecipePanel):
    combo = rows(panel)["eyes_from"].findChild(QComboBox)
    combo.setFocus()
    for expected in ("shape", "random"):
        QTest.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentData() == expected


def test_the_amount_stands_under_its_source_and_is_reset_with_it(bench: Bench, panel: RecipePanel):
    table = rows(panel)
    hair, amount = table["hair_from"], table["hair_amount"]
    assert hair.isAncestorOf(amount)
    assert amount.isVisible()
    amount.findChild(SliderField)._number.setValue(0.25)
    assert bench.document.settings.parameters["mixer"] == {"hair_amount": 0.25}
    assert hair._reset.isVisible()
    pick(hair, "random")
    hair._reset.click()
    assert bench.document.settings.parameters["mixer"] == {}
    assert (hair.value(), amount.value()) == ("shape", 1.0)
    assert not hair._reset.isVisible()


def test_an_amount_of_nothing_is_not_shown(bench: Bench, panel: RecipePanel):
    table = rows(panel)
    assert not table["eyes_amount"].isVisible()
    pick(table["eyes_from"], "random")
    assert table["eyes_amount"].isVisible()
    pick(table["eyes_from"], "own")
    assert not table["eyes_amount"].isVisible()


def test_a_group_of_amounts_alone_has_no_heading(panel: RecipePanel):
    panel.rows()
    panel._fold.setChecked(True)
    assert not panel._page._headings["Amounts"].isVisible()
    assert panel._page._headings["Answer"].isVisible()
    assert panel._fold.text() == "Advanced (1)"
    panel._filter.setText("eyes")
    assert not panel._page._headings["Answer"].isVisible()


def test_nothing_is_cut_in_a_narrow_panel(panel: RecipePanel, qtbot):
    table = rows(panel)
    pick(table["eyes_from"], "random")
    for width in (260, 320, 480):
        panel.resize(width, 700)
        for row in (table["hair_from"], table["hair_amount"], table["eyes_amount"]):
            qtbot.waitUntil(lambda row=row, width=width: row.mapTo(panel, row.rect().topRight()).x() < width)
            assert row.width() >= row.minimumSizeHint().width()


def test_another_recipe_takes_the_pairs_away(bench: Bench, panel: RecipePanel):
    bench.document.settings.recipe = "loho"
    bench.document.changed(Topic.SETTINGS)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert "hair_from" not in rows(panel)
