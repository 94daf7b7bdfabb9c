"""What stands where the user wants something ignored: the photo continued from around it.

An ignore mask is painted over what should not be there: a hand in the hair, a sticker, a scratch. Left as it is, it
would be copied into what is filled beside it, and be the generator's example of itself.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, bounding_rect, united
from core.document.photo import Photo
from core.faces.face import Portrait
from core.imaging.arrays import FloatImage, Mask
from core.imaging.directional import continue_lines
from core.imaging.inpaint import exemplar
from core.imaging.matting import blur, dilate

AROUND = 0.22
"""How far around a place its fill is looked for, at least, in face heights."""
STRANDS = 0.04
"""Extent over which the direction of strands is judged, in face heights."""
FINE = 0.008
"""Blur of what is too fine for continued lines and is copied instead, in face heights."""
LOCALITY = 1000.0
"""Price of pieces from a quarter of the surroundings away, as ``core.imaging.inpaint.exemplar`` counts it."""
_ENOUGH = 2000
_FAINT = 1 / 255


def ignored_rect(rect: Rect, ignore: NDArray[np.uint8] | None, fh: float) -> Rect:
    """A working rectangle widened to what is ignored and its surroundings.

    Args:
        rect: in the photo.
        ignore: [H, W] uint8 of the photo, or None.
        fh: face height, pixels.
    """
    box = None if ignore is None else bounding_rect(ignore > 0)
    if ignore is None or box is None:
        return rect
    return united(rect, box.grown(round(AROUND * fh), ignore.shape[1], ignore.shape[0]))


def without_ignored(portrait: Portrait, ignore: NDArray[np.uint8], keep: NDArray[np.uint8] | None = None) -> Photo:
    """The photo of a portrait with what is ignored filled from around it; every other pixel stays as it is.

    Args:
        portrait: analysed with what is to be ignored.
        ignore: [H, W] uint8 of the photo's size.
        keep: [H, W] uint8, where the photo stays even so, without being an example for the rest.
    """
    photo, share = portrait.photo, (ignore / 255).astype(np.float32)
    picture = photo.rgb()
    fill = continued(picture, share, portrait.face.frame.height)
    filled = np.clip(picture + (fill - picture) * share[..., None], 0, 1)
    levels = np.rint(filled * np.iinfo(photo.pixels.dtype).max).astype(photo.pixels.dtype)
    changed = ignore > 0 if keep is None else (ignore > 0) & (keep == 0)
    return replace(photo, pixels=np.where(changed[..., None], levels, photo.pixels), mended=True)


def continued(picture: FloatImage, ignore: FloatImage, fh: float) -> FloatImage:
    """A picture [H, W, 3] in 0..1 with what is ignored filled from around it, each place by itself.

    Args:
        picture: with what is to be ignored.
        ignore: [H, W] in 0..1; nothing is copied from where it is above 0.
        fh: face height, pixels.
    """
    lost = ignore > _FAINT
    fill = picture.copy()
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(dilate(lost, 0.04 * fh).astype(np.uint8))
    for number in range(1, count):
        x, y, width, height = (int(value) for value in boxes[number, :4])
        margin = max(round(AROUND * fh), max(width, height) // 2)
        window = Rect(x, y, x + width, y + height).grown(margin, lost.shape[1], lost.shape[0]).slices()
        place = lost[window] & (labels[window] == number)
        fill[window] = _filled(fill[window], place, ~lost[window], fh)
    return fill


def _filled(image: FloatImage, target: Mask, known: Mask, fh: float) -> FloatImage:
    """Picture [H, W, 3] whose target is continued from what is known around it.

    Tones run on along the strands and edges around it; what is finer is copied from places that look alike.
    """
    if not known.any():
        return image
    tones = continue_lines(image, known, target, sigma=STRANDS * fh)
    if int(known.sum()) < _ENOUGH:
        return tones
    # The fixed state makes the same request give the same picture.
    pieces = exemplar(image, target, known, start=tones, locality=LOCALITY, rng=np.random.default_rng(0))
    fine = pieces - blur(pieces, max(1.0, FINE * fh))
    return np.where(target[..., None], np.clip(tones + fine, 0, 1), image).astype(np.float32)
