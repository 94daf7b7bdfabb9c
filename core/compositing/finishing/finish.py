"""From composite and generated picture to the final pixels: joined, detailed, and exact outside the edit."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite
from core.compositing.finishing.generated import generated_change
from core.document.geometry import bounding_rect
from core.document.photo import Photo
from core.errors import InputRefused
from core.faces.align import Alignment
from core.imaging.arrays import FloatImage
from core.imaging.detail import largest, limited
from core.imaging.matting import distance_to
from core.imaging.multiband import blend_bands
from core.imaging.poisson import membrane

log = logging.getLogger(__name__)

BLENDS = ("auto", "alpha", "poisson", "multiband")
BLEED_LIMIT = 0.12
"""Largest boundary difference that a join may carry into the patch: more is another object, not another light."""


@dataclass(frozen=True, eq=False)
class FinishedPicture:
    """The end of the path: what is written to the file.

    Attributes:
        pixels: [H, W, 3] of the photo's type; the photo's own values wherever mask is 0.
        image: [H, W, 3] float32 in 0..1, the same before rounding.
        mask: [H, W] float32 in 0..1, the edit.
        figures: measurements for the report (see ``finish``).
    """

    pixels: NDArray[np.unsignedinteger]
    image: FloatImage
    mask: FloatImage
    figures: Mapping[str, float] = field(default_factory=dict)


def paste(photo: Photo, image: FloatImage, mask: NDArray) -> NDArray[np.unsignedinteger]:
    """Round image [H, W, 3] in 0..1 to the photo's type; the photo's own values, bit for bit, where mask is 0
    or the image is not a number.

    Raises:
        ValueError: the sizes differ.
    """
    if image.shape != photo.pixels.shape or mask.shape != image.shape[:2]:
        raise ValueError(f"photo {photo.pixels.shape}, image {image.shape} and mask {mask.shape} do not match")
    top = np.float32(65535 if photo.bit_depth == 16 else 255)
    usable = (mask > 0)[..., None] & ~np.isnan(image)
    rounded = np.rint(np.clip(np.where(usable, image, 0), 0, 1) * top).astype(photo.pixels.dtype)
    return np.where(usable, rounded, photo.pixels)


def finish(composite: Composite, photo: Photo, *, generated: FloatImage | None = None,
           alignment: Alignment | None = None, blend: str = "auto", protect: NDArray[np.uint8] | None = None,
           seed: int = 0) -> FinishedPicture:
    """Finish a composite, with or without a generated picture, at the photo's size (docs/decisions.md, Blending).

    The generated picture decides the low band of ``composite.invent``; detail stays that of the photographs. Its
    change is split by the alpha of the new hair, plate under it and hair colour on it, and joined to what surrounds
    each layer, so hair edges stay alpha edges with estimated colour.

    Args:
        composite: the classical composite of this photo.
        photo: the identity.
        generated: [R, R, 3] in 0..1, the crop of ``alignment`` as the generator paints it, or None.
        alignment: where that crop lies; needed with ``generated``.
        blend: "auto" (Poisson for generated areas, alpha for hair), "alpha" (no joining), "poisson" (the whole edit
            joined to the photo) or "multiband".
        protect: [H, W] uint8, non-zero = keep the photo; fades in over a few pixels around it.
        seed: of the grain.

    Returns:
        FinishedPicture. Figures: ``changed`` (share of pixels), ``invented`` (share of pixels the generator changed),
        ``split_sigma`` (photo pixels), ``border_difference`` (mean, 8-bit levels, before joining),
        ``bleed_clipped`` (share of the border over the limit), ``grain`` (mean added, levels),
        ``generator_error`` (its typical departure where it should not depart, levels; smaller changes are not
        believed), ``seconds_finish``.

    Raises:
        InputRefused: unknown blend, or a mask of another size.
        ValueError: a generated picture without alignment, or not square.
    """
    started = time.perf_counter()
    _check(composite, photo, generated, alignment, blend, protect)
    original = photo.rgb()
    mask = np.clip(composite.edit, 0, 1).astype(np.float32)
    keep = _protected(protect, mask.shape)
    if keep is not None:
        mask = mask * (keep > 0)
    image = _finite(composite.image, original)
    figures: dict[str, float] = {}
    if generated is not None and alignment is not None:
        change = generated_change(composite, original, generated, alignment, mask > 0,
                                  join=blend != "alpha", limit=BLEED_LIMIT, seed=seed)
        image = image + change.image
        figures.update(change.figures)
    image = np.clip(image, 0, 1)
    if blend == "poisson":
        image, clipped = _joined(original, image, mask >= 0.5)
        figures["bleed_clipped"] = clipped
    elif blend == "multiband":
        image = blend_bands(original, image, mask)
    if keep is not None:
        image = original + (image - original) * keep[..., None]
    image = np.where((mask > 0)[..., None], np.clip(image, 0, 1), original).astype(np.float32)
    pixels = paste(photo, image, mask)
    figures["changed"] = float((pixels != photo.pixels).any(axis=2).mean())
    figures["seconds_finish"] = time.perf_counter() - started
    log.debug("finish: %s", figures)
    return FinishedPicture(pixels, image, mask, figures)


def _finite(image: FloatImage, original: FloatImage) -> FloatImage:
    """The image, with the photo where it is not a number."""
    broken = np.logical_not(np.isfinite(image).all(axis=2))
    if not broken.any():
        return image
    log.error("the composite is not finite in %d pixels; the photo stays there", int(broken.sum()))
    return np.where(broken[:, :, None], original, image)


def _check(composite: Composite, photo: Photo, generated: FloatImage | None, alignment: Alignment | None, blend: str,
           protect: NDArray | None) -> None:
    if blend not in BLENDS:
        raise InputRefused(f"Blend {blend!r} is unknown.", "", f"Choose one of {', '.join(BLENDS)}.")
    shape = photo.pixels.shape[:2]
    if composite.image.shape[:2] != shape:
        raise ValueError(f"composite {composite.image.shape} is not of the photo's size {shape}")
    if protect is not None and protect.shape != shape:
        raise InputRefused(f"The protect mask is {protect.shape[1]} x {protect.shape[0]} pixels.",
                           f"The photo is {shape[1]} x {shape[0]}.", "Use a mask of the photo's size.")
    if generated is not None:
        if alignment is None:
            raise ValueError("a generated picture needs its alignment")
        if generated.ndim != 3 or generated.shape[0] != generated.shape[1] or generated.shape[2] != 3:
            raise ValueError(f"a generated picture is square with 3 channels, not {generated.shape}")


def _protected(protect: NDArray[np.uint8] | None, shape: tuple[int, ...]) -> FloatImage | None:
    """How much may change [H, W]: 0 on protected pixels, 1 from a few pixels away; None when nothing is protected."""
    if protect is None or not protect.any():
        return None
    reach = max(2.0, 0.003 * max(shape))
    return np.clip(distance_to(protect > 0) / reach, 0, 1).astype(np.float32)


def _joined(target: FloatImage, patch: FloatImage, mask: NDArray[np.bool_]) -> tuple[FloatImage, float]:
    """Patch in mask, corrected by the membrane of the limited boundary difference; share of the border limited."""
    box = bounding_rect(mask)
    if box is None or mask.all():
        return patch, 0.0
    rows, columns = box.grown(1, mask.shape[1], mask.shape[0]).slices()
    inner = mask[rows, columns]
    difference = target[rows, columns] - patch[rows, columns]
    border = cv2.dilate(inner.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~inner
    clipped = float((largest(difference[border]) > BLEED_LIMIT).mean()) if border.any() else 0.0
    correction = membrane(limited(difference, BLEED_LIMIT), inner)
    result = target.copy()
    np.copyto(result[rows, columns], patch[rows, columns] + correction, where=inner[..., None])
    return result, clipped
