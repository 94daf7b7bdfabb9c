"""Train the regions network: seven classes and a soft hair matte from an aligned crop."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from core.faces.face import Region
from core.faces.regions import load_regions
from core.models.pack import open_pack
from core.training.data.portraits import (
    SIZE,
    Frame,
    Portraits,
    degrade,
    load_portraits,
    make_frame,
    random_background,
)
from core.training.faces.dressing import donor_odds, dress
from core.training.faces.efficientnet import published_weights, read_published
from core.training.faces.landmarks import to_input
from core.training.faces.loop import Training, begin_from, parser, write_onnx
from core.training.faces.nets import CLASSES, REGION_INPUT, RegionModel
from core.training.faces.relabel import read_labels, relabelled, write_labels

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
_BACKGROUNDS = 240

# Small features would drown in the sum over pixels; hair is what the product lives on.
_CLASS_WEIGHTS = {Region.HAIR: 1.5, Region.EYES: 3.0, Region.BROWS: 3.0, Region.LIPS: 2.0}


def crop_frame(rng: np.random.Generator, strength: float = 1.0) -> tuple[Frame, bool]:
    """A random crop about the aligned face, from tight to wide."""
    side = float(np.exp(rng.uniform(np.log(0.85), np.log(1.7))))
    centre = (0.5 + rng.normal(0, 0.05), 0.5 + rng.normal(0, 0.05))
    mirror = bool(rng.random() < 0.5)
    degrees = float(np.clip(rng.normal(0, 12 * strength), -30, 30))
    stretch, shear = float(np.exp(rng.normal(0, 0.05))), float(rng.normal(0, 0.05))
    return make_frame(centre, side, degrees, stretch=stretch, shear=shear, mirror=mirror), mirror


def warp(
    image: NDArray[np.uint8],
    regions: NDArray[np.uint8],
    hair: NDArray[np.uint8],
    frame: Frame,
    border: int,
    trust: NDArray[np.uint8] | None = None,
) -> tuple[NDArray[np.uint8], ...]:
    """Resample a picture and its labels into the crop; the fourth result is the trust (255) inside the portrait."""
    matrix, size = frame.pixels(REGION_INPUT, SIZE), (REGION_INPUT, REGION_INPUT)
    inverse = cv2.WARP_INVERSE_MAP
    if frame.side > 1.3:
        image = cv2.GaussianBlur(image, (0, 0), 0.3 * frame.side)  # type: ignore[assignment]
    inside = np.full((SIZE, SIZE), 255, np.uint8) if trust is None else trust
    linear = cv2.INTER_LINEAR | inverse
    warped = (
        cv2.warpAffine(image, matrix, size, flags=linear, borderMode=border),
        cv2.warpAffine(regions, matrix, size, flags=cv2.INTER_NEAREST | inverse, borderMode=border),
        cv2.warpAffine(hair, matrix, size, flags=linear, borderMode=border),
        cv2.warpAffine(
            inside, matrix, size, flags=cv2.INTER_NEAREST | inverse, borderMode=cv2.BORDER_CONSTANT
        ),
    )
    return tuple(np.asarray(v, np.uint8) for v in warped)


def sample(
    portraits: Portraits,
    index: int,
    backgrounds: NDArray[np.uint8],
    rng: np.random.Generator,
    strength: float = 1.0,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """One augmented crop [256, 256, 3], its labels, its hair matte (uint8) and the weight of each pixel."""
    image, regions, hair = dress(portraits, index, backgrounds, rng, strength)
    frame, _ = crop_frame(rng, strength)
    border = int(
        rng.choice([cv2.BORDER_REFLECT_101, cv2.BORDER_REPLICATE, cv2.BORDER_CONSTANT], p=[0.6, 0.2, 0.2])
    )
    trust = None if portraits.trust is None else portraits.trust[index]
    image, regions, hair, inside = warp(image, regions, hair, frame, border, trust)
    # Mirrored surroundings are only half true, replicated and black ones say nothing.
    outside = np.float32(0.25 if border == cv2.BORDER_REFLECT_101 else 0.0)
    weight = np.where(inside > 0, inside / np.float32(255), outside)
    return degrade(image, rng, strength), regions, hair, weight


def batches(
    portraits: Portraits, size: int, seed: int, strength: float = 1.0
) -> Iterator[tuple[Tensor, ...]]:
    """Endless augmented batches: images, labels, hair mattes 0..1, pixel weights."""
    rng = np.random.default_rng(seed)
    backgrounds = np.stack([random_background(SIZE, rng) for _ in range(_BACKGROUNDS)])
    odds = donor_odds(portraits)
    while True:
        rows = [
            sample(portraits, int(i), backgrounds, rng, strength)
            for i in rng.choice(portraits.train, size, p=odds)
        ]
        images, regions, hair, weight = (np.stack(column) for column in zip(*rows, strict=True))
        yield (
            to_input(images),
            torch.from_numpy(regions).long(),
            torch.from_numpy(hair).float() / 255,
            torch.from_numpy(weight),
        )


def loss(model: nn.Module, batch: tuple[Tensor, ...], class_weights: Tensor) -> dict[str, Tensor]:
    """Weighted cross-entropy of the classes; cross-entropy, L1 and Dice (Milletari et al. 2016) of the hair matte."""
    images, regions, hair, weight = batch
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(images.to(memory_format=torch.channels_last))
    logits = logits.float()
    total = weight.sum().clamp_min(1)
    classes = functional.cross_entropy(logits[:, :CLASSES], regions, class_weights, reduction="none")
    classes = (classes * weight).sum() / total
    matte = torch.sigmoid(logits[:, CLASSES])
    entropy = functional.binary_cross_entropy_with_logits(logits[:, CLASSES], hair, reduction="none")
    absolute = (matte - hair).abs()
    overlap = (matte * hair * weight).sum((1, 2))
    both = ((matte + hair) * weight).sum((1, 2))
    dice = (1 - (2 * overlap + 200) / (both + 200)).mean()
    hair_loss = ((entropy + absolute) * weight).sum() / total + 0.3 * dice
    return {"total": classes + hair_loss, "classes": classes, "hair": hair_loss}


def predictor(model: nn.Module) -> Predict:
    """The network as a function of uint8 crops [B, 256, 256, 3] to logits [B, 8, 256, 256]."""

    def predict(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.no_grad():
            parts = [model(part.to(memory_format=torch.channels_last)) for part in to_input(images).split(8)]
        return torch.cat(parts).numpy()

    return predict


def pack_predictor(name: str) -> Predict:
    """The same of a model pack's network, given the pack's name or folder.

    Raises:
        ModelFileError: no such pack, or its network cannot be used.
    """
    net = load_regions(open_pack(name).path("regions"))
    return lambda images: np.concatenate(
        [net.logits(part) for part in np.array_split(images, -(-len(images) // 8))]
    ).transpose(0, 3, 1, 2)


def evaluate(portraits: Portraits, predict: Predict) -> dict[str, float]:
    """Agreement with the held-back labels: hair IoU (of pooled pixels and mean over portraits), mean IoU, matte error.

    ``wide`` is the pooled hair IoU where the network saw a crop 1.5 times as wide.
    """
    figures: dict[str, float] = {}
    for name, side in (("hair", 1.0), ("wide", 1.5)):
        frame = make_frame((0.5, 0.5), side, 0)
        rows = [
            warp(portraits.images[i], portraits.regions[i], portraits.hair[i], frame, cv2.BORDER_REFLECT_101)
            for i in portraits.val
        ]
        images, regions, hair, inside = (np.stack(column) for column in zip(*rows, strict=True))
        logits = predict(images)
        found, truth, seen = logits[:, CLASSES] > 0, hair > 127, inside > 0
        both, either = (found & truth & seen).sum((1, 2)), ((found | truth) & seen).sum((1, 2))
        figures[name] = float(both.sum() / either.sum())
        if name == "hair":
            figures["hair_mean"] = float((both[either > 300] / either[either > 300]).mean())
            matte = 1 / (1 + np.exp(-logits[:, CLASSES]))
            figures["matte_l1"] = float(np.abs(matte - hair / np.float32(255)).mean())
            labels = logits[:, :CLASSES].argmax(1)
            for k in range(CLASSES):
                union = ((labels == k) | (regions == k)).sum()
                figures[f"iou{k}"] = float(((labels == k) & (regions == k)).sum() / max(union, 1))
    return figures


def _options() -> argparse.ArgumentParser:
    options = parser("regions", 45)
    options.add_argument(
        "--relabel",
        action="store_true",
        help="self-training: first correct the training labels where the network given with --begin or --teacher, "
        "looking at several sizes and mirrored, is sure that they are wrong; kept beside the checkpoint as "
        ".labels.npz",
    )
    options.add_argument(
        "--teacher", help="model pack whose regions network corrects the labels, instead of that of --begin"
    )
    return options


def _self_taught(portraits: Portraits, teacher: Predict, kept: Path) -> Portraits:
    """The portraits with labels that the teacher corrected, from the file ``kept`` where that exists."""
    if kept.exists():
        return read_labels(portraits, kept)
    portraits, share = relabelled(portraits, teacher)
    write_labels(portraits, kept)
    print(f"self-training changed {share:.2%} of the labels", flush=True)
    return portraits


def main(argv: Sequence[str] | None = None) -> int:
    """Train and export ``regions.onnx``; returns the exit code."""
    given = _options()
    options = given.parse_args(argv)
    checkpoint = options.checkpoint or Path(options.out) / "regions.state"
    labels = checkpoint.with_suffix(".labels.npz")
    if options.relabel and not (options.begin or options.teacher or labels.exists()):
        given.error(
            "--relabel needs a trained network to correct the labels: give its checkpoint with --begin, or a model "
            "pack with --teacher"
        )
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    portraits = load_portraits(options.data, limit=options.limit)
    model = RegionModel().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if published := published_weights():
        model.encoder.take_over(read_published(published))
    if published or options.begin:
        model.encoder.hold()
    elif not options.resume:
        print("the encoder starts knowing nothing: install coiffe[train] for one that knows pictures", flush=True)
    if options.relabel:
        if options.begin:
            begin_from(model, options.begin)
        teacher = pack_predictor(options.teacher) if options.teacher else predictor(model.eval())
        portraits = _self_taught(portraits, teacher, labels)
    weights = torch.ones(CLASSES)
    for label, weight in _CLASS_WEIGHTS.items():
        weights[label] = weight

    def export(averaged: nn.Module, figures: dict[str, float]) -> None:
        write_onnx(averaged, REGION_INPUT, ["logits"], Path(options.out), "regions", figures)

    training = Training(
        model,
        batches(portraits, options.batch, options.seed, options.strength),
        lambda m, b: loss(m, b, weights),
        lambda m: evaluate(portraits, predictor(m)),
        export,
    )
    training.run(options, checkpoint)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
