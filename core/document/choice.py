"""One of several answers that a run gave: what a contact sheet shows and a project file keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Choice:
    """One answer of a recipe that has several (``core.recipes.base.Hypothesis``), as the window shows it.

    Attributes:
        name: short, for people.
        pixels: [s, s, 3] uint8, the aligned crop.
        scores: figures by name.
        chosen: whether the result shows this one.
    """

    name: str
    pixels: NDArray[np.uint8]
    scores: Mapping[str, float]
    chosen: bool = False
