"""Checks before any work: which pairs cannot give a good composite, and what the user should be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.mattes import Matte
from core.errors import InputRefused
from core.faces.face import Face, Portrait, Region
from core.faces.frame import FaceFrame
from core.imaging.arrays import FloatImage
from core.imaging.colour import rgb_to_lab, robust_statistics
from core.imaging.matting import distance_to

BALD_SHARE, BALD_AREA = 0.004, 0.05
"""Share of the photo, and face heights squared, below both of which there is no hair to take."""
SMALL_FACE = 60.0
"""Face height in pixels below which strands cannot be told apart."""
TURNED = 8.0
"""Degrees from which a head looks to one side; less is within what landmarks err."""
COVERING_BAND, COVERING_HALF = (1.05, 1.22), 0.28
"""Heights above the forehead, and distance from the face's axis, at which every uncovered head shows hair or scalp."""
FOREIGN_BLUE, FOREIGN_GREEN = -7, -8
"""Lab b and a below which a colour is bluer or greener than hair and skin are by nature."""
SKIN_SPREAD, SKIN_LEAST = 3.5, (28.0, 9.0, 9.0)
"""How many deviations of the cheeks' colours, and at least how far in Lab, a scalp may be from their
mean: its light differs."""
CUT_LENGTH = 0.06
"""Length in face heights from which an edge cuts hair; shorter ones are stray strands."""
ALIKE, ALIKE_BAND = 10, 0.03
"""Lab distance of hair and background below which an outline is uncertain; width of both bands in face heights."""
_FEWEST = 30
EDGES = ("top", "bottom", "left", "right")


@dataclass(frozen=True)
class Pose:
    """What the two head turns mean for the pair.

    Attributes:
        mirror: whether the reference should be mirrored first.
        difference: remaining yaw difference in degrees (after mirroring), 0 or more.
        warnings: for the user.
    """

    mirror: bool
    difference: float
    warnings: tuple[str, ...] = ()


def check_pose(
    identity: Face,
    reference: Face,
    *,
    warn: float = 15.0,
    strong: float = 20.0,
    refuse: float = 40.0,
    allow_mirror: bool = True,
) -> Pose:
    """Compare the turns of both heads (docs/compositing.md, Gates).

    Both more than 8 degrees to opposite sides: the reference is mirrored. Between ``warn`` and ``refuse`` the pair is
    done with a warning, which becomes explicit above ``strong``: a difference of 23 degrees was still usable when
    measured, and a refusal would leave the user with nothing.

    Raises:
        InputRefused: the difference is above ``refuse``.
    """
    own, other = identity.yaw, reference.yaw
    mirror = allow_mirror and abs(own) > TURNED and abs(other) > TURNED and own * other < 0
    difference = abs(own + other) if mirror else abs(own - other)
    if difference > refuse:
        raise InputRefused(
            "The two heads look in different directions.",
            f"They differ by {difference:.0f} degrees, so most of the hair on one side is not in the reference photo.",
            "Choose a reference that is turned like the identity, or raise the pose limit.",
        )
    if difference > strong:
        return Pose(mirror, difference, (
            f"The heads are turned {difference:.0f} degrees apart: hair on the far side is missing in the reference "
            "photo and will look wrong without the generator. A reference turned like the identity works better.",
        ))
    if difference > warn:
        text = f"The heads are turned {difference:.0f} degrees apart: expect small errors at the side."
        return Pose(mirror, difference, (text,))
    return Pose(mirror, difference)


@dataclass(frozen=True)
class CoveringShares:
    """Shares of the band above the forehead (docs/compositing.md, Gates), each 0..1.

    Attributes:
        person, hair: by the labels and the matte; skin_like: by colour.
        foreign: colours that neither hair nor skin has by nature (blue, green, violet).
    """

    person: float
    hair: float
    skin_like: float
    foreign: float = 0.0

    @property
    def covered(self) -> bool:
        """Whether something that is neither hair nor scalp sits on the head."""
        return self.person > 0.9 and self.hair < 0.10 and self.skin_like < 0.30

    @property
    def doubtful(self) -> bool:
        """Whether labels may have taken cloth for hair or scalp: much of it has a colour that hair does not have."""
        return self.person > 0.5 and self.foreign > 0.25


