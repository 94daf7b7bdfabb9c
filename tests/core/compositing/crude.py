"""A composite by the simplest means, so that finish and scores are tested apart from the classical compositor."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from core.compositing.composite import Composite, HoleLabel, WarpedReference
from core.document.photo import Photo
from core.faces.align import Alignment
from core.faces.face import Face, Portrait, Region


def build(photo: Photo, regions: np.ndarray, old: np.ndarray, alpha: np.ndarray,
          hair: np.ndarray) -> tuple[Portrait, Composite]:
    """Portrait and alpha-over composite of colour ``hair`` [H, W, 3] with matte ``alpha``, old hair blurred away."""
    rgb = photo.rgb()
    hole = (old > 0.03) & (alpha < 0.995)
    known = ((regions == Region.BACKGROUND) & (old < 0.03)).astype(np.float32)
    share = cv2.GaussianBlur(known, (0, 0), 20) + 1e-3
    fill = cv2.GaussianBlur(rgb * known[..., None], (0, 0), 20) / share[..., None]
    plate = np.where(hole[..., None], fill, rgb).astype(np.float32)
    image = plate + (hair - plate) * alpha[..., None]
    edit = ((alpha > 0) | hole).astype(np.float32)
    image = np.where(edit[..., None] > 0, image, rgb).astype(np.float32)
    height, width = alpha.shape
    side = float(min(height, width))
    alignment = Alignment(np.array([[side, 0, (width - side) / 2], [0, side, (height - side) / 2], [0, 0, 1.0]]))
    landmarks = np.zeros((478, 3), np.float32)
    portrait = Portrait(photo, Face((0, 0, width, height), landmarks, 1.0), alignment, regions, old)
    reference = WarpedReference(image, np.ones_like(hole), np.where(alpha > 0.5, Region.HAIR, regions), alpha, hair,
                                landmarks[:, :2].astype(np.float64), 1.0, False)
    invent = (hole & (alpha < 0.5)).astype(np.float32)
    labels = np.where(hole, HoleLabel.BACKDROP, HoleLabel.KEEP).astype(np.uint8)
    composite = Composite(image, plate, alpha, hair, old, labels, edit, invent, reference)
    return portrait, composite


def synthetic(depth: int = 8, size: int = 192) -> tuple[Portrait, Composite]:
    """Grainy grey wall, round face, big old hair, smaller new hair of another colour."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
    radius = np.hypot(x, y)

    def disc(r: float, soft: float = 0.01) -> np.ndarray:
        return np.clip((r - radius) / soft + 0.5, 0, 1).astype(np.float32)

    image = np.full((size, size, 3), 0.6, np.float32) + 0.1 * x[..., None]
    old, face = disc(0.38) * (1 - disc(0.18)), disc(0.18)
    image += (np.float32([0.25, 0.15, 0.1]) - image) * disc(0.38)[..., None]
    image += (np.float32([0.85, 0.65, 0.55]) - image) * face[..., None]
    image += rng.normal(0, 0.01, (size, size, 1)).astype(np.float32)
    top, kind = (65535, np.uint16) if depth == 16 else (255, np.uint8)
    photo = Photo(np.rint(np.clip(image, 0, 1) * top).astype(kind), path=Path("synthetic.png"))
    regions = np.where(face > 0.5, Region.SKIN, np.where(old > 0.5, Region.HAIR, Region.BACKGROUND)).astype(np.uint8)
    alpha = disc(0.26) * (1 - disc(0.18))
    strands = 0.05 * np.sin(np.arctan2(y, x) * 60)[..., None]
    hair = np.broadcast_to(np.float32([0.5, 0.4, 0.2]), image.shape) + strands.astype(np.float32)
    return build(photo, regions, old, alpha, hair.astype(np.float32))


def real(data_dir: Path) -> tuple[Portrait, Composite]:
    """A real portrait whose hair is made smaller and bluish."""
    folder = data_dir / "portraits"
    with (folder / "index.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == "val" and row["size"] == "512"]
    name = max(rows, key=lambda row: float(row["hair_fraction"]))["name"]
    with Image.open(folder / "images" / f"{name}.jpg") as file:
        pixels = np.asarray(file.convert("RGB"))
    with Image.open(folder / "regions" / f"{name}.png") as file:
        regions = np.asarray(file.resize((512, 512), Image.Resampling.NEAREST))
    with Image.open(folder / "hair" / f"{name}.png") as file:
        old = np.asarray(file.convert("L").resize((512, 512), Image.Resampling.BILINEAR)).astype(np.float32) / 255
    photo = Photo(pixels, path=Path(f"{name}.jpg"))
    smaller = cv2.erode(old, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (25, 25)))
    tint = np.clip(photo.rgb() + np.float32([-0.05, 0, 0.15]), 0, 1)
    return build(photo, regions, old, cv2.GaussianBlur(smaller, (0, 0), 1.5), tint)
