"""Membranes meet their rim and stay within its range; copies continue structure; grain keeps its strength."""

from __future__ import annotations

import cv2
import numpy as np

from core.imaging.inpaint import blur_known, exemplar, grain, harmonic_fill, reduce_known


def _hole(size: int = 96) -> np.ndarray:
    y, x = np.mgrid[:size, :size]
    return np.hypot(x - size / 2, y - size / 2.2) < size / 4


def test_membrane_reproduces_a_linear_ramp() -> None:
    y, x = np.mgrid[:96, :96].astype(np.float32)
    ramp = np.stack([x / 96, y / 96, (x + y) / 192], axis=2)
    hole = _hole()
    filled = harmonic_fill(np.where(hole[..., None], 0, ramp).astype(np.float32), ~hole, reduce=1, sweeps=60)
    assert np.abs(filled - ramp)[hole].max() < 0.02


def test_membrane_obeys_the_maximum_principle() -> None:
    rng = np.random.default_rng(1)
    image = rng.random((61, 83, 3)).astype(np.float32)
    hole = np.zeros((61, 83), bool)
    hole[10:50, 20:83] = True
    for reduce in (1, 3):
        filled = harmonic_fill(image, ~hole, reduce=reduce)
        assert filled.shape == image.shape
        assert filled.min() >= image[~hole].min() - 1e-5
        assert filled.max() <= image[~hole].max() + 1e-5


def test_membrane_ignores_what_is_unknown() -> None:
    image = np.full((64, 64, 3), 0.4, np.float32)
    hole = _hole(64)
    image[hole] = 1.0
    assert np.allclose(harmonic_fill(image, ~hole), 0.4, atol=1e-5)
    assert not harmonic_fill(image, np.zeros_like(hole)).any()


def test_reduce_known_takes_the_mean_of_known_pixels_only() -> None:
    image = np.zeros((4, 6, 1), np.float32)
    image[0, 0], image[0, 1] = 0.2, 0.9
    known = np.ones((4, 6), bool)
    known[0, 1] = False
    mean, share = reduce_known(image, known, 2)
    assert mean.shape == (2, 3, 1)
    assert np.isclose(mean[0, 0, 0], 0.2 / 3)
    assert np.isclose(share[0, 0], 0.75)


def test_blur_known_does_not_darken_towards_the_unknown() -> None:
    known = ~_hole(64)
    blurred = blur_known(np.full((64, 64, 3), 0.7, np.float32), known, 3.0)
    assert np.allclose(blurred[known], 0.7, atol=1e-4)


def test_exemplar_continues_stripes_that_a_membrane_loses() -> None:
    size = 192
    x = np.mgrid[:size, :size][1].astype(np.float32)
    stripes = (0.5 + 0.3 * np.sign(np.sin(x * 2 * np.pi / 24)))[..., None] * np.ones(3, np.float32)
    stripes = cv2.GaussianBlur(stripes, (0, 0), 1.0).astype(np.float32)
    hole = np.zeros((size, size), bool)
    hole[70:120, 60:130] = True
    smooth = harmonic_fill(stripes, ~hole)
    copied = exemplar(
        stripes, hole, ~hole, start=smooth, locality=50, rng=np.random.default_rng(0), working=96
    )
    inner = np.zeros_like(hole)
    inner[85:105, 75:115] = True
    assert np.abs(copied - stripes)[inner].mean() < 0.5 * np.abs(smooth - stripes)[inner].mean()
    assert np.array_equal(copied[~hole], stripes[~hole])


def test_exemplar_copies_from_the_source_alone() -> None:
    image = np.full((128, 128, 3), 0.3, np.float32)
    image[:, 64:] = (0.9, 0.1, 0.1)
    target = np.zeros((128, 128), bool)
    target[40:80, 40:64] = True
    source = np.zeros_like(target)
    source[:, :60] = True
    source &= ~target
    start = np.full_like(image, 0.3)
    filled = exemplar(
        image, target, source, start=start, locality=300, rng=np.random.default_rng(0), working=64
    )
    assert np.abs(filled[target] - 0.3).max() < 0.05


def test_exemplar_is_repeatable_and_gives_up_gracefully() -> None:
    rng_image = np.random.default_rng(5).random((96, 96, 3)).astype(np.float32)
    target = _hole()
    start = np.full_like(rng_image, 0.5)
    first, second = (
        exemplar(
            rng_image, target, ~target, start=start, locality=300, rng=np.random.default_rng(2), working=96
        )
        for _ in range(2)
    )
    assert np.array_equal(first, second)
    tiny = np.zeros_like(target)
    tiny[:3, :3] = True
    filled = exemplar(rng_image, target, tiny, start=start, locality=300, rng=np.random.default_rng(2))
    assert np.array_equal(filled[target], start[target])


def test_grain_has_the_strength_of_its_source_and_stays_in_the_target() -> None:
    rng = np.random.default_rng(3)
    image = (0.5 + rng.normal(0, 0.02, (160, 160, 3))).astype(np.float32)
    target = np.zeros((160, 160), bool)
    target[:, 90:] = True
    texture = grain(image, ~target, target, np.random.default_rng(0), block=24)
    assert not texture[~target].any()
    fine = image - cv2.GaussianBlur(image, (0, 0), 2.0)
    assert abs(texture[target].std() / fine[~target].std() - 1) < 0.15
    assert abs(texture[target].mean()) < 2e-3


def test_grain_of_a_small_source_is_noise_of_its_spread() -> None:
    image = np.full((40, 40, 3), 0.5, np.float32)
    image[::2, :8] = 0.52
    source = np.zeros((40, 40), bool)
    source[:, :8] = True
    texture = grain(image, source, ~source, np.random.default_rng(0))
    assert 0 < texture[~source].std() < 0.03
