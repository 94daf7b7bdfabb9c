"""How wide the ignored ring around the planned hair is: LOHO's slides and its code disagree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.recipes.kit.workspace import RING_SIZE, dilate, erode

RINGS = ("iterations", "share")
SHARE = 0.2
"""By how much of its area the hair grows and shrinks (LOHO's slides: 20 %)."""

Mask = NDArray[np.uint8]


def ring_masks(hair: Mask, kind: str, iterations: int) -> tuple[Mask, Mask]:
    """Dilated and eroded hair; what lies between is the ignored ring R (docs/methods/loho.md, Differences no. 1).

    Args:
        hair: [s, s] uint8, 1 on hair.
        kind: "iterations" of a 3 x 3 cross (LOHO's code), or "share": as many as change the area by a fifth (its
            slides), so that the ring of thin hair is thin.
        iterations: of the cross at 256 px, other sizes in proportion and at least one; 0 = no ring.

    Raises:
        ValueError: unknown kind.
    """
    if kind not in RINGS:
        raise ValueError(f"kind must be one of {RINGS}, not {kind!r}")
    if kind == "iterations":
        steps = max(1, round(iterations * hair.shape[0] / RING_SIZE)) if iterations else 0
        return (dilate(hair, steps), erode(hair, steps)) if steps else (hair, hair)
    area = int(hair.sum())
    grown, core = hair, hair
    while grown.sum() < (1 + SHARE) * area and not grown.all():
        grown = dilate(grown, 1)
    while core.sum() > (1 - SHARE) * area:
        core = erode(core, 1)
    return grown, core
