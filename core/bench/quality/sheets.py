"""One contact sheet per case: identity, reference and every answer with its figures, to look at side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

TILE = 384
_HEAD = 54
_GAP = 6
_COLUMNS = 5
_FIGURES = (("q6_seam", "seam"), ("q7_leak", "leak"), ("q3_iou", "IoU"), ("q11_psnr", "dB"))


def figures_line(row: Mapping[str, object]) -> str:
    """The few figures that stand under a picture, or why there is none."""
    if row.get("error"):
        return str(row["error"])
    parts = []
    for name, label in _FIGURES:
        value = row.get(name)
        if isinstance(value, (int, float)):
            parts.append(f"{label} {value:.2f}")
    return "  ".join(parts)


def contact_sheet(tiles: Sequence[tuple[str, str, NDArray[np.uint8] | None]]) -> NDArray[np.uint8]:
    """Titled pictures in rows of five on white; tiles are (title, figures, picture [H, W, 3] RGB or None)."""
    drawn = [_tile(*tile) for tile in tiles]
    columns = min(_COLUMNS, len(drawn))
    blank = np.full_like(drawn[0], 255)
    drawn += [blank] * (-len(drawn) % columns)
    rows = [np.hstack(drawn[start:start + columns]) for start in range(0, len(drawn), columns)]
    return np.vstack(rows)


def _tile(title: str, figures: str, picture: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    tile = np.full((_HEAD + TILE + _GAP, TILE + _GAP, 3), 255, np.uint8)
    if picture is not None:
        scale = TILE / max(picture.shape[:2])
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        small = cv2.resize(picture, size, interpolation=flags)
        tile[_HEAD:_HEAD + size[1], :size[0]] = small
    for line, (text, colour) in enumerate(((title, (0, 0, 0)), (figures, (90, 90, 90)))):
        plain = text.encode("ascii", "replace").decode()
        cv2.putText(tile, plain[:58], (2, 20 + 24 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    return tile


def save_sheet(path: Path, sheet: NDArray[np.uint8]) -> None:
    """Write a sheet [H, W, 3] RGB as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.ascontiguousarray(sheet[..., ::-1]))
