"""The engine's work as its process does it: analyses and runs that keep what the next ones can use."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect, bounding_rect
from core.document.photo import Photo
from core.engine.messages import Choice, Finished, Frame, PhotoAnalysis, StepInfo
from core.engine.protocol import Analyse
from core.engine.session import Session
from core.errors import NothingUseful
from core.recipes.request import Request
from core.settings import thread_count

if TYPE_CHECKING:
    from core.engine.result import Result
    from core.faces.face import Portrait
    from core.models.pack import Pack
    from core.recipes.base import Patch, Step
    from core.recipes.context import Context

# Portraits kept for the next run: bytes, but those of one run in any case.
PORTRAIT_BYTES, PORTRAITS = 400 << 20, 4
# Photos kept without what is ignored in them.
FILLED = 2
# Composites of larger photos are not kept between runs: they take some seventy bytes per pixel.
KEPT_PIXELS = 9_000_000
# Previews may take this share of the time.
FRAME_SHARE = 0.15


class EngineJobs:
    """The work itself, see ``core.engine.server.Jobs``. Torch is imported with the first run, or before it."""

    def __init__(self) -> None:
        cv2.setNumThreads(thread_count())
        self._packs: dict[str, Pack] = {}
        self._contexts: dict[tuple[str, str], Context] = {}
        self._portraits: OrderedDict[tuple[Any, ...], Portrait] = OrderedDict()
        self._filled: OrderedDict[tuple[Any, ...], Photo] = OrderedDict()

    def prewarm(self, pack: str, device: str) -> Iterator[None]:
        """Networks of the analysis, then torch, then networks and kernels of a run."""
        from core.engine.prewarm import exercise_kernels, open_face_networks

        open_face_networks(self._pack(pack))
        yield
        import torch  # noqa: F401  # The longest single wait.

        yield
        context = self._context(pack, device)
        yield
        for load in (context.generator, context.encoder, context.features, context.parser):
            load()
            yield
        yield from exercise_kernels()

    def analyse(self, photo: Photo, job: Analyse, say: Callable[[str], None]) -> PhotoAnalysis:
        """Find face, alignment and hair of a photo."""
        say("loading")
        from core.engine.result import alignment_fields

        pack = self._pack(job.pack)
        say("finding the face")
        hair = None if job.hair is None else job.hair.astype(np.float32) / 255
        points = None if job.points is None else {name: np.array(xy) for name, xy in job.points.items()}
        portrait = self._portrait(photo, pack, hair_mask=hair, points=points, face_index=job.face_index)
        fields = alignment_fields(portrait)
        names = ("eye_right", "eye_left", "mouth_right", "mouth_left", "chin")
        return PhotoAnalysis(
            job.owner, photo.digest, portrait.alignment.quad, {name: tuple(fields[name]) for name in names},
            portrait.face.landmarks[:, :2].astype(np.float32), float(portrait.face.confidence),
            portrait.face.rotation, np.rint(portrait.hair * 255).astype(np.uint8), portrait.boxes, portrait.warnings,
        )

    def run(self, request: Request, session: Session) -> Finished:
        """Carry out a request."""
        session.step(StepInfo("loading", elapsed=session.elapsed))
        from core.engine.inputs import check_masks, photos_by_role
        from core.engine.runner import find_recipe, portraits_of, run

        recipe = find_recipe(request.recipe)
        context = self._context(request.pack, request.device)
        photos = photos_by_role(request, recipe.info)
        check_masks(request, photos)
        session.step(StepInfo("finding the face", elapsed=session.elapsed))
        context.portraits = portraits_of(
            request, photos, context.pack, session, self._portrait, self._without_ignored)
        session.step(StepInfo("guide", elapsed=session.elapsed))
        result = run(request, session, on_step=_Watcher(session).see, context=context)
        if context.photo.pixels.size > KEPT_PIXELS * 3:
            context.guides.clear()
        return finished_from(result, context, photo_space=recipe.info.photo_space, protect=request.protect)

    def _pack(self, name: str) -> Pack:
        from core.models.pack import open_pack

        if name not in self._packs:
            self._packs[name] = open_pack(name)
        return self._packs[name]

    def _context(self, pack: str, device: str) -> Context:
        """The networks of a pack on a device, kept for the next run; those of another pack make room."""
        if (pack, device) not in self._contexts:
            import torch

            from core.recipes.context import Context, choose_device

            torch.set_num_threads(thread_count())
            self._contexts.clear()
            self._contexts[pack, device] = Context(self._pack(pack), choose_device(device), torch.Generator())
        return self._contexts[pack, device]

    def _without_ignored(
        self, portrait: Portrait, ignore: NDArray[np.uint8], keep: NDArray[np.uint8] | None
    ) -> Photo:
        """As ``core.compositing.reading.ignored.without_ignored``, the very same photo for the same input."""
        from core.compositing.reading.ignored import without_ignored

        masks = tuple(None if mask is None else hashlib.sha256(mask.tobytes()).hexdigest() for mask in (ignore, keep))
        key = portrait.photo.digest, portrait.face.landmarks.tobytes(), masks
        if key not in self._filled:
            self._filled[key] = without_ignored(portrait, ignore, keep)
        self._filled.move_to_end(key)
        while len(self._filled) > FILLED:
            self._filled.popitem(last=False)
        return self._filled[key]

    def _portrait(
        self, photo: Photo, pack: Pack, *, hair_mask: NDArray[np.floating] | None = None, points: Any = None,
        face_index: int = 0,
    ) -> Portrait:
        """As ``core.faces.analyse.analyse``, the very same portrait for the same input."""
        from core.faces.analyse import analyse

        mask = None if hair_mask is None else hashlib.sha256(np.ascontiguousarray(hair_mask).data).hexdigest()
        placed = points and tuple(sorted((name, *map(float, xy)) for name, xy in points.items()))
        key = photo.digest, str(pack.folder), mask, placed, face_index
        if key not in self._portraits:
            self._portraits[key] = analyse(photo, pack, hair_mask=hair_mask, points=points, face_index=face_index)
        self._portraits.move_to_end(key)
        kept = self._portraits
        while len(kept) > PORTRAITS and sum(p.hair.nbytes + p.regions.nbytes for p in kept.values()) > PORTRAIT_BYTES:
            kept.popitem(last=False)
        return self._portraits[key]


class _Watcher:
    """Reports steps, and frames where somebody waits for one and there is time to make it.

    Args:
        session: where to report.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last: tuple[int, float] | None = None
        self._pace = 0.0
        self._next_frame = 0.0

    def see(self, step: Step) -> None:
        """Take note of a step."""
        session, now = self._session, time.perf_counter()
        session.latent_of = step.latent
        remaining = self._remaining(step)
        session.step(StepInfo(step.stage, step.index, step.total, step.losses, session.elapsed, remaining))
        if step.patch is not None and now >= self._next_frame and session.wants_frame():
            session.frame(frame_from(step.patch(), step.index))
            done = time.perf_counter()
            self._next_frame = done + (done - now) * (1 / FRAME_SHARE - 1)
        if step.index == step.total:
            session.finishing()

    def _remaining(self, step: Step) -> float | None:
        """Seconds to the last step at the pace of the latest ones; None before the optimisation has a pace."""
        if not step.losses:
            return None
        elapsed = self._session.elapsed
        if self._last is not None and step.index > self._last[0]:
            pace = (elapsed - self._last[1]) / (step.index - self._last[0])
            self._pace = pace if not self._pace else 0.9 * self._pace + 0.1 * pace
        self._last = step.index, elapsed
        return (step.total - step.index) * self._pace if self._pace else None


