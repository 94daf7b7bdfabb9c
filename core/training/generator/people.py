"""Paints people who do not exist, for samples: the generator's picture of codes mixed from several portraits.

Random z of a small pack give faces that look alike, softly. Feature maps F hold far more, but only maps of faces that
agree in place can be mixed. So three faces are brought to their common shape first; then their codes are averaged
inside the face, and the generator paints a face that belongs to none of the three, under the hair of one of them in
another colour.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from core.compositing.placing.recolour import recolour
from core.compositing.reading.glasses import wears_glasses
from core.errors import InputRefused
from core.faces.face import Region
from core.faces.frame import OVAL
from core.generators.encoder import StarterEncoder
from core.generators.load import load_encoder, load_generator
from core.generators.stylegan2 import StyleGAN2
from core.imaging.arrays import FloatImage
from core.imaging.colour import lab_to_rgb, rgb_to_lab
from core.imaging.matting import foreground_colour
from core.imaging.warp import enlarge_grid, resample
from core.models.pack import open_pack
from core.training.data.portraits import SIZE, Portraits, load_portraits

Points = NDArray[np.float64]

SHARES = (0.1, 0.45, 0.45)
"""Of the portrait whose hair is worn, and of the two others, in shape and codes of the face."""
# Of the first portrait's W+, which paints its hair and clothes as well.
_KEPT_W = 0.5
# How far inside the face's outline, in sides of the crop, its shape is wholly the common one.
_FADE = 0.06
# Pixels between two places at which the bending is computed.
_GRID = 8
# Of so many portraits most like the first, the others are drawn.
_CANDIDATES = 10
# Components of the codes that say whether two portraits are alike.
_MAIN = 24
_TOP_LIP, _LOW_LIP, _NOSE_TIP, _EYES = 13, 14, 1, (33, 263)


@dataclass(frozen=True, eq=False)
class Likeness:
    """What decides whose faces can be mixed: standardised numbers [N, K] of each portrait, who may take part, and the
    collections they are from."""

    numbers: NDArray[np.float64]
    bare: NDArray[np.bool_]
    sources: tuple[str, ...]

    def nearest(self, index: int, count: int) -> NDArray[np.intp]:
        """The ``count`` portraits most like this one, of the same collection.

        Another collection may have the same person again, and two portraits of one person, mixed, are that person.
        """
        among = np.flatnonzero(self.bare & (np.array(self.sources) == self.sources[index]))
        among = among[among != index]
        return among[np.argsort(np.square(self.numbers[among] - self.numbers[index]).sum(axis=1))[:count]]


def likeness(portraits: Portraits, encoder: StarterEncoder) -> Likeness:
    """Pose, mouth, build, colour of the skin, code and amount of hair of every portrait, pose first."""
    points = portraits.landmarks[..., :2].astype(np.float64)
    turn = points[:, _NOSE_TIP] - points[:, _EYES].mean(axis=1)
    mouth = np.linalg.norm(points[:, _TOP_LIP] - points[:, _LOW_LIP], axis=1)[:, None]
    skin = np.stack([
        np.median(rgb_to_lab(image[100:200:2, 90:166:2].astype(np.float32) / 255).reshape(-1, 3), axis=0)
        for image in portraits.images
    ])
    parts = np.array_split(portraits.images, -(-len(portraits.images) // 16))
    codes = torch.cat([encoder.encode(_to_input(part))[0] for part in parts]).flatten(1).double()
    left, spread, _ = torch.linalg.svd(codes - codes.mean(0), full_matrices=False)
    coded = (left * spread)[:, :_MAIN].numpy()
    hair = portraits.hair_fraction[:, None].astype(np.float64)
    weighted = [(turn, 3.0), (mouth, 2.0), (points.reshape(len(points), -1), 1.0), (skin, 1.5), (coded, 2.0),
                (hair, 1.0)]
    bare = [
        not wears_glasses(image.astype(np.float32) / 255, landmarks * SIZE, 0.45 * SIZE)
        for image, landmarks in zip(portraits.images, portraits.landmarks[..., :2], strict=True)
    ]
    numbers = np.hstack([_standard(rows) * weight for rows, weight in weighted])
    return Likeness(numbers, np.array(bare), portraits.sources)


def _standard(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rows [N, K] about their mean, with unit mean square length."""
    centred = np.asarray(rows, np.float64) - rows.mean(axis=0)
    return centred / np.sqrt(np.square(centred).sum(axis=1).mean())


