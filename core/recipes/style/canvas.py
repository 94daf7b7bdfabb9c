"""The part of a photo that takes on a style: where it lies, how it is cut out, and how it is laid back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, bounding_rect
from core.errors import InputRefused
from core.faces.face import FEATURES, Portrait, Region
from core.imaging.arrays import FloatImage
from core.imaging.colour import lab_to_rgb, luma, rgb_to_lab
from core.imaging.matting import blur, guided_upsample
from core.losses.style import coral
from core.recipes.base import Patch
from core.recipes.kit.previews import PATCH_SIDE, unprotected
from core.recipes.request import Request

SMALLEST_SIDE = 64
"""Least side in pixels of the working picture."""
DETAIL_SIGMA = 2.0
"""Gaussian sigma in working pixels under which structure of the photo counts as fine detail."""
_FAINT = 1 / 255
# Margin around a part of the photo, as a share of its longer side: strokes do not end at its outline.
_MARGIN = 0.12
# Longest side at which outlines of regions are traced along the photo.
_TRACE_SIDE = 1024


def style_area(portrait: Portrait, where: str, face: float) -> FloatImage:
    """How much each pixel [H, W] of the photo takes on the style, 0..1, before strength and protection.

    Args:
        portrait: the identity; a painted hair mask is its ``hair``.
        where: "portrait", "hair" or "background".
        face: share that eyes, mouth and skin lose where the whole picture gets the style.

    Raises:
        InputRefused: that part is not in the photo.
    """
    if where == "hair":
        area = portrait.hair.astype(np.float32)
    elif where == "background":
        person = np.maximum(_traced(portrait, portrait.regions != Region.BACKGROUND), portrait.hair)
        # The rim of a matte is mostly wall: left as it was it would shine around the head.
        area = 1 - np.clip((person - 0.55) / 0.4, 0, 1)
    else:
        # Features are spared twice as much as skin: a moved eyelid is another person, a moved cheek is not.
        features = np.isin(portrait.regions, FEATURES)
        near = _softened(portrait, features, 0.02)
        skin = _softened(portrait, features | (portrait.regions == Region.SKIN), 0.01)
        return (1 - face * np.maximum(0.5 * skin, np.clip(1.6 * near, 0, 1))).astype(np.float32)
    if float((area > 0.5).mean()) < 1e-4:
        raise InputRefused(f"There is no {where} to draw in.", f"The portrait shows no {where}.",
                           "Paint the hair mask, or choose another part of the picture.")
    return np.where(area < 2 * _FAINT, 0, np.minimum(area, 1)).astype(np.float32)


def _softened(portrait: Portrait, mask: NDArray[np.bool_], share: float) -> FloatImage:
    return np.clip(blur(mask.astype(np.float32), share * _face_side(portrait)), 0, 1)


def _face_side(portrait: Portrait) -> float:
    return 2.5 * max(portrait.face.box[2] - portrait.face.box[0], portrait.face.box[3] - portrait.face.box[1], 1.0)


def _traced(portrait: Portrait, mask: NDArray[np.bool_]) -> FloatImage:
    """A mask [H, W] drawn to the edges of the photo, soft."""
    photo = portrait.photo.rgb()
    scale = min(1.0, _TRACE_SIDE / max(mask.shape))
    size = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    target = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return guided_upsample(photo, small, target, max(2.0, 0.006 * max(size)), 1e-4)


@dataclass(frozen=True, eq=False)
class Canvas:
    """A window of the photo at working size, with all that it takes to lay a drawn picture back.

    Attributes:
        rect: the window in photo pixels.
        photo: [H, W, 3] float32, the whole photo.
        weight: [H, W] final weight of the style: area, strength and protection; exactly 0 where nothing changes.
        picture: [h, w, 3] the window at working size.
        area: [h, w] how much of each place belongs to the part, for statistics.
        looked: [h, w] 1 where the photo counts, 0 where the user wants it ignored.
        keep_colour: see ``KEEP_COLOUR``.
        detail: share of the photo's fine detail that is laid over.
    """

    rect: Rect
    photo: FloatImage
    weight: FloatImage
    picture: FloatImage
    area: FloatImage
    looked: FloatImage
    keep_colour: str
    detail: float

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the working picture."""
        return self.picture.shape[0], self.picture.shape[1]

    def coloured(self, drawn: FloatImage) -> FloatImage:
        """A drawn picture [h, w, 3] with the photo's colours, where they are to be kept."""
        if self.keep_colour == "luminance":
            lab = rgb_to_lab(self.picture)
            lab[..., 0] = rgb_to_lab(drawn)[..., 0]
            return lab_to_rgb(lab)
        if self.keep_colour == "coral":
            return self.in_colours_of(drawn, self.picture, self.area)
        return drawn

    def in_colours_of(self, drawn: FloatImage, colours: FloatImage, weight: FloatImage | None) -> FloatImage:
        """A drawn picture [h, w, 3] with the range of colours of another one [., ., 3] where ``weight`` says.

        Only the part's own pixels are measured and changed: what lies around it must not lend its colours.
        """
        inside = self.area > 0.25
        if int(inside.sum()) < 16:
            return drawn
        moved = drawn.copy()
        moved[inside] = np.clip(coral(drawn[inside][None], colours, weight)[0], 0, 1)
        soft = np.clip(self.area[..., None] * 2 - 0.5, 0, 1)
        return (drawn + (moved - drawn) * soft).astype(np.float32)

    def render(self, drawn: FloatImage) -> FloatImage:
        """The photo [H, W, 3] with a drawn picture [h, w, 3] in 0..1 laid over its window."""
        made = self.photo.copy()
        rows, columns = self.rect.slices()
        made[rows, columns] = self._laid(drawn, self.photo[rows, columns], self.weight[rows, columns])
        return made

    def patch(self, drawn: FloatImage) -> Patch:
        """The same, of the window alone and no larger than a preview has to be."""
        scale = min(1.0, PATCH_SIDE / max(self.rect.width, self.rect.height))
        size = max(1, round(self.rect.width * scale)), max(1, round(self.rect.height * scale))
        rows, columns = self.rect.slices()
        photo = cv2.resize(self.photo[rows, columns], size, interpolation=cv2.INTER_AREA)
        weight = cv2.resize(self.weight[rows, columns], size, interpolation=cv2.INTER_AREA)
        return self.rect, self._laid(drawn, photo, weight)

    def _laid(self, drawn: FloatImage, photo: FloatImage, weight: FloatImage) -> FloatImage:
        height, width = photo.shape[:2]
        drawn = self.coloured(drawn)
        large = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_CUBIC)
        if self.detail > 0:
            sigma = DETAIL_SIGMA * max(width / self.size[1], 1.0)
            grey = luma(photo)
            fine = np.clip(grey - blur(grey, sigma), -0.3, 0.3)
            large = large + self.detail * fine[..., None]
        made = photo + (np.clip(large, 0, 1) - photo) * weight[..., None]
        return np.where(weight[..., None] > 0, made, photo).astype(np.float32)


