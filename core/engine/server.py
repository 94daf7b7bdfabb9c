"""The engine's own process: takes commands from a pipe, works, and reports; knows neither torch nor Qt.

Three threads: one reads commands, so that a pause or a cancel arrives at any moment; one sends reports, so that work
never waits for a slow window; the main one works. When the pipe closes, the process ends.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Protocol

from core.document.photo import Photo
from core.document.roles import PICTURES
from core.engine.memory import hand_back, keep_freed
from core.engine.messages import Failure, Finished, PhotoAnalysis
from core.engine.outbox import Outbox
from core.engine.protocol import (
    Analyse,
    AnalysisEnded,
    AnalysisText,
    Command,
    Control,
    DropPhoto,
    Forget,
    FrameSeen,
    Logged,
    Prewarm,
    Run,
    RunEnded,
    RunFrame,
    RunPaused,
    RunStep,
    TakePhoto,
    Update,
    UpdateRefused,
)
from core.engine.session import Aborted, Session, Superseded
from core.engine.wire import receive, send
from core.errors import Cancelled, CoiffeError
from core.recipes.request import Request
from core.settings import size_thread_pools

log = logging.getLogger(__name__)

# The window must win every quarrel about a core.
_NICENESS = 5
_REST_S = 20.0
"""So long without work, and memory that is not in use goes back to the system."""


class Jobs(Protocol):
    """The work itself. Everything is called on the main thread of the engine's process."""

    def prewarm(self, pack: str, device: str) -> Iterator[None]:
        """Import and open what a first run needs, in parts: other work may come between two of them."""
        ...

    def analyse(self, photo: Photo, job: Analyse, say: Callable[[str], None]) -> PhotoAnalysis:
        """Find face, alignment and hair; what it is at goes to ``say``."""
        ...

    def run(self, request: Request, session: Session) -> Finished:
        """Carry out a request; ``session.check`` is called once per step.

        Raises:
            Cancelled: stopped before there was anything to keep.
            Aborted, Superseded: what ``session.check`` raised.
        """
        ...


def serve(connection: Connection) -> None:
    """The engine's process: serve one window until it closes the pipe."""
    settle_down()
    from core.engine.jobs import EngineJobs

    Server(connection, EngineJobs()).serve()


