"""Undo steps that change layers; see ``core.document.commands`` for what all steps have in common."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from core.document.composite import merge_layers
from core.document.document import Candidate, Document
from core.document.events import Topic
from core.document.geometry import Rect, united
from core.document.layer import BASE, BLEND_MODES, RESULT, Layer
from core.document.mask import Mask
from core.document.step import SingleStep
from core.errors import InputRefused

_SMALL = 300
_NOWHERE = Rect(0, 0, 0, 0)
_PROPERTIES = ("opacity", "visible", "blend_mode", "name", "locked", "mask_enabled", "origin", "guide")
_GRADUAL = ("opacity", "origin")
_UNSEEN = ("name", "locked")
_TEXTS = {"opacity": "Layer opacity", "blend_mode": "Blend mode", "name": "Rename layer", "origin": "Move layer"}
_SWITCHES = {
    ("visible", True): "Show layer", ("visible", False): "Hide layer",
    ("locked", True): "Lock layer", ("locked", False): "Unlock layer",
    ("mask_enabled", True): "Enable layer mask", ("mask_enabled", False): "Disable layer mask",
    ("guide", True): "Use as guide", ("guide", False): "Use as picture",
}


def layer_bytes(layer: Layer) -> int:
    """Memory of a layer's pictures and mask; a display that is the picture itself counts once."""
    display = 0 if np.may_share_memory(layer.pixels, layer.display) else layer.display.nbytes
    return layer.pixels.nbytes + display + (0 if layer.mask is None else layer.mask.data.nbytes)


class AddLayer(SingleStep):
    """Puts a layer into the list.

    Args:
        layer: the new one, with an id of ``Document.new_id`` and a mask.
        index: its place from the bottom up; None = on top. The base stays the lowest.
        text: for the history.
    """

    def __init__(self, layer: Layer, index: int | None = None, text: str = "Add layer") -> None:
        if layer.kind == BASE:
            raise ValueError("a document has one base layer, its photo")
        self.text = text
        self._layer, self._index = layer, index
        self._held = True

    @property
    def size(self) -> int:
        """Bytes held; the layer itself only while it is not in the document."""
        return _SMALL + (layer_bytes(self._layer) if self._held else 0)

    def redo(self, document: Document) -> None:
        """Add it."""
        count = len(document.layers)
        place = count if self._index is None else min(max(self._index, 1), count)
        document.layers.insert(place, self._layer)
        self._held = False
        document.changed(Topic.LAYERS, self._layer.id, rect=self._layer.rect)

    def undo(self, document: Document) -> None:
        """Take it out."""
        document.layers.remove(self._layer)
        self._held = True
        document.changed(Topic.LAYERS, self._layer.id, rect=self._layer.rect)


class ApplyResult(SingleStep):
    """Applies a candidate: a result layer on top, whose mask starts as what the run edited.

    Args:
        candidate: stays as it is; its pictures are shared, its mask is copied.
        name: of the new layer.
    """

    def __init__(self, candidate: Candidate, name: str) -> None:
        self.text = f"Apply {name}"
        self._candidate, self._name = candidate, name
        self._layer: Layer | None = None
        self._held = True

    @property
    def size(self) -> int:
        """Bytes held: the mask, while the layer is not in the document; the pictures are the candidate's."""
        return _SMALL + (self._candidate.mask.nbytes if self._held else 0)

    @property
    def layer_id(self) -> str:
        """Id of the layer it made; "" before it was carried out."""
        return "" if self._layer is None else self._layer.id

    def redo(self, document: Document) -> None:
        """Add the layer."""
        if self._layer is None:
            found = self._candidate
            self._layer = Layer(
                document.new_id("layer"), RESULT, self._name, found.pixels, found.display,
                origin=(found.rect.x0, found.rect.y0), mask=Mask(found.mask.copy()), details=dict(found.report))
        document.layers.append(self._layer)
        self._held = False
        document.changed(Topic.LAYERS, self._layer.id, rect=self._layer.rect)

    def undo(self, document: Document) -> None:
        """Take the layer out."""
        if self._layer is not None:
            document.layers.remove(self._layer)
            self._held = True
            document.changed(Topic.LAYERS, self._layer.id, rect=self._layer.rect)


