"""The Poisson solver against an exact sparse solution, on the masks that break solvers."""

import cv2
import numpy as np
import pytest

from core.bench.clone import solve_poisson
from core.bench.poisson import irregular_mask, solve_exact
from core.imaging.poisson import membrane, pull_push, solve_divergence

LEVEL = 1 / 255


def pictures(height, width, seed=0):
    rng = np.random.default_rng(seed)
    target = cv2.GaussianBlur(rng.random((height, width, 3), np.float32), (0, 0), 2) * 3 - 1
    source = cv2.GaussianBlur(rng.random((height, width, 3), np.float32), (0, 0), 9) * 5 - 2
    return np.clip(target, 0, 1), np.clip(source, 0, 1)


def masks():
    size = (131, 170)
    thin = np.zeros(size, bool)
    thin[20, 5:160] = thin[5:120, 80] = True
    several = np.zeros(size, bool)
    several[10:40, 10:50] = several[60:100, 90:150] = several[41:59, 120] = several[110, 3] = True
    border = np.zeros(size, bool)
    border[:70, :90] = border[100:, 120:] = True
    perforated = np.ones(size, bool)
    perforated[::7, ::9] = False
    almost_full = np.ones(size, bool)
    almost_full[65, 80] = False
    return {"irregular": irregular_mask(131, seed=3), "thin": thin, "several": several, "border": border,
            "perforated": perforated, "almost full": almost_full}


@pytest.mark.parametrize("name", list(masks()))
def test_agrees_with_exact_solution(name):
    mask = masks()[name]
    target, source = pictures(*mask.shape)
    result = solve_poisson(target, source, mask)
    exact = solve_exact(target, source, mask)
    assert np.abs(result - exact)[mask].max() < 1 * LEVEL
    assert np.array_equal(result[~mask], target[~mask])
    assert result.dtype == np.float32


def test_tolerance_is_kept():
    mask = irregular_mask(200, seed=5)
    target, source = pictures(200, 200)
    exact = solve_exact(target, source, mask)
    tight = solve_poisson(target, source, mask, tolerance=1e-5)
    assert np.abs(tight - exact)[mask].max() < 1e-4


def test_inputs_stay_untouched():
    mask = irregular_mask(64, seed=1)
    target, source = pictures(64, 64)
    kept = target.copy(), source.copy(), mask.copy()
    solve_poisson(target, source, mask)
    for now, before in zip((target, source, mask), kept, strict=True):
        assert np.array_equal(now, before)


def test_empty_mask_returns_target():
    target, source = pictures(30, 40)
    assert np.array_equal(solve_poisson(target, source, np.zeros((30, 40), bool)), target)


def test_full_mask_shifts_source_to_targets_mean():
    target, source = pictures(30, 40)
    result = solve_poisson(target, source, np.ones((30, 40), bool))
    assert np.allclose(result.mean(axis=(0, 1)), target.mean(axis=(0, 1)), atol=1e-5)
    assert np.allclose(np.diff(result, axis=0), np.diff(source, axis=0), atol=1e-5)


def test_membrane_without_border_is_refused():
    with pytest.raises(ValueError, match="border"):
        membrane(np.zeros((8, 8, 3), np.float32), np.ones((8, 8), bool))


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="match"):
        solve_poisson(np.zeros((8, 8, 3)), np.zeros((8, 8, 3)), np.zeros((8, 9)))
    with pytest.raises(ValueError, match="match"):
        solve_poisson(np.zeros((8, 8, 3)), np.zeros((8, 9, 3)), np.zeros((8, 8)))


def test_membrane_continues_a_ramp_and_a_single_channel():
    ramp = np.tile(np.linspace(0, 1, 50, dtype=np.float32), (40, 1))
    mask = np.zeros((40, 50), bool)
    mask[5:30, 10:45] = True
    assert np.abs(membrane(np.where(mask, 9, ramp), mask) - ramp).max() < LEVEL


def test_its_own_divergence_gives_the_picture_back():
    _, source = pictures(60, 70)
    mask = irregular_mask(60, seed=2)
    mask = np.pad(mask, ((0, 0), (0, 10)))
    divergence = -cv2.Laplacian(source, cv2.CV_32F, borderType=cv2.BORDER_REPLICATE)
    start = np.where(mask[..., None], 0.5, source).astype(np.float32)
    assert np.abs(solve_divergence(start, divergence, mask) - source).max() < LEVEL


def test_pull_push_fills_between_known_values():
    values = np.full((50, 60, 3), 0.25, np.float32)
    values[:, 30:] = 0.75
    mask = np.zeros((50, 60), bool)
    mask[10:40, 10:50] = True
    filled = pull_push(np.where(mask[..., None], 0, values), mask)
    assert np.array_equal(filled[~mask], values[~mask])
    assert filled[mask].min() > 0.24
    assert filled[mask].max() < 0.76
    assert not pull_push(values, np.ones((50, 60), bool)).any()
