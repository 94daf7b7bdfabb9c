"""A small document, an engine that only listens and speaks when told, and what leads a run between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from core.document.document import Document
from core.document.geometry import Rect
from core.document.photo import Photo
from core.document.source import Source
from core.engine.messages import Failure, Finished, Frame, StepInfo
from core.recipes.request import Request
from editor.engine_link import RunState
from editor.run.controller import RunController
from editor.workspace import Notice, Workspace

WIDTH, HEIGHT = 120, 96


class StubEngine(QObject):
    """The signals and calls of the real engine; whatever it is asked for is only written down."""

    stateChanged = Signal(object)  # noqa: N815
    stepArrived = Signal(object)  # noqa: N815
    frameArrived = Signal(object)  # noqa: N815
    finished = Signal(object)
    stopped = Signal()
    failed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.state = RunState.IDLE
        self.requests: list[Request] = []
        self.updates: list[Request] = []
        self.calls: list[str] = []

    def set_state(self, state: RunState) -> None:
        if state is not self.state:
            self.state = state
            self.stateChanged.emit(state)

    def run(self, request: Request) -> None:
        self.requests.append(request)
        self.set_state(RunState.STARTING)

    def update(self, request: Request) -> None:
        self.updates.append(request)

    def pause(self) -> None:
        self.calls.append("pause")
        self.set_state(RunState.PAUSED)

    def resume(self) -> None:
        self.calls.append("resume")
        self.set_state(RunState.RUNNING)

    def stop(self) -> None:
        self.calls.append("stop")
        self.set_state(RunState.STOPPING)

    def abort(self) -> None:
        if self.state is not RunState.IDLE:
            self.calls.append("abort")
            self.set_state(RunState.IDLE)
            self.stopped.emit()

    # What the real one would say.
    def step(self, index: int = 1, total: int = 10, loss: float = 1.0) -> None:
        self.set_state(RunState.RUNNING)
        self.stepArrived.emit(StepInfo("stage 1", index, total, {"total": loss}, 1.0, 12.0))

    def frame(self) -> None:
        self.frameArrived.emit(Frame(Rect(10, 10, 40, 50), np.full((40, 30, 3), 90, np.uint8), 1))

    def finish(self, *, stamp: str | None = None, value: int = 200, dtype: Any = np.uint8, cancelled: bool = False,
               warnings: tuple[str, ...] = ()) -> None:
        stamp = self.requests[-1].stamp if stamp is None else stamp
        pixels = np.full((40, 30, 3), value, dtype)
        report = {"recipe": self.requests[-1].recipe, "steps": 7, "seed": 3, "pack": "starter",
                  "parameters": {"shadow": 0.8, "steps": 123}, "seconds": {"total": 2.0}}
        self.set_state(RunState.IDLE)
        self.finished.emit(Finished(Rect(10, 10, 40, 50), pixels, np.full((40, 30), 255, np.uint8), report,
                                    {"w_plus": np.ones((1, 2), np.float32)}, warnings, cancelled, stamp))

    def fail(self) -> None:
        self.set_state(RunState.IDLE)
        self.failed.emit(Failure("Not enough memory.", "The photo is large.", "Use a smaller one."), "run")


def make_source(source_id: str, *, seed: int = 0, dtype: Any = np.uint8, icc: bytes | None = None) -> Source:
    top = np.iinfo(dtype).max
    pixels = np.random.default_rng(seed).integers(0, top, (HEIGHT, WIDTH, 3), dtype, endpoint=True)
    display = pixels if dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    return Source(source_id, Photo(pixels, icc=icc), display, source_id)


def make_document(*, references: int = 1, dtype: Any = np.uint8) -> Document:
    document = Document(make_source("identity", dtype=dtype))
    for number in range(1, references + 1):
        name = f"reference-{number}"
        document.sources[name] = make_source(name, seed=number)
        document.slots.setdefault("shape", name)
    # A run that has time to be watched.
    document.settings.recipe = "loho"
    return document


@dataclass
class Bench:
    """What the tests hold."""

    engine: StubEngine
    workspace: Workspace
    controller: RunController
    notices: list[Notice] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)

    @property
    def document(self) -> Document:
        document = self.workspace.document
        assert document is not None
        return document

    def run_to_candidate(self, **how: Any) -> None:
        self.controller.run()
        self.engine.step()
        self.engine.finish(**how)


@pytest.fixture
def bench(qapp) -> Iterator[Bench]:
    engine = StubEngine()
    workspace = Workspace(engine)  # type: ignore[arg-type]
    made = Bench(engine, workspace, RunController(workspace))
    workspace.noticed.connect(made.notices.append)
    workspace.hinted.connect(made.hints.append)
    workspace.set_document(make_document())
    yield made
    workspace.set_document(None)
    made.controller.deleteLater()
    workspace.deleteLater()
    engine.deleteLater()
