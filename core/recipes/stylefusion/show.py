"""What a StyleFusion run does to the photo: laid once by photographs, again and again by the generator."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from core.generators.fusion_net import LEAVES
from core.imaging.arrays import FloatImage
from core.recipes.base import Patch
from core.recipes.kit.previews import soft_square
from core.recipes.stylefusion.codes import Fusion
from core.recipes.stylefusion.features import set_in
from core.recipes.stylefusion.job import Job
from core.recipes.stylefusion.photo import (
    Changed,
    Look,
    add_change,
    change_tone,
    clothes_tone,
    pose_change,
    pose_flow,
    replace_background,
    tone_between,
    visible_change,
)

_SHOWN = 512
"""Side in pixels at which previews are made."""


class Showing:
    """The photo as a run would change it at present: for previews.

    What the photographs give does not depend on the code, so it is laid once; the rest is shown at the generator's
    size.

    Args:
        job: the run.
        fusion: its code.
        changed: the photo or its composite with what the photographs give.
        rough: nothing of the photographs but new hair was laid, and FusionNet was not asked: show what the generator
            changes.
    """

    def __init__(self, job: Job, fusion: Fusion, changed: Changed, *, rough: bool = False) -> None:
        self._job, self._fusion, self.changed = job, fusion, changed
        self._added = ("eyes", "mouth") if rough else ()
        if job.parameters["detail"] == "generator":
            self._added = tuple(LEAVES)
        hair = job.hair()
        self._shown = [choice for choice in fusion.choices() if choice is not hair] if rough else job.generated()
        self._look = Look(changed.image, job.identity.alignment)
        self._crop = np.clip(job.identity.alignment.crop(changed.image, _SHOWN), 0, 1).astype(np.float32)
        self._before = fusion.picture(own=True)
        self._masks = {choice.region: fusion.mask(choice.region) for choice in fusion.choices()}
        self.flow: FloatImage | None = None
        if fusion.pose is not None:
            self.flow = pose_flow(*fusion.posed(trained=not rough), fusion.head())

    def _change(self) -> FloatImage:
        """What is still to be added to the crop, [n, n, 3]."""
        after, crop = self._fusion.picture(), self._crop
        for choice in self._shown:
            if choice.region in self._added:
                change = visible_change(self._before, after, {choice.region: self._masks[choice.region]})
                crop = crop + cv2.resize(change, (_SHOWN, _SHOWN), interpolation=cv2.INTER_LINEAR)
                continue
            weight = (self._fusion.base.masks or {})[choice.region]
            tone = tone_between((self._before, weight), (after, weight))
            if tone is not None:
                share = cv2.resize(weight * soft_square(len(weight)), (_SHOWN, _SHOWN), interpolation=cv2.INTER_LINEAR)
                crop = crop + (tone.applied(np.clip(crop, 0, 1)) - crop) * share[..., None]
        if self.flow is not None:
            crop = crop + pose_change(crop.astype(np.float32), self.flow)
        return (crop - self._crop).astype(np.float32)

    def picture(self) -> FloatImage:
        """The whole photo [H, W, 3]."""
        return self._look.picture(self._change())

    def patch(self) -> Patch:
        """The crop alone, at the size of a preview."""
        return self._look.patch(self._change())

    def figures(self) -> dict[str, float]:
        """Mean change of the generator's picture inside and outside of what was to change, in 8-bit levels."""
        inside = np.max(list(self._masks.values()), axis=0) if self._masks else np.zeros(self._before.shape[:2])
        apart = np.abs(self._fusion.picture() - self._before).mean(axis=2) * 255
        found = {name: float((apart * weight).sum() / max(float(weight.sum()), 1e-6))
                 for name, weight in (("change_inside", inside), ("change_outside", 1 - inside))}
        if self.flow is not None:
            found["largest_turn"] = float(np.hypot(self.flow[..., 0], self.flow[..., 1]).max())
        return {**found, **{f"loss_{name}": value for name, value in self._fusion.losses.items()}}


def lay_photographs(job: Job, changed: Changed, check: Callable[[], None]) -> None:
    """Lay what the source photographs give on the picture; ``check`` is called before each."""
    for choice in job.photographed():
        check()
        source = choice.portrait
        if source is None:
            continue
        if choice.region == "background":
            replace_background(changed, source, choice.amount)
        elif choice.region == "clothes":
            tone = clothes_tone(changed, source)
            if tone is not None:
                change_tone(changed, "clothes", tone, choice.amount)
        else:
            set_in(changed, job.identity, source, choice.region, choice.amount)


def lay_generated(job: Job, fusion: Fusion, changed: Changed, before: FloatImage, after: FloatImage) -> None:
    """Lay what the generator decides on the picture: its change, or the change of a region's tones."""
    for choice in job.generated():
        job.context.check_finishing()
        if job.parameters["detail"] == "generator":
            add_change(changed, visible_change(before, after, {choice.region: fusion.mask(choice.region)}))
            continue
        weight = (fusion.base.masks or {})[choice.region]
        tone = tone_between((before, weight), (after, weight))
        if tone is not None:
            change_tone(changed, choice.region, tone)
