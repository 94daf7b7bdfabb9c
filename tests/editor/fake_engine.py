"""An engine that answers within milliseconds and always the same, behind the real pipe and the real server.

Every photo has its face in the middle and its hair in an ellipse above; a run tints the hair further with every
step and ends after ``parameters["steps"]`` steps of ``parameters["step_ms"]`` milliseconds. With
``parameters["await_order"]`` it does nothing before it was told to pause or to end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, bounding_rect
from core.document.photo import Photo
from core.engine.messages import Finished, Frame, PhotoAnalysis, StepInfo
from core.engine.protocol import Analyse
from core.engine.server import Server
from core.engine.session import Session
from core.errors import Cancelled, InputRefused
from core.recipes.request import Request

ENTRY = "tests.editor.fake_engine:serve"
STEPS, STEP_MS = 40, 5.0
TINT = np.array([200, 40, 160], np.float32)
POINTS = {"eye_right": (0.42, 0.45), "eye_left": (0.58, 0.45), "mouth_right": (0.44, 0.62),
          "mouth_left": (0.56, 0.62), "chin": (0.5, 0.72)}


def serve(connection: Connection) -> None:
    """The engine's process in tests: pass ``ENTRY`` to ``Engine``."""
    Server(connection, FakeJobs()).serve()


def fake_hair(width: int, height: int) -> NDArray[np.uint8]:
    """The hair that every photo of this size has, [H, W], 255 inside an ellipse."""
    hair = np.zeros((height, width), np.uint8)
    cv2.ellipse(hair, (width // 2, round(height * 0.35)), (width // 4, height // 5), 0, 0, 360, 255, -1)
    return hair


def edited(request: Request) -> NDArray[np.uint8]:
    """Where a run changes the identity, [H, W]: its hair, painted or found, and ignore, without protect."""
    photo = request.photos["identity"]
    hair = request.hair_masks.get("identity")
    mask = np.where((fake_hair(photo.width, photo.height) if hair is None else hair) > 127, 255, 0)
    if request.ignore is not None:
        mask = np.where(request.ignore > 127, 255, mask)
    if request.protect is not None:
        mask = np.where(request.protect > 0, 0, mask)
    return mask.astype(np.uint8)


def tinted(pixels: NDArray[np.unsignedinteger], share: float) -> NDArray[np.unsignedinteger]:
    """Pixels [h, w, 3] moved towards the tint by share 0..1, at their own depth."""
    top = 257.0 if pixels.dtype == np.uint16 else 1.0
    return np.rint(pixels * (1 - share) + TINT * top * share).astype(pixels.dtype)


class FakeJobs:
    """The work, faked.

    Special files: a photo called "faceless..." is refused, "crash..." ends the process at once.
    """

    def prewarm(self, pack: str, device: str) -> Iterator[None]:
        """Nothing to do, in one part."""
        yield

    def analyse(self, photo: Photo, job: Analyse, say: Callable[[str], None]) -> PhotoAnalysis:
        """The face in the middle, or where the points say."""
        say("finding the face")
        _special(photo)
        w, h = photo.width, photo.height
        points = {name: (x * w, y * h) for name, (x, y) in POINTS.items()}
        points.update({name: (float(x), float(y)) for name, (x, y) in (job.points or {}).items()})
        say("finding the hair")
        quad = np.array([[0.2, 0.2], [0.2, 0.8], [0.8, 0.8], [0.8, 0.2]]) * (w, h)
        landmarks = np.tile(np.float32([w / 2, h / 2]), (478, 1))
        hair = fake_hair(w, h) if job.hair is None else job.hair
        box = (0.35 * w, 0.35 * h, 0.65 * w, 0.75 * h)
        return PhotoAnalysis(job.owner, job.digest, quad, points, landmarks, 0.95, 0, hair, (box,))

    def run(self, request: Request, session: Session) -> Finished:
        """Tint the hair, a little more at every step."""
        session.step(StepInfo("loading", elapsed=session.elapsed))
        photo = request.photos["identity"]
        _special(photo)
        steps = int(request.parameters.get("steps", STEPS))
        pause_s = float(request.parameters.get("step_ms", STEP_MS)) / 1000
        mask = edited(request)
        rect = bounding_rect(mask)
        if rect is None:
            raise InputRefused("There is no hair to change.", "The mask is empty.", "Paint the hair.")
        # The tint reached is the latent.
        share = float(request.start["share"][0]) if "share" in request.start else 0.0
        cancelled = False
        if request.parameters.get("await_order"):
            # For tests of orders that reach a run before its first step, however slowly they travel.
            while not (session.paused or session.cancelled or session.aborted):
                time.sleep(0.001)
        session.check()
        for index in range(1, steps + 1):
            time.sleep(pause_s)
            share += (1 - share) / (steps + 1 - index)
            left = (steps - index) * pause_s
            latent = {"share": np.array([share], np.float32)}
            session.latent_of = latent.copy
            session.step(StepInfo("stage 1" if index * 2 <= steps else "stage 2", index, steps,
                                  {"total": 1 - share, "structure": (1 - share) / 2}, session.elapsed, left))
            if session.wants_frame():
                session.frame(_frame(photo, rect, share, index))
            try:
                session.check()
            except Cancelled:
                cancelled = True
                break
        part = photo.pixels[rect.slices()]
        inside = mask[rect.slices()]
        pixels = np.where(inside[..., None] > 0, tinted(part, share), part)
        report = {"recipe": request.recipe, "pack": request.pack, "seed": request.seed, "steps": index,
                  "cancelled": cancelled, "seconds": {"total": session.elapsed}, "losses": {"total": [1.0, 1 - share]},
                  "metrics": {"outside_max_abs": 0.0}, "warnings": [], "files": {}}
        return Finished(rect, pixels, inside, report, latent, (), cancelled, request.stamp)


def _frame(photo: Photo, rect: Rect, share: float, step: int) -> Frame:
    part = photo.rgb8()[rect.slices()]
    return Frame(rect, tinted(part, share).astype(np.uint8), step)


def _special(photo: Photo) -> None:
    if photo.name.startswith("faceless"):
        raise InputRefused(f"No face was found in {photo.name}.", "It may be hidden.", "Use another photo.")
    if photo.name.startswith("crash"):
        os._exit(7)
