"""What window and engine process say to each other; see ``server`` and ``worker`` for the two ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo
from core.engine.messages import Failure, Finished, Frame, PhotoAnalysis, StepInfo
from core.recipes.request import Request

Order = Literal["pause", "resume", "stop", "abort"]


@dataclass(frozen=True)
class Prewarm:
    """Import and open what the first run needs, while there is nothing else to do."""

    pack: str = "starter"
    device: str = "auto"


@dataclass(frozen=True, eq=False)
class TakePhoto:
    """A photo the next commands refer to by its digest; kept until dropped."""

    digest: str
    photo: Photo


@dataclass(frozen=True)
class DropPhoto:
    """A photo that is not needed any more."""

    digest: str


@dataclass(frozen=True, eq=False)
class Analyse:
    """Find face, alignment and hair. ``photo`` becomes ``digest`` on the way."""

    ticket: int
    owner: str
    photo: Photo | None = None
    digest: str = ""
    hair: NDArray[np.uint8] | None = None
    points: Mapping[str, tuple[float, float]] | None = None
    face_index: int = 0
    pack: str = "starter"


@dataclass(frozen=True)
class Forget:
    """Analyses of this owner that wait are not wanted any more."""

    owner: str


@dataclass(frozen=True, eq=False)
class Run:
    """Carry out a request. Its photos become ``digests`` by role on the way."""

    session: int
    request: Request
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Update:
    """Go on with another request from the latent reached."""

    session: int
    request: Request
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Control:
    """pause, resume, stop (keep the best) or abort (keep nothing)."""

    session: int
    order: Order


@dataclass(frozen=True)
class FrameSeen:
    """The window has taken the last frame: it is ready for another one."""


Command = Prewarm | TakePhoto | DropPhoto | Analyse | Forget | Run | Update | Control | FrameSeen


@dataclass(frozen=True)
class AnalysisText:
    """What an analysis is at."""

    ticket: int
    owner: str
    text: str


@dataclass(frozen=True, eq=False)
class AnalysisEnded:
    """An analysis and its answer."""

    ticket: int
    owner: str
    answer: PhotoAnalysis | Failure


@dataclass(frozen=True, eq=False)
class RunStep:
    """A step was made."""

    session: int
    info: StepInfo


@dataclass(frozen=True, eq=False)
class RunFrame:
    """There is something to see."""

    session: int
    frame: Frame


@dataclass(frozen=True)
class RunPaused:
    """The run sleeps."""

    session: int


@dataclass(frozen=True)
class UpdateRefused:
    """A newer request cannot be carried out; the run goes on with the one before."""

    session: int
    failure: Failure


@dataclass(frozen=True, eq=False)
class RunEnded:
    """A run and what came of it; None when there is nothing to keep."""

    session: int
    answer: Finished | Failure | None


@dataclass(frozen=True)
class Logged:
    """A line of the engine process's log."""

    level: int
    name: str
    text: str


Report = AnalysisText | AnalysisEnded | RunStep | RunFrame | RunPaused | UpdateRefused | RunEnded | Logged
