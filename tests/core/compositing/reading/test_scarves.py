"""A scarf around the neck is no hair, and people whose neck shows keep all of theirs."""

from dataclasses import replace

import numpy as np

from core.compositing.reading.mattes import head_hair
from core.compositing.reading.scarves import dressed, without_scarf, wraps_neck
from core.compositing.reading.view import view_of
from core.document.photo import Photo
from core.faces.face import Region
from tests.core.compositing.people import person

CLOTH = np.float32((0.08, 0.08, 0.09))


def wrapped(*, labelled=True):
    """A person with a black scarf whose ends at both sides the labels call hair; and where these ends lie."""
    one = person(size=(480, 480), centre=(240, 214), scale=2.0, hair="long", colour=(0.45, 0.27, 0.14))
    side, t = one.face.frame.maps(480, 480)
    scarf = (t < -0.02) & (t > -0.5) & (np.abs(side) < 0.5) & ~((one.regions == Region.HAIR) & (np.abs(side) > 0.42))
    pixels, regions, hair = one.photo.pixels.copy(), one.regions.copy(), one.hair.copy()
    weave = 1 + 0.4 * np.sin(np.arange(480) * 1.1)[:, None, None]
    pixels[scarf] = np.rint(255 * np.clip(CLOTH * weave, 0, 1) * np.ones((480, 480, 1)))[scarf]
    regions[scarf] = Region.CLOTHES
    hair[scarf] = 0
    ends = scarf & (np.abs(side) > 0.24) & (t > -0.35)
    if labelled:
        regions[ends], hair[ends] = Region.HAIR, 1
    return replace(one, photo=Photo(pixels, path=one.photo.path), regions=regions, hair=hair), ends


def full_view(portrait):
    return view_of(portrait.photo.rgb(), portrait.regions, portrait.hair, portrait.face.landmarks[:, :2])


def test_the_ends_of_a_scarf_are_no_hair():
    portrait, ends = wrapped()
    _, t = portrait.face.frame.maps(480, 480)
    kept = without_scarf(full_view(portrait))
    assert kept[ends].mean() < 0.1
    above = (portrait.hair > 0.9) & (t > 0.1)
    assert kept[above].min() > 0.9
    assert head_hair(portrait)[ends].mean() < 0.15


def test_they_are_labelled_clothes():
    portrait, ends = wrapped()
    done = dressed(portrait)
    assert (done.regions[ends] == Region.CLOTHES).mean() > 0.9
    others = portrait.regions != Region.HAIR
    assert np.array_equal(done.regions[others], portrait.regions[others])
    assert dressed(replace(portrait, hair_painted=True)).regions is portrait.regions


def test_a_scarf_seen_as_such_changes_nothing():
    portrait, _ = wrapped(labelled=False)
    side, t = portrait.face.frame.maps(480, 480)
    assert wraps_neck(portrait.regions, side, t)
    kept = without_scarf(full_view(portrait))
    assert np.abs(kept - portrait.hair)[t > -0.1].max() < 0.05


def test_hair_of_people_whose_neck_shows_is_left_alone():
    portrait = person(hair="long")
    side, t = portrait.face.frame.maps(240, 240)
    portrait.regions[(np.abs(side) < 0.2) & (t < 0)] = Region.SKIN
    assert (portrait.regions[(np.abs(side) < 0.1) & (t < -0.05) & (t > -0.2)] == Region.SKIN).mean() > 0.5
    kept = without_scarf(full_view(portrait))
    assert kept is portrait.hair
    assert dressed(portrait) is portrait


def test_photographs(data_dir, starter_pack):
    from core.faces.analyse import analyse
    from core.io.image import read_photo

    scarf = analyse(read_photo(data_dir / "photos" / "loho" / "00761.jpg"), starter_pack)
    lost = scarf.hair - head_hair(scarf)
    _, t = scarf.face.frame.maps(1024, 1024)
    assert 0.10 < lost.sum() / scarf.hair.sum() < 0.25
    assert lost[t > 0.5].sum() < 0.02 * lost.sum()
    for name in ("loho/67172.jpg", "headshots/p03.jpg"):
        long = analyse(read_photo(data_dir / "photos" / name), starter_pack)
        assert dressed(long) is long
