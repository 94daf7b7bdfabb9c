"""Gates refuse what cannot work, say why, and let the rest pass."""

from dataclasses import replace

import numpy as np
import pytest

from core.compositing.reading.gates import (
    alike_warning,
    check_covering,
    check_hair,
    check_pose,
    check_size,
    covering_shares,
    touched_edges,
)
from core.compositing.reading.mattes import compute_matte
from core.errors import InputRefused
from tests.core.compositing.people import person


def test_scarf_is_refused_and_hair_and_bald_heads_are_not():
    with pytest.raises(InputRefused, match="covered") as caught:
        check_covering(person(hair="scarf"))
    assert caught.value.next_step
    assert check_covering(person(hair="scarf"), allow=True)
    for hair in ("short", "long", "none"):
        assert check_covering(person(hair=hair)) == ()


def test_cloth_that_labels_call_hair_is_only_doubtful():
    scarf = person(hair="scarf", colour=(0, 0, 0))
    regions = scarf.regions.copy()
    _, t = scarf.face.frame.maps(240, 240)
    regions[(regions == 1) & (t > 1.0)] = 2
    fooled = replace(scarf, regions=regions)
    assert covering_shares(fooled).foreign > 0.5
    assert len(check_covering(fooled)) == 1


@pytest.mark.parametrize(("own", "other", "mirror", "warned"), [
    (0, 5, False, False), (0, 17, False, True), (-12, 12, True, False), (3, -11, False, False), (0, -30, False, True)])
def test_pose(own, other, mirror, warned):
    pose = check_pose(person(yaw=own).face, person(yaw=other).face)
    assert pose.mirror is mirror
    assert bool(pose.warnings) is warned
    assert pose.difference == pytest.approx(0 if mirror else abs(own - other), abs=0.5)


def test_pose_beyond_the_limit_is_refused_unless_raised():
    a, b = person(yaw=0).face, person(yaw=44).face
    with pytest.raises(InputRefused, match="different directions"):
        check_pose(a, b)
    assert check_pose(a, b, refuse=60).warnings


def test_bald_reference_is_refused():
    with pytest.raises(InputRefused, match="No hair"):
        check_hair(person(hair="none"))
    check_hair(person(hair="short"))


def test_small_face_warns():
    assert check_size(person(scale=0.4))
    assert not check_size(person())


def test_touched_edges_are_named():
    portrait = person(hair="long", size=(240, 190), centre=(120.0, 50.0))
    matte = compute_matte(portrait, quick=True)
    assert touched_edges(matte, portrait.face.frame) == ("top",)


def test_hair_like_the_wall_warns():
    wall = (0.4, 0.35, 0.3)
    for colour, expected in ((wall, 1), ((0.05, 0.04, 0.03), 0)):
        portrait = person(size=(480, 480), centre=(240, 240), scale=2, colour=colour, wall=wall)
        image, fh = portrait.photo.rgb(), portrait.face.frame.height
        found = alike_warning(image, np.round(portrait.hair), portrait.regions, fh, "x.png")
        assert len(found) == expected
