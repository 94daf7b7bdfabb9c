"""The fit finds known moves, and its residual stays near the face."""

import numpy as np
import pytest

from core.compositing.placing.fit import Fit, fit_faces
from core.document.geometry import transform_points
from core.faces.frame import BROWS, OVAL, face_frame
from core.faces.mirror import mirror_portrait
from tests.core.compositing.people import mesh, person


def turned(points, degrees=12.0, scale=1.7, shift=(40.0, -15.0)):
    angle = np.radians(degrees)
    matrix = np.eye(3)
    matrix[:2, :2] = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix[:2, 2] = shift
    result = points.copy()
    result[:, :2] = transform_points(matrix, points[:, :2])
    return result, matrix


def test_similarity_is_recovered_and_map_agrees_with_it():
    own = mesh((120, 120), 42, 56)
    other, matrix = turned(own)
    fit = fit_faces(own, other)
    assert fit.scale == pytest.approx(1 / 1.7, rel=1e-6)
    assert np.abs(fit.residuals).max() < 1e-3
    map_x, map_y = fit.backward_map(240, 200)
    expected = transform_points(matrix, np.array([[10.0, 20.0], [200.0, 150.0]]))
    assert np.allclose([map_x[20, 10], map_y[20, 10]], expected[0], atol=0.05)
    assert np.allclose([map_x[150, 200], map_y[150, 200]], expected[1], atol=0.05)


def to_reference(fit: Fit, points: np.ndarray) -> np.ndarray:
    return transform_points(np.linalg.inv(fit.matrix), points) + fit.residual_at(points)


def test_residual_meets_a_wider_face_and_fades_away():
    own, other = mesh((120, 120), 46, 56), mesh((120, 120), 40, 56)
    fit = fit_faces(own, other)
    chosen = list(OVAL + BROWS)
    missed = np.abs(transform_points(np.linalg.inv(fit.matrix), own[chosen, :2]) - other[chosen, :2]).max()
    met = np.abs(to_reference(fit, own[chosen, :2].astype(float)) - other[chosen, :2]).max()
    assert met < 0.6 * missed
    assert np.abs(fit.residual_at(np.array([[120.0, 420.0]]))).max() < 0.02 * missed


def test_inverse_of_the_map():
    fit = fit_faces(mesh((120, 120), 46, 56), turned(mesh((100, 130), 40, 58))[0])
    points = np.array([[90.0, 100.0], [150.0, 80.0], [20.0, 230.0]])
    assert np.allclose(fit.to_identity(to_reference(fit, points)), points, atol=0.05)


def test_upper_half_counts_more():
    own = mesh((120, 120), 42, 56)
    other = own.copy()
    other[152, 1] += 30
    other[[148, 377, 176, 400], 1] += 20
    fit = fit_faces(own, other)
    top = transform_points(fit.matrix, other[[10], :2])[0] - own[10, :2]
    chin = transform_points(fit.matrix, other[[152], :2])[0] - own[152, :2]
    assert abs(top[1]) < abs(chin[1]) / 3


def test_frame_axes_follow_a_rolled_head():
    points, _ = turned(mesh((0, 0), 42, 56), degrees=30, scale=1, shift=(200, 200))
    frame = face_frame(points)
    side_t = frame.coordinates(points[[152, 10]])
    assert np.allclose(side_t, [[0, 0], [0, 1]], atol=1e-6)
    side, t = frame.maps(300, 300)
    x, y = 170, 210
    assert np.allclose([side[y, x], t[y, x]], frame.coordinates(np.array([[x, y]]))[0], atol=1e-4)


def test_mirror_keeps_left_left_and_turns_the_yaw():
    portrait = person(size=(260, 240), centre=(110, 122), yaw=14)
    mirrored = mirror_portrait(portrait)
    assert portrait.face.yaw == pytest.approx(14, abs=0.5)
    assert mirrored.face.yaw == pytest.approx(-14, abs=0.5)
    assert mirrored.face.landmarks[33, 0] < mirrored.face.landmarks[263, 0]
    assert np.array_equal(mirror_portrait(mirrored).photo.pixels, portrait.photo.pixels)


def test_degenerate_faces_are_an_error():
    flat = np.zeros((478, 3))
    with pytest.raises(ValueError, match="no height"):
        face_frame(flat)
    with pytest.raises(ValueError, match="distinct"):
        fit_faces(mesh((50, 50), 20, 30), flat)
