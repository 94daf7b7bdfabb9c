"""What a run leaves: the picture, the state to go on from, and every figure of the report."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.faces.align import crop_points
from core.faces.face import Portrait
from core.recipes.base import Outcome

_PACKAGES = ("coiffe", "torch", "numpy", "opencv-python", "onnxruntime-gpu", "onnxruntime")


@dataclass(frozen=True, eq=False)
class Result:
    """A finished or stopped run.

    Attributes:
        pixels: [H, W, 3] uint8 or uint16, of the identity's size and depth; equal to it wherever ``mask`` is 0.
            For recipes that end in working space: [s, s, 3] uint8.
        image: the same, float32 in 0..1, before quantisation.
        mask: [H, W] float32 in 0..1, the edit.
        outcome: everything the recipe returned.
        cancelled: stopped by the user; the picture is the best so far.
        recipe, pack, device, dtype, seed: how it was made.
        steps: optimisation steps done.
        seconds: total, load, align, invert, optimise, finish, first_preview and finer parts.
        losses: first and last value by name.
        metrics, alignment, versions, warnings: for the report.
        peak_rss_mb: largest memory of this process.
        stamp: the request's.
    """

    pixels: NDArray[np.unsignedinteger]
    image: NDArray[np.float32]
    mask: NDArray[np.float32]
    outcome: Outcome
    cancelled: bool
    recipe: str
    pack: str
    device: str
    dtype: str
    seed: int
    steps: int
    seconds: Mapping[str, float]
    losses: Mapping[str, tuple[float, float]]
    metrics: Mapping[str, float]
    alignment: Mapping[str, Any]
    versions: Mapping[str, str]
    warnings: tuple[str, ...]
    peak_rss_mb: float
    stamp: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        """The fields of report.json, plain values only; the caller adds ``files``."""
        return {
            "recipe": self.recipe,
            "pack": self.pack,
            "device": self.device,
            "dtype": self.dtype,
            "seed": self.seed,
            "steps": self.steps,
            "cancelled": self.cancelled,
            "seconds": {name: round(float(value), 4) for name, value in self.seconds.items()},
            "peak_rss_mb": round(self.peak_rss_mb, 1),
            "losses": {name: [first, last] for name, (first, last) in self.losses.items()},
            "metrics": {name: float(value) for name, value in self.metrics.items()},
            "alignment": dict(self.alignment),
            "parameters": dict(self.parameters),
            "versions": dict(self.versions),
            "files": {},
            "warnings": list(self.warnings),
        }


def alignment_fields(portrait: Portrait) -> dict[str, Any]:
    """The report's alignment entry of a portrait: five points and the crop's corners, in photo pixels."""
    points = crop_points(portrait.face.landmarks)
    return {
        **{name: [round(float(x), 3), round(float(y), 3)] for name, (x, y) in points.items()},
        "quad": [[round(float(x), 3), round(float(y), 3)] for x, y in portrait.alignment.quad],
        "scale": portrait.alignment.scale,
        "rotation": portrait.face.rotation,
        "confidence": round(float(portrait.face.confidence), 4),
    }


def peak_rss_mb() -> float:
    """Largest resident memory of this process so far, in MiB."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:
        # Windows has no such module; the report then says 0.
        return 0.0
    peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


def installed_versions() -> dict[str, str]:
    """Versions of what computes, and of Python."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
