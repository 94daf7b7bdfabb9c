"""The aligned, labelled portraits held in memory, and the augmentation that the face networks learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.optimize import linear_sum_assignment

from core.errors import InputRefused
from core.faces.align import LEFT_EYE, RIGHT_EYE
from core.training.data.splits import COPY, read_index

SIZE = 256
"""Side of the stored pictures and labels in pixels."""
_SMALL = 160


@dataclass(frozen=True, eq=False)
class Portraits:
    """Every portrait of the training folder.

    Attributes:
        images: [N, 256, 256, 3] uint8 RGB.
        small: the same pictures at 160 px, for crops that shrink (no aliasing, cheaper).
        regions: [N, 256, 256] uint8, ``core.faces.face.Region`` labels.
        hair: [N, 256, 256] uint8, soft hair matte 0..255.
        landmarks: [N, 478, 3] float32, x and y in units of the crop.
        hair_fraction: [N] float32, share of the picture that is hair.
        names: file stems.
        train: indices of the training split.
        val: indices of the held-back split.
        trust: [N, 256, 256] uint8, how much each label counts (255: fully); None: all fully.
        sources: the collection that each came from; two of them may have portraits of one person.
    """

    images: NDArray[np.uint8]
    small: NDArray[np.uint8]
    regions: NDArray[np.uint8]
    hair: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    hair_fraction: NDArray[np.float32]
    names: tuple[str, ...]
    train: NDArray[np.intp]
    val: NDArray[np.intp]
    trust: NDArray[np.uint8] | None = None
    sources: tuple[str, ...] = ()


def load_portraits(
    data: Path, *, split: str | None = None, limit: int | None = None, copies: bool = False
) -> Portraits:
    """Decode the portraits of ``data``/portraits into memory.

    Args:
        data: folder that holds ``portraits`` with index.csv, images, regions, hair and landmarks.npz.
        split: "train" or "val" to read only that part.
        limit: read at most this many.
        copies: whether training portraits stay that show the photograph of a held-back one.

    Raises:
        InputRefused: the folder or one of its files is missing.
    """
    folder = Path(data) / "portraits"
    try:
        rows = read_index(folder)
        if copies:
            rows = [row | {"split": "train"} if row["split"] == COPY else row for row in rows]
        with np.load(folder / "landmarks.npz") as archive:
            landmarks = archive["landmarks"].astype(np.float32)
        wanted = ("train", "val") if split is None else (split,)
        keep = [i for i, row in enumerate(rows) if row["split"] in wanted][:limit]
        pictures = [_decode(folder, rows[i]["name"]) for i in keep]
    except (OSError, KeyError) as error:
        raise InputRefused(
            f"The training portraits in {folder} cannot be read.", f"{error}.", "Give the folder with --data."
        ) from error
    is_val = np.array([rows[i]["split"] == "val" for i in keep])
    return Portraits(
        images=np.stack([p[0] for p in pictures]),
        small=np.stack([p[1] for p in pictures]),
        regions=np.stack([p[2] for p in pictures]),
        hair=np.stack([p[3] for p in pictures]),
        landmarks=landmarks[keep],
        hair_fraction=np.array([float(rows[i]["hair_fraction"]) for i in keep], np.float32),
        names=tuple(rows[i]["name"] for i in keep),
        train=np.flatnonzero(~is_val),
        val=np.flatnonzero(is_val),
        sources=tuple(rows[i].get("source", "") for i in keep),
    )


def _decode(folder: Path, name: str) -> tuple[NDArray[np.uint8], ...]:
    with Image.open(folder / "images" / f"{name}.jpg") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    image = (
        pixels if pixels.shape[0] == SIZE else cv2.resize(pixels, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    )
    small = cv2.resize(pixels, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    with Image.open(folder / "regions" / f"{name}.png") as picture:
        regions = np.asarray(picture, dtype=np.uint8)
    with Image.open(folder / "hair" / f"{name}.png") as picture:
        hair = np.asarray(picture.convert("L"))
    return image, small, regions, hair


def mirror_permutation(landmarks: NDArray[np.floating]) -> NDArray[np.intp]:
    """Which point of a mirrored face takes the place of each point [478].

    Derived from the data: the mean aligned face, mirrored, matched to itself point by point
    (optimal assignment; depth counts, so that iris and eyelid points are not confused).

    Args:
        landmarks: [N, 478, 3] aligned, x in 0..1.
    """
    mean = landmarks.astype(np.float64).mean(axis=0)
    # Irises lie on the eyelids' inner points in the mean; they only ever swap among themselves.
    permutation = np.arange(len(mean))
    groups = [np.arange(0, 468), np.arange(468, len(mean))]
    for group in groups:
        points = mean[group]
        centre = points[:, 0].mean()
        flipped = points * [-1, 1, 1] + [2 * centre, 0, 0]
        cost = ((flipped[:, None] - points[None]) ** 2).sum(axis=2)
        permutation[group] = group[linear_sum_assignment(cost + cost.T)[1]]
    return permutation


def eye_distance(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """Distance between the eye centres [...] of landmarks [..., 478, >=2], in their unit."""
    points = np.asarray(landmarks, np.float64)[..., :2]
    right, left = points[..., list(RIGHT_EYE), :].mean(-2), points[..., list(LEFT_EYE), :].mean(-2)
    return np.linalg.norm(right - left, axis=-1)


class Frame(NamedTuple):
    """A crop in the units of an aligned portrait: p = centre + matrix @ (u - 0.5), u in 0..1 inside the crop."""

    centre: NDArray[np.float64]
    matrix: NDArray[np.float64]

    @property
    def side(self) -> float:
        return float(np.sqrt(abs(np.linalg.det(self.matrix))))

    def pixels(self, size: int, source: int) -> NDArray[np.float64]:
        """[2, 3] from pixel coordinates of the crop (size) to those of the stored picture (source)."""
        linear = self.matrix * (source / size)
        offset = source * (self.centre + self.matrix @ np.full(2, 0.5 / size - 0.5)) - 0.5
        return np.column_stack([linear, offset])

    def to_crop(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Portrait units [N, 2] to crop units."""
        return (np.asarray(points, np.float64) - self.centre) @ np.linalg.inv(self.matrix).T + 0.5

    def from_crop(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Crop units [N, 2] to portrait units."""
        return (np.asarray(points, np.float64) - 0.5) @ self.matrix.T + self.centre


def make_frame(
    centre: tuple[float, float],
    side: float,
    degrees: float,
    *,
    stretch: float = 1.0,
    shear: float = 0.0,
    mirror: bool = False,
) -> Frame:
    """A turned, stretched, sheared, possibly mirrored square crop (side and centre in portrait units)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = side * np.array([[c, -s], [s, c]]) @ np.array([[stretch, shear], [0.0, 1.0 / stretch]])
    if mirror:
        matrix = matrix @ np.diag([-1.0, 1.0])
    return Frame(np.asarray(centre, np.float64), matrix)


def cut(
    portraits: Portraits, index: int, frame: Frame, size: int, border: int, fill: int = 0
) -> NDArray[np.uint8]:
    """Resample one portrait into the crop [size, size, 3]."""
    shrink = frame.side * SIZE / size
    source = portraits.small[index] if shrink > 1.35 else portraits.images[index]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(
            source,
            frame.pixels(size, source.shape[0]),
            (size, size),
            flags=flags,
            borderMode=border,
            borderValue=(fill, fill, fill),
        ),
        np.uint8,
    )


