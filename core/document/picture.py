"""Pictures whose style is wanted: never looked at for a face, without masks, in places of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.document.events import Topic
from core.document.photo import Photo
from core.document.step import SingleStep

if TYPE_CHECKING:
    from core.document.document import Document

_SMALL = 300


@dataclass(frozen=True, eq=False)
class StylePicture:
    """A picture of the document whose style a recipe may take.

    Attributes:
        id: "picture-1", ...
        photo: untouched pixels.
        display: [H, W, 3] uint8 sRGB, what the window shows.
        name: for people.
    """

    id: str
    photo: Photo
    display: NDArray[np.uint8]
    name: str


def picture_bytes(picture: StylePicture) -> int:
    """Memory of a picture; a display that is the picture itself counts once."""
    photo = picture.photo
    alpha = 0 if photo.alpha is None else photo.alpha.nbytes
    display = 0 if np.may_share_memory(photo.pixels, picture.display) else picture.display.nbytes
    return photo.pixels.nbytes + alpha + display


class SetPictures(SingleStep):
    """Says which pictures lie in which places; a place that is not named becomes empty.

    Args:
        pictures: by name of ``core.recipes.request.PICTURES``.
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
