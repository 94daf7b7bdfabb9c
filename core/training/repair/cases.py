"""Removed hair with a known truth: a portrait wears another head's hair, and the classical removal takes it off."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.compositing.composite import WarpedReference
from core.compositing.placing.fit import fit_faces
from core.compositing.placing.shadow import apply_shadow, contact_shadow
from core.compositing.placing.warp import warp_reference
from core.compositing.reading.mattes import Matte
from core.compositing.removing.removal import Removal, remove_hair
from core.document.geometry import Rect
from core.document.photo import Photo
from core.errors import InputRefused
from core.faces.align import Alignment
from core.faces.face import Face, Portrait, Region
from core.imaging.arrays import FloatImage
from core.imaging.matting import foreground_colour
from core.training.data.splits import read_index

MOST_TURN = 18.0
"""Degrees between two heads, above which they are not paired."""


@dataclass(frozen=True)
class Sitter:
    """A portrait of the data as listed in its index."""

    name: str
    subject: str
    hair_fraction: float


@dataclass(frozen=True, eq=False)
class Case:
    """A portrait that wears borrowed hair over its own.

    Attributes:
        identity: the portrait as an artist would get it.
        reference: whose hair it is to have.
        warped: the reference on the identity.
        truth: [S, S, 3] the same portrait without the borrowed hair.
        own: [S, S] its own hair, under which nothing is known.
        true_regions: [S, S] its labels without the borrowed hair.
        yaw_difference: degrees between identity and reference.
    """

    identity: Portrait
    reference: Portrait
    warped: WarpedReference
    truth: FloatImage
    own: FloatImage
    true_regions: NDArray[np.uint8]
    yaw_difference: float

    def remove(self, seed: int = 0, *, quick: bool = False) -> Removal:
        """The classical removal of all hair that the reference leaves bare."""
        return remove_hair(self.identity, self.warped, self.identity.hair, yaw_difference=self.yaw_difference,
                           quick=quick)


class Album:
    """Labelled portraits of one split ("train" or "val"), opened on demand at ``side`` pixels.

    Raises:
        InputRefused: the folder has no such data.
    """

    def __init__(self, folder: Path, split: str, side: int = 256) -> None:
        index = folder / "index.csv"
        if not index.is_file():
            raise InputRefused(f"{folder} holds no training portraits.", "index.csv is missing.",
                               "Give the folder with images, regions, hair, landmarks.npz and index.csv to --data.")
        rows = read_index(folder)
        points = np.load(folder / "landmarks.npz")["landmarks"]
        self.folder, self.side = folder, side
        self.sitters = [Sitter(row["name"], row["subject"], float(row["hair_fraction"])) for row in rows
                        if row["split"] == split]
        self._points = {row["name"]: points[index] for index, row in enumerate(rows)}
        self.open = lru_cache(maxsize=256)(self._open)

    def _open(self, name: str) -> Portrait:
        """A portrait with its labels; its photo is the aligned crop."""
        side = self.side
        image = self._read("images", f"{name}.jpg", cv2.IMREAD_COLOR)[..., ::-1]
        hair = self._read("hair", f"{name}.png", cv2.IMREAD_GRAYSCALE).astype(np.float32) / np.float32(255)
        labels = _palette_indices(self.folder / "regions" / f"{name}.png")
        if labels.shape[0] != side:
            labels = cv2.resize(labels, (side, side), interpolation=cv2.INTER_NEAREST)
        points = (self._points[name] * side - (0.5, 0.5, 0)).astype(np.float32)
        face = Face((0.0, 0.0, float(side), float(side)), points, 1.0)
        return Portrait(Photo(np.ascontiguousarray(image)), face, Alignment(np.diag([side, side, 1.0])),
                        labels.astype(np.uint8), hair)

    def _read(self, kind: str, file: str, flag: int) -> NDArray[np.uint8]:
        image = cv2.imread(str(self.folder / kind / file), flag)
        if image is None:
            raise InputRefused(f"{file} cannot be read.", "It is missing or not an image.", "Restore the data folder.")
        if image.shape[0] != self.side:
            flags = cv2.INTER_AREA if image.shape[0] > self.side else cv2.INTER_CUBIC
            image = cv2.resize(image, (self.side, self.side), interpolation=flags)
        return image.astype(np.uint8)


def _palette_indices(path: Path) -> NDArray[np.uint8]:
    """The labels of a palette picture, which OpenCV would turn into colours."""
    try:
        with Image.open(path) as image:
            return np.asarray(image, np.uint8)
    except OSError as error:
        raise InputRefused(f"{path} cannot be read.", f"{error}.", "Restore the data folder.") from error


def whole_matte(portrait: Portrait) -> Matte:
    """The labelled hair of a portrait with its estimated colour, on the whole picture."""
    height, width = portrait.hair.shape
    colour = foreground_colour(portrait.photo.rgb(), portrait.hair)
    return Matte(Rect(0, 0, width, height), portrait.hair, colour, (width, height))


def make_case(sitter: Portrait, lender: Portrait, reference: Portrait, *, shadow: float = 0.3) -> Case | None:
    """Dress ``sitter`` in the lender's hair, to be replaced by the reference's; None where the heads do not fit."""
    turn = abs(sitter.face.yaw - lender.face.yaw)
    difference = abs(sitter.face.yaw - reference.face.yaw)
    if max(turn, difference) > MOST_TURN:
        return None
    worn = warp_reference(sitter, lender, whole_matte(lender), fit_faces(sitter.face.landmarks, lender.face.landmarks))
    fit = fit_faces(sitter.face.landmarks, reference.face.landmarks)
    warped = warp_reference(sitter, reference, whole_matte(reference), fit)
    truth = sitter.photo.rgb()
    alpha = worn.alpha
    dark = contact_shadow(alpha, fit.frame.height) * (1 - sitter.hair)
    shaded = apply_shadow(truth, dark.astype(np.float32), shadow)
    worn_image = shaded + (worn.foreground - shaded) * alpha[..., None]
    pixels = np.rint(np.clip(worn_image, 0, 1) * 255).astype(np.uint8)
    regions = np.where(alpha > 0.5, Region.HAIR, sitter.regions).astype(np.uint8)
    identity = Portrait(Photo(pixels), sitter.face, sitter.alignment, regions,
                        np.maximum(sitter.hair, alpha).astype(np.float32))
    return Case(identity, reference, warped, truth, sitter.hair, sitter.regions, difference)


@dataclass(frozen=True, eq=False)
class Draw:
    """Random cases of an album; the same seed draws the same ones.

    Attributes:
        album: the portraits.
        rng: source of randomness.
        short: [N] chance of each portrait to be the sitter or a reference.
        long: [N] chance to lend its hair.
    """

    album: Album
    rng: np.random.Generator
    short: NDArray[np.float64]
    long: NDArray[np.float64]

    @classmethod
    def of(cls, album: Album, seed: int) -> Draw:
        """Little hair sits, much hair is lent: what removal leaves bare is then known."""
        hair = np.array([sitter.hair_fraction for sitter in album.sitters])
        short, long = (0.05 + hair) ** -1.5, np.clip(hair - 0.15, 0, None) ** 2 + 1e-12
        return cls(album, np.random.default_rng(seed), short / short.sum(), long / long.sum())

    def case(self, who: int | None = None) -> Case:
        """The next case whose three people are different and whose heads fit; ``who`` sits if given.

        Raises:
            InputRefused: nobody's head fits that sitter's.
        """
        rng, sitters = self.rng, self.album.sitters
        for _ in range(500):
            sitter, other = (int(rng.choice(len(sitters), p=self.short)) for _ in range(2))
            sitter = sitter if who is None else who
            lender = int(rng.choice(len(sitters), p=self.long))
            if rng.random() < 0.2:
                other = int(rng.integers(len(sitters)))
            if len({sitters[index].subject for index in (sitter, lender, other)}) < 3:
                continue
            found = make_case(*(self.album.open(sitters[index].name) for index in (sitter, lender, other)),
                              shadow=float(rng.uniform(0, 0.5)))
            if found is not None:
                return found
        raise InputRefused("No case can be made of these portraits.", "The heads are turned too differently.",
                           "Use a folder with more portraits.")
