"""The losses of one view and how they weigh in each stage (docs/methods/salon.md, Optimisation)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.losses.masked import area_down, low_frequency_distance, masked_square
from core.losses.perceptual import Features, PerceptualTarget, perceptual_target
from core.recipes.salon.views import View

FIRST, SECOND, TUNING = "W", "W+", "tuning"
# Weights by stage: (view 0, view 1).
FACE = {FIRST: (12.0, 2.0), SECOND: (4.0, 1.0)}
HAIR = {FIRST: (1.0, 6.0), SECOND: (2.0, 8.0)}
CROSS = {FIRST: 1.0, SECOND: 2 / 3}
# Which view's face and which view's hair are compared after blurring only, by stage.
BLURRED_FACE = {FIRST: (), SECOND: (1,)}
BLURRED_HAIR = {FIRST: (), SECOND: (0,)}
FLOOR = 2e-3
# In the tuning the feature term weighs twice the coarse one.
TUNING_FEATURES, TUNING_COARSE = 2.0, 1.0
# Side in pixels of the blurred comparison; smaller pictures are compared at a quarter of theirs.
COARSE_SIDE = 32


def coarse_side(size: int) -> int:
    """Side of the blurred comparison of pictures of this side."""
    return max(1, min(COARSE_SIDE, size // 4))


def blurred(images: Tensor) -> Tensor:
    """B(.): images [B, C, s, s] by area down to ``coarse_side`` pixels and back up, bilinear."""
    size = images.shape[-1]
    small = area_down(images, coarse_side(size))
    return F.interpolate(small, size=(size, size), mode="bilinear", align_corners=False)


def reduced(view: View, size: int) -> View:
    """A view whose pictures and weights are [1, C, size, size], averaged over areas."""
    if view.guide.shape[-1] == size:
        return view
    names = ("guide", "face", "hair", "background", "open", "everywhere")
    return replace(view, **{name: area_down(getattr(view, name), size) for name in names})


class ViewTerms:
    """What one view is compared with; targets computed once.

    Pictures larger than ``loss_size`` are reduced to it first: at full size a small generator pleases the feature
    network with hard, worm-like contrasts.

    Args:
        net: frozen feature network.
        view: guide and masks, at the generator's size.
        parameters: the recipe's.
    """

    def __init__(self, net: Features, view: View, parameters: Mapping[str, Any]) -> None:
        self._net, self.view, self.p = net, view, parameters
        self._size = min(parameters["loss_size"], view.guide.shape[-1])
        self._seen = view = reduced(view, self._size)
        soft = blurred(view.guide)
        self._known = torch.maximum(view.face, view.hair)
        self._made_up = view.open
        self._face = self._target(view.guide, view.face)
        self._hair = self._target(view.guide, view.hair)
        self._soft_face = self._target(soft, view.face)
        self._soft_hair = self._target(soft, view.hair)
        with_background = view.number == 0 and bool(view.background.any())
        self._background = self._target(view.guide, view.background) if with_background else None

    def _target(self, picture: Tensor, mask: Tensor) -> PerceptualTarget:
        return perceptual_target(self._net, picture, mask, calibrate=self.p["calibrate"])

    def evaluate(self, image: Tensor, stage: str) -> dict[str, Tensor]:
        """Unweighted terms of a picture [1, 3, R, R] in one of the latent stages."""
        number, image = self.view.number, area_down(image, self._size)
        sharp = self._net.extract(image, self._face.layers)
        soft_face, soft_hair = number in BLURRED_FACE[stage], number in BLURRED_HAIR[stage]
        soft = self._net.extract(blurred(image), self._face.layers) if soft_face or soft_hair else sharp
        found = {
            "face": self._soft_face.distance(soft) if soft_face else self._face.distance(sharp),
            "hair": self._soft_hair.distance(soft) if soft_hair else self._hair.distance(sharp),
            "coarse": self.coarse(image),
            "pixels": masked_square(image, self._seen.guide, self._known),
            "tint": low_frequency_distance(image, self._seen.guide, self._made_up, size=coarse_side(self._size)),
        }
        if self._background is not None:
            found["background"] = self._background.distance(sharp)
        return found

    def coarse(self, image: Tensor) -> Tensor:
        """Blurred mean squared difference to the guide with a dead zone, 0 at the guide itself."""
        return low_frequency_distance(area_down(image, self._size), self._seen.guide, self._seen.everywhere,
                                      floor=FLOOR, size=coarse_side(self._size)) - FLOOR

    def focus(self, image: Tensor) -> Tensor:
        """Feature distance in the area this view is there for: the face in view 0, the hair in view 1."""
        target = self._face if self.view.number == 0 else self._hair
        return target.distance(self._net.extract(area_down(image, self._size), target.layers))

    def weighted(self, terms: Mapping[str, Tensor], stage: str) -> Tensor:
        """The sum of ``evaluate``'s terms as this stage weighs them."""
        p, number = self.p, self.view.number
        weights = {"face": p["face_weight"] * FACE[stage][number], "hair": p["hair_weight"] * HAIR[stage][number],
                   "coarse": p["coarse_weight"], "pixels": p["pixel_weight"], "tint": p["tint_weight"],
                   "background": p["background_weight"]}
        return torch.stack([weights[name] * term for name, term in terms.items()]).sum()
