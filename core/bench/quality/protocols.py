"""What is asked of a method (docs/methods/quality.md, Protocols): itself, its mirror image, another's hair, spoilt
masks, a hole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.bench.quality.pairs import Pair, PairList, read_entry
from core.compositing.classical import ClassicalOptions, compose_classical
from core.compositing.composite import Composite
from core.compositing.reading.mattes import hair_matte
from core.document.photo import Photo
from core.document.roles import ROLES
from core.engine import runner
from core.engine.progress import Progress
from core.errors import InputRefused
from core.faces.face import Portrait
from core.faces.mirror import mirror_portrait
from core.imaging.arrays import FloatImage
from core.imaging.matting import distance_to
from core.models.pack import Pack
from core.recipes.request import Request

PROTOCOLS = {
    "p1": "self: the reference is the same portrait in another frame",
    "p2": "mirror: the reference is the portrait mirrored",
    "p3": "swap: another person's hair",
    "p4": "spoilt masks: the reference's mask grown, shrunk, shifted, half painted",
    "p5": "hole: a disc of hair is lost and marked as ignored",
}
SPOILT = ("grown", "shrunk", "shifted", "half")
_SPOILT_PX, _SHIFT_PX = 4.0, 3.0
_FRAME = 0.06
_GREY = 128
Mask = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Case:
    """One task, the same for every method.

    Attributes:
        name: protocol, pair and variant.
        protocol: of ``PROTOCOLS``.
        pair: what it was made from.
        portraits: by role, as the method gets them.
        ignore: [H, W] uint8 for the request, or None.
        truth: [H, W, 3] the right answer where there is one.
        inside: [H, W] bool, where the truth counts.
        target: the classical composite with unspoilt masks: says where hair belongs and where it was.
        seed: of the pair.
        measured_on: portraits by role with unspoilt masks, where a method gets others.
        spoilt: the classical composite with the masks that a method gets, where those are others.
    """

    name: str
    protocol: str
    pair: Pair
    portraits: Mapping[str, Portrait]
    target: Composite
    seed: int
    ignore: Mask | None = None
    truth: FloatImage | None = None
    inside: NDArray[np.bool_] | None = None
    measured_on: Mapping[str, Portrait] = field(default_factory=dict)
    spoilt: Composite | None = None

    @property
    def identity(self) -> Portrait:
        return self.portraits["identity"]

    @property
    def appearance(self) -> Portrait:
        """Whose hair colour and texture is wanted, from an unspoilt mask."""
        return self.measured_on.get("appearance", self.portraits["appearance"])


class Studio:
    """Opens portraits of a list and sets the tasks; keeps the latest few portraits.

    Args:
        folder: that the list's files lie in.
        pairs: the list.
        pack: with landmarks and regions networks.
    """

    def __init__(self, folder: Path, pairs: PairList, pack: Pack) -> None:
        self.folder, self.pairs, self.pack = folder, pairs, pack
        self._open: dict[str, Portrait] = {}

    def portrait(self, file: str) -> Portrait:
        """A portrait of the list, analysed, with its mask where it has one."""
        if file not in self._open:
            while len(self._open) >= 6:
                self._open.pop(next(iter(self._open)))
            photo, mask = read_entry(self.folder, self.pairs.entries[file])
            self._open[file] = analysed(photo, mask, self.pack)
        return self._open[file]

    def cases(self, protocol: str, pairs: Sequence[Pair]) -> Iterator[Callable[[], Case]]:
        """One maker per task, in order; making one may raise InputRefused."""
        if protocol in ("p1", "p2", "p5"):
            make = {"p1": self._self, "p2": self._mirror, "p5": self._hole}[protocol]
            # Portraits that lend hair have enough of it.
            for pair in {pair.shape: pair for pair in reversed(pairs)}.values():
                yield lambda pair=pair: make(pair)
        elif protocol == "p3":
            for pair in pairs:
                yield lambda pair=pair: self._swap(pair)
        else:
            for pair in pairs:
                for kind in SPOILT:
                    yield lambda pair=pair, kind=kind: self._spoilt(pair, kind)

    def names(self, protocol: str, pairs: Sequence[Pair]) -> list[str]:
        """Names of the tasks, in the order of ``cases``."""
        if protocol in ("p1", "p2", "p5"):
            return [f"{protocol}-{Path(file).stem}" for file in {pair.shape: None for pair in reversed(pairs)}]
        ends = [""] if protocol == "p3" else [f"-{kind}" for kind in SPOILT]
        return [f"{protocol}-{pair.name}{end}" for pair in pairs for end in ends]

    def _swap(self, pair: Pair) -> Case:
        portraits = {role: self.portrait(getattr(pair, role)) for role in ("identity", "shape", "appearance")}
        return Case(f"p3-{pair.name}", "p3", pair, portraits, target_of(portraits), pair.seed)

    def _spoilt(self, pair: Pair, kind: str) -> Case:
        case = self._swap(pair)
        shape = case.portraits["shape"]
        mask = spoil(np.rint(255 * shape.hair).astype(np.uint8), kind, shape.alignment.side / 256,
                     float(shape.face.frame.chin[0]))
        spoilt = analysed(shape.photo, mask, self.pack)
        portraits = {role: spoilt if person is shape else person for role, person in case.portraits.items()}
        return replace(case, name=f"p4-{pair.name}-{kind}", protocol="p4", portraits=portraits,
                       measured_on=case.portraits, spoilt=target_of(portraits))

    def _self(self, pair: Pair) -> Case:
        person = self.portrait(pair.shape)
        other = self._reframed(person)
        portraits = {"identity": person, "shape": other, "appearance": other}
        everywhere = np.ones((person.photo.height, person.photo.width), np.bool_)
        return Case(f"p1-{Path(pair.shape).stem}", "p1", pair, portraits, target_of(portraits), pair.seed,
                    truth=person.photo.rgb(), inside=everywhere)

    def _mirror(self, pair: Pair) -> Case:
        person = self.portrait(pair.shape)
        other = mirror_portrait(person)
        portraits = {"identity": person, "shape": other, "appearance": other}
        truth, hair = laid_on(person, other)
        return Case(f"p2-{Path(pair.shape).stem}", "p2", pair, portraits, target_of(portraits), pair.seed, truth=truth,
                    inside=hair > 0.95)

    def _reframed(self, person: Portrait) -> Portrait:
        """The same photograph with a mirrored rim at the right and at the bottom: another file, the same pixels."""
        photo = person.photo
        moved = [round(_FRAME * side) for side in (photo.height, photo.width)]
        pixels = np.pad(photo.pixels, [(0, moved[0]), (0, moved[1]), (0, 0)], mode="symmetric")
        hair = np.pad(person.hair, [(0, moved[0]), (0, moved[1])], mode="symmetric")
        mask = np.rint(255 * hair).astype(np.uint8) if person.hair_painted else None
        return analysed(Photo(np.ascontiguousarray(pixels)), mask, self.pack)

    def _hole(self, pair: Pair) -> Case:
        person = self.portrait(pair.shape)
        disc = hair_disc(person)
        pixels = person.photo.pixels.copy()
        pixels[disc] = _GREY if person.photo.bit_depth == 8 else _GREY * 257
        photo = Photo(pixels)
        damaged = replace(person, photo=photo)
        portraits: dict[str, Portrait] = dict.fromkeys(ROLES, damaged)
        whole: dict[str, Portrait] = dict.fromkeys(ROLES, person)
        return Case(f"p5-{Path(pair.shape).stem}", "p5", pair, portraits, target_of(whole), pair.seed,
                    ignore=np.where(disc, 255, 0).astype(np.uint8), truth=person.photo.rgb(), inside=disc,
                    measured_on=whole)


def analysed(photo: Photo, mask: Mask | None, pack: Pack) -> Portrait:
    """A portrait with a painted hair mask, or with the network's where there is none."""
    masks = {} if mask is None else {"identity": mask}
    request = Request({"identity": photo}, masks)
    return runner.portraits_of(request, {"identity": photo}, pack, Progress())["identity"]


