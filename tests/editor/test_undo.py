"""The history forgets by bytes and by count, merges gestures, and survives what listeners do to it."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QUndoView

from core.document.commands import AddLayer, RemoveLayer, SetLayer, SetMask, SetMaskSpread
from core.document.document import IDENTITY, Target
from core.errors import InputRefused
from editor.undo import UndoStack
from tests.core.document.build import fingerprint, make_document, make_layer

HAIR = Target(IDENTITY, "hair")


@pytest.fixture
def document():
    return make_document()


@pytest.fixture
def stack(qapp, document):
    stack = UndoStack()
    stack.begin(document)
    return stack


def noise(seed: int) -> SetMask:
    data = np.random.default_rng(seed).integers(0, 256, (280, 300)).astype(np.uint8)
    return SetMask(HAIR, data, f"Noise {seed}")


def texts(stack: UndoStack) -> list[str]:
    return [stack.text(index) for index in range(stack.count())]


def test_pushing_carries_out_once(stack, document):
    before = fingerprint(document)
    seen = []
    document.events.add(seen.append)
    stack.push_command(noise(1))
    assert len(seen) == 1
    after = fingerprint(document)
    stack.undo()
    assert fingerprint(document) == before
    stack.redo()
    assert fingerprint(document) == after
    assert stack.held_bytes > 280 * 300


def test_bytes_are_bounded_from_the_oldest_on(stack, document):
    stack.budget_bytes = 600_000
    for seed in range(12):
        stack.push_command(noise(seed))
    assert stack.held_bytes <= 600_000
    assert 1 < stack.count() < 12
    assert stack.index() == stack.count()
    assert texts(stack)[-1] == "Noise 11"
    kept = stack.count()
    for _ in range(kept):
        assert stack.canUndo()
        stack.undo()
    assert not stack.canUndo()
    assert np.array_equal(document.mask(HAIR).data, np.random.default_rng(11 - kept).integers(0, 256, (280, 300)))
    stack.setIndex(kept)
    assert np.array_equal(document.mask(HAIR).data, np.random.default_rng(11).integers(0, 256, (280, 300)))


def test_the_newest_step_always_stays(stack):
    stack.budget_bytes = 10
    stack.push_command(noise(1))
    stack.push_command(noise(2))
    assert texts(stack) == ["Noise 2"]
    assert stack.canUndo()


def test_steps_are_bounded_too(stack, document):
    stack.limit = 5
    for index in range(9):
        stack.push_command(SetLayer("base", name=f"Name {index}"))
    assert stack.count() == 5
    stack.setIndex(0)
    assert document.layer("base").name == "Name 3"


@pytest.mark.parametrize(("saved_at", "reachable"), [(4, True), (1, False)])
def test_the_saved_state_is_not_lost_with_old_steps(stack, saved_at, reachable):
    stack.limit = 4
    for index in range(1, 7):
        stack.push_command(SetLayer("base", name=f"Name {index}"))
        if index == saved_at:
            stack.setClean()
    assert not stack.isClean()
    found = False
    for index in range(stack.count(), -1, -1):
        stack.setIndex(index)
        found |= stack.isClean()
    assert found == reachable


def test_the_view_follows_when_steps_are_forgotten(stack, qtbot):
    view = QUndoView(stack)
    qtbot.addWidget(view)
    stack.limit = 3
    for index in range(6):
        stack.push_command(SetLayer("base", name=f"Name {index}"))
    model = view.model()
    assert model.rowCount() == 4
    assert model.data(model.index(3, 0)) == "Rename layer"
    assert view.currentIndex().row() == 3


def test_a_drag_is_one_step(stack, document):
    now = [0.0]
    stack.clock = lambda: now[0]
    stack.push_command(AddLayer(make_layer(document, 1)))
    layer = document.layers[1]
    for value in (0.9, 0.8, 0.4):
        now[0] += 0.1
        stack.push_command(SetLayer(layer.id, opacity=value))
    assert stack.count() == 2
    now[0] += 60
    stack.push_command(SetLayer(layer.id, opacity=0.3))
    assert stack.count() == 3
    stack.end_gesture()
    stack.push_command(SetLayer(layer.id, opacity=0.2))
    stack.push_command(SetMaskSpread(HAIR, 2, 0))
    assert stack.count() == 5
    for _ in range(3):
        stack.undo()
    assert layer.opacity == pytest.approx(0.4)
    stack.undo()
    assert layer.opacity == 1


def test_what_cannot_be_done_is_not_on_the_stack(stack):
    stack.push_command(noise(1))
    with pytest.raises(InputRefused):
        stack.push_command(RemoveLayer("base"))
    assert texts(stack) == ["Noise 1"]
    stack.push_command(noise(2))
    assert stack.count() == 2


def test_a_listener_may_push(stack, document, qtbot):
    pushed = []

    def react(change):
        if not pushed:
            pushed.append(change)
            stack.push_command(SetLayer("base", name="Reaction"))

    stack.push_command(noise(1))
    document.events.add(react)
    stack.undo()
    assert document.layer("base").name == "Identity"
    qtbot.waitUntil(lambda: document.layer("base").name == "Reaction", timeout=2000)
    assert texts(stack) == ["Rename layer"]


def test_another_document_starts_empty(stack, document):
    stack.push_command(noise(1))
    other = make_document()
    stack.begin(other)
    assert stack.count() == 0
    stack.push_command(SetLayer("base", name="Other"))
    assert document.layer("base").name == "Identity"
    stack.begin(None)
    stack.push_command(SetLayer("base", name="Nobody"))
    assert stack.count() == 0


def test_destruction_is_silent(qapp, document):
    heard = []
    owner = QObject()
    stack = UndoStack(owner)
    stack.begin(document)
    stack.push_command(noise(1))
    stack.cleanChanged.connect(heard.append)
    stack.indexChanged.connect(heard.append)
    owner.deleteLater()
    qapp.sendPostedEvents(None, 52)
    del owner, stack
    gc.collect()
    assert heard == []
