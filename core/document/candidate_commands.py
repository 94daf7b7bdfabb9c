"""Undo steps about results that are kept for comparison."""

from __future__ import annotations

from collections.abc import Sequence

from core.document.document import Candidate, Document
from core.document.events import Topic

_SMALL = 300


def candidate_bytes(candidate: Candidate) -> int:
    """Memory that a candidate holds; pixels that serve as its display too are counted once."""
    arrays = [candidate.pixels, candidate.mask, *candidate.latent.values(),
              *(choice.pixels for choice in candidate.choices)]
    if candidate.guide is not None:
        arrays.append(candidate.guide)
    if candidate.display is not candidate.pixels:
        arrays.append(candidate.display)
    return sum(int(array.nbytes) for array in arrays)


class RemoveCandidates:
    """Takes candidates out of the document; undo puts them back where they were.

    Args:
        candidates: of the document.
        text: as shown in the history.
    """

    merge_key = ""

    def __init__(self, candidates: Sequence[Candidate], text: str) -> None:
        self.text = text
        self._candidates = tuple(candidates)
        self._places: list[tuple[int, Candidate]] = []
        self._held = False

    @property
    def size(self) -> int:
        """Bytes held: the pictures, while they are out of the document."""
        return _SMALL + (sum(candidate_bytes(candidate) for candidate in self._candidates) if self._held else 0)

    def redo(self, document: Document) -> None:
        """Remove them."""
        self._places = [(index, candidate) for index, candidate in enumerate(document.candidates)
                        if any(candidate is other for other in self._candidates)]
        gone = {id(candidate) for _, candidate in self._places}
        document.candidates[:] = [other for other in document.candidates if id(other) not in gone]
        self._held = True
        document.changed(Topic.CANDIDATES)

    def undo(self, document: Document) -> None:
        """Put them back."""
        for index, candidate in self._places:
            document.candidates.insert(min(index, len(document.candidates)), candidate)
        self._held = False
        document.changed(Topic.CANDIDATES)

    def merge(self, other: object) -> bool:
        """Never."""
        return False
