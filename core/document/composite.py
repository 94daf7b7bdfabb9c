"""Flattens layers exactly: floating point inside each tile, and every pixel that no layer covers left as it was.

Blend formulas are those of W3C "Compositing and Blending Level 1" (separable modes, and "plus" as the lighter
operator), applied to display-encoded values as every painting program does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.document.document import Document
from core.document.geometry import Rect, intersection, united
from core.document.layer import BASE, RESULT, Layer
from core.document.mask import Mask

_TILE = 512
_Floats = NDArray[np.floating]


def flatten(document: Document, layers: Sequence[Layer] | None = None) -> NDArray[np.unsignedinteger]:
    """The picture of all visible layers.

    Args:
        document: its identity gives size, type and what lies below everything.
        layers: from the bottom up instead of the document's own; a base layer among them is skipped, because the
            photo is always there, and so are guides, which are no part of the picture.

    Returns:
        [H, W, 3] of the identity's type; where no layer covers, exactly the photo. A new array.
    """
    return flatten_rect(document, document.bounds, layers)


def flatten_rect(
    document: Document, rect: Rect, layers: Sequence[Layer] | None = None
) -> NDArray[np.unsignedinteger]:
    """The same for a part [h, w, 3] of the picture; ``rect`` must lie inside the document."""
    photo = document.identity.photo.pixels
    result = photo[rect.slices()].copy()
    shown = [layer for layer in (document.layers if layers is None else layers)
             if layer.kind != BASE and not layer.guide and layer.visible and layer.opacity > 0]
    covers = [_effective(layer) for layer in shown]
    for top in range(rect.y0, rect.y1, _TILE):
        for left in range(rect.x0, rect.x1, _TILE):
            tile = Rect(left, top, min(left + _TILE, rect.x1), min(top + _TILE, rect.y1))
            inside = Rect(tile.x0 - rect.x0, tile.y0 - rect.y0, tile.x1 - rect.x0, tile.y1 - rect.y0)
            _flatten_tile(result[inside.slices()], tile, shown, covers)
    return result


def blend(mode: str, backdrop: _Floats, source: _Floats) -> _Floats:
    """The mixed colour B(backdrop, source) of a mode of ``BLEND_MODES``, both float32 in 0..1, any shape.

    Raises:
        ValueError: unknown mode.
    """
    if mode in ("normal", "plus"):
        return source
    if mode not in _MIXERS:
        raise ValueError(f"unknown blend mode {mode!r}")
    return _MIXERS[mode](backdrop, source)


def blend_rect(backdrop: _Floats, source: _Floats, alpha: _Floats, mode: str) -> _Floats:
    """Lay source over an opaque backdrop.

    Args:
        backdrop, source: [h, w, 3] float32 in 0..1.
        alpha: [h, w] float32 in 0..1, coverage of the source times its opacity.
        mode: one of ``BLEND_MODES``.

    Returns:
        [h, w, 3] float32 in 0..1; exactly the backdrop where alpha is 0.
    """
    cover = alpha[..., None]
    if mode == "plus":
        return np.minimum(backdrop + cover * source, np.float32(1))
    return backdrop + cover * (blend(mode, backdrop, source) - backdrop)


def merge_layers(lower: Layer, upper: Layer, new_id: str) -> Layer:
    """One layer that looks like two, the upper laid over the lower; growth, feather and opacity become its mask.

    Looks the same wherever the lower layer's mode is "normal" and the upper's is too, or the lower covers fully;
    elsewhere a blend mode that would have seen what lies below both sees the lower layer alone.
    """
    rect = united(lower.rect, upper.rect)
    shape = (rect.height, rect.width)
    pixels = np.zeros((*shape, 3), lower.pixels.dtype)
    same = lower.display is lower.pixels and upper.display is upper.pixels
    display = pixels if same else np.zeros((*shape, 3), np.uint8)
    pictures = [(pixels, lower.pixels, upper.pixels), (display, lower.display, upper.display)][:1 if same else 2]
    mask = np.zeros(shape, np.uint8)
    for layer in (upper, lower):
        place = _shifted(layer.rect, rect)
        pixels[place.slices()] = layer.pixels
        display[place.slices()] = layer.display
    covers = (_effective(lower), _effective(upper))
    for top in range(rect.y0, rect.y1, _TILE):
        tile = Rect(rect.x0, top, rect.x1, min(top + _TILE, rect.y1))
        rows = slice(top - rect.y0, tile.y1 - rect.y0)
        below, above = (_alpha(layer, cover, tile) for layer, cover in zip((lower, upper), covers, strict=True))
        total = above + below - above * below
        mask[rows] = np.rint(total * 255).astype(np.uint8)
        for target, first, second in pictures:
            _merge_rows(target[rows], (lower, first, below), (upper, second, above), total, tile)
    return Layer(new_id, RESULT, lower.name, pixels, display, (rect.x0, rect.y0), Mask(mask),
                 blend_mode=lower.blend_mode, details={**lower.details, **upper.details})


_Part = tuple[Layer, NDArray[np.unsignedinteger], _Floats]


def _merge_rows(target: NDArray[np.unsignedinteger], lower: _Part, upper: _Part, total: _Floats, tile: Rect) -> None:
    """Write the merged colour into target [h, w, 3], which holds the lower picture, wherever the upper one covers."""
    covered = upper[2] > 0
    if not covered.any():
        return
    top = _colour(upper[0], upper[1], tile)
    bottom = _colour(lower[0], lower[1], tile)
    above, below = upper[2][..., None], lower[2][..., None]
    if upper[0].blend_mode == "plus":
        summed = np.minimum(above * top + below * bottom, total[..., None])
    else:
        mixed = (1 - below) * top + below * blend(upper[0].blend_mode, bottom, top)
        summed = above * mixed + (1 - above) * below * bottom
    colour = summed / np.maximum(total[..., None], np.float32(1e-6))
    target[covered] = _quantised(colour[covered], target.dtype)


def _flatten_tile(target: NDArray[np.unsignedinteger], tile: Rect, layers: Sequence[Layer],
                  covers: Sequence[NDArray[np.uint8] | None]) -> None:
    """Write the composite of one tile into target [h, w, 3], which holds the photo."""
    colour: _Floats | None = None
    touched = np.zeros(target.shape[:2], bool)
    for layer, cover in zip(layers, covers, strict=True):
        part = intersection(layer.rect, tile)
        if part is None:
            continue
        alpha = _alpha(layer, cover, part)
        if not alpha.any():
            continue
        if colour is None:
            colour = target.astype(np.float32) / np.float32(np.iinfo(target.dtype).max)
        place = _shifted(part, tile).slices()
        colour[place] = blend_rect(colour[place], _colour(layer, layer.pixels, part), alpha, layer.blend_mode)
        touched[place] |= alpha > 0
    if colour is not None:
        target[touched] = _quantised(colour[touched], target.dtype)


def _effective(layer: Layer) -> NDArray[np.uint8] | None:
    return layer.mask.effective() if layer.mask is not None and layer.mask_enabled else None


def _alpha(layer: Layer, cover: NDArray[np.uint8] | None, rect: Rect) -> _Floats:
    """Coverage times opacity [h, w] float32 of a layer in a rectangle of the document; 0 outside the layer."""
    alpha = np.zeros((rect.height, rect.width), np.float32)
    part = intersection(layer.rect, rect)
    if part is not None:
        own = _shifted(part, layer.rect).slices()
        values = np.float32(1) if cover is None else cover[own].astype(np.float32) / np.float32(255)
        alpha[_shifted(part, rect).slices()] = values * np.float32(layer.opacity)
    return alpha


def _colour(layer: Layer, picture: NDArray[np.unsignedinteger], rect: Rect) -> _Floats:
    """Colour [h, w, 3] float32 in 0..1 of a layer's picture in a rectangle of the document; 0 outside the layer."""
    colour = np.zeros((rect.height, rect.width, 3), np.float32)
    part = intersection(layer.rect, rect)
    if part is not None:
        values = picture[_shifted(part, layer.rect).slices()].astype(np.float32)
        colour[_shifted(part, rect).slices()] = values / np.float32(np.iinfo(picture.dtype).max)
    return colour


