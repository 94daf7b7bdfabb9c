"""The trained opinion on removed hair: where a forehead lies under it, and what light and colour everything has."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.compositing.classical import Bared
from core.compositing.composite import FILLED, HoleLabel, WarpedReference
from core.compositing.removing.hole import forehead_gap
from core.compositing.removing.removal import Removal
from core.faces.align import Alignment
from core.faces.face import SKIN_AND_FEATURES, Portrait, Region
from core.faces.frame import OVAL, face_frame
from core.generators.repair import Repairer, places
from core.imaging.arrays import FloatImage
from core.imaging.poisson import pull_push
from core.imaging.polygon import polygon_mask
from core.imaging.ramps import smoothstep

SEEN = ((Region.BACKGROUND,), SKIN_AND_FEATURES, (Region.CLOTHES,))
"""Labels of the network's three layers."""
FADE = 0.06
"""Share of the crop's side over which the correction fades in from its edges."""
GLARE = (0.70, 0.88)
"""Brightness of the plate from which the correction counts less, and not at all."""
SOFTNESS = 0.8
"""Blur of the correction in the network's pixels: it is to carry light and colour, not texture."""


def repair_inputs(identity: Portrait, warped: WarpedReference, old_alpha: FloatImage, removal: Removal,
                  size: int) -> Tensor:
    """What the network sees of a removal, ``core.generators.repair.INPUTS`` [1, 15, size, size]."""
    crop = identity.alignment.crop
    plate = np.clip(crop(removal.plate, size), 0, 1)
    new = np.clip(crop(warped.alpha, size), 0, 1)
    masks = [removal.hole == label for label in FILLED]
    masks += [removal.touched, warped.alpha, old_alpha]
    masks += [np.isin(identity.regions, group) for group in SEEN]
    planes = [(plate - 0.5) * (new < 0.5)[..., None],
              *(np.clip(crop(mask.astype(np.float32), size), 0, 1) for mask in masks)]
    seen = torch.from_numpy(np.dstack(planes).astype(np.float32).transpose(2, 0, 1).copy())[None]
    return torch.cat([seen, places(1, size)], 1)


class Retoucher:
    """Improves removals with the repair network of a pack; give it to ``compose_classical`` as ``retouch``.

    Args:
        repairer: the network.
        layout: whether it may put forehead where the rules see wall.
        colour: whether it may correct colours.
    """

    def __init__(self, repairer: Repairer, *, layout: bool = True, colour: bool = True) -> None:
        self.repairer, self.layout, self.colour = repairer, layout, colour

    def __call__(self, bared: Bared) -> Removal:
        removal = bared.removal
        change, layout = self._ask(bared)
        if self.layout:
            likely = _in_photo(layout, bared.identity.alignment, removal.hole.shape)
            if _gap(bared, likely).any():
                removal = bared.again(likely)
                change, _ = self._ask(replace(bared, removal=removal))
        if self.colour:
            removal = replace(removal, plate=corrected(removal, bared.identity, change))
        return removal

    def _ask(self, bared: Bared) -> tuple[FloatImage, FloatImage]:
        """Correction and layout [R, R, 3] for a removal."""
        inputs = repair_inputs(bared.identity, bared.warped, bared.old_alpha, bared.removal, self.repairer.size)
        change, layout = (part[0].permute(1, 2, 0).float().cpu().numpy() for part in self.repairer(inputs))
        return change, layout


def _gap(bared: Bared, likely: FloatImage) -> NDArray[np.bool_]:
    """Bare forehead that the removal took for wall [H, W]."""
    height, width = bared.removal.hole.shape
    frame = bared.identity.face.frame
    return forehead_gap(frame, bared.removal.hole, *frame.maps(width, height), likely) & (bared.warped.alpha < 0.5)


def _in_photo(layout: FloatImage, alignment: Alignment, shape: tuple[int, ...]) -> FloatImage:
    """Likelihoods [R, R, 3] in photo space [H, W, 3]; 0 outside the crop, where nothing is known."""
    return np.clip(alignment.uncrop(layout, shape[1], shape[0], flags=cv2.INTER_LINEAR), 0, 1)


def corrected(removal: Removal, identity: Portrait, change: FloatImage) -> FloatImage:
    """The plate [H, W, 3] with the network's correction [R, R, 3] of face and neck.

    The correction is that of skin pixels, continued to the skin's outlines, so that these stay as sharp as the plate's;
    it is smooth, detail and grain stay the plate's. Ears follow the face beside them, and so does forehead that lies
    where the photo showed wall: there the network's skin is half wall. An eye or brow from the mirror follows the skin
    around it, the less the darker it is: the network would paint it over. Clothes and background stay as they are: what
    a net of this size knows of collars, walls and flags is a blur.
    """
    size, alignment = change.shape[0], identity.alignment
    height, width = removal.hole.shape
    seen = np.isin(identity.regions, SKIN_AND_FEATURES)
    own = np.isin(removal.hole, (HoleLabel.FACE_SKIN, HoleLabel.NECK))
    skin = np.where(removal.hole > 0, own, seen).astype(np.float32)
    known = _without_ears(identity) * (identity.regions != Region.BACKGROUND)
    sure = alignment.crop(skin * known, size) > 0.8
    sure &= np.clip(alignment.crop(removal.touched, size), 0, 1) > 0.15
    if removal.features is not None:
        sure &= alignment.crop(removal.features, size) < 0.1
    if not sure.any():
        return removal.plate
    change = change * _not_blown_out(np.clip(alignment.crop(removal.plate, size), 0, 1))
    spread = cv2.GaussianBlur(pull_push(change, ~sure), (0, 0), SOFTNESS, borderType=cv2.BORDER_REPLICATE)
    skin = cv2.GaussianBlur(skin, (0, 0), max(0.5, 0.15 * alignment.side / size))
    inside = alignment.uncrop(_faded(size), width, height, flags=cv2.INTER_LINEAR)
    strength = removal.touched * inside * skin
    if removal.features is not None:
        strength = strength * (1 - removal.features)
    plate = np.clip(
        removal.plate + alignment.uncrop(spread, width, height, flags=cv2.INTER_CUBIC) * strength[..., None], 0, 1)
    return np.where(removal.touched[..., None] > 0, plate, removal.plate).astype(np.float32)


def _not_blown_out(plate: FloatImage) -> FloatImage:
    """1 on ordinary skin, 0 where it is nearly white [R, R, 1]: such light is rare in portraits, its colour a guess."""
    bright = (plate.mean(axis=2, keepdims=True) - GLARE[0]) / (GLARE[1] - GLARE[0])
    return (1 - smoothstep(bright)).astype(np.float32)


def _without_ears(identity: Portrait) -> FloatImage:
    """1 inside the face's outline, above it and from the jaw down [H, W]; borrowed ears seldom lie where one's own do.
    """
    landmarks = identity.face.landmarks[:, :2]
    height, width = identity.regions.shape
    _, t = face_frame(landmarks).maps(width, height)
    face = polygon_mask(landmarks[list(OVAL)], height, width)
    return (face | (t < 0.05) | (t > 0.8)).astype(np.float32)


def _faded(size: int) -> FloatImage:
    """1 inside the crop, 0 at its edges [size, size]."""
    inward = np.minimum(np.arange(size), np.arange(size)[::-1]) / (size * FADE)
    ramp = smoothstep(inward.astype(np.float32))
    return np.minimum(ramp[:, None], ramp[None])
