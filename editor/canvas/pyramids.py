"""Smaller copies of whole pictures, made beside the window once and shared by all canvases that show the picture."""

from __future__ import annotations

from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from core.document.document import Document
from core.document.geometry import Rect
from core.document.layer import BASE
from editor.canvas.coverage import padded_area
from editor.canvas.tiles import Levels

_known: WeakValueDictionary[tuple[int, int, int], Levels] = WeakValueDictionary()
_kept: WeakKeyDictionary[object, Levels] = WeakKeyDictionary()


def levels_of(pixels: NDArray[np.uint8], origin: tuple[int, int] = (0, 0)) -> Levels:
    """The levels of a picture [h, w, 3], the same for everyone who asks while somebody still has them.

    Args:
        pixels: of the picture; they must not change, except for ``forget``.
        origin: (x, y) of the top-left pixel in the document.
    """
    left, top = _room(pixels, origin)
    # As long as its levels live the picture does, and so nothing else can have its id.
    levels = _known.get((id(pixels), left, top))
    if levels is None:
        levels = _known[id(pixels), left, top] = Levels(pixels, left, top)
    return levels


def prepared(pixels: NDArray[np.uint8], origin: tuple[int, int] = (0, 0)) -> Levels:
    """All levels of a picture that no canvas shows yet, for ``keep``; meant to run beside the window."""
    levels = Levels(pixels, *_room(pixels, origin))
    levels.make_all()
    return levels


def prepared_for(document: Document) -> list[tuple[object, Levels]]:
    """The levels of everything in a document that is not open yet, each with whom to ``keep`` it for."""
    found: list[tuple[object, Levels]] = [
        (source, prepared(source.display)) for source in document.sources.values()]
    found += [(layer, prepared(layer.display, layer.origin)) for layer in document.layers if layer.kind != BASE]
    return found


def keep(owner: object, levels: Levels) -> None:
    """Have ``levels_of`` give these as long as the owner exists; on the window's thread."""
    _known[id(levels.full), levels.left, levels.top] = levels
    _kept[owner] = levels


def forget(pixels: NDArray[np.uint8]) -> None:
    """The pixels were written to: make new levels for who asks from now on."""
    for key in [key for key in _known if key[0] == id(pixels)]:
        del _known[key]


def _room(pixels: NDArray[np.uint8], origin: tuple[int, int]) -> tuple[int, int]:
    """What lies left of and above the picture so that all its levels begin on whole pixels."""
    height, width = pixels.shape[:2]
    area = padded_area(Rect(origin[0], origin[1], origin[0] + width, origin[1] + height))
    return origin[0] - area.x0, origin[1] - area.y0
