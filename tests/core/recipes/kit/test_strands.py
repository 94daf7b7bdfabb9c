"""Strands of one head on another: bands add up, contrasts meet, outline, colour and everything else stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.compositing.classical import compose_classical
from core.compositing.composite import Composite
from core.document.photo import Photo
from core.errors import InputRefused
from core.faces.face import Portrait
from core.imaging.colour import rgb_to_lab
from core.recipes.kit.strands import GAINS, OCTAVES, bands, contrast_gains, mixed, with_strands
from tests.core.compositing.people import person

HEIGHT = 112.0


def _striped(seed: int, strength: float, period: float, **named: object) -> Portrait:
    """A painted person whose hair has strands: waves across it."""
    made = person(name=f"{seed}.png", **named)  # type: ignore[arg-type]
    y, x = np.mgrid[:made.photo.height, :made.photo.width]
    wave = strength * np.sin(2 * np.pi * (x + 0.3 * y + seed) / period)
    image = made.photo.rgb() * (1 + wave * made.hair)[..., None]
    return replace(made, photo=Photo(np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)))


@pytest.fixture(scope="module")
def pair() -> tuple[Portrait, Portrait, Composite]:
    """A sleek head, a striped one, and the sleek head's own hair in place."""
    own, other = _striped(0, 0.05, 9.0), _striped(1, 0.5, 9.0, colour=(0.5, 0.4, 0.25))
    return own, other, compose_classical(own, own)


def _contrast(composite: Composite, where: np.ndarray) -> float:
    lightness = rgb_to_lab(np.ascontiguousarray(composite.image))[..., 0]
    return float(bands(lightness, composite.alpha, HEIGHT).details[3][where].std())


def test_bands_add_up_and_do_not_see_the_wall() -> None:
    rng = np.random.default_rng(0)
    lightness = (100 * rng.random((60, 60))).astype(np.float32)
    alpha = np.zeros((60, 60), np.float32)
    alpha[20:40, 20:40] = 1
    found = bands(lightness, alpha, HEIGHT)
    assert len(found.details) == len(OCTAVES)
    np.testing.assert_allclose(found.shading + np.sum(found.details, axis=0), lightness, atol=1e-3)
    other = bands(np.where(alpha > 0, lightness, 0).astype(np.float32), alpha, HEIGHT)
    assert np.abs(other.shading - found.shading)[25:35, 25:35].max() < 0.2


def test_flat_hair_is_all_shading() -> None:
    found = bands(np.full((30, 30), 40, np.float32), np.ones((30, 30), np.float32), HEIGHT)
    assert max(float(np.abs(detail).max()) for detail in found.details) < 1e-3


def test_contrasts_meet_within_limits() -> None:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((40, 40)).astype(np.float32)
    alpha = np.ones((40, 40), np.float32)
    own, alike, harsh = (bands(50 + factor * noise, alpha, HEIGHT) for factor in (2.0, 2.4, 20.0))
    for mine, theirs in contrast_gains(own, alike, alpha, alpha):
        assert (mine, theirs) == pytest.approx((1.2, 1.0), rel=1e-3)
    for mine, theirs in contrast_gains(own, harsh, alpha, alpha):
        assert (mine, theirs) == pytest.approx((GAINS[1], GAINS[1] / 10), rel=1e-3)
    assert contrast_gains(own, harsh, 0 * alpha, alpha) == ((1.0, 1.0),) * len(OCTAVES)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_detail_is_theirs_or_the_own_one_at_their_contrast(share: float) -> None:
    rng = np.random.default_rng(1)
    alpha = np.ones((50, 50), np.float32)
    own, theirs = (bands((50 + k * rng.standard_normal((50, 50))).astype(np.float32), alpha, HEIGHT) for k in (2, 2.5))
    found = mixed(own, theirs, alpha, alpha, np.full((50, 50), share, np.float32))
    source = own if share == 0 else theirs
    assert np.corrcoef(found.ravel(), np.sum(source.details, axis=0).ravel())[0, 1] > 0.99
    assert found.std() == pytest.approx(float(np.sum(theirs.details, axis=0).std()), rel=0.05)


def test_strands_change_and_nothing_else(pair: tuple[Portrait, Portrait, Composite]) -> None:
    own, other, before = pair
    after = with_strands(before, own, other, 1.0)
    bald = before.alpha == 0
    assert np.array_equal(after.image[bald], before.image[bald])
    assert after.alpha is before.alpha
    assert after.edit is before.edit
    core = before.alpha > 0.99
    assert _contrast(after, core) > 1.3 * _contrast(before, core)
    mean = [rgb_to_lab(np.ascontiguousarray(c.image))[core].mean(axis=0) for c in (before, after)]
    assert np.abs(mean[1] - mean[0]).max() < 3


def test_strength_is_the_share_of_the_change(pair: tuple[Portrait, Portrait, Composite]) -> None:
    own, other, before = pair
    assert with_strands(before, own, other, 0.0) is before
    half, whole = (with_strands(before, own, other, strength) for strength in (0.5, 1.0))
    change = [float(np.abs(after.image - before.image).mean()) for after in (half, whole)]
    assert 0.3 * change[1] < change[0] < 0.7 * change[1]


def test_protected_hair_keeps_its_strands(pair: tuple[Portrait, Portrait, Composite]) -> None:
    own, other, _ = pair
    protect = np.zeros(own.photo.pixels.shape[:2], np.uint8)
    protect[:, :110] = 255
    before = compose_classical(own, own, protect=protect)
    after = with_strands(before, own, other, 1.0)
    assert np.array_equal(after.image[protect > 0], own.photo.rgb()[protect > 0])
    assert not np.array_equal(after.image, before.image)


def test_heads_turned_apart_give_contrast_only(pair: tuple[Portrait, Portrait, Composite]) -> None:
    own, other, before = pair
    turned = replace(other, face=person(yaw=60.0).face)
    near, far = (with_strands(before, own, turned, 1.0, mirror=False, max_yaw=limit) for limit in (90.0, 20.0))
    core = before.alpha > 0.99
    lightness = [rgb_to_lab(np.ascontiguousarray(c.image))[..., 0] for c in (before, near, far)]
    details = [bands(value, before.alpha, HEIGHT).details[1][core] for value in lightness]
    own_like, others = np.corrcoef(details[0], details[2])[0, 1], np.corrcoef(details[0], details[1])[0, 1]
    assert own_like > 0.9 > others
    # The other's finest strands have less contrast than the own ones.
    assert 0.5 < details[2].std() / details[0].std() < 0.95


def test_a_bald_head_has_no_strands(pair: tuple[Portrait, Portrait, Composite]) -> None:
    own, _, before = pair
    with pytest.raises(InputRefused, match="No hair"):
        with_strands(before, own, person(hair="none", name="bald.png"), 1.0)
