"""The document: one portrait, its references, layers, candidates and the choices of the next run.

Everything here belongs to one thread. Changes that can be undone go through ``core.document.commands``; this class
offers what those need and tells listeners what changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.document.choice import Choice
from core.document.events import Change, Events, Topic
from core.document.geometry import Rect
from core.document.layer import BASE, Layer
from core.document.mask import Mask
from core.document.picture import StylePicture
from core.document.roles import DEFAULT_RECIPE
from core.document.source import Source

IDENTITY = "identity"
SHAPE, APPEARANCE = "shape", "appearance"


@dataclass(frozen=True)
class Target:
    """What a stroke changes: mask ``role`` of the source ``item``, or role "layer" = the mask of layer ``item``."""

    item: str
    role: str


@dataclass(eq=False)
class Candidate:
    """A finished or stopped result, kept for comparison.

    Attributes:
        id, name: unique, and for people.
        rect: where it lies in the document.
        pixels: [h, w, 3] of the identity's type.
        display: [h, w, 3] uint8 sRGB.
        mask: [h, w] uint8, 255 where the run edited.
        report: the run's report.
        latent: named arrays to continue from.
        warnings: of the run.
        complete: False when it was stopped early.
        starred: the artist likes it.
        choices: all answers of the run where it had several.
        guide: [h, w, 4] uint8 of the run's guide in ``guide_rect``, or None.
        guide_rect: where the guide lies in the document; None without one.
    """

    id: str
    name: str
    rect: Rect
    pixels: NDArray[np.unsignedinteger]
    display: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    report: dict[str, Any] = field(default_factory=dict)
    latent: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    complete: bool = True
    starred: bool = False
    choices: tuple[Choice, ...] = ()
    guide: NDArray[np.uint8] | None = None
    guide_rect: Rect | None = None


@dataclass(eq=False)
class RunSettings:
    """The choices of the next run, as the recipe panel shows them.

    ``parameters`` holds, by recipe name, only what differs from the preset's values (see ``core.recipes.catalogue``).
    ``seed_locked`` off draws another seed for every run.
    """

    recipe: str = DEFAULT_RECIPE
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    preset: str = "standard"
    seed: int = 0
    seed_locked: bool = True
    pack: str = "starter"
    blend: str = "auto"
    device: str = "auto"


class Document:
    """See the module; made from the identity photo.

    Args:
        identity: the portrait being edited.
    """

    def __init__(self, identity: Source) -> None:
        if identity.id != IDENTITY:
            raise ValueError("the portrait's source must be named identity")
        self.events = Events()
        self.sources: dict[str, Source] = {IDENTITY: identity}
        self.slots: dict[str, str] = {}
        """SHAPE, APPEARANCE and ``core.document.roles.EXTRA_ROLES`` to the id of a reference; missing = empty."""
        self.pictures: dict[str, StylePicture] = {}
        """By name of ``core.document.roles.PICTURES``; missing = empty."""
        self.layers: list[Layer] = [
            Layer("base", BASE, identity.name, identity.photo.pixels, identity.display)
        ]
        """From the bottom up."""
        self.candidates: list[Candidate] = []
        self.settings = RunSettings()
        self.path: Path | None = None
        self.extra: dict[str, bytes] = {}
        """Entries of the project file that this version does not know; kept on saving."""
        self.counters: dict[str, int] = {}
        """Highest number given by ``new_id``, by prefix."""

    @property
    def identity(self) -> Source:
        return self.sources[IDENTITY]

    @property
    def width(self) -> int:
        return self.identity.width

    @property
    def height(self) -> int:
        return self.identity.height

    @property
    def bounds(self) -> Rect:
        return Rect(0, 0, self.width, self.height)

    @property
    def references(self) -> list[Source]:
        """All sources but the identity, in the order in which they came."""
        return [source for key, source in self.sources.items() if key != IDENTITY]

    def slot(self, name: str) -> Source | None:
        """The reference in a slot, None when empty."""
        return self.sources.get(self.slots.get(name, ""))

    def new_id(self, prefix: str) -> str:
        """An id that was never used in this document: "layer-1", "layer-2", ..."""
        used = {*self.sources, *(layer.id for layer in self.layers), *(c.id for c in self.candidates),
                *(picture.id for picture in self.pictures.values())}
        number = self.counters.get(prefix, 0) + 1
        while f"{prefix}-{number}" in used:
            number += 1
        self.counters[prefix] = number
        return f"{prefix}-{number}"

    def layer(self, layer_id: str) -> Layer:
        """A layer by id.

        Raises:
            KeyError: there is none.
        """
        for layer in self.layers:
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def mask(self, target: Target) -> Mask | None:
        """The mask a target names, None when it does not exist (any more)."""
        if target.role == "layer":
            return next((layer.mask for layer in self.layers if layer.id == target.item), None)
        source = self.sources.get(target.item)
        return None if source is None else source.masks.get(target.role)

    def target_origin(self, target: Target) -> tuple[int, int]:
        """Where pixel (0, 0) of the target's mask lies on the canvas of its source."""
        if target.role == "layer":
            return self.layer(target.item).origin
        return (0, 0)

    def changed(self, topic: Topic, item: str = "", role: str = "", rect: Rect | None = None) -> None:
        """Tell the listeners."""
        self.events.emit(Change(topic, item, role, rect))
