"""The index of the portraits to learn from, without copies of those held back."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

COPY = "copy"
"""Split of a portrait that would be one to learn from, were it not the photograph of a held-back one."""
_SIDE = 64
_INNER = np.s_[21:51, 18:46]
"""Rows and columns of the face without hair and background, which differ between two prints of one photograph."""
SAME = 0.94
"""Correlation of two faces from which they are one photograph. Five of 61 held-back portraits have such a copy, at
0.980 to 0.995 (other photographs of them reach 0.898); for all others the highest is 0.889."""


def read_index(folder: Path) -> list[dict[str, str]]:
    """Rows of ``folder``/index.csv; the split of copies of held-back portraits is ``COPY``.

    Official portraits are published by several collections, cut out or put before another background, and their
    numbers of people do not know of each other.
    """
    with (folder / "index.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    learnt, held = ([row["name"] for row in rows if row.get("split") == split] for split in ("train", "val"))
    copies = _copies(folder / "images", tuple(learnt), tuple(held))
    return [row | {"split": COPY} if row["name"] in copies else row for row in rows]


@lru_cache(maxsize=4)
def _copies(images: Path, learnt: Sequence[str], held: Sequence[str]) -> frozenset[str]:
    """Names among ``learnt`` whose face is, pixel for pixel, that of one of ``held``."""
    if not learnt or not held:
        return frozenset()
    likeness = (_faces(images, learnt) @ _faces(images, held).T).max(axis=1)
    return frozenset(name for name, value in zip(learnt, likeness, strict=True) if value > SAME)


def _faces(images: Path, names: Sequence[str]) -> NDArray[np.float32]:
    """Inner faces of aligned portraits as unit vectors [N, D]; zero where a picture is missing or flat."""
    rows = []
    for name in names:
        picture = cv2.imread(str(images / f"{name}.jpg"), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            picture = np.zeros((_SIDE, _SIDE), np.uint8)
        small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        face = small[_INNER].astype(np.float32).ravel()
        face -= face.mean()
        rows.append(face / max(float(np.linalg.norm(face)), 1e-3 * face.size))
    return np.stack(rows)
