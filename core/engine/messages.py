"""What the engine tells the window: plain values that travel between processes; neither torch nor Qt in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.document.choice import Choice
from core.document.geometry import Rect
from core.errors import Advice

__all__ = ["Box", "Choice", "Failure", "Finished", "Frame", "PhotoAnalysis", "StepInfo"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class PhotoAnalysis:
    """What was found in a photo; pixel-centre coordinates of that photo.

    Attributes:
        owner: who asked, as given to ``Engine.analyse``.
        digest: of the photo.
        quad: [4, 2] corners of the aligned crop: top-left, bottom-left, bottom-right, top-right.
        points: eye_right, eye_left, mouth_right, mouth_left and chin as (x, y).
        landmarks: [478, 2] float32, face-mesh numbering.
        confidence: 0..1 of the landmarks.
        rotation: clockwise turn that makes the face upright: 0, 90, 180 or 270.
        hair: [H, W] uint8, 255 = hair: the network's soft mask, or the painted one that was given.
        faces: boxes x0, y0, x1, y1 of all faces, the largest first; only the chosen one when points were given.
        warnings: what the user should know about this photo.
    """

    owner: str
    digest: str
    quad: NDArray[np.float64]
    points: Mapping[str, tuple[float, float]]
    landmarks: NDArray[np.float32]
    confidence: float
    rotation: int
    hair: NDArray[np.uint8]
    faces: tuple[Box, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class StepInfo:
    """Where a run is.

    Attributes:
        stage: "loading", "finding the face", "guide", "stage 1", "finishing", ...
        index, total: 1-based step of the recipe; both 0 while it has not begun.
        losses: unweighted terms by name; empty outside the optimisation.
        elapsed: seconds since Run was pressed.
        remaining: estimated seconds to the end of the last step, or None while that is unknown.
    """

    stage: str
    index: int = 0
    total: int = 0
    losses: Mapping[str, float] = field(default_factory=dict)
    elapsed: float = 0.0
    remaining: float | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """The picture as of now, where it differs from the identity.

    Attributes:
        rect: where it belongs, in identity photo pixels.
        pixels: [h, w, 3] uint8, 1536 px on the longer side at most; drawn stretched over ``rect``.
        step: index of the step it shows.
    """

    rect: Rect
    pixels: NDArray[np.uint8]
    step: int


@dataclass(frozen=True, eq=False)
class Finished:
    """The end of a run, cut to what it changes.

    Attributes:
        rect: where it belongs, in identity photo pixels.
        pixels: [h, w, 3] uint8 or uint16 like the identity.
        mask: [h, w] uint8, 255 where ``pixels`` replace the identity's and 0 elsewhere; pasted so, they reproduce
            the engine's picture bit for bit.
        report: the fields of report.json.
        latent: named arrays to start from again (``Request.start``).
        warnings: for the user.
        cancelled: stopped before its end; this is the best so far.
        stamp: the request's.
        choices: all answers where the recipe has several; the same run with ``start`` = this latent and the parameter
            ``choose`` = 1-based number shows another one.
        guide, guide_rect: [h, w, 4] uint8 and where it belongs: what the run was guided by, for people to edit
            (``Request.guide``); None where there is none.
    """

    rect: Rect
    pixels: NDArray[np.unsignedinteger]
    mask: NDArray[np.uint8]
    report: Mapping[str, Any]
    latent: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    cancelled: bool = False
    stamp: str = ""
    choices: tuple[Choice, ...] = ()
    guide: NDArray[np.uint8] | None = None
    guide_rect: Rect | None = None


@dataclass(frozen=True)
class Failure:
    """Something that did not work, in the user's words.

    Attributes:
        what, why, next_step, values: as in ``core.errors``.
        detail: for whoever wants to know more (a traceback), or empty.
    """

    what: str
    why: str = ""
    next_step: str | Advice = ""
    detail: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
