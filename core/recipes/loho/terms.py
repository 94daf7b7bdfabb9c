"""LOHO's losses on one workspace: targets computed once, every term of a picture from two walks of the feature net."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.losses.appearance import APPEARANCE_LAYER, appearance, colour_distance
from core.losses.gram import style_layers, style_loss, style_matrices
from core.losses.masked import low_frequency_distance, masked_square
from core.losses.perceptual import (
    ALL_BLOCKS,
    STRUCTURE_BLOCKS,
    Features,
    PerceptualTarget,
    channel_weights,
    perceptual_target,
)
from core.recipes.kit.workspace import Workspace

# Squared difference at 32 px below which the guide does not pull (docs/methods/salon.md, Optimisation).
GUIDE_FLOOR = 2e-3
LOOK_TERMS = ("appearance", "style")
HAIR_TERMS = frozenset({"structure", *LOOK_TERMS})


@dataclass(frozen=True, eq=False)
class Look:
    """Colour and texture of one picture's hair.

    Attributes:
        colour: [1, C], mean of relu1_1.
        texture: Gram matrices by layer.
    """

    colour: Tensor
    texture: Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Terms:
    """Losses of one picture, scalars with their graphs.

    Attributes:
        main: unweighted terms that reach every latent.
        structure: L_r, unweighted; a constant 0 where it does not act.
        look: what the structure is orthogonalised with, weighted as in the total: the wanted look where that gives way
            (part of ``main`` too), else what would bring back the shape reference's own look; None in stage 1 or
            without orthogonalisation.
    """

    main: Mapping[str, Tensor]
    structure: Tensor
    look: Tensor | None


class LohoTerms:
    """The losses on one workspace (docs/methods/loho.md, Losses).

    Args:
        net: frozen feature network.
        workspace: pictures and weights.
        parameters: the recipe's parameters.
        active: which of L_r ("structure"), L_a ("appearance") and L_s ("style") act.
        style: picture [1, 3, s, s] and hair [1, 1, s, s] whose strands are wanted; None = the workspace's appearance.
    """

    def __init__(
        self, net: Features, workspace: Workspace, parameters: Mapping[str, Any], *,
        active: Collection[str] = HAIR_TERMS, style: tuple[Tensor, Tensor] | None = None,
    ) -> None:
        self.net, self.space, self.p, self.active = net, workspace, parameters, frozenset(active)
        # The guide's hair is a photograph too; holding on to it keeps a free feature map from painting patterns that
        # please the feature network only.
        self._kept = workspace.keep + parameters["hair_weight"] * workspace.core
        self._identity = self._target(workspace.guide, self._kept, ALL_BLOCKS)
        self._structure = self._target(workspace.structure, workspace.core, STRUCTURE_BLOCKS)
        self._layers = tuple(dict.fromkeys((*self._identity.layers, *self._structure.layers)))
        self._style_layers = style_layers(net.names, distilled=not channel_weights(net))
        with torch.no_grad():
            wanted = self._look(workspace.appearance, workspace.appearance_hair)
            self._wanted = wanted if style is None else Look(wanted.colour, self._look(*style).texture)
            self._own = self._look(workspace.structure, workspace.shape)
        self._everywhere = 1 - workspace.ignored
        self._invented = workspace.invent

    def weights(self) -> dict[str, float]:
        """Weight of every main term by its name."""
        p = self.p
        names = ("identity", "removed", "tint", "guide", *(name for name in LOOK_TERMS if name in self.active))
        return {"pixels": p["pixel_weight"], **{name: p[f"{name}_weight"] for name in names}}

    def evaluate(self, image: Tensor, hair: Tensor | None) -> Terms:
        """Every term of a picture.

        Args:
            image: [1, 3, s, s] in [-1, 1], s the workspace's size.
            hair: [1, 1, s, s], where the picture's hair is (stage 2), or None (stage 1: no colour and texture).
        """
        space = self.space
        identity, structure = self._perceptual(image)
        main = {
            "identity": identity,
            "pixels": masked_square(image, space.guide, self._kept),
            "removed": low_frequency_distance(image, space.guide, space.removed),
            "tint": low_frequency_distance(image, space.guide, self._invented),
            "guide": low_frequency_distance(image, space.guide, self._everywhere, floor=GUIDE_FLOOR) - GUIDE_FLOOR,
        }
        if hair is None or not self.active & set(LOOK_TERMS):
            return Terms(main, structure, None)
        look = self._look(image, hair)
        main |= self._look_losses(look, self._wanted)
        if not self.p["orthogonalise"] or "structure" not in self.active:
            return Terms(main, structure, None)
        weights = self.weights()
        parts = main if self.p["gives_way"] == "look" else self._look_losses(look, self._own)
        weighted = [weights[name] * loss for name, loss in parts.items() if name in LOOK_TERMS]
        return Terms(main, structure, torch.stack(weighted).sum())

    def structure_distance(self, image: Tensor) -> float:
        """L_r of a picture [1, 3, s, s], for reports."""
        with torch.no_grad():
            return float(self._structure.distance(self._seen(image, self.space.core, self._structure.layers)))

    def _target(self, image: Tensor, mask: Tensor, blocks: tuple[int, ...]) -> PerceptualTarget:
        reduction, calibrate = self.p["blocks"], self.p["calibrate"]
        if self.p["masking"] == "images":
            image, mask = image * mask, torch.ones_like(mask)
        return perceptual_target(self.net, image, mask, blocks=blocks, reduction=reduction, calibrate=calibrate)

    def _seen(self, image: Tensor, mask: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        return self.net.extract(image * mask if self.p["masking"] == "images" else image, layers)

    def _perceptual(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """L_f and L_r; one walk of the network serves both where the difference is masked and not the picture."""
        shared = self.p["masking"] == "features"
        features = self.net.extract(image, self._layers) if shared else {}
        identity = self._identity.distance(features or self._seen(image, self._kept, self._identity.layers))
        if "structure" not in self.active:
            return identity, image.new_zeros(())
        found = features or self._seen(image, self.space.core, self._structure.layers)
        return identity, self._structure.distance(found)

    def _look(self, image: Tensor, hair: Tensor) -> Look:
        # Outside the hair the picture is mid-grey for the network (docs/methods/loho.md, Differences no. 3).
        features = self.net.extract(image * hair, tuple(dict.fromkeys((APPEARANCE_LAYER, *self._style_layers))))
        colour = appearance(features[APPEARANCE_LAYER], hair)
        styled = {name: features[name] for name in self._style_layers}
        weigh = self.p["masking"] == "features"
        return Look(colour, style_matrices(styled, hair, normalise=self.p["gram"], weigh=weigh))

    def _look_losses(self, look: Look, goal: Look) -> dict[str, Tensor]:
        relative, found = self.p["calibrate"], {}
        if "appearance" in self.active:
            found["appearance"] = colour_distance(look.colour, goal.colour, relative=relative,
                                                  norm=self.p["appearance_norm"])
        if "style" in self.active:
            found["style"] = style_loss(look.texture, goal.texture, relative=relative)
        return found
