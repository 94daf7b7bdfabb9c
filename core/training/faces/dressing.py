"""Dresses training portraits up for the regions network: other hair, backgrounds, glasses, headwear; labels follow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.faces.face import FEATURES, Region
from core.training.data.portraits import SIZE, Portraits, random_background
from core.training.faces.warp import put_on_glasses

_GLASSES = 0.35
_BORROWED = 0.4
_THICKEST_FRAME = 0.13

# Hair colours (mean display RGB) from black through brown, red and blond to grey, and a few dyes.
_HAIR_COLOURS = np.array(
    [[25, 22, 22], [50, 38, 32], [85, 60, 45], [120, 85, 60], [135, 70, 40], [170, 90, 50], [185, 145, 95],
     [220, 190, 140], [190, 185, 180], [130, 128, 128], [235, 230, 225], [150, 40, 60], [60, 70, 140]], np.float32,
)  # fmt: skip


def recolour_hair(
    image: NDArray[np.float32], hair: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Give the hair [H, W] matte 0..1 of image [H, W, 3] 0..255 another colour, keeping its strands."""
    weight = float(hair.sum())
    if weight < 100:
        return image
    grey = image.mean(axis=2)
    mean = max(float((grey * hair).sum()) / weight, 4.0)
    colour = _HAIR_COLOURS[rng.integers(len(_HAIR_COLOURS))] * np.exp(rng.normal(0, 0.15, 3)).astype(
        np.float32
    )
    contrast = np.float32(rng.uniform(0.5, 1.1))
    painted = colour * (np.maximum(grey, 1) / np.float32(mean))[..., None] ** contrast
    strength = np.float32(rng.uniform(0.5, 1.0))
    return image + (np.minimum(painted, 255) - image) * (strength * hair)[..., None]


def dress(
    portraits: Portraits,
    index: int,
    backgrounds: NDArray[np.uint8],
    rng: np.random.Generator,
    strength: float = 1.0,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """One portrait with, at random, another background, hair colour, somebody else's hair, a scarf.

    Returns:
        image [256, 256, 3], regions [256, 256] and hair [256, 256], all uint8.
    """
    image = portraits.images[index].astype(np.float32)
    regions, hair = portraits.regions[index].copy(), portraits.hair[index].copy()
    matte = hair.astype(np.float32) / 255
    if rng.random() < 0.45 * strength:
        image = recolour_hair(image, matte, rng)
    if rng.random() < 0.45 * strength:
        person = cv2.GaussianBlur((regions != Region.BACKGROUND).astype(np.float32), (0, 0), 0.8)
        person = np.where(regions == Region.HAIR, matte, np.maximum(person, matte))[..., None]
        behind = backgrounds[rng.integers(len(backgrounds))]
        image = image * person + behind * (1 - person)
    if rng.random() < _BORROWED * strength:
        donor = int(rng.choice(portraits.train, p=donor_odds(portraits)))
        strands, other = (
            portraits.hair[donor].astype(np.float32) / 255,
            portraits.images[donor].astype(np.float32),
        )
        other = recolour_hair(other, strands, rng) if rng.random() < 0.6 else other
        shift = np.array([[1, 0, rng.normal(0, 4)], [0, 1, rng.normal(0, 4)]])
        strands, other = (
            cv2.warpAffine(v, shift, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE) for v in (strands, other)
        )
        image = image + (other - image) * strands[..., None]
        regions[strands > 0.5] = Region.HAIR
        hair = np.maximum(hair, (strands * 255).astype(np.uint8))
    if rng.random() < _GLASSES * strength:
        image, regions, hair = wear_glasses(image, regions, hair, portraits.landmarks[index], rng)
    if rng.random() < 0.2 * strength and (hair > 127).mean() > 0.05:
        image, regions, hair = cover(image, regions, hair, backgrounds[rng.integers(len(backgrounds))], rng)
    return np.clip(image, 0, 255).astype(np.uint8), regions, hair


def wear_glasses(
    image: NDArray[np.float32],
    regions: NDArray[np.uint8],
    hair: NDArray[np.uint8],
    points: NDArray[np.floating],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint8]]:
    """Put drawn glasses on a face with landmarks points [478, >=2]; what their frames hide becomes skin.

    Thick dark frames look like locks to a network that has seen few of them, and machine-made labels say so too.
    """
    seed = int(rng.integers(2**31))
    # Drawn on black and on white, glasses show how much they hide.
    black, white = (
        put_on_glasses(np.full((SIZE, SIZE, 3), level, np.uint8), points, np.random.default_rng(seed), _THICKEST_FRAME)
        for level in (0, 255)
    )
    drawn = np.clip(image, 0, 255).astype(np.uint8)
    worn = put_on_glasses(drawn, points, np.random.default_rng(seed), _THICKEST_FRAME).astype(np.float32)
    hidden = 1 - (white.astype(np.float32) - black).mean(axis=2) / 255
    if rng.random() < 0.3:
        # Horn and patterned frames are not of one colour.
        worn += (random_background(SIZE, rng) - worn) * (0.6 * np.maximum(hidden * 4 - 3, 0))[..., None]
    regions, hair = regions.copy(), np.rint(hair * (1 - hidden)).astype(np.uint8)
    regions[(hidden > 0.5) & np.isin(regions, (Region.HAIR, Region.BROWS))] = Region.SKIN
    return worn, regions, hair


