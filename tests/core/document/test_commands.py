"""Every step must come back exactly, tell listeners what changed, and account for the memory it keeps."""

from __future__ import annotations

import random

import numpy as np
import pytest

from core.document.brush import BrushTip, Stroke
from core.document.commands import (
    AddLayer,
    AddSource,
    ApplyResult,
    DuplicateLayer,
    MaskEdit,
    MergeDown,
    MoveLayer,
    RemoveLayer,
    RemoveSource,
    SetFace,
    SetLayer,
    SetMask,
    SetMaskSpread,
    SetSlots,
    capture_mask_edit,
    merge_refusal,
)
from core.document.composite import flatten
from core.document.document import IDENTITY, Target
from core.document.events import Change, Topic
from core.document.geometry import Rect
from core.document.layer import BLEND_MODES
from core.document.tiles import transformed
from core.errors import InputRefused
from tests.core.document.build import (
    fingerprint,
    make_candidate,
    make_document,
    make_face,
    make_layer,
    make_source,
)

HAIR = Target(IDENTITY, "hair")


@pytest.fixture
def document():
    return make_document()


@pytest.fixture
def changes(document):
    seen: list[Change] = []
    document.events.add(seen.append)
    return seen


def paint(document, target, *, erase=False, at=(100, 100), size=60.0) -> MaskEdit | None:
    mask = document.mask(target)
    stroke = Stroke(mask, BrushTip(size=size), erase)
    stroke.move_to(*at)
    stroke.move_to(at[0] + 40, at[1] + 10)
    rect = stroke.finish()
    return None if rect is None else capture_mask_edit(document, target, stroke.before, rect, "Brush stroke")


def test_a_stroke_is_one_exact_step(document, changes):
    before = fingerprint(document)
    edit = paint(document, HAIR)
    assert edit is not None
    edit.redo(document)
    painted = fingerprint(document)
    assert document.identity.hair_painted
    assert document.identity.hair_known
    version = document.mask(HAIR).version
    edit.undo(document)
    assert fingerprint(document) == before
    assert document.mask(HAIR).version > version
    assert not document.identity.hair_painted
    edit.redo(document)
    assert fingerprint(document) == painted
    assert [(c.topic, c.item, c.role) for c in changes] == [(Topic.MASK, IDENTITY, "hair")] * 3
    assert changes[0].rect is not None


def test_a_stroke_that_changes_nothing_is_no_step(document):
    assert paint(document, HAIR, erase=True) is None
    assert capture_mask_edit(document, Target("nobody", "hair"), np.zeros((3, 3), np.uint8), None, "x") is None


def test_other_masks_do_not_count_as_hair(document):
    edit = paint(document, Target(IDENTITY, "protect"))
    assert edit is not None
    edit.redo(document)
    assert not document.identity.hair_painted


def test_memory_follows_what_was_painted():
    document = make_document(2000, 1800)
    small = paint(document, HAIR, size=30)
    assert small is not None
    small.compact()
    assert small.size < 20_000
    everything = SetMask(HAIR, np.full((1800, 2000), 255, np.uint8), "Fill")
    everything.redo(document)
    everything.compact()
    assert everything.size < 40_000
    noise = np.random.default_rng(0).integers(0, 256, (1800, 2000)).astype(np.uint8)
    noisy = SetMask(HAIR, noise, "Load")
    noisy.redo(document)
    assert noisy.size > noise.size


def test_a_change_of_every_pixel_is_held_as_its_difference():
    document = make_document(600, 520)
    mask = document.mask(HAIR)
    mask.data[30:70, 200:400] = np.random.default_rng(1).integers(0, 256, (40, 200))
    before = mask.data.copy()
    for change in (np.invert, np.zeros_like):
        difference = transformed(mask.data, change)
        assert difference is not None
        assert np.array_equal(mask.data, before)
        step = SetMask(HAIR, difference, "Change")
        step.redo(document)
        assert np.array_equal(mask.data, change(before))
        step.compact()
        step.undo(document)
        assert np.array_equal(mask.data, before)
    assert transformed(np.zeros((300, 300), np.uint8), np.zeros_like) is None


