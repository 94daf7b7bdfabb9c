"""Multi-band blending: seamless inside, exact outside."""

import numpy as np
import pytest

from core.imaging.multiband import blend_bands


def scene():
    base = np.full((120, 140, 3), 0.2, np.float32)
    patch = np.full_like(base, 0.8)
    mask = np.zeros((120, 140), np.float32)
    mask[20:100, 20:120] = 1
    return base, patch, mask


def test_outside_is_bitwise_the_base():
    base, patch, mask = scene()
    result = blend_bands(base, patch, mask)
    assert np.array_equal(result[mask == 0], base[mask == 0])


def test_patch_in_the_middle_and_no_step_at_the_rim():
    base, patch, mask = scene()
    result = blend_bands(base, patch, mask)
    assert abs(float(result[60, 70, 0]) - 0.8) < 0.02
    assert np.abs(np.diff(result[60, :, 0])).max() < 0.15


def test_empty_mask_and_equal_pictures():
    base, patch, mask = scene()
    assert np.array_equal(blend_bands(base, patch, mask * 0), base)
    assert np.allclose(blend_bands(base, base, mask), base, atol=1e-6)


def test_shapes_are_checked():
    base, patch, mask = scene()
    with pytest.raises(ValueError, match="match"):
        blend_bands(base, patch, mask[:-1])
