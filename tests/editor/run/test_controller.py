"""A run from the button to the layer: what is asked for, what painting changes, and that nothing is lost or left."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtTest import QTest

from core.document.commands import SetMask, SetSlots, capture_mask_edit
from core.document.document import IDENTITY, Target
from core.document.events import Change, Topic
from core.document.geometry import Rect
from core.document.source import FaceInfo
from core.engine.messages import Failure
from core.recipes.catalogue import CATALOGUE
from editor.background import busy
from editor.canvas import pyramids
from editor.canvas.pyramids import levels_of
from editor.engine_link import RunState
from editor.run import candidates
from editor.run import request as run_request
from tests.editor.run_bench import Bench, make_document

STILL_MS = 20


@pytest.fixture(autouse=True)
def _short_stillness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("editor.run.controller.STILLNESS_MS", STILL_MS)


def _paint(bench: Bench, value: int = 255, *, role: str = "hair", item: str = IDENTITY, push: bool = True) -> None:
    """A stroke as the brush makes it: changes as it moves, one command when the pen is lifted."""
    target = Target(item, role)
    mask = bench.document.mask(target)
    before = mask.data.copy()
    for x in (10, 20, 30):
        rect = Rect(x, 10, x + 10, 30)
        mask.data[rect.slices()] = value
        mask.touch()
        bench.document.changed(Topic.MASK, item, role, rect)
    if push:
        edit = capture_mask_edit(bench.document, target, before, Rect(10, 10, 40, 30), "Brush")
        assert edit is not None
        bench.workspace.push(edit)


def _wait_still() -> None:
    QTest.qWait(STILL_MS * 4)


# -- what can be run, and as what --------------------------------------------------------------------------------
def test_reasons_why_nothing_can_run(bench: Bench):
    bench.workspace.set_document(None)
    assert bench.controller.can_run() == "Open a portrait first."
    bench.workspace.set_document(make_document(references=0))
    assert bench.controller.can_run() == "Add a reference portrait first."
    bench.document.settings.recipe = "invert"
    assert bench.controller.can_run() == ""
    bench.controller.run()
    assert "under way" in bench.controller.can_run()
    assert list(bench.engine.requests[0].photos) == ["identity"]


def test_a_recipe_that_would_change_nothing_does_not_run(bench: Bench):
    bench.workspace.set_document(make_document(references=0))
    bench.document.settings.recipe = "stylefusion"
    assert bench.controller.can_run() == "Add a reference portrait first."
    _paint(bench, role="ignore")
    assert bench.controller.can_run() == ""
    bench.workspace.set_document(make_document())
    bench.document.settings.recipe = "stylefusion"
    assert bench.controller.can_run() == ""
    bench.document.settings.parameters["stylefusion"] = {"hair_amount": 0.0}
    assert bench.controller.can_run() == "Nothing would change: choose where a region comes from."


def test_running_without_a_reference_says_why(bench: Bench):
    bench.workspace.set_document(make_document(references=0))
    bench.controller.run()
    assert bench.engine.requests == []
    assert bench.hints == ["Add a reference portrait first."]


def test_plain_request(bench: Bench):
    bench.controller.run()
    request = bench.engine.requests[0]
    assert request.photos["identity"] is bench.document.identity.photo
    assert set(request.photos) == {"identity", "shape"}
    assert (request.hair_masks, request.ignore, request.protect, request.face_points) == ({}, None, None, {})
    assert request.parameters == CATALOGUE["loho"].overrides("standard", {})
    assert request.stamp


def test_masks_are_copies_and_unpainted_ones_stay_away(bench: Bench):
    document = bench.document
    document.identity.masks["hair"].data[:] = 7
    document.identity.hair_known = True
    assert bench.controller.build_request().hair_masks == {}
    _paint(bench)
    _paint(bench, role="protect")
    request = bench.controller.build_request()
    assert document.identity.hair_painted
    assert np.array_equal(request.hair_masks["identity"], document.identity.masks["hair"].data)
    assert request.ignore is None
    assert request.protect is not None
    before = request.protect.copy()
    _paint(bench, 0, role="protect")
    assert np.array_equal(request.protect, before)


def test_masks_of_references_go_along_by_role(bench: Bench):
    bench.workspace.push(SetSlots({"shape": "reference-1", "appearance": "reference-1"}))
    before = run_request.fingerprint(bench.document)
    _paint(bench, role="ignore", item="reference-1")
    after = run_request.fingerprint(bench.document)
    request = bench.controller.build_request()
    assert request.ignore is None
    mask = bench.document.sources["reference-1"].masks["ignore"].data
    assert set(request.reference_ignore) == {"shape", "appearance"}
    np.testing.assert_array_equal(request.reference_ignore["shape"], mask)
    assert request.reference_ignore["shape"] is request.reference_ignore["appearance"]
    assert request.reference_protect == {}
    assert before != after


def test_a_suggested_mask_that_was_grown_counts(bench: Bench):
    mask = bench.document.identity.masks["hair"]
    mask.data[40:60, 40:60] = 255
    mask.touch()
    bench.document.identity.hair_known = True
    mask.grow = 5.0
    sent = bench.controller.build_request().hair_masks["identity"]
    assert int((sent > 127).sum()) > 20 * 20


def test_one_photo_in_two_roles_is_sent_once(bench: Bench):
    bench.workspace.push(SetSlots({"shape": "reference-1", "appearance": "reference-1"}))
    _paint(bench, item="reference-1")
    source = bench.document.sources["reference-1"]
    points = {name: (30.0, 40.0) for name in ("eye_right", "eye_left", "mouth_right", "mouth_left", "chin")}
    source.face = FaceInfo(points, np.zeros((4, 2)), by_hand=True, index=1)
    request = bench.controller.build_request()
    assert request.photos["shape"] is request.photos["appearance"]
    assert request.hair_masks["shape"] is request.hair_masks["appearance"]
    assert request.face_points["shape"] is request.face_points["appearance"]
    assert request.face_points["shape"]["chin"].tolist() == [30.0, 40.0]
    assert request.face_index == {"shape": 1, "appearance": 1}


def test_found_points_are_not_sent(bench: Bench):
    bench.document.identity.face = FaceInfo({"chin": (1.0, 2.0)}, np.zeros((4, 2)))
    assert bench.controller.build_request().face_points == {}


def test_unlocked_seed_is_drawn_for_every_run(bench: Bench):
    bench.document.settings.seed_locked = False
    bench.run_to_candidate()
    bench.controller.run()
    first, second = (request.seed for request in bench.engine.requests)
    assert first != second
    assert bench.document.settings.seed == second


# -- painting while it runs ----------------------------------------------------------------------------------------
def test_a_stroke_makes_the_run_go_on_with_the_new_mask(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    _paint(bench)
    assert bench.engine.updates == []
    QTest.qWait(STILL_MS * 3)
    assert len(bench.engine.updates) == 1
    update = bench.engine.updates[0]
    assert update.stamp == bench.engine.requests[0].stamp
    assert np.array_equal(update.hair_masks["identity"], bench.document.identity.masks["hair"].data)


def test_not_while_the_pen_is_down(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    _paint(bench, push=False)
    _wait_still()
    assert bench.engine.updates == []


def test_not_while_a_tool_says_it_is_busy(bench: Bench):
    busy = [True]
    bench.controller.watch_hand(lambda: busy[0])
    bench.controller.run()
    bench.engine.step()
    _paint(bench)
    _wait_still()
    assert bench.engine.updates == []
    busy[0] = False
    _wait_still()
    assert len(bench.engine.updates) == 1


def test_several_changes_are_one_update(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    _paint(bench)
    _paint(bench, role="ignore")
    bench.document.settings.parameters["loho"] = {"shadow": 0.9}
    bench.document.changed(Topic.SETTINGS)
    _wait_still()
    assert len(bench.engine.updates) == 1
    assert bench.engine.updates[0].parameters["shadow"] == 0.9
    assert bench.engine.updates[0].ignore is not None


def test_what_changes_nothing_asks_for_nothing(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    bench.document.changed(Topic.SETTINGS)
    bench.document.settings.recipe = "invert"
    bench.document.changed(Topic.SETTINGS)
    _wait_still()
    assert bench.engine.updates == []


def test_layer_masks_do_not_concern_the_run(bench: Bench):
    bench.run_to_candidate()
    bench.controller.apply()
    bench.controller.run()
    bench.engine.step()
    layer = bench.document.layers[-1]
    bench.workspace.push(SetMask(Target(layer.id, "layer"), np.zeros_like(layer.mask.data), "Clear"))
    _wait_still()
    assert bench.engine.updates == []


def test_no_update_after_stop(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    _paint(bench)
    bench.controller.stop()
    _wait_still()
    assert bench.engine.updates == []


def test_a_removed_reference_ends_the_run(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    stamp = bench.engine.requests[0].stamp
    bench.workspace.push(SetSlots({}))
    bench.document.slots = {}
    bench.document.changed(Topic.SOURCES)
    assert "abort" in bench.engine.calls
    assert bench.notices[-1].level == "info"
    bench.engine.finish(stamp=stamp)
    assert bench.document.candidates == []


# -- the end --------------------------------------------------------------------------------------------------------
def test_a_result_becomes_a_candidate_that_is_shown(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    bench.engine.frame()
    assert bench.workspace.frame is not None
    bench.engine.finish(warnings=("The crown was continued.",))
    candidate = bench.document.candidates[0]
    assert bench.workspace.pending is candidate
    assert bench.workspace.frame is None
    assert (candidate.name, candidate.complete) == ("LOHO 1", True)
    assert candidate.latent["w_plus"].shape == (1, 2)
    assert bench.workspace.modified
    assert (bench.notices[-1].level, bench.notices[-1].why) == ("info", "The crown was continued.")
    assert bench.document.layers == [bench.document.layers[0]]


def test_sixteen_bits_are_converted_beside_the_window(bench: Bench, qtbot):
    bench.workspace.set_document(make_document(dtype=np.uint16))
    bench.run_to_candidate(value=0xC0C0, dtype=np.uint16)
    assert bench.workspace.pending is None
    assert bench.controller.finishing
    qtbot.waitUntil(lambda: bench.workspace.pending is not None)
    candidate = bench.document.candidates[0]
    assert (candidate.display.dtype, int(candidate.display[0, 0, 0])) == (np.uint8, 0xC0)
    assert candidate.pixels.dtype == np.uint16
    assert not bench.controller.finishing


def test_a_conversion_that_ends_after_closing_is_forgotten(bench: Bench, qtbot):
    bench.workspace.set_document(make_document(dtype=np.uint16))
    bench.run_to_candidate(dtype=np.uint16)
    bench.workspace.set_document(make_document())
    qtbot.waitUntil(lambda: not busy())
    assert bench.document.candidates == []
    assert bench.workspace.pending is None


def test_apply_is_one_undo_step(bench: Bench):
    bench.run_to_candidate()
    before = bench.workspace.undo.count()
    bench.controller.apply()
    assert bench.workspace.undo.count() == before + 1
    assert [layer.name for layer in bench.document.layers] == ["identity", "LOHO 1"]
    assert bench.workspace.pending is None
    assert len(bench.document.candidates) == 1
    bench.workspace.undo.undo()
    assert len(bench.document.layers) == 1
    bench.workspace.undo.redo()
    assert len(bench.document.layers) == 2


def test_a_large_result_is_made_ready_beside_the_window(bench: Bench, qtbot, monkeypatch):
    monkeypatch.setattr("editor.run.candidates._AT_ONCE", 0)
    bench.run_to_candidate()
    assert bench.document.candidates == []
    qtbot.waitUntil(lambda: bench.workspace.pending is not None)
    candidate = bench.document.candidates[0]
    assert candidate is bench.workspace.pending
    assert levels_of(candidate.display, (10, 10)) is pyramids._kept[candidate]


def test_an_applied_layer_is_active_again_after_undo_and_redo(bench: Bench):
    workspace = bench.workspace
    bench.run_to_candidate()
    bench.controller.apply()
    first = workspace.active_layer
    bench.run_to_candidate()
    bench.controller.apply()
    second = workspace.active_layer
    assert len({"base", first, second}) == 3
    workspace.undo.undo()
    assert workspace.active_layer == first
    workspace.undo.undo()
    assert workspace.active_layer == "base"
    workspace.undo.redo()
    assert workspace.active_layer == first
    workspace.undo.redo()
    assert workspace.active_layer == second


def test_a_layer_chosen_meanwhile_stays_active(bench: Bench):
    workspace = bench.workspace
    for _ in range(2):
        bench.run_to_candidate()
        bench.controller.apply()
    workspace.undo.undo()
    workspace.set_active_layer("base")
    workspace.undo.redo()
    assert workspace.active_layer == "base"


def test_discard_leaves_no_trace_of_a_new_result(bench: Bench):
    bench.run_to_candidate()
    first = bench.document.candidates[0]
    bench.run_to_candidate()
    steps = bench.workspace.undo.count()
    bench.controller.discard()
    assert bench.document.candidates == [first]
    assert (bench.workspace.pending, bench.workspace.frame) == (None, None)
    assert (len(bench.document.layers), bench.workspace.undo.count()) == (1, steps)


def test_discarding_an_older_candidate_only_hides_it(bench: Bench):
    bench.run_to_candidate()
    bench.controller.show_candidate(None)
    bench.controller.next_candidate()
    assert bench.workspace.pending is bench.document.candidates[0]
    bench.controller.discard()
    assert bench.workspace.pending is None
    assert len(bench.document.candidates) == 1


def test_a_new_result_that_was_applied_and_undone_is_not_discarded(bench: Bench):
    bench.run_to_candidate()
    bench.controller.apply()
    bench.workspace.undo.undo()
    bench.controller.next_candidate()
    bench.controller.discard()
    assert len(bench.document.candidates) == 1


def test_stop_keeps_the_best_so_far(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    bench.controller.stop()
    assert bench.controller.state is RunState.STOPPING
    assert "stopping" in bench.controller.describe()
    bench.engine.finish(cancelled=True)
    assert not bench.document.candidates[0].complete


def test_results_of_another_run_are_ignored(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    bench.engine.finish(stamp="of another time")
    assert bench.document.candidates == []
    assert bench.workspace.pending is None


def test_an_error_leaves_document_and_shown_candidate(bench: Bench):
    bench.run_to_candidate()
    shown = bench.workspace.pending
    bench.controller.run()
    assert bench.workspace.pending is None
    bench.engine.step()
    bench.engine.frame()
    bench.engine.fail()
    assert bench.workspace.pending is shown
    assert bench.workspace.frame is None
    assert bench.document.candidates == [shown]
    assert (bench.notices[-1].what, bench.notices[-1].next_step) == ("Not enough memory.", "Use a smaller one.")
    assert bench.controller.can_run() == ""


def test_an_error_keeps_the_last_picture_until_it_is_discarded(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    bench.engine.frame()
    bench.engine.fail()
    assert bench.workspace.frame is not None
    assert bench.controller.failed
    assert "error" in bench.controller.describe()
    bench.controller.apply()
    assert len(bench.document.layers) == 1
    bench.controller.discard()
    assert bench.workspace.frame is None
    assert not bench.controller.failed


def test_another_document_ends_the_run(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    stamp = bench.engine.requests[0].stamp
    bench.workspace.set_document(make_document())
    assert bench.engine.calls == ["abort"]
    bench.engine.finish(stamp=stamp)
    assert bench.document.candidates == []
    assert bench.workspace.pending is None
    assert bench.controller.step is None


# -- candidates -----------------------------------------------------------------------------------------------------
def test_candidates_are_walked_in_a_circle(bench: Bench):
    for _ in range(3):
        bench.run_to_candidate()
    names = []
    for _ in range(4):
        bench.controller.next_candidate()
        names.append(bench.workspace.pending.name)
    assert names == ["LOHO 1", "LOHO 2", "LOHO 3", "LOHO 1"]
    bench.controller.next_candidate(-1)
    assert bench.workspace.pending.name == "LOHO 3"


def test_candidates_wait_while_a_run_is_shown(bench: Bench):
    bench.run_to_candidate()
    bench.controller.run()
    bench.controller.next_candidate()
    assert bench.workspace.pending is None
    assert bench.hints[-1].startswith("Stop the run")


def test_going_on_from_a_candidate_sends_its_latent(bench: Bench):
    bench.run_to_candidate()
    bench.controller.run(bench.document.candidates[0])
    assert set(bench.engine.requests[-1].start) == {"w_plus"}


def test_removing_candidates_can_be_undone(bench: Bench):
    for _ in range(3):
        bench.run_to_candidate()
    keep, *others = bench.document.candidates
    candidates.set_starred(bench.workspace, keep, True)
    listed = list(bench.document.candidates)
    candidates.remove_unstarred(bench.workspace)
    assert bench.document.candidates == [keep]
    assert bench.workspace.pending is None
    bench.workspace.undo.undo()
    assert bench.document.candidates == listed
    assert others[0] in bench.document.candidates


def test_settings_of_a_candidate_come_back(bench: Bench):
    bench.run_to_candidate()
    settings = bench.document.settings
    settings.recipe, settings.preset, settings.seed = "classical", "draft", 9
    candidates.use_settings(bench.workspace, bench.document.candidates[0])
    assert (settings.recipe, settings.seed) == ("loho", 3)
    values = CATALOGUE["loho"].values(settings.preset, settings.parameters["loho"])
    assert (values["steps"], values["shadow"]) == (123, 0.8)


def test_pause_and_resume(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    bench.controller.toggle_pause()
    bench.controller.toggle_pause()
    assert bench.engine.calls == ["pause", "resume"]


def test_status_says_stage_step_and_time(bench: Bench):
    said: list[str] = []
    bench.controller.statusText.connect(said.append)
    bench.controller.run()
    bench.engine.step(3, 10, loss=0.5)
    assert said[-1] == "stage 1/2 · step 3/10 · 12 s left · loss 0.5"
    assert bench.controller.progress() == pytest.approx(0.3)
    bench.engine.finish()
    bench.controller.apply()
    assert said[-1] == ""


def test_losses_begin_anew_when_the_run_goes_on_with_changes(bench: Bench):
    bench.controller.run()
    for index, loss in ((4, 3.0), (5, 2.0), (1, 9.0), (2, 8.0)):
        bench.engine.step(index, 10, loss)
    assert bench.controller.losses == [9.0, 8.0]


def test_changes_reach_only_listeners_of_the_open_document(bench: Bench):
    closed = bench.document
    bench.workspace.set_document(make_document())
    bench.controller.run()
    closed.events.emit(Change(Topic.MASK, IDENTITY, "hair"))
    _wait_still()
    assert bench.engine.updates == []


def test_a_refused_change_is_told_and_the_run_goes_on(bench: Bench):
    bench.controller.run()
    bench.engine.step()
    bench.engine.frame()
    bench.engine.failed.emit(Failure("The mask covers everything.", "", "Erase some of it."), "update")
    assert bench.notices[-1].level == "warning"
    assert bench.controller.active
    assert not bench.controller.failed
    assert bench.workspace.frame is not None
