"""How the window learns what changed in a document, without the document knowing any window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from core.document.geometry import Rect


class Topic(Enum):
    """What a change is about.

    LAYERS: the list of layers (added, removed, moved). LAYER: a property of layer ``item``. PIXELS: the picture of
    layer ``item`` inside ``rect``. MASK: mask ``role`` of ``item`` (a source or a layer) inside ``rect``.
    FACE: face, points or crop of source ``item``. SOURCES: references or style pictures added,
    removed or given another role.
    CANDIDATES: the list of candidates or a property of one. SETTINGS: recipe, parameters, seed and other choices
    of the next run. SAVED: path or saved state.
    """

    LAYERS = "layers"
    LAYER = "layer"
    PIXELS = "pixels"
    MASK = "mask"
    FACE = "face"
    SOURCES = "sources"
    CANDIDATES = "candidates"
    SETTINGS = "settings"
    SAVED = "saved"


@dataclass(frozen=True)
class Change:
    """One change; ``rect`` None means everywhere."""

    topic: Topic
    item: str = ""
    role: str = ""
    rect: Rect | None = None


Listener = Callable[[Change], None]


class Events:
    """Calls every listener, in the order in which they were added, once per change."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def remove(self, listener: Listener) -> None:
        """Forget a listener; without effect when it is unknown."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def emit(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)
