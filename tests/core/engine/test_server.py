"""The engine's process: its pipe, its orders and the real work behind it, on tiny networks."""

from __future__ import annotations

import ast
import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import core.engine.worker as worker_module
from core.document.geometry import Rect
from core.document.photo import Photo
from core.engine import protocol, wire
from core.engine.jobs import EngineJobs
from core.engine.messages import Failure, Finished, Frame, StepInfo
from core.engine.outbox import Outbox
from core.engine.protocol import Analyse
from core.engine.runner import run
from core.engine.server import Server, failure_of
from core.engine.session import Aborted, Session, Superseded
from core.errors import Advice, Cancelled, InputRefused, NothingUseful
from core.faces.face import Portrait
from core.recipes.context import Context
from core.recipes.request import Request
from tests.core.recipes import world


class Desk:
    """A session with what it reported."""

    def __init__(self, on_step: Callable[[Desk, StepInfo], None] | None = None) -> None:
        self.steps: list[StepInfo] = []
        self.frames: list[Frame] = []
        self.paused = threading.Event()
        self.served = 0
        self.to_serve = 0
        self._on_step = on_step
        self.condition = threading.Condition()
        self.session = Session(
            1, self.condition, idle=self._idle, has_idle_work=lambda: self.to_serve > self.served,
            on_paused=self.paused.set, on_step=self._step, on_frame=self.frames.append, ready=lambda: True)

    def _idle(self) -> None:
        self.served = self.to_serve

    def _step(self, info: StepInfo) -> None:
        self.steps.append(info)
        if self._on_step is not None:
            self._on_step(self, info)


def _jobs(monkeypatch: pytest.MonkeyPatch) -> tuple[EngineJobs, Context, list[Photo]]:
    """Real jobs on tiny networks, the context they use, and the photos that were analysed."""
    context, analysed = world.context(), []
    people = {person.photo.digest: person for person in context.portraits.values()}
    people["identity"] = context.portraits["identity"]

    def analyse(photo: Photo, pack: Any, *, hair_mask: Any = None, **_: Any) -> Portrait:
        analysed.append(photo)
        person = replace(people["identity"], photo=photo) if photo.mended else people[photo.digest]
        return person if hair_mask is None else replace(person, hair=hair_mask, hair_painted=True)

    monkeypatch.setattr("core.faces.analyse.analyse", analyse)
    monkeypatch.setattr(world.TinyPack, "folder", Path("tiny"), raising=False)
    jobs = EngineJobs()
    jobs._packs["tiny"] = context.pack
    jobs._contexts["tiny", "cpu"] = context
    return jobs, context, analysed


def _request(context: Context, steps: int = 6, **changes: Any) -> Request:
    parameters = changes.pop("parameters", {}) | ({} if changes.get("recipe") == "classical" else {"steps": steps})
    return world.request(context, parameters=parameters, stamp="s", **changes)


# The pipe


def test_arrays_of_any_kind_cross_the_pipe() -> None:
    ours, theirs = multiprocessing.Pipe()
    rng = np.random.default_rng(0)
    large = rng.integers(0, 65535, (900, 800, 3)).astype(np.uint16)
    fixed = large[:9].copy()
    fixed.setflags(write=False)
    mask = np.ones((40, 30), np.uint8)
    sent = {"large": large, "strided": large[::3, ::2], "empty": np.zeros((0, 3)), "fixed": fixed, "text": "x",
            "mask": mask, "same": mask}
    thread = threading.Thread(target=wire.send, args=(ours, sent))
    thread.start()
    got = wire.receive(theirs)
    thread.join()
    for name in ("large", "strided", "empty", "fixed"):
        assert np.array_equal(got[name], sent[name])
        assert got[name].dtype == sent[name].dtype
    assert got["text"] == "x"
    assert got["mask"] is got["same"]
    got["large"][0] = 0
    ours.close()
    with pytest.raises(EOFError):
        wire.receive(theirs)


