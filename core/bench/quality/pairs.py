"""The fixed list of pairs: which portraits, whose hair, how hard, which seed; files by name and hash only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.document.photo import Photo
from core.errors import InputRefused
from core.io.atomic import write_json
from core.io.image import read_photo

PARTS = ("tuning", "report")
LIST = Path(__file__).with_name("pairs.json")
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
_NOT_PORTRAITS = ("-mask", "_mask", "-background", "_background")


@dataclass(frozen=True)
class Entry:
    """A portrait of the list.

    Attributes:
        file: path below the data folder, with forward slashes.
        sha256: of the file.
        person: who it shows; the same person may be in several files.
        part: "tuning" or "report"; a person is in one of them only.
        mask: its hair mask below the data folder, "" = found by the regions net.
    """

    file: str
    sha256: str
    person: str
    part: str
    mask: str = ""


@dataclass(frozen=True)
class Pair:
    """One transfer.

    Attributes:
        identity, shape, appearance: files of the list.
        part: of the people in it.
        bin: of ``difficulty.BINS``.
        seed: of every method's randomness on this pair.
        figures: face IoU, pose distance, yaw difference, hair ratio (shape / identity).
    """

    identity: str
    shape: str
    appearance: str
    part: str
    bin: str
    seed: int
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Stems of its files, joined."""
        stems = [Path(part).stem for part in (self.identity, self.shape, self.appearance)]
        return "_".join(stems[:2] if self.shape == self.appearance else stems)


@dataclass(frozen=True)
class PairList:
    """Portraits by file name, and the pairs in the order in which a shorter run takes them."""

    entries: Mapping[str, Entry]
    pairs: tuple[Pair, ...]

    def chosen(self, *, people: str = "report", names: Iterable[str] = (), count: int | None = None) -> list[Pair]:
        """The pairs of a part ("all" = both), those of these names only where there are any, the first ``count``."""
        wanted = set(names)
        found = [pair for pair in self.pairs if people in ("all", pair.part) and (not wanted or pair.name in wanted)]
        return found[:count]

    def as_json(self) -> dict[str, Any]:
        """Plain values for a file."""
        return {"portraits": [asdict(entry) for entry in self.entries.values()],
                "pairs": [asdict(pair) for pair in self.pairs]}


def load_list(path: Path) -> PairList:
    """Read a list.

    Raises:
        InputRefused: missing, damaged, or a person in both parts.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        entries = {entry["file"]: Entry(**entry) for entry in found["portraits"]}
        pairs = tuple(Pair(**pair) for pair in found["pairs"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputRefused(f"{path} is no list of pairs.", f"{error}.", "Make one with --make-pairs.") from error
    missing = sorted({file for pair in pairs for file in _files(pair)} - set(entries))
    if missing:
        raise InputRefused(f"{path} is no list of pairs.", f"{missing[0]} is in a pair but not among the portraits.",
                           "Make one with --make-pairs.")
    check_parts(entries.values())
    return PairList(entries, pairs)


def save_list(path: Path, pairs: PairList) -> None:
    """Write a list, whole or not at all."""
    write_json(path, pairs.as_json())


def check_parts(entries: Iterable[Entry]) -> None:
    """Refuse people who are in both parts, or in none.

    Raises:
        InputRefused: somebody is.
    """
    parts: dict[str, str] = {}
    for entry in entries:
        if entry.part not in PARTS or parts.setdefault(entry.person, entry.part) != entry.part:
            raise InputRefused(f"{entry.person} ({entry.file}) is not in one part only.",
                               f"Parts are {' and '.join(PARTS)}; settings chosen on a person say nothing about "
                               "that person.", "Put all portraits of a person into one part.")


def _files(pair: Pair) -> tuple[str, str, str]:
    return pair.identity, pair.shape, pair.appearance


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_portraits(folder: Path) -> list[str]:
    """Pictures below a folder that are neither masks nor backgrounds, by name."""
    found = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.suffix.lower() not in PICTURES or path.stem.endswith(_NOT_PORTRAITS):
            continue
        if {"masks", "hair", "regions"} & set(relative.parts[:-1]):
            continue
        found.append(relative.as_posix())
    return found


def find_mask(folder: Path, file: str) -> str:
    """The hair mask that belongs to a portrait by its name, "" where there is none.

    Looked for, in this order, beside the portrait: NAME-mask.png, NAME_mask.png, masks/NAME.png, hair/NAME.png, and
    hair/NAME.png and masks/NAME.png beside the portrait's folder. Red is hair, so that grey masks will do too.
    """
    path = Path(file)
    beside = [path.with_name(f"{path.stem}{end}.png") for end in ("-mask", "_mask")]
    inside = [base / kind / f"{path.stem}.png" for base in (path.parent, path.parent.parent)
              for kind in ("masks", "hair")]
    for candidate in (*beside, *inside):
        if (folder / candidate).is_file():
            return candidate.as_posix()
    return ""


def read_hair_mask(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    """The red channel of a mask at a photo's size, [height, width] uint8.

    A smaller mask is enlarged and softened by half of its pixels, so that its steps do not become steps of the hair.

    Raises:
        InputRefused: no picture.
    """
    try:
        with Image.open(path) as image:
            red = np.asarray(image.convert("RGB"))[:, :, 0].astype(np.float32)
    except OSError as error:
        raise InputRefused(f"{path} cannot be used as a hair mask.", f"{error}.", "Save it as PNG.") from error
    ratio = height / red.shape[0]
    red = cv2.resize(red, (width, height), interpolation=cv2.INTER_LINEAR if ratio > 1 else cv2.INTER_AREA)
    if ratio > 1.5:
        red = cv2.GaussianBlur(red, (0, 0), 0.5 * ratio)
    return np.rint(np.clip(red, 0, 255)).astype(np.uint8)


def read_entry(folder: Path, entry: Entry) -> tuple[Photo, NDArray[np.uint8] | None]:
    """A portrait of the list and its hair mask.

    Raises:
        InputRefused: the file is missing or not the one the list was made with.
    """
    path = folder / entry.file
    if not path.is_file():
        raise InputRefused(f"There is no {path}.", "The list of pairs names it.",
                           "Name the folder the list belongs to with --folder, or set COIFFE_DATA.")
    if file_hash(path) != entry.sha256:
        raise InputRefused(f"{path} is another file than the list's.", "Its hash differs.",
                           "Restore it, or make a new list with --make-pairs.")
    photo = read_photo(path)
    mask = read_hair_mask(folder / entry.mask, photo.width, photo.height) if entry.mask else None
    return photo, mask
