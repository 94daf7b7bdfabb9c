"""Portraits without what the user wants ignored in them, and without the hair that is not to be taken over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.compositing.reading.ignored import without_ignored
from core.document.photo import Photo
from core.faces.face import Portrait

FloatMask = NDArray[np.float32]
Filler = Callable[[Portrait, NDArray[np.uint8], NDArray[np.uint8] | None], Photo]
Look = Callable[[Photo, FloatMask | None], Portrait]


def portrait_without(
    look: Look, photo: Photo, hair: FloatMask | None, ignore: NDArray[np.uint8] | None,
    protect: NDArray[np.uint8] | None, *, keep: NDArray[np.uint8] | None = None, filler: Filler = without_ignored,
) -> Portrait:
    """A portrait as the user's masks want it seen.

    Args:
        look: analyses a photo, with painted hair or with the network's.
        photo, hair: the photo, and its painted hair [H, W] in 0..1 where there is any.
        ignore: [H, W] uint8, what lies over hair and face; hair that is not painted is looked for under it, too.
        protect: [H, W] uint8, hair that stays with this photo.
        keep: [H, W] uint8, pixels that stay although they are ignored.
        filler: makes the photo without what is ignored.
    """
    portrait = look(photo, hair)
    if ignore is not None and ignore.any():
        photo = filler(portrait, ignore, keep)
        portrait = look(photo, hair)
    if protect is not None and protect.any():
        taken = portrait.hair * (1 - protect.astype(np.float32) / 255)
        portrait = look(photo, taken.astype(np.float32))
    return portrait
