"""Pictures whose style is wanted: never looked at for a face, without masks, in places of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo


@dataclass(frozen=True, eq=False)
class StylePicture:
    """A picture of the document whose style a recipe may take.

    Attributes:
        id: "picture-1", ...
        photo: untouched pixels.
        display: [H, W, 3] uint8 sRGB, what the window shows.
        name: for people.
    """

    id: str
    photo: Photo
    display: NDArray[np.uint8]
    name: str


def picture_bytes(picture: StylePicture) -> int:
    """Memory of a picture; a display that is the picture itself counts once."""
    photo = picture.photo
    alpha = 0 if photo.alpha is None else photo.alpha.nbytes
    display = 0 if np.may_share_memory(photo.pixels, picture.display) else picture.display.nbytes
    return photo.pixels.nbytes + alpha + display
