"""Says in a few words where a run is."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from core.engine.messages import StepInfo
from editor.engine_link import RunState


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunText", text)


def describe_run(state: RunState, step: StepInfo | None) -> str:
    """A run that is under way, in one line: "stage 1/2 · step 212/400 · 11 s left"."""
    parts = [text for text in (_state_title(state),) if text]
    if step is None:
        return " · ".join(parts or [_tr("starting…")])
    parts.append(stage_title(step.stage))
    if step.total:
        parts.append(_tr("step {0}/{1}").format(step.index, step.total))
    if step.remaining is not None and state in (RunState.STARTING, RunState.RUNNING):
        parts.append(_tr("{0} left").format(duration(step.remaining)))
    return " · ".join(parts)


def _state_title(state: RunState) -> str:
    return {RunState.STOPPING: _tr("stopping…"), RunState.PAUSED: _tr("paused"),
            RunState.PAUSING: _tr("pausing…")}.get(state, "")


def stage_title(stage: str) -> str:
    """A stage's name as it is shown; "stage 1" of two reads "stage 1/2"."""
    return {"stage 1": _tr("stage 1/2"), "stage 2": _tr("stage 2/2"), "loading": _tr("loading the model"),
            "finding the face": _tr("finding the face"), "guide": _tr("fitting the hair"),
            "finishing": _tr("finishing"), "finish": _tr("finishing"), "composite": _tr("fitting the hair"),
            "quick composite": _tr("fitting the hair"), "preview": _tr("first look"), "look": _tr("first look"),
            "tuning": _tr("bending the generator"), "fusion": _tr("joining the regions"), "fit": _tr("fitting"),
            "style": _tr("painting"), "gatys": _tr("painting")}.get(stage, stage)


def duration(seconds: float) -> str:
    """A time for people: "11 s", "2 min 05 s"."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
