"""Qt's undo stack over the document's commands, bounded by bytes as well as by steps."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QUndoCommand, QUndoStack

from core.document.commands import Command, MaskEdit, SetMask
from core.document.document import Document
from editor.background import in_background

_log = logging.getLogger(__name__)

BUDGET_BYTES = 512 << 20
MOST_STEPS = 200
MERGE_SECONDS = 2.0
REST_MS = 200
"""How long after a stroke its step is compressed."""
_MERGEABLE = 1


@dataclass(frozen=True, eq=False)
class Moment:
    """A place in the history that can be named later on: what had been forgotten, the index, the step before it."""

    forgotten: int
    index: int
    command: Command | None


class _Step(QUndoCommand):
    """One entry of Qt's stack; ``command`` was carried out before it was pushed."""

    def __init__(self, stack: UndoStack, command: Command) -> None:
        super().__init__(command.text)
        self.command = command
        self._stack = stack
        self._first = True

    def id(self) -> int:
        return _MERGEABLE if self.command.merge_key else -1

    def redo(self) -> None:
        if self._first:
            self._first = False
        else:
            self._stack.carry_out(self.command, forwards=True)

    def undo(self) -> None:
        self._stack.carry_out(self.command, forwards=False)

    def mergeWith(self, other: QUndoCommand) -> bool:
        return isinstance(other, _Step) and self._stack.may_merge(self.command, other.command)


class UndoStack(QUndoStack):
    """See the module.

    Attributes:
        budget_bytes: the oldest steps are forgotten once all steps together hold more; the newest always stays.
        limit: most steps.
        clock: seconds, tells one gesture from the next.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.budget_bytes = BUDGET_BYTES
        self.limit = MOST_STEPS
        self.clock: Callable[[], float] = time.monotonic
        self._document: Document | None = None
        self._busy = False
        self._inert = False
        self._waiting: list[Command] = []
        self._last_push = float("-inf")
        self._merging = False
        self._forgotten = 0
        self._large: list[MaskEdit | SetMask] = []
        # Not right after the stroke: the canvas is being drawn then.
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._compact)
        if parent is not None:
            # A stack empties itself, with signals, while it is destroyed: nobody can listen any more by then.
            parent.destroyed.connect(self.silence)

    def begin(self, document: Document | None) -> None:
        """Forget everything; from now on steps change this document."""
        self._waiting.clear()
        self._large.clear()
        self._rest.stop()
        self._document = document
        self._last_push = float("-inf")
        self._forgotten = 0
        self.clear()

    def moment(self) -> Moment:
        """The present place in the history; the next step stands for itself."""
        self.end_gesture()
        return Moment(self._forgotten, self.index(), self._command_before(self.index()))

    def set_clean_at(self, moment: Moment) -> None:
        """The document was saved as it was then, whatever was done since."""
        place = moment.index - (self._forgotten - moment.forgotten)
        if place == self.index() and self._is_at(moment, place):
            self.setClean()
            return
        index = self.index()
        blocked = self.blockSignals(True)
        self._inert = True
        try:
            self.resetClean()
            if 0 <= place <= self.count() and self._is_at(moment, place):
                self.setIndex(place)
                self.setClean()
                self.setIndex(index)
        finally:
            self._inert = False
            self.blockSignals(blocked)
        self.cleanChanged.emit(self.isClean())

    def _is_at(self, moment: Moment, place: int) -> bool:
        """Whether this index is still that moment; another branch of the history may have taken its place."""
        if place == 0:
            return self._forgotten == moment.forgotten
        return self._command_before(place) is moment.command

    def _command_before(self, index: int) -> Command | None:
        step = self.command(index - 1) if index > 0 else None
        return step.command if isinstance(step, _Step) else None

    def silence(self) -> None:
        """Send no signals any more and let go of everything; for the end of the program."""
        self.blockSignals(True)
        self._waiting.clear()
        self._document = None

    @property
    def held_bytes(self) -> int:
        """Memory that only the history keeps."""
        return sum(command.size for command in self._commands())

    def push_command(self, command: Command) -> None:
        """Carry a command out and put it on the stack; whatever it raises leaves the stack as it was.

        While another step is being carried out (a listener reacts to it), the command waits until that is done.
        """
        if self._document is None:
            return
        if self._busy:
            if not self._waiting:
                QTimer.singleShot(0, self._push_waiting)
            self._waiting.append(command)
            return
        self.carry_out(command, forwards=True)
        now = self.clock()
        self._merging = now - self._last_push <= MERGE_SECONDS
        self._last_push = now
        self.push(_Step(self, command))
        if isinstance(command, MaskEdit | SetMask):
            self._large.append(command)
            self._rest.start()
        self._forget_oldest()

    def _compact(self) -> None:
        large, self._large = self._large, []
        in_background(partial(_compact_all, large), self._compacted, self._stays_large)

    def _compacted(self, _nothing: object) -> None:
        self._forget_oldest()

    def _stays_large(self, error: Exception) -> None:
        _log.warning("a step could not be compressed: %s", error)

    def end_gesture(self) -> None:
        """The next step stands for itself, even if it could merge with the last one."""
        self._last_push = float("-inf")

    def carry_out(self, command: Command, *, forwards: bool) -> None:
        """Apply or take back one command on the open document; for the stack's own entries."""
        if self._document is None or self._inert:
            return
        self._busy = True
        try:
            if forwards:
                command.redo(self._document)
            else:
                command.undo(self._document)
        finally:
            self._busy = False

    def may_merge(self, last: Command, following: Command) -> bool:
        """Merge a step into the last one where both belong to one gesture; for the stack's own entries."""
        return self._merging and last.merge_key == following.merge_key and last.merge(following)

    def _push_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for command in waiting:
            self.push_command(command)

    def _commands(self) -> list[Command]:
        steps = (self.command(index) for index in range(self.count()))
        return [step.command for step in steps if isinstance(step, _Step)]

    def _forget_oldest(self) -> None:
        """Drop entries at the bottom. Qt offers that only by count and only on an empty stack, so the entries are
        marked obsolete and walked over once, with the commands doing nothing meanwhile: Qt then deletes them."""
        sizes = [command.size for command in self._commands()]
        held, count = sum(sizes), len(sizes)
        excess = 0
        while excess < count - 1 and (held > self.budget_bytes or count - excess > self.limit):
            held -= sizes[excess]
            excess += 1
        if not excess:
            return
        clean, index = self.cleanIndex() - excess, self.index() - excess
        self._forgotten += excess
        blocked = self.blockSignals(True)
        self._inert = True
        try:
            for place in range(excess):
                step = self.command(place)
                if isinstance(step, _Step):
                    step.setObsolete(True)
            self.setIndex(0)
            self.resetClean()
            if clean >= 0:
                self.setIndex(clean)
                self.setClean()
            self.setIndex(index)
        finally:
            self._inert = False
            self.blockSignals(blocked)
        self.indexChanged.emit(self.index())


def _compact_all(steps: list[MaskEdit | SetMask]) -> None:
    for step in steps:
        step.compact()
