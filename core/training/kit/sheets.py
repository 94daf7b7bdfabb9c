"""Contact sheets: rows of pictures in one file, to look at while a network learns."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from torch import Tensor


def write_sheet(path: Path, rows: list[Tensor], *, columns: int | None = None) -> None:
    """Write rows of images in [-1, 1] as one PNG."""
    if columns is not None:
        rows = [part for row in rows for part in row.split(columns)]
    lines = []
    for row in rows:
        pixels = ((row.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
        lines.append(np.concatenate(list(pixels), 1))
    width = max(line.shape[1] for line in lines)
    lines = [np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0))) for line in lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.concatenate(lines)[..., ::-1])
