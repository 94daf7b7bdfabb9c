"""Flattening follows the published formulas, and leaves the photo alone wherever no layer covers it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.document.composite import blend, flatten, flatten_rect
from core.document.geometry import Rect
from core.document.layer import BLEND_MODES
from tests.core.document.build import make_document, make_layer

SAMPLES = np.linspace(0, 1, 11)


def by_the_book(mode: str, b: float, s: float) -> float:
    """B(b, s) of W3C Compositing and Blending Level 1, written one value at a time."""
    def hard(b: float, s: float) -> float:
        return b * 2 * s if s <= 0.5 else b + (2 * s - 1) - b * (2 * s - 1)

    def soft(b: float, s: float) -> float:
        d = ((16 * b - 12) * b + 4) * b if b <= 0.25 else math.sqrt(b)
        return b - (1 - 2 * s) * b * (1 - b) if s <= 0.5 else b + (2 * s - 1) * (d - b)

    return {
        "normal": lambda: s, "multiply": lambda: b * s, "screen": lambda: b + s - b * s,
        "overlay": lambda: hard(s, b), "darken": lambda: min(b, s), "lighten": lambda: max(b, s),
        "color-dodge": lambda: 0.0 if b == 0 else 1.0 if s == 1 else min(1.0, b / (1 - s)),
        "color-burn": lambda: 1.0 if b == 1 else 0.0 if s == 0 else 1 - min(1.0, (1 - b) / s),
        "hard-light": lambda: hard(b, s), "soft-light": lambda: soft(b, s), "difference": lambda: abs(b - s),
        "plus": lambda: s,
    }[mode]()


@pytest.mark.parametrize("mode", BLEND_MODES)
def test_formulas(mode):
    backdrop, source = (grid.astype(np.float32) for grid in np.meshgrid(SAMPLES, SAMPLES))
    mixed = blend(mode, backdrop, source)
    for b, s, m in zip(backdrop.ravel(), source.ravel(), mixed.ravel(), strict=True):
        assert m == pytest.approx(by_the_book(mode, float(b), float(s)), abs=2e-5), (b, s)


def test_unknown_modes_are_refused():
    with pytest.raises(ValueError, match="dissolve"):
        blend("dissolve", np.zeros(1, np.float32), np.zeros(1, np.float32))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("mode", BLEND_MODES)
def test_against_a_plain_computation(kind, mode):
    document = make_document(120, 110, kind)
    layer = make_layer(document, 2, opacity=0.6, blend_mode=mode)
    document.layers.append(layer)
    flat = flatten(document)
    assert flat.dtype == kind
    largest = np.iinfo(kind).max
    for row, column in ((31, 25), (60, 50), (80, 90), (99, 109)):
        alpha = float(layer.mask.data[row - 30, column - 20]) / 255 * 0.6
        for channel in range(3):
            b = document.identity.photo.pixels[row, column, channel] / largest
            s = layer.pixels[row - 30, column - 20, channel] / largest
            mixed = (1 - alpha) * b + alpha * by_the_book(mode, b, s)
            expected = min(1.0, b + alpha * s) if mode == "plus" else mixed
            assert abs(float(flat[row, column, channel]) - expected * largest) <= (1 if kind == np.uint8 else 4)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_photo_stays_exact_where_nothing_covers(kind):
    document = make_document(700, 600, kind)
    for seed, origin in ((2, (-30, -20)), (3, (640, 560)), (4, (500, 500)), (5, (5000, 0))):
        document.layers.append(make_layer(document, seed, origin=origin, blend_mode="multiply"))
    flat, photo = flatten(document), document.identity.photo.pixels
    covered = np.zeros(photo.shape[:2], bool)
    for layer in document.layers[1:4]:
        whole = np.zeros((900, 1000), np.uint8)
        x, y = layer.origin
        whole[100 + y:100 + y + 70, 100 + x:100 + x + 90] = layer.mask.data
        covered |= whole[100:700, 100:800] > 0
    assert np.array_equal(flat[~covered], photo[~covered])
    assert (flat[covered] != photo[covered]).any()
    assert np.array_equal(flat, flatten(document))


def test_an_opaque_layer_is_its_own_pixels():
    document = make_document(120, 110, np.uint16)
    layer = make_layer(document, 2)
    layer.mask.data[:] = 255
    document.layers.append(layer)
    assert np.array_equal(flatten(document)[30:100, 20:110], layer.pixels)


def test_what_is_off_does_not_show():
    document = make_document(120, 110)
    photo = document.identity.photo.pixels
    layer = make_layer(document, 2)
    document.layers.append(layer)
    assert not np.array_equal(flatten(document), photo)
    assert np.array_equal(flatten(document, layers=[]), photo)
    layer.visible = False
    assert np.array_equal(flatten(document), photo)
    layer.visible, layer.opacity = True, 0.0
    assert np.array_equal(flatten(document), photo)
    layer.opacity, layer.mask_enabled = 1.0, False
    assert np.array_equal(flatten(document)[30:100, 20:110], layer.pixels)


def test_growth_of_a_mask_counts():
    document = make_document(120, 110)
    layer = make_layer(document, 2)
    layer.mask.data[:] = 0
    layer.mask.data[30:40, 30:40] = 255
    document.layers.append(layer)
    narrow = (flatten(document) != document.identity.photo.pixels).any(axis=2).sum()
    layer.mask.grow = 5.0
    assert (flatten(document) != document.identity.photo.pixels).any(axis=2).sum() > 2 * narrow


def test_a_part_equals_the_whole():
    document = make_document(1100, 600)
    document.layers.append(make_layer(document, 2, origin=(480, 470), size=(200, 100)))
    rect = Rect(470, 450, 700, 590)
    assert np.array_equal(flatten_rect(document, rect), flatten(document)[rect.slices()])
