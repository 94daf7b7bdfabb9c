"""What speaks for and against a hypothesis, and the two ways of choosing among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.losses.masked import masked_mean
from core.losses.perceptual import Features, perceptual_target
from core.recipes.context import ParseCrop
from core.recipes.kit.figures import mask_iou
from core.recipes.kit.workspace import to_image
from core.recipes.mgi.target import Target

# What the parts of ``judged`` count: each is about 0 at best and 1 where it would be a fault.
_SEAM_UNIT = 0.1
_LATENT_SHARE = 0.25


class Scores(NamedTuple):
    """Figures of one hypothesis; smaller is better but for ``hair``.

    Attributes:
        natural: distance of its features from those of portraits, 1 = typical; None where the pack has no statistics.
        distance: masked perceptual distance to the target, 1 = as another place of it.
        hair: IoU of the hair that the regions net finds with the planned hair.
        seam: mean difference to the guide beside what may change, 0..1.
        latent: distance of the latents from the generator's mean, 1 = as random faces.
    """

    natural: float | None
    distance: float
    hair: float
    seam: float
    latent: float

    @property
    def judged(self) -> float:
        """One number (docs/methods/mgi.md, Choice): distance + (1 - hair) + seam / 0.1 + latent / 4."""
        return self.distance + (1 - self.hair) + self.seam / _SEAM_UNIT + _LATENT_SHARE * self.latent


class Judge:
    """Scores pictures against one target.

    Args:
        target: what they are to show.
        net: of the perceptual distance.
        parse: the regions net, see ``core.recipes.context.Context.parser``.
        natural: score of a picture, or None.
    """

    def __init__(self, target: Target, net: Features, parse: ParseCrop,
                 natural: Callable[[Tensor], float] | None) -> None:
        self._target, self._net, self._parse, self._natural = target, net, parse, natural
        self._goal = perceptual_target(net, target.picture, target.weight, reduction="mean", calibrate=True)

    @torch.no_grad()
    def score(self, picture: Tensor, latent: float) -> Scores:
        """Scores of a picture [1, 3, R, R] in [-1, 1] whose latents are so far from the mean."""
        target = self._target
        _, hair = self._parse(to_image(picture))
        return Scores(
            natural=None if self._natural is None else self._natural(picture),
            distance=float(self._goal.distance(self._net.extract(picture, self._goal.layers))),
            hair=mask_iou(hair, target.hair),
            seam=float(masked_mean((picture - target.picture).abs().mean(dim=1, keepdim=True), target.border)) / 2,
            latent=latent,
        )


def ranked_by(selector: str, scores: Scores) -> float:
    """The number that a selector makes as small as it can; "judge" where there is no natural score."""
    return scores.natural if selector == "natural" and scores.natural is not None else scores.judged


def best(selector: str, scores: Mapping[int, Scores], among: Sequence[int]) -> int:
    """Whose score is best; the first of equals."""
    return min(among, key=lambda index: ranked_by(selector, scores[index]))
