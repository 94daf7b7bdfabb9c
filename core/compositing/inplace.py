"""Hair that stays where it is and only takes another colour: the photo itself, without taking hair off and on."""

from __future__ import annotations

import numpy as np

from core.compositing.composite import Composite, WarpedReference
from core.compositing.finishing.masks import edit_mask
from core.compositing.reading.mattes import Matte
from core.document.geometry import Rect
from core.faces.face import Portrait
from core.imaging.arrays import FloatImage


def same_hair(identity: Portrait, reference: Portrait) -> bool:
    """Whether two portraits are the same face with the same hair in the same photo."""
    if identity is reference:
        return True
    return (
        identity.photo.digest == reference.photo.digest
        and np.array_equal(identity.face.landmarks, reference.face.landmarks)
        and np.array_equal(identity.hair, reference.hair)
        and identity.hair_painted == reference.hair_painted
    )


def hair_in_place(part: Portrait, matte: Matte, rect: Rect) -> WarpedReference:
    """The portrait as its own reference, on the photo's part ``rect`` that ``part`` shows and that holds the matte."""
    image = part.photo.rgb()
    x0, y0 = matte.rect.x0 - rect.x0, matte.rect.y0 - rect.y0
    inner = Rect(x0, y0, x0 + matte.rect.width, y0 + matte.rect.height)
    foreground = image.copy()
    foreground[inner.slices()] = matte.foreground
    return WarpedReference(
        image, np.ones(image.shape[:2], np.bool_), part.regions, matte.crop_alpha(rect), foreground,
        np.asarray(part.face.landmarks, np.float64)[:, :2], 1.0, False)


def recoloured_in_place(part: Portrait, before: WarpedReference, after: WarpedReference) -> Composite:
    """The portrait with hair of another colour; nothing is uncovered, so that nothing has to be made up.

    Args:
        before, after: the same hair in its own colour and in the new one.
    """
    original, alpha = part.photo.rgb(), before.alpha
    share = alpha[..., None]
    image = np.clip(original + (after.foreground - before.foreground) * share, 0, 1).astype(np.float32)
    nothing = np.zeros(alpha.shape, np.float32)
    keep = np.zeros(alpha.shape, np.uint8)
    edit = edit_mask(image, original, alpha, keep, nothing)
    image = np.where(edit[..., None] > 0, image, original)
    plate = _behind(original, before.foreground, alpha)
    return Composite(image, plate, alpha, after.foreground, alpha, keep, edit, nothing, after)


def _behind(image: FloatImage, foreground: FloatImage, alpha: FloatImage) -> FloatImage:
    """What shows through soft hair [H, W, 3]; the photo itself where hardly anything does."""
    share = alpha[..., None]
    through = np.clip((image - share * foreground) / np.maximum(1 - share, 0.05), 0, 1)
    return (through + (image - through) * np.clip((share - 0.8) / 0.15, 0, 1)).astype(np.float32)
