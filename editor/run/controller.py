"""Leads a run from the button to the applied layer: asks the engine, follows it, and turns its end into a candidate."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from uuid import uuid4

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.document.commands import ApplyResult
from core.document.document import Candidate, Document, RunSettings
from core.document.events import Change, Topic
from core.engine.messages import Failure, Finished, Frame, StepInfo
from core.recipes.request import Request
from editor.background import in_background
from editor.canvas.pyramids import keep
from editor.canvas.tiles import Levels
from editor.engine_link import RunState
from editor.look.wording import notice_of
from editor.run import candidates
from editor.run import request as run_request
from editor.run.stillness import Stillness
from editor.run.text import describe_run
from editor.workspace import Notice, Workspace

STILLNESS_MS = 250
"""After the last stroke or changed value, before a run goes on with it."""
_SEEDS = 1 << 31
_OF_A_RUN = (Topic.MASK, Topic.FACE, Topic.SOURCES, Topic.SETTINGS, Topic.LAYERS, Topic.LAYER)
"""Changes that may be for the run under way; layers because of guides."""


class RunController(QObject):
    """Belongs to the GUI thread.

    Attributes:
        step: the latest step of the present or last run, or None.
        losses: total loss of every step seen of it.
        failed: the last run ended with an error and its last picture is still shown.

    Signals:
        stateChanged: state, ``step``'s reset, ``failed`` or what can be run have changed.
        stepChanged: ``step`` and ``losses`` are newer.
        statusText(str): the run in a few words for the status bar, "" when there is nothing to say.
    """

    stateChanged = Signal()
    stepChanged = Signal()
    statusText = Signal(str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._engine = workspace.engine
        self.step: StepInfo | None = None
        self.losses: list[float] = []
        self.failed = False
        self._stamp = ""
        self._fingerprint: tuple[object, ...] = ()
        self._fixed: tuple[str, str] = ("", "")
        self._before: Candidate | None = None
        self._fresh = ""
        self._settings: RunSettings | None = None
        self._converting = ""
        self._still = Stillness(STILLNESS_MS, self)
        self._still.reached.connect(self._send_changes)
        self._engine.stateChanged.connect(self._state_changed)
        self._engine.stepArrived.connect(self._take_step)
        self._engine.frameArrived.connect(self._take_frame)
        self._engine.finished.connect(self._take_result)
        self._engine.stopped.connect(self._ended_empty)
        self._engine.failed.connect(self._take_failure)
        workspace.changed.connect(self._document_changed)
        workspace.documentReplaced.connect(self._document_replaced)
        workspace.pendingChanged.connect(self._pending_changed)
        workspace.undo.indexChanged.connect(self._still.stroke_ended)

    def watch_hand(self, busy: Callable[[], bool]) -> None:
        """Learn from ``busy`` whether a stroke is under way (``ToolBox.busy``): a run never goes on during one."""
        self._still.watch_hand(busy)

    # -- what is going on --------------------------------------------------------------------------------------
    @property
    def state(self) -> RunState:
        """Of the engine, changed at once by every call."""
        return self._engine.state

    @property
    def active(self) -> bool:
        """Whether a run is under way, paused ones included."""
        return self.state is not RunState.IDLE

    @property
    def finishing(self) -> bool:
        """Whether a result has arrived but cannot be shown yet."""
        return bool(self._converting)

    def is_fresh(self, candidate: Candidate) -> bool:
        """Whether discarding this one removes it: it is the last run's result and nothing was done with it yet."""
        return bool(self._fresh) and candidate.id == self._fresh

    def can_run(self) -> str:
        """"" when a run can start, otherwise the reason why not."""
        if self.active:
            return self.tr("A run is under way.")
        return run_request.obstacle(self._workspace.document)

    def build_request(self) -> Request:
        """The run that the open document describes.

        Raises:
            RuntimeError: there is no document.
        """
        if self._workspace.document is None:
            raise RuntimeError("there is no document to run")
        return run_request.build_request(self._workspace.document, stamp=self._stamp)

    # -- orders --------------------------------------------------------------------------------------------------
    def run(self, start: Candidate | None = None, settings: RunSettings | None = None) -> None:
        """Begin a run; says why in the status bar when it cannot.

        Args:
            start: a candidate to continue from.
            settings: other choices than the document's own, for this run only.
        """
        document = self._workspace.document
        reason = self.can_run() if settings is None or self.active else run_request.obstacle(document, settings)
        if reason or document is None:
            self._workspace.hinted.emit(reason)
            return
        self._settings, settings = settings, settings or document.settings
        if not settings.seed_locked:
            settings.seed = random.randrange(_SEEDS)
            document.changed(Topic.SETTINGS)
        self._stamp = uuid4().hex
        self._fingerprint = run_request.fingerprint(document, settings)
        self._fixed = (settings.recipe, settings.pack)
        self.step, self.losses, self.failed = None, [], False
        self._before = self._workspace.pending
        self._still.begin()
        self._workspace.set_frame(None)
        self._workspace.set_pending(None)
        latent = start.latent if start is not None else None
        self._engine.run(run_request.build_request(document, stamp=self._stamp, start=latent, settings=settings))

    def choose(self, candidate: Candidate, number: int) -> None:
        """Have another of a candidate's answers as a candidate of its own; takes seconds.

        Args:
            candidate: of a run that gave several.
            number: which of its ``choices``, counted from 1.
        """
        document = self._workspace.document
        settings = None if document is None else candidates.settings_to_choose(document, candidate, number)
        if settings is None:
            self._workspace.hinted.emit(self.tr("The other answers of this candidate are not known any more."))
        else:
            self.run(candidate, settings)

    def pause(self) -> None:
        """Let the run sleep."""
        self._engine.pause()

    def resume(self) -> None:
        """Let it go on, with everything that was changed meanwhile."""
        if self._still.awaited:
            self._still.hurry()
        self._engine.resume()

    def toggle_pause(self) -> None:
        """Pause a run that goes, resume one that sleeps."""
        if self.state in (RunState.PAUSED, RunState.PAUSING):
            self.resume()
        else:
            self.pause()

    def stop(self) -> None:
        """End the run and keep its best as a candidate."""
        self._still.stop()
        self._engine.stop()

    def apply(self) -> None:
        """Turn the result that is shown into a layer: one undo step. Without effect when none is shown."""
        candidate = self._workspace.pending
        if candidate is None or self._workspace.document is None:
            return
        self._fresh = ""
        command = ApplyResult(candidate, candidate.name)
        self._workspace.push(command)
        if command.layer_id:
            self._workspace.set_active_layer(command.layer_id)
        self._workspace.set_pending(None)
        self._workspace.set_frame(None)
        self._workspace.hinted.emit(self.tr("Applied {0} as a layer.").format(candidate.name))

    def discard(self) -> None:
        """Take the shown result away: a new one for good, an older candidate only from the canvas."""
        document, candidate = self._workspace.document, self._workspace.pending
        if document is not None and candidate is not None:
            if candidate.id == self._fresh:
                document.candidates[:] = [other for other in document.candidates if other is not candidate]
                document.changed(Topic.CANDIDATES, candidate.id)
            self._fresh = ""
            self._workspace.set_pending(None)
        if not self.active:
            self._workspace.set_frame(None)
            self._clear_failure()

    def show_candidate(self, candidate: Candidate | None) -> None:
        """Show a candidate on the canvas; not while a run is under way, whose own pictures go before."""
        if self.active:
            self._workspace.hinted.emit(self.tr("Stop the run to look at candidates."))
            return
        self._workspace.set_frame(None)
        self._clear_failure()
        self._workspace.set_pending(candidate)

    def next_candidate(self, offset: int = 1) -> None:
        """Show the next candidate, or the one ``offset`` further on."""
        document = self._workspace.document
        if document is None or not document.candidates:
            self._workspace.hinted.emit(self.tr("There are no candidates yet."))
            return
        shown, listed = self._workspace.pending, document.candidates
        place = next((index for index, other in enumerate(listed) if other is shown), None)
        if place is None:
            place = -1 if offset > 0 else len(listed)
        self.show_candidate(listed[(place + offset) % len(listed)])

    # -- what the engine says --------------------------------------------------------------------------------------
    def _state_changed(self, state: RunState) -> None:
        self.stateChanged.emit()
        self._say()

    def _take_step(self, step: StepInfo) -> None:
        if self.step is not None and step.index < self.step.index:
            # It goes on with other masks or values: what the loss was before cannot be compared.
            self.losses = []
        self.step = step
        total = step.losses.get("total")
        if total is not None and np.isfinite(total):
            self.losses.append(total)
        self.stepChanged.emit()
        self._say()

    def _take_frame(self, frame: Frame) -> None:
        if self._workspace.document is not None and self._stamp:
            self._workspace.set_frame(frame)

    def _take_result(self, finished: Finished) -> None:
        document = self._workspace.document
        if document is None or finished.stamp != self._stamp:
            return
        self._stamp = ""
        self._still.stop()
        number = document.new_id("candidate")
        name, icc = candidates.next_name(document, finished), document.identity.photo.icc
        if candidates.is_quick(finished, icc):
            self._keep(document, candidates.make_candidate(number, name, finished, icc))
            return
        self._converting = number
        in_background(partial(candidates.prepared_candidate, number, name, finished, icc),
                      partial(self._keep_ready, document), self._conversion_failed)
        self.stateChanged.emit()

    def _keep_ready(self, document: Document, ready: tuple[Candidate, Levels]) -> None:
        candidate, levels = ready
        keep(candidate, levels)
        self._keep(document, candidate)

    def _keep(self, document: Document, candidate: Candidate) -> None:
        """Put a result into the document and show it."""
        self._converting = ""
        if document is not self._workspace.document:
            return
        document.candidates.append(candidate)
        document.changed(Topic.CANDIDATES, candidate.id)
        self._workspace.touch()
        if not self.active:
            self._workspace.set_pending(candidate)
            self._fresh = candidate.id
            self._workspace.set_frame(None)
            self._before = None
        if candidate.warnings:
            self._workspace.notify(Notice(self.tr("Finished, with remarks."), " ".join(candidate.warnings),
                                          level="info"))
        self.stateChanged.emit()
        self._say()

    def _conversion_failed(self, error: Exception) -> None:
        self._converting = ""
        advice = self.tr("Open the portrait as an sRGB file and run again.")
        self._take_failure(Failure(self.tr("The result cannot be shown."), str(error), advice), "run")

    def _ended_empty(self) -> None:
        """The run was discarded, or stopped before there was anything."""
        self._stamp = ""
        self._still.stop()
        self.step = None
        self._workspace.set_frame(None)
        self._restore()
        self.stateChanged.emit()
        self._say()

    def _take_failure(self, failure: Failure, about: str) -> None:
        if about not in ("run", "update"):
            return
        # A refused update leaves the run going on with what it had.
        level = "error" if about == "run" else "warning"
        self._workspace.notify(notice_of(failure, level))
        if about == "update":
            return
        self._stamp = ""
        self._still.stop()
        self._restore()
        self.failed = self._workspace.frame is not None
        self.stateChanged.emit()
        self._say()

    def _restore(self) -> None:
        """Show what was shown before the run; a picture of the failed run stays only where there was nothing."""
        before, document = self._before, self._workspace.document
        self._before = None
        if before is not None and document is not None and before in document.candidates:
            self._workspace.set_frame(None)
            self._workspace.set_pending(before)

    def _clear_failure(self) -> None:
        if self.failed:
            self.failed = False
            self.stateChanged.emit()
            self._say()

    # -- what the artist changes meanwhile -------------------------------------------------------------------------
    def _document_changed(self, change: Change) -> None:
        if change.topic in (Topic.SOURCES, Topic.SETTINGS) and not self.active:
            self.stateChanged.emit()
        if not self.active or change.topic not in _OF_A_RUN:
            return
        document = self._workspace.document
        if document is None or not self._stamp:
            return
        if run_request.obstacle(document, self._settings):
            self._engine.abort()
            self._workspace.notify(Notice(self.tr("The run was ended."), self.tr("Its reference was removed."),
                                          self.tr("Add a reference portrait and run again."), "info"))
            return
        self._still.changed(stroke=change.topic is Topic.MASK)

    def _send_changes(self) -> None:
        """Have the run go on with what was changed."""
        document = self._workspace.document
        if document is None or not self._stamp or self.state in (RunState.IDLE, RunState.STOPPING):
            return
        settings = self._settings or document.settings
        fingerprint = run_request.fingerprint(document, settings)
        # Another recipe or pack has other latents: it is for the next run.
        if fingerprint == self._fingerprint or (settings.recipe, settings.pack) != self._fixed:
            return
        self._fingerprint = fingerprint
        self._engine.update(run_request.build_request(document, stamp=self._stamp, settings=settings))
        self._workspace.hinted.emit(self.tr("The run goes on with your changes."))

    def _document_replaced(self) -> None:
        self._stamp, self._converting, self._fresh = "", "", ""
        self._before, self.step, self.losses, self.failed = None, None, [], False
        self._still.stop()
        self._engine.abort()
        self.stateChanged.emit()
        self._say()

    def _pending_changed(self) -> None:
        pending = self._workspace.pending
        if pending is None or pending.id != self._fresh:
            self._fresh = ""
        self.stateChanged.emit()
        self._say()

    # -- in words ---------------------------------------------------------------------------------------------------
    def progress(self) -> float | None:
        """Share 0..1 of the run that is done, None when there is none or it is unknown."""
        if not self.active or self.step is None or self.step.total <= 0:
            return None
        return min(1.0, self.step.index / self.step.total)

    def describe(self) -> str:
        """The run in one line: "stage 1/2 · step 212/400 · 11 s left"; "" when there is nothing to say."""
        document = self._workspace.document
        if self.active and document is not None:
            return describe_run(self.state, self.step, run_request.recipe_info(document, self._settings))
        if self.failed:
            return self.tr("The run ended with an error; this is its last picture.")
        return self.tr("Preview, not applied") if self._workspace.pending is not None else ""

    def _say(self) -> None:
        text = self.describe()
        if self.active and self.losses:
            text += " · " + self.tr("loss {0}").format(f"{self.losses[-1]:.3g}")
        self.statusText.emit(text)
