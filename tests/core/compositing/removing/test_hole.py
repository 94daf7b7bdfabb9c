"""Which layer lies under old hair: face, neck, clothes or background; and what counts as old hair."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from core.compositing.composite import HoleLabel
from core.compositing.reading.labels import clean_regions
from core.compositing.reading.view import PortraitView, view_of
from core.compositing.removing.hole import layer_votes, plan_hole, shoulder_line
from core.compositing.removing.missed_strands import missed_strands
from core.compositing.removing.prepare import joined
from core.compositing.removing.scene import Scene, settle_matte
from core.faces.face import Portrait, Region
from tests.core.compositing.people import person


def scene_of(identity: Portrait, new: np.ndarray | None = None, reference: Portrait | None = None) -> Scene:
    """The identity on its own grid, the reference (by default a bald person of the same shape) laid on it."""
    reference = reference or person(hair="none")
    height, width = identity.regions.shape
    own = view_of(
        identity.photo.rgb(), identity.regions, identity.hair, identity.face.landmarks[:, :2].astype(np.float64))
    return joined(
        own,
        reference=reference.photo.rgb(),
        reference_regions=reference.regions,
        inside=np.ones((height, width), bool),
        new=np.zeros((height, width), np.float32) if new is None else new,
        yaw_difference=0.0,
    )


def changed(scene: Scene, **values: Any) -> Scene:
    """The scene as it is made from other values."""
    own = replace(
        PortraitView(**{field.name: getattr(scene, field.name) for field in fields(PortraitView)}),
        **{name: values.pop(name) for name in list(values) if name in PortraitView.__dataclass_fields__})
    rest = {name: getattr(scene, name) for name in (
        "reference", "reference_regions", "inside", "new", "yaw_difference")}
    return joined(own, **(rest | values))


def test_every_layer_is_found_under_long_hair() -> None:
    scene = scene_of(person(hair="long"))
    hole = plan_hole(scene)
    assert np.array_equal(hole.mask, hole.labels != HoleLabel.KEEP)
    assert hole.mask[scene.hair > 0.05].all()
    inside_face = hole.mask & scene.oval
    assert (hole.labels[inside_face] == HoleLabel.FACE_SKIN).all()
    beside = hole.mask & (np.abs(scene.side) > 0.45) & (scene.t > 0.3)
    assert (hole.labels[beside] == HoleLabel.BACKDROP).mean() > 0.9
    assert (hole.labels == HoleLabel.CLOTHING).any() or (hole.labels == HoleLabel.NECK).any()


def test_nothing_is_a_hole_where_new_hair_covers() -> None:
    identity = person(hair="long")
    covered = np.ones_like(identity.hair)
    covered[:, :100] = 0
    hole = plan_hole(scene_of(identity, new=covered))
    assert not hole.mask[:, 100:].any()
    assert hole.old_zone[:, 100:].any()


def test_roots_of_new_hair_stand_on_skin_not_on_background() -> None:
    identity = person(hair="long")
    scene = scene_of(identity)
    new = np.where(scene.t > 1.0, 0.6, 0).astype(np.float32)
    new[scene.t > 1.04] = 1.0
    hole = plan_hole(scene_of(identity, new=new))
    roots = hole.mask & (scene.t > 0.97) & (scene.t < 1.03) & (np.abs(scene.side) < 0.1)
    assert roots.any()
    assert (hole.labels[roots] == HoleLabel.FACE_SKIN).all()


def test_votes_follow_what_is_visible() -> None:
    scene = scene_of(person(hair="long"))
    votes = layer_votes(scene, scene.hair > 0.03)
    assert np.allclose(votes.sum(axis=2), 1, atol=0.02)
    corner = votes[:20, :20]
    assert (corner[..., 0] > 0.9).all()


def test_shoulders_do_not_rise_above_the_chin() -> None:
    scene = scene_of(person(hair="long"))
    line = shoulder_line(scene, scene.hair > 0.03)
    assert line.max() < 0.1
    assert np.isfinite(line).all()


def test_specks_of_the_matte_are_dropped_and_hair_kept() -> None:
    old = np.zeros((100, 100), np.float32)
    old[10:40, 10:90] = 0.9
    old[40:44, 10:90] = 0.1
    old[70:73, 50:53] = 0.4
    settled = settle_matte(old)
    assert np.array_equal(settled[:44], old[:44])
    assert not settled[60:].any()


def test_labels_are_mended() -> None:
    identity = person(hair="long")
    scene = scene_of(identity)
    regions = identity.regions.copy()
    island = (scene.t > 1.08) & (scene.t < 1.16) & (np.abs(scene.side) < 0.05)
    regions[island] = Region.SKIN
    under_chin = (scene.t < -0.06) & (scene.t > -0.2) & (np.abs(scene.side) < 0.12)
    image = scene.image.copy()
    image[under_chin] = (0.62, 0.46, 0.38)
    regions[under_chin] = Region.CLOTHES
    mended = clean_regions(replace(scene, image=image, regions=regions))
    assert (mended[island] == Region.HAIR).all()
    assert (mended[under_chin] == Region.SKIN).mean() > 0.9
    shirt = (regions == Region.CLOTHES) & (scene.t < -0.5)
    assert (mended[shirt] == Region.CLOTHES).all()


def test_a_fine_strand_beside_the_hair_is_found() -> None:
    identity = person(size=(480, 480), centre=(240.0, 244.0), scale=2.0, hair="short")
    scene = scene_of(
        identity, reference=person(size=(480, 480), centre=(240.0, 244.0), scale=2.0, hair="none")
    )
    row = 150
    right = int(np.flatnonzero(scene.hair[row] > 0.3).max())
    image = scene.image.copy()
    image[row : row + 2, right : right + 40] = (0.25, 0.16, 0.1)
    marked = changed(scene, image=image)
    found = missed_strands(marked)
    assert found[row, right + 10 : right + 35].all()
    assert found[scene.regions == Region.BACKGROUND].mean() < 0.02
    assert not missed_strands(scene)[row, right + 15 : right + 35].any()


def test_a_layout_that_knows_better_turns_wall_on_the_forehead_into_skin() -> None:
    identity = person(hair="long")
    reference = person(hair="none")
    regions = reference.regions.copy()
    bald = scene_of(identity)
    gap = (bald.t > 0.98) & (bald.t < 1.08) & (np.abs(bald.side) < 0.12) & ~bald.oval
    regions[(bald.t > 0.95) & ~bald.oval] = Region.BACKGROUND
    scene = scene_of(identity, reference=replace(reference, regions=regions))
    plain = plan_hole(scene)
    assert (plain.labels[gap] == HoleLabel.BACKDROP).any()
    skin = np.zeros((*plain.labels.shape, 3), np.float32)
    skin[..., 1] = 1
    told = plan_hole(scene, layout=skin)
    assert (told.labels[gap] == HoleLabel.FACE_SKIN).all()
    changed = told.labels != plain.labels
    assert (scene.t[changed] > 0.75).all()
    wall = np.zeros_like(skin)
    wall[..., 0] = 1
    assert np.array_equal(plan_hole(scene, layout=wall).labels, plain.labels)


def _ringed(opening: float) -> tuple[Scene, np.ndarray]:
    """A narrow forehead in new hair that follows a wider one, and the wall between them; the hair may have an
    opening (half its width in face heights)."""
    plain = scene_of(person(hair="none"))
    side, t = plain.side, plain.t
    outer = np.hypot(side / 0.47, (t - 0.5) / 0.62)
    hair = (outer > 1) & (outer < 1.35) & (t > 0.5)
    hair |= (t > 0.5) & (t < 0.62) & (outer < 1.2) & (np.abs(side) > 0.3) & ~plain.oval
    hair &= np.abs(side - 0.12) >= opening
    reference = np.where((outer < 1) & (t > 0), np.uint8(Region.SKIN), np.uint8(Region.BACKGROUND))
    scene = changed(
        plain, regions=np.where(plain.oval, plain.regions, np.uint8(Region.BACKGROUND)), reference_regions=reference,
        hair=np.zeros_like(plain.hair), new=hair.astype(np.float32))
    return scene, ~scene.oval & ~hair & (outer < 0.98) & (t > 0.65)


def test_wall_that_new_hair_shuts_in_at_a_wider_forehead_becomes_forehead() -> None:
    scene, gap = _ringed(opening=0)
    assert gap.sum() > 100
    hole = plan_hole(scene, find_strands=False)
    assert (hole.labels[gap] == HoleLabel.FACE_SKIN).mean() > 0.95
    assert (hole.labels[(scene.from_oval > scene.px(0.2)) & (scene.new < 0.5)] == HoleLabel.KEEP).all()


def test_a_slit_between_strands_is_no_way_out() -> None:
    scene, gap = _ringed(opening=0.006)
    assert (plan_hole(scene, find_strands=False).labels[gap] == HoleLabel.FACE_SKIN).mean() > 0.95


def test_wall_that_is_seen_past_the_hair_stays() -> None:
    scene, gap = _ringed(opening=0.05)
    assert (plan_hole(scene, find_strands=False).labels[gap] == HoleLabel.KEEP).mean() > 0.95


def test_wall_stays_where_the_reference_shows_none_of_its_skin() -> None:
    scene, gap = _ringed(opening=0)
    bare = changed(scene, reference_regions=np.full_like(scene.reference_regions, Region.BACKGROUND))
    assert (plan_hole(bare, find_strands=False).labels[gap] != HoleLabel.FACE_SKIN).mean() > 0.95
