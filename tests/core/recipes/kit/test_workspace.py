"""Regions of the working square: their sizes in known cases, and that none overlaps what it must not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.recipes.kit.workspace import build_workspace, dilate, erode, ring_iterations, to_image, to_tensor
from tests.core.recipes import world


@pytest.mark.parametrize(("size", "expected"), [(256, 5), (128, 2), (512, 10), (1024, 20), (64, 1), (16, 1)])
def test_ring_scales_with_the_size(size: int, expected: int) -> None:
    assert ring_iterations(size) == expected


def test_dilation_and_erosion_are_those_of_a_cross() -> None:
    mask = np.zeros((15, 15), np.uint8)
    mask[7, 7] = 1
    grown = dilate(mask, 3)
    y, x = np.mgrid[:15, :15]
    assert np.array_equal(grown > 0, np.abs(y - 7) + np.abs(x - 7) <= 3)
    assert np.array_equal(erode(grown, 3), mask)


def test_erosion_counts_the_outside_as_empty() -> None:
    assert erode(np.ones((5, 5), np.uint8), 1).sum() == 9


def test_pictures_survive_the_round_trip() -> None:
    image = np.random.default_rng(0).random((8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(to_image(to_tensor(image)), image, atol=1e-6)


def _build(**changes: object) -> tuple:
    identity, shape = world.portrait(1), world.portrait(2)
    composite = world.composite(identity, shape)
    return build_workspace(composite, identity, world.portrait(3), 32, **changes), identity  # type: ignore[arg-type]


def test_regions_do_not_overlap() -> None:
    space, _ = _build()
    pairs = (("core", "ring"), ("keep", "core"), ("keep", "ring"), ("removed", "core"), ("removed", "ring"))
    for first, second in pairs:
        assert float((getattr(space, first) * getattr(space, second)).max()) == 0, (first, second)
    for name in ("keep", "core", "ring", "shape", "removed", "appearance_hair", "invent"):
        weight = getattr(space, name)
        assert weight.shape == (1, 1, 32, 32)
        assert 0 <= float(weight.min()) <= float(weight.max()) <= 1
        assert float(weight.sum()) > 0


def test_person_counts_more_than_background() -> None:
    space, identity = _build(background_weight=0.25)
    crop = identity.alignment
    skin = crop.crop((identity.regions == 1).astype(np.float32), 32) > 0.99
    free = (space.ring[0, 0].numpy() == 0) & (space.shape[0, 0].numpy() == 0)
    hole = space.keep[0, 0].numpy()
    assert hole[skin & free].max() == pytest.approx(1, abs=0.05)
    corner = hole[-1, 0]
    assert corner == pytest.approx(0.25, abs=0.05)


def test_ignored_pixels_have_no_loss() -> None:
    ignore = np.zeros((world.SIDE, world.SIDE), np.uint8)
    ignore[30:40, 10:40] = 255
    space, identity = _build(ignore=ignore)
    inside = torch.from_numpy(identity.alignment.crop(ignore.astype(np.float32), 32) > 254)
    assert inside.any()
    for name in ("keep", "core", "removed"):
        assert float(getattr(space, name)[0, 0][inside].abs().max()) == 0
    assert float(space.ring[0, 0][inside].min()) == pytest.approx(1)
