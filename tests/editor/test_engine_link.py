"""The engine behind the window: states, answers, and a clean end at any moment."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject

from core.document.photo import Photo
from core.engine.messages import Failure, Finished, Frame, PhotoAnalysis, StepInfo
from core.recipes.request import Request
from editor.engine_link import Engine, RunState
from tests.editor import fake_engine

WAIT_MS = 20_000
MOMENTS = int(os.environ.get("COIFFE_MOMENTS", "20"))


class Listener(QObject):
    """Everything an engine said, in order."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.heard: list[tuple[str, Any]] = []
        engine.stateChanged.connect(lambda state: self.heard.append(("state", state)))
        engine.stepArrived.connect(lambda step: self.heard.append(("step", step)))
        engine.frameArrived.connect(lambda frame: self.heard.append(("frame", frame)))
        engine.analysed.connect(lambda found: self.heard.append(("analysed", found)))
        engine.finished.connect(lambda result: self.heard.append(("finished", result)))
        engine.stopped.connect(lambda: self.heard.append(("stopped", None)))
        engine.failed.connect(lambda failure, about: self.heard.append(("failed", (failure, about))))

    def of(self, kind: str) -> list[Any]:
        return [what for name, what in self.heard if name == kind]


@pytest.fixture
def engine(qapp) -> Iterator[Engine]:
    made = Engine(entry=fake_engine.ENTRY)
    yield made
    assert made.shutdown(5)


@pytest.fixture
def heard(engine: Engine) -> Listener:
    return Listener(engine)


def _photo(seed: int = 0, *, name: str = "a.png", bits: int = 8, side: int = 96) -> Photo:
    rng = np.random.default_rng(seed)
    top, kind = (65535, np.uint16) if bits == 16 else (255, np.uint8)
    return Photo(rng.integers(0, top, (side, side + 16, 3)).astype(kind), path=Path(name))


def _request(photo: Photo | None = None, **parameters: Any) -> Request:
    return Request({"identity": photo or _photo(), "shape": _photo(1)}, parameters=parameters, stamp="stamp")


def _until_idle(qtbot, engine: Engine) -> None:
    qtbot.waitUntil(lambda: engine.state is RunState.IDLE, timeout=WAIT_MS)


def _running(qtbot, engine: Engine, heard: Listener, steps: int) -> Request:
    """Start a run and wait until it shows something; what was asked for."""
    request = _request(steps=steps)
    engine.run(request)
    qtbot.waitUntil(lambda: engine.state is RunState.RUNNING and bool(heard.of("frame")), timeout=WAIT_MS)
    return request


def _reached(qtbot, heard: Listener) -> float:
    """How far a run is after twenty steps."""
    qtbot.waitUntil(lambda: heard.of("step")[-1].index > 20, timeout=WAIT_MS)
    return 1 - heard.of("step")[-1].losses["total"]


@pytest.mark.parametrize("bits", [8, 16])
def test_a_run_ends_with_exactly_the_engines_pixels(qtbot, engine: Engine, heard: Listener, bits: int) -> None:
    request = _request(_photo(bits=bits), steps=30)
    engine.run(request)
    assert engine.state is RunState.STARTING
    _until_idle(qtbot, engine)
    (result,) = heard.of("finished")
    assert isinstance(result, Finished)
    photo, mask = request.photos["identity"], fake_engine.edited(request)
    inside = mask[result.rect.slices()]
    assert np.array_equal(result.mask, inside)
    assert result.pixels.dtype == photo.pixels.dtype
    part = photo.pixels[result.rect.slices()]
    assert np.array_equal(result.pixels[inside > 0], fake_engine.tinted(part, 1.0)[inside > 0])
    assert np.array_equal(result.pixels[inside == 0], part[inside == 0])
    assert not result.cancelled
    assert result.stamp == "stamp"
    assert heard.of("state") == [RunState.STARTING, RunState.RUNNING, RunState.IDLE]
    steps = heard.of("step")
    assert all(isinstance(step, StepInfo) for step in steps)
    assert [step.index for step in steps] == sorted(step.index for step in steps)
    assert steps[-1].index == 30
    frames = heard.of("frame")
    assert frames
    assert all(isinstance(frame, Frame) and frame.rect == result.rect for frame in frames)
    assert heard.heard[-1][0] == "finished"


def test_pause_and_resume(qtbot, engine: Engine, heard: Listener) -> None:
    _running(qtbot, engine, heard, 60)
    engine.pause()
    assert engine.state is RunState.PAUSING
    qtbot.waitUntil(lambda: engine.state is RunState.PAUSED, timeout=WAIT_MS)
    qtbot.wait(60)
    before = len(heard.heard)
    qtbot.wait(60)
    assert len(heard.heard) == before
    engine.resume()
    assert engine.state is RunState.RUNNING
    _until_idle(qtbot, engine)
    assert len(heard.of("finished")) == 1