def degrade(image: NDArray[np.uint8], rng: np.random.Generator, strength: float = 1.0) -> NDArray[np.uint8]:
    """Random light, colour, blur, noise and JPEG damage of a crop [S, S, 3] uint8, as photographs have them.

    ``strength`` scales how often and, for tones, how much.
    """
    size = image.shape[0]
    image = _tone(image, rng, strength)
    if rng.random() < 0.25 * strength:
        image = _side_light(image, rng)
    draw = rng.random() / max(strength, 1e-6)
    if draw < 0.2:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 0.014 * size)))  # type: ignore[assignment]
    elif draw < 0.35:
        small = int(size * rng.uniform(0.3, 0.8))
        image = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    if rng.random() < 0.25 * strength:
        noise = np.empty(image.shape, np.int16)
        cv2.randn(noise, (0, 0, 0), (float(rng.uniform(2, 14)),) * 3)
        image = cv2.add(image, noise, dtype=cv2.CV_8U)  # type: ignore[assignment]
    if rng.random() < 0.25 * strength:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 92))]
        image = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)  # type: ignore[assignment]
    return image


def _tone(image: NDArray[np.uint8], rng: np.random.Generator, strength: float) -> NDArray[np.uint8]:
    if rng.random() < 0.12 * strength:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        image = cv2.merge([grey, grey, grey])  # type: ignore[assignment]
    elif rng.random() < 0.3 * strength:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        weight = float(rng.uniform(0.4, 1.5))
        image = cv2.addWeighted(image, weight, grey, 1 - weight, 0)  # type: ignore[assignment]
    ramp = np.linspace(0, 1, 256)
    gamma = np.exp(rng.normal(0, 0.3 * strength) + (0.5 if rng.random() < 0.08 * strength else 0))
    gain = np.exp(rng.normal(0, 0.18 * strength)) * np.exp(rng.normal(0, 0.07 * strength, 3))
    offset = rng.normal(0, 0.04 * strength)
    table = np.clip(ramp[:, None] ** gamma * gain + offset, 0, 1) * 255
    return cv2.LUT(image, np.rint(table).astype(np.uint8)[None])  # type: ignore[return-value]


