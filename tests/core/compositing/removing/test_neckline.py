"""The neck's sides under old hair: they run up to the jaw without steps, ledges or widening."""

from __future__ import annotations

import numpy as np
import pytest

from core.compositing.composite import HoleLabel
from core.compositing.removing.hole import plan_hole
from core.compositing.removing.neckline import (
    HIGHEST,
    LOWEST,
    STEP,
    continued_outline,
    jaw_line,
    neck_half_widths,
)
from core.faces.face import Portrait, Region
from tests.core.compositing.people import person
from tests.core.compositing.removing.test_hole import changed, scene_of

HEIGHTS = LOWEST + STEP * (np.arange(round((HIGHEST - LOWEST) / STEP)) + 0.5)


def large(hair: str) -> Portrait:
    """A painted person at twice the usual size."""
    return person(size=(480, 480), centre=(240.0, 244.0), scale=2.0, hair=hair)


def seen_neck(width: float, up_to: float) -> np.ndarray:
    """Rows of a straight neck of half width ``width`` that is seen up to a height."""
    return np.where(up_to > HEIGHTS, width, 0).astype(np.float32)


@pytest.mark.parametrize("up_to", [-0.7, -0.2, 0.0, 0.1, 0.25])
@pytest.mark.parametrize("width", [0.18, 0.25, 0.30])
def test_an_outline_only_tapers_and_never_jumps(width: float, up_to: float) -> None:
    outline = continued_outline(seen_neck(width, up_to), usual=0.21, limit=0.36)
    steps = np.diff(outline)
    assert (steps <= 1e-6).all()
    assert steps.min() > -0.03
    assert outline[-1] < outline[0] - 0.01


def test_a_seen_edge_is_continued_from_where_it_ends() -> None:
    outline = continued_outline(seen_neck(0.27, 0.08), usual=0.21, limit=0.36)
    at_end = np.interp(0.07, HEIGHTS, outline)
    above = np.interp(0.17, HEIGHTS, outline)
    assert at_end == pytest.approx(0.27, abs=0.005)
    assert 0.22 < above < 0.265


def test_a_cheek_above_the_neck_does_not_widen_it() -> None:
    seen = seen_neck(0.22, 0.05)
    plain = continued_outline(seen, usual=0.21, limit=0.40)
    seen[HEIGHTS > 0.05] = 0.38
    assert np.allclose(continued_outline(seen, usual=0.21, limit=0.40), plain)


def test_the_neck_ends_inside_a_jaw_narrower_than_itself() -> None:
    outline = continued_outline(seen_neck(0.30, 0.0), usual=0.21, limit=0.25)
    assert outline[HEIGHTS > 0.08].max() < 0.25
    assert (np.diff(outline) <= 1e-6).all()


def test_the_jaw_line_is_the_lower_side_of_the_face() -> None:
    scene = scene_of(person(hair="long"))
    line = jaw_line(scene)
    assert (scene.t[scene.oval] >= line[scene.oval] - 1e-6).all()
    assert (line[np.abs(scene.side) > 0.75] == np.float32(LOWEST)).all()


@pytest.mark.parametrize("shown", [(0.0, 0.0), (0.27, 0.27), (0.20, 0.30), (0.30, 0.12)])
def test_nothing_of_the_filled_neck_stands_free_beside_the_chin(shown: tuple[float, float]) -> None:
    scene = scene_of(large("long"), reference=large("none"))
    below = (scene.t > -0.4) & (scene.t < 0.15) & ~scene.oval & (np.abs(scene.side) < 0.5)
    bare = below & (scene.t < 0.03) & (scene.side > -shown[0]) & (scene.side < shown[1])
    regions = np.where(bare, np.uint8(Region.SKIN), np.where(below, np.uint8(Region.HAIR), scene.regions))
    scene = changed(scene, regions=regions, hair=np.where(below, np.where(bare, 0, 1), scene.hair).astype(np.float32))
    hole = plan_hole(scene)
    filled = hole.labels == HoleLabel.NECK
    skin = scene.oval | filled | (hole.labels == HoleLabel.FACE_SKIN) | ((scene.regions == Region.SKIN) & ~hole.mask)
    assert filled.any()
    roof = skin & (scene.t > -0.1) & (scene.t < 0.12) & ~scene.oval & ~np.roll(skin, 1, axis=0)
    assert max(np.convolve(row, np.ones(41), "same").max() for row in roof.astype(float)) <= 5


def test_half_widths_do_not_grow_upwards() -> None:
    scene = scene_of(person(hair="long"))
    for wide in neck_half_widths(scene, scene.hair > 0.03, 0.21):
        column = wide[:, scene.image.shape[1] // 2]
        assert (np.diff(column) >= -1e-6).all()
