"""Salon's two views: turning a portrait, its guides, and what in them is trusted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from core.compositing.composite import HoleLabel
from core.document.photo import Photo
from core.errors import Cancelled, InputRefused
from core.faces.align import align_points, crop_points
from core.faces.analyse import analyse
from core.faces.face import Face, Portrait, Region
from core.faces.frame import CHIN
from core.faces.head_proxy import Turn, fit_head, head_pose, turn_between
from core.faces.turn import _mirrored_share, turn_portrait
from core.io.image import read_photo
from core.recipes.base import resolve
from core.recipes.salon.info import PARAMS
from core.recipes.salon.views import (
    View,
    bring_together,
    common_background,
    guide_picture,
    make_view,
    opened_up,
    rebuilt,
    seen_in_photo,
    with_guide,
)
from tests.core.faces.test_head_proxy import head, rotated
from tests.core.recipes import world

SIDE = 240


def person(yaw: float = 0.0, pitch: float = 0.0, *, radius: float = 70.0, bits: int = 8) -> Portrait:
    """A head with a disc of striped hair around its face, turned."""
    landmarks = rotated(head(), yaw, pitch).astype(np.float32)
    for index, place in ((33, (-30, -12)), (133, (-14, -12)), (263, (30, -12)), (362, (14, -12)), (61, (-18, 30)),
                         (291, (18, 30))):
        x, y = place
        landmarks[index] = rotated(np.array([[120 + x, 120 + y, -45.0]]), yaw, pitch)[0]
    ys, xs = np.mgrid[:SIDE, :SIDE]
    hair = (np.hypot(xs - 120, ys - 95) < radius).astype(np.float32)
    face = np.hypot((xs - 120) / 45, (ys - 120) / 62) < 1
    hair[face] = 0
    picture = np.full((SIDE, SIDE, 3), 0.8, np.float32)
    picture[face] = (0.9, 0.7, 0.6)
    stripes = (0.25 + 0.1 * np.sin(xs / 3.0))[..., None] * np.float32([1, 0.8, 0.6])
    picture = np.where(hair[..., None] > 0, stripes, picture)
    top, kind = (65535, np.uint16) if bits == 16 else (255, np.uint8)
    regions = np.where(hair > 0, Region.HAIR, np.where(face, Region.SKIN, Region.BACKGROUND)).astype(np.uint8)
    photo = Photo(np.rint(picture * top).astype(kind))
    return Portrait(photo, Face((70, 58, 170, 182), landmarks, 0.99), align_points(crop_points(landmarks)), regions,
                    cv2.GaussianBlur(hair, (0, 0), 1.0))


def test_a_turned_portrait_has_the_pose_it_was_turned_to() -> None:
    for bits in (8, 16):
        source = person(bits=bits)
        made = turn_portrait(source, Turn(22, 5))
        found = turn_between(source.face.landmarks, made.portrait.face.landmarks)
        assert found.yaw == pytest.approx(22, abs=0.1)
        assert found.pitch == pytest.approx(5, abs=0.1)
        assert made.portrait.photo.pixels.dtype == source.photo.pixels.dtype
        assert made.seen.shape == made.portrait.hair.shape == made.portrait.regions.shape


def test_hair_turns_with_the_head_and_keeps_its_outline() -> None:
    source = person()
    made = turn_portrait(source, Turn(20, 0)).portrait
    rows = slice(40, 80)
    before, after = (np.flatnonzero((p.hair[rows] > 0.5).any(axis=0)) for p in (source, made))
    assert abs(before[0] - after[0]) <= 3
    assert abs(before[-1] - after[-1]) <= 3
    middle = made.face.landmarks[:, 0].mean() - source.face.landmarks[:, 0].mean()
    assert abs(middle) > 5
    # The bare face moved to the side, and the hair beside it became wider there where it came from.
    row = 125
    left, right = (np.flatnonzero(made.regions[row] == Region.SKIN)[k] for k in (0, -1))
    shift = (left + right) / 2 - 120
    assert np.sign(shift) == np.sign(middle)
    assert abs(shift) > 3


def test_the_mirror_image_shows_what_the_photo_hides() -> None:
    source = person(-35)
    whole = turn_portrait(source, Turn(35, 0))
    hidden = whole.seen < 0.3
    hidden[:30], hidden[90:] = False, False
    assert hidden.any()
    on_left = np.flatnonzero(hidden.any(axis=0)).mean() < SIDE / 2
    # That side has no hair in the photo, the other one has.
    bare = np.zeros(SIDE, bool)
    bare[: 60 if on_left else SIDE] = True
    bare[: 0 if on_left else 180] = False
    hair = np.where(bare[None, :], 0, source.hair).astype(np.float32)
    cut = bare[None, :] & (source.regions == Region.HAIR)
    regions = np.where(cut, np.uint8(Region.BACKGROUND), source.regions)
    made = turn_portrait(replace(source, hair=hair, regions=regions), Turn(35, 0)).portrait
    plain = fit_head(source.face.landmarks, hair).view(Turn(35, 0), SIDE, SIDE)
    without = cv2.remap(hair, plain.map_x, plain.map_y, cv2.INTER_LINEAR)
    assert made.hair[hidden].mean() > 3 * without[hidden].mean() + 0.01


def test_a_small_turn_mirrors_nothing_onto_the_other_shoulder() -> None:
    source = person()
    proxy = fit_head(source.face.landmarks, source.hair)
    small, large = (_mirrored_share(proxy.view(Turn(yaw, 0), SIDE, SIDE), Turn(yaw, 0)) for yaw in (6, 20))
    chin = float(proxy.view(Turn(6, 0), SIDE, SIDE).landmarks[CHIN, 1])
    height = source.face.frame.height
    assert (small[: int(chin - 0.15 * height)] > 0.99).all()
    assert (small[int(chin + 0.15 * height) :] < 0.01).all()
    assert (large == 1).all()


def test_no_turn_leaves_the_portrait_alone() -> None:
    shape = person()
    pair = bring_together(person(1.0), shape, share=1.0, mirror=True, refuse=60)
    assert pair.turned is shape
    assert pair.turn == Turn(0.0, 0.0)
    assert not pair.warnings
    assert (seen_in_photo(pair) == 1).all()


@pytest.mark.parametrize(("own", "other", "mirrored"), [(-20, 20, True), (20, -20, True), (-5, 20, False),
                                                        (20, 12, False)])
def test_heads_to_opposite_sides_are_mirrored_first(own: float, other: float, mirrored: bool) -> None:
    identity, shape = person(own), person(other)
    pair = bring_together(identity, shape, share=1.0, mirror=True, refuse=60)
    assert (pair.hair is not shape) == mirrored
    assert head_pose(pair.turned.face.landmarks).yaw == pytest.approx(head_pose(identity.face.landmarks).yaw, abs=3)
    kept = bring_together(identity, shape, share=1.0, mirror=False, refuse=60)
    assert kept.hair is shape


def test_what_is_said_about_turns() -> None:
    small = bring_together(person(0), person(10), share=1.0, mirror=True, refuse=60)
    assert not small.warnings
    large = bring_together(person(0), person(30), share=1.0, mirror=True, refuse=60)
    assert any("30 degrees apart" in text for text in large.warnings)
    half = bring_together(person(0), person(30), share=0.5, mirror=True, refuse=60)
    assert half.turn.yaw == pytest.approx(large.turn.yaw / 2)
    with pytest.raises(InputRefused):
        bring_together(person(0), person(30), share=1.0, mirror=True, refuse=25)


def _composite() -> tuple[Any, Portrait]:
    identity = world.portrait(1)
    return world.composite(identity, world.portrait(2)), identity


def test_the_generator_gets_unseen_hair() -> None:
    composite, _ = _composite()
    seen = np.ones(composite.alpha.shape, np.float32)
    seen[:, :24] = 0
    p = resolve(PARAMS, {"hidden": 0.6, "backdrop": 0.25, "hair_share": 0.1})
    found = opened_up(composite, seen, p).invent
    for y in range(world.SIDE):
        for x in range(0, world.SIDE, 5):
            share = 0.25 if composite.hole[y, x] == HoleLabel.BACKDROP else 1.0
            expected = max(share * composite.invent[y, x],
                           max(0.6 * (1 - seen[y, x]), 0.1) * composite.alpha[y, x] * composite.edit[y, x])
            assert found[y, x] == pytest.approx(expected, abs=1e-6)


def test_a_guide_counts_by_its_alpha() -> None:
    composite, identity = _composite()
    photo = identity.photo.rgb()
    guide = np.zeros((*photo.shape[:2], 4), np.uint8)
    guide[2:6, 2:6] = (0, 255, 0, 128)
    protect = np.zeros(photo.shape[:2], np.uint8)
    protect[2:4] = 255
    found = with_guide(composite, guide, photo, protect)
    share = 128 / 255
    assert np.allclose(found.image[4:6, 2:6], composite.image[4:6, 2:6] * (1 - share) + np.float32([0, 1, 0]) * share,
                       atol=1e-6)
    assert (found.edit[4:6, 2:6] == 1).all()
    assert np.array_equal(found.image[2:4], composite.image[2:4])
    assert np.array_equal(found.edit[2:4], composite.edit[2:4])
    assert with_guide(composite, None, photo, None) is composite
    assert with_guide(composite, guide_picture(composite), photo, None) is composite


def test_masks_of_a_view() -> None:
    composite, identity = _composite()
    seen = np.ones(composite.alpha.shape, np.float32)
    seen[:, :24] = 0
    ignore = np.zeros(composite.alpha.shape, np.uint8)
    ignore[:, 30:34] = 255
    view = make_view(0, composite, identity, 32, seen=seen, ignore=ignore)
    assert view.guide.shape == (1, 3, 32, 32)
    # The crop is the photo less a margin of 8 pixels, one to one.
    alpha, hole = composite.alpha[8:40, 8:40], composite.hole[8:40, 8:40]
    face, hair = view.face[0, 0].numpy(), view.hair[0, 0].numpy()
    assert (hair[alpha < 0.5] == 0).all()
    assert (face[alpha > 0.5] == 0).all()
    assert (face[hole == HoleLabel.FACE_SKIN] == 0).all()
    assert (hair[:, :15] == 0).all()
    assert hair[:, 17:22].max() > 0.9
    for mask in (view.face, view.hair, view.background, view.everywhere):
        assert (mask[0, 0, :, 22:26] == 0).all()
    assert (view.open[0, 0, :, 22:26] == 1).all()
    assert not bool((view.background * view.hair).any())


def _flat(number: int, wall: float) -> View:
    ones = torch.ones(1, 1, 20, 20)
    background = torch.zeros_like(ones)
    background[..., : round(wall * 400) // 20, :] = 1
    spare = torch.zeros_like(ones)
    spare[..., 10:, :] = 0.25
    return View(number, torch.zeros(1, 3, 20, 20), ones, torch.zeros_like(ones), background, spare, ones)


def test_only_a_large_common_background_counts() -> None:
    first, second = common_background((_flat(0, 0.5), _flat(1, 0.2)))
    assert float(first.background.mean()) == pytest.approx(0.2)
    assert torch.equal(first.background, second.background)
    narrow = _flat(1, 0.05)
    narrow.background[..., 10:] = 0
    assert not bool(common_background((_flat(0, 0.5), narrow))[0].background.any())


def test_the_second_opinion_fills_what_was_made_up() -> None:
    view = replace(_flat(0, 0), open=torch.full((1, 1, 20, 20), 0.75))
    picture = torch.full((1, 3, 20, 20), 0.8)
    hair = np.zeros((20, 20), np.float32)
    hair[4:12, 4:12] = 1
    found = rebuilt(view, picture, hair)
    assert torch.allclose(found.guide, torch.full((1, 3, 20, 20), 0.6))
    expected = np.zeros((20, 20))
    expected[5:11, 5:11] = 1
    assert np.array_equal(found.hair[0, 0].numpy(), expected)
    closed = rebuilt(replace(view, open=torch.zeros(1, 1, 20, 20)), picture, hair)
    assert torch.equal(closed.guide, view.guide)
    assert not bool(closed.hair.any())


def test_a_first_preview_turns_a_smaller_portrait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.recipes.salon.views.PREVIEW_PIXELS", 1e4)
    identity, shape = person(0), person(25)
    whole = bring_together(identity, shape, share=1.0, mirror=True, refuse=60)
    quick = bring_together(identity, shape, share=1.0, mirror=True, refuse=60, quick=True)
    assert quick.rough
    assert not whole.rough
    assert quick.turned.photo.width * quick.turned.photo.height < 1.3e4
    found = [head_pose(pair.turned.face.landmarks).yaw for pair in (whole, quick)]
    assert found[0] == pytest.approx(found[1], abs=1)


def test_turning_can_be_ended() -> None:
    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        turn_portrait(person(-35), Turn(35, 0), check)
    assert len(calls) == 3


def test_a_real_head_is_turned_into_another_ones_pose(data_dir: Path, starter_pack: Any) -> None:
    folder = data_dir / "photos" / "headshots"
    if not folder.is_dir():
        pytest.skip("no development photographs")
    identity, shape = (analyse(read_photo(folder / name), starter_pack) for name in ("p05.jpg", "p10.jpg"))
    assert abs(identity.face.yaw - shape.face.yaw) > 15
    pair = bring_together(identity, shape, share=1.0, mirror=True, refuse=60)
    assert abs(identity.face.yaw - pair.turned.face.yaw) < 2
    assert any("22 degrees" in text for text in pair.warnings)
