"""Polygons as masks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.imaging.arrays import Mask


def polygon_mask(points: NDArray[np.floating], height: int, width: int) -> Mask:
    """Inside of a polygon [N, 2] in pixels as [height, width] bool."""
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)
    return mask > 0
