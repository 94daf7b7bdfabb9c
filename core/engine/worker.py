"""The window's end of the engine: a QObject on a thread of its own that owns the process in which the engine runs.

Why a process: importing torch and compiled kernels hold Python's interpreter lock for hundreds of milliseconds. In a
process of its own the engine never makes the window stutter, closing is instant at any moment (the process keeps
nothing, so it is simply ended), and a crash or lack of memory in the engine cannot take the document along.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections import OrderedDict, deque
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from PySide6.QtCore import QObject, Signal, Slot

from core.document.photo import Photo
from core.engine.mailbox import Mailbox
from core.engine.protocol import (
    Analyse,
    Command,
    DropPhoto,
    Logged,
    Report,
    Run,
    RunFrame,
    RunStep,
    TakePhoto,
    Update,
)
from core.engine.wire import enter, receive, send

log = logging.getLogger(__name__)

# What the engine may keep of photos, in bytes; the least recently used go first.
PHOTO_BYTES = 1 << 30
_END_S = 0.3


class EngineWorker(QObject):
    """Carries commands to the engine's process and reports back; starts the process when it is first needed.

    Only ``work`` runs on the worker's thread; every other method may be called from any thread and returns at once.

    Args:
        entry: "module:function", called in the process with its end of the pipe.

    Signals:
        reported: a report other than steps and frames.
        mail: ``steps`` or ``frames`` has something new; emitted only when the slot was empty.
        lost: the process ended by itself, with this exit code; a new one starts with the next command.
        ended: ``work`` is over.
    """

    reported = Signal(object)
    mail = Signal()
    lost = Signal(int)
    ended = Signal()

    def __init__(self, entry: str) -> None:
        super().__init__()
        self.steps: Mailbox[RunStep] = Mailbox()
        self.frames: Mailbox[RunFrame] = Mailbox()
        self._entry = entry
        self._lock = threading.Lock()
        self._commands: deque[Command] = deque()
        self._bell, self._ring = multiprocessing.Pipe(duplex=False)
        self._rung = False
        self._closing = False
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._sent: OrderedDict[str, int] = OrderedDict()

    def post(self, command: Command) -> None:
        """Send a command."""
        with self._lock:
            self._commands.append(command)
            self._wake()

    def close(self) -> None:
        """End the process and ``work``, whatever they are doing."""
        with self._lock:
            self._closing = True
            self._commands.clear()
            self._wake()
            process = self._process
        # The thread may be held up writing to a process that does not read.
        if process is not None:
            _end(process)

    def _wake(self) -> None:
        if not self._rung:
            self._rung = True
            self._ring.send_bytes(b"!")

    @Slot()
    def work(self) -> None:
        """Serve until ``close``."""
        try:
            while not self._closing:
                try:
                    self._turn()
                except Exception:
                    # Nothing else is expected to go wrong here; whoever waits must hear of it all the same.
                    log.exception("the link to the engine failed")
                    self._lose()
        finally:
            self._drop_process()
            with self._lock:
                self._rung = True
                self._bell.close()
                self._ring.close()
            self.ended.emit()

    def _turn(self) -> None:
        """Wait for something to do, and do it."""
        sources = [self._bell] if self._connection is None else [self._bell, self._connection]
        ready = wait(sources)
        try:
            if self._connection is not None and self._connection in ready:
                self._deliver(receive(self._connection))
            if self._bell in ready:
                self._bell.recv_bytes()
                with self._lock:
                    self._rung = False
                while (command := self._next()) is not None:
                    self._carry(command)
        except (EOFError, OSError) as error:
            if not self._closing:
                log.info("the engine's process is gone: %s", error)
                self._lose()

    def _lose(self) -> None:
        """End the process, and tell."""
        with self._lock:
            # Whoever waits for an answer is told; nobody waits for these any more.
            self._commands.clear()
        self.lost.emit(self._drop_process())

    def _next(self) -> Command | None:
        with self._lock:
            return self._commands.popleft() if self._commands else None

    def _deliver(self, report: Report) -> None:
        if isinstance(report, RunStep):
            wake = self.steps.post(report)
        elif isinstance(report, RunFrame):
            wake = self.frames.post(report)
        elif isinstance(report, Logged):
            logging.getLogger(report.name).log(report.level, "%s", report.text)
            return
        else:
            self.reported.emit(report)
            return
        if wake:
            self.mail.emit()

    def _carry(self, command: Command) -> None:
        """Send a command, the photos it names first."""
        connection = self._started()
        if connection is None:
            return
        if isinstance(command, Analyse) and command.photo is not None:
            (digest,) = self._hand_over(connection, [command.photo])
            command = replace(command, photo=None, digest=digest)
        elif isinstance(command, (Run, Update)):
            photos = {**command.request.photos, **command.request.pictures}
            digests = dict(zip(photos, self._hand_over(connection, list(photos.values())), strict=True))
            command = replace(command, request=replace(command.request, photos={}, pictures={}), digests=digests)
        send(connection, command)

    def _hand_over(self, connection: Connection, photos: list[Photo]) -> list[str]:
        """Send the photos that the process does not have; their digests."""
        digests = [photo.digest for photo in photos]
        for photo, digest in zip(photos, digests, strict=True):
            if digest not in self._sent:
                send(connection, TakePhoto(digest, replace(photo, alpha=None)))
                self._sent[digest] = photo.pixels.nbytes
            self._sent.move_to_end(digest)
        while sum(self._sent.values()) > PHOTO_BYTES and next(iter(self._sent)) not in digests:
            oldest, _ = self._sent.popitem(last=False)
            send(connection, DropPhoto(oldest))
        return digests

    def _started(self) -> Connection | None:
        """The pipe to the process, which is started when there is none; None while closing."""
        if self._connection is not None:
            return self._connection
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=True)
        process = context.Process(target=enter, args=(self._entry, theirs), name="engine", daemon=True)
        process.start()
        # Held here too, the pipe would not tell when the process is gone.
        theirs.close()
        with self._lock:
            self._process, self._connection = process, ours
            closing = self._closing
        return None if closing else ours

    def _drop_process(self) -> int:
        """End the process, if there is one; its exit code."""
        with self._lock:
            process, connection = self._process, self._connection
            self._process = self._connection = None
        self._sent.clear()
        if connection is not None:
            connection.close()
        if process is None:
            return 0
        # It ends by itself when its pipe closes, unless a library keeps its reading thread from noticing.
        process.join(0 if self._closing else _END_S)
        _end(process)
        process.join(_END_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        code = process.exitcode or 0
        process.close()
        return code


def _end(process: BaseProcess) -> None:
    """Ask the system to end a process; nothing happens when it has ended."""
    try:
        process.terminate()
    except (OSError, ValueError, AttributeError) as error:
        log.debug("already gone: %s", error)