def settle_down() -> None:
    """Leave the window its share of the machine; call before the first numeric library is imported."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICENESS)
    size_thread_pools()
    keep_freed()


class Server:
    """Serves one window.

    Args:
        connection: our end of the pipe.
        jobs: who does the work.
    """

    def __init__(self, connection: Connection, jobs: Jobs) -> None:
        self._connection, self._jobs = connection, jobs
        self._condition = threading.Condition()
        self._waiting: deque[Analyse | Session] = deque()
        self._warming: Iterator[None] | None = None
        self._sessions: dict[int, Session] = {}
        self._photos: dict[str, Photo] = {}
        self._outbox = Outbox()

    def serve(self) -> None:
        """Work until the pipe closes; the process ends with it."""
        # Ctrl-C in a terminal goes to the window too, which then closes this pipe.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        logging.getLogger().addHandler(_Forwarder(self._outbox))
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        threading.Thread(target=self._send, name="reports", daemon=True).start()
        while True:
            job = self._next()
            if isinstance(job, Session):
                self._run(job)
            elif isinstance(job, Analyse):
                self._analyse(job)
            else:
                self._warm()

    # Threads beside the main one

    def _read(self) -> None:
        try:
            while True:
                self._take(receive(self._connection))
        except (EOFError, OSError):
            # Nobody is left to work for, and the main thread may be deep in a library: end here and now.
            os._exit(0)
        except Exception:
            _give_up()

    def _send(self) -> None:
        try:
            while True:
                send(self._connection, self._outbox.next())
        except OSError:
            log.debug("nobody reads any more")
        except Exception:
            _give_up()

    def _take(self, command: Command) -> None:
        """Act on a command at once or queue it; must never wait for the window."""
        if isinstance(command, FrameSeen):
            self._outbox.seen()
            return
        with self._condition:
            if isinstance(command, TakePhoto):
                # Known already; saves reading the pixels again.
                command.photo.__dict__["digest"] = command.digest
                self._photos[command.digest] = command.photo
            elif isinstance(command, DropPhoto):
                self._photos.pop(command.digest, None)
            elif isinstance(command, Prewarm):
                self._warming = self._jobs.prewarm(command.pack, command.device)
            elif isinstance(command, Forget):
                self._forget(command.owner)
            elif isinstance(command, Analyse):
                self._forget(command.owner)
                self._waiting.append(command)
            elif isinstance(command, Run):
                session = self._sessions[command.session] = self._new_session(command.session)
                session.supersede(self._request(command))
                self._waiting.append(session)
            else:
                self._direct(command)
            self._condition.notify_all()

    def _forget(self, owner: str) -> None:
        kept = [job for job in self._waiting if not (isinstance(job, Analyse) and job.owner == owner)]
        self._waiting = deque(kept)

    def _request(self, command: Run | Update) -> Request:
        """A command's request with its photos and pictures."""
        found = {role: self._photos[digest] for role, digest in command.digests.items() if digest in self._photos}
        pictures = {name: photo for name, photo in found.items() if name in PICTURES}
        photos = {role: photo for role, photo in found.items() if role not in pictures}
        return replace(command.request, photos=photos, pictures=pictures)

    def _direct(self, command: Control | Update) -> None:
        """Hand a command to the run it is for, which may not have begun."""
        session = self._sessions.get(command.session)
        if session is None:
            return
        if isinstance(command, Update):
            session.supersede(self._request(command))
            return
        session.order(command.order)
        place = next((k for k, job in enumerate(self._waiting) if job is session), None)
        if place is not None and command.order in ("stop", "abort"):
            del self._waiting[place]
            self._end(session, None)

    # The main thread

    def _next(self) -> Session | Analyse | None:
        """Wait for the next job; None when there is time to warm up."""
        def has_work() -> bool:
            return bool(self._waiting) or self._warming is not None

        with self._condition:
            rested = not self._condition.wait_for(has_work, _REST_S)
        if rested:
            # Without the lock: orders are taken meanwhile.
            hand_back()
        with self._condition:
            self._condition.wait_for(has_work)
            return self._waiting.popleft() if self._waiting else None

    def _new_session(self, number: int) -> Session:
        post = self._outbox.post
        return Session(
            number, self._condition, idle=self._serve_analyses, has_idle_work=lambda: self._analysis_at() is not None,
            on_paused=lambda: post(RunPaused(number)), on_step=lambda info: post(RunStep(number, info)),
            on_frame=lambda frame: post(RunFrame(number, frame)), ready=self._outbox.ready,
        )

    def _warm(self) -> None:
        warming = self._warming
        try:
            if warming is not None:
                next(warming)
                return
        except StopIteration:
            pass
        except Exception as error:
            # Whoever needs it will be told; nobody asked for anything yet.
            log.info("could not warm up: %s", error)
        if self._warming is warming:
            self._warming = None

    def _analysis_at(self) -> int | None:
        return next((place for place, job in enumerate(self._waiting) if isinstance(job, Analyse)), None)

    def _serve_analyses(self) -> None:
        """Analyse what came in while a run goes on."""
        while True:
            with self._condition:
                place = self._analysis_at()
                if place is None:
                    return
                job = self._waiting[place]
                del self._waiting[place]
            if isinstance(job, Analyse):
                self._analyse(job)

    def _analyse(self, job: Analyse) -> None:
        answer: PhotoAnalysis | Failure
        try:
            answer = self._jobs.analyse(
                self._photos[job.digest], job,
                lambda text: self._outbox.post(AnalysisText(job.ticket, job.owner, text)))
        except Exception as error:
            answer = failure_of(error, "The photo could not be analysed.")
        self._outbox.post(AnalysisEnded(job.ticket, job.owner, answer))

    def _run(self, session: Session) -> None:
        answer: Finished | Failure | None
        try:
            answer = self._rounds(session)
        except (Cancelled, Aborted):
            answer = None
        except Exception as error:
            answer = failure_of(error, "The run could not be finished.")
        self._end(session, None if session.aborted else answer)

    def _end(self, session: Session, answer: Finished | Failure | None) -> None:
        with self._condition:
            self._sessions.pop(session.number, None)
        self._outbox.post(RunEnded(session.number, answer))

    def _rounds(self, session: Session) -> Finished | None:
        """Carry out the session's request and every newer one that came meanwhile; the answer to the last.

        A newer one that is refused is reported, and the one before it goes on.
        """
        request, good, again = session.take_update(), None, False
        while request is not None:
            session.latent_of, finished = None, None
            try:
                with contextlib.suppress(Superseded):
                    finished = self._jobs.run(request, session)
            except CoiffeError as error:
                if good is None or again:
                    raise
                self._outbox.post(UpdateRefused(session.number, failure_of(error, "")))
                newer = session.take_update()
                request, again = newer or good, newer is None
            else:
                again = False
                if finished is not None:
                    session.latent = finished.latent or session.latent
                good = request if finished is not None or session.latent_of is not None else good
                newer = session.take_update()
                if finished is not None and (newer is None or finished.cancelled):
                    return finished
                request = newer
            if request is not None and good is not None:
                fits = request.recipe == good.recipe and request.pack == good.pack
                request = replace(request, start=session.latent if fits else {})
        return None


def _give_up() -> None:
    """End the process: deaf or mute it would keep the window waiting, which instead hears that it is gone."""
    traceback.print_exc()
    os._exit(1)


class _Forwarder(logging.Handler):
    """Sends warnings and errors to the log of the window's process."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__(logging.WARNING)
        self._outbox = outbox

    def emit(self, record: logging.LogRecord) -> None:
        """Post a record."""
        self._outbox.post(Logged(record.levelno, record.name, self.format(record)))


def failure_of(error: BaseException, what: str) -> Failure:
    """An exception in the user's words; its traceback only as the detail and in the log.

    Args:
        error: anything raised by a job.
        what: what could not be done, for errors that do not say it themselves.
    """
    if isinstance(error, CoiffeError):
        return Failure(error.what, error.why, error.next_step, values=error.values)
    detail = "".join(traceback.format_exception(error))
    if out_of_memory(error):
        log.info("out of memory: %s", detail)
        return Failure("There is not enough memory.", "The photos are too large for what is free at the moment.",
                       "Close other programs, or work on smaller copies of the photos.", detail)
    log.error("%s %s", what, detail)
    return Failure(what, f"{type(error).__name__}: {_first_line(error)}",
                   "Try again; if it happens again, report it with the details.", detail)


def out_of_memory(error: BaseException) -> bool:
    """Whether numpy, OpenCV, torch or ONNX Runtime could not get the memory it asked for."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(
        words in text for words in ("out of memory", "insufficient memory", "can't allocate memory", "bad_alloc"))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "")