def test_paused_before_it_began(qtbot, engine: Engine, heard: Listener) -> None:
    engine.run(_request(steps=10, await_order=True))
    engine.pause()
    qtbot.waitUntil(lambda: engine.state is RunState.PAUSED, timeout=WAIT_MS)
    assert not [step for step in heard.of("step") if step.index]
    engine.resume()
    assert engine.state is RunState.STARTING
    _until_idle(qtbot, engine)
    assert len(heard.of("finished")) == 1


@pytest.mark.parametrize("paused", [False, True])
def test_stop_keeps_the_best_so_far(qtbot, engine: Engine, heard: Listener, paused: bool) -> None:
    _running(qtbot, engine, heard, 5000)
    if paused:
        engine.pause()
        qtbot.waitUntil(lambda: engine.state is RunState.PAUSED, timeout=WAIT_MS)
    engine.stop()
    assert engine.state is RunState.STOPPING
    _until_idle(qtbot, engine)
    (result,) = heard.of("finished")
    assert result.cancelled
    assert 0 < result.latent["share"][0] < 1


def test_stopped_before_there_was_anything(qtbot, engine: Engine, heard: Listener) -> None:
    engine.run(_request(await_order=True))
    engine.stop()
    assert engine.state is RunState.STOPPING
    _until_idle(qtbot, engine)
    assert heard.of("finished") == []
    assert heard.of("stopped") == [None]


def test_abort_is_immediate_and_leaves_no_trace(qtbot, engine: Engine, heard: Listener) -> None:
    _running(qtbot, engine, heard, 5000)
    engine.abort()
    assert engine.state is RunState.IDLE
    assert heard.heard[-1] == ("stopped", None)
    before = len(heard.heard)
    engine.run(_request(steps=5))
    _until_idle(qtbot, engine)
    after = heard.heard[before:]
    assert [name for name, _ in after].count("finished") == 1
    assert {step.total for name, step in after if name == "step"} <= {0, 5}


def test_update_goes_on_from_the_latent_with_the_new_mask(qtbot, engine: Engine, heard: Listener) -> None:
    request = _running(qtbot, engine, heard, 4000)
    reached = _reached(qtbot, heard)
    protect = np.zeros((96, 112), np.uint8)
    protect[:, :56] = 255
    changed = replace(request, protect=protect, parameters={"steps": 8}, stamp="second")
    engine.update(replace(changed, protect=None, stamp="never seen"))
    engine.update(changed)
    _until_idle(qtbot, engine)
    (result,) = heard.of("finished")
    assert result.stamp == "second"
    assert result.rect.x0 == 56
    assert np.array_equal(result.mask, fake_engine.edited(changed)[result.rect.slices()])
    first = next(step for step in heard.of("step") if step.total == 8)
    assert 1 - first.losses["total"] > reached


def test_stopped_while_a_change_is_taken_in_keeps_what_was_reached(qtbot, engine: Engine, heard: Listener) -> None:
    request = _running(qtbot, engine, heard, 4000)
    reached = _reached(qtbot, heard)
    engine.update(replace(request, stamp="second"))
    engine.stop()
    _until_idle(qtbot, engine)
    (result,) = heard.of("finished")
    assert result.cancelled
    assert result.latent["share"][0] >= reached


def test_an_update_that_is_refused_leaves_the_run_alone(qtbot, engine: Engine, heard: Listener) -> None:
    request = _running(qtbot, engine, heard, 400)
    engine.update(replace(request, hair_masks={"identity": np.zeros((96, 112), np.uint8)}, stamp="refused"))
    qtbot.waitUntil(lambda: bool(heard.of("failed")), timeout=WAIT_MS)
    ((failure, about),) = heard.of("failed")
    assert about == "update"
    assert failure.what == "There is no hair to change."
    assert engine.state is RunState.RUNNING
    engine.stop()
    _until_idle(qtbot, engine)
    assert heard.of("finished")[0].stamp == "stamp"


def test_update_while_paused_waits_for_resume(qtbot, engine: Engine, heard: Listener) -> None:
    request = _running(qtbot, engine, heard, 4000)
    engine.pause()
    qtbot.waitUntil(lambda: engine.state is RunState.PAUSED, timeout=WAIT_MS)
    engine.update(replace(request, parameters={"steps": 7}))
    qtbot.wait(50)
    assert engine.state is RunState.PAUSED
    engine.resume()
    _until_idle(qtbot, engine)
    assert heard.of("finished")[0].report["steps"] == 7


