"""A world of 16 pixels: portraits, a composite and tiny networks, so that recipes run in milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from core.compositing.composite import Composite, HoleLabel, WarpedReference
from core.document.photo import Photo
from core.faces.align import Alignment
from core.faces.face import Face, Portrait, Region
from core.generators.fusion_net import FusionNet, StyleLayout
from core.generators.style_net import StyleConfig, StyleNetwork, Stylist
from core.models.tables import ChannelTable, LatentTable
from core.recipes.base import Outcome, Step
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.request import Request
from core.recipes.stylefusion.codes import Networks
from tests.core.generators.tiny import TINY, random_features, tiny_encoder, tiny_generator

SIDE = 48
REGIONS = ("hair", "background", "clothes", "skin", "eyes", "brows", "lips")
STYLE_CONFIG = StyleConfig(code=6, channels=(8, 8, 12), blocks=1, style_channels=(4, 6), hidden=10)


class TinyPack:
    """Has a name and nothing else."""

    name = "tiny"

    def __contains__(self, component: object) -> bool:
        return False


class StylePack(TinyPack):
    """Says it has a style network."""

    def __contains__(self, component: object) -> bool:
        return component == "style"


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


def thirds(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stands in for the regions net: hair above, a face in the middle, clothes below, background at the left."""
    size = image.shape[0]
    labels = np.full((size, size), 1, np.uint8)
    labels[-size // 4 :] = 3
    labels[:, : size // 5] = 0
    hair = np.zeros((size, size), np.float32)
    hair[: size // 3, size // 5 :] = 1
    labels[size // 2, size // 2] = 4
    return labels, hair


def networks(context: Context, *, trained: bool = True) -> Networks:
    """StyleFusion's, around those of a context; not ``trained``: the pack has no FusionNet."""
    source = np.random.default_rng(0)
    layout = StyleLayout.of(TINY)
    table = ChannelTable(REGIONS, layout.sizes, source.random((7, layout.channels)).astype(np.float32) ** 3,
                         np.full(7, 1 / 7, np.float32))
    fusion = None
    if trained:
        torch.manual_seed(0)
        fusion = FusionNet(layout, 8)
        for node in ("all", "face", "bg_hair_clothes"):
            torch.nn.init.normal_(fusion.blender("fuse", node).last.weight, 0, 0.3)
        fusion.requires_grad_(False)
    latents = LatentTable(np.zeros((TINY.layers, TINY.w_dim), np.float32), np.ones(TINY.layers, np.float32),
                          source.normal(size=(3, TINY.layers, TINY.w_dim)).astype(np.float32),
                          np.ones(3, np.float32))
    return Networks(context.generator(), context.encoder(), context.features(), thirds, table, layout, fusion, latents)


def fusion_context(*, bits: int = 8, trained: bool = True) -> Context:
    """The context with a further portrait and StyleFusion's networks."""
    made = context(bits=bits)
    made.portraits = {**made.portraits, "extra1": portrait(7)}
    made._loaded.update(stylefusion=networks(made, trained=trained))
    return made


def style_context(*roles: str, bits: int = 8) -> Context:
    """A context with the identity and the portraits of these roles, and a pack with a style network."""
    made = context(bits=bits)
    made.pack = StylePack()
    made.portraits = {role: made.portraits[role] for role in ("identity", *roles)}
    return made


def pictures(*seeds: int) -> dict[str, Photo]:
    """Pictures for style transfer, of noise."""
    return {f"style{index}": Photo(np.random.default_rng(seed).integers(0, 255, (70, 90, 3)).astype(np.uint8))
            for index, seed in enumerate(seeds, 1)}


@cache
def stylist() -> Stylist:
    """A style network with random weights."""
    torch.manual_seed(0)
    return Stylist(StyleNetwork(STYLE_CONFIG), dtype=torch.float32)


def request(made: Context, **changes: object) -> Request:
    """A request for the photos of a context, for a recipe that optimises."""
    photos = {role: person.photo for role, person in made.portraits.items()}
    base = Request(photos, recipe="loho", pack="tiny", device="cpu")
    return replace(base, **changes)  # type: ignore[arg-type]


def drive(
    recipe: Recipe, request: Request, context: Context, stop_after: int | None = None,
    meanwhile: Callable[[Step], object] | None = None,
) -> tuple[list[Step], Outcome]:
    """Carry a recipe out; ask it to stop after so many steps. All its steps, and what it leaves.

    ``meanwhile`` is what others do after every step, before the recipe goes on.
    """
    steps: list[Step] = []
    running = recipe.run(request, context)
    while True:
        try:
            steps.append(next(running))
            assert recipe.info.stage_title(steps[-1].stage), f"no title for the stage {steps[-1].stage!r}"
        except StopIteration as end:
            return steps, end.value
        if meanwhile is not None:
            meanwhile(steps[-1])
        if stop_after is not None and len(steps) >= stop_after:
            context.stop()
