"""Small documents for the tests of this folder and of the project file."""

from __future__ import annotations

import hashlib

import numpy as np

from core.document.document import IDENTITY, Candidate, Document
from core.document.geometry import Rect
from core.document.layer import RESULT, Layer
from core.document.mask import Mask
from core.document.photo import Photo
from core.document.source import FaceInfo, Source


def make_pixels(width: int, height: int, seed: int, kind: type = np.uint8) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.integers(0, np.iinfo(kind).max + 1, (height, width, 3)).astype(kind)


def make_source(source_id: str, width: int, height: int, seed: int = 1, kind: type = np.uint8, **photo) -> Source:
    picture = Photo(make_pixels(width, height, seed, kind), **photo)
    return Source(source_id, picture, picture.rgb8(), source_id.title())


def make_document(width: int = 300, height: int = 280, kind: type = np.uint8) -> Document:
    return Document(make_source(IDENTITY, width, height, 1, kind))


def make_layer(document: Document, seed: int, *, origin: tuple[int, int] = (20, 30), size: tuple[int, int] = (90, 70),
               **properties) -> Layer:
    pixels = make_pixels(*size, seed, document.identity.photo.pixels.dtype.type)
    mask = Mask(np.random.default_rng(seed + 100).integers(0, 256, pixels.shape[:2]).astype(np.uint8))
    mask.data[: size[1] // 3] = 0
    return Layer(document.new_id("layer"), RESULT, f"Layer {seed}", pixels, Photo(pixels).rgb8(), origin, mask,
                 **properties)


def make_candidate(document: Document, seed: int) -> Candidate:
    pixels = make_pixels(60, 50, seed, document.identity.photo.pixels.dtype.type)
    mask = np.random.default_rng(seed).integers(0, 256, (50, 60)).astype(np.uint8)
    return Candidate(document.new_id("candidate"), f"Result {seed}", Rect(10, 20, 70, 70), pixels,
                     Photo(pixels).rgb8(), mask, report={"seed": seed}, latent={"w": np.ones((2, 3), np.float32)})


def make_face(shift: float = 0.0) -> FaceInfo:
    points = {"eye_right": (40.5 + shift, 50.25), "eye_left": (80.0, 51.0), "mouth_right": (45.0, 90.0),
              "mouth_left": (75.0, 91.0), "chin": (60.0, 110.0)}
    quad = np.array([[10, 10], [10, 120], [120, 120], [120, 10]], np.float64) + shift
    mesh = np.arange(12, dtype=np.float32).reshape(4, 3)
    return FaceInfo(points, quad, mesh, 0.75, False, ((1.0, 2.0, 3.0, 4.0),), 0)


def fingerprint(document: Document) -> str:
    """A hash of everything that commands may change."""
    parts = hashlib.sha256()

    def add(*values: object) -> None:
        for value in values:
            parts.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())

    def add_mask(mask: Mask | None) -> None:
        if mask is not None:
            add(mask.data, mask.grow, mask.feather)

    for key, source in document.sources.items():
        add(key, source.photo.pixels, source.hair_painted, source.hair_known, source.face)
        for role, mask in source.masks.items():
            add(role)
            add_mask(mask)
    add(sorted(document.slots.items()))
    for layer in document.layers:
        add(layer.id, layer.kind, layer.name, layer.pixels, layer.display, layer.origin, layer.mask_enabled,
            layer.opacity, layer.visible, layer.locked, layer.blend_mode, sorted(layer.details.items()))
        add_mask(layer.mask)
    return parts.hexdigest()
