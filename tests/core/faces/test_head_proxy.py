"""The head proxy: poses from landmarks, and a solid whose front turns while its outline stays one."""

from __future__ import annotations

import numpy as np
import pytest

from core.faces.face import Face
from core.faces.head_proxy import (
    CHIN,
    FOREHEAD,
    LEFT_CHEEK,
    RIGHT_CHEEK,
    Turn,
    fit_head,
    head_pose,
    rigid_rotation,
    seen_share,
    turn_between,
    turn_matrix,
)
from core.faces.mesh import MIRRORED

SIDE = 240


def head() -> np.ndarray:
    """Landmarks [478, 3] of a symmetric egg that looks straight, in pixels of a 240 px picture."""
    rng = np.random.default_rng(3)
    points = np.zeros((478, 3))
    points[:, 0] = rng.uniform(-40, 40, 478)
    points[:, 1] = rng.uniform(-55, 55, 478)
    for one in range(478):
        other = MIRRORED[one]
        if other == one:
            points[one, 0] = 0
        elif other > one:
            points[other] = points[one] * (-1, 1, 1)
    points[FOREHEAD, :2], points[CHIN, :2] = (0, -60), (0, 60)
    points[RIGHT_CHEEK, :2], points[LEFT_CHEEK, :2] = (-48, 0), (48, 0)
    points[:, 2] = -50 * np.sqrt(np.maximum(0, 1 - (points[:, 0] / 50) ** 2 - (points[:, 1] / 75) ** 2))
    return points + np.array([120.0, 120, 0])


def rotated(points: np.ndarray, yaw: float, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """The head turned by plain matrices about the picture's middle; yaw as ``Face.yaw`` counts it."""
    a, b, c = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    middle = np.array([120.0, 120, 0])
    return (points - middle) @ (about_z @ about_x @ about_y).T + middle


def hair_disc(radius: float = 80.0) -> np.ndarray:
    ys, xs = np.mgrid[:SIDE, :SIDE]
    return (np.hypot(xs - 120, ys - 100) < radius).astype(np.float32)


def test_rotation_is_found_again() -> None:
    points = head()[:40]
    turn = turn_matrix(Turn(20, -7))
    assert np.allclose(rigid_rotation(points, 2.5 * points @ turn.T + (3, 4, 5)), turn, atol=1e-9)


@pytest.mark.parametrize(("yaw", "roll"), [(0, 0), (25, 0), (-31, 0), (0, 12), (18, -9)])
def test_pose_from_symmetry(yaw: float, roll: float) -> None:
    points = rotated(head(), yaw, 0, roll)
    pose = head_pose(points)
    assert pose.yaw == pytest.approx(yaw, abs=1.5)
    assert pose.roll == pytest.approx(roll, abs=1.5)
    if not roll:
        face = Face((0, 0, 1, 1), points.astype(np.float32), 1.0)
        assert face.yaw == pytest.approx(yaw, abs=0.1)


def test_pitch_rises_with_the_chin() -> None:
    found = [head_pose(rotated(head(), 0, pitch)).pitch for pitch in (-20, 0, 20)]
    assert np.diff(found) == pytest.approx([20, 20], abs=0.1)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (24, 0), (-38, 0), (0, 12), (20, -10), (-30, 8)])
def test_the_turn_between_two_heads(yaw: float, pitch: float) -> None:
    source, target = head(), rotated(head(), yaw, pitch, 5)
    turn = turn_between(source, target)
    assert turn.yaw == pytest.approx(yaw, abs=0.1)
    assert turn.pitch == pytest.approx(pitch, abs=0.1)
    turned = fit_head(source, hair_disc()).view(turn, SIDE, SIDE).landmarks
    left = turn_between(turned, target)
    assert abs(left.yaw) < 0.05
    assert abs(left.pitch) < 0.05
    assert left.roll == pytest.approx(5, abs=0.1)


def test_the_solid_is_as_wide_as_the_picture_shows() -> None:
    proxy = fit_head(head(), hair_disc())
    # Rows of the hair disc: half its chord; the pivot is at the cheeks, 20 px below the disc's middle.
    for down in (-50.0, -20.0):
        chord = np.sqrt(80**2 - (down + 20) ** 2)
        assert np.interp(down, proxy.rows, proxy.width) == pytest.approx(chord, rel=0.05)
    assert np.interp(-20, proxy.rows, proxy.depth) > 0.8 * np.interp(30, proxy.rows, proxy.depth)


def test_no_turn_is_no_change() -> None:
    proxy = fit_head(head(), hair_disc())
    view = proxy.view(Turn(0, 0), SIDE, SIDE)
    assert np.allclose(view.map_x, np.arange(SIDE)[None, :], atol=1e-3)
    assert np.allclose(view.map_y, np.arange(SIDE)[:, None], atol=1e-3)
    assert np.allclose(view.landmarks, head(), atol=1e-3)


def test_the_front_moves_and_the_outline_stays() -> None:
    proxy = fit_head(head(), hair_disc())
    row = proxy.pivot[1] - 30
    middle, half, front = (float(np.interp(-30, proxy.rows, v)) for v in (proxy.centre, proxy.width, proxy.depth))
    xs = proxy.pivot[0] + middle + half * np.array([-1.2, -1, 0, 1, 1.3])
    source, facing = proxy.shell_source(np.stack([xs, np.full(5, row)], axis=1), Turn(20, 0))
    moved = source[:, 0] - xs
    assert np.allclose(moved[[0, 1, 3, 4]], 0, atol=1e-6)
    # A head that turns towards the picture's right moves its front to the right: it comes from further left.
    assert moved[2] == pytest.approx(-front * np.sin(np.radians(20)), rel=1e-6)
    assert facing[2] == pytest.approx(np.sqrt(1 - (front / half * np.sin(np.radians(20))) ** 2))
    # What comes into view at the left outline was turned away before, what is at the right one was not.
    assert facing[1] < 0 < facing[3] or facing[3] < 0 < facing[1]


@pytest.mark.parametrize("yaw", [-40, -20, 20, 40])
def test_strands_do_not_fold(yaw: float) -> None:
    proxy = fit_head(head(), hair_disc())
    xs = np.linspace(20, 220, 401)
    for row in (40.0, 70.0, 100.0, 130.0):
        source, _ = proxy.shell_source(np.stack([xs, np.full(401, row)], axis=1), Turn(yaw, 0))
        assert (np.diff(source[:, 0]) > -1e-9).all()


def test_the_face_follows_its_landmarks() -> None:
    source = head()
    proxy = fit_head(source, hair_disc())
    turn = Turn(15, 0)
    view = proxy.view(turn, SIDE, SIDE)
    for index in (FOREHEAD, 6, 4, 2):
        x, y = np.round(view.landmarks[index, :2]).astype(int)
        assert view.map_x[y, x] == pytest.approx(source[index, 0], abs=3)
        assert view.map_y[y, x] == pytest.approx(source[index, 1], abs=3)


def test_seen_is_a_soft_step_at_right_angles() -> None:
    share = seen_share(np.float32([-1, -0.12, 0, 0.12, 1]))
    assert np.allclose(share, [0, 0, 0.5, 1, 1], atol=1e-6)


def test_a_face_without_height_is_refused() -> None:
    with pytest.raises(ValueError, match="no height"):
        fit_head(np.zeros((478, 3)), hair_disc())