@torch.no_grad()
def paint(generator: StyleGAN2, encoder: StarterEncoder, pictures: Sequence[FloatImage], face: FloatImage,
          shares: Sequence[float] = SHARES) -> FloatImage:
    """One picture of several whose faces agree in place.

    Args:
        generator, encoder: of one pack, with a feature map.
        pictures: [R, R, 3] in 0..1; outside the face the first one counts.
        face: [R, R] in 0..1, where the others do.
        shares: of the pictures, sum 1.

    Returns:
        [R, R, 3] in 0..1.
    """
    w, features = encoder.encode(_to_input(np.stack(pictures)))
    weights = torch.tensor(tuple(shares), dtype=features.dtype)
    place = torch.from_numpy(cv2.resize(face, features.shape[-2:][::-1], interpolation=cv2.INTER_AREA))
    mixed = (features * weights[:, None, None, None]).sum(0, keepdim=True)
    features = features[:1] + (mixed - features[:1]) * place
    others = (w[1:] * (weights[1:] / weights[1:].sum())[:, None, None]).sum(0, keepdim=True)
    made = generator.synthesize(w[:1].lerp(others, 1 - _KEPT_W), features=features)
    return (made[0].permute(1, 2, 0).float() * 0.5 + 0.5).clamp(0, 1).numpy()


def _to_input(images: NDArray) -> torch.Tensor:
    scale = 127.5 if images.dtype == np.uint8 else 0.5
    return torch.from_numpy(images.astype(np.float32) / np.float32(scale) - 1).permute(0, 3, 1, 2)


class Inventor:
    """Mixes portraits of one folder.

    Args:
        generator, encoder: of one pack; the generator in single precision.
        portraits: whose codes are mixed.

    Raises:
        InputRefused: the pack paints at another size than the portraits have.
    """

    def __init__(self, generator: StyleGAN2, encoder: StarterEncoder, portraits: Portraits) -> None:
        if generator.config.resolution != SIZE:
            raise InputRefused("This pack cannot paint people.",
                               f"It paints {generator.config.resolution} px, the portraits have {SIZE}.",
                               f"Choose a pack of {SIZE} px with --pack.")
        self._generator, self._encoder, self._portraits = generator, encoder, portraits
        self._likeness = likeness(portraits, encoder)

    def invent(self, seed: int) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
        """A picture [256, 256, 3] of nobody, and the names of the portraits whose codes are in it."""
        rng = np.random.default_rng(seed)
        portraits, everyone = self._portraits, np.arange(len(self._portraits.names))
        odds = (0.05 + portraits.hair_fraction) * self._likeness.bare
        head = int(rng.choice(everyone, p=odds / odds.sum()))
        others = rng.choice(self._likeness.nearest(head, _CANDIDATES), len(SHARES) - 1, replace=False)
        chosen = [head, *(int(index) for index in others)]
        dye = int(rng.choice(everyone, p=portraits.hair_fraction / portraits.hair_fraction.sum()))
        pictures, face = self._matched(chosen)
        pictures[0] = self._dressed(head, pictures[0], dye, rng)
        made = paint(self._generator, self._encoder, pictures, face)
        if rng.random() < 0.5:
            made = made[:, ::-1]
        return np.rint(made * 255).astype(np.uint8), tuple(portraits.names[index] for index in (*chosen, dye))

    def _matched(self, chosen: Sequence[int]) -> tuple[list[FloatImage], FloatImage]:
        """The portraits [256, 256, 3] bent to one face, and where that is mixed [256, 256] in 0..1."""
        portraits = self._portraits
        points = [portraits.landmarks[index, :, :2].astype(np.float64) for index in chosen]
        own, inside = points[0], _depth_inside(points[0])
        mean = np.tensordot(np.array(SHARES), np.stack(points), 1)
        shape = own + np.clip(inside / _FADE, 0, 1)[:, None] * (mean - own)
        outline, middle = own[list(OVAL)], own[list(OVAL)].mean(axis=0)
        # Hair, ears and neck stay where they are.
        around = middle + 1.25 * (outline - middle)
        face = np.zeros((SIZE, SIZE), np.uint8)
        cv2.fillPoly(face, [np.rint(shape[list(OVAL)] * SIZE).astype(np.int32)], 1)
        bare = cv2.erode(face, np.ones((21, 21), np.uint8)) > 0
        pictures = [_bent(portraits.images[chosen[0]], own, shape, around)]
        for index, theirs in zip(chosen[1:], points[1:], strict=True):
            pictures.append(_toned(_bent(portraits.images[index], theirs, shape, None), pictures[0], bare))
        soft = cv2.GaussianBlur(cv2.erode(face, np.ones((25, 25), np.uint8)).astype(np.float32), (0, 0), 7)
        # Where the hair hangs into the face, it stays as it is.
        hair = cv2.dilate(portraits.hair[chosen[0]].astype(np.float32) / 255, np.ones((9, 9), np.uint8))
        return pictures, (soft * (1 - cv2.GaussianBlur(hair, (0, 0), 4))).astype(np.float32)

    def _dressed(self, index: int, picture: FloatImage, dye: int, rng: np.random.Generator) -> FloatImage:
        """The picture with its hair in the colour of another portrait's, before another backdrop."""
        portraits = self._portraits
        hair = portraits.hair[index].astype(np.float32) / 255
        other = portraits.images[dye].astype(np.float32) / 255
        strands = recolour(foreground_colour(picture, hair), hair, other, portraits.hair[dye].astype(np.float32) / 255,
                           strength=float(rng.uniform(0.3, 1.0)))
        person = cv2.GaussianBlur((portraits.regions[index] != Region.BACKGROUND).astype(np.float32), (0, 0), 0.8)
        person = np.where(portraits.regions[index] == Region.HAIR, hair, np.maximum(person, hair))[..., None]
        body = foreground_colour(picture, person[..., 0])
        return (person * (body + (strands - body) * hair[..., None]) + (1 - person) * _backdrop(rng)).astype(np.float32)


