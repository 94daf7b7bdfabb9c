"""Bands of detail and grain."""

import cv2
import numpy as np

from core.imaging.detail import limited, missing_grain, noise_level, trusted_sigma


def texture(size=128, seed=0, sigma=1.0):
    rng = np.random.default_rng(seed)
    image = cv2.GaussianBlur(rng.standard_normal((size, size, 3)).astype(np.float32), (0, 0), sigma)
    return 0.5 + 0.1 * image / image.std()


def test_trusted_sigma_grows_with_the_generators_softness():
    guide = 0.5 * texture(sigma=0.6) + 0.5 * texture(seed=1, sigma=6)
    keep = np.ones((128, 128), bool)
    assert trusted_sigma(guide, guide, keep) == 0.5
    noise = texture(seed=2, sigma=0.6) - 0.5
    wrong = cv2.GaussianBlur(guide, (0, 0), 2.5) + noise
    assert trusted_sigma(wrong, guide, keep) > 1
    assert trusted_sigma(guide, guide, np.zeros((128, 128), bool)) == 1


def test_limited_keeps_direction():
    vectors = np.array([[0.3, -0.6, 0.0], [0.01, 0.02, -0.03]], np.float32)
    short = limited(vectors, 0.1)
    assert np.allclose(short[0], [0.05, -0.1, 0], atol=1e-6)
    assert np.array_equal(short[1], vectors[1])


def test_noise_level_measures_noise_not_ramps():
    rng = np.random.default_rng(0)
    ramp = np.repeat(np.linspace(0.2, 0.8, 128, dtype=np.float32)[None, :, None], 128, axis=0).repeat(3, axis=2)
    grey = rng.normal(0, 0.01, (128, 128, 1)).astype(np.float32)
    everywhere = np.ones((128, 128), bool)
    assert noise_level(ramp, everywhere).max() < 1e-4
    assert abs(float(noise_level(ramp + grey, everywhere).mean()) - 0.01) < 0.002


def test_missing_grain_is_supplied_only_where_it_is_missing():
    rng = np.random.default_rng(0)
    photo = (0.5 + rng.normal(0, 0.012, (192, 192, 1)) * np.ones(3)).astype(np.float32)
    target = np.zeros((192, 192), bool)
    target[60:130, 60:130] = True
    flat = np.where(target[..., None], np.float32(0.5), photo)
    grain = missing_grain(photo, ~target, flat, target)
    assert not grain[~target].any()
    level = float(noise_level(flat + grain, target)[80:110, 80:110].mean())
    assert 0.006 < level < 0.018
    assert np.abs(missing_grain(photo, ~target, photo, target)).mean() < 0.3 * np.abs(grain[target]).mean()
    assert not missing_grain(photo, ~target, flat, np.zeros_like(target)).any()
