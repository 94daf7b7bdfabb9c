"""Train the landmarks network: 478 face-mesh points and a confidence from a rough face crop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.faces.align import CHIN, LEFT_EYE, RIGHT_EYE
from core.faces.landmarks import CROP_CENTRE, CROP_SIDE
from core.training.data.portraits import (
    Frame,
    Portraits,
    cut,
    degrade,
    eye_distance,
    load_portraits,
    make_frame,
    mirror_permutation,
    random_background,
)
from core.training.faces.loop import Training, parser, write_onnx
from core.training.faces.nets import LANDMARK_INPUT, LandmarkModel
from core.training.faces.warp import depth_fields, put_on_glasses, random_bend

Predict = Callable[[NDArray[np.uint8]], tuple[NDArray[np.float32], NDArray[np.float32]]]
_NOSE = 1
_BORDERS = (cv2.BORDER_REFLECT_101, cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT)

# Points that artists and the crop depend on: eyes, irises, brows, mouth, oval and chin.
_IMPORTANT = (
    *(33, 133, 159, 145, 263, 362, 386, 374, 61, 291, 0, 13, 14, 17, CHIN, 10, 1, 4),
    *range(468, 478),
    *(46, 52, 53, 55, 63, 65, 66, 70, 105, 107, 276, 282, 283, 285, 293, 295, 296, 300, 334, 336),
    *(21, 54, 58, 67, 93, 103, 109, 127, 132, 136, 148, 149, 150, 162, 172, 176, 234),
    *(251, 284, 288, 297, 323, 332, 338, 356, 361, 365, 377, 378, 379, 389, 397, 400, 454),
)


def point_weights() -> Tensor:
    """Weight of each point in the loss [478], mean 1."""
    weights = torch.ones(478)
    weights[list(_IMPORTANT)] = 2.5
    return weights / weights.mean()


def face_frame(rng: np.random.Generator) -> tuple[Frame, bool]:
    """A random crop that shows the face: half of them close to the second pass's crop, half wild."""
    mirror = bool(rng.random() < 0.5)
    stretch, shear = float(np.exp(rng.normal(0, 0.04))), float(rng.normal(0, 0.04))
    if rng.random() < 0.5:
        centre = CROP_CENTRE + rng.normal(0, 0.015, 2)
        return make_frame(
            tuple(centre),
            CROP_SIDE * float(np.exp(rng.normal(0, 0.04))),
            float(rng.normal(0, 4)),
            stretch=stretch,
            shear=shear,
            mirror=mirror,
        ), mirror
    side = CROP_SIDE * float(np.exp(rng.uniform(-0.35, 0.5)))
    centre = CROP_CENTRE + rng.uniform(-0.2, 0.2, 2) * side
    degrees = float(rng.uniform(-52, 52) if rng.random() < 0.5 else rng.normal(0, 14))
    return make_frame(tuple(centre), side, degrees, stretch=stretch, shear=shear, mirror=mirror), mirror


def other_frame(rng: np.random.Generator) -> Frame:
    """A crop that must be refused: a turned face, a part of a face, a shoulder, a face far too small."""
    kind = rng.random()
    if kind < 0.5:
        degrees = 90 * int(rng.integers(1, 4)) + float(np.clip(rng.normal(0, 15), -32, 32))
        side = CROP_SIDE * float(np.exp(rng.uniform(-0.2, 0.4)))
        return make_frame(tuple(CROP_CENTRE + rng.uniform(-0.15, 0.15, 2) * side), side, degrees)
    if kind < 0.7:
        return make_frame(
            tuple(rng.uniform(0.2, 0.8, 2)), float(rng.uniform(0.12, 0.35)), float(rng.uniform(0, 360))
        )
    if kind < 0.9:
        side = float(rng.uniform(0.3, 0.8))
        away, angle = side * 0.5 + rng.uniform(0.1, 0.35), rng.uniform(0, 2 * np.pi)
        centre = CROP_CENTRE + away * np.array([np.cos(angle), np.sin(angle)])
        return make_frame(tuple(centre), side, float(rng.normal(0, 30)))
    return make_frame(
        tuple(rng.uniform(0.2, 0.8, 2)), float(rng.uniform(2.6, 4.5)), float(rng.uniform(0, 360))
    )


