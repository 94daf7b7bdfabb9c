"""What can be done with results that were kept: one set of functions for the strip, the menus and the engine's end.

Every function takes the workspace or the document, and does nothing where there is nothing to do.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.document.candidate_commands import RemoveCandidates, candidate_bytes
from core.document.document import Candidate, Document, RunSettings
from core.document.events import Topic
from core.engine.messages import Finished
from core.io.display import display_pixels
from core.recipes.catalogue import CATALOGUE
from editor.canvas.pyramids import prepared
from editor.canvas.tiles import Levels
from editor.workspace import Workspace

_AT_ONCE = 1 << 20
"""Values of a result up to which it is made ready to be shown without the help of another thread."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Candidates", text)


def make_candidate(candidate_id: str, name: str, finished: Finished, icc: bytes | None) -> Candidate:
    """A candidate of a run's result; may take a moment for large pictures in another colour profile than sRGB."""
    return Candidate(
        id=candidate_id, name=name, rect=finished.rect, pixels=finished.pixels,
        display=display_pixels(finished.pixels, icc), mask=finished.mask,
        report=dict(finished.report), latent=dict(finished.latent), warnings=tuple(finished.warnings),
        complete=not finished.cancelled, choices=tuple(finished.choices), guide=finished.guide,
        guide_rect=finished.guide_rect,
    )


def is_quick(finished: Finished, icc: bytes | None) -> bool:
    """Whether a result can be shown without the help of another thread: display and document are the same numbers."""
    return finished.pixels.dtype == np.uint8 and icc is None and finished.pixels.size <= _AT_ONCE


def prepared_candidate(candidate_id: str, name: str, finished: Finished, icc: bytes | None) -> tuple[Candidate, Levels]:
    """The same with the smaller copies that the canvas needs, for ``pyramids.keep``; runs beside the window."""
    candidate = make_candidate(candidate_id, name, finished, icc)
    return candidate, prepared(candidate.display, (candidate.rect.x0, candidate.rect.y0))


def next_name(document: Document, finished: Finished) -> str:
    """A name for a new result: its recipe's title and a number that no candidate has."""
    info = CATALOGUE.get(str(finished.report.get("recipe", "")))
    title = _tr("Result") if info is None else info.title
    used = {candidate.name for candidate in document.candidates} | {layer.name for layer in document.layers}
    number = 1
    while f"{title} {number}" in used:
        number += 1
    return f"{title} {number}"


def set_starred(workspace: Workspace, candidate: Candidate, starred: bool) -> None:
    """Mark a candidate as liked, or not."""
    if workspace.document is not None and candidate.starred != starred:
        candidate.starred = starred
        workspace.touch()
        workspace.document.changed(Topic.CANDIDATES, candidate.id)


def rename(workspace: Workspace, candidate: Candidate, name: str) -> None:
    """Give a candidate another name; an empty one changes nothing."""
    name = " ".join(name.split())
    if workspace.document is not None and name and name != candidate.name:
        candidate.name = name
        workspace.touch()
        workspace.document.changed(Topic.CANDIDATES, candidate.id)


def remove(workspace: Workspace, candidates: list[Candidate]) -> None:
    """Remove candidates; one undo step."""
    document = workspace.document
    known = [] if document is None else [other for other in document.candidates if other in candidates]
    if not known:
        return
    if workspace.pending is not None and workspace.pending in known:
        workspace.set_pending(None)
    text = (_tr("Remove candidate {0}").format(known[0].name) if len(known) == 1
            else _tr("Remove {0} candidates").format(len(known)))
    workspace.push(RemoveCandidates(known, text))


def unstarred(document: Document | None) -> list[Candidate]:
    """The candidates that nobody marked."""
    return [] if document is None else [other for other in document.candidates if not other.starred]


def remove_unstarred(workspace: Workspace) -> None:
    """Remove every candidate without a star; one undo step."""
    remove(workspace, unstarred(workspace.document))


def use_settings(workspace: Workspace, candidate: Candidate) -> None:
    """Set recipe, parameters, seed and pack to what made a candidate."""
    document = workspace.document
    settings = None if document is None else settings_of(document, candidate)
    if document is not None and settings is not None:
        for name, value in vars(settings).items():
            setattr(document.settings, name, value)
        workspace.touch()
        document.changed(Topic.SETTINGS)


def settings_of(document: Document, candidate: Candidate) -> RunSettings | None:
    """The document's settings with recipe, parameters, seed and pack of what made a candidate; None if unknown."""
    report = candidate.report
    info = CATALOGUE.get(str(report.get("recipe", "")))
    if info is None:
        return None
    settings, standard = document.settings, info.values("standard", {})
    made = info.values("standard", report.get("parameters", {}))
    own = {name: value for name, value in made.items() if value != standard[name]}
    return replace(settings, recipe=info.name, preset="standard", parameters={**settings.parameters, info.name: own},
                   seed=int(report.get("seed", settings.seed)), pack=str(report.get("pack", settings.pack)))


def settings_to_choose(document: Document, candidate: Candidate, number: int) -> RunSettings | None:
    """Settings that show another answer (from 1) of a candidate's run; None where that is impossible."""
    settings = settings_of(document, candidate)
    if settings is None or not candidate.latent or not 1 <= number <= len(candidate.choices):
        return None
    info = CATALOGUE[settings.recipe]
    if all(param.name != "choose" for param in info.params):
        return None
    settings.parameters[info.name]["choose"] = number
    settings.seed_locked = True
    return settings


def held_bytes(document: Document | None) -> int:
    """Memory of all candidates."""
    return 0 if document is None else sum(candidate_bytes(other) for other in document.candidates)
