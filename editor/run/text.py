"""Says in a few words where a run is."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from core.engine.messages import StepInfo
from core.recipes.info import RecipeInfo
from editor.engine_link import RunState


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunText", text)


def describe_run(state: RunState, step: StepInfo | None, info: RecipeInfo) -> str:
    """A run of a recipe that is under way, in one line: "stage 1/2 · step 212/400 · 11 s left"."""
    parts = [text for text in (_state_title(state),) if text]
    if step is None:
        return " · ".join(parts or [_tr("starting…")])
    parts.append(stage_title(step.stage, info))
    if step.total:
        parts.append(_tr("step {0}/{1}").format(step.index, step.total))
    if step.remaining is not None and state in (RunState.STARTING, RunState.RUNNING):
        parts.append(_tr("{0} left").format(duration(step.remaining)))
    return " · ".join(parts)


def _state_title(state: RunState) -> str:
    return {RunState.STOPPING: _tr("stopping…"), RunState.PAUSED: _tr("paused"),
            RunState.PAUSING: _tr("pausing…")}.get(state, "")


def stage_title(stage: str, info: RecipeInfo) -> str:
    """A stage's name as it is shown: the engine's own, else as the recipe says; "stage 1" of two reads "stage 1/2"."""
    own = {"loading": _tr("loading the model"), "finding the face": _tr("finding the face"),
           "finishing": _tr("finishing")}
    title, rest = info.stage_title(stage) or (stage, "")
    return own.get(stage) or QCoreApplication.translate("RunText", title) + rest


def duration(seconds: float) -> str:
    """A time for people: "11 s", "2 min 05 s"."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
