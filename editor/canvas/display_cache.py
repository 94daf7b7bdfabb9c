"""The document as one picture ready to be drawn: composed by tiles, at the size at which it is shown, never twice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter

from core.document.document import IDENTITY, Candidate
from core.document.events import Change, Topic
from core.document.geometry import Rect, intersection, united
from core.document.layer import BASE, Layer
from core.document.mask import Mask
from core.document.source import Source
from editor.canvas.coverage import Coverage, padded_area
from editor.canvas.level_cache import LevelCache
from editor.canvas.pyramids import forget, levels_of
from editor.canvas.qimages import Surface, straight
from editor.canvas.tiles import grown, moved, shrunk
from editor.options import CompareMode
from editor.workspace import Workspace

GUIDE_STRENGTH = 0.5
"""How strongly a guide is drawn: it lies over the picture without being part of it."""
_Mode = QPainter.CompositionMode
MODES = {
    "normal": _Mode.CompositionMode_SourceOver,
    "multiply": _Mode.CompositionMode_Multiply,
    "screen": _Mode.CompositionMode_Screen,
    "overlay": _Mode.CompositionMode_Overlay,
    "darken": _Mode.CompositionMode_Darken,
    "lighten": _Mode.CompositionMode_Lighten,
    "color-dodge": _Mode.CompositionMode_ColorDodge,
    "color-burn": _Mode.CompositionMode_ColorBurn,
    "hard-light": _Mode.CompositionMode_HardLight,
    "soft-light": _Mode.CompositionMode_SoftLight,
    "difference": _Mode.CompositionMode_Difference,
    "plus": _Mode.CompositionMode_Plus,
}


@dataclass(frozen=True, eq=False)
class _Look:
    """Everything of a layer that decides how it looks, to be compared with what it was."""

    display: NDArray[np.uint8]
    mask: Mask | None
    origin: tuple[int, int]
    opacity: float
    mode: str
    spread: tuple[float, float]

    @property
    def rect(self) -> Rect:
        height, width = self.display.shape[:2]
        return Rect(self.origin[0], self.origin[1], self.origin[0] + width, self.origin[1] + height)

    def same(self, other: _Look | None) -> bool:
        """Whether both look alike."""
        return (other is not None and self.display is other.display and self.mask is other.mask
                and (self.origin, self.opacity, self.mode, self.spread)
                == (other.origin, other.opacity, other.mode, other.spread))


class LayerPicture:
    """The pixels and the mask of one layer at every level.

    Args:
        display: [h, w, 3] uint8.
        mask: of the same size, or None for everywhere.
        origin: (x, y) of the top-left pixel in the document.
        opacity: 0..1.
        mode: one of ``MODES``.
    """

    def __init__(
        self, display: NDArray[np.uint8], mask: Mask | None = None, origin: tuple[int, int] = (0, 0),
        opacity: float = 1.0, mode: str = "normal",
    ) -> None:
        self.display, self.mask, self.origin = display, mask, origin
        self.opacity, self.mode = opacity, mode
        height, width = display.shape[:2]
        self.rect = Rect(origin[0], origin[1], origin[0] + width, origin[1] + height)
        self.area = padded_area(self.rect)
        self._colours = levels_of(display, origin)

    @cached_property
    def coverage(self) -> Coverage:
        """Where it is seen."""
        mask = self.mask
        if mask is None:
            mask = Mask(np.full((self.rect.height, self.rect.width), 255, np.uint8))
        return Coverage(mask, self.origin)

    def hides_all(self, rect: Rect, level: int) -> bool:
        """Whether nothing below it can be seen in a part of a level."""
        return (self.mask is None and self.opacity >= 1 and self.mode == "normal" and self.area == self.rect
                and intersection(rect, shrunk(self.area, level)) == rect)

    def colours(self, level: int, rect: Rect) -> NDArray[np.uint8]:
        """Pixels of a part of a level inside the picture."""
        own = shrunk(self.area, level)
        return self._colours.patch(level, moved(rect, -own.x0, -own.y0))

    def tile(self, level: int, rect: Rect) -> QImage | None:
        """A part of a level inside the picture as an image with mask and opacity, or None where it is empty."""
        alpha = self.coverage.patch(level, rect)
        if self.opacity < 1:
            alpha = cv2.convertScaleAbs(alpha, alpha=self.opacity)
        if not cv2.countNonZero(np.ascontiguousarray(alpha)):
            return None
        return straight(self.colours(level, rect), alpha)


class Picture(LevelCache):
    """Layers over each other, the lowest first.

    Args:
        area: as for ``LevelCache``.
        layers: what is shown.
    """

    def __init__(self, area: Rect, layers: list[LayerPicture]) -> None:
        super().__init__(area)
        self.layers = layers

    @property
    def opaque(self) -> bool:
        """Whether it covers its whole area."""
        return any(layer.hides_all(self.area, 0) for layer in self.layers)

    def _compose(self, level: int, rect: Rect, surface: Surface, part: Rect) -> None:
        lowest = 0
        for index, layer in enumerate(self.layers):
            if layer.hides_all(rect, level):
                lowest = index
        pixels = surface.pixels[part.slices()]
        above = self.layers[lowest:]
        if above and above[0].hides_all(rect, level):
            cv2.cvtColor(above[0].colours(level, rect), cv2.COLOR_RGB2BGRA, dst=pixels)
            above = above[1:]
        else:
            pixels[...] = 0
        tiles: list[tuple[LayerPicture, QPoint, QImage]] = []
        for layer in above:
            inside = intersection(rect, shrunk(layer.area, level))
            image = None if inside is None else layer.tile(level, inside)
            if inside is not None and image is not None:
                corner = QPoint(part.x0 + inside.x0 - rect.x0, part.y0 + inside.y0 - rect.y0)
                tiles.append((layer, corner, image))
        if tiles:
            with QPainter(surface.image) as painter:
                for layer, corner, image in tiles:
                    painter.setCompositionMode(MODES[layer.mode])
                    painter.drawImage(corner, image)


def plain_picture(display: NDArray[np.uint8]) -> Picture:
    """A photo without anything else, at the origin of its canvas."""
    height, width = display.shape[:2]
    return Picture(Rect(0, 0, width, height), [LayerPicture(display)])


def candidate_picture(candidate: Candidate) -> Picture:
    """A result where its mask is set, in its place in the document."""
    layer = LayerPicture(candidate.display, Mask(candidate.mask), (candidate.rect.x0, candidate.rect.y0))
    return Picture(layer.area, [layer])


class DisplayCache:
    """What a canvas shows of one source: all layers for the portrait, the photo alone for a reference.

    Args:
        workspace: whose open document is shown.
        source_id: of the source.
    """

    def __init__(self, workspace: Workspace, source_id: str) -> None:
        self._workspace = workspace
        self.source_id = source_id
        self._pictures: dict[str, LayerPicture] = {}
        self._looks: dict[str, _Look] = {}
        self._order: list[str] = []
        self._source: Source | None = None
        self.picture: Picture | None = None
        self._plain: Picture | None = None
        self.reset()

    def reset(self) -> None:
        """Begin anew: another document, or other pixels of the photo."""
        self._pictures, self._looks, self._order = {}, {}, []
        self.picture, self._plain = None, None
        source = self._source = self._workspace.source(self.source_id)
        if source is None:
            return
        if self.source_id != IDENTITY:
            self.picture = plain_picture(source.display)
            return
        self.picture = Picture(Rect(0, 0, source.width, source.height), [])
        self._refresh()

    @property
    def outdated(self) -> bool:
        """Whether the source came, went or was exchanged since ``reset``."""
        return self._workspace.source(self.source_id) is not self._source

    @property
    def plain(self) -> Picture | None:
        """The photo without layers."""
        source = self._workspace.source(self.source_id)
        if self._plain is None and source is not None:
            base = next((layer for layer in self._pictures.values()
                         if layer.display is source.display and layer.mask is None), None)
            self._plain = plain_picture(source.display) if base is None else Picture(base.rect, [base])
        return self._plain

    def apply(self, change: Change) -> Rect | None:
        """Follow a change of the document; the part (document pixels) that looks different now, or None."""
        if self.picture is None or self.source_id != IDENTITY:
            return None
        if change.topic in (Topic.LAYERS, Topic.LAYER):
            return self._refresh()
        if change.topic is Topic.MASK and change.role == "layer":
            return self._mask_changed(change)
        if change.topic is Topic.PIXELS:
            return self._pixels_changed(change)
        return None

    def apply_view(self) -> Rect | None:
        """Follow a change of the view's options; as ``apply``."""
        return self._refresh() if self.source_id == IDENTITY else None

    def _pixels_changed(self, change: Change) -> Rect | None:
        written = self._pictures.pop(change.item, None)
        if written is not None:
            forget(written.display)
        dirty = self._refresh() or change.rect
        look = self._looks.get(change.item)
        if dirty is None and look is not None:
            dirty = look.rect
        if dirty is not None and self.picture is not None:
            self.picture.invalidate(dirty)
        return dirty

    def _mask_changed(self, change: Change) -> Rect | None:
        layer, picture = self._pictures.get(change.item), self.picture
        if layer is None or picture is None or layer.mask is None:
            return self._refresh()
        touched = layer.rect if change.rect is None else moved(change.rect, *layer.origin)
        layer.coverage.invalidate(None if change.rect is None else touched)
        touched = grown(touched, layer.coverage.reach)
        dirty = self._refresh()
        picture.invalidate(touched)
        return touched if dirty is None else united(touched, dirty)

    def _refresh(self) -> Rect | None:
        """Compare every layer with how it looked and redo what differs."""
        document, picture = self._workspace.document, self.picture
        if document is None or picture is None:
            return None
        looks = {layer.id: _look(layer) for layer in document.layers}
        # What is compared is the picture; a guide is no part of it.
        compared = self._workspace.view.compare is not CompareMode.OFF
        order = [layer.id for layer in document.layers
                 if layer.kind == BASE or (layer.visible and layer.opacity > 0 and not (layer.guide and compared))]
        dirty: Rect | None = None
        for key in {*order, *self._order}:
            before, after = self._looks.get(key), looks.get(key)
            if before is not None and before.same(after) and _same_place(key, self._order, order):
                continue
            for look in (before, after):
                if look is not None:
                    dirty = look.rect if dirty is None else united(dirty, look.rect)
        self._pictures = {key: _updated(self._pictures.get(key), look) for key, look in looks.items()}
        self._looks, self._order = looks, order
        picture.layers = [self._pictures[key] for key in order]
        if dirty is not None:
            picture.invalidate(dirty)
        return dirty


def _look(layer: Layer) -> _Look:
    if layer.kind == BASE:
        # As in the flattened picture: the photo is always there.
        return _Look(layer.display, None, layer.origin, 1.0, "normal", (0.0, 0.0))
    mask = layer.mask if layer.mask_enabled else None
    spread = (0.0, 0.0) if mask is None else (mask.grow, mask.feather)
    if layer.guide:
        return _Look(layer.display, mask, layer.origin, layer.opacity * GUIDE_STRENGTH, "normal", spread)
    return _Look(layer.display, mask, layer.origin, layer.opacity, layer.blend_mode, spread)


def _same_place(key: str, before: list[str], after: list[str]) -> bool:
    return key in before and key in after and before.index(key) == after.index(key)


def _updated(picture: LayerPicture | None, look: _Look) -> LayerPicture:
    """The picture of a layer as it looks now, the old one where its pixels and mask stayed."""
    if (picture is None or picture.display is not look.display or picture.mask is not look.mask
            or picture.origin != look.origin):
        return LayerPicture(look.display, look.mask, look.origin, look.opacity, look.mode)
    picture.opacity, picture.mode = look.opacity, look.mode
    return picture
