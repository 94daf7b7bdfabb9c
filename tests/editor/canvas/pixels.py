"""What an image shows, as an array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def to_array(image: QImage) -> NDArray[np.uint8]:
    """A copy of any image as [h, w, 4] uint8 in the order R, G, B, A, alpha not multiplied in."""
    assert not image.isNull()
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 4 * plain.width()].reshape(plain.height(), plain.width(), 4).copy()
