"""Guides are seen by recipes and by no export; style pictures come and go in steps that know what they hold."""

from __future__ import annotations

import numpy as np
import pytest

from core.document.commands import MergeDown, SetLayer
from core.document.composite import flatten
from core.document.document import IDENTITY, Document
from core.document.guide import guide_colours, guide_pixels, shown_guides
from core.document.layer import REFERENCE, Layer
from core.document.mask import Mask
from core.document.photo import Photo
from core.document.picture import StylePicture, picture_bytes
from core.document.picture_commands import SetPictures
from core.document.source import Source
from core.errors import InputRefused

WIDTH, HEIGHT = 40, 30


def make_document(dtype: type = np.uint8) -> Document:
    pixels = np.full((HEIGHT, WIDTH, 3), 90, dtype)
    return Document(Source(IDENTITY, Photo(pixels), np.full((HEIGHT, WIDTH, 3), 90, np.uint8), "portrait"))


def add_guide(document: Document, shade: int, mask: np.ndarray, origin=(0, 0), **properties) -> Layer:
    kind = document.identity.photo.pixels.dtype
    colours = np.full((*mask.shape, 4), shade, np.uint8)
    pixels = guide_colours(colours, kind)
    layer = Layer(document.new_id("layer"), REFERENCE, "Guide", pixels, colours[..., :3].copy(), origin, Mask(mask),
                  guide=True, **properties)
    document.layers.append(layer)
    return layer


def picture(number: int, side: int = 20) -> StylePicture:
    pixels = np.full((side, side, 3), number, np.uint8)
    return StylePicture(f"picture-{number}", Photo(pixels), pixels, f"style {number}")


# -- guides -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_guide_is_its_pixels_times_mask_and_opacity(dtype):
    document = make_document(dtype)
    mask = np.zeros((10, 12), np.uint8)
    mask[2:6, 3:9] = 200
    add_guide(document, 170, mask, (35, -1), opacity=0.5)
    found = guide_pixels(document)
    assert found is not None
    assert found.shape == (HEIGHT, WIDTH, 4)
    assert found.dtype == np.uint8
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    # Its origin lies above the picture and part of it beyond the right edge.
    expected[1:5, 38:40] = 100
    np.testing.assert_array_equal(found[..., 3], expected)
    assert (found[..., :3][expected > 0] == 170).all()


def test_nothing_shown_is_no_guide():
    document = make_document()
    assert guide_pixels(document) is None
    full = np.full((5, 5), 255, np.uint8)
    layer = add_guide(document, 10, full, visible=False)
    assert shown_guides(document) == []
    assert guide_pixels(document) is None
    layer.visible = True
    assert guide_pixels(document) is not None
    layer.mask.data[:] = 0
    layer.mask.touch()
    assert guide_pixels(document) is None
    layer.mask_enabled = False
    assert (guide_pixels(document)[:5, :5, 3] == 255).all()
    layer.origin = (WIDTH, 0)
    assert guide_pixels(document) is None


def test_two_guides_lie_over_each_other():
    document = make_document()
    add_guide(document, 40, np.full((4, 4), 255, np.uint8))
    add_guide(document, 200, np.full((4, 4), 128, np.uint8), (2, 0))
    found = guide_pixels(document)
    above = 128 / 255
    both = round(above * 200 + (1 - above) * 40)
    assert found[0, 0].tolist() == [40, 40, 40, 255]
    assert found[0, 2].tolist() == [both, both, both, 255]
    assert found[0, 5].tolist() == [200, 200, 200, 128]


def test_a_guide_is_in_no_export_until_it_is_made_a_picture():
    document = make_document()
    before = flatten(document)
    layer = add_guide(document, 200, np.full((6, 6), 255, np.uint8))
    np.testing.assert_array_equal(flatten(document), before)
    step = SetLayer(layer.id, guide=False)
    assert step.text == "Use as picture"
    step.redo(document)
    assert (flatten(document)[:6, :6] == 200).all()
    assert guide_pixels(document) is None
    step.undo(document)
    np.testing.assert_array_equal(flatten(document), before)


def test_guides_are_not_merged():
    document = make_document()
    for shade in (10, 20):
        add_guide(document, shade, np.full((6, 6), 255, np.uint8))
    document.layers[1].guide = False
    with pytest.raises(InputRefused, match="merged down"):
        MergeDown(document.layers[2].id).redo(document)


def test_sixteen_bit_colours_come_back_as_they_were():
    document = make_document(np.uint16)
    colours = np.arange(256, dtype=np.uint8).reshape(16, 16)
    guide = np.dstack([colours] * 3 + [np.full_like(colours, 255)])
    layer = add_guide(document, 0, np.full((16, 16), 255, np.uint8))
    layer.pixels = guide_colours(guide, np.dtype(np.uint16))
    np.testing.assert_array_equal(guide_pixels(document)[:16, :16], guide)


# -- style pictures -------------------------------------------------------------------------------------------------
def test_pictures_are_set_and_taken_back():
    document = make_document()
    said = []
    document.events.add(said.append)
    first, second = picture(1), picture(2)
    steps = [SetPictures({"style1": first}), SetPictures({"style1": second, "style3": first}), SetPictures({})]
    states = [{}]
    for step in steps:
        step.redo(document)
        states.append(dict(document.pictures))
    assert states[2] == {"style1": second, "style3": first}
    for step, before in zip(reversed(steps), reversed(states[:-1]), strict=True):
        step.undo(document)
        assert document.pictures == before
    assert len(said) == 6


def test_a_step_counts_what_only_it_holds():
    document = make_document()
    first, second = picture(1), picture(2)
    assert picture_bytes(first) == 20 * 20 * 3
    add, replace = SetPictures({"style1": first}), SetPictures({"style1": second})
    small = SetPictures({}).size
    assert add.size == small + picture_bytes(first)
    add.redo(document)
    assert add.size == small
    replace.redo(document)
    assert replace.size == small + picture_bytes(first)
    replace.undo(document)
    assert replace.size == small + picture_bytes(second)


def test_moving_a_picture_holds_nothing():
    document = make_document()
    first = picture(1)
    SetPictures({"style1": first}).redo(document)
    move = SetPictures({"style2": first})
    move.redo(document)
    assert move.size == SetPictures({}).size


def test_ids_of_pictures_are_not_given_twice():
    document = make_document()
    document.pictures["style1"] = picture(1)
    assert document.new_id("picture") == "picture-2"
