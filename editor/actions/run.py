"""Running the engine, and what becomes of its results."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from editor.actions.parts import Parts
from editor.actions.spec import ActionSpec
from editor.engine_link import RunState
from editor.look.translation import QT_TRANSLATE_NOOP as _N


def _tr(text: str) -> str:
    return QCoreApplication.translate("Bindings", text)


def _run(parts: Parts) -> None:
    parts.toolbox.finish()
    parts.run.run()


def _can_be_stopped(parts: Parts) -> bool:
    return parts.run.active and parts.run.state is not RunState.STOPPING


def _pause_title(parts: Parts) -> str:
    return _tr("&Resume") if parts.run.state in (RunState.PAUSED, RunState.PAUSING) else _tr("&Pause")


def _has_another_candidate(parts: Parts) -> bool:
    document = parts.workspace.document
    return document is not None and bool(document.candidates) and not parts.run.active


def _has_answers(parts: Parts) -> bool:
    document = parts.workspace.document
    return document is not None and any(len(candidate.choices) > 1 for candidate in document.candidates)


RUN = (
    ActionSpec("run.run", "Run", _N("Actions", "&Run"), ("Ctrl+Return", "Ctrl+Enter"), "run",
               _N("Actions", "Compose with the current photographs, masks and recipe"), does=_run,
               enabled=lambda parts: not parts.run.can_run()),
    ActionSpec("run.pause", "Run", _N("Actions", "&Pause"), ("Ctrl+.",), "pause",
               _N("Actions", "Pause the run, or go on with it"), does=lambda parts: parts.run.toggle_pause(),
               enabled=_can_be_stopped, title=_pause_title),
    ActionSpec("run.stop", "Run", _N("Actions", "&Stop"), ("Ctrl+Shift+.", "Ctrl+>"), "stop",
               _N("Actions", "End the run and keep the best so far"), does=lambda parts: parts.run.stop(),
               enabled=_can_be_stopped),
    ActionSpec("run.apply", "Run", _N("Actions", "&Apply"), ("Return", "Enter"), "apply",
               _N("Actions", "Make the preview a layer of the portrait"), gap=True,
               does=lambda parts: parts.run.apply(),
               enabled=lambda parts: parts.workspace.pending is not None),
    ActionSpec("run.discard", "Run", _N("Actions", "&Discard"), ("Esc",), "discard",
               _N("Actions", "Take the preview away"), does=lambda parts: parts.run.discard(),
               enabled=lambda parts: parts.workspace.pending is not None or parts.run.failed),
    ActionSpec("run.next_candidate", "Run", _N("Actions", "&Next candidate"), (".",), "next",
               _N("Actions", "Look at the next result"), gap=True, repeats=True,
               does=lambda parts: parts.run.next_candidate(1), enabled=_has_another_candidate),
    ActionSpec("run.previous_candidate", "Run", _N("Actions", "Previous &candidate"), (",",), "previous",
               _N("Actions", "Look at the previous result"), repeats=True,
               does=lambda parts: parts.run.next_candidate(-1), enabled=_has_another_candidate),
    ActionSpec("run.answers", "Run", _N("Actions", "Ans&wers…"), ("Ctrl+Shift+A",), "mdi6.view-grid-outline",
               _N("Actions", "See all answers of a run that gave several, and choose another one"),
               does=lambda parts: parts.dialogs.show_answers(), enabled=_has_answers),
)