def _depth_inside(points: Points) -> NDArray[np.float64]:
    """How far inside the face's outline each of points [N, 2] lies, in their unit; negative outside."""
    oval = points[list(OVAL)].astype(np.float32)
    return np.array([cv2.pointPolygonTest(oval, (float(x), float(y)), True) for x, y in points])


def _bent(image: NDArray[np.uint8], points: Points, shape: Points, fixed: Points | None) -> FloatImage:
    """A portrait [256, 256, 3] in 0..1 bent so that points [478, 2] come to lie at ``shape``; ``fixed`` stays."""
    every = np.unique([*range(0, len(points), 3), *OVAL])
    axis = np.linspace(-0.1, 1.1, 7)
    frame = np.array([(x, y) for x in axis for y in axis if not (0 < x < 1 and 0 < y < 1)])
    still = frame if fixed is None else np.vstack([frame, fixed])
    moves = np.vstack([points[every] - shape[every], np.zeros_like(still)])
    spline = RBFInterpolator(np.vstack([shape[every], still]), moves, kernel="thin_plate_spline", smoothing=1e-4)
    steps = np.arange(0, SIZE + _GRID, _GRID) / SIZE
    x, y = np.meshgrid(steps, steps)
    coarse = spline(np.column_stack([x.ravel(), y.ravel()])).reshape(*x.shape, 2).astype(np.float32) * SIZE
    field = enlarge_grid(coarse, float(_GRID), SIZE, SIZE)
    columns, rows = np.meshgrid(np.arange(SIZE, dtype=np.float32), np.arange(SIZE, dtype=np.float32))
    bent = resample(image.astype(np.float32) / 255, columns + field[..., 0], rows + field[..., 1])
    return np.clip(bent, 0, 1).astype(np.float32)


def _toned(image: FloatImage, like: FloatImage, where: NDArray[np.bool_]) -> FloatImage:
    """Image [H, W, 3] with mean and spread of another's colours inside a mask [H, W] (Reinhard et al. 2001)."""
    own, wanted = rgb_to_lab(image), rgb_to_lab(like)
    mean, spread = own[where].mean(axis=0), own[where].std(axis=0) + 1e-3
    ratio = np.clip(wanted[where].std(axis=0) / spread, 0.7, 1.4)
    return lab_to_rgb(((own - mean) * ratio + wanted[where].mean(axis=0)).astype(np.float32))


def _backdrop(rng: np.random.Generator) -> FloatImage:
    """A studio backdrop [256, 256, 3] in 0..1: one muted colour, lighter about a place behind the head."""
    level, hue = rng.uniform(25, 75), rng.uniform(0, 2 * np.pi)
    chroma = rng.uniform(0, 14)
    y, x = (np.mgrid[:SIZE, :SIZE] / SIZE - np.array([0.45, rng.uniform(0.2, 0.8)])[:, None, None]).astype(np.float32)
    light = level + 14 * np.exp(-(x**2 + y**2) / 0.18) - 5
    flat = np.broadcast_to(chroma * np.array([np.cos(hue), np.sin(hue)]), (SIZE, SIZE, 2))
    return lab_to_rgb(np.dstack([light, flat]).astype(np.float32))


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(prog="core train people", description=__doc__)
    parser.add_argument("--pack", default="starter", help="model pack, name or folder")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds portraits/")
    parser.add_argument("--seeds", default="0-19", help="one person each: numbers and ranges, 3,7,20-29")
    parser.add_argument("--out", type=Path, required=True, help="folder to write SEED.png to")
    options = parser.parse_args(argv)
    pack = open_pack(options.pack)
    inventor = Inventor(load_generator(pack, "cpu", torch.float32), load_encoder(pack, "cpu", torch.float32),
                        load_portraits(options.data, split="train", copies=True))
    options.out.mkdir(parents=True, exist_ok=True)
    for seed in _numbers(options.seeds):
        picture, names = inventor.invent(seed)
        cv2.imwrite(str(options.out / f"{seed:03d}.png"), picture[..., ::-1])
        print(f"{seed:03d}: codes of {', '.join(names[:3])}, hair colour of {names[3]}", flush=True)
    return 0


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