def _side_light(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    size = image.shape[0]
    angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.6)
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    slope = axis[None] * np.float32(np.cos(angle)) + axis[:, None] * np.float32(np.sin(angle))
    light = 1 - np.float32(depth) / (1 + np.exp(-3 * slope - np.float32(rng.normal(0, 1))))
    return np.minimum(image * light[..., None], 255).astype(np.uint8)


def random_background(size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """An invented background [size, size, 3] uint8: colour ramps, clouds of several scales, soft and hard shapes."""
    base = rng.uniform(0, 255, 3)
    canvas = np.full((size, size, 3), base, np.float32)
    for cells in (2, 5, 12, 40):
        amount = rng.uniform(0, 60) * (rng.random() < 0.6)
        if amount > 0:
            colour = rng.random() < 0.5
            cloud = rng.normal(0, amount, (cells, cells, 3 if colour else 1)).astype(np.float32)
            grown = cv2.resize(cloud, (size, size), interpolation=cv2.INTER_CUBIC)
            canvas += grown if colour else grown[..., None]
    for _ in range(int(rng.integers(0, 9))):
        shade = tuple(float(v) for v in rng.uniform(0, 255, 3))
        a, b = rng.integers(-size // 4, size + size // 4, 2), rng.integers(4, size // 2, 2)
        if rng.random() < 0.5:
            corner = (int(a[0] + b[0]), int(a[1] + b[1]))
            cv2.rectangle(canvas, (int(a[0]), int(a[1])), corner, shade, -1)
        elif rng.random() < 0.5:
            cv2.ellipse(
                canvas,
                (int(a[0]), int(a[1])),
                (int(b[0]), int(b[1])),
                float(rng.uniform(0, 180)),
                0,
                360,
                shade,
                -1,
            )
        else:
            for offset in range(0, size, int(rng.integers(4, 24))):
                cv2.line(
                    canvas,
                    (int(a[0]) + offset, 0),
                    (int(b[0]) + offset, size),
                    shade,
                    int(rng.integers(1, 4)),
                )
    if rng.random() < 0.6:
        canvas = cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.7, 8)))
    return np.clip(canvas, 0, 255).astype(np.uint8)
