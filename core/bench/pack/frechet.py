"""Frechet distance between random samples and the training portraits on one fixed feature layer.

The features: the teacher's (vgg19_small) activations after the ReLU of conv31 ("31": VGG-19's relu3_1, 64 channels) of
pictures of 256 px, in float32, scaled to length one over the channels at every position as in the feature distance,
then their mean and their standard deviation over all 64 x 64 positions: 128 numbers per picture. Plain means of the
activations follow brightness and hardly tell blurred pictures from sharp ones. Pictures of another side are brought to
256 px before, by area averages when larger and by cubic interpolation when smaller, in 8 bits. Layers "21", "41" and
"51" are measured beside it. Means and covariances in float64.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.bench.pack.subject import Bench, Subject
from core.losses.feature_net import load_features
from core.losses.frechet import Gaussian, frechet_distance, gaussian_of, natural_scores
from core.training.kit.teacher import Teacher, unit

SIDE = 256
MAIN = "31"
LAYERS = ("21", MAIN, "41", "51")
_DRAWS = 10
_BATCH = 8
Pooled = dict[str, NDArray[np.float32]]


def resized(pictures: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8]:
    """Pictures [B, s, s, 3] at another side: area averages when they shrink, cubic when they grow."""
    have = pictures.shape[1]
    if have == side:
        return pictures
    filter_ = cv2.INTER_AREA if have > side else cv2.INTER_CUBIC
    return np.stack([cv2.resize(picture, (side, side), interpolation=filter_) for picture in pictures])


@torch.no_grad()
def pooled(teacher: Teacher, batches: Iterator[NDArray[np.uint8]], device: torch.device) -> Pooled:
    """[N, 2 C] features by layer of batches of pictures [B, s, s, 3]; see the module."""
    rows: dict[str, list[NDArray[np.float32]]] = {name: [] for name in LAYERS}
    for batch in batches:
        planar = torch.from_numpy(resized(batch)).permute(0, 3, 1, 2).to(device).float() / 127.5 - 1
        for name, value in teacher(planar, names=LAYERS).items():
            known = unit(value)
            rows[name].append(torch.cat([known.mean((2, 3)), known.std((2, 3))], 1).cpu().numpy())
    return {name: np.concatenate(parts) for name, parts in rows.items()}


def eight_bit(images: Tensor) -> NDArray[np.uint8]:
    """Images [B, 3, R, R] in [-1, 1] as [B, R, R, 3]."""
    levels = ((images.float().clamp(-1, 1) + 1) * 127.5).round().byte()
    return levels.permute(0, 2, 3, 1).cpu().numpy()


@torch.no_grad()
def sampled(subject: Subject, count: int, seed: int, truncation: float = 1.0) -> Iterator[NDArray[np.uint8]]:
    """Random pictures with the constant noise, [B, R, R, 3]."""
    generator = subject.generator
    z = torch.randn(count, generator.config.z_dim, generator=torch.Generator().manual_seed(seed))
    for part in z.split(_BATCH):
        w = generator.map(part, truncation=truncation)
        yield eight_bit(generator.synthesize(w[:, None].expand(-1, generator.config.layers, -1)))


def real(images: Tensor) -> Iterator[NDArray[np.uint8]]:
    """Portraits [N, 3, s, s] uint8 in batches [B, s, s, 3]."""
    for part in images.split(_BATCH):
        yield part.permute(0, 2, 3, 1).numpy()


def few(rows: NDArray[np.float32], size: int, goal: Gaussian) -> float:
    """Mean distance of up to ten disjoint sets of ``size`` rows: few pictures look farther away than many."""
    sets = [rows[start : start + size] for start in range(0, min(len(rows), _DRAWS * size) - size + 1, size)]
    return float(np.mean([frechet_distance(gaussian_of(part), goal) for part in sets or [rows]]))


def frechet(bench: Bench) -> dict[str, Any]:
    """Distances to the training portraits, by layer: of the samples, of ``val``, of the other pack's samples.

    "matched" repeats it with sets as small as ``val``, so that the figures can be compared with that of ``val``.
    """
    device, options = bench.subject.generator.device, bench.options
    sets = {"val": pooled(bench.teacher, real(bench.portraits("val", SIDE).images), device)}
    size = len(sets["val"][MAIN])
    subjects = {"pack": bench.subject} | ({"against": bench.other} if bench.other else {})
    for label, subject in subjects.items():
        sets[label] = pooled(bench.teacher, sampled(subject, options.samples, options.seed), device)
        sets[f"{label}_truncated"] = pooled(
            bench.teacher, sampled(subject, max(1, options.samples // 4), options.seed, 0.7), device)
    train = pooled(bench.teacher, real(bench.portraits("train", SIDE).images), device)
    found: dict[str, Any] = {"layer": MAIN, "side": SIDE, "samples": options.samples, "train": len(train[MAIN]),
                             "val": size}
    for name in LAYERS:
        goal = gaussian_of(train[name])
        found[f"conv{name}"] = {
            label: {"distance": _short(frechet_distance(gaussian_of(rows[name]), goal)),
                    "matched": _short(few(rows[name], size, goal)), "pictures": len(rows[name])}
            for label, rows in sets.items()
        }
    return found | _natural(bench)


def _natural(bench: Bench) -> dict[str, Any]:
    """Median natural score (``core.losses.frechet.natural_scores``, 1 = a typical training portrait) of the held-back
    portraits and of samples; nothing where the pack has no tables."""
    subject, tables = bench.subject, bench.tables
    if tables is None:
        return {}
    net = load_features(subject.pack, subject.generator.device)
    batches = {"val": real(bench.portraits("val", tables.side).images),
               "pack": sampled(subject, min(64, bench.options.samples), bench.options.seed)}
    scores = {
        label: [score for batch in pictures for score in natural_scores(
            net, tables.natural, torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 127.5 - 1)]
        for label, pictures in batches.items()
    }
    return {"natural": {label: _short(float(np.median(values))) for label, values in scores.items()}}


def _short(value: float) -> float:
    """Four digits: the scale of the distance is that of the features."""
    return float(f"{value:.4g}")
