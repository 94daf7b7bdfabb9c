"""References without what the user wants ignored in them, and without the hair that is not to be taken over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.compositing.fit import face_frame
from core.compositing.ignored import continued
from core.document.photo import Photo
from core.faces.face import Portrait

FloatMask = NDArray[np.float32]
Filler = Callable[[Portrait, NDArray[np.uint8]], Photo]
Look = Callable[[Photo, FloatMask | None], Portrait]


def without_ignored(portrait: Portrait, ignore: NDArray[np.uint8]) -> Photo:
    """The photo of a portrait with what is ignored filled from around it; every other pixel stays as it is.

    Args:
        portrait: analysed with what is to be ignored.
        ignore: [H, W] uint8 of the photo's size.
    """
    photo, share = portrait.photo, (ignore / 255).astype(np.float32)
    picture = photo.rgb()
    fill = continued(picture, share, face_frame(portrait.face.landmarks).height)
    filled = (picture + (fill - picture) * share[..., None]).astype(np.float32)
    top = np.iinfo(photo.pixels.dtype).max
    levels = np.rint(np.clip(filled, 0, 1) * top).astype(photo.pixels.dtype)
    return replace(photo, pixels=np.where(ignore[..., None] > 0, levels, photo.pixels))


def reference_of(
    look: Look, photo: Photo, hair: FloatMask | None, ignore: NDArray[np.uint8] | None,
    protect: NDArray[np.uint8] | None, filler: Filler = without_ignored,
) -> Portrait:
    """A portrait as the user wants it seen.

    Args:
        look: analyses a photo, with painted hair or with the network's.
        photo, hair: the photo, and its painted hair [H, W] in 0..1 where there is any.
        ignore: [H, W] uint8, what lies over hair and face; hair that is not painted is looked for under it, too.
        protect: [H, W] uint8, hair that stays with this photo.
        filler: makes the photo without what is ignored.
    """
    portrait = look(photo, hair)
    if ignore is not None and ignore.any():
        photo = filler(portrait, ignore)
        portrait = look(photo, hair)
    if protect is not None and protect.any():
        taken = portrait.hair * (1 - protect.astype(np.float32) / 255)
        portrait = look(photo, taken.astype(np.float32))
    return portrait