class RemoveLayer(SingleStep):
    """Takes a layer out of the list."""

    def __init__(self, layer_id: str, text: str = "Delete layer") -> None:
        self.text = text
        self._id = layer_id
        self._layer: Layer | None = None
        self._index = 0

    @property
    def size(self) -> int:
        """Bytes held: the layer, while it is out of the document."""
        return _SMALL + (0 if self._layer is None else layer_bytes(self._layer))

    def redo(self, document: Document) -> None:
        """Take it out.

        Raises:
            InputRefused: it is the photo itself.
            KeyError: there is no such layer.
        """
        layer = document.layer(self._id)
        _refuse_base(layer, "deleted")
        self._index = document.layers.index(layer)
        self._layer = document.layers.pop(self._index)
        document.changed(Topic.LAYERS, layer.id, rect=layer.rect)

    def undo(self, document: Document) -> None:
        """Put it back."""
        if self._layer is not None:
            layer, self._layer = self._layer, None
            document.layers.insert(self._index, layer)
            document.changed(Topic.LAYERS, layer.id, rect=layer.rect)


class MoveLayer(SingleStep):
    """Gives a layer another place in the list.

    Args:
        layer_id: which.
        index: the place it has afterwards, from the bottom up; the base stays at 0.
    """

    size = _SMALL

    def __init__(self, layer_id: str, index: int, text: str = "Reorder layers") -> None:
        self.text = text
        self._id, self._index = layer_id, index
        self._before = 0

    def redo(self, document: Document) -> None:
        """Move it.

        Raises:
            InputRefused: it is the photo itself.
            KeyError: there is no such layer.
        """
        layer = document.layer(self._id)
        _refuse_base(layer, "moved")
        self._before = document.layers.index(layer)
        self._place(document, layer, min(max(self._index, 1), len(document.layers) - 1))

    def undo(self, document: Document) -> None:
        """Move it back."""
        self._place(document, document.layer(self._id), self._before)

    def _place(self, document: Document, layer: Layer, index: int) -> None:
        document.layers.remove(layer)
        document.layers.insert(index, layer)
        document.changed(Topic.LAYERS, layer.id, rect=layer.rect)


class SetLayer:
    """Sets properties of a layer: opacity, visible, blend_mode, name, locked, mask_enabled, origin, guide.

    A drag of the opacity or of the layer itself is one step.

    Raises:
        ValueError: an unknown property or a value that it cannot have.
    """

    size = _SMALL

    def __init__(self, layer_id: str, *, text: str = "", **properties: Any) -> None:
        self._id = layer_id
        self._after = {name: _checked(name, value) for name, value in properties.items()}
        if not self._after:
            raise ValueError("nothing to set")
        self._before: dict[str, Any] = {}
        name, value = next(iter(self._after.items()))
        self.text = text or _TEXTS.get(name) or _SWITCHES[name, bool(value)]

    @property
    def merge_key(self) -> str:
        """Steps that set the same gradual property of one layer merge."""
        names = tuple(self._after)
        return f"layer {self._id} {names[0]}" if len(names) == 1 and names[0] in _GRADUAL else ""

    def redo(self, document: Document) -> None:
        """Set the new values.

        Raises:
            KeyError: there is no such layer.
        """
        layer = document.layer(self._id)
        self._before = {name: getattr(layer, name) for name in self._after}
        self._set(document, layer, self._after)

    def undo(self, document: Document) -> None:
        """Set the old values."""
        self._set(document, document.layer(self._id), self._before)

    def merge(self, other: object) -> bool:
        """Take over the value of a later step of the same kind."""
        if not isinstance(other, SetLayer) or not self.merge_key or other.merge_key != self.merge_key:
            return False
        self._after = other._after
        return True

    def _set(self, document: Document, layer: Layer, values: dict[str, Any]) -> None:
        before = layer.rect
        for name, value in values.items():
            setattr(layer, name, value)
        seen = any(name not in _UNSEEN for name in values)
        document.changed(Topic.LAYER, layer.id, rect=united(before, layer.rect) if seen else _NOWHERE)


class DuplicateLayer(SingleStep):
    """Puts a copy of a layer right above it; a copy of the photo becomes a layer with a full mask."""

    def __init__(self, layer_id: str, text: str = "Duplicate layer") -> None:
        self.text = text
        self._id = layer_id
        self._copy: Layer | None = None
        self._held = False

    @property
    def size(self) -> int:
        """Bytes held: the copy's own mask while it is out of the document; its pictures are shared."""
        mask = None if self._copy is None else self._copy.mask
        return _SMALL + (mask.data.nbytes if self._held and mask is not None else 0)

    @property
    def layer_id(self) -> str:
        """Id of the copy; "" before it was made."""
        return "" if self._copy is None else self._copy.id

    def redo(self, document: Document) -> None:
        """Add the copy.

        Raises:
            KeyError: there is no such layer.
        """
        layer = document.layer(self._id)
        if self._copy is None:
            self._copy = _copied(layer, document.new_id("layer"))
        document.layers.insert(document.layers.index(layer) + 1, self._copy)
        self._held = False
        document.changed(Topic.LAYERS, self._copy.id, rect=self._copy.rect)

    def undo(self, document: Document) -> None:
        """Take the copy out."""
        if self._copy is not None:
            document.layers.remove(self._copy)
            self._held = True
            document.changed(Topic.LAYERS, self._copy.id, rect=self._copy.rect)


