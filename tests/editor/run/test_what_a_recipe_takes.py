"""Further portraits, style pictures and guides reach the recipes that take them, those only, and count as changes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtTest import QTest

from core.document.commands import SetLayer
from core.document.document import Target
from core.document.events import Topic
from core.document.geometry import Rect
from core.document.layer import REFERENCE, Layer
from core.document.mask import Mask
from core.document.picture import StylePicture
from core.document.picture_commands import SetPictures
from editor.actions import pictures as picture_actions
from editor.actions import references as reference_actions
from editor.engine_link import RunState
from editor.run import request as run_request
from tests.editor.mixtures import mixtures as mixtures
from tests.editor.run_bench import HEIGHT, WIDTH, Bench, make_source

STILL_MS = 20


@pytest.fixture(autouse=True)
def _short_stillness(monkeypatch: pytest.MonkeyPatch, mixtures: None) -> None:
    monkeypatch.setattr("editor.run.controller.STILLNESS_MS", STILL_MS)


def choose(bench: Bench, recipe: str) -> None:
    bench.document.settings.recipe = recipe
    bench.document.changed(Topic.SETTINGS)


def add_reference(bench: Bench, number: int, slot: str) -> str:
    source = make_source(f"reference-{number}", seed=number)
    bench.document.sources[source.id] = source
    reference_actions.assign_slot(bench.workspace, slot, source.id)
    return source.id


def add_picture(bench: Bench, place: str, seed: int) -> StylePicture:
    source = make_source("x", seed=seed)
    picture = StylePicture(bench.document.new_id("picture"), source.photo, source.display, f"{place}.png")
    picture_actions.set_picture(bench.workspace, place, picture)
    return picture


def add_guide(bench: Bench, shade: int = 200) -> Layer:
    pixels = np.full((10, 12, 3), shade, np.uint8)
    layer = Layer(bench.document.new_id("layer"), REFERENCE, "Guide", pixels, pixels, (5, 6),
                  Mask(np.full((10, 12), 255, np.uint8)), guide=True)
    bench.document.layers.append(layer)
    bench.document.changed(Topic.LAYERS, layer.id, rect=layer.rect)
    return layer


def test_only_what_a_recipe_accepts_is_handed_over(bench: Bench):
    add_reference(bench, 2, "extra3")
    picture = add_picture(bench, "style2", 9)
    add_guide(bench)
    document = bench.document
    expected = {
        "loho": ({"identity", "shape"}, set(), False), "mixer": ({"identity", "shape", "extra3"}, set(), False),
        "painter": ({"identity"}, {"style2"}, False), "follower": ({"identity"}, set(), True),
        "invert": ({"identity"}, set(), False),
    }
    for recipe, (roles, pictures, guided) in expected.items():
        choose(bench, recipe)
        request = run_request.build_request(document, stamp="s")
        assert (set(request.photos), set(request.pictures)) == (roles, pictures), recipe
        assert (request.guide is not None) == guided
    choose(bench, "mixer")
    assert run_request.build_request(document, stamp="").photos["extra3"] is document.sources["reference-2"].photo
    choose(bench, "painter")
    assert run_request.build_request(document, stamp="").pictures["style2"] is picture.photo


def test_the_guide_is_where_its_mask_shows_it(bench: Bench):
    choose(bench, "follower")
    layer = add_guide(bench)
    layer.mask.data[:5] = 0
    layer.mask.touch()
    guide = run_request.build_request(bench.document, stamp="").guide
    assert guide.shape == (HEIGHT, WIDTH, 4)
    assert np.argwhere(guide[..., 3]).min(axis=0).tolist() == [11, 5]
    assert np.argwhere(guide[..., 3]).max(axis=0).tolist() == [15, 16]
    assert (guide[12, 8] == [200, 200, 200, 255]).all()


@pytest.mark.parametrize("recipe", ["mixer", "painter", "follower", "loho"])
def test_what_is_looked_at_is_a_change_and_the_rest_is_none(bench: Bench, recipe):
    choose(bench, recipe)
    seen = {run_request.fingerprint(bench.document)}

    def changed() -> bool:
        before = len(seen)
        seen.add(run_request.fingerprint(bench.document))
        return len(seen) > before

    add_reference(bench, 2, "extra1")
    assert changed() == (recipe == "mixer")
    add_picture(bench, "style1", 4)
    assert changed() == (recipe == "painter")
    add_picture(bench, "style1", 5)
    assert changed() == (recipe == "painter")
    picture_actions.exchange_pictures(bench.workspace, "style1", "style2")
    assert changed() == (recipe == "painter")
    layer = add_guide(bench)
    assert changed() == (recipe == "follower")
    layer.mask.data[0] = 0
    layer.mask.touch()
    assert changed() == (recipe == "follower")
    for properties in ({"opacity": 0.5}, {"origin": (1, 1)}, {"mask_enabled": False}):
        bench.workspace.push(SetLayer(layer.id, **properties))
        assert changed() == (recipe == "follower"), properties


def test_a_recipe_without_a_need_for_references_runs_without(bench: Bench):
    reference_actions.clear_slot(bench.workspace, "shape")
    choose(bench, "painter")
    assert bench.controller.can_run() == ""
    choose(bench, "loho")
    assert "reference" in bench.controller.can_run()
    add_reference(bench, 2, "extra1")
    assert "reference" in bench.controller.can_run()


def test_a_photograph_that_is_named_must_be_there(bench: Bench):
    reference_actions.clear_slot(bench.workspace, "shape")
    choose(bench, "mixer")
    # Where the default names what is not there, the recipe does without.
    assert bench.controller.can_run() == ""
    bench.document.settings.parameters["mixer"] = {"eyes_from": "extra2"}
    assert "Eyes from" in bench.controller.can_run()
    assert "Extra 2" in bench.controller.can_run()
    bench.document.settings.parameters["mixer"]["eyes_amount"] = 0.0
    assert bench.controller.can_run() == ""
    bench.document.settings.parameters["mixer"]["eyes_amount"] = 0.4
    add_reference(bench, 2, "extra2")
    assert bench.controller.can_run() == ""
    assert bench.controller.build_request().parameters == {"eyes_from": "extra2", "eyes_amount": 0.4}


def test_a_painted_guide_goes_on_with_the_run(bench: Bench):
    choose(bench, "follower")
    layer = add_guide(bench)
    bench.controller.run()
    bench.engine.step()
    layer.mask.data[:3] = 0
    layer.mask.touch()
    bench.document.changed(Topic.MASK, layer.id, "layer", Rect(0, 0, 12, 3))
    bench.workspace.undo.indexChanged.emit(1)
    QTest.qWait(STILL_MS * 4)
    assert len(bench.engine.updates) == 1
    assert not bench.engine.updates[0].guide[6:9, 5:17, 3].any()
    bench.workspace.push(SetLayer(layer.id, visible=False))
    QTest.qWait(STILL_MS * 4)
    assert bench.engine.updates[1].guide is None
    assert bench.engine.state is RunState.RUNNING


def test_a_layer_that_no_recipe_follows_does_not_disturb_the_run(bench: Bench):
    layer = add_guide(bench)
    bench.controller.run()
    bench.engine.step()
    bench.workspace.push(SetLayer(layer.id, opacity=0.3))
    QTest.qWait(STILL_MS * 4)
    assert bench.engine.updates == []


def test_a_new_picture_goes_on_with_the_run(bench: Bench):
    choose(bench, "painter")
    bench.controller.run()
    bench.engine.step()
    picture = add_picture(bench, "style1", 3)
    QTest.qWait(STILL_MS * 4)
    assert bench.engine.updates[0].pictures["style1"] is picture.photo
    bench.workspace.undo.undo()
    QTest.qWait(STILL_MS * 4)
    assert bench.engine.updates[1].pictures == {}


def test_places_that_are_filled_one_after_the_other(bench: Bench):
    document = bench.document
    assert picture_actions.free_slot(document, "") == "appearance"
    document.slots["appearance"] = "reference-1"
    assert picture_actions.free_slot(document, "") == ""
    assert picture_actions.free_slot(document, "extra") == "extra1"
    choose(bench, "mixer")
    assert picture_actions.free_slot(document, "") == "extra1"
    document.slots.update({f"extra{number}": "reference-1" for number in (1, 2, 3, 4)})
    assert picture_actions.free_slot(document, "") == ""
    assert picture_actions.free_slot(document, "extra2") == "extra2"
    for number in (1, 2, 3, 4):
        place = picture_actions.free_picture_place(document)
        assert place == f"style{number}"
        add_picture(bench, place, number)
    assert picture_actions.free_picture_place(document) == ""
    assert list(document.pictures) == ["style1", "style2", "style3", "style4"]


def test_every_act_on_pictures_is_one_step(bench: Bench):
    undo = bench.workspace.undo
    first = add_picture(bench, "style2", 1)
    second = add_picture(bench, "style2", 2)
    picture_actions.exchange_pictures(bench.workspace, "style2", "style1")
    assert bench.document.pictures == {"style1": second}
    picture_actions.remove_picture(bench.workspace, "style1")
    picture_actions.remove_picture(bench.workspace, "style1")
    picture_actions.exchange_pictures(bench.workspace, "style3", "style4")
    assert undo.count() == 4
    assert bench.document.pictures == {}
    undo.undo()
    undo.undo()
    assert bench.document.pictures == {"style2": second}
    undo.undo()
    assert bench.document.pictures == {"style2": first}
    assert isinstance(SetPictures({}).size, int)


def test_swapping_leaves_the_extras_alone(bench: Bench):
    add_reference(bench, 2, "extra1")
    reference_actions.swap_slots(bench.workspace)
    assert bench.document.slots == {"appearance": "reference-1", "extra1": "reference-2"}
    reference_actions.use_for_both(bench.workspace, "reference-1")
    reference_actions.exchange_slots(bench.workspace, "extra1", "shape")
    assert bench.document.slots == {"appearance": "reference-1", "extra1": "reference-1", "shape": "reference-2"}
    reference_actions.exchange_slots(bench.workspace, "extra1", "extra4")
    assert bench.document.slots["extra4"] == "reference-1"
    assert "extra1" not in bench.document.slots


def test_a_target_in_a_guide_is_its_mask(bench: Bench):
    layer = add_guide(bench)
    assert bench.document.mask(Target(layer.id, "layer")) is layer.mask
