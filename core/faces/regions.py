"""Semantic regions and the soft hair matte of a photo, through the pack's small ONNX network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect
from core.document.photo import Photo
from core.errors import ModelFileError
from core.faces.align import Alignment
from core.faces.face import Region
from core.faces.landmarks import sub_square
from core.models.onnx import file_stamp, onnx_session

_INPUT = 256
_CLASSES = 7
# The widest crop holds the longest hair; closer ones, blended in with these shares, show strands finer.
_WIDE = 2.0
_CLOSER = ((1.5, 1.0), (1.2, 0.8), (1.0, 0.4))
_MERGED = 512
# Radius around the middle of the face in which the head's own hair begins, in sides of the FFHQ crop.
_HEAD = 0.36
# Hair that leaves the wide crop goes on beyond it, ever less surely: logits lost per side of the crop.
_FADE = 16.0


@dataclass(frozen=True, eq=False)
class Parsing:
    """Regions of a photo.

    Attributes:
        regions: [H, W] uint8, ``core.faces.face.Region`` labels.
        hair: [H, W] float32 in 0..1, soft hair matte.
        beneath: [H, W] uint8, the likeliest label other than hair.
    """

    regions: NDArray[np.uint8]
    hair: NDArray[np.float32]
    beneath: NDArray[np.uint8]


class RegionsNet:
    """The regions network of a pack.

    Raises:
        ModelFileError: the file is not this network.
    """

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)
        shape = self._session.get_inputs()[0].shape
        names = [output.name for output in self._session.get_outputs()]
        if list(shape[1:]) != [3, _INPUT, _INPUT] or names != ["logits"]:
            raise ModelFileError(
                f"{path} cannot be used.", "It is not a regions network.", "Install the pack again."
            )

    def logits(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """[B, 256, 256, 3] uint8 RGB to [B, 256, 256, 8]: seven class logits, then the hair matte's."""
        batch = np.ascontiguousarray((crops.astype(np.float32) / 127.5 - 1).transpose(0, 3, 1, 2))
        return np.asarray(self._session.run(None, {"image": batch})[0]).transpose(0, 2, 3, 1)

    def parse(self, photo: Photo, alignment: Alignment) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Labels [H, W] uint8 and soft hair matte [H, W] float32 of a photo whose face has this alignment."""
        parsing = self.parse_full(photo, alignment)
        return parsing.regions, parsing.hair

    def parse_full(self, photo: Photo, alignment: Alignment) -> Parsing:
        """The same, with what lies beneath the hair."""
        alignment = sub_square(alignment, np.array([0.5, 0.5]), 1 / alignment.scale)
        wide = sub_square(alignment, np.array([0.5, 0.5]), _WIDE)
        merged = self._merged(photo.rgb8(), alignment, wide)
        return _to_photo(merged, wide, photo.width, photo.height)

    def _merged(self, image: NDArray[np.uint8], alignment: Alignment, wide: Alignment) -> NDArray[np.float32]:
        """Logits [512, 512, 8] of the wide crop, with the closer crops' blended in; mirrored views averaged."""
        centre = np.array([0.5, 0.5])
        views = [wide, *(sub_square(alignment, centre, scale) for scale, _ in _CLOSER)]
        crops = np.stack([view.crop(image, _INPUT) for view in views])
        both = self.logits(np.concatenate([crops, crops[:, :, ::-1]]))
        both = (both[: len(views)] + both[len(views) :, :, ::-1]) / 2
        merged = cv2.resize(both[0], (_MERGED, _MERGED), interpolation=cv2.INTER_LINEAR)
        for (scale, share), logits in zip(_CLOSER, both[1:], strict=True):
            inner = round(_MERGED * scale / _WIDE)
            start = (_MERGED - inner) // 2
            part = merged[start : start + inner, start : start + inner]
            near = cv2.resize(logits, (inner, inner), interpolation=cv2.INTER_LINEAR)
            ramp = np.clip(np.minimum(np.arange(inner), np.arange(inner)[::-1]) / 24, 0, 1).astype(np.float32)
            part += (near - part) * (np.minimum(ramp[:, None], ramp[None]) * np.float32(share))[..., None]
        return _of_this_head(np.asarray(merged, np.float32))


