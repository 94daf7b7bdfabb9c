"""Brings photographs into the document without ever blocking: read beside the window, then analysed by the engine."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from core.document.commands import AddSource, SetMask
from core.document.document import IDENTITY, Document, Target
from core.document.events import Change, Topic
from core.document.photo import Photo
from core.document.picture import StylePicture
from core.document.roles import EXTRA_ROLES, PICTURES
from core.document.source import FaceInfo, Source
from core.engine.messages import Failure, PhotoAnalysis
from core.errors import CoiffeError
from core.io.archive import Archive
from core.io.display import display_pixels
from core.io.image import read_mask, read_photo
from core.io.ora import read_merged
from core.io.project_reader import is_project, load_project
from editor.actions import pictures as picture_actions
from editor.background import in_background
from editor.canvas.pyramids import keep, prepared, prepared_for
from editor.canvas.tiles import Levels
from editor.files.samples import Sample, hair_mask
from editor.look.wording import notice_of
from editor.settings import Settings
from editor.workspace import Notice, Workspace

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


@dataclass(frozen=True)
class _ToRead:
    """A photo on its way; ``slot`` matters for references only, see ``picture_actions.free_slot``.

    With ``style`` it is a style picture, and ``slot`` one of their places. ``hair`` is a mask that comes with it.
    """

    path: Path
    identity: bool
    slot: str = ""
    recent: bool = True
    style: bool = False
    hair: Path | None = None


@dataclass(frozen=True, eq=False)
class _ReadPhoto:
    photo: Photo
    display: NDArray[np.uint8]
    levels: Levels
    notes: tuple[str, ...]
    hair: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class _ReadProject:
    document: Document
    levels: list[tuple[object, Levels]]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    """What an analysis was asked with: hand-set points, which face, and whether its hair replaces a painted mask."""

    by_hand: bool = False
    face_index: int = 0
    replace_hair: bool = False


class Opener(QObject):
    """Reads photos one after the other, newest portrait wins, and keeps face and hair of every source up to date.

    Signals:
        statusChanged(str): what is going on, for the status bar; empty when nothing is.
        opened(Path): a file of the artist's own was opened.
        faceMissing(Notice, str): no face was found in this source; it can be told by hand.
    """

    statusChanged = Signal(str)
    opened = Signal(object)
    faceMissing = Signal(object, str)

    def __init__(self, workspace: Workspace, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._settings = workspace, settings
        self._queue: deque[_ToRead] = deque()
        self._reading: _ToRead | None = None
        self._generation = 0
        self._waiting: list[_ToRead] = []
        self._asked: dict[str, _Asked] = {}
        self._given_up: set[Source] = set()
        self._texts: dict[str, str] = {}
        engine = workspace.engine
        engine.analysed.connect(self._on_analysed)
        engine.failed.connect(self._on_failed)
        engine.analysisProgress.connect(self._on_progress)
        workspace.documentReplaced.connect(self._on_document)
        workspace.changed.connect(self._on_changed)

    @property
    def status(self) -> str:
        """What is going on, for the status bar; empty when nothing is."""
        if self._reading is not None:
            return self.tr("Reading {0}…").format(self._reading.path.name)
        for owner in self._asked:
            source = self._workspace.source(owner)
            if source is not None:
                return self._texts.get(owner) or self.tr("Finding face and hair in {0}…").format(source.name)
        return ""

    # -- files -----------------------------------------------------------------------------------------------------
    def open_identity(self, path: Path | str, *, recent: bool = True) -> None:
        """Open a portrait; it replaces the document as soon as it is read. Whatever was still to be read is dropped."""
        self._begin(_ToRead(Path(path), True, recent=recent))
        self._next()

    def _begin(self, job: _ToRead) -> None:
        """Drop whatever was still to be read for the sake of a new portrait."""
        self._generation += 1
        self._reading = None
        self._queue.clear()
        self._queue.append(job)

    def add_reference(self, path: Path | str, slot: str | None = None, *, recent: bool = True) -> None:
        """Add a reference; without a slot it takes the first empty one. Without a portrait it waits for one."""
        job = _ToRead(Path(path), False, slot or "", recent)
        opening = any(item.identity for item in (*self._queue, self._reading) if item is not None)
        if self._workspace.document is None and not opening:
            self._waiting.append(job)
            self._workspace.notify(Notice(
                self.tr("{0} is kept as a reference.").format(job.path.name), "",
                self.tr("Now open the portrait that is to have its hair."), "info"))
            return
        self._queue.append(job)
        self._next()

    def add_references(self, paths: Sequence[Path | str], slot: str | None = None) -> None:
        """Add several; a given slot goes to the first of them. Places of style pictures take style pictures."""
        if slot is not None and slot.rstrip("1234") == "style":
            self.add_pictures(paths, slot if slot in PICTURES else "")
            return
        others = "extra" if slot in (*EXTRA_ROLES, "extra") else None
        for number, path in enumerate(paths):
            self.add_reference(path, slot if number == 0 else others)

    def add_pictures(self, paths: Sequence[Path | str], place: str = "") -> None:
        """Add style pictures to the open document; a given place goes to the first, the others take empty ones."""
        if self._workspace.document is None:
            self._workspace.hinted.emit(self.tr("Open a portrait first."))
            return
        self._queue.extend(_ToRead(Path(path), False, place if number == 0 else "", recent=False, style=True)
                           for number, path in enumerate(paths))
        self._next()

    def open_sample(self, sample: Sample) -> None:
        """Open a portrait and a reference that ship with the program."""
        self._begin(_ToRead(sample.portrait, True, recent=False, hair=hair_mask(sample.portrait)))
        self._queue.append(_ToRead(sample.reference, False, recent=False, hair=hair_mask(sample.reference)))
        self._next()

    def _next(self) -> None:
        if self._reading is None and self._queue:
            self._reading = self._queue.popleft()
            job, generation = self._reading, self._generation
            in_background(partial(_read, job), partial(self._on_read, job, generation),
                          partial(self._on_unreadable, job, generation))
        self.statusChanged.emit(self.status)

    def _on_read(self, job: _ToRead, generation: int, read: _ReadPhoto | _ReadProject) -> None:
        if generation != self._generation:
            return
        self._reading = None
        if read.notes:
            self._workspace.notify(Notice(" ".join(read.notes), level="warning"))
        if isinstance(read, _ReadProject):
            for owner, levels in read.levels:
                keep(owner, levels)
            self._workspace.set_document(read.document)
        elif job.identity:
            self._workspace.set_document(Document(_source(IDENTITY, read)))
        if job.identity:
            self._queue.extend(self._waiting)
            self._waiting.clear()
        elif isinstance(read, _ReadPhoto):
            self._add(job, read)
        if job.recent:
            self.opened.emit(job.path)
        self._next()

    def _add(self, job: _ToRead, read: _ReadPhoto) -> None:
        document = self._workspace.document
        if document is None:
            return
        if job.style:
            self._add_picture(document, job, read)
            return
        source = _source(document.new_id("reference"), read)
        slot = picture_actions.free_slot(document, job.slot)
        slots = {**document.slots, slot: source.id} if slot else dict(document.slots)
        untouched = not self._workspace.modified
        self._workspace.push(AddSource(source, slots))
        if untouched and not job.recent:
            # The sample comes as it is; nobody has to be asked about it.
            self._workspace.undo.setClean()

    def _add_picture(self, document: Document, job: _ToRead, read: _ReadPhoto) -> None:
        place = picture_actions.free_picture_place(document, job.slot)
        if place:
            picture = StylePicture(document.new_id("picture"), read.photo, read.display, read.photo.name)
            picture_actions.set_picture(self._workspace, place, picture)
        else:
            self._workspace.notify(Notice(
                self.tr("There is no room for {0}.").format(job.path.name),
                self.tr("A recipe takes {0} style pictures at most.").format(len(PICTURES)),
                self.tr("Remove one, or drop the picture on the one that it is to replace."), "warning"))

    def _on_unreadable(self, job: _ToRead, generation: int, error: Exception) -> None:
        if generation != self._generation:
            return
        self._reading = None
        if isinstance(error, CoiffeError):
            notice = notice_of(error)
        else:
            notice = Notice(self.tr("{0} cannot be opened.").format(job.path.name), str(error),
                            self.tr("Try a copy saved as PNG or JPEG."), detail=repr(error))
        self._workspace.notify(notice)
        self._next()

    # -- faces and hair ---------------------------------------------------------------------------------------------
    def analyse(self, source_id: str, *, points: Mapping[str, tuple[float, float]] | None = None,
                face_index: int = 0, replace_hair: bool = False) -> None:
        """Have face and hair of a source found.

        Args:
            source_id: which.
            points: hand-set points that fix where the face is.
            face_index: which of several faces.
            replace_hair: the artist asked for it, so even a painted hair mask is replaced, as one undo step.
        """
        source = self._workspace.source(source_id)
        if source is None:
            return
        earlier = self._asked.get(source_id)
        self._asked[source_id] = _Asked(points is not None, face_index,
                                        replace_hair or (earlier is not None and earlier.replace_hair))
        self._given_up.discard(source)
        self._workspace.engine.analyse(source_id, source.photo, points=points, face_index=face_index)
        self.statusChanged.emit(self.status)

    @Slot(str)
    def analyse_again(self, source_id: str) -> None:
        """The artist moved face points or chose another face: find the rest anew, from what is now set."""
        source = self._workspace.source(source_id)
        if source is not None and source.face is not None:
            face = source.face
            self.analyse(source_id, points=face.points if face.by_hand else None, face_index=face.index)

    @Slot(str)
    def find_hair(self, source_id: str) -> None:
        """Replace the hair mask by what is found, painted or not; can be undone."""
        source = self._workspace.source(source_id)
        if source is not None:
            face = source.face
            points = face.points if face is not None and face.by_hand else None
            self.analyse(source_id, points=points, face_index=0 if face is None else face.index, replace_hair=True)

    @Slot()
    def _on_document(self) -> None:
        for owner in list(self._asked):
            self._workspace.engine.forget(owner)
        self._asked.clear()
        self._texts.clear()
        self._given_up.clear()
        self._look_for_unknown()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.topic is Topic.SOURCES:
            for owner in [owner for owner in self._asked if self._workspace.source(owner) is None]:
                self._workspace.engine.forget(owner)
                del self._asked[owner]
            self._look_for_unknown()

    def _look_for_unknown(self) -> None:
        document = self._workspace.document
        for source in [] if document is None else list(document.sources.values()):
            if source.face is None and source.id not in self._asked and source not in self._given_up:
                self.analyse(source.id)
        self.statusChanged.emit(self.status)

    @Slot(str, str)
    def _on_progress(self, owner: str, text: str) -> None:
        source = self._workspace.source(owner)
        if source is not None and owner in self._asked:
            self._texts[owner] = f"{source.name}: {text}"
            self.statusChanged.emit(self.status)

    @Slot(object)
    def _on_analysed(self, analysis: PhotoAnalysis) -> None:
        asked = self._asked.pop(analysis.owner, None)
        self._texts.pop(analysis.owner, None)
        document, source = self._workspace.document, self._workspace.source(analysis.owner)
        if asked is not None and document is not None and source is not None:
            source.face = _face(analysis, asked, source.face)
            source.warnings = analysis.warnings
            document.changed(Topic.FACE, source.id)
            self._take_hair(document, source, analysis, asked)
            if analysis.warnings:
                self._workspace.notify(Notice(" ".join(analysis.warnings), level="warning"))
        self.statusChanged.emit(self.status)

    def _take_hair(self, document: Document, source: Source, analysis: PhotoAnalysis, asked: _Asked) -> None:
        mask = source.masks["hair"]
        if analysis.hair.shape != mask.data.shape:
            return
        if asked.replace_hair:
            self._workspace.push(SetMask(Target(source.id, "hair"), analysis.hair, self.tr("Find the hair"),
                                         painted=False, spread=(0.0, 0.0)))
        elif not source.hair_painted:
            # Not copied into the mask, most of which nothing has written to yet: fresh memory takes its time.
            mask.data = np.require(analysis.hair, np.uint8, ("C", "W"))
            mask.touch()
            source.hair_known = True
            document.changed(Topic.MASK, source.id, "hair")

    @Slot(object, str)
    def _on_failed(self, failure: Failure, owner: str) -> None:
        if self._asked.pop(owner, None) is None:
            return
        self._texts.pop(owner, None)
        source = self._workspace.source(owner)
        if source is not None:
            self._given_up.add(source)
            self.faceMissing.emit(notice_of(failure, "warning"), owner)
        self.statusChanged.emit(self.status)


def _read(job: _ToRead) -> _ReadPhoto | _ReadProject:
    """Everything about a file that takes time; runs beside the window."""
    notes: list[str] = []
    project = is_project(job.path)
    if project and job.identity:
        document = load_project(job.path, warnings=notes)
        for source in document.sources.values():
            # Computed here once, else the engine's first question for it would hold up the window.
            _ = source.photo.digest
        for picture in document.pictures.values():
            _ = picture.photo.digest
        return _ReadProject(document, prepared_for(document), tuple(notes))
    photo = _merged(job.path) if project else read_photo(job.path, warnings=notes)
    display = display_pixels(photo.pixels, photo.icc)
    _ = photo.digest
    hair = None if job.hair is None else read_mask(job.hair, (photo.width, photo.height), name="hair mask")
    return _ReadPhoto(photo, display, prepared(display), tuple(notes), hair)


def _merged(path: Path) -> Photo:
    """All layers of a project as one photo."""
    with Archive(path) as archive:
        return read_merged(archive)


def _source(source_id: str, read: _ReadPhoto) -> Source:
    source = Source(source_id, read.photo, read.display, read.photo.name)
    keep(source, read.levels)
    if read.hair is not None:
        # Shown at once; like any mask that was found, it makes way for what the analysis finds.
        source.masks["hair"].data = np.require(read.hair, np.uint8, ("C", "W"))
        source.hair_known = True
    return source


def _face(analysis: PhotoAnalysis, asked: _Asked, before: FaceInfo | None) -> FaceInfo:
    known = before.faces if asked.by_hand and before is not None and before.faces else analysis.faces
    return FaceInfo(dict(analysis.points), analysis.quad, analysis.landmarks, analysis.confidence, asked.by_hand,
                    known, asked.face_index)
