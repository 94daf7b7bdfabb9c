"""Comparing, as menus, keys and the compare bar do it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from editor.actions.parts import Parts
from editor.actions.spec import ActionSpec, Context, has_document
from editor.canvas.compare import BEFORE
from editor.canvas.side_by_side import MOST_PANES, wanted_panes
from editor.look.translation import QT_TRANSLATE_NOOP as _N
from editor.options import CompareMode
from editor.workspace import Workspace

GAINS = (1, 4, 16, 0)
"""0 shows every changed pixel."""


def set_mode(workspace: Workspace, mode: CompareMode) -> None:
    """Compare in a mode; the mode in force again ends it."""
    view = workspace.view
    view.compare = CompareMode.OFF if mode is view.compare else mode
    workspace.last_compare = mode
    workspace.viewChanged.emit()


def toggle(workspace: Workspace) -> None:
    """End the comparison, or begin the one that was last in use."""
    view = workspace.view
    view.compare = workspace.last_compare if view.compare is CompareMode.OFF else CompareMode.OFF
    workspace.viewChanged.emit()


def compare_with(workspace: Workspace, subject: str) -> None:
    """Choose what lies against the portrait: BEFORE or the id of a candidate."""
    workspace.view.compare_with = subject
    workspace.viewChanged.emit()


def turn_split(workspace: Workspace) -> None:
    """Exchange left and right for above and below."""
    workspace.view.split_vertical = not workspace.view.split_vertical
    workspace.viewChanged.emit()


def set_gain(workspace: Workspace, gain: int) -> None:
    """How much the difference is strengthened."""
    workspace.view.gain = gain
    workspace.viewChanged.emit()


def set_onion(workspace: Workspace, opacity: float) -> None:
    """How much of the compared picture is seen, 0..1."""
    workspace.view.onion = min(max(opacity, 0.0), 1.0)
    workspace.viewChanged.emit()


def toggle_pane(workspace: Workspace, subject: str) -> None:
    """Show a subject beside the portrait, or take it away; the oldest makes room."""
    document = workspace.document
    if document is None:
        return
    panes = wanted_panes(document, workspace.view.panes)
    panes = [pane for pane in panes if pane != subject] if subject in panes else [*panes, subject][-MOST_PANES:]
    workspace.view.panes = tuple(panes)
    workspace.viewChanged.emit()


def subjects(workspace: Workspace) -> list[tuple[str, str]]:
    """(id, name) of what can lie against the portrait: the photo as it was, then the candidates, newest first."""
    document = workspace.document
    found = [] if document is None else [(c.id, c.name) for c in reversed(document.candidates)]
    return [(BEFORE, QCoreApplication.translate("CompareActions", "before")), *found]


def pane_subjects(workspace: Workspace) -> list[tuple[str, str]]:
    """(id, name) of what can stand beside the portrait: the same, and all references."""
    document = workspace.document
    before, *candidates = subjects(workspace)
    references = [] if document is None else [(source.id, source.name) for source in document.references]
    return [before, *references, *candidates]


# -- actions ------------------------------------------------------------------------------------------------------
def _mode(name: str, text: str, mode: CompareMode, tip: str) -> ActionSpec:
    return ActionSpec(f"compare.{name}", "Compare", text, (), name, tip, group="compare",
                      does=lambda parts: set_mode(parts.workspace, mode), enabled=has_document,
                      checked=lambda parts: parts.workspace.view.compare is mode)


def _is_split(parts: Parts) -> bool:
    return parts.workspace.document is not None and parts.workspace.view.compare is CompareMode.SPLIT


COMPARE = (
    _mode("before", _N("Actions", "&Before"), CompareMode.BEFORE,
          _N("Actions", "Show the photo as it was")),
    ActionSpec("compare.peek", "Compare", _N("Actions", "Before, for a &moment"), ("\\",), "",
               _N("Actions", "Show the photo as it was for a moment; as long as the key is held"),
               context=Context.CANVAS, does=lambda parts: parts.area.peek(), enabled=has_document),
    _mode("split", _N("Actions", "&Split"), CompareMode.SPLIT,
          _N("Actions", "The compared picture on one side of a line that can be dragged")),
    _mode("side_by_side", _N("Actions", "S&ide by side"), CompareMode.SIDE_BY_SIDE,
          _N("Actions", "References and candidates beside the portrait, zoomed together")),
    _mode("difference", _N("Actions", "&Difference"), CompareMode.DIFFERENCE,
          _N("Actions", "What differs from the compared picture; black is the same")),
    _mode("onion", _N("Actions", "&Onion skin"), CompareMode.ONION,
          _N("Actions", "The compared picture laid over the portrait")),
    ActionSpec("compare.toggle", "Compare", _N("Actions", "&Compare or not"), ("Shift+\\", "|"), "",
               _N("Actions", "Switch the last way of comparing on or off"), gap=True,
               does=lambda parts: toggle(parts.workspace), enabled=has_document),
    ActionSpec("compare.turn_split", "Compare", _N("Actions", "&Turn the split"), (), "",
               _N("Actions", "Above and below instead of left and right, or back"),
               does=lambda parts: turn_split(parts.workspace), enabled=_is_split),
)
