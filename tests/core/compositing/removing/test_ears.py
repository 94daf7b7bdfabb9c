"""Own ears stay where short hair leaves them free; under long hair nothing of them pokes out."""

from __future__ import annotations

import numpy as np

from core.compositing.removing.ears import borrowed_ears, whole_ears
from core.compositing.removing.hole import plan_hole
from core.compositing.removing.skin_base import skin_base
from core.faces.face import Portrait, Region
from tests.core.compositing.people import person
from tests.core.compositing.removing.test_hole import scene_of
from tests.core.compositing.removing.test_removal import bald, remove

SIDES = (-1, 1)


def bare_headed() -> Portrait:
    """Short hair above, ears bare."""
    return person(hair="short", ears=True)


def painted_ears(identity: Portrait) -> np.ndarray:
    """[H, W], well inside the ears, away from the hair."""
    scene = scene_of(identity)
    inner = (scene.t > 0.42) & (scene.t < 0.6) & (np.abs(scene.side) > 0.4)
    return (identity.regions == Region.SKIN) & ~scene.oval & inner


def test_both_ears_are_found() -> None:
    identity = bare_headed()
    scene = scene_of(identity)
    ears = painted_ears(identity)
    assert ears.sum() > 200
    assert scene.own_ears[ears].all()
    assert not scene.own_ears[scene.oval | (scene.regions != Region.SKIN)].any()
    for sign in SIDES:
        assert scene.beside_own_ears[ears & (sign * scene.side > 0)].all()


def test_a_person_without_visible_ears_has_none() -> None:
    for hair in ("short", "long"):
        assert not scene_of(person(hair=hair)).own_ears.any()


def test_skin_of_another_colour_is_no_ear() -> None:
    identity = bare_headed()
    pixels = identity.photo.pixels
    pixels.setflags(write=True)
    pixels[scene_of(identity).own_ears] = (40, 60, 200)
    assert not scene_of(identity).own_ears.any()


def test_new_hair_that_hangs_beside_an_ear_goes_over_it() -> None:
    identity = bare_headed()
    plain = scene_of(identity)
    hanging = ((plain.side > 0.33) & (plain.t < 0.9) & (plain.t > -0.2)).astype(np.float32)
    scene = scene_of(identity, new=hanging)
    assert not (scene.own_ears & (scene.side > 0)).any()
    assert (scene.own_ears & (scene.side < 0)).any()
    assert not scene.beside_own_ears[scene.side > 0.05].any()


def test_free_ears_keep_their_pixels_to_the_bit() -> None:
    identity = bare_headed()
    removal = remove(identity, bald(identity))
    ears = painted_ears(identity)
    assert (removal.touched[ears] == 0).all()
    assert np.array_equal(removal.plate[ears], identity.photo.rgb()[ears])


def test_an_ear_that_long_hair_leaves_out_is_still_taken_away() -> None:
    identity = bare_headed()
    plain = scene_of(identity)
    # Long hair, so narrow that the ears' rims would stick out of it.
    narrow = ((np.abs(plain.side) > 0.25) & (np.abs(plain.side) < 0.43) & (plain.t < 0.9)).astype(np.float32)
    reference = person(hair="none")
    scene = scene_of(identity, new=narrow, reference=reference)
    rims = painted_ears(identity) & (np.abs(plain.side) > 0.45)
    assert rims.sum() > 20
    assert plan_hole(scene).mask[rims].mean() > 0.9


def test_own_ears_take_nothing_from_the_reference() -> None:
    identity, reference = bare_headed(), person(hair="none", ears=True)
    base = skin_base(scene_of(identity))
    assert base is not None
    assert borrowed_ears(scene_of(identity, reference=reference), base.colour, base.colour)[1].max() == 0
    hidden = scene_of(person(hair="long", ears=True), reference=reference)
    assert borrowed_ears(hidden, base.colour, base.colour)[1].max() > 0.5


def test_a_whole_ear_reaches_the_face() -> None:
    scene = scene_of(bare_headed())
    whole = whole_ears(scene)
    assert whole[scene.own_ears].all()
    row = int(np.nonzero(scene.own_ears)[0].mean())
    columns = np.flatnonzero((whole | scene.oval)[row])
    assert np.array_equal(columns, np.arange(columns[0], columns[-1] + 1))
