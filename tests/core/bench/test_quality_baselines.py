"""The baselines do what their names say, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from core.bench.quality import baselines
from core.bench.quality.baselines import Layers
from core.faces.frame import CHIN, LEFT_CHEEK, RIGHT_CHEEK
from tests.core.compositing.people import person


@pytest.fixture
def layers():
    rng = np.random.default_rng(1)
    hair = np.zeros((64, 64), bool)
    hair[16:48, 20:44] = True
    bare, source = rng.random((2, 64, 64, 3)).astype(np.float32)
    return Layers(bare, source, hair, 200.0)


def test_hard_paste(layers):
    found = baselines.hard_paste(layers)
    assert np.array_equal(found[layers.hair], layers.source[layers.hair])
    assert np.array_equal(found[~layers.hair], layers.bare[~layers.hair])


def test_feathered_paste_mixes_only_near_the_outline(layers):
    found = baselines.feathered_paste(layers)
    assert np.allclose(found[30:34, 30:34], layers.source[30:34, 30:34], atol=1e-4)
    assert np.allclose(found[:4], layers.bare[:4], atol=1e-6)
    share = (found[32, 20] - layers.bare[32, 20]) / (layers.source[32, 20] - layers.bare[32, 20])
    assert share == pytest.approx(share[0] * np.ones(3), abs=1e-3)
    assert 0.4 < share[0] < 0.7


def test_pyramid_paste_keeps_whole_pictures(layers):
    everything = Layers(layers.bare, layers.source, np.ones((64, 64), bool), 200)
    nothing = Layers(layers.bare, layers.source, np.zeros((64, 64), bool), 200)
    assert np.allclose(baselines.pyramid_paste(everything), layers.source, atol=1e-5)
    assert np.allclose(baselines.pyramid_paste(nothing), layers.bare, atol=1e-5)


def test_pyramid_paste_of_flat_pictures_is_the_mask_seen_through_its_pyramid(layers):
    flat = Layers(np.zeros((64, 64, 3), np.float32), np.ones((64, 64, 3), np.float32), layers.hair, 200)
    found = baselines.pyramid_paste(flat)
    # Flat pictures have their whole energy in the coarsest level: the mask reduced and enlarged again.
    import cv2
    mask = layers.hair.astype(np.float32)
    sizes = [mask.shape]
    for _ in range(4):
        if min(mask.shape) <= 8:
            break
        mask = cv2.pyrDown(mask)
        sizes.append(mask.shape)
    for size in sizes[-2::-1]:
        mask = cv2.pyrUp(mask, dstsize=size[::-1])
    assert np.allclose(found[..., 1], mask, atol=1e-5)


def test_gradient_paste_solves_poisson(layers):
    found = baselines.gradient_paste(layers)
    assert np.array_equal(found[~layers.hair], layers.bare[~layers.hair])

    def laplacian(image):
        return sum(np.roll(image, shift, axis) - image for shift in (1, -1) for axis in (0, 1))

    inside = layers.hair
    difference = np.abs(laplacian(found.astype(float)) - laplacian(layers.source.astype(float)))[inside]
    assert difference.max() < 0.05
    assert np.abs(found - layers.source)[inside].max() > 0.1


def test_ring_joins_a_band_inside_the_outline_only(layers):
    found = baselines.gradient_ring(layers)
    width = round(0.02 * layers.unit)
    core = np.zeros_like(layers.hair)
    core[16 + width:48 - width, 20 + width:44 - width] = True
    assert np.allclose(found[core], layers.source[core], atol=1e-5)
    assert np.array_equal(found[~layers.hair], layers.bare[~layers.hair])
    assert np.abs(found - layers.source)[layers.hair & ~core].max() > 0.1


def test_old_hair_is_gone_from_what_is_pasted_on(case):
    layers = baselines.layers_of(case)
    identity = case.identity
    photo = identity.photo.rgb()
    gone = (identity.hair > 0.9) & ~layers.hair
    assert gone.sum() > 200
    assert np.linalg.norm(layers.bare[gone] - photo[gone], axis=1).mean() > 0.1
    untouched = identity.hair == 0
    near = np.abs(layers.bare - photo).max(axis=2) > 0
    assert (near & untouched).sum() < 0.25 * untouched.sum()
    assert not layers.hair[~case.target.reference.inside].any()


def test_the_guide_of_a_face_on_itself_does_not_move():
    one = person()
    assert np.allclose(baselines.guide_matrix(one, one), [[1, 0, 0], [0, 1, 0]], atol=1e-6)


def test_the_guide_scales_halfway_and_meets_at_the_jaw():
    one, other = person(), person(scale=0.8)
    matrix = baselines.guide_matrix(one, other)
    own, theirs = one.face.landmarks[:, :2].astype(float), other.face.landmarks[:, :2].astype(float)
    base = one.alignment.side / other.alignment.side
    ratio = np.hypot(*(own[LEFT_CHEEK] - own[RIGHT_CHEEK])) / (
        base * np.hypot(*(theirs[LEFT_CHEEK] - theirs[RIGHT_CHEEK])))
    assert np.hypot(*matrix[:, 0]) == pytest.approx(base * (1 + (ratio - 1) / 2), rel=1e-6)

    def anchor(points):
        return ((points[LEFT_CHEEK] + points[RIGHT_CHEEK]) / 2 + points[CHIN]) / 2

    assert matrix[:, :2] @ anchor(theirs) + matrix[:, 2] == pytest.approx(anchor(own))


def test_the_guide_replaces_old_hair_by_flat_colours(case):
    image, alpha = baselines.guide_paste(case)
    assert image.shape == case.identity.photo.pixels.shape
    assert 0 <= alpha.min() <= alpha.max() <= 1
    gone = (case.identity.hair > 0.95) & (alpha == 0)
    assert gone.sum() > 200
    photo = case.identity.photo.rgb()
    assert np.abs(image - photo)[gone].mean() > 0.05
    calm = (case.identity.hair == 0) & (alpha == 0)
    assert np.median(np.abs(image - photo)[calm]) == 0


def test_a_hole_is_filled_from_its_surroundings(case):
    lost = np.zeros(case.identity.hair.shape, np.uint8)
    lost[20:30, 20:30] = 255
    from dataclasses import replace
    holed = replace(case, ignore=lost)
    layers = baselines.layers_of(holed)
    assert np.array_equal(layers.hair, lost > 0)
    smooth = baselines.gradient_paste(layers)
    rim = np.concatenate([smooth[[19, 30], 20:30], smooth[20:30, [19, 30]].swapaxes(0, 1)])
    inner = smooth[20:30, 20:30]
    assert rim.min() - 1e-3 <= inner.min()
    assert inner.max() <= rim.max() + 1e-3
    image, alpha = baselines.guide_paste(holed)
    photo = case.identity.photo.rgb()
    assert np.array_equal(image[lost == 0], photo[lost == 0])
    assert np.array_equal(alpha > 0, lost > 0)