def cover(
    image: NDArray[np.float32],
    regions: NDArray[np.uint8],
    hair: NDArray[np.uint8],
    cloth: NDArray[np.floating] | NDArray[np.uint8],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint8]]:
    """Dress the head in a scarf or cap: cloth [256, 256, 3] where hair [256, 256] was, with folds; labels follow.

    Headwear is too rare in the portraits for a network to learn that it is not hair.
    """
    radius = int(rng.integers(3, 11))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    mask = cv2.morphologyEx((hair > 90).astype(np.uint8), cv2.MORPH_CLOSE, disc)
    mask = cv2.dilate(mask, disc)
    mask[np.isin(regions, FEATURES)] = 0
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 3.0)
    soft = np.clip((soft - 0.5) * 8 + 0.5, 0, 1)
    cells = int(rng.integers(4, 14))
    folds = cv2.resize(
        rng.normal(1, 0.2, (cells, cells)).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC
    )
    rim = 0.55 + 0.45 * np.clip(cv2.GaussianBlur(soft, (0, 0), 6.0) * 1.4 - 0.2, 0, 1)
    if rng.random() < 0.4:
        cloth = striped_cloth(rng)
    # From patterned to plain, from gaudy to grey.
    grey = cloth.mean(axis=2, keepdims=True, dtype=np.float32)
    cloth = grey + (cloth - grey) * np.float32(rng.uniform(0.1, 0.8))
    middle = cloth.mean(axis=(0, 1)) * np.float32(rng.uniform(0.3, 1.0))
    cloth = middle + (cloth - middle) * np.float32(rng.uniform(0.0, 1.0))
    painted = np.clip(cloth * (folds * rim)[..., None], 0, 255)
    image = image + (painted - image) * soft[..., None]
    regions[soft > 0.5] = Region.CLOTHES
    return image, regions, (hair * (1 - soft)).astype(np.uint8)


def striped_cloth(rng: np.random.Generator) -> NDArray[np.float32]:
    """Cloth [256, 256, 3] 0..255 with stripes of two to four colours that follow its folds."""
    colours = rng.uniform(0, 255, (int(rng.integers(2, 5)), 3)).astype(np.float32)
    cells = int(rng.integers(3, 7))
    bend = cv2.resize(
        rng.normal(0, 1, (cells, cells)).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC
    )
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) / SIZE
    angle = rng.uniform(0, np.pi)
    along = (
        x * np.float32(np.cos(angle))
        + y * np.float32(np.sin(angle))
        + bend * np.float32(rng.uniform(0, 0.15))
    )
    band = (along * np.float32(rng.uniform(4, 30))).astype(np.int32) * 7919
    return cv2.GaussianBlur(colours[band % len(colours)], (0, 0), float(rng.uniform(0.5, 1.5)))


def donor_odds(portraits: Portraits) -> NDArray[np.float64]:
    """How often each training portrait is drawn [len(train)]: the more hair, the more often."""
    share = portraits.hair_fraction[portraits.train].astype(np.float64)
    odds = 0.08 + np.clip(share, 0, 0.4)
    return odds / odds.sum()