def frame_from(patch: Patch, step: int) -> Frame:
    """A preview [h, w, 3] in 0..1 as a frame."""
    rect, picture = patch
    return Frame(rect, _levels(picture), step)


def _levels(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    """A picture in 0..1 as 8 bit levels."""
    return np.asarray(np.clip(picture * 255 + 0.5, 0, 255), np.uint8)


def finished_from(result: Result, context: Context, *, photo_space: bool,
                  protect: NDArray[np.uint8] | None) -> Finished:
    """A result, cut to what it changes. One in working space is laid over the photo with soft edges, and spares
    what is protected.

    Raises:
        NothingUseful: nothing changes.
    """
    pixels, mask = result.pixels, result.mask
    if not photo_space:
        from core.recipes.kit.previews import laid_over

        pixels, mask = laid_over(context.photo, context.portraits["identity"].alignment, result.image, protect)
    rect = bounding_rect(mask)
    if rect is None:
        raise NothingUseful("The result is no different from the photo.", "Every change lies in protected parts.",
                            "Protect less of the photo.")
    outcome = result.outcome
    guide_rect = None if outcome.guide is None else bounding_rect(outcome.guide[..., 3])
    guide = None if outcome.guide is None or guide_rect is None else _part(outcome.guide, guide_rect)
    return Finished(
        rect, _part(pixels, rect), np.where(_part(mask, rect) > 0, np.uint8(255), np.uint8(0)), result.report(),
        dict(outcome.latent), result.warnings, result.cancelled, result.stamp,
        tuple(Choice(h.name, _levels(h.picture), dict(h.scores), h.chosen) for h in outcome.hypotheses),
        guide, guide_rect,
    )


def _part(image: NDArray, rect: Rect) -> NDArray:
    return np.ascontiguousarray(image[rect.slices()])