def _occlude(image: NDArray[np.uint8], rng: np.random.Generator) -> None:
    size = image.shape[0]
    height, width = (int(v) for v in rng.uniform(0.1, 0.4, 2) * size)
    y, x = (int(v) for v in rng.integers(-size // 8, size, 2))
    patch = image[max(y, 0) : y + height, max(x, 0) : x + width]
    patch[:] = rng.integers(0, 256, 3) if rng.random() < 0.5 else rng.integers(0, 256, patch.shape)


def pose_odds(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """How often each face of landmarks [N, 478, 3] is drawn [N]: the more it is turned aside, the more often."""
    nose, eyes = landmarks[:, _NOSE, 0], landmarks[:, [*RIGHT_EYE, *LEFT_EYE], 0].mean(axis=1)
    aside = np.abs(nose - eyes) / eye_distance(landmarks)
    odds = 1 + np.clip((aside - 0.08) * 12, 0, 3)
    return odds / odds.sum()


def sample(
    portraits: Portraits,
    index: int,
    permutation: NDArray[np.intp],
    depths: NDArray[np.float32],
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], float]:
    """One augmented crop [128, 128, 3], its points [478, 3] in crop units, and 1 for a face or 0."""
    points = np.zeros((478, 3), np.float32)
    border, fill = int(rng.choice(_BORDERS)), int(rng.integers(0, 256))
    if rng.random() < 0.22:
        if rng.random() < 0.12:
            return degrade(random_background(LANDMARK_INPUT, rng), rng), points, 0.0
        frame = other_frame(rng)
        border = border if frame.side < 2 else int(cv2.BORDER_CONSTANT)
        return degrade(cut(portraits, index, frame, LANDMARK_INPUT, border, fill), rng), points, 0.0
    frame, mirrored = face_frame(rng)
    truth = portraits.landmarks[index]
    if rng.random() < 0.6:
        bend = random_bend(frame, depths[index], LANDMARK_INPUT, rng)
        image, points[:] = bend.cut(portraits, index, border, fill), bend.points(truth)
    else:
        image = cut(portraits, index, frame, LANDMARK_INPUT, border, fill)
        points[:, :2], points[:, 2] = frame.to_crop(truth[:, :2]), truth[:, 2] / frame.side
    if rng.random() < 0.12:
        image = put_on_glasses(image, points, rng)
    image = degrade(image, rng)
    if rng.random() < 0.15:
        image = np.ascontiguousarray(image)
        _occlude(image, rng)
    return image, points[permutation] if mirrored else points, 1.0


def to_input(images: NDArray[np.uint8]) -> Tensor:
    """[B, S, S, 3] uint8 to [B, 3, S, S] in -1..1, channels last."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def batches(portraits: Portraits, size: int, seed: int) -> Iterator[tuple[Tensor, ...]]:
    """Endless augmented batches: images, points, whether there is a face."""
    rng = np.random.default_rng(seed)
    permutation, depths = mirror_permutation(portraits.landmarks), depth_fields(portraits)
    odds = pose_odds(portraits.landmarks[portraits.train])
    while True:
        chosen = rng.choice(portraits.train, size, p=odds)
        rows = [sample(portraits, int(i), permutation, depths, rng) for i in chosen]
        images, points, faces = (np.stack(column) for column in zip(*rows, strict=True))
        yield to_input(images), torch.from_numpy(points), torch.from_numpy(faces.astype(np.float32))


def loss(model: nn.Module, batch: tuple[Tensor, ...], weights: Tensor) -> dict[str, Tensor]:
    """Point error in eye distances (smooth near zero) on faces, cross-entropy of the confidence on all."""
    images, points, faces = batch
    with torch.autocast("cpu", dtype=torch.bfloat16):
        predicted, logit = model(images.to(memory_format=torch.channels_last))
    predicted, logit = predicted.float(), logit.float()
    right, left = points[:, [33, 133], :2].mean(1), points[:, [263, 362], :2].mean(1)
    scale = (right - left).norm(dim=1).clamp_min(0.02)[:, None, None]
    error = (predicted - points) / scale * torch.tensor([1.0, 1.0, 0.3])
    error = torch.nn.functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.01, reduction="none")
    per_face = (error.sum(dim=2) * weights).mean(dim=1)
    fit = (per_face * faces).sum() / faces.sum().clamp_min(1)
    confidence = torch.nn.functional.binary_cross_entropy_with_logits(logit, faces)
    return {"total": fit + 0.1 * confidence, "points": fit, "confidence": confidence}


def predictor(model: nn.Module) -> Predict:
    """The network as a function of uint8 crops [B, 128, 128, 3]."""

    def predict(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        with torch.no_grad():
            points, logit = model(to_input(images).to(memory_format=torch.channels_last))
        return points.numpy(), torch.sigmoid(logit).numpy()

    return predict


def evaluate(portraits: Portraits, predict: Predict, *, seed: int = 1) -> dict[str, float]:
    """Mean point error on the held-back portraits in per cent of the eye distance.

    ``first``: from crops turned by up to 30 degrees, scaled and shifted; ``second``: after cutting again by the
    first answer; ``accepted`` and ``refused``: shares of faces and non-faces judged rightly.
    """
    rng = np.random.default_rng(seed)
    frames = [
        make_frame(
            tuple(CROP_CENTRE + rng.uniform(-0.1, 0.1, 2)),
            CROP_SIDE * float(np.exp(rng.uniform(-0.2, 0.3))),
            float(rng.uniform(-30, 30)),
        )
        for _ in portraits.val
    ]
    figures: dict[str, float] = {}
    truth = portraits.landmarks[portraits.val][..., :2].astype(np.float64)
    for name in ("first", "second"):
        crops = [
            cut(portraits, int(i), f, LANDMARK_INPUT, cv2.BORDER_REFLECT_101)
            for i, f in zip(portraits.val, frames, strict=True)
        ]
        points, confidence = predict(np.stack(crops))
        found = np.stack([f.from_crop(p[:, :2]) for f, p in zip(frames, points, strict=True)])
        error = np.linalg.norm(found - truth, axis=2) / eye_distance(truth)[:, None]
        figures[name] = float(error.mean() * 100)
        figures["accepted"] = float((confidence > 0.5).mean())
        frames = [canonical_frame(p) for p in found]
    figures["worst"] = float(error.mean(axis=1).max() * 100)
    others = [
        cut(portraits, int(i), other_frame(rng), LANDMARK_INPUT, cv2.BORDER_CONSTANT) for i in portraits.val
    ]
    figures["refused"] = float((predict(np.stack(others))[1] < 0.5).mean())
    return figures


def canonical_frame(points: NDArray[np.floating]) -> Frame:
    """The second pass's crop for points [478, 2] in portrait units."""
    from core.faces.landmarks import face_alignment

    matrix = face_alignment(points).matrix
    return Frame(matrix[:2, :2] @ [0.5, 0.5] + matrix[:2, 2] - 0.5, matrix[:2, :2])


def main(argv: Sequence[str] | None = None) -> int:
    """Train and export ``landmarks.onnx``; returns the exit code."""
    options = parser("landmarks", 35).parse_args(argv)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    portraits = load_portraits(options.data, limit=options.limit)
    model = LandmarkModel()
    rng = np.random.default_rng(options.seed)
    permutation = mirror_permutation(portraits.landmarks)
    shapes = []
    for index in rng.choice(portraits.train, 1200):
        frame, mirrored = face_frame(rng)
        points = portraits.landmarks[index].astype(np.float64)
        points[:, :2], points[:, 2] = frame.to_crop(points[:, :2]), points[:, 2] / frame.side
        shapes.append(points[permutation] if mirrored else points)
    model.start_from(torch.from_numpy(np.stack(shapes)).float())
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    weights = point_weights()

    def export(averaged: nn.Module, figures: dict[str, float]) -> None:
        write_onnx(
            averaged, LANDMARK_INPUT, ["points", "confidence"], Path(options.out), "landmarks", figures
        )

    training = Training(
        model,
        batches(portraits, options.batch, options.seed),
        lambda m, b: loss(m, b, weights),
        lambda m: evaluate(portraits, predictor(m)),
        export,
    )
    training.run(options, options.checkpoint or Path(options.out) / "landmarks.state")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