class MergeDown(SingleStep):
    """Makes one layer of a layer and the one below it; see ``composite.merge_layers``.

    Args:
        layer_id: the upper one.
        text: for the history.
        merged: what ``merge_layers`` made of the two as they are now; None makes it in the first redo.
    """

    def __init__(self, layer_id: str, text: str = "Merge down", *, merged: Layer | None = None) -> None:
        self.text = text
        self._id = layer_id
        self._parts: tuple[Layer, Layer] | None = None
        self._merged: Layer | None = merged
        self._done = False

    @property
    def size(self) -> int:
        """Bytes held: the two layers while merged, the merged one while undone."""
        held = self._parts if self._done else (self._merged,)
        return _SMALL + sum(layer_bytes(layer) for layer in held or () if layer is not None)

    @property
    def layer_id(self) -> str:
        """Id of the merged layer; "" before it was made."""
        return "" if self._merged is None else self._merged.id

    def redo(self, document: Document) -> None:
        """Replace both by one.

        Raises:
            InputRefused: there is no layer below that could take it, see ``merge_refusal``.
            KeyError: there is no such layer.
        """
        if self._merged is None or self._parts is None:
            reason = merge_refusal(document, self._id)
            if reason:
                raise InputRefused("This layer cannot be merged down.", reason, "Choose another layer.")
            index = document.layers.index(document.layer(self._id))
            self._parts = (document.layers[index - 1], document.layers[index])
            if self._merged is None:
                self._merged = merge_layers(*self._parts, document.new_id("layer"))
        index = document.layers.index(self._parts[0])
        document.layers[index:index + 2] = [self._merged]
        self._done = True
        document.changed(Topic.LAYERS, self._merged.id, rect=self._merged.rect)

    def undo(self, document: Document) -> None:
        """Bring both back."""
        if self._merged is not None and self._parts is not None:
            index = document.layers.index(self._merged)
            document.layers[index:index + 1] = list(self._parts)
            self._done = False
            document.changed(Topic.LAYERS, self._id, rect=self._merged.rect)


def merge_refusal(document: Document, layer_id: str) -> str:
    """Why a layer cannot be merged down; "" when it can."""
    index = next((i for i, layer in enumerate(document.layers) if layer.id == layer_id), -1)
    if index < 1:
        return "There is nothing below it."
    below = document.layers[index - 1]
    if below.kind == BASE:
        return "The layer below is the photo, which is never changed."
    if below.guide or document.layers[index].guide:
        return "A guide is no part of the picture."
    if below.locked or document.layers[index].locked:
        return "One of both layers is locked."
    if not below.visible or not document.layers[index].visible:
        return "One of both layers is hidden."
    return ""


def _copied(layer: Layer, new_id: str) -> Layer:
    copy = Layer(**{field.name: getattr(layer, field.name) for field in fields(Layer)})
    copy.id, copy.name, copy.locked, copy.details = new_id, f"{layer.name} copy", False, dict(layer.details)
    if layer.kind == BASE:
        copy.kind = RESULT
    if layer.mask is not None:
        copy.mask = layer.mask.copy()
    else:
        copy.mask = Mask(np.full(layer.pixels.shape[:2], 255, np.uint8))
    return copy


def _checked(name: str, value: Any) -> Any:
    if name not in _PROPERTIES:
        raise ValueError(f"a layer has no property {name!r} to set")
    if name == "opacity":
        return min(max(float(value), 0.0), 1.0)
    if name == "blend_mode" and value not in BLEND_MODES:
        raise ValueError(f"unknown blend mode {value!r}")
    if name == "origin":
        return (int(value[0]), int(value[1]))
    return str(value) if name in ("name", "blend_mode") else bool(value)


def _refuse_base(layer: Layer, verb: str) -> None:
    if layer.kind == BASE:
        raise InputRefused(f"The photo cannot be {verb}.", "It is what everything else lies on.",
                           "Duplicate it and change the copy.")