def test_set_mask_says_where(document, changes):
    data = np.zeros((280, 300), np.uint8)
    data[5:9, 3:7] = 200
    SetMask(HAIR, data, "Load mask").redo(document)
    assert changes[-1].rect == Rect(0, 0, 256, 256)
    assert np.array_equal(document.mask(HAIR).data, data)
    with pytest.raises(ValueError, match="the mask is"):
        SetMask(HAIR, data[:9], "Load mask").redo(document)


def test_a_suggested_hair_mask_is_not_painted(document):
    paint(document, HAIR).redo(document)
    step = SetMask(HAIR, np.full((280, 300), 9, np.uint8), "Reset", painted=False, spread=(0.0, 0.0))
    document.mask(HAIR).grow = 4.0
    step.redo(document)
    assert not document.identity.hair_painted
    assert document.mask(HAIR).grow == 0
    step.undo(document)
    assert document.identity.hair_painted
    assert document.mask(HAIR).grow == 4


def test_spread_merges_per_mask(document):
    first, second = SetMaskSpread(HAIR, 3, 0), SetMaskSpread(HAIR, 5, 999)
    first.redo(document)
    second.redo(document)
    assert first.merge_key == second.merge_key
    assert first.merge(second)
    assert (document.mask(HAIR).grow, document.mask(HAIR).feather) == (5, 200)
    first.undo(document)
    assert (document.mask(HAIR).grow, document.mask(HAIR).feather) == (0, 0)
    assert not document.identity.hair_painted
    first.redo(document)
    assert (document.mask(HAIR).grow, document.mask(HAIR).feather) == (5, 200)
    assert not first.merge(SetMaskSpread(Target(IDENTITY, "ignore"), 1, 1))


def test_the_photo_is_safe(document):
    for step in (RemoveLayer("base"), MoveLayer("base", 1)):
        with pytest.raises(InputRefused, match="photo"):
            step.redo(document)
    with pytest.raises(InputRefused, match="portrait"):
        RemoveSource(IDENTITY).redo(document)
    AddLayer(make_layer(document, 1), index=0).redo(document)
    assert document.layers[0].id == "base"
    MoveLayer(document.layers[1].id, -5).redo(document)
    assert document.layers[0].id == "base"
    with pytest.raises(InputRefused, match="never changed"):
        MergeDown(document.layers[1].id).redo(document)


def test_layer_properties(document, changes):
    layer = make_layer(document, 1)
    AddLayer(layer).redo(document)
    with pytest.raises(ValueError, match="no property"):
        SetLayer(layer.id, pixels=3)
    with pytest.raises(ValueError, match="blend mode"):
        SetLayer(layer.id, blend_mode="dissolve")
    with pytest.raises(ValueError, match="nothing"):
        SetLayer(layer.id)
    drag = [SetLayer(layer.id, opacity=value) for value in (0.9, 0.5, -3.0)]
    for step in drag:
        step.redo(document)
    assert drag[0].merge(drag[1])
    assert drag[0].merge(drag[2])
    assert layer.opacity == 0
    drag[0].undo(document)
    assert layer.opacity == 1
    assert not drag[0].merge(SetLayer(layer.id, origin=(1, 2)))
    assert not SetLayer(layer.id, visible=False).merge(SetLayer(layer.id, visible=True))
    SetLayer(layer.id, origin=(50, 10)).redo(document)
    assert changes[-1].rect == Rect(20, 10, 140, 100)
    SetLayer(layer.id, name="Fringe").redo(document)
    assert changes[-1].rect == Rect(0, 0, 0, 0)
    assert SetLayer(layer.id, visible=False).text == "Hide layer"


def test_apply_makes_a_layer_of_its_own(document):
    candidate = make_candidate(document, 4)
    step = ApplyResult(candidate, "Result 4")
    step.redo(document)
    layer = document.layer(step.layer_id)
    assert step.text == "Apply Result 4"
    assert layer.origin == (10, 20)
    assert layer.pixels is candidate.pixels
    layer.mask.data[:] = 0
    assert candidate.mask.any()
    step.undo(document)
    assert [layer.id for layer in document.layers] == ["base"]
    step.redo(document)
    assert document.layers[-1] is layer


def test_a_copy_of_the_photo_is_a_layer(document):
    step = DuplicateLayer("base")
    step.redo(document)
    copy = document.layers[1]
    assert copy.kind == "result"
    assert copy.mask is not None
    assert (copy.mask.data == 255).all()
    assert np.array_equal(flatten(document), document.identity.photo.pixels)


