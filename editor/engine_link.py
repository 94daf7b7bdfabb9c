"""The engine as the window sees it: requests go in, progress and pictures come out as signals, nothing ever blocks."""

from __future__ import annotations

import time
import weakref
from collections.abc import Mapping, Sequence
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, Signal, Slot

from core.document.photo import Photo
from core.engine.messages import Failure
from core.engine.protocol import (
    Analyse,
    AnalysisEnded,
    AnalysisText,
    Control,
    Forget,
    FrameSeen,
    Prewarm,
    Report,
    Run,
    RunEnded,
    RunPaused,
    Update,
    UpdateRefused,
)
from core.engine.worker import EngineWorker
from core.recipes.request import Request

_OUT_OF_MEMORY_KILL = -9


class RunState(Enum):
    """What the run is doing, or was just told to do."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    STOPPING = "stopping"


class Engine(QObject):
    """The engine, for the GUI thread. Calls return at once; answers come as signals.

    Args:
        parent: owner.
        entry: "module:function" that serves in the engine's process; tests pass their own.

    Signals:
        stateChanged(RunState): at once on a call, and again when the engine confirms.
        analysisProgress(str, str): owner, and what its analysis is at.
        analysed(PhotoAnalysis): an analysis that is still wanted.
        stepArrived(StepInfo), frameArrived(Frame): of the present run, the newest only.
        finished(Finished): a run ended with a result, by itself or by ``stop``.
        stopped(): a run ended without a result: discarded, or stopped before there was anything.
        failed(Failure, str): what it concerned is "run", the owner of an analysis, or "update": what was given to
            ``update`` cannot be used, and the run goes on without it.
    """

    stateChanged = Signal(object)
    analysisProgress = Signal(str, str)
    analysed = Signal(object)
    stepArrived = Signal(object)
    frameArrived = Signal(object)
    finished = Signal(object)
    stopped = Signal()
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None, *, entry: str = "core.engine.server:serve") -> None:
        super().__init__(parent)
        self._state = RunState.IDLE
        self._session = 0
        self._begun = False
        self._ticket = 0
        self._tickets: dict[str, int] = {}
        self._closed = False
        self._worker = EngineWorker(entry)
        self._thread = QThread()
        self._thread.setObjectName("engine link")
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.work)
        # Direct: the thread's own loop is what is to end, and the GUI thread may be waiting for it.
        self._worker.ended.connect(self._thread.quit, Qt.ConnectionType.DirectConnection)
        self._worker.reported.connect(self._on_report)
        self._worker.mail.connect(self._on_mail)
        self._worker.lost.connect(self._on_lost)
        # A thread that outlives its QThread object aborts the program: end it even where nobody called shutdown.
        weakref.finalize(self, _end, self._worker, self._thread)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._on_quit)

    @property
    def state(self) -> RunState:
        """What the run is doing, or was just told to do."""
        return self._state

    # Analysis

    def prewarm(self, pack: str = "starter") -> None:
        """Start the engine and load what a first run needs, in the background."""
        self._post(Prewarm(pack))

    def analyse(
        self, owner: str, photo: Photo, *, hair: NDArray[np.uint8] | None = None,
        points: Mapping[str, Sequence[float] | NDArray[np.floating]] | None = None, face_index: int = 0,
        pack: str = "starter",
    ) -> None:
        """Find face, alignment and hair of a photo; replaces an analysis of this owner that is under way.

        Args:
            owner: comes back with the answer.
            photo: the photograph.
            hair: painted hair [H, W], or None to have it found.
            points: hand-set eye_right, eye_left, mouth_right, mouth_left and perhaps chin, pixel-centre photo
                coordinates, or None to have the face found.
            face_index: which face, counted from the largest.
            pack: model pack.
        """
        self._ticket += 1
        self._tickets[owner] = self._ticket
        plain = None if points is None else {name: (float(xy[0]), float(xy[1])) for name, xy in points.items()}
        self._post(Analyse(self._ticket, owner, photo, hair=hair, points=plain, face_index=face_index, pack=pack))

    def forget(self, owner: str) -> None:
        """The answers for this owner are not wanted any more; none will come."""
        if self._tickets.pop(owner, None) is not None:
            self._post(Forget(owner))

    def analysing(self, owner: str) -> bool:
        """Whether an answer for this owner is still to come."""
        return owner in self._tickets

    # Runs

    def run(self, request: Request) -> None:
        """Begin a run; one that is under way is discarded."""
        self.abort()
        if self._closed:
            return
        self._session += 1
        self._begun = False
        self._set_state(RunState.STARTING)
        self._post(Run(self._session, request))

    def update(self, request: Request) -> None:
        """Have the run go on with other masks or parameters from where it is; while it sleeps, when it goes on."""
        if self._state not in (RunState.IDLE, RunState.STOPPING):
            self._post(Update(self._session, request))

    def pause(self) -> None:
        """Let the run sleep after its present step."""
        if self._state in (RunState.STARTING, RunState.RUNNING):
            self._set_state(RunState.PAUSING)
            self._post(Control(self._session, "pause"))

    def resume(self) -> None:
        """Let a sleeping run go on."""
        if self._state in (RunState.PAUSING, RunState.PAUSED):
            self._set_state(RunState.RUNNING if self._begun else RunState.STARTING)
            self._post(Control(self._session, "resume"))

    def stop(self) -> None:
        """End the run after its present step; the best so far arrives as ``finished``, or ``stopped`` without any."""
        if self._state not in (RunState.IDLE, RunState.STOPPING):
            self._set_state(RunState.STOPPING)
            self._post(Control(self._session, "stop"))

    def abort(self) -> None:
        """End the run and keep nothing: idle at once."""
        if self._state is not RunState.IDLE:
            self._post(Control(self._session, "abort"))
            # Whatever still arrives belongs to an earlier session.
            self._session += 1
            self._set_state(RunState.IDLE)
            self.stopped.emit()

    # The end

    def shutdown(self, timeout_s: float = 1.5) -> bool:
        """End everything, whatever it is doing; no signal comes afterwards. The engine cannot be used again.

        Returns:
            Whether thread and process have ended in time.
        """
        until = time.monotonic() + timeout_s
        if not self._closed:
            self._closed = True
            self._session += 1
            self._tickets.clear()
            self._state = RunState.IDLE
            for signal in (self._worker.reported, self._worker.mail, self._worker.lost):
                signal.disconnect()
            self._worker.close()
        ended = True
        if self._thread.isRunning():
            ended = self._thread.wait(max(1, round((until - time.monotonic()) * 1000)))
        return ended

    @Slot()
    def _on_quit(self) -> None:
        self.shutdown()

    # Answers, on the GUI thread

    def _post(self, command: Prewarm | Analyse | Forget | Run | Update | Control | FrameSeen) -> None:
        if self._closed:
            return
        if not self._thread.isRunning():
            self._thread.start()
        self._worker.post(command)

    def _set_state(self, state: RunState) -> None:
        if state is not self._state:
            self._state = state
            self.stateChanged.emit(state)

    @Slot()
    def _on_mail(self) -> None:
        step = self._worker.steps.take()
        frame = self._worker.frames.take()
        if frame is not None:
            self._post(FrameSeen())
        if step is not None and step.session == self._session:
            if step.info.index > 0:
                self._begun = True
                if self._state is RunState.STARTING:
                    self._set_state(RunState.RUNNING)
            self.stepArrived.emit(step.info)
        # A listener may have ended the run.
        if frame is not None and frame.session == self._session:
            self.frameArrived.emit(frame.frame)

    @Slot(object)
    def _on_report(self, report: Report) -> None:
        if isinstance(report, AnalysisText):
            if self._tickets.get(report.owner) == report.ticket:
                self.analysisProgress.emit(report.owner, report.text)
        elif isinstance(report, AnalysisEnded):
            self._on_analysis(report)
        elif isinstance(report, RunPaused):
            if report.session == self._session and self._state is RunState.PAUSING:
                self._set_state(RunState.PAUSED)
        elif isinstance(report, UpdateRefused):
            if report.session == self._session:
                self.failed.emit(report.failure, "update")
        elif isinstance(report, RunEnded) and report.session == self._session:
            self._on_end(report)

    def _on_analysis(self, report: AnalysisEnded) -> None:
        if self._tickets.get(report.owner) != report.ticket:
            return
        del self._tickets[report.owner]
        if isinstance(report.answer, Failure):
            self.failed.emit(report.answer, report.owner)
        else:
            self.analysed.emit(report.answer)

    def _on_end(self, report: RunEnded) -> None:
        self._session += 1
        self._set_state(RunState.IDLE)
        if report.answer is None:
            self.stopped.emit()
        elif isinstance(report.answer, Failure):
            self.failed.emit(report.answer, "run")
        else:
            self.finished.emit(report.answer)

    @Slot(int)
    def _on_lost(self, code: int) -> None:
        """The process is gone: say so wherever an answer was awaited."""
        why = self.tr("The system ended it; most often there was not enough memory.")
        if code != _OUT_OF_MEMORY_KILL:
            why = self.tr("Its process ended with code {0}.").format(code)
        next_step = self.tr("Run again; if it happens again, use smaller photos or close other programs.")
        failure = Failure(self.tr("The engine stopped unexpectedly."), why, next_step)
        owners = list(self._tickets)
        self._tickets.clear()
        if self._state is not RunState.IDLE:
            self._session += 1
            self._set_state(RunState.IDLE)
            self.failed.emit(failure, "run")
        for owner in owners:
            self.failed.emit(failure, owner)


def _end(worker: EngineWorker, thread: QThread) -> None:
    worker.close()
    if thread.isRunning():
        thread.wait(1500)
