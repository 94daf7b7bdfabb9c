"""LOHO's losses on one workspace: targets computed once, every term of a picture from two walks of the feature net."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.losses.appearance import APPEARANCE_LAYER, appearance, colour_distance
from core.losses.gram import style_layers, style_loss, style_matrices
from core.losses.masked import low_frequency_distance, masked_square
from core.losses.perceptual import STRUCTURE_BLOCKS, Features, channel_weights, perceptual_target
from core.recipes.workspace import Workspace

# Squared difference at 32 px below which the guide does not pull (METHODS A2.4).
GUIDE_FLOOR = 2e-3


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
        structure: L_r, unweighted.
        look: what would bring back the shape reference's own look, weighted as in the total; None in stage 1 or
            without orthogonalisation.
    """

    main: Mapping[str, Tensor]
    structure: Tensor
    look: Tensor | None


class LohoTerms:
    """The losses of METHODS A1.3 and A6.2 on one workspace.

    Args:
        net: frozen feature network.
        workspace: pictures and weights.
        parameters: the recipe's parameters.
    """

    def __init__(self, net: Features, workspace: Workspace, parameters: Mapping[str, Any]) -> None:
        self.net, self.space, self.p = net, workspace, parameters
        blocks, calibrate = parameters["blocks"], parameters["calibrate"]
        # The guide's hair is a photograph too; holding on to it keeps a free feature map from painting patterns that
        # please the feature network only.
        self._kept = workspace.keep + parameters["hair_weight"] * workspace.core
        self._identity = perceptual_target(net, workspace.guide, self._kept, reduction=blocks, calibrate=calibrate)
        self._structure = perceptual_target(net, workspace.structure, workspace.core, blocks=STRUCTURE_BLOCKS,
                                            reduction=blocks, calibrate=calibrate)
        self._layers = tuple(dict.fromkeys((*self._identity.layers, *self._structure.layers)))
        self._style_layers = style_layers(net.names, distilled=not channel_weights(net))
        with torch.no_grad():
            self._wanted = self._look(workspace.appearance, workspace.appearance_hair)
            self._own = self._look(workspace.structure, workspace.shape)
        self._everywhere = 1 - workspace.ignored
        self._invented = workspace.invent * self._everywhere

    def weights(self) -> dict[str, float]:
        """Weight of every main term by its name."""
        p = self.p
        names = ("identity", "removed", "tint", "guide", "appearance", "style")
        return {"pixels": p["pixel_weight"], **{name: p[f"{name}_weight"] for name in names}}

    def evaluate(self, image: Tensor, hair: Tensor | None) -> Terms:
        """Every term of a picture.

        Args:
            image: [1, 3, s, s] in [-1, 1], s the workspace's size.
            hair: [1, 1, s, s], where the picture's hair is (stage 2), or None (stage 1: no colour and texture).
        """
        space = self.space
        features = self.net.extract(image, self._layers)
        main = {
            "identity": self._identity.distance(features),
            "pixels": masked_square(image, space.guide, self._kept),
            "removed": low_frequency_distance(image, space.guide, space.removed),
            "tint": low_frequency_distance(image, space.guide, self._invented),
            "guide": low_frequency_distance(image, space.guide, self._everywhere, floor=GUIDE_FLOOR) - GUIDE_FLOOR,
        }
        structure = self._structure.distance(features)
        if hair is None:
            return Terms(main, structure, None)
        look = self._look(image, hair)
        main["appearance"], main["style"] = self._look_losses(look, self._wanted)
        if not self.p["orthogonalise"]:
            return Terms(main, structure, None)
        colour, texture = self._look_losses(look, self._own)
        return Terms(main, structure, self.p["appearance_weight"] * colour + self.p["style_weight"] * texture)

    def structure_distance(self, image: Tensor) -> float:
        """L_r of a picture [1, 3, s, s], for reports."""
        with torch.no_grad():
            return float(self._structure.distance(self.net.extract(image, self._structure.layers)))

    def _look(self, image: Tensor, hair: Tensor) -> Look:
        # Both the picture and its features are masked: outside is mid-grey for the network (METHODS A1.8 no. 3).
        features = self.net.extract(image * hair, tuple(dict.fromkeys((APPEARANCE_LAYER, *self._style_layers))))
        colour = appearance(features[APPEARANCE_LAYER], hair)
        styled = {name: features[name] for name in self._style_layers}
        return Look(colour, style_matrices(styled, hair, normalise=self.p["gram"]))

    def _look_losses(self, look: Look, goal: Look) -> tuple[Tensor, Tensor]:
        relative = self.p["calibrate"]
        return (colour_distance(look.colour, goal.colour, relative=relative),
                style_loss(look.texture, goal.texture, relative=relative))