def make_canvas(portrait: Portrait, request: Request, parameters: Mapping[str, Any]) -> Canvas:
    """Cut the part of the photo that takes on the style.

    Raises:
        InputRefused: that part is not in the photo, or all of it is protected.
    """
    photo = portrait.photo.rgb()
    area = style_area(portrait, parameters["where"], parameters["face"])
    weight = np.float32(parameters["strength"]) * area
    if request.protect is not None:
        weight = weight * unprotected(request.protect)
    weight = np.where(weight < _FAINT, 0, weight).astype(np.float32)
    if parameters["where"] == "portrait":
        area = np.ones_like(area)
    found = bounding_rect(area if not weight.any() else weight)
    height, width = area.shape
    if found is None:
        found = Rect(0, 0, width, height)
    margin = round(_MARGIN * max(found.width, found.height))
    rect = found.grown(margin, width, height)
    scale = min(1.0, parameters["size"] / max(rect.width, rect.height))
    scale = max(scale, SMALLEST_SIDE / min(rect.width, rect.height))
    size = max(SMALLEST_SIDE, round(rect.width * scale)), max(SMALLEST_SIDE, round(rect.height * scale))
    how = cv2.INTER_AREA if scale <= 1 else cv2.INTER_CUBIC

    def view(image: NDArray) -> FloatImage:
        return np.clip(cv2.resize(image[rect.slices()].astype(np.float32), size, interpolation=how), 0, 1)

    looked = np.ones(size[::-1], np.float32) if request.ignore is None else 1 - view(request.ignore > 127)
    return Canvas(rect, photo, weight, view(photo), view(area), looked, parameters["keep_colour"],
                  parameters["detail"])


def colour_line(picture: FloatImage, weight: FloatImage | None) -> FloatImage:
    """How much each channel changes with luma in a picture [H, W, 3], on average; [3], luma 1, each within 0..2.

    The line from a style's dark to its light colours: a stroke drawn along it has colours of the style.
    """
    pixels = picture.reshape(-1, 3).astype(np.float64)
    share = np.ones(len(pixels)) if weight is None or not weight.any() else weight.reshape(-1).astype(np.float64)
    share = share / share.sum()
    centred = pixels - share @ pixels
    grey = centred @ np.array([0.299, 0.587, 0.114])
    variance = float(share @ grey**2)
    line = (share * grey) @ centred / variance if variance > 1e-6 else np.ones(3)
    return np.clip(line, 0, 2).astype(np.float32)


def hair_view(portrait: Portrait, longest: int) -> tuple[FloatImage, FloatImage]:
    """A portrait's hair as a style: the picture [h, w, 3] around it, and the matte [h, w].

    Raises:
        InputRefused: the portrait shows no hair.
    """
    found = bounding_rect(portrait.hair > 0.5)
    if found is None:
        raise InputRefused("The reference portrait shows no hair.", "Its hair is the style that would be taken.",
                           "Paint its hair mask, or give a style picture.")
    rows, columns = found.grown(0, portrait.photo.width, portrait.photo.height).slices()
    picture, matte = portrait.photo.rgb()[rows, columns], portrait.hair[rows, columns]
    eroded = np.clip((matte - 0.5) / 0.5, 0, 1)
    return shrunk(picture, longest), shrunk(eroded.astype(np.float32), longest)


def shrunk(image: FloatImage, longest: int) -> FloatImage:
    """An image [H, W, ...] with its longer side at most ``longest``, each side at least ``SMALLEST_SIDE``."""
    height, width = image.shape[:2]
    scale = max(min(1.0, longest / max(height, width)), SMALLEST_SIDE / min(height, width))
    if scale == 1:
        return image
    size = max(SMALLEST_SIDE, round(width * scale)), max(SMALLEST_SIDE, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
