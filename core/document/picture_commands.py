"""Undo steps that change style pictures; see ``core.document.commands`` for what all steps have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.document.events import Topic
from core.document.picture import StylePicture, picture_bytes
from core.document.step import SingleStep

if TYPE_CHECKING:
    from core.document.document import Document

_SMALL = 300


class SetPictures(SingleStep):
    """Says which pictures lie in which places; a place that is not named becomes empty.

    Args:
        pictures: by name of ``core.document.roles.PICTURES``.
        text: for the history.
    """

    def __init__(self, pictures: Mapping[str, StylePicture], text: str = "Change style pictures") -> None:
        self.text = text
        self._after = dict(pictures)
        self._before: dict[str, StylePicture] = {}
        self._done = False

    @property
    def size(self) -> int:
        """Bytes held: the pictures that are not in the document because of this step, or until it is done again."""
        held, shown = (self._before, self._after) if self._done else (self._after, self._before)
        there = {picture.id for picture in shown.values()}
        gone = {picture.id: picture for picture in held.values() if picture.id not in there}
        return _SMALL + sum(picture_bytes(picture) for picture in gone.values())

    def redo(self, document: Document) -> None:
        """Set them."""
        self._before = dict(document.pictures)
        document.pictures = dict(self._after)
        self._done = True
        document.changed(Topic.SOURCES)

    def undo(self, document: Document) -> None:
        """Set them as they were."""
        document.pictures = dict(self._before)
        self._done = False
        document.changed(Topic.SOURCES)