def test_analyses_answer_their_owners_even_while_paused(qtbot, engine: Engine, heard: Listener) -> None:
    _running(qtbot, engine, heard, 4000)
    engine.pause()
    qtbot.waitUntil(lambda: engine.state is RunState.PAUSED, timeout=WAIT_MS)
    photo = _photo(5)
    engine.analyse("gone", photo)
    engine.forget("gone")
    engine.analyse("a", photo)
    engine.analyse("a", photo, points={"eye_right": np.array([1.0, 2.0])})
    engine.analyse("b", _photo(6, name="faceless.png"))
    qtbot.waitUntil(lambda: not engine.analysing("b"), timeout=WAIT_MS)
    (found,) = heard.of("analysed")
    assert isinstance(found, PhotoAnalysis)
    assert (found.owner, found.digest) == ("a", photo.digest)
    assert found.points["eye_right"] == (1.0, 2.0)
    assert found.hair.shape == (96, 112)
    ((failure, about),) = heard.of("failed")
    assert about == "b"
    assert failure.what == "No face was found in faceless.png."
    assert failure.next_step
    assert engine.state is RunState.PAUSED
    engine.abort()


def test_a_refused_request_is_a_failure_with_advice(qtbot, engine: Engine, heard: Listener) -> None:
    request = _request()
    engine.run(replace(request, hair_masks={"identity": np.zeros((96, 112), np.uint8)}))
    _until_idle(qtbot, engine)
    ((failure, about),) = heard.of("failed")
    assert about == "run"
    assert failure == Failure("There is no hair to change.", "The mask is empty.", "Paint the hair.")


@pytest.mark.parametrize("how", ["crash", "kill"])
def test_a_dead_engine_is_reported_and_starts_again(qtbot, engine: Engine, heard: Listener, how: str) -> None:
    if how == "crash":
        engine.run(_request(_photo(name="crash.png")))
    else:
        _running(qtbot, engine, heard, 5000)
        process = engine._worker._process
        assert process is not None
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
    _until_idle(qtbot, engine)
    ((failure, about),) = heard.of("failed")
    assert about == "run"
    assert failure.what == "The engine stopped unexpectedly."
    assert failure.next_step
    engine.run(_request(steps=3))
    _until_idle(qtbot, engine)
    assert len(heard.of("finished")) == 1


def test_a_request_that_cannot_be_sent_is_a_failure(
    qtbot, engine: Engine, heard: Listener, expected_logs: list[str],
) -> None:
    engine.run(_request(steps=lambda: 3))
    _until_idle(qtbot, engine)
    assert heard.of("failed")[0][1] == "run"
    assert len(expected_logs) == 1
    expected_logs.clear()
    engine.run(_request(steps=3))
    _until_idle(qtbot, engine)
    assert len(heard.of("finished")) == 1


def test_two_roles_of_one_photo_and_one_mask_stay_one(qtbot, engine: Engine, heard: Listener) -> None:
    reference, mask = _photo(1), fake_engine.fake_hair(112, 96)
    request = Request({"identity": _photo(), "shape": reference, "appearance": reference},
                      hair_masks={"shape": mask, "appearance": mask}, parameters={"steps": 2})
    engine.run(request)
    _until_idle(qtbot, engine)
    assert len(heard.of("finished")) == 1
    assert len(engine._worker._sent) == 2


def test_a_full_window_gets_no_queue_of_frames(qtbot, engine: Engine, heard: Listener) -> None:
    _running(qtbot, engine, heard, 5000)
    time.sleep(0.4)
    heard.heard.clear()
    qtbot.waitUntil(lambda: len(heard.of("frame")) >= 2, timeout=WAIT_MS)
    first, second = heard.of("frame")[:2]
    assert second.step - first.step > 20
    engine.abort()


def test_nothing_comes_after_shutdown(qtbot, engine: Engine, heard: Listener) -> None:
    _running(qtbot, engine, heard, 5000)
    assert engine.shutdown()
    assert engine.state is RunState.IDLE
    heard.heard.clear()
    engine.run(_request())
    engine.analyse("a", _photo())
    engine.prewarm()
    qtbot.wait(30)
    assert heard.heard == []
    assert engine.shutdown()


def test_an_engine_that_was_never_used_ends_too(qapp) -> None:
    assert Engine(entry=fake_engine.ENTRY).shutdown()


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_closes_cleanly_at_any_moment(qtbot, moment: int) -> None:
    chance = random.Random(moment)
    engine = Engine(entry=fake_engine.ENTRY)
    heard = Listener(engine)
    engine.prewarm()
    acts = [
        lambda: engine.run(_request(steps=5000, step_ms=1)), engine.pause, engine.resume, engine.stop, engine.abort,
        lambda: engine.update(_request(steps=4000)), lambda: engine.analyse("a", _photo(moment, side=400)),
        lambda: engine.forget("a"), lambda: engine.run(_request(_photo(name="crash.png"))),
    ]
    acts[0]()
    qtbot.wait(chance.randrange(0, 300))
    for _ in range(chance.randrange(0, 6)):
        chance.choice(acts)()
        qtbot.wait(chance.randrange(0, 40))
    process = engine._worker._process
    assert engine.shutdown()
    heard.heard.clear()
    qtbot.wait(1)
    assert heard.heard == []
    assert process is None or engine._worker._process is None
    assert not [thread for thread in threading.enumerate() if thread.name == "engine link"]
