"""Mattes: tight on hair, quiet on skin and clothes, obedient to a painted mask, cached."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.compositing.placing.fit import fit_faces
from core.compositing.placing.warp import warp_reference
from core.compositing.reading import mattes
from core.compositing.reading.mattes import clear_matte_cache, compute_matte, hair_matte, head_hair, trimap_of
from core.faces.face import Region
from core.imaging.matting import erode
from tests.core.compositing.people import person


@pytest.fixture(autouse=True)
def _empty_cache():
    clear_matte_cache()
    yield
    clear_matte_cache()


@pytest.mark.parametrize("quick", [False, True])
def test_alpha_follows_the_hair(quick):
    portrait = person(hair="long")
    rough = replace(portrait, hair=cv2.GaussianBlur(portrait.hair, (0, 0), 3.0))
    alpha = compute_matte(rough, quick=quick).full_alpha()
    assert alpha.min() >= 0
    assert alpha.max() <= 1
    core = erode(portrait.hair > 0.95, 3)
    assert alpha[core].mean() > 0.97
    assert alpha[erode(portrait.hair < 0.02, 6)].max() < 0.05
    assert alpha[erode(portrait.regions == Region.SKIN, 6)].mean() < 0.02


def test_closed_form_undoes_a_blurred_network_edge():
    portrait = person(hair="short")
    rough = replace(portrait, hair=cv2.GaussianBlur(portrait.hair, (0, 0), 3.0))
    wall = portrait.regions == 0
    full, quick = compute_matte(rough).full_alpha(), compute_matte(rough, quick=True).full_alpha()
    assert np.abs(full - portrait.hair)[wall].mean() < np.abs(quick - portrait.hair)[wall].mean()


def test_foreground_is_hair_colour_also_in_the_fringe():
    portrait = person(hair="short", colour=(0.25, 0.16, 0.1), wall=(0.9, 0.9, 0.9))
    matte = compute_matte(portrait)
    fringe = (matte.alpha > 0.2) & (matte.alpha < 0.8) & (portrait.regions[matte.rect.slices()] == 0)
    assert fringe.sum() > 20
    assert matte.foreground[fringe].mean() < 0.45


def test_painted_mask_is_a_limit():
    portrait = person(hair="long")
    painted = np.zeros_like(portrait.hair)
    painted[20:110, 60:180] = 1
    chosen = replace(portrait, hair=painted, hair_painted=True)
    alpha = compute_matte(chosen).full_alpha()
    grown = cv2.dilate(painted, np.ones((7, 7)))
    assert alpha[grown == 0].max() == 0
    assert alpha[erode(painted > 0, 8)].min() > 0.9


def test_hair_of_somebody_else_is_dropped():
    portrait = person(size=(320, 240))
    hair = portrait.hair.copy()
    hair[100:160, 270:310] = 1
    kept = head_hair(replace(portrait, hair=hair))
    assert kept[100:160, 270:310].mean() < 0.005
    assert np.abs(kept - portrait.hair)[:, :220].max() < 0.02


def test_no_hair_gives_an_empty_matte():
    matte = compute_matte(person(hair="none"))
    assert matte.full_alpha().max() == 0
    assert matte.full_alpha().shape == (240, 240)


def test_cache_knows_photo_and_mask(monkeypatch):
    calls = []
    real = mattes.compute_matte

    def counted(portrait, *, quick=False):
        calls.append(quick)
        return real(portrait, quick=quick)

    monkeypatch.setattr(mattes, "compute_matte", counted)
    portrait = person()
    first = hair_matte(portrait)
    assert hair_matte(portrait) is first
    assert hair_matte(portrait, quick=True) is first
    hair_matte(replace(portrait, hair=portrait.hair * 0.5))
    assert len(calls) == 2
    monkeypatch.setattr(mattes, "CACHE_BYTES", 1)
    hair_matte(person(colour=(0.6, 0.5, 0.3)))
    assert len(mattes._cache) == 1


def test_large_photos_are_matted_at_reduced_size(monkeypatch):
    portrait = person(size=(480, 480), centre=(240, 244), scale=2, hair="long")
    full = compute_matte(portrait).full_alpha()
    monkeypatch.setattr(mattes, "WORKING_PIXELS", 20000)
    reduced = compute_matte(portrait).full_alpha()
    assert reduced.shape == full.shape
    assert np.abs(full - reduced).mean() < 0.02


def test_trimap_keeps_an_unknown_band():
    portrait = person(hair="long")
    trimap = trimap_of(portrait.hair, portrait.face.frame.height)
    assert set(np.unique(trimap)) == {0, 0.5, 1}
    edge = np.abs(portrait.hair - 0.5) < 0.3
    assert (trimap[edge] == 0.5).all()


def test_warp_moves_hair_with_the_face():
    identity = person(size=(300, 320), centre=(150, 170), scale=1.25)
    reference = person(hair="long")
    matte = compute_matte(reference)
    warped = warp_reference(identity, reference, matte, fit_faces(identity.face.landmarks, reference.face.landmarks))
    assert warped.scale == pytest.approx(1.25, rel=0.01)
    assert np.abs(warped.landmarks[[33, 263, 152]] - identity.face.landmarks[[33, 263, 152], :2]).max() < 0.5
    expected = person(hair="long", size=(300, 320), centre=(150, 170), scale=1.25)
    assert np.abs(warped.alpha - expected.hair)[20:290, 20:280].mean() < 0.02
    assert not warped.inside[319, 0] or warped.alpha[319, 0] < 0.01
