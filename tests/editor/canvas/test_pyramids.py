"""Smaller copies of a picture are made once, right, and forgotten with the picture."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from core.document.document import IDENTITY
from core.document.geometry import Rect
from editor.canvas import pyramids
from editor.canvas.display_cache import DisplayCache
from editor.canvas.pyramids import forget, keep, levels_of, prepared, prepared_for
from editor.canvas.tiles import LEVELS, Levels, level_size


class Owner:
    pass


@pytest.mark.parametrize(("width", "height", "origin"), [(301, 217, (0, 0)), (64, 900, (37, -11)), (5, 3, (-64, 32))])
def test_prepared_levels_are_those_made_when_looked_at(width, height, origin):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    whole, slow = prepared(pixels, origin), levels_of(pixels, origin)
    size = (width + whole.left, height + whole.top)
    for level in reversed(range(LEVELS)):
        everything = Rect(0, 0, level_size(size[0], level), level_size(size[1], level))
        assert np.array_equal(whole.patch(level, everything), slow.patch(level, everything))


def test_all_canvases_share_what_was_prepared(workspace, document):
    levels = prepared(document.identity.display)
    keep(document.identity, levels)
    assert levels_of(document.identity.display) is levels
    first, second = DisplayCache(workspace, IDENTITY), DisplayCache(workspace, IDENTITY)
    assert first.picture.layers[0]._colours is second.picture.layers[0]._colours is levels


def test_levels_go_with_their_owner():
    owner, pixels = Owner(), np.zeros((40, 50, 3), np.uint8)
    keep(owner, prepared(pixels))
    key = (id(pixels), 0, 0)
    assert key in pyramids._known
    del owner
    gc.collect()
    assert key not in pyramids._known


def test_pixels_that_were_written_to_get_new_levels():
    pixels = np.zeros((64, 64, 3), np.uint8)
    old = levels_of(pixels)
    old.make_all()
    pixels[:] = 200
    forget(pixels)
    assert (levels_of(pixels).patch(3, Rect(0, 0, 8, 8)) == 200).all()


def test_a_document_is_prepared_with_all_that_it_shows(document):
    owners = [owner for owner, levels in prepared_for(document) if isinstance(levels, Levels)]
    assert owners == [*document.sources.values(), *document.layers[1:]]
