"""First calls of what is slow the first time: networks that are read and kernels that are compiled or loaded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.document.photo import Photo
from core.faces.align import Alignment
from core.faces.detect import NetworkPack
from core.faces.landmarks import load_landmarks
from core.faces.regions import load_regions

_SIDE = 64


def open_face_networks(pack: NetworkPack) -> None:
    """Open the networks of the analysis and let each look at an empty picture.

    Raises:
        ModelFileError: a network of the pack cannot be used.
    """
    photo = Photo(np.full((_SIDE, _SIDE, 3), 128, np.uint8))
    whole = Alignment(np.diag([_SIDE, _SIDE, 1.0]))
    load_landmarks(pack.path("landmarks")).predict(photo.rgb8(), [whole])
    load_regions(pack.path("regions")).parse_full(photo, whole)


def exercise_kernels() -> Iterator[None]:
    """Matting, foreground colour and the Poisson solver on a small picture, one after the other."""
    from core.imaging.matting import closed_form, foreground_colour
    from core.imaging.poisson import membrane

    ramp = np.linspace(0, 1, _SIDE, dtype=np.float32)
    alpha = np.repeat(ramp[None], _SIDE, axis=0)
    image = np.dstack([alpha, alpha.T, 1 - alpha])
    closed_form(image, np.where(alpha > 0.7, 1, np.where(alpha < 0.3, 0, 0.5)).astype(np.float32), alpha)
    yield
    foreground_colour(image, alpha)
    yield
    membrane(image, (np.abs(alpha - 0.5) < 0.3).astype(np.uint8))