def test_merge_down_keeps_the_picture(document):
    for seed, origin in ((1, (20, 30)), (2, (60, 50))):
        AddLayer(make_layer(document, seed, origin=origin, opacity=0.7)).redo(document)
    before, state = flatten(document), fingerprint(document)
    step = MergeDown(document.layers[2].id)
    step.redo(document)
    assert [layer.id for layer in document.layers] == ["base", step.layer_id]
    assert np.abs(flatten(document).astype(int) - before).max() <= 2
    step.undo(document)
    assert fingerprint(document) == state
    SetLayer(document.layers[1].id, locked=True).redo(document)
    assert "locked" in merge_refusal(document, document.layers[2].id)
    assert merge_refusal(document, "base")


def test_references_keep_their_order(document):
    for number in (1, 2, 3):
        source = make_source(f"reference-{number}", 70, 64, number)
        AddSource(source, {"shape": source.id}).redo(document)
    SetSlots({"shape": "reference-2", "appearance": "reference-2"}).redo(document)
    step = RemoveSource("reference-2")
    step.redo(document)
    assert document.slots == {}
    assert list(document.sources) == [IDENTITY, "reference-1", "reference-3"]
    assert step.size > 70 * 64 * 6
    step.undo(document)
    assert list(document.sources) == [IDENTITY, "reference-1", "reference-2", "reference-3"]
    assert document.slots == {"shape": "reference-2", "appearance": "reference-2"}
    assert step.size < 1000


def random_step(document, rng: random.Random):
    """Some step that is possible now; strokes are already painted."""
    targets = [Target(key, role) for key, source in document.sources.items() for role in source.masks]
    layers = [layer.id for layer in document.layers[1:]]
    targets += [Target(layer, "layer") for layer in layers]
    target = rng.choice(targets)
    mask = document.mask(target)
    choices = [
        lambda: paint(document, target, erase=rng.random() < 0.3, at=(rng.uniform(-20, 300), rng.uniform(-20, 280)),
                      size=rng.uniform(1, 90)),
        lambda: SetMask(target, 255 - mask.data, "Invert"),
        lambda: SetMaskSpread(target, rng.uniform(-9, 9), rng.uniform(0, 9)),
        lambda: AddLayer(make_layer(document, rng.randrange(99), origin=(rng.randrange(-50, 250), 9))),
        lambda: ApplyResult(make_candidate(document, rng.randrange(99)), "Result"),
        lambda: DuplicateLayer(rng.choice(["base", *layers])),
        lambda: SetFace(rng.choice(list(document.sources)), make_face(rng.random())),
        lambda: AddSource(make_source(document.new_id("reference"), 66, 77, 3), {"shape": "reference-1"}),
        lambda: SetSlots({"shape": rng.choice(list(document.sources))}),
    ]
    if layers:
        layer = rng.choice(layers)
        choices += [
            lambda: RemoveLayer(layer),
            lambda: MoveLayer(layer, rng.randrange(5)),
            lambda: SetLayer(layer, opacity=rng.random()),
            lambda: SetLayer(layer, blend_mode=rng.choice(BLEND_MODES), visible=rng.random() < 0.7),
            lambda: SetLayer(layer, origin=(rng.randrange(-40, 200), rng.randrange(-40, 200))),
        ]
        possible = [name for name in layers if not merge_refusal(document, name)]
        choices += [lambda: MergeDown(rng.choice(possible))] * bool(possible)
    references = [source.id for source in document.references]
    if references:
        choices.append(lambda: RemoveSource(rng.choice(references)))
    return rng.choice(choices)()


@pytest.mark.parametrize("seed", range(6))
def test_any_history_goes_back_and_forth(document, seed):
    rng = random.Random(seed)
    states, steps = [fingerprint(document)], []
    while len(steps) < 30:
        step = random_step(document, rng)
        if step is not None:
            step.redo(document)
            steps.append(step)
            states.append(fingerprint(document))
            assert step.size >= 0
            assert step.text
    for step, state in zip(reversed(steps), reversed(states[:-1]), strict=True):
        step.undo(document)
        assert fingerprint(document) == state, step
    for step, state in zip(steps, states[1:], strict=True):
        step.redo(document)
        assert fingerprint(document) == state, step
    for step in reversed(steps):
        step.undo(document)
    assert fingerprint(document) == states[0]
