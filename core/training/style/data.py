"""Contents and styles in memory: portraits, what the program draws, and what the user brings along."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import InputRefused
from core.training.data.splits import read_index
from core.training.style.drawings import Picture, Random
from core.training.style.patterns import TEXTURES
from core.training.style.renderings import RENDERINGS

SIDE = 176
"""Side of the drawn pictures; crops of the training's own side are cut from them."""
KINDS = {"texture": 0.5, "rendering": 0.4, "photo": 0.1}
"""Share of each kind among the drawn styles; "photo" is a plain crop of a portrait, for hair as a style."""
USER_SHARE = 0.5
"""Share of the user's own pictures among the styles, where there are any."""
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")

Bytes = NDArray[np.uint8]


def read_folder(folder: Path, limit: int, longest: int = 512, names: Collection[str] | None = None) -> list[Bytes]:
    """Up to ``limit`` pictures [H, W, 3] uint8 RGB of a folder, in the order of their names, shrunk to ``longest``.

    Args:
        folder: searched with all folders in it.
        limit: how many, taken evenly.
        longest: largest side in pixels.
        names: stems of the files that may be taken; None = all.

    Raises:
        InputRefused: there is no usable picture.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES) if folder.is_dir() else []
    paths = [path for path in paths if names is None or path.stem in names]
    found = []
    for path in paths[:: max(1, len(paths) // limit)][:limit]:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None or min(picture.shape[:2]) < 64:
            continue
        shrink = longest / max(picture.shape[:2])
        if shrink < 1:
            picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        found.append(np.ascontiguousarray(picture[..., ::-1]))
    if not found:
        raise InputRefused(f"{folder} holds no pictures to learn from.", "",
                           "Give a folder with pictures of at least 64 pixels.")
    return found


def read_contents(data: Path, limit: int) -> tuple[list[Bytes], list[Bytes]]:
    """Portraits to learn from and portraits held back: by the splits of ``index.csv``, else the first twentieth.

    Raises:
        InputRefused: there is no usable picture.
    """
    folder = content_folder(data)
    index = next((path for path in (data / "index.csv", data / "portraits" / "index.csv") if path.is_file()), None)
    if index is None:
        photos = read_folder(folder, limit)
        split = max(1, len(photos) // 20)
        return photos[split:] or photos, photos[:split]
    rows = read_index(index.parent)
    names = {split: {row.get("name", "") for row in rows if row.get("split") == split} for split in ("train", "val")}
    return read_folder(folder, limit, names=names["train"]), read_folder(folder, 64, names=names["val"])


def content_folder(data: Path) -> Path:
    """Where the pictures of a training folder lie: in ``images``, in ``portraits/images`` or in the folder itself."""
    for folder in (data / "images", data / "portraits" / "images"):
        if folder.is_dir():
            return folder
    return data


def crop(picture: Bytes, side: int, random: Random, widest: float = 1e9) -> Bytes:
    """A random square, [side, side, 3], between ``side`` / 1.3 pixels and ``widest`` or the whole picture."""
    largest = min(min(picture.shape[:2]), widest)
    smallest = min(largest, side / 1.3)
    size = int(smallest * (largest / smallest) ** random.random())
    top, left = (int(random.integers(extent - size + 1)) for extent in picture.shape[:2])
    part = picture[top:top + size, left:left + size]
    part = cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA if size > side else cv2.INTER_LINEAR)
    return part[:, ::-1] if random.random() < 0.5 else part


def draw_style(photos: Sequence[Bytes], random: Random) -> Bytes:
    """One style [SIDE, SIDE, 3]: a texture, a portrait drawn over, or a plain crop of a portrait."""
    kind = random.choice(tuple(KINDS), p=tuple(KINDS.values()))
    if kind == "texture":
        picture = TEXTURES[int(random.integers(len(TEXTURES)))](random, SIDE)
    else:
        photo: Picture = crop(photos[int(random.integers(len(photos)))], SIDE, random).astype(np.float32) / 255
        chosen = RENDERINGS[int(random.integers(len(RENDERINGS)))]
        picture = photo if kind == "photo" else chosen(random, photo)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def draw_styles(photos: Sequence[Bytes], count: int, seed: int, tell: Callable[[str], None] = lambda _: None
                ) -> list[Bytes]:
    """``count`` drawn styles; the same for the same photos and seed, each from a seed of its own."""
    made = []
    for index in range(count):
        made.append(draw_style(photos, np.random.default_rng((seed, index))))
        if (index + 1) % 400 == 0:
            tell(f"{index + 1} of {count} styles drawn")
    return made


@dataclass(eq=False)
class Batches:
    """Endless random batches.

    Attributes:
        contents: portraits.
        styles: drawn ones.
        own: the user's pictures, may be empty.
        side: of the batches.
        random: the only source of chance.
    """

    contents: Sequence[Bytes]
    styles: Sequence[Bytes]
    own: Sequence[Bytes]
    side: int
    random: Random

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """``count`` styles and two contents for each: [2 count, 3, s, s] and [count, 3, s, s] in [-1, 1].

        Contents ``i`` and ``i + count`` go with style ``i``. Half of the styles get other colours.
        """
        contents = [crop(self.contents[self._pick(self.contents)], self.side, self.random) for _ in range(2 * count)]
        styles = []
        for _ in range(count):
            own = bool(self.own) and self.random.random() < USER_SHARE
            source = self.own if own else self.styles
            picture = crop(source[self._pick(source)], self.side, self.random, 1e9 if own else 1.35 * self.side)
            styles.append(self._recoloured(picture) if self.random.random() < 0.5 else picture)
        return _tensor(contents), _tensor(styles)

    def _pick(self, pictures: Sequence[Bytes]) -> int:
        return int(self.random.integers(len(pictures)))

    def _recoloured(self, picture: Bytes) -> Bytes:
        """Channels swapped, tinted, brighter or darker: one drawing stands for many."""
        values = picture.astype(np.float32) / 255
        if self.random.random() < 0.5:
            values = values[..., self.random.permutation(3)]
        if self.random.random() < 0.15:
            values = 1 - values
        values = np.clip(values * self.random.uniform(0.7, 1.2, 3), 0, 1) ** self.random.uniform(0.7, 1.4)
        return np.rint(255 * values).astype(np.uint8)


def _tensor(pictures: Sequence[Bytes]) -> Tensor:
    stacked = np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))
    return torch.from_numpy(stacked).float() / 127.5 - 1
