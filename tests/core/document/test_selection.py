"""Lasso and bucket cover exactly what is enclosed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.document.brush import BrushTip, Stroke
from core.document.geometry import Rect
from core.document.mask import Mask
from core.document.selection import NotEnclosed, combine, fill_enclosed, polygon_coverage


def whole(points, size, feather=0.0) -> np.ndarray:
    rect, coverage = polygon_coverage(np.array(points, float), size, feather)
    full = np.zeros((size[1], size[0]), np.uint8)
    full[rect.slices()] = coverage
    return full


def disc(radius, centre, count=400):
    angles = np.linspace(0, 2 * math.pi, count, endpoint=False)
    return np.stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], axis=1)


def outline(mask, points, **values):
    stroke = Stroke(mask, BrushTip(**{"size": 12.0, "hardness": 1.0, "pressure_size": False, **values}), False)
    for point in points:
        stroke.line_to(*point)
    stroke.finish()


def test_whole_pixels_are_exact():
    coverage = whole([(10, 20), (60, 20), (60, 50), (10, 50)], (100, 80))
    expected = np.zeros((80, 100), np.uint8)
    expected[20:50, 10:60] = 255
    assert np.array_equal(coverage, expected)


def test_parts_of_pixels_are_shares():
    coverage = whole([(10.25, 20.5), (60, 20.5), (60, 50), (10.25, 50)], (100, 80))
    assert abs(int(coverage[30, 10]) - 191) <= 8
    assert abs(int(coverage[20, 30]) - 128) <= 8


@pytest.mark.parametrize(("radius", "centre"), [(5.3, (30.2, 40.7)), (140.0, (300.5, 260.25)), (300.0, (290.0, 210.0))])
def test_discs_have_their_area(radius, centre):
    coverage = whole(disc(radius, centre), (900, 700))
    assert coverage.sum() / 255 == pytest.approx(math.pi * radius**2, rel=0.01) if centre[1] > radius else True
    rows, columns = np.indices(coverage.shape) + 0.5
    distance = np.hypot(columns - centre[0], rows - centre[1])
    assert (coverage[distance < radius - 1] == 255).all()
    assert not coverage[distance > radius + 1].any()


def test_crossing_outlines_alternate():
    coverage = whole([(10, 10), (90, 90), (90, 10), (10, 90)], (100, 100))
    assert coverage[50, 80] == 255
    assert coverage[50, 20] == 255
    assert coverage[20, 50] == 0


def test_outlines_far_outside_are_cut():
    coverage = whole([(-5e5, -5e5), (5e5, -5e5), (5e5, 40.0), (-5e5, 40.0)], (100, 80))
    assert (coverage[:40] == 255).all()
    assert not coverage[40:].any()
    assert not whole([(500, 500), (600, 500), (600, 600)], (100, 80)).any()


@pytest.mark.parametrize("points", [[], [(1, 1)], [(1, 1), (5, 5)], [(math.nan, 1), (3, 3), (4, 9)]])
def test_nothing_is_enclosed_by_fewer_than_three_corners(points):
    rect, coverage = polygon_coverage(np.array(points, float).reshape(-1, 2), (50, 50))
    assert coverage.size == 0
    assert rect.width == 0


def test_feather_is_centred_on_the_outline():
    coverage = whole([(50, 50), (150, 50), (150, 150), (50, 150)], (200, 200), feather=20).astype(int)
    row = coverage[100]
    assert row[39] == 0
    assert row[61] == 255
    assert abs((row[49] + row[50]) / 2 - 127.5) < 12
    assert (np.diff(row[38:62]) >= 0).all()
    # Beyond the picture's border the lasso goes on: no soft edge there.
    assert (whole([(-50, -50), (80, -50), (80, 250), (-50, 250)], (100, 200), feather=20)[:, 0] == 255).all()


def test_adding_and_taking_away():
    mask = Mask.empty(100, 80)
    rect, coverage = polygon_coverage(disc(25, (50, 40)), (100, 80))
    combine(mask, rect, coverage, subtract=False)
    added = mask.data.copy()
    assert added[40, 50] == 255
    combine(mask, rect, coverage, subtract=True)
    assert mask.data.max() <= 64
    combine(mask, Rect(3, 3, 3, 9), np.zeros((6, 0), np.uint8), subtract=False)
    assert mask.version == 2


def test_halves_meet_without_a_seam():
    mask = Mask.empty(100, 100)
    for points in ([(10, 10), (50.5, 10), (50.5, 90), (10, 90)], [(50.5, 10), (90, 10), (90, 90), (50.5, 90)]):
        rect, coverage = polygon_coverage(np.array(points), (100, 100))
        combine(mask, rect, coverage, subtract=False)
    assert mask.data[50, 50] >= 190


RING = [(60, 60), (240, 60), (240, 200), (60, 200), (60, 60)]


@pytest.mark.parametrize("hardness", [1.0, 0.5, 0.0])
def test_the_bucket_fills_up_to_the_outline(hardness):
    mask = Mask.empty(300, 260)
    outline(mask, RING, hardness=hardness, size=24.0)
    outside = mask.data[:, :45].copy()
    rect = fill_enclosed(mask, 150, 130)
    assert rect is not None
    assert (mask.data[60:200, 60:240] >= 250).all()
    assert np.array_equal(mask.data[:, :45], outside)
    assert mask.data[20, 20] == 0


def test_small_openings_are_closed():
    mask = Mask.empty(300, 260)
    outline(mask, RING)
    mask.data[125:131, 50:70] = 0
    assert fill_enclosed(mask, 150, 130) is not None
    assert mask.data[130, 100] == 255
    assert mask.data[130, 10] == 0


def test_through_a_large_opening_a_fill_would_flood_the_picture():
    mask = Mask.empty(300, 260)
    outline(mask, RING)
    mask.data[125:185, 50:70] = 0
    before = mask.data.copy()
    with pytest.raises(NotEnclosed):
        fill_enclosed(mask, 150, 130)
    assert np.array_equal(mask.data, before)


def test_the_bucket_at_the_pictures_border():
    mask = Mask.empty(300, 260)
    outline(mask, [(100, -20), (100, 150), (-20, 150)])
    fill_enclosed(mask, 3.2, 3.9)
    assert (mask.data[:140, :90] == 255).all()
    assert mask.data[250, 290] == 0


def test_clearing_an_area_with_its_soft_edge():
    mask = Mask.empty(300, 260)
    outline(mask, [(60, 60), (200, 60)], hardness=0.3, size=40.0)
    outline(mask, [(60, 200), (200, 200)], hardness=0.3, size=40.0)
    other = mask.data[150:].copy()
    assert fill_enclosed(mask, 100, 60, subtract=True) is not None
    assert not mask.data[:130].any()
    assert np.array_equal(mask.data[150:], other)


@pytest.mark.parametrize(("x", "y", "subtract"), [(-1, 5, False), (5, 1e9, False), (150, 60, False), (5, 5, True)])
def test_clicks_without_effect(x, y, subtract):
    mask = Mask.empty(300, 260)
    outline(mask, RING)
    before = mask.data.copy()
    assert fill_enclosed(mask, x, y, subtract) is None
    assert np.array_equal(mask.data, before)


def test_without_an_outline_around_it_nothing_is_filled():
    mask = Mask.empty(300, 260)
    with pytest.raises(NotEnclosed):
        fill_enclosed(mask, 5, 5)
    assert not mask.data.any()
    outline(mask, RING)
    before, version = mask.data.copy(), mask.version
    with pytest.raises(NotEnclosed):
        fill_enclosed(mask, 20, 20)
    assert np.array_equal(mask.data, before)
    assert mask.version == version


def test_the_pictures_border_closes_an_outline():
    mask = Mask.empty(300, 260)
    outline(mask, [(60, -20), (60, 150), (240, 150), (240, -20)])
    assert fill_enclosed(mask, 150, 20) is not None
    assert (mask.data[:140, 70:230] == 255).all()
    assert not mask.data[200:].any()


def test_a_filled_mask_is_cleared_whole():
    mask = Mask(np.full((64, 64), 255, np.uint8))
    assert fill_enclosed(mask, 5, 5, subtract=True) == Rect(0, 0, 64, 64)
    assert not mask.data.any()