def test_outbox_keeps_letters_in_order_and_only_the_newest_step_and_frame() -> None:
    box, still = Outbox(), np.zeros((1, 1, 3), np.uint8)
    frames = [protocol.RunFrame(1, Frame(Rect(0, 0, 1, 1), still, k)) for k in range(3)]
    steps = [protocol.RunStep(1, StepInfo("s", k, 9)) for k in range(3)]
    for step, frame in zip(steps, frames, strict=True):
        box.post(step)
        box.post(frame)
    assert box.next() is steps[2]
    assert box.next() is frames[2]
    assert not box.ready()
    box.post(frames[0])
    box.post(steps[0])
    letters = [protocol.RunPaused(1), protocol.RunEnded(1, None)]
    for letter in letters:
        box.post(letter)
    # The frame waits for the window; the step goes before what was posted after it.
    assert [box.next() for _ in range(3)] == [steps[0], *letters]
    box.seen()
    assert box.next() is frames[0]


# Orders


def test_orders_reach_the_run_at_its_next_check() -> None:
    desk = Desk()
    desk.session.check()
    desk.session.order("stop")
    with pytest.raises(Cancelled):
        desk.session.check()
    desk.session.order("abort")
    with pytest.raises(Aborted):
        desk.session.check()
    assert desk.session.aborted


def test_a_newer_request_takes_the_latent_along_and_the_newest_wins() -> None:
    desk, context = Desk(), world.context()
    first, second = _request(context), _request(context)
    desk.session.latent_of = lambda: {"w": np.ones(2, np.float32)}
    desk.session.supersede(first)
    desk.session.supersede(second)
    with pytest.raises(Superseded):
        desk.session.check()
    assert desk.session.latent["w"].tolist() == [1, 1]
    assert desk.session.take_update() is second
    desk.session.check()
    desk.session.latent_of = lambda: {"w": np.full(2, np.nan, np.float32)}
    desk.session.supersede(first)
    with pytest.raises(Superseded):
        desk.session.check()
    assert desk.session.latent["w"].tolist() == [1, 1]


def test_small_jobs_are_done_while_a_run_sleeps() -> None:
    desk = Desk()
    desk.session.order("pause")
    thread = threading.Thread(target=desk.session.check)
    thread.start()
    assert desk.paused.wait(5)
    with desk.condition:
        desk.to_serve = 3
        desk.condition.notify_all()
    while desk.served < 3:
        assert thread.is_alive()
        thread.join(0.01)
    assert thread.is_alive()
    desk.session.order("resume")
    thread.join(5)
    assert not thread.is_alive()


# The work


def test_a_result_pastes_to_exactly_the_engines_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, context, _ = _jobs(monkeypatch)
    request = _request(context)
    desk = Desk()
    finished = jobs.run(request, desk.session)
    expected = run(request, context=world.context())
    pasted = request.photos["identity"].pixels.copy()
    inside = finished.mask > 0
    pasted[finished.rect.slices()][inside] = finished.pixels[inside]
    assert np.array_equal(pasted, expected.pixels)
    assert set(np.unique(finished.mask)) <= {0, 255}
    assert np.array_equal(finished.mask > 0, expected.mask[finished.rect.slices()] > 0)
    assert int((expected.mask > 0).sum()) == int(inside.sum())
    assert finished.stamp == "s"
    assert finished.report["metrics"]["outside_max_abs"] == 0
    assert {"w_plus", "noise_0"} <= set(finished.latent)
    stages = list(dict.fromkeys(step.stage for step in desk.steps))
    assert stages == ["loading", "finding the face", "guide", "stage 1", "stage 2", "finishing"]
    assert desk.steps[-2].remaining == 0
    frame = desk.frames[0]
    assert frame.pixels.dtype == np.uint8
    assert frame.rect.x0 <= finished.rect.x0
    assert frame.rect.y1 >= finished.rect.y1