def target_of(portraits: Mapping[str, Portrait]) -> Composite:
    """The classical composite that every method is measured against; its mattes stay cached for all of them."""
    identity, shape, appearance = (portraits[role] for role in ("identity", "shape", "appearance"))
    for portrait in {id(person): person for person in portraits.values()}.values():
        hair_matte(portrait)
    return compose_classical(identity, shape, appearance=None if appearance is shape else appearance,
                             options=ClassicalOptions())


def laid_on(person: Portrait, other: Portrait) -> tuple[FloatImage, FloatImage]:
    """Another portrait [H, W, 3] and its hair [H, W] moved so that its face crop covers this one's: no more than a
    similarity, so that it says where hair belongs without any method's own warp."""
    photo, side = person.photo, max(64, round(person.alignment.side))
    moved = [person.alignment.uncrop(other.alignment.crop(values, side), photo.width, photo.height)
             for values in (other.photo.rgb(), other.hair)]
    return np.clip(moved[0], 0, 1), np.clip(moved[1], 0, 1)


def spoil(mask: Mask, kind: str, unit: float, middle: float) -> Mask:
    """A hair mask [H, W] as a hasty hand leaves it.

    Args:
        mask: uint8.
        kind: "grown" or "shrunk" by 4 px, "shifted" by 3 px to the right and down, or "half": nothing painted right
            of the face's middle.
        unit: photo pixels per pixel of a crop of 256.
        middle: column of the face's middle.

    Raises:
        ValueError: unknown kind.
    """
    hair = mask > 127
    if kind == "grown":
        return np.where(distance_to(hair) <= _SPOILT_PX * unit, 255, 0).astype(np.uint8)
    if kind == "shrunk":
        return np.where(distance_to(~hair) > _SPOILT_PX * unit, 255, 0).astype(np.uint8)
    if kind == "shifted":
        move = np.array([[1, 0, _SHIFT_PX * unit], [0, 1, _SHIFT_PX * unit]], np.float32)
        return cv2.warpAffine(mask, move, (mask.shape[1], mask.shape[0]), flags=cv2.INTER_LINEAR).astype(np.uint8)
    if kind != "half":
        raise ValueError(f"unknown kind {kind!r}; there are {SPOILT}")
    half = mask.copy()
    half[:, max(0, round(middle)):] = 0
    return half


def hair_disc(person: Portrait) -> NDArray[np.bool_]:
    """The largest disc in the hair [H, W], at most 0.18 face heights in radius, well inside hair and face crop: what
    lies beyond the crop no generator can bring back.

    Raises:
        InputRefused: no place for one of 8 px.
    """
    photo, inner = person.photo, np.zeros((64, 64), np.float32)
    inner[3:-3, 3:-3] = 1
    crop = person.alignment.uncrop(inner, photo.width, photo.height, flags=cv2.INTER_NEAREST) > 0
    hair = np.pad((person.hair > 0.9) & crop, 1)
    room = distance_to(~hair)[1:-1, 1:-1]
    y, x = np.unravel_index(int(room.argmax()), room.shape)
    radius = min(0.7 * float(room.max()), 0.18 * person.face.frame.height)
    if radius < 8:
        raise InputRefused(f"{person.photo.name} has too little hair for a hole.", f"A disc of {radius:.0f} px fits.")
    rows, columns = np.ogrid[: hair.shape[0] - 2, : hair.shape[1] - 2]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2
