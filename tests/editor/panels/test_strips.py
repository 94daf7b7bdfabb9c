"""Progress strip and candidates strip say what is going on and do what they say."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit

from editor.item_models.candidates import CandidateDelegate
from editor.panels.candidates import CandidatesStrip
from editor.panels.progress import ProgressStrip
from tests.editor.run_bench import Bench, make_document


@pytest.fixture
def progress(bench: Bench, show) -> ProgressStrip:
    return show(ProgressStrip(bench.workspace, bench.controller), 900, 42)


@pytest.fixture
def strip(bench: Bench, show) -> CandidatesStrip:
    return show(CandidatesStrip(bench.workspace, bench.controller), 900, 90)


# -- progress -----------------------------------------------------------------------------------------------------
def test_progress_follows_the_run(bench: Bench, progress: ProgressStrip):
    assert not progress._apply.isVisible()
    assert progress._text.toolTip() == "Nothing is running."
    bench.controller.run()
    assert progress._text.toolTip() == "starting…"
    assert progress._bar.maximum() == 0
    for index in (1, 2, 3):
        bench.engine.step(index, 10, 1 / index)
    assert progress._strong.text() == "Running"
    assert progress._text.toolTip() == "stage 1/2 · step 3/10 · 12 s left"
    assert progress._bar.value() == 300
    assert progress._curve.isVisible()
    bench.engine.finish(cancelled=True)
    assert progress._strong.text() == "Preview, not applied"
    assert progress._text.toolTip() == "LOHO 1 · stopped at step 7"
    assert progress._apply.isVisible()
    progress._apply.click()
    assert len(bench.document.layers) == 2
    assert not progress._apply.isVisible()
    assert not progress._discard.isVisible()


def test_pause_and_stop_in_the_strip(bench: Bench, progress: ProgressStrip):
    bench.controller.run()
    bench.engine.step()
    progress._pause.click()
    assert progress._text.toolTip().startswith("paused")
    assert progress._pause.accessibleName() == "Resume"
    progress._stop.click()
    assert bench.engine.calls == ["pause", "stop"]
    assert not progress._stop.isEnabled()


def test_the_strip_keeps_its_height(bench: Bench, progress: ProgressStrip):
    heights = {progress.height()}
    bench.run_to_candidate()
    heights.add(progress.height())
    bench.controller.apply()
    assert heights | {progress.height()} == {42}


def test_the_picture_of_a_failed_run_can_be_taken_away(bench: Bench, progress: ProgressStrip):
    bench.controller.run()
    bench.engine.step()
    bench.engine.frame()
    bench.engine.fail()
    assert "error" in progress._text.toolTip()
    assert not progress._apply.isVisible()
    progress._discard.click()
    assert bench.workspace.frame is None
    assert progress._text.toolTip() == "Nothing is running."


def test_the_warning_that_nothing_is_applied_is_never_cut(bench: Bench, progress: ProgressStrip):
    progress.resize(594, 42)
    bench.controller.run()
    for index in (1, 2, 3):
        bench.engine.step(index, 10, 1 / index)
    bench.engine.finish(cancelled=True)
    QApplication.processEvents()
    assert progress._strong.width() >= progress._strong.sizeHint().width()
    assert not progress._curve.isVisible()
    progress.resize(900, 42)
    QApplication.processEvents()
    assert progress._curve.isVisible()


# -- candidates -----------------------------------------------------------------------------------------------------
def _click(strip: CandidatesStrip, row: int, *, star: bool = False, double: bool = False) -> None:
    view = strip._list
    view.doItemsLayout()
    area = view.visualRect(view.model().index(row, 0))
    place = CandidateDelegate.star_area(area).center() if star else area.center()
    press = QTest.mouseDClick if double else QTest.mouseClick
    if double:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    press(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def test_a_click_shows_and_a_double_click_applies(bench: Bench, strip: CandidatesStrip):
    for _ in range(2):
        bench.run_to_candidate()
    assert strip._list.currentIndex().row() == 1
    _click(strip, 0)
    assert bench.workspace.pending is bench.document.candidates[0]
    assert len(bench.document.layers) == 1
    _click(strip, 1, double=True)
    assert [layer.name for layer in bench.document.layers[1:]] == ["LOHO 2"]
    assert bench.workspace.undo.count() == 1


def test_the_star_is_a_button(bench: Bench, strip: CandidatesStrip):
    for _ in range(2):
        bench.run_to_candidate()
    _click(strip, 0, star=True)
    first, second = bench.document.candidates
    assert (first.starred, second.starred) == (True, False)
    assert bench.workspace.pending is second
    strip._clean.click()
    assert bench.document.candidates == [first]
    assert not strip._clean.isEnabled()


def test_keys_walk_and_remove(bench: Bench, strip: CandidatesStrip):
    for _ in range(3):
        bench.run_to_candidate()
    for key, name in ((Qt.Key.Key_Period, "LOHO 1"), (Qt.Key.Key_Period, "LOHO 2"), (Qt.Key.Key_Comma, "LOHO 1")):
        QTest.keyClick(strip._list, key)
        assert bench.workspace.pending.name == name
    QTest.keyClick(strip._list, Qt.Key.Key_Delete)
    assert [other.name for other in bench.document.candidates] == ["LOHO 2", "LOHO 3"]


def test_renaming_in_place(bench: Bench, strip: CandidatesStrip):
    bench.run_to_candidate()
    index = strip._model.index(0)
    strip._list.edit(index)
    editor = strip._list.findChild(QLineEdit)
    editor.setText("  the  good one ")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert bench.document.candidates[0].name == "the good one"
    assert strip._list.state() is not QAbstractItemView.State.EditingState


def test_the_menu_goes_on_from_a_candidate_with_its_recipe(bench: Bench, strip: CandidatesStrip):
    bench.run_to_candidate()
    bench.document.settings.recipe = "classical"
    menu = strip.make_menu(bench.document.candidates[0], strip._model.index(0))
    entries = {action.text(): action for action in menu.actions() if action.text()}
    assert set(entries) == {"Show", "Apply as a layer", "Star", "Rename", "Use its settings", "Continue from it",
                            "Remove"}
    entries["Continue from it"].trigger()
    request = bench.engine.requests[-1]
    assert (request.recipe, set(request.start)) == ("loho", {"w_plus"})


def test_memory_is_told_when_it_is_large(bench: Bench, strip: CandidatesStrip, monkeypatch):
    bench.run_to_candidate()
    assert not strip._memory.isVisible()
    monkeypatch.setattr("editor.run.candidates.held_bytes", lambda document: 512 << 20)
    strip.refresh()
    assert strip._memory.text() == "512 MB"
    assert strip._memory.isVisible()


def test_another_document_has_other_candidates(bench: Bench, strip: CandidatesStrip):
    bench.run_to_candidate()
    bench.workspace.set_document(make_document())
    assert strip._model.rowCount() == 0
    assert strip._hint.isVisible()
