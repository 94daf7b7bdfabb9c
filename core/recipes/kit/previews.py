"""Previews of only what changes, at the size of a screen: a photo's full size would cost more than a step."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite
from core.compositing.finishing.finish import paste
from core.document.geometry import Rect, bounding_rect
from core.document.photo import Photo
from core.faces.align import Alignment
from core.imaging.arrays import FloatImage
from core.imaging.matting import distance_to
from core.imaging.ramps import smoothstep
from core.recipes.base import Patch

PATCH_SIDE = 1536
# Share of a square picture's side over which it fades into the photo it is shown or pasted on.
_FADE = 0.06
_MARGIN = 8
# Pixels of a photo over which a picture fades in around what is protected.
_PROTECT_FADE = 4.0


class Window:
    """A rectangle of a photo, reduced where it is larger than a preview has to be.

    Args:
        rect: in photo pixels.
    """

    def __init__(self, rect: Rect) -> None:
        scale = min(1.0, PATCH_SIDE / max(rect.width, rect.height))
        self.rect = rect
        self.size = max(1, round(rect.width * scale)), max(1, round(rect.height * scale))

    def view(self, image: NDArray) -> NDArray:
        """This part of image [H, W, ...], at this size; a view where nothing is reduced."""
        part = image[self.rect.slices()]
        if part.shape[1::-1] == self.size:
            return part
        return cv2.resize(part, self.size, interpolation=cv2.INTER_AREA)

    def uncrop(self, picture: FloatImage, alignment: Alignment) -> FloatImage:
        """A crop [s, s, ...] where it lies in this part; zeros outside the crop."""
        fx, fy = self.size[0] / self.rect.width, self.size[1] / self.rect.height
        place = np.array([[fx, 0, (0.5 - self.rect.x0) * fx - 0.5], [0, fy, (0.5 - self.rect.y0) * fy - 0.5],
                          [0, 0, 1.0]])
        matrix = (place @ alignment.pixel_matrix(picture.shape[0]))[:2]
        return np.asarray(cv2.warpAffine(picture, matrix, self.size, flags=cv2.INTER_LINEAR), np.float32)


def composite_patch(composite: Composite) -> Patch:
    """What a composite changes."""
    window = Window(edit_rect(composite))
    return window.rect, window.view(composite.image)


def edit_rect(composite: Composite) -> Rect:
    """The rectangle a composite changes, a little grown; the whole photo when it changes nothing."""
    height, width = composite.edit.shape
    found = bounding_rect(composite.edit)
    return Rect(0, 0, width, height) if found is None else found.grown(_MARGIN, width, height)


def soft_square(size: int) -> FloatImage:
    """Weights [size, size]: 1 inside, fading to 0 at the edges."""
    place = (np.arange(size) + 0.5) / size
    ramp = smoothstep(np.minimum(place, 1 - place) / _FADE)
    return (ramp[:, None] * ramp[None, :]).astype(np.float32)


class CropLook:
    """Pictures in working space shown where they belong in the photo, with soft edges.

    Args:
        photo: the photo they are crops of.
        alignment: where the crop lies.
        protect: [H, W] uint8, non-zero = keep the photo; None keeps nothing.
    """

    def __init__(self, photo: Photo, alignment: Alignment, protect: NDArray[np.uint8] | None = None) -> None:
        low, high = np.floor(alignment.quad.min(axis=0)), np.ceil(alignment.quad.max(axis=0)) + 1
        rect = Rect(int(low[0]), int(low[1]), int(high[0]), int(high[1])).grown(0, photo.width, photo.height)
        self._window, self._alignment = Window(rect), alignment
        top = 65535 if photo.bit_depth == 16 else 255
        self._open = None if protect is None else self._window.view(unprotected(protect))
        self._photo = np.asarray(self._window.view(photo.pixels) / np.float32(top), np.float32)

    def patch(self, picture: FloatImage) -> Patch:
        """The photo with picture [s, s, 3] in 0..1 over it."""
        weight = self._window.uncrop(soft_square(picture.shape[0]), self._alignment)[..., None]
        if self._open is not None:
            weight = weight * self._open[..., None]
        shown = self._window.uncrop(picture, self._alignment)
        return self._window.rect, np.asarray(self._photo * (1 - weight) + shown * weight, np.float32)


def unprotected(protect: NDArray[np.uint8]) -> FloatImage:
    """Weights [H, W]: 0 where protect is not 0, rising to 1 over a few pixels around it."""
    return np.clip(distance_to(protect > 0) / _PROTECT_FADE, 0, 1)


def laid_over(
    photo: Photo, alignment: Alignment, picture: FloatImage, protect: NDArray[np.uint8] | None = None
) -> tuple[NDArray[np.unsignedinteger], FloatImage]:
    """A picture in working space [s, s, 3] laid over its photo with soft edges; not where protect [H, W] is not 0.

    Returns:
        pixels [H, W, 3] of the photo's type, and weight [H, W]; the photo's own pixels wherever that is 0.
    """
    weight = np.clip(alignment.uncrop(soft_square(picture.shape[0]), photo.width, photo.height,
                                      flags=cv2.INTER_LINEAR), 0, 1)
    if protect is not None:
        weight = weight * unprotected(protect)
    shown = alignment.uncrop(picture, photo.width, photo.height)
    original = photo.rgb()
    return paste(photo, original + (shown - original) * weight[..., None], weight), weight
