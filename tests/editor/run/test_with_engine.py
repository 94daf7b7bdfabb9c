"""The whole way once, through the real pipe and server: run, paint meanwhile, pause, resume, stop, apply, undo."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from core.document.commands import SetMask
from core.document.document import IDENTITY, Target
from editor.engine_link import Engine, RunState
from editor.run.controller import RunController
from editor.workspace import Workspace
from tests.editor import fake_engine
from tests.editor.run_bench import HEIGHT, WIDTH, make_document

WAIT_MS = 20_000


@pytest.fixture
def engine(qapp) -> Iterator[Engine]:
    made = Engine(entry=fake_engine.ENTRY)
    yield made
    assert made.shutdown(5)


@pytest.fixture
def controller(engine: Engine) -> Iterator[RunController]:
    workspace = Workspace(engine)
    workspace.set_document(make_document())
    made = RunController(workspace)
    yield made
    made.deleteLater()
    workspace.deleteLater()


def test_the_whole_job(controller: RunController, qtbot):
    workspace = controller._workspace
    document = workspace.document
    document.settings.parameters["loho"] = {"steps": 2000}
    photo = document.identity.photo.pixels.copy()
    controller.run()
    qtbot.waitUntil(lambda: workspace.frame is not None and len(controller.losses) > 2, timeout=WAIT_MS)
    before = workspace.frame.rect

    painted = np.zeros((HEIGHT, WIDTH), np.uint8)
    painted[60:90, 20:70] = 255
    workspace.push(SetMask(Target(IDENTITY, "hair"), painted, "Paint"))
    qtbot.waitUntil(lambda: workspace.frame.rect != before, timeout=WAIT_MS)
    assert tuple(workspace.frame.rect) == (20, 60, 70, 90)

    controller.pause()
    qtbot.waitUntil(lambda: controller.state is RunState.PAUSED, timeout=WAIT_MS)
    seen = controller.step.index
    controller.resume()
    qtbot.waitUntil(lambda: controller.step.index > seen, timeout=WAIT_MS)

    controller.stop()
    assert controller.state is RunState.STOPPING
    qtbot.waitUntil(lambda: workspace.pending is not None, timeout=WAIT_MS)
    candidate = workspace.pending
    assert not candidate.complete
    assert workspace.frame is None

    controller.apply()
    layer = document.layers[-1]
    assert np.array_equal(layer.mask.data > 0, painted[layer.rect.slices()] > 0)
    workspace.undo.undo()
    assert len(document.layers) == 1
    assert np.array_equal(document.identity.photo.pixels, photo)


def test_closing_the_document_while_running(controller: RunController, qtbot):
    workspace = controller._workspace
    workspace.document.settings.parameters["loho"] = {"steps": 2000}
    controller.run()
    qtbot.waitUntil(lambda: workspace.frame is not None, timeout=WAIT_MS)
    workspace.set_document(None)
    assert controller.state is RunState.IDLE
    assert (workspace.frame, controller.step) == (None, None)
    workspace.set_document(make_document())
    workspace.document.settings.parameters["loho"] = {"steps": 3}
    controller.run()
    qtbot.waitUntil(lambda: workspace.pending is not None, timeout=WAIT_MS)
    assert workspace.pending.complete
    assert len(workspace.document.candidates) == 1


def test_going_on_from_a_candidate(controller: RunController, qtbot):
    workspace = controller._workspace
    workspace.document.settings.parameters["loho"] = {"steps": 2000}
    controller.run()
    qtbot.waitUntil(lambda: len(controller.losses) > 3, timeout=WAIT_MS)
    controller.stop()
    qtbot.waitUntil(lambda: workspace.pending is not None, timeout=WAIT_MS)
    first = workspace.pending
    controller.run(first)
    qtbot.waitUntil(lambda: len(controller.losses) > 0, timeout=WAIT_MS)
    assert controller.losses[0] < 1 - float(first.latent["share"][0]) + 1e-6
    controller.stop()
    qtbot.waitUntil(lambda: workspace.pending is not None, timeout=WAIT_MS)
    assert [candidate.name for candidate in workspace.document.candidates] == ["LOHO 1", "LOHO 2"]
