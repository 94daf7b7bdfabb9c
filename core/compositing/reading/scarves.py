"""Scarves and high collars that the region net takes for hair: told apart where they hide the neck."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.colours import colour_odds, spread_odds
from core.compositing.reading.view import READING_FACE, PortraitView, reduced_view
from core.faces.face import Portrait, Region
from core.imaging.arrays import FloatImage
from core.imaging.matting import blur, dilate, opened

NECK_SHOWS = 0.05
"""Share of skin below the chin from which a neck is seen, and nothing is wound around it."""
_FEWEST = 40


def wraps_neck(regions: NDArray[np.uint8], side: FloatImage, t: FloatImage) -> bool:
    """Whether cloth lies where the neck should be seen.

    Args:
        regions: [H, W] labels; side, t: [H, W] coordinates in the face frame, in face heights.
    """
    column = (np.abs(side) < 0.22) & (t < -0.04) & (t > -0.25)
    if int(column.sum()) < _FEWEST:
        return False
    seen = regions[column]
    return bool((seen == Region.SKIN).mean() < NECK_SHOWS and (seen == Region.CLOTHES).mean() > 0.2)


def dressed(portrait: Portrait) -> Portrait:
    """The portrait with the ends of its scarf labelled clothes; the same object where there is no such scarf."""
    if portrait.hair_painted:
        return portrait
    photo, frame = portrait.photo, portrait.face.frame
    if not wraps_neck(portrait.regions, *frame.maps(photo.width, photo.height)):
        return portrait
    view = reduced_view(portrait, min(1.0, READING_FACE / frame.height))
    kept = without_scarf(view)
    if kept is view.hair:
        return portrait
    lost = cv2.resize(view.hair - kept, (photo.width, photo.height), interpolation=cv2.INTER_LINEAR)
    cloth = (portrait.regions == Region.HAIR) & (lost > 0.5 * portrait.hair)
    return replace(portrait, regions=np.where(cloth, np.uint8(Region.CLOTHES), portrait.regions))


def without_scarf(view: PortraitView) -> FloatImage:
    """The hair [H, W] of a view without the ends of a scarf or collar that hides the neck; the same object without one.

    What lies low and has the colours of the cloth below the chin rather than those of the hair on the head is cloth;
    the further up, the surer it has to be. People whose neck shows keep all their hair: long hair in its own shadow
    has the colours of many a jacket.
    """
    hair, regions, side, t = view.hair, view.regions, view.side, view.t
    if not wraps_neck(regions, side, t):
        return hair
    cloth = (regions == Region.CLOTHES) & (hair < 0.3) & (np.abs(side) < 0.35) & (t < 0) & (t > -0.45)
    head = (hair > 0.95) & (t > 0.3)
    low = (hair > 0.02) & (t < 0.5)
    if min(int(cloth.sum()), int(head.sum())) < _FEWEST:
        return hair
    odds = np.where(low, colour_odds(view.image, head, cloth), 0).astype(np.float32)
    odds = spread_odds(view.image, odds, low, view.frame.height)
    stray = opened(low & (odds < -0.4 - 8 * np.maximum(0, t - 0.2)), view.px(0.015))
    if not stray.any():
        return hair
    # Slivers of hair left between cloth and jaw or beside it are cloth too.
    rest = (hair > 0.5) & ~stray
    stray |= rest & ~opened(rest, view.px(0.015)) & dilate(stray, view.px(0.05))
    stray = dilate(stray, view.px(0.006))
    return (hair * (1 - blur(stray.astype(np.float32), view.px(0.006)))).astype(np.float32)
