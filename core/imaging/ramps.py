"""The curve that soft transitions follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def smoothstep(value: NDArray) -> NDArray:
    """0 up to 0, 1 from 1 on, 3 x^2 - 2 x^3 between: level at both ends; shape and type of the values."""
    x = np.clip(value, 0, 1)
    return x * x * (3 - 2 * x)
