"""Names for the arrays that pictures and masks are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]
"""A picture [H, W, 3] in 0..1 or one of its channels [H, W]."""
Mask = NDArray[np.bool_]
"""[H, W]."""
