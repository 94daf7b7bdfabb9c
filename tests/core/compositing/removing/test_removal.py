"""Removing old hair: it is gone, everything else is untouched to the bit, at any size and in both modes."""

from __future__ import annotations

import numpy as np
import pytest

from core.compositing.composite import HoleLabel, WarpedReference
from core.compositing.placing.fit import fit_faces
from core.compositing.removing import removal as module
from core.compositing.removing.removal import RemovalOptions, remove_hair
from core.faces.face import Portrait, Region
from tests.core.compositing.people import person


def bald(identity: Portrait, cover: np.ndarray | None = None) -> WarpedReference:
    """A hairless reference laid on the identity, with new hair ``cover`` [H, W]."""
    height, width = identity.regions.shape
    x = float(identity.face.landmarks[:, 0].mean())
    frame = fit_faces(identity.face.landmarks, identity.face.landmarks).frame
    scale = frame.height / 112
    other = person(
        size=(width, height),
        centre=(x, float(identity.face.landmarks[10, 1] + frame.height / 2)),
        scale=scale,
        hair="none",
    )
    alpha = np.zeros((height, width), np.float32) if cover is None else cover
    image = other.photo.rgb()
    return WarpedReference(
        image,
        np.ones((height, width), bool),
        other.regions,
        alpha,
        image,
        identity.face.landmarks[:, :2].astype(np.float64),
        1.0,
        False,
    )


def remove(identity: Portrait, warped: WarpedReference, *, quick: bool = False, **options):
    return remove_hair(
        identity, warped, identity.hair, yaw_difference=0.0, quick=quick, options=RemovalOptions(**options)
    )


@pytest.mark.parametrize("quick", [False, True])
def test_old_hair_gives_way_to_its_surroundings(quick: bool) -> None:
    identity = person(hair="long")
    removal = remove(identity, bald(identity), quick=quick)
    hair = np.float32((0.25, 0.16, 0.1))
    was = (identity.hair > 0.8) & (removal.hole == HoleLabel.BACKDROP)
    assert was.sum() > 200
    photo = identity.photo.rgb()
    wall = photo[(identity.regions == Region.BACKGROUND) & (removal.touched == 0)].mean(axis=0)
    filled = removal.plate[was]
    nearer = np.abs(filled - wall).sum(axis=1) < np.abs(filled - hair).sum(axis=1)
    assert nearer.mean() > 0.97


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("depth", [8, 16])
def test_untouched_pixels_keep_their_exact_value(quick: bool, depth: int) -> None:
    identity = person(hair="long", depth=depth)
    removal = remove(identity, bald(identity), quick=quick)
    photo = identity.photo.rgb()
    kept = removal.touched == 0
    assert kept.any()
    assert (~kept).any()
    assert np.array_equal(removal.plate[kept], photo[kept])
    assert (removal.touched[removal.hole != HoleLabel.KEEP] > 0).all()
    assert np.isfinite(removal.plate).all()
    assert removal.plate.min() >= 0
    assert removal.plate.max() <= 1


def test_hair_that_the_new_hair_covers_needs_no_removal() -> None:
    identity = person(hair="short")
    removal = remove(identity, bald(identity, np.ones_like(identity.hair)))
    assert not removal.touched.any()
    assert np.array_equal(removal.plate, identity.photo.rgb())


def test_a_head_without_hair_is_left_alone() -> None:
    identity = person(hair="none")
    removal = remove_hair(identity, bald(identity), np.zeros_like(identity.hair), yaw_difference=0.0)
    assert not removal.touched.any()


def test_eyes_and_mouth_are_never_repainted() -> None:
    identity = person(hair="long")
    removal = remove(identity, bald(identity))
    away = np.isin(identity.regions, (4, 5, 6)) & (identity.hair < 0.01)
    assert away.any()
    assert removal.touched[away].max() < 0.35


def test_same_seed_same_plate() -> None:
    identity = person(hair="long")
    warped = bald(identity)
    first, second = (remove(identity, warped, background="copy", seed=7).plate for _ in range(2))
    assert np.abs(first - second).max() < 1e-3  # vectorised filters may differ in the last bits between calls


def test_large_photos_are_filled_at_reduced_size_within_the_hole_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "WORKING_FACE", 70.0)
    identity = person(hair="long")
    removal = remove(identity, bald(identity))
    kept = removal.touched == 0
    assert np.array_equal(removal.plate[kept], identity.photo.rgb()[kept])
    gone = (identity.regions == Region.HAIR) & (identity.hair > 0.9) & (removal.hole == HoleLabel.BACKDROP)
    assert gone.any()
    assert removal.plate[gone].mean() > 0.4


def test_parts_are_timed() -> None:
    identity = person(hair="long")
    seconds = remove(identity, bald(identity)).seconds
    assert {"hole", "background", "clothes", "neck", "skin"} <= set(seconds)
    assert all(value >= 0 for value in seconds.values())