def test_a_painted_mask_goes_on_from_the_latent_and_reuses_the_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, context, analysed = _jobs(monkeypatch)
    protect = np.zeros((world.SIDE, world.SIDE), np.uint8)
    protect[:, :20] = 255

    def paint(desk: Desk, info: StepInfo) -> None:
        if info.index == 5:
            desk.session.supersede(replace(_request(context), protect=protect))

    desk = Desk(paint)
    with pytest.raises(Superseded):
        jobs.run(_request(context), desk.session)
    assert len(analysed) == 3
    update = desk.session.take_update()
    assert update is not None
    still = {"steps": 2, "learning_rate": 0, "noise_rate": 0, "feature_rate": 0}
    finished = jobs.run(replace(update, start=desk.session.latent, parameters=still), Desk().session)
    assert len(analysed) == 3
    for name, reached in desk.session.latent.items():
        np.testing.assert_allclose(finished.latent[name], reached, atol=1e-5)
    fresh = jobs.run(replace(update, parameters=still), Desk().session)
    assert np.abs(fresh.latent["w_plus"] - finished.latent["w_plus"]).max() > 1e-3


def test_the_same_masks_again_need_no_new_composite(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, context, _ = _jobs(monkeypatch)
    made: list[bool] = []

    def composite(*people: Any, quick: bool, **_: Any) -> Any:
        made.append(quick)
        return world.composite(*people)

    monkeypatch.setattr("core.recipes.kit.guide.compose_classical", composite)
    ignore = np.zeros((world.SIDE, world.SIDE), np.uint8)
    first = jobs.run(_request(context, ignore=ignore), Desk().session)
    second = jobs.run(_request(context, ignore=ignore.copy()), Desk().session)
    assert made == [True, False]
    assert np.array_equal(first.pixels, second.pixels)
    ignore = ignore.copy()
    ignore[3, 3] = 255
    jobs.run(_request(context, ignore=ignore), Desk().session)
    assert made == [True, False, True, False]
    jobs.run(_request(context, ignore=ignore, parameters={"shadow": 0.1}), Desk().session)
    assert len(made) == 6


def test_stopped_in_the_middle_of_the_guide_keeps_the_quick_one(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, context, _ = _jobs(monkeypatch)
    desk = Desk()

    def composite(*people: Any, quick: bool, check: Callable[[], None], **_: Any) -> Any:
        if not quick:
            desk.session.order("stop")
        check()
        return world.composite(*people)

    monkeypatch.setattr("core.recipes.kit.guide.compose_classical", composite)
    finished = jobs.run(_request(context), desk.session)
    assert finished.cancelled
    assert finished.report["steps"] == 0


def test_stopped_before_there_was_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, context, _ = _jobs(monkeypatch)
    desk = Desk()
    desk.session.order("stop")
    with pytest.raises(Cancelled):
        jobs.run(_request(context), desk.session)


def test_a_result_in_working_space_is_laid_over_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, context, _ = _jobs(monkeypatch)
    desk = Desk()
    finished = jobs.run(_request(context, recipe="invert"), desk.session)
    photo = context.photo.pixels[finished.rect.slices()]
    assert finished.pixels.shape == photo.shape
    assert np.array_equal(finished.pixels[finished.mask == 0], photo[finished.mask == 0])
    assert (finished.pixels != photo).any()
    low, high = context.portraits["identity"].alignment.quad[[0, 2]]
    assert finished.rect.x0 >= low[0] - 1
    assert finished.rect.x1 <= high[0] + 2
    assert desk.frames


def test_a_result_in_working_space_spares_what_is_protected(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, context, _ = _jobs(monkeypatch)
    protect = np.zeros((world.SIDE, world.SIDE), np.uint8)
    protect[:, : world.SIDE // 2] = 1
    desk = Desk()
    finished = jobs.run(_request(context, recipe="invert", protect=protect), desk.session)
    kept = protect[finished.rect.slices()] > 0
    photo = context.photo.pixels[finished.rect.slices()]
    assert not finished.mask[kept].any()
    assert np.array_equal(finished.pixels[kept], photo[kept])
    assert (finished.pixels[~kept] != photo[~kept]).any()
    rect, shown = desk.frames[-1].rect, desk.frames[-1].pixels
    original = context.photo.rgb8()[rect.slices()]
    assert shown.shape != original.shape or np.abs(
        shown.astype(int) - original)[protect[rect.slices()] > 0].max() <= 1


def test_everything_protected_is_nothing_useful(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs, context, _ = _jobs(monkeypatch)
    protect = np.full((world.SIDE, world.SIDE), 255, np.uint8)
    protect[0] = 0
    protect[-2:] = 0
    with pytest.raises(NothingUseful, match="no different"):
        jobs.run(_request(context, protect=protect, recipe="classical"), Desk().session)


@pytest.mark.parametrize(("error", "what"), [
    (InputRefused("No face.", "Turned away.", "Use another."), "No face."),
    (MemoryError(), "There is not enough memory."),
    (RuntimeError("CUDA out of memory. Tried to allocate"), "There is not enough memory."),
    (ZeroDivisionError("by zero"), "It did not work."),
])
def test_failures_say_what_to_do(error: Exception, what: str, expected_logs: list[str]) -> None:
    failure = failure_of(error, "It did not work.")
    assert failure.what == what
    assert failure.next_step
    assert "Traceback" not in f"{failure.what}{failure.why}{failure.next_step}"
    expected_logs.clear()


def test_advice_reaches_the_window_as_a_key() -> None:
    failure = failure_of(InputRefused("No photo.", "", Advice.GIVE_PHOTO, role="shape"), "It did not work.")
    ours, theirs = Pipe()
    wire.send(theirs, failure)
    assert wire.receive(ours) == Failure("No photo.", "", Advice.GIVE_PHOTO, values={"role": "shape"})


def test_of_qt_the_worker_needs_only_the_core() -> None:
    tree = ast.parse(Path(worker_module.__file__).read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in modules if name and name.startswith("PySide6")} == {"PySide6.QtCore"}


# The process


def test_a_process_serves_until_its_pipe_closes() -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    entry = "tests.core.engine.tiny_engine:serve"
    process = context.Process(target=wire.enter, args=(entry, theirs), daemon=True)
    process.start()
    theirs.close()
    made = world.context()
    request = _request(made)
    for photo in request.photos.values():
        wire.send(ours, protocol.TakePhoto(photo.digest, photo))
    digests = {role: photo.digest for role, photo in request.photos.items()}
    wire.send(ours, protocol.Run(7, replace(request, photos={}), digests))
    reports: list[Any] = []
    while not reports or not isinstance(reports[-1], protocol.RunEnded):
        assert ours.poll(60)
        reports.append(wire.receive(ours))
        if isinstance(reports[-1], protocol.RunFrame):
            wire.send(ours, protocol.FrameSeen())
    answer = reports[-1].answer
    assert isinstance(answer, Finished)
    expected = run(request, context=made).pixels[answer.rect.slices()]
    # Another process may round the last bit of a sum another way.
    apart = np.abs(answer.pixels.astype(int) - expected.astype(int))[answer.mask > 0]
    assert apart.max() <= 1
    assert {report.session for report in reports} == {7}
    ours.close()
    process.join(10)
    assert process.exitcode == 0
    process.close()


def test_memory_goes_back_after_a_rest_and_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    server, rested, found = Server(cast(Any, None), cast(Any, None)), threading.Event(), []
    monkeypatch.setattr("core.engine.server._REST_S", 0.01)
    monkeypatch.setattr("core.engine.server.hand_back", rested.set)
    waiting = threading.Thread(target=lambda: found.append(server._next()))
    waiting.start()
    assert rested.wait(10)
    job = Analyse(1, "owner")
    with server._condition:
        server._waiting.append(job)
        server._condition.notify_all()
    waiting.join(10)
    assert found == [job]
