"""The guide's second opinion: what removed hair had hidden, painted by an encoder that was not shown the fill."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.compositing.composite import BACKDROP, CLOTHING, FACE_SKIN, NECK, Composite, FloatImage
from core.compositing.fit import face_frame
from core.faces.face import Portrait
from core.generators.base import Encoder, Generator
from core.losses.masked import area_down
from core.recipes.workspace import Workspace, crop_mask, weight_tensor

OUTLINE = 3.0
"""Pixels of the generated picture that its outlines may be off: so far from filled background nothing is repaired."""
# Filled background is shown to the encoder: it tells where head and shoulders end, and no network of this size draws
# a better outline.
_GUESSED = (FACE_SKIN, NECK, CLOTHING)


@dataclass(frozen=True, eq=False)
class Repair:
    """What the networks make of a guide whose unknown pixels they did not see.

    Attributes:
        unknown: [1, 1, R, R] of 0 and 1.
        w: [1, layers, w_dim].
        features: [1, channels, fr, fr].
        guide: [1, 3, R, R], the guide with the networks' picture in the unknown pixels.
        missing: [1, 3, R, R], what the networks lose of a guide that they do see, 0 away from unknown pixels.
    """

    unknown: Tensor
    w: Tensor
    features: Tensor
    guide: Tensor
    missing: Tensor


def unknown_pixels(composite: Composite, identity: Portrait, size: int,
                   ignore: NDArray[np.uint8] | None = None) -> FloatImage:
    """Where the guide shows a guess [size, size], 0 or 1: removed hair that new hair leaves bare, and what the user
    wants ignored. Ears are borrowed whole, so they count as seen."""
    alignment = identity.alignment
    guessed = np.isin(composite.hole, _GUESSED) | (composite.invent > 0.5)
    outline = alignment.side / size * OUTLINE
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(outline) + 1,) * 2)
    guessed &= cv2.dilate((composite.hole == BACKDROP).astype(np.uint8), disc) == 0
    guessed &= (composite.alpha < 0.5) & ~_beside_the_face(composite, identity)
    unknown = crop_mask(alignment, guessed, size) > 0.3
    if ignore is not None:
        unknown |= crop_mask(alignment, ignore > 0, size) > 0.5
    return unknown.astype(np.float32)


def _beside_the_face(composite: Composite, identity: Portrait) -> NDArray[np.bool_]:
    """Skin outside the face's own outline and between mouth and brows [H, W]."""
    landmarks = identity.face.landmarks[:, :2].astype(np.float32)
    outline = np.zeros(composite.hole.shape, np.uint8)
    cv2.fillConvexPoly(outline, cv2.convexHull(np.rint(landmarks).astype(np.int32)), 1)
    frame = face_frame(landmarks)
    height, width = composite.hole.shape
    _, t = frame.maps(width, height)
    return (outline == 0) & (composite.hole == FACE_SKIN) & (t > 0.2) & (t < 0.8)


@torch.no_grad()
def repair_guide(generator: Generator, encoder: Encoder, guide: Tensor, unknown: FloatImage) -> Repair:
    """Encode a guide [1, 3, R, R] without its unknown pixels [R, R], and paint them (METHODS A2.7 d)."""
    hidden = weight_tensor(unknown, guide.device)
    w, features = encoder.encode(guide, hidden)
    painted = generator.synthesize(w, None, features).clamp(-1, 1)
    seen = generator.synthesize(*_encoded(encoder, guide)).clamp(-1, 1)
    soft = weight_tensor(cv2.GaussianBlur(unknown, (0, 0), 1.0), guide.device)
    return Repair(hidden, w, features, guide + soft * (painted - guide), soft * (guide - seen))


def _encoded(encoder: Encoder, guide: Tensor) -> tuple[Tensor, None, Tensor]:
    w, features = encoder.encode(guide)
    return w, None, features


def with_repair(space: Workspace, repair: Repair) -> Workspace:
    """A workspace whose guide is the repaired one."""
    return replace(space, guide=area_down(repair.guide, space.size))
