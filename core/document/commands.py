"""Everything that changes a document and can be undone; one object per step of the history.

A step is carried out by ``redo`` and taken back by ``undo``, alternately and in order; both tell the document's
listeners what changed. The pictures a step refers to are shared with the document, never copied.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from core.document.document import IDENTITY, Document
from core.document.events import Topic
from core.document.layer_commands import (
    AddLayer,
    ApplyResult,
    DuplicateLayer,
    MergeDown,
    MoveLayer,
    RemoveLayer,
    SetLayer,
    layer_bytes,
    merge_refusal,
)
from core.document.mask_commands import MaskEdit, SetMask, SetMaskSpread, capture_mask_edit
from core.document.source import FaceInfo, Source
from core.document.step import SingleStep
from core.errors import InputRefused

__all__ = [
    "AddLayer", "AddSource", "ApplyResult", "Command", "DuplicateLayer", "MaskEdit", "MergeDown", "MoveLayer",
    "RemoveLayer", "RemoveSource", "SetFace", "SetLayer", "SetMask", "SetMaskSpread", "SetSlots",
    "capture_mask_edit", "layer_bytes", "merge_refusal",
]

_SMALL = 300


class Command(Protocol):
    """One step of the history.

    Attributes:
        text: what the history shows.
        size: bytes that would be free without this step.
        merge_key: steps with the same key that follow each other within one gesture become one; "" = never.
    """

    @property
    def text(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def merge_key(self) -> str: ...

    def redo(self, document: Document) -> None:
        """Carry it out; nothing has changed if this raises."""
        ...

    def undo(self, document: Document) -> None:
        """Take it back, exactly."""
        ...

    def merge(self, other: object) -> bool:
        """Take over a later step that was already carried out; False when that is impossible."""
        ...


def source_bytes(source: Source) -> int:
    """Memory of a photo with its display copy and masks."""
    alpha = 0 if source.photo.alpha is None else source.photo.alpha.nbytes
    masks = sum(mask.data.nbytes for mask in source.masks.values())
    display = 0 if np.may_share_memory(source.photo.pixels, source.display) else source.display.nbytes
    return source.photo.pixels.nbytes + alpha + display + masks


class AddSource(SingleStep):
    """Adds a reference.

    Args:
        source: with an id of ``Document.new_id("reference")``.
        slots: the slots it takes, e.g. {"shape": its id}; the others stay.
    """

    def __init__(self, source: Source, slots: dict[str, str], text: str = "Add reference") -> None:
        if source.id == IDENTITY:
            raise ValueError("the portrait is no reference")
        self.text = text
        self._source, self._slots = source, dict(slots)
        self._slots_before: dict[str, str] = {}
        self._held = True

    @property
    def size(self) -> int:
        """Bytes held; the photo only while it is not in the document."""
        return _SMALL + (source_bytes(self._source) if self._held else 0)

    def redo(self, document: Document) -> None:
        """Add it."""
        self._slots_before = dict(document.slots)
        document.sources[self._source.id] = self._source
        document.slots = {**document.slots, **self._slots}
        self._held = False
        document.changed(Topic.SOURCES, self._source.id)

    def undo(self, document: Document) -> None:
        """Take it out."""
        document.sources.pop(self._source.id, None)
        document.slots = dict(self._slots_before)
        self._held = True
        document.changed(Topic.SOURCES, self._source.id)


class RemoveSource(SingleStep):
    """Takes a reference and its slots out; layers made from it stay."""

    def __init__(self, source_id: str, text: str = "Remove reference") -> None:
        self.text = text
        self._id = source_id
        self._order: list[str] = []
        self._source: Source | None = None
        self._slots: dict[str, str] = {}

    @property
    def size(self) -> int:
        """Bytes held: the photo, while it is out of the document."""
        return _SMALL + (0 if self._source is None else source_bytes(self._source))

    def redo(self, document: Document) -> None:
        """Take it out.

        Raises:
            InputRefused: it is the portrait.
            KeyError: there is no such reference.
        """
        if self._id == IDENTITY:
            raise InputRefused("The portrait cannot be removed.", "It is what the document is about.",
                               "Close the document instead.")
        source = document.sources[self._id]
        self._order, self._slots = list(document.sources), dict(document.slots)
        self._source = document.sources.pop(self._id)
        document.slots = {slot: item for slot, item in document.slots.items() if item != self._id}
        document.changed(Topic.SOURCES, source.id)

    def undo(self, document: Document) -> None:
        """Put it back in its place."""
        if self._source is None:
            return
        present = {**document.sources, self._id: self._source}
        document.sources = {key: present[key] for key in [*self._order, *present] if key in present}
        document.slots = dict(self._slots)
        self._source = None
        document.changed(Topic.SOURCES, self._id)


class SetSlots(SingleStep):
    """Says which references give shape and appearance; a slot that is not named becomes empty."""

    size = _SMALL

    def __init__(self, slots: dict[str, str], text: str = "Change references") -> None:
        self.text = text
        self._after = {slot: item for slot, item in slots.items() if item}
        self._before: dict[str, str] = {}

    def redo(self, document: Document) -> None:
        """Set them."""
        self._before = dict(document.slots)
        document.slots = dict(self._after)
        document.changed(Topic.SOURCES)

    def undo(self, document: Document) -> None:
        """Set them as they were."""
        document.slots = dict(self._before)
        document.changed(Topic.SOURCES)


class SetFace(SingleStep):
    """Sets face, points and crop of a photo."""

    def __init__(self, source_id: str, face: FaceInfo | None, text: str = "Adjust face points") -> None:
        self.text = text
        self._id, self._after = source_id, face
        self._before: FaceInfo | None = None

    @property
    def size(self) -> int:
        """Bytes held."""
        meshes = [face.landmarks for face in (self._before, self._after) if face is not None]
        return _SMALL + sum(mesh.nbytes for mesh in meshes if mesh is not None)

    def redo(self, document: Document) -> None:
        """Set it.

        Raises:
            KeyError: there is no such photo.
        """
        source = document.sources[self._id]
        self._before, source.face = source.face, self._after
        document.changed(Topic.FACE, self._id)

    def undo(self, document: Document) -> None:
        """Set it as it was."""
        document.sources[self._id].face = self._before
        document.changed(Topic.FACE, self._id)
