import cv2
import numpy as np
import pytest

from core.document.geometry import Rect
from core.document.mask import Mask
from editor.canvas.coverage import Coverage
from editor.canvas.tiles import TILE, Levels, TileGrid, blocks, halved, level_for, shrunk


def pixels(rects):
    return {(x, y) for rect in rects for y in range(rect.y0, rect.y1) for x in range(rect.x0, rect.x1)}


@pytest.mark.parametrize(("scale", "level"), [(4, 0), (1, 0), (0.51, 0), (0.5, 1), (0.26, 1), (0.25, 2), (0.01, 5)])
def test_the_level_has_a_pixel_for_every_device_pixel(scale, level):
    assert level_for(scale) == level


def test_shrunk_covers_every_pixel_it_touches():
    assert shrunk(Rect(3, 4, 9, 8), 2) == Rect(0, 1, 3, 2)
    assert shrunk(Rect(-3, -4, 1, 1), 1) == Rect(-2, -2, 1, 1)


def test_everything_is_out_of_date_once():
    grid = TileGrid(600, 300)
    assert grid.pending(grid.bounds) == 600 * 300
    assert grid.take(grid.bounds) == [grid.bounds]
    assert grid.take(grid.bounds) == []


def test_only_what_is_seen_is_taken():
    grid = TileGrid(4 * TILE, TILE)
    assert grid.take(Rect(10, 10, 20, 20)) == [Rect(0, 0, TILE, TILE)]
    assert grid.pending(grid.bounds) == 3 * TILE * TILE


def test_a_stroke_costs_what_it_touched():
    grid = TileGrid(4 * TILE, 4 * TILE)
    grid.take(grid.bounds)
    stroke = Rect(TILE - 20, TILE - 30, TILE + 15, TILE + 5)
    grid.invalidate(stroke)
    taken = grid.take(grid.bounds)
    assert pixels(taken) == pixels([stroke])


def test_far_strokes_are_not_joined_into_one_huge_rectangle():
    grid = TileGrid(8 * TILE, 8 * TILE)
    grid.take(grid.bounds)
    far = [Rect(0, 0, 9, 9), Rect(8 * TILE - 9, 8 * TILE - 9, 8 * TILE, 8 * TILE)]
    for rect in far:
        grid.invalidate(rect)
    assert sum(rect.width * rect.height for rect in grid.take(grid.bounds)) == 162


def test_what_lies_outside_is_ignored():
    grid = TileGrid(50, 40)
    grid.take(grid.bounds)
    grid.invalidate(Rect(60, 0, 90, 20))
    grid.invalidate(Rect(40, 30, 90, 90))
    assert grid.take(Rect(-100, -100, 500, 500)) == [Rect(40, 30, 50, 40)]


def test_blocks_cover_exactly():
    area = Rect(100, 700, 2400, 1500)
    pieces = list(blocks(area))
    assert sum(piece.width * piece.height for piece in pieces) == area.width * area.height
    assert len(pieces) > 3


def test_halves_of_odd_pictures_repeat_the_last_row():
    values = np.array([[0, 10, 20], [40, 50, 60], [100, 100, 200]], np.uint8)
    assert halved(values).tolist() == [[25, 40], [100, 200]]


@pytest.mark.parametrize("level", [0, 1, 3])
def test_levels_follow_what_is_painted(level):
    full = np.random.default_rng(0).integers(0, 256, (301, 217), dtype=np.uint8)
    levels = Levels(full)
    whole = shrunk(Rect(0, 0, 217, 301), level)
    levels.patch(level, whole)
    full[40:70, 90:140] = 255
    levels.invalidate(Rect(90, 40, 140, 70))
    assert np.array_equal(levels.patch(level, whole), Levels(full.copy()).patch(level, whole))


def blob(width=240, height=180):
    mask = np.zeros((height, width), np.uint8)
    cv2.circle(mask, (110, 90), 50, 255, -1)
    cv2.rectangle(mask, (0, 0), (20, 40), 255, -1)
    return mask


