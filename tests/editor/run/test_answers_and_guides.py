"""Of several answers the artist may take another one; what guided a run becomes a layer, which stays out of exports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.document.composite import flatten
from core.document.document import Candidate
from core.document.events import Topic
from core.document.geometry import Rect
from core.engine.messages import Choice, Finished
from editor import background
from editor.actions import guides as guide_actions
from editor.actions import layers as layer_actions
from editor.canvas.display_cache import DisplayCache
from editor.canvas.view import CanvasView
from editor.dialogs.contact_sheet import ContactSheet
from editor.engine_link import RunState
from editor.item_models.layer_model import LayerModel, LayerRole
from editor.options import CompareMode
from editor.panels.candidates import CandidatesStrip
from editor.panels.progress import ProgressStrip
from editor.run import candidates
from tests.editor.mixtures import mixtures as mixtures
from tests.editor.run_bench import HEIGHT, WIDTH, Bench, make_document


def finish(bench: Bench, *, chosen: int = 2, count: int = 4, guide: bool = False, recipe: str = "mixer",
           latent: bool = True) -> Candidate:
    """Let the run that was begun end with several answers."""
    choices = tuple(
        Choice(f"codes {k}", np.full((16, 16, 3), 40 * k, np.uint8), {"nearness": 0.5 + k / 10}, k == chosen)
        for k in range(1, count + 1))
    colours = np.full((20, 30, 4), 150, np.uint8)
    colours[..., 3] = 0
    colours[5:10, :, 3] = 200
    request = bench.engine.requests[-1]
    pixels = np.full((40, 30, 3), 180, np.uint8)
    bench.engine.set_state(RunState.IDLE)
    bench.engine.finished.emit(Finished(
        Rect(10, 10, 40, 50), pixels, np.full((40, 30), 255, np.uint8),
        {"recipe": recipe, "seed": request.seed, "pack": request.pack, "steps": 5,
         "parameters": dict(request.parameters)},
        {"w": np.full((1, 2), chosen, np.float32)} if latent else {}, (), False, request.stamp,
        choices if count else (), colours if guide else None, Rect(12, 14, 42, 34) if guide else None))
    return bench.document.candidates[-1]


@pytest.fixture
def mixer(bench: Bench, mixtures: None) -> Bench:
    """A run with the recipe that has answers to choose from is under way."""
    bench.document.settings.recipe = "mixer"
    bench.document.settings.seed = 17
    bench.document.settings.parameters["mixer"] = {"hair_amount": 0.5}
    bench.controller.run()
    bench.engine.step()
    return bench


@pytest.fixture
def sheet(mixer: Bench, qtbot) -> ContactSheet:
    made = ContactSheet(mixer.workspace, mixer.controller)
    qtbot.addWidget(made)
    return made


def click(sheet: ContactSheet, row: int) -> None:
    index = sheet.view.model().index(row, 0)
    place = sheet.view.visualRect(index)
    QTest.mouseClick(sheet.view.viewport(), Qt.MouseButton.LeftButton, pos=place.topLeft() + QPoint(30, 30))


# -- answers ------------------------------------------------------------------------------------------------------
def test_the_sheet_shows_all_answers_and_marks_the_proposed_one(mixer: Bench, sheet: ContactSheet):
    assert "No candidate" in sheet._text.text()
    finish(mixer)
    sheet.show_sheet()
    model = sheet.view.model()
    assert not sheet.isModal()
    assert [model.index(row, 0).data() for row in range(4)] == ["codes 1", "codes 2", "codes 3", "codes 4"]
    spoken = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(4)]
    assert spoken == ["codes 1", "codes 2, chosen", "codes 3", "codes 4"]
    assert "nearness  0.7" in model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert sheet.view.currentIndex().row() == 1
    assert not sheet.grab().isNull()


def test_a_click_overrules_with_the_same_request(mixer: Bench, sheet: ContactSheet):
    candidate = finish(mixer)
    sheet.show_sheet()
    settings = mixer.document.settings
    settings.recipe, settings.seed = "loho", 5
    mixer.document.changed(Topic.SETTINGS)
    click(sheet, 2)
    request = mixer.engine.requests[-1]
    assert len(mixer.engine.requests) == 2
    assert (request.recipe, request.seed) == ("mixer", 17)
    assert request.parameters == {"hair_amount": 0.5, "choose": 3}
    np.testing.assert_array_equal(request.start["w"], candidate.latent["w"])
    # The panel keeps what the artist had set meanwhile.
    assert (settings.recipe, settings.seed) == ("loho", 5)
    assert settings.parameters == {"mixer": {"hair_amount": 0.5}}
    assert not sheet.view.isEnabled()
    mixer.engine.step()
    other = finish(mixer, chosen=3)
    assert mixer.document.candidates == [candidate, other]
    assert mixer.workspace.pending is other
    assert sheet.candidate is other
    assert sheet.view.isEnabled()
    assert sheet.view.currentIndex().row() == 2


def test_masks_painted_meanwhile_go_to_the_run_that_overrules(mixer: Bench, sheet: ContactSheet, monkeypatch):
    finish(mixer)
    sheet.show_sheet()
    mixer.document.settings.recipe = "loho"
    click(sheet, 0)
    mixer.engine.step()
    mask = mixer.document.identity.masks["protect"]
    mask.data[:4] = 255
    mask.touch()
    mixer.document.changed(Topic.MASK, "identity", "protect")
    mixer.workspace.undo.indexChanged.emit(1)
    QTest.qWait(400)
    (update,) = mixer.engine.updates
    assert (update.recipe, update.parameters["choose"]) == ("mixer", 1)
    assert update.protect is not None


def test_the_sheet_is_worked_by_keys(mixer: Bench, sheet: ContactSheet):
    finish(mixer)
    sheet.show_sheet()
    QTest.keyClick(sheet.view, Qt.Key.Key_Right)
    assert sheet.view.currentIndex().row() == 2
    QTest.keyClick(sheet.view, Qt.Key.Key_Return)
    assert mixer.engine.requests[-1].parameters["choose"] == 3
    assert sheet.isVisible()
    finish(mixer, chosen=3)
    QTest.keyClick(sheet.view, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_the_shown_answer_is_only_shown(mixer: Bench, sheet: ContactSheet):
    candidate = finish(mixer)
    sheet.show_sheet()
    mixer.workspace.set_pending(None)
    assert sheet.candidate is candidate
    click(sheet, 1)
    assert mixer.workspace.pending is candidate
    assert len(mixer.engine.requests) == 1


def test_the_sheet_lets_go_of_what_is_gone(mixer: Bench, sheet: ContactSheet):
    first = finish(mixer)
    mixer.controller.run()
    mixer.engine.step()
    second = finish(mixer, chosen=1)
    sheet.show_sheet()
    candidates.remove(mixer.workspace, [second])
    assert sheet.candidate is first
    mixer.workspace.set_document(make_document())
    assert sheet.candidate is None
    assert not sheet.isVisible()


@pytest.mark.parametrize("how", ["latent", "recipe", "number"])
def test_what_is_not_known_any_more_is_said(mixer: Bench, how):
    candidate = finish(mixer, latent=how != "latent", recipe="loho" if how == "recipe" else "mixer")
    mixer.controller.choose(candidate, 9 if how == "number" else 1)
    assert len(mixer.engine.requests) == 1
    assert "not known" in mixer.hints[-1]


def test_the_strip_under_the_canvas_leads_to_the_sheet(mixer: Bench, qtbot, show):
    strip = show(ProgressStrip(mixer.workspace, mixer.controller), 900, 42)
    assert not strip._answers.isVisible()
    finish(mixer)
    assert strip._answers.text() == "4 answers…"
    with qtbot.waitSignal(strip.answersWanted):
        qtbot.mouseClick(strip._answers, Qt.MouseButton.LeftButton)
    mixer.controller.run()
    finish(mixer, count=0)
    assert not strip._answers.isVisible()


def test_the_menu_of_a_candidate_offers_what_it_has(mixer: Bench, qtbot, show):
    strip = show(CandidatesStrip(mixer.workspace, mixer.controller))
    finish(mixer, guide=True)
    mixer.controller.run()
    plain = finish(mixer, count=0)

    def entries(row: int) -> dict:
        menu = strip.make_menu(mixer.document.candidates[row], strip._model.index(row))
        return {action.text(): action for action in menu.actions()}

    assert not {"Answers…", "Keep guide as a layer"} & set(entries(1))
    assert mixer.workspace.pending is plain
    with qtbot.waitSignal(strip.answersWanted):
        entries(0)["Answers…"].trigger()
    assert mixer.workspace.pending is mixer.document.candidates[0]
    entries(0)["Keep guide as a layer"].trigger()
    qtbot.waitUntil(lambda: not background.busy())
    assert mixer.document.layers[-1].guide


def test_memory_counts_answers_and_guides(mixer: Bench):
    with_both = finish(mixer, guide=True)
    without = replace(with_both, choices=(), guide=None, guide_rect=None)
    mixer.document.candidates[:] = [with_both]
    most = candidates.held_bytes(mixer.document)
    mixer.document.candidates[:] = [without]
    assert most - candidates.held_bytes(mixer.document) == 4 * 16 * 16 * 3 + 20 * 30 * 4


# -- guides ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def kept(mixer: Bench, qtbot) -> Bench:
    """The guide of the shown candidate is a layer."""
    finish(mixer, guide=True)
    guide_actions.keep_guide(mixer.workspace)
    qtbot.waitUntil(lambda: not background.busy())
    mixer.controller.discard()
    return mixer


def test_a_kept_guide_is_a_layer_of_its_own_kind(kept: Bench):
    layer = kept.document.layers[-1]
    assert (layer.name, layer.guide, layer.origin) == ("Guide", True, (12, 14))
    assert kept.workspace.active_layer == layer.id
    assert (layer.mask.data[5:10] == 200).all()
    assert not layer.mask.data[:5].any()
    np.testing.assert_array_equal(flatten(kept.document), kept.document.identity.photo.pixels)
    kept.workspace.undo.undo()
    assert len(kept.document.layers) == 1
    kept.workspace.undo.redo()
    assert kept.document.layers[-1] is layer


def test_the_next_run_follows_it(kept: Bench):
    kept.document.settings.recipe = "follower"
    kept.controller.run()
    guide = kept.engine.requests[-1].guide
    assert guide.shape == (HEIGHT, WIDTH, 4)
    assert (guide[19:24, 12:42] == [150, 150, 150, 200]).all()
    assert np.count_nonzero(guide[..., 3]) == 5 * 30


def test_without_a_guide_nothing_is_kept(mixer: Bench):
    finish(mixer)
    guide_actions.keep_guide(mixer.workspace)
    assert "without a guide" in mixer.hints[-1]
    mixer.workspace.set_pending(None)
    guide_actions.keep_guide(mixer.workspace)
    assert "candidate" in mixer.hints[-1]
    assert len(mixer.document.layers) == 1


def test_a_second_guide_has_another_name(kept: Bench, qtbot):
    guide_actions.keep_guide(kept.workspace, _with_guide(kept))
    qtbot.waitUntil(lambda: not background.busy())
    assert [layer.name for layer in kept.document.layers[1:]] == ["Guide", "Guide 2"]


def _with_guide(bench: Bench) -> Candidate:
    bench.controller.run()
    bench.engine.step()
    return finish(bench, guide=True)


def test_a_guide_is_made_a_picture_and_back(kept: Bench):
    layer = kept.document.layers[-1]
    guide_actions.switch_guide(kept.workspace)
    assert not layer.guide
    assert "part of the picture" in kept.hints[-1]
    assert (flatten(kept.document)[20, 15] != kept.document.identity.photo.pixels[20, 15]).any()
    kept.workspace.undo.undo()
    assert layer.guide
    kept.workspace.set_active_layer("base")
    guide_actions.switch_guide(kept.workspace)
    assert not kept.document.layers[0].guide
    assert "photo" in kept.hints[-1]


def test_a_guide_cannot_be_merged_and_says_what_it_is(kept: Bench):
    layer = kept.document.layers[-1]
    layer_actions.duplicate_layer(kept.workspace, layer.id)
    assert kept.document.layers[-1].guide
    assert "guide" in layer_actions.can_merge_down(kept.workspace, kept.document.layers[-1].id)
    model = LayerModel(kept.workspace)
    assert model.index_of(layer.id).data(LayerRole.CAPTION) == "Not in the picture"
    model.deleteLater()


def test_the_canvas_shows_it_faintly(kept: Bench):
    cache = DisplayCache(kept.workspace, "identity")
    layer = kept.document.layers[-1]
    full = cache._pictures[layer.id].opacity
    assert 0 < full < 1
    guide_actions.switch_guide(kept.workspace, layer.id)
    cache.reset()
    assert cache._pictures[layer.id].opacity == 1


@pytest.mark.parametrize("mode", [CompareMode.SPLIT, CompareMode.SIDE_BY_SIDE, CompareMode.DIFFERENCE,
                                  CompareMode.ONION])
def test_what_is_compared_is_the_picture_without_it(kept: Bench, mode: CompareMode):
    view = CanvasView(kept.workspace)
    shown = view.scene.cache.picture
    assert len(shown.layers) == 2
    kept.workspace.view.compare = mode
    kept.workspace.viewChanged.emit()
    assert shown.layers == [view.scene.cache._pictures["base"]]
    kept.workspace.view.compare = CompareMode.OFF
    kept.workspace.viewChanged.emit()
    assert len(shown.layers) == 2
    view.deleteLater()


def test_sixteen_bit_portraits_get_sixteen_bit_guides(bench: Bench, mixtures: None, qtbot):
    bench.workspace.set_document(make_document(dtype=np.uint16))
    bench.document.settings.recipe = "mixer"
    candidate = _with_guide(bench)
    guide_actions.keep_guide(bench.workspace, candidate)
    qtbot.waitUntil(lambda: not background.busy())
    layer = bench.document.layers[-1]
    assert layer.pixels.dtype == np.uint16
    assert layer.display.dtype == np.uint8
    QApplication.processEvents()
