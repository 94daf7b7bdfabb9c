"""Behind a narrower face there is shade of hair, not wall: also beside earrings that the matte half takes for hair."""

from types import SimpleNamespace

import numpy as np

from core.compositing.composite import HoleLabel
from core.compositing.finishing.masks import close_gaps
from core.faces.face import Region
from tests.core.compositing.people import person

RED = np.float32((0.9, 0.05, 0.05))


def closed(*, ring):
    """A gap between face and hair left of a face, before a red wall; ring: alpha of an earring at its side."""
    frame = person(hair="none").face.frame
    side, t = frame.maps(240, 240)
    face, middle = np.abs(side) < 0.34, (t > 0.2) & (t < 0.5)
    gap = middle & (side > -0.40) & ~face & (side < 0)
    earring = middle & (side <= -0.40) & (side > -0.42)
    hair = (side <= -0.40) & (side > -0.8) & (t > -0.3) & (t < 1.2)
    alpha = hair.astype(np.float32)
    alpha[earring] = ring
    regions = np.where(face, Region.SKIN, Region.BACKGROUND).astype(np.uint8)
    reference = np.where(gap | face, Region.SKIN, np.where(hair, Region.HAIR, Region.BACKGROUND)).astype(np.uint8)
    warped = SimpleNamespace(alpha=alpha, regions=reference, inside=np.ones((240, 240), bool))
    plate = np.broadcast_to(RED, (240, 240, 3)).astype(np.float32)
    foreground = np.full((240, 240, 3), 0.2, np.float32)
    done = close_gaps(plate, np.full((240, 240), HoleLabel.KEEP, np.uint8), regions, warped, foreground, frame)
    return done, gap, earring, face


def test_a_gap_is_filled_with_shade():
    done, gap, _, face = closed(ring=1.0)
    assert gap.sum() > 60
    assert done[gap][:, 0].mean() < 0.5
    assert np.allclose(done[face], RED)


def test_an_earring_beside_it_is_part_of_it():
    done, _, earring, _ = closed(ring=0.4)
    assert earring.sum() > 20
    assert done[earring][:, 0].mean() < 0.35