def _quantised(colour: _Floats, kind: np.dtype) -> NDArray[np.unsignedinteger]:
    largest = np.float32(np.iinfo(kind).max)
    return np.rint(np.clip(colour, 0, 1) * largest).astype(kind)


def _shifted(rect: Rect, origin: Rect) -> Rect:
    return Rect(rect.x0 - origin.x0, rect.y0 - origin.y0, rect.x1 - origin.x0, rect.y1 - origin.y0)


def _overlay(backdrop: _Floats, source: _Floats) -> _Floats:
    return _hard_light(source, backdrop)


def _hard_light(backdrop: _Floats, source: _Floats) -> _Floats:
    doubled = 2 * source
    return np.where(source <= 0.5, backdrop * doubled, backdrop + (doubled - 1) - backdrop * (doubled - 1))


def _color_dodge(backdrop: _Floats, source: _Floats) -> _Floats:
    rest = np.maximum(1 - source, np.float32(1e-9))
    return np.where(backdrop <= 0, np.float32(0), np.where(source >= 1, np.float32(1), np.minimum(1, backdrop / rest)))


def _color_burn(backdrop: _Floats, source: _Floats) -> _Floats:
    burnt = 1 - np.minimum(1, (1 - backdrop) / np.maximum(source, np.float32(1e-9)))
    return np.where(backdrop >= 1, np.float32(1), np.where(source <= 0, np.float32(0), burnt))


def _soft_light(backdrop: _Floats, source: _Floats) -> _Floats:
    dark = ((16 * backdrop - 12) * backdrop + 4) * backdrop
    lifted = np.where(backdrop <= 0.25, dark, np.sqrt(backdrop))
    darker = backdrop - (1 - 2 * source) * backdrop * (1 - backdrop)
    return np.where(source <= 0.5, darker, backdrop + (2 * source - 1) * (lifted - backdrop))


_MIXERS: dict[str, Callable[[_Floats, _Floats], _Floats]] = {
    "multiply": lambda backdrop, source: backdrop * source,
    "screen": lambda backdrop, source: backdrop + source - backdrop * source,
    "overlay": _overlay,
    "darken": np.minimum,
    "lighten": np.maximum,
    "color-dodge": _color_dodge,
    "color-burn": _color_burn,
    "hard-light": _hard_light,
    "soft-light": _soft_light,
    "difference": lambda backdrop, source: np.abs(backdrop - source),
}
