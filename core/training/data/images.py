"""Portraits for training a generator: loading, resampling, augmentation and the damage that composites suffer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import InputRefused
from core.training.data.splits import read_index

# sRGB colours that whole heads of hair are pulled towards: brown, black, blonde, red, dark blonde.
_HAIR = torch.tensor([[0.30, 0.20, 0.14], [0.09, 0.08, 0.08], [0.74, 0.60, 0.40], [0.52, 0.24, 0.12],
                      [0.48, 0.37, 0.25]])


@dataclass(frozen=True)
class PortraitSet:
    """Portraits held in memory.

    Attributes:
        images: [N, 3, S, S] uint8.
        hair: [N, 1, S, S] uint8 soft matte.
        weights: [N] sampling weights, more for much hair.
        names: file stems.
    """

    images: Tensor
    hair: Tensor
    weights: Tensor
    names: tuple[str, ...]


def load_portraits(folder: Path, split: str, side: int) -> PortraitSet:
    """Read ``index.csv``, ``images`` and ``hair`` of one split ("train" or "val") at ``side`` pixels.

    Raises InputRefused when the folder has no such data.
    """
    index = folder / "index.csv"
    if not index.is_file():
        raise InputRefused(f"{folder} holds no training portraits.", "index.csv is missing.",
                           "Give the folder with images, hair and index.csv to --data.")
    rows = [row for row in read_index(folder) if row["split"] == split]
    images, mattes, weights = [], [], []
    for row in rows:
        images.append(_read(folder / "images" / f"{row['name']}.jpg", side, cv2.IMREAD_COLOR)[..., ::-1])
        mattes.append(_read(folder / "hair" / f"{row['name']}.png", side, cv2.IMREAD_GRAYSCALE)[..., None])
        weights.append(0.5 + min(float(row["hair_fraction"]), 0.45) * 8.0)
    return PortraitSet(
        torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous(),
        torch.from_numpy(np.stack(mattes)).permute(0, 3, 1, 2).contiguous(),
        torch.tensor(weights),
        tuple(row["name"] for row in rows),
    )


def _read(path: Path, side: int, flag: int) -> np.ndarray:
    image = cv2.imread(str(path), flag)
    if image is None:
        raise InputRefused(f"{path} cannot be read.", "It is missing or not an image.", "Restore the data folder.")
    if image.shape[0] != side:
        image = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return image


class Sampler:
    """Endless augmented batches.

    Args:
        portraits: what to draw from, a little larger than ``resolution``.
        resolution: side of the batches.
        seed: fixes the order and all augmentation.
        damaged: share of samples whose input is damaged while the target stays clean.
    """

    def __init__(self, portraits: PortraitSet, resolution: int, seed: int, *, device: torch.device,
                 damaged: float = 0.4) -> None:
        self.portraits = portraits
        self.resolution = resolution
        self.damaged = damaged
        self.device = device
        self.random = torch.Generator(device=device).manual_seed(seed)
        self.images = portraits.images.to(device)
        self.hair = portraits.hair.to(device)
        self.weights = portraits.weights.to(device)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """Uniform numbers from the sampler's own stream."""
        return torch.rand(shape, generator=self.random, device=self.device) * (high - low) + low

    def batch(self, count: int) -> tuple[Tensor, Tensor]:
        """Inputs and targets [B, 3, R, R] float32 in [-1, 1]; they differ where the input was damaged."""
        chosen = torch.multinomial(self.weights, count, replacement=True, generator=self.random)
        stack = torch.cat([self.images[chosen], self.hair[chosen]], 1).float() / 255.0
        stack = F.grid_sample(stack, self._grid(count), mode="bilinear", padding_mode="reflection",
                              align_corners=False)
        hair = stack[:, 3:]
        clean = self._recolour(self._jitter(stack[:, :3]), hair)
        broken = torch.where(self.uniform(count, 1, 1, 1) < self.damaged, self.damage(clean, hair), clean)
        return broken * 2 - 1, clean * 2 - 1

    def _grid(self, count: int) -> Tensor:
        angle = self.uniform(count, low=-1, high=1) * math.radians(5)
        # The stored crop is used whole at scale 1; zooming in keeps enough detail at the stored side.
        scale = 1.0 / self.uniform(count, low=0.94, high=1.14)
        mirror = torch.where(self.uniform(count) < 0.5, -1.0, 1.0)
        theta = torch.zeros(count, 2, 3, device=self.device)
        theta[:, 0, 0] = torch.cos(angle) * scale * mirror
        theta[:, 0, 1] = -torch.sin(angle) * scale
        theta[:, 1, 0] = torch.sin(angle) * scale * mirror
        theta[:, 1, 1] = torch.cos(angle) * scale
        theta[:, :, 2] = self.uniform(count, 2, low=-0.04, high=0.04)
        return F.affine_grid(theta, [count, 3, self.resolution, self.resolution], align_corners=False)

    def _jitter(self, images: Tensor) -> Tensor:
        count = images.shape[0]
        grey = images.mean(1, keepdim=True)
        images = grey + (images - grey) * self.uniform(count, 1, 1, 1, low=0.8, high=1.15)
        images = images * self.uniform(count, 3, 1, 1, low=0.93, high=1.07)
        return (images * self.uniform(count, 1, 1, 1, low=0.85, high=1.15)).clamp(0, 1)

    def _recolour(self, images: Tensor, hair: Tensor) -> Tensor:
        """A third of the heads get another hair colour: luminance rescaled, chroma replaced inside the matte."""
        count = images.shape[0]
        pick = (self.uniform(count) * len(_HAIR)).long().clamp(max=len(_HAIR) - 1)
        colour = _HAIR.to(self.device)[pick][:, :, None, None] * self.uniform(count, 1, 1, 1, low=0.8, high=1.2)
        weights = images.new_tensor([0.299, 0.587, 0.114])[None, :, None, None]
        light = (images * weights).sum(1, keepdim=True)
        area = hair.sum((2, 3), keepdim=True) + 1.0
        level = (light * hair).sum((2, 3), keepdim=True) / area + 0.02
        target = (colour * weights).sum(1, keepdim=True)
        ratio = (light / level).clamp(0, 2.2)
        # Contrast of dark hair stretched to blonde looks like noise; the power tempers it.
        ratio = ratio.pow((level / target).clamp(0.6, 1.0))
        tinted = (colour * ratio).clamp(0, 1)
        use = (self.uniform(count, 1, 1, 1) < 1 / 3) & (area > 40.0)
        return torch.where(use, images + hair * (tinted - images), images)

    def blobs(self, count: int, cells: int, cover: float) -> Tensor:
        """Soft random shapes [B, 1, R, R] in 0..1 covering about ``cover`` of the picture."""
        noise = torch.randn(count, 1, cells, cells, generator=self.random, device=self.device)
        size = [self.resolution, self.resolution]
        field = F.interpolate(noise, size=size, mode="bicubic", align_corners=False)
        threshold = torch.quantile(field.flatten(1)[:, ::7], 1.0 - cover, dim=1)[:, None, None, None]
        softness = 4.0 * 8.0 ** self.uniform(count, 1, 1, 1)
        return torch.sigmoid((field - threshold) * softness)

    def damage(self, clean: Tensor, hair: Tensor) -> Tensor:
        """What pasting and hole filling do to a portrait: shifted hair over a blurred fill, then patches and seams."""
        count = clean.shape[0]
        again = self._repaste(clean, hair)
        images = torch.where(self.uniform(count, 1, 1, 1) < 0.5, again, clean)
        for _ in range(2):
            mask = self.blobs(count, 4 + int(self.uniform(1).item() * 5), 0.06 + 0.16 * float(self.uniform(1)))
            near = self._border(hair)
            mask = torch.where(self.uniform(count, 1, 1, 1) < 0.5, mask * near, mask)
            images = images + mask * (self._content(images) - images)
        return images.clamp(0, 1)

    def _border(self, hair: Tensor) -> Tensor:
        """Band of about 8 % of the side around the edge of the hair."""
        size = self.resolution // 16 * 2 + 1
        wide = hair
        # Rows, then columns: the same mean, and not the square of the window's side in work.
        for window, padding in (((size, 1), (size // 2, 0)), ((1, size), (0, size // 2))):
            wide = F.avg_pool2d(wide, window, stride=1, padding=padding, count_include_pad=False)
        return (wide * (1 - wide) * 6).clamp(0, 1)

    def _content(self, images: Tensor) -> Tensor:
        """One of: blurred, another person's pixels, colour shift, displaced, flat colour; drawn per sample."""
        count = images.shape[0]
        other = images.roll(1 + int(self.uniform(1).item() * max(1, count - 1)), 0)
        small = F.avg_pool2d(images, 16 if float(self.uniform(1)) < 0.5 else 8)
        blurred = F.interpolate(small, size=images.shape[2:], mode="bilinear", align_corners=False)
        shifted = images * self.uniform(count, 3, 1, 1, low=0.7, high=1.3) + self.uniform(
            count, 3, 1, 1, low=-0.08, high=0.08)
        span = self.resolution // 16
        step = (self.uniform(2, low=-span, high=span)).round().int().tolist()
        displaced = images.roll((int(step[0]), int(step[1])), (2, 3))
        flat = images.mean((2, 3), keepdim=True).expand_as(images)
        choices = torch.stack([blurred, other, shifted, displaced, blurred, flat])
        pick = (self.uniform(count) * len(choices)).long().clamp(max=len(choices) - 1)
        return choices[pick, torch.arange(count, device=self.device)]

    def _repaste(self, clean: Tensor, hair: Tensor) -> Tensor:
        """The own hair cut out with a wrong matte and set back, a little moved and tinted, over a smooth fill."""
        count = clean.shape[0]
        plate = clean
        hole = F.max_pool2d(hair, 5, stride=1, padding=2)
        keep = 1 - hole
        filled = torch.zeros_like(clean)
        weight = torch.full_like(hair, 1e-4)
        for factor in (4, 8, 16, 32):
            mean = F.avg_pool2d(plate * keep, factor)
            mass = F.avg_pool2d(keep, factor)
            up = F.interpolate(torch.cat([mean, mass], 1), size=clean.shape[2:], mode="bilinear",
                               align_corners=False)
            filled, weight = filled + up[:, :3] * 4.0 ** -factor.bit_length(), weight + up[:, 3:] * 4.0 ** (
                -factor.bit_length())
        plate = clean * keep + (filled / weight).clamp(0, 1) * hole
        slope = self.uniform(count, 1, 1, 1, low=1.0, high=3.0)
        matte = ((hair - 0.5) * slope + 0.5 + self.uniform(count, 1, 1, 1, low=-0.4, high=0.3)).clamp(0, 1)
        theta = torch.eye(2, 3, device=self.device).repeat(count, 1, 1)
        theta[:, :, :2] *= self.uniform(count, 1, 1, low=0.96, high=1.04)
        theta[:, :, 2] = self.uniform(count, 2, low=-0.04, high=0.04)
        grid = F.affine_grid(theta, list(clean.shape), align_corners=False)
        colour = clean * self.uniform(count, 3, 1, 1, low=0.88, high=1.12)
        moved = F.grid_sample(torch.cat([colour, matte], 1), grid, padding_mode="border", align_corners=False)
        return plate + moved[:, 3:] * (moved[:, :3] - plate)