@pytest.mark.parametrize(("grow", "feather"), [(0, 0), (6, 0), (-5, 0), (0, 14), (-7, 10)])
@pytest.mark.parametrize("origin", [(0, 0), (37, -11)])
def test_coverage_of_a_part_is_the_part_of_the_whole(grow, feather, origin):
    mask = Mask(blob())
    mask.grow, mask.feather = grow, feather
    coverage = Coverage(mask, origin)
    part = Rect(70, 30, 150, 110)
    x, y = origin
    wanted = mask.effective()[part.slices()]
    got = coverage.patch(0, Rect(part.x0 + x, part.y0 + y, part.x1 + x, part.y1 + y))
    assert np.abs(got.astype(int) - wanted).max() <= 1


def test_coverage_beyond_the_mask_is_nothing():
    coverage = Coverage(Mask(np.full((10, 10), 255, np.uint8)), (5, 5))
    patch = coverage.patch(0, Rect(0, 0, 20, 20))
    assert patch.sum() == 255 * 100
    assert (patch[5:15, 5:15] == 255).all()
    assert not coverage.patch(0, Rect(100, 100, 104, 104)).any()


@pytest.mark.parametrize("origin", [(0, 0), (13, 7)])
def test_coverage_follows_a_stroke_within_its_reach(origin):
    mask = Mask(blob())
    mask.grow, mask.feather = 4, 8
    x, y = origin
    coverage = Coverage(mask, origin)
    whole = Rect(x, y, 240 + x, 180 + y)
    before = coverage.patch(0, whole).copy()
    mask.data[120:140, 180:200] = 255
    mask.touch()
    dirty = Rect(180 + x, 120 + y, 200 + x, 140 + y)
    coverage.invalidate(dirty)
    after = coverage.patch(0, whole)
    assert np.abs(after.astype(int) - mask.effective()).max() <= 1
    changed = np.argwhere(after != before) + np.array([y, x])
    reach = coverage.reach
    assert (changed.min(0) >= (dirty.y0 - reach, dirty.x0 - reach)).all()
    assert (changed.max(0) < (dirty.y1 + reach, dirty.x1 + reach)).all()


def test_an_exchanged_array_is_noticed():
    mask = Mask(np.zeros((40, 40), np.uint8))
    coverage = Coverage(mask, (0, 0))
    assert not coverage.patch(1, Rect(0, 0, 20, 20)).any()
    mask.data = np.full((40, 40), 255, np.uint8)
    coverage.invalidate(Rect(0, 0, 3, 3))
    assert (coverage.patch(1, Rect(0, 0, 20, 20)) == 255).all()


def test_faint_paint_looks_as_the_mask_says():
    mask = Mask(np.zeros((60, 60), np.uint8))
    mask.data[10:20, 10:20] = 90
    mask.feather = 10
    coverage = Coverage(mask, (0, 0))
    assert np.array_equal(coverage.patch(0, Rect(0, 0, 60, 60)), mask.effective())
    mask.data[40:50, 40:50] = 255
    mask.touch()
    coverage.invalidate(Rect(40, 40, 50, 50))
    assert np.array_equal(coverage.patch(0, Rect(5, 5, 25, 25)), mask.effective()[5:25, 5:25])


@pytest.mark.parametrize("border", [cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT])
def test_levels_with_room_are_those_of_the_padded_array(border):
    full = np.random.default_rng(0).integers(0, 256, (77, 131), dtype=np.uint8)
    levels = Levels(full, 13, 22, border)
    padded = cv2.copyMakeBorder(full, 22, 0, 13, 0, border, value=0)
    for level in range(3):
        assert np.array_equal(levels.patch(level, Rect(0, 0, padded.shape[1], padded.shape[0])), padded)
        padded = halved(padded)
    assert not levels.patch(0, Rect(2, 3, 9, 8)).any()