def covering_shares(portrait: Portrait) -> CoveringShares:
    """Measure the band 1.05 < t < 1.22, |side| < 0.28; skin-like is judged by colour, labels call scarves skin."""
    frame = portrait.face.frame
    side, t = frame.maps(portrait.photo.width, portrait.photo.height)
    band = (t > COVERING_BAND[0]) & (t < COVERING_BAND[1]) & (np.abs(side) < COVERING_HALF)
    if band.sum() < _FEWEST:
        return CoveringShares(0.0, 0.0, 0.0)
    regions = portrait.regions[band]
    cheeks = (portrait.regions == Region.SKIN) & (t > 0.2) & (t < 0.95) & (np.abs(side) < 0.3)
    person = float((regions != Region.BACKGROUND).mean())
    hair = float(((regions == Region.HAIR) | (portrait.hair[band] > 0.5)).mean())
    if cheeks.sum() < _FEWEST:
        return CoveringShares(person, hair, 0.0)
    rgb = portrait.photo.pixels
    scale = np.float32(65535 if portrait.photo.bit_depth == 16 else 255)
    skin = rgb_to_lab(rgb[cheeks].astype(np.float32)[None] / scale)[0]
    mean, covariance = robust_statistics(skin[:: max(1, len(skin) // 20000)])
    above = rgb_to_lab(rgb[band].astype(np.float32)[None] / scale)[0]
    person_here = regions != Region.BACKGROUND
    foreign = float((person_here & ((above[:, 2] < FOREIGN_BLUE) | (above[:, 1] < FOREIGN_GREEN))).mean())
    spread = np.sqrt(np.diag(covariance))
    limit = np.maximum(SKIN_SPREAD * spread, SKIN_LEAST)
    return CoveringShares(person, hair, float((np.abs(above - mean) <= limit).all(axis=1).mean()), foreign)


def check_covering(portrait: Portrait, *, allow: bool = False) -> tuple[str, ...]:
    """Refuse an identity with a scarf, hat or helmet; warn when the labels say hair but the colours say cloth.

    Args:
        allow: warn instead of refusing.
    Raises:
        InputRefused: the head is covered.
    """
    shares = covering_shares(portrait)
    if shares.covered and not allow:
        raise InputRefused(
            f"The head in {portrait.photo.name} is covered.",
            "Something that is neither hair nor scalp lies above the forehead (a scarf, a hat); new hair would cover "
            "only part of it.",
            "Choose a photo without head covering, or allow it explicitly.",
        )
    if shares.covered or shares.doubtful:
        return (f"The head in {portrait.photo.name} may be covered (a scarf, a hat): what the new hair does not hide "
                "stays visible around it.",)
    return ()


def check_hair(portrait: Portrait) -> None:
    """Refuse a reference without hair.

    Raises:
        InputRefused: the hair covers less than 0.4 % of the photo.
    """
    share = float(portrait.hair.mean())
    frame = portrait.face.frame
    relative = float(portrait.hair.sum()) / frame.height**2
    if share < BALD_SHARE and relative < BALD_AREA:
        raise InputRefused(
            f"No hair was found in {portrait.photo.name}.",
            "A composite needs hair to take from the reference, and a bald head cannot be made from it.",
            "Choose another reference, or paint the hair mask by hand.",
        )


def check_size(portrait: Portrait) -> tuple[str, ...]:
    """A warning when the face is so small that hair has no strands."""
    height = portrait.face.frame.height
    if height >= SMALL_FACE:
        return ()
    return (f"The face in {portrait.photo.name} is only {height:.0f} pixels high: edges and strands will be coarse.",)


def touched_edges(matte: Matte, frame: FaceFrame) -> tuple[str, ...]:
    """Photo edges ("top", "bottom", "left", "right") that cut through the hair for more than 0.06 face heights."""
    width, height = matte.size
    rect, alpha = matte.rect, matte.alpha
    lines: dict[str, NDArray[np.float32] | None] = {
        "top": alpha[0] if rect.y0 <= 0 else None,
        "bottom": alpha[-1] if rect.y1 >= height else None,
        "left": alpha[:, 0] if rect.x0 <= 0 else None,
        "right": alpha[:, -1] if rect.x1 >= width else None,
    }
    long = CUT_LENGTH * frame.height
    return tuple(name for name in EDGES if (line := lines[name]) is not None and (line > 0.5).sum() > long)


def alike_warning(
    image: FloatImage, alpha: FloatImage, regions: NDArray[np.uint8], fh: float, name: str
) -> tuple[str, ...]:
    """A warning when hair and background have nearly one colour along the outline.

    Args:
        image: [H, W, 3], alpha: [H, W], regions: [H, W] of the reference; fh its face height in these pixels.
        name: of the photo, for the message.
    """
    reach = max(ALIKE_BAND * fh, 2.0)
    background = (regions == Region.BACKGROUND) & (alpha < 0.05)
    hair = alpha > 0.95
    outside = background & (distance_to(hair) < 2 * reach)
    inside = hair & (distance_to(background) < 2 * reach)
    if outside.sum() < 200 or inside.sum() < 200:
        return ()
    difference = rgb_to_lab(image[outside]).mean(axis=0) - rgb_to_lab(image[inside]).mean(axis=0)
    if float(np.sqrt((difference**2).sum())) >= ALIKE:
        return ()
    return (f"Hair and background in {name} have nearly the same colour: the outline of the hair is uncertain.",)


