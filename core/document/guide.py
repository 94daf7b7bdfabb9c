"""Guides: layers that tell a recipe what is wanted, as the one picture that a request carries."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.document import Document
from core.document.geometry import Rect, intersection
from core.document.layer import BASE, Layer


def shown_guides(document: Document) -> list[Layer]:
    """The guides that count, from the bottom up: hidden ones do not."""
    return [layer for layer in document.layers
            if layer.guide and layer.kind != BASE and layer.visible and layer.opacity > 0]


def guide_pixels(document: Document) -> NDArray[np.uint8] | None:
    """All shown guides over each other, as ``Request.guide`` wants them.

    Returns:
        [H, W, 4] uint8 of the document's size in the portrait's own colours, alpha = mask x opacity, not multiplied
        in; None where nothing of any guide counts. Blend modes mean nothing here.
    """
    result: NDArray[np.uint8] | None = None
    for layer in shown_guides(document):
        part = intersection(layer.rect, document.bounds)
        alpha = None if part is None else _cover(layer, part)
        if part is None or alpha is None or not alpha.any():
            continue
        own = _shifted(part, layer.rect).slices()
        colour = _eight_bit(layer.pixels[own])
        if result is None:
            result = np.zeros((document.height, document.width, 4), np.uint8)
            result[part.slices()] = np.dstack([colour, alpha])
        else:
            result[part.slices()] = _over(result[part.slices()], colour, alpha)
    return result


def guide_colours(guide: NDArray[np.uint8], kind: np.dtype) -> NDArray[np.unsignedinteger]:
    """The colours [h, w, 3] of a guide [h, w, 4] uint8 in the depth of a portrait."""
    colours = np.ascontiguousarray(guide[..., :3])
    return colours.astype(np.uint16) * np.uint16(257) if kind == np.uint16 else colours


def _cover(layer: Layer, part: Rect) -> NDArray[np.uint8]:
    """Mask times opacity [h, w] in a part of the document inside the layer."""
    if layer.mask is None or not layer.mask_enabled:
        cover = np.full((part.height, part.width), 255, np.uint8)
    else:
        cover = np.ascontiguousarray(layer.mask.effective()[_shifted(part, layer.rect).slices()])
    return cover if layer.opacity >= 1 else np.asarray(cv2.convertScaleAbs(cover, alpha=layer.opacity), np.uint8)


def _over(below: NDArray[np.uint8], colour: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colour [h, w, 3] with alpha [h, w] laid over a picture [h, w, 4] that has an alpha of its own."""
    above = alpha[..., None].astype(np.float32) / 255
    under = below[..., 3:].astype(np.float32) / 255 * (1 - above)
    total = above + under
    mixed = (above * colour + under * below[..., :3]) / np.maximum(total, np.float32(1e-6))
    return np.rint(np.concatenate([mixed, total * 255], axis=2)).astype(np.uint8)


def _eight_bit(pixels: NDArray[np.unsignedinteger]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, np.uint8)
    return ((pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def _shifted(rect: Rect, origin: Rect) -> Rect:
    return Rect(rect.x0 - origin.x0, rect.y0 - origin.y0, rect.x1 - origin.x0, rect.y1 - origin.y0)
