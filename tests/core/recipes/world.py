"""A world of 16 pixels: portraits, a composite and tiny networks, so that recipes run in milliseconds."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from core.compositing.composite import Composite, HoleLabel, WarpedReference
from core.document.photo import Photo
from core.faces.align import Alignment
from core.faces.face import Face, Portrait, Region
from core.recipes.base import Outcome, Step
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.request import Request
from tests.core.generators.tiny import random_features, tiny_encoder, tiny_generator

SIDE = 48


class TinyPack:
    """Has a name and nothing else."""

    name = "tiny"

    def __contains__(self, component: object) -> bool:
        return False


def portrait(seed: int, *, bits: int = 8) -> Portrait:
    """A smooth random picture with a hair disc above a skin disc; the working crop is the photo less a margin."""
    rng = np.random.default_rng(seed)
    small = rng.random((6, 6, 3)).astype(np.float32)
    picture = np.clip(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), 0, 1)
    top = 65535 if bits == 16 else 255
    pixels = np.rint(picture * top).astype(np.uint16 if bits == 16 else np.uint8)
    hair = np.zeros((SIDE, SIDE), np.float32)
    cv2.circle(hair, (24, 16), 10 + seed % 3, 1.0, -1)
    hair = cv2.GaussianBlur(hair, (0, 0), 1.0)
    skin = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(skin, (24, 30), 10, 1, -1)
    regions = np.where(hair > 0.5, Region.HAIR, np.where(skin > 0, Region.SKIN, Region.BACKGROUND)).astype(np.uint8)
    landmarks = np.tile(np.float32([24, 28, 0]), (478, 1))
    landmarks[[33, 133]], landmarks[[263, 362]] = (19, 26, 0), (29, 26, 0)
    landmarks[61], landmarks[291], landmarks[152] = (20, 34, 0), (28, 34, 0), (24, 40, 0)
    matrix = np.array([[32.0, 0, 8], [0, 32.0, 8], [0, 0, 1]])
    return Portrait(Photo(pixels), Face((16, 20, 32, 40), landmarks, 0.99), Alignment(matrix), regions, hair)


def composite(identity: Portrait, reference: Portrait, **_: object) -> Composite:
    """Stands in for ``compose_classical``: the reference's hair where it lies, the mean colour under the old hair."""
    photo, other = identity.photo.rgb(), reference.photo.rgb()
    alpha, old = reference.hair.copy(), identity.hair.copy()
    alpha[alpha < 0.02], old[old < 0.02] = 0, 0
    hole = np.zeros(alpha.shape, np.uint8)
    hole[(old > 0.03) & (alpha < 0.995)] = HoleLabel.BACKDROP
    hole[25:28][hole[25:28] > 0] = HoleLabel.FACE_SKIN
    plate = np.where(hole[..., None] > 0, photo.mean(axis=(0, 1)), photo).astype(np.float32)
    image = (plate * (1 - alpha[..., None]) + other * alpha[..., None]).astype(np.float32)
    edit = ((hole > 0) | (alpha > 0)).astype(np.float32)
    image = np.where(edit[..., None] > 0, image, photo)
    warped = WarpedReference(other, np.ones(alpha.shape, bool), reference.regions, alpha, other,
                             reference.face.landmarks[:, :2].astype(np.float64), 1.0, False)
    invent = (hole > 0).astype(np.float32) * edit
    return Composite(image, plate, alpha, other, old, hole, edit, invent, warped)


def parse(image: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Stands in for the regions net: whatever is darker than the mean is hair."""
    grey = image.mean(axis=2)
    hair = (grey < grey.mean()).astype(np.float32)
    return (hair * Region.HAIR).astype(np.uint8), hair


def context(seed: int = 0, *, bits: int = 8) -> Context:
    """A context with three portraits and tiny networks."""
    identity, shape, appearance = portrait(1, bits=bits), portrait(2), portrait(3)
    made = Context(TinyPack(), torch.device("cpu"), torch.Generator().manual_seed(seed),
                   {"identity": identity, "shape": shape, "appearance": appearance})
    made._loaded.update(generator=tiny_generator(0), encoder=tiny_encoder(0), features=random_features(0), parser=parse)
    return made


def request(made: Context, **changes: object) -> Request:
    """A request for the photos of a context, for a recipe that optimises."""
    photos = {role: person.photo for role, person in made.portraits.items()}
    base = Request(photos, recipe="loho", pack="tiny", device="cpu")
    return replace(base, **changes)  # type: ignore[arg-type]


def drive(
    recipe: Recipe, request: Request, context: Context, stop_after: int | None = None
) -> tuple[list[Step], Outcome]:
    """Carry a recipe out; ask it to stop after so many steps. All its steps, and what it leaves."""
    steps: list[Step] = []
    running = recipe.run(request, context)
    while True:
        try:
            steps.append(next(running))
            assert recipe.info.stage_title(steps[-1].stage), f"no title for the stage {steps[-1].stage!r}"
        except StopIteration as end:
            return steps, end.value
        if stop_after is not None and len(steps) >= stop_after:
            context.stop()