def _of_this_head(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take back hair [S, S, 8] that is not connected to the head: texture behind it, or somebody else's hair."""
    size = logits.shape[0]
    count, parts = cv2.connectedComponents((logits[..., _CLASSES] > -1).astype(np.uint8), connectivity=4)
    head = np.zeros((size, size), np.uint8)
    middle, radius = size // 2, round(size * _HEAD / _WIDE)
    cv2.ellipse(head, (middle, middle), (radius, radius), 0, 0, 360, 1, -1)
    strange = np.setdiff1d(np.arange(1, count), parts[(head > 0) & (logits[..., _CLASSES] > 0)])
    if strange.size:
        away = cv2.GaussianBlur(np.isin(parts, strange).astype(np.float32), (0, 0), 1.5)
        logits[..., [Region.HAIR, _CLASSES]] -= 12 * away[..., None]
    return logits


def _to_photo(logits: NDArray[np.float32], crop: Alignment, width: int, height: int) -> Parsing:
    """Resample the crop's logits into photo space and decide; one channel at a time, for large photos."""
    area = _reach(crop, width, height)
    shift = np.eye(3)
    shift[:2, 2] = -area.x0, -area.y0
    matrix = (shift @ crop.pixel_matrix(logits.shape[0]))[:2]
    size = (area.width, area.height)
    outside = _distance_outside(crop, area) if area.width and area.height else np.zeros((0, 0), np.float32)
    beneath = np.zeros((area.height, area.width), np.uint8)
    best = np.full((area.height, area.width), -np.inf, np.float32)
    hair_logit = best
    hair = np.zeros_like(best)
    for channel in range(_CLASSES + 1):
        plane = np.ascontiguousarray(logits[..., channel])
        value = cv2.warpAffine(plane, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if channel == _CLASSES:
            hair = 1 / (1 + np.exp(-(value - _FADE * outside)))
        elif channel == Region.HAIR:
            hair_logit = value - _FADE * outside
        else:
            higher = value > best
            beneath[higher], best[higher] = channel, value[higher]
    regions = np.where(hair_logit > best, np.uint8(Region.HAIR), beneath)
    full = [np.full((height, width), Region.BACKGROUND, np.uint8) for _ in range(2)]
    matte = np.zeros((height, width), np.float32)
    full[0][area.slices()], full[1][area.slices()], matte[area.slices()] = regions, beneath, _trimmed(hair)
    return Parsing(full[0], matte, full[1])


def _trimmed(hair: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stretch the matte so that sure hair is 1 and sure background exactly 0."""
    return np.clip((hair - np.float32(0.04)) / np.float32(0.92), 0, 1)


def _reach(crop: Alignment, width: int, height: int) -> Rect:
    """The part of the photo within half a side of the crop (further down: clothes go on)."""
    corners = crop.quad
    grow = crop.side * 0.5
    x0, y0 = np.floor(corners.min(axis=0) - grow).astype(int)
    x1, y1 = np.ceil(corners.max(axis=0) + grow).astype(int)
    return Rect(
        int(np.clip(x0, 0, width)),
        int(np.clip(y0, 0, height)),
        int(np.clip(x1, 0, width)),
        int(np.clip(y1, 0, height)),
    )


def _distance_outside(crop: Alignment, area: Rect) -> NDArray[np.float32]:
    """How far each pixel of area lies outside the crop, in its sides."""
    inverse = np.linalg.inv(crop.matrix)
    x = np.arange(area.x0, area.x1, dtype=np.float32)[None] + np.float32(0.5)
    y = np.arange(area.y0, area.y1, dtype=np.float32)[:, None] + np.float32(0.5)
    result = np.zeros((area.height, area.width), np.float32)
    for row in inverse[:2].astype(np.float32):
        unit = row[0] * x + row[1] * y + row[2]
        np.maximum(result, np.maximum(-unit, unit - 1), out=result)
    return result


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> RegionsNet:
    return RegionsNet(path)


def load_regions(path: Path) -> RegionsNet:
    """The network of this file, kept open between calls.

    Raises:
        ModelFileError: missing or not this network.
    """
    return _load(path, file_stamp(path))
