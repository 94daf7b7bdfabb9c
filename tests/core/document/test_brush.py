"""What artists look at in a stroke: round ends, even lines, the right opacity, nothing outside, everything undone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.document.brush import BrushTip, Stroke
from core.document.dabs import DabCache, build_dab
from core.document.geometry import Rect, bounding_rect
from core.document.mask import Mask
from core.document.tiles import TILE


def tip(**values) -> BrushTip:
    return BrushTip(**{"size": 40.0, "hardness": 1.0, "pressure_size": False, **values})


def painted(points, *, canvas=(400, 300), erase=False, start=None, **values) -> Mask:
    mask = Mask.empty(*canvas)
    if start is not None:
        mask.data[:] = start
    stroke = Stroke(mask, tip(**values), erase)
    for point in points:
        stroke.move_to(*point)
    stroke.finish()
    return mask


def circle(radius, count, centre=(200.0, 150.0)):
    angles = np.linspace(0, 2 * math.pi, count + 1)
    return [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in angles]


@pytest.mark.parametrize("size", [3.0, 10.0, 40.0, 151.0])
@pytest.mark.parametrize("at", [(100.5, 100.5), (100.0, 100.25), (99.8, 101.3)])
def test_a_tap_covers_the_area_of_its_circle(size, at):
    mask = Mask.empty(220, 220)
    stroke = Stroke(mask, tip(size=size), False)
    stroke.move_to(*at)
    stroke.finish()
    area = mask.data.sum() / 255
    assert area == pytest.approx(math.pi * size * size / 4, rel=0.03 if size > 5 else 0.12)
    rows, columns = np.indices(mask.data.shape) + 0.5
    weights = mask.data / mask.data.sum()
    assert (weights * columns).sum() == pytest.approx(at[0], abs=0.13)
    assert (weights * rows).sum() == pytest.approx(at[1], abs=0.13)


@pytest.mark.parametrize("width", [0.5, 1.0, 1.5, 2.0, 3.0, 9.0])
@pytest.mark.parametrize("offset", [0.0, 0.25, 0.5])
def test_thin_lines_cover_their_share(width, offset):
    mask = Mask.empty(300, 60)
    stroke = Stroke(mask, tip(size=width), False)
    stroke.move_to(20, 30.5 + offset)
    stroke.line_to(280, 30.5 + offset)
    stroke.finish()
    columns = mask.data[:, 40:260].sum(axis=0) / 255
    assert np.ptp(columns) < 0.02
    assert columns.mean() == pytest.approx(width, abs=0.06)


@pytest.mark.parametrize("hardness", [0.0, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("size", [12.0, 60.0, 150.0])
def test_lines_have_no_beads(size, hardness):
    mask = Mask.empty(900, 300)
    stroke = Stroke(mask, tip(size=size, hardness=hardness, spacing=0.25), False)
    stroke.move_to(100, 150.5)
    for x in range(117, 800, 17):
        stroke.move_to(x, 150.5)
    stroke.finish()
    rows = mask.data[:, 250:650].astype(int)
    soft = (1 - hardness) * size / 2
    # One grey level where the edge is soft; an eighth of a pixel where it is steep.
    assert np.ptp(rows, axis=1).max() <= max(5, 70 / max(soft, 1))


@pytest.mark.parametrize("hardness", [0.0, 0.5])
def test_soft_edges_fall_evenly(hardness):
    dab = build_dab(400, hardness, 0.5, 0.5)
    profile = dab[dab.shape[0] // 2, dab.shape[1] // 2:].astype(int)
    assert profile[0] == 255
    assert (np.diff(profile) <= 0).all()
    assert np.abs(np.diff(profile)).max() <= 5
    assert profile[-1] == 0


def test_fast_strokes_are_curves_not_polygons():
    # Ten events for a full turn; the first and the last piece know only one neighbour.
    mask = Mask.empty(400, 300)
    stroke = Stroke(mask, tip(size=6), False)
    for point in circle(100, 10):
        stroke.move_to(*point)
    stroke.finish()
    rows, columns = np.nonzero(mask.data > 127)
    radii = np.hypot(columns + 0.5 - 200, rows + 0.5 - 150)
    assert radii.min() > 100 - 3 - 1.5
    assert radii.max() < 100 + 3 + 1.5


@pytest.mark.parametrize("erase", [False, True])
@pytest.mark.parametrize("opacity", [0.25, 0.5, 1.0])
def test_opacity_holds_where_a_stroke_crosses_itself(opacity, erase):
    points = [(100, 100), (300, 100), (300, 200), (200, 200), (200, 50)]
    start = 255 if erase else 0
    mask = painted(points, opacity=opacity, erase=erase, start=start)
    reached = mask.data.min() if erase else mask.data.max()
    assert abs(int(reached) - round(255 * (1 - opacity if erase else opacity))) <= 1


def test_a_second_stroke_adds_to_the_first():
    mask = painted([(100, 100)], opacity=0.5)
    stroke = Stroke(mask, tip(opacity=0.5), False)
    stroke.move_to(100, 100)
    stroke.finish()
    assert mask.data.max() == 192


def test_painting_then_erasing_fully_leaves_nothing():
    points = [(50, 60), (120, 90), (200, 70)]
    mask = painted(points, canvas=(300, 200))
    stroke = Stroke(mask, tip(size=46.0), True)
    for point in points:
        stroke.move_to(*point)
    stroke.finish()
    assert not mask.data.any()


def test_pressure_changes_size_and_opacity_apart():
    weak = painted([(100, 100, 0.5)], pressure_size=True)
    rect = bounding_rect(weak.data)
    assert rect is not None
    assert rect.width == pytest.approx(20, abs=1)
    assert weak.data.max() == 255
    pale = painted([(100, 100, 0.5)], pressure_opacity=True)
    rect = bounding_rect(pale.data)
    assert rect is not None
    assert rect.width == pytest.approx(40, abs=1)
    assert abs(int(pale.data.max()) - 128) <= 1
    mouse = painted([(100, 100)], pressure_size=True, pressure_opacity=True)
    assert np.array_equal(mouse.data, painted([(100, 100)]).data)


def test_pressing_harder_on_the_spot_grows_the_dab():
    mask = Mask.empty(200, 200)
    stroke = Stroke(mask, tip(pressure_size=True), False)
    stroke.move_to(100, 100, 0.1)
    small = int((mask.data > 0).sum())
    assert stroke.move_to(100, 100, 0.9) is not None
    assert (mask.data > 0).sum() > 20 * small


def test_dirty_rectangles_hold_every_change():
    mask = Mask.empty(500, 400)
    mask.data[:] = np.random.default_rng(0).integers(0, 256, mask.data.shape)
    start = mask.data.copy()
    stroke = Stroke(mask, tip(hardness=0.5, opacity=0.7, smoothing=0.4), False)
    generator = np.random.default_rng(5)
    for x, y in generator.uniform(-80, 480, (25, 2)):
        before = mask.data.copy()
        rect = stroke.move_to(x, y, generator.random())
        changed = bounding_rect(before != mask.data)
        if changed is not None:
            assert rect is not None
            assert rect.x0 <= changed.x0
            assert rect.y0 <= changed.y0
            assert rect.x1 >= changed.x1
            assert rect.y1 >= changed.y1
    whole, changed = stroke.finish(), bounding_rect(start != mask.data)
    assert whole is not None
    assert changed is not None
    assert whole.x0 <= changed.x0
    assert whole.y1 >= changed.y1
    assert np.array_equal(stroke.before, start)


def test_abort_restores_everything():
    mask = painted([(30, 30), (200, 200)], canvas=(300, 300), opacity=0.4)
    before, version = mask.data.copy(), mask.version
    stroke = Stroke(mask, tip(), True)
    stroke.move_to(100, 100)
    stroke.move_to(150, 120)
    stroke.line_to(290, 290)
    assert not np.array_equal(mask.data, before)
    assert stroke.abort() is not None
    assert np.array_equal(mask.data, before)
    assert mask.version > version
    assert stroke.abort() is None


def test_strokes_may_leave_the_picture():
    outside = painted([(-500, -500), (-400, 900), (900, 900)], canvas=(200, 200))
    assert not outside.data.any()
    through = painted([(-300, 100), (-100, 100), (300, 100), (600, 100)], canvas=(200, 200))
    assert (through.data[100] == 255).all()
    far = Mask.empty(100, 100)
    stroke = Stroke(far, tip(size=1.0), False)
    for x, y in ((50, 50), (1e300, 20), (float("nan"), 3), (float("inf"), 3), (50, 60)):
        stroke.move_to(x, y)
    stroke.finish()
    assert far.data.any()


@pytest.mark.parametrize("smoothing", [0.0, 0.5, 1.0])
def test_smoothing_ends_where_the_hand_ends(smoothing):
    generator = np.random.default_rng(1)
    points = [(40 + 8 * i, 150 + generator.normal() * 6) for i in range(40)]
    mask = Mask.empty(420, 300)
    stroke = Stroke(mask, tip(size=8.0, smoothing=smoothing), False)
    for point in points:
        stroke.move_to(*point)
    stroke.finish()
    x, y = points[-1]
    assert mask.data[int(y), int(x)] == 255
    assert mask.data[int(points[0][1]), int(points[0][0])] == 255


def test_smoothing_calms_a_shaky_line():
    generator = np.random.default_rng(1)
    points = [(40 + 8 * i, 150 + generator.normal() * 6) for i in range(40)]

    def unrest(smoothing: float) -> float:
        mask = Mask.empty(420, 300)
        stroke = Stroke(mask, tip(size=8.0, smoothing=smoothing), False)
        for point in points:
            stroke.move_to(*point)
        stroke.finish()
        rows = np.arange(300)[:, None]
        middle = (mask.data * rows).sum(axis=0)[60:340] / mask.data.sum(axis=0)[60:340]
        return float(np.abs(np.diff(middle)).sum())

    assert unrest(0.6) < 0.4 * unrest(0.0)


def test_straight_lines_are_straight_and_end_on_the_point():
    mask = Mask.empty(400, 300)
    stroke = Stroke(mask, tip(size=20.0, smoothing=0.8), False)
    stroke.line_to(50, 50)
    stroke.line_to(350, 250)
    stroke.finish()
    rows, columns = np.nonzero(mask.data > 127)
    along = np.array([300, 200]) / math.hypot(300, 200)
    across = (columns + 0.5 - 50) * -along[1] + (rows + 0.5 - 50) * along[0]
    assert np.abs(across).max() < 10.6
    assert mask.data[250, 350] == 255


@pytest.mark.parametrize("size", [1.0, 2000.0])
def test_smallest_and_largest(size):
    mask = Mask.empty(300, 300)
    stroke = Stroke(mask, tip(size=size), False)
    stroke.move_to(150.5, 150.5)
    stroke.move_to(180.5, 150.5)
    stroke.finish()
    assert mask.data[150, 165] == 255
    assert (mask.data == 255).all() == (size == 2000)


def test_wide_spacing_leaves_separate_dabs():
    mask = Mask.empty(400, 100)
    stroke = Stroke(mask, tip(size=20.0, spacing=1.5), False)
    stroke.line_to(30, 50)
    stroke.line_to(370, 50)
    stroke.finish()
    row = mask.data[50] > 127
    assert np.count_nonzero(np.diff(row.astype(int)) == 1) >= 10


def test_the_dab_cache_is_bounded():
    cache = DabCache(budget_bytes=200_000)
    for diameter in range(40, 200):
        dab, left, top = cache.get(float(diameter), 0.8, 300.3, 200.7)
        assert left <= 300 - diameter / 2
        assert top + dab.shape[0] >= 200 + diameter / 2
    assert cache.held_bytes <= 200_000


def test_strokes_use_the_memory_of_the_stroke_before():
    data = np.random.default_rng(4).integers(0, 256, (700, 900)).astype(np.uint8)
    mask, buffers = Mask(data.copy()), []
    lines = (((30, 40), (850, 650), False), ((850, 60), (60, 640), True), ((400, 300), (420, 310), False))
    for start, end, erase in lines:
        untouched = mask.data.copy()
        stroke = Stroke(mask, tip(size=20.0), erase)
        buffers.append(stroke.before)
        stroke.move_to(*start)
        stroke.line_to(*end)
        rect = stroke.finish()
        around = Rect(rect.x0 // TILE * TILE, rect.y0 // TILE * TILE, -(-rect.x1 // TILE) * TILE,
                      -(-rect.y1 // TILE) * TILE)
        assert np.array_equal(stroke.before[around.slices()], untouched[around.slices()])
        fresh = Mask(untouched.copy())
        alone = Stroke(fresh, tip(size=20.0), erase)
        alone.move_to(*start)
        alone.line_to(*end)
        alone.finish()
        assert np.array_equal(mask.data, fresh.data)
        stroke.release()
    assert buffers[0] is buffers[1] is buffers[2]


def test_two_strokes_at_once_and_masks_of_other_sizes_share_nothing():
    mask = Mask.empty(300, 200)
    first = Stroke(mask, tip(), False)
    second = Stroke(mask, tip(), False)
    assert first.before is not second.before
    first.release()
    assert Stroke(Mask.empty(200, 300), tip(), False).before.shape == (300, 200)
