"""Machine-made labels corrected by the network that learnt from them: most errors are rare and have no system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import InputRefused
from core.faces.face import Region
from core.training.data.portraits import SIZE, Portraits, make_frame
from core.training.faces.nets import CLASSES, REGION_INPUT

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""uint8 crops [B, 256, 256, 3] to logits [B, 8, 256, 256]."""

VIEWS = (1.0, 1.2, 1.5)
"""Sides of the crops in which the teacher looks at a portrait, each also mirrored."""
_SURE = 0.75
_UNSURE_WEIGHT = 0.1
_DISTANCE = 3
_SMALLEST = 60


def opinion(image: NDArray[np.uint8], predict: Predict) -> NDArray[np.float32]:
    """The network's mean logits [8, 256, 256] of a portrait [256, 256, 3], over views and their mirrors."""
    crops = []
    for side in VIEWS:
        frame = make_frame((0.5, 0.5), side, 0)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (REGION_INPUT, REGION_INPUT)
        matrix = frame.pixels(REGION_INPUT, SIZE)
        crops.append(cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101))
    views = np.stack(crops)
    logits = predict(np.concatenate([views, views[:, :, ::-1]]).astype(np.uint8, copy=False))
    logits = (logits[: len(VIEWS)] + logits[len(VIEWS) :, :, :, ::-1]) / 2
    total = np.zeros((CLASSES + 1, SIZE, SIZE), np.float32)
    for side, planes in zip(VIEWS, logits, strict=True):
        back = np.linalg.inv(
            np.vstack([make_frame((0.5, 0.5), side, 0).pixels(REGION_INPUT, SIZE), [0, 0, 1]])
        )
        for channel, plane in enumerate(planes):
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            total[channel] += cv2.warpAffine(np.ascontiguousarray(plane), back[:2], (SIZE, SIZE), flags=flags)
    return (total / len(VIEWS)).astype(np.float32)


def corrected(
    logits: NDArray[np.float32], regions: NDArray[np.uint8], hair: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Labels of one portrait after hearing the network.

    Only places count where the two differ by more than the width of an outline. There the network's answer replaces
    the label where it is sure; where it is not, the label stays and weighs little.

    Args:
        logits: [8, H, W], the network's opinion.
        regions: [H, W] uint8 labels.
        hair: [H, W] uint8 matte.

    Returns:
        regions, hair, and the weight [H, W] uint8 of each pixel, 255 for full.
    """
    matte = 1 / (1 + np.exp(-np.clip(logits[CLASSES], -30, 30)))
    differ = (matte > 0.5) != (hair > 127)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _DISTANCE + 1,) * 2)
    core = cv2.morphologyEx(differ.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(differ.astype(np.uint8), connectivity=4)
    large = np.isin(parts, [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= _SMALLEST])
    core = cv2.dilate(core, kernel).astype(bool) & differ & large
    sure = core & ((matte > _SURE) | (matte < 1 - _SURE))
    sure = cv2.morphologyEx(sure.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)
    regions, hair = regions.copy(), hair.copy()
    weight = np.full(regions.shape, 255, np.uint8)
    weight[core & ~sure] = round(255 * _UNSURE_WEIGHT)
    hair[sure] = np.rint(255 * matte[sure]).astype(np.uint8)
    others = logits[:CLASSES].copy()
    others[Region.HAIR] = -np.inf
    label = np.where(matte > 0.5, np.uint8(Region.HAIR), others.argmax(axis=0).astype(np.uint8))
    regions[sure] = label[sure]
    return regions, hair, weight


def relabelled(portraits: Portraits, predict: Predict) -> tuple[Portraits, float]:
    """The portraits with the training split's labels corrected, and the share of its pixels that changed."""
    regions, hair = portraits.regions.copy(), portraits.hair.copy()
    trust = np.full(regions.shape, 255, np.uint8)
    changed = 0
    for index in portraits.train:
        before = regions[index]
        logits = opinion(portraits.images[index], predict)
        regions[index], hair[index], trust[index] = corrected(logits, before.copy(), hair[index])
        changed += int((regions[index] != portraits.regions[index]).sum())
    share = changed / max(1, len(portraits.train) * regions[0].size)
    fraction = portraits.hair_fraction.copy()
    fraction[portraits.train] = (hair[portraits.train] > 127).mean(axis=(1, 2))
    return replace(portraits, regions=regions, hair=hair, trust=trust, hair_fraction=fraction), share


def write_labels(portraits: Portraits, path: Path) -> None:
    """Keep corrected labels beside a checkpoint, so that a resumed training learns from the same ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        names=np.array(portraits.names),
        regions=portraits.regions,
        hair=portraits.hair,
        trust=np.full(portraits.regions.shape, 255, np.uint8) if portraits.trust is None else portraits.trust,
        hair_fraction=portraits.hair_fraction,
    )


def read_labels(portraits: Portraits, path: Path) -> Portraits:
    """The portraits with the labels that ``write_labels`` kept.

    Raises:
        InputRefused: the file is for other portraits.
    """
    with np.load(path) as kept:
        if tuple(kept["names"].tolist()) != portraits.names:
            raise InputRefused(
                f"The labels in {path} cannot be used.",
                "They were made for other portraits.",
                "Delete the file, or give the portraits it was made from with --data.",
            )
        return replace(portraits, **{k: kept[k] for k in ("regions", "hair", "trust", "hair_fraction")})
