"""Where a style comes from: given pictures, the reference's hair, or the style space itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.document.roles import PICTURES
from core.errors import InputRefused
from core.generators.style_net import Stylist
from core.losses.style import blend_codes
from core.recipes.context import Context
from core.recipes.kit.workspace import to_tensor, weight_tensor
from core.recipes.request import Request
from core.recipes.style.canvas import hair_view, shrunk

STYLE_SIDE = 320
"""Longest side at which the style network reads a style picture: strokes come out as large as they are there."""


@dataclass(frozen=True, eq=False)
class GivenStyle:
    """A style somebody handed in.

    Attributes:
        name: for people.
        picture: [h, w, 3] in 0..1.
        weight: [h, w] in 0..1, where it counts; None = everywhere.
        share: its weight among several.
    """

    name: str
    picture: NDArray[np.float32]
    weight: NDArray[np.float32] | None
    share: float

    def tensors(self, longest: int, device: torch.device) -> tuple[Tensor, Tensor | None]:
        """Picture [1, 3, h, w] in [-1, 1] and weight [1, 1, h, w], at most ``longest`` wide and high."""
        weight = None if self.weight is None else weight_tensor(shrunk(self.weight, longest), device)
        return to_tensor(shrunk(self.picture, longest), device), weight


def given_styles(request: Request, context: Context, parameters: dict[str, Any]) -> list[GivenStyle]:
    """The styles of a run: its pictures, else the reference's hair, else none (one is to be drawn).

    Raises:
        InputRefused: all weights of the pictures are 0, or the reference shows no hair.
    """
    if parameters["sample"]:
        return []
    pictures = [
        GivenStyle(name, request.pictures[name].rgb(), None, parameters[f"weight{index}"])
        for index, name in enumerate(PICTURES, 1) if name in request.pictures
    ]
    if pictures:
        pictures = [style for style in pictures if style.share > 0]
        if not pictures:
            raise InputRefused("No style is left.", "The weights of all style pictures are 0.",
                               "Raise the weight of at least one.")
        return pictures
    reference = context.portraits.get("appearance") or context.portraits.get("shape")
    if reference is None:
        return []
    picture, matte = hair_view(reference, 2 * STYLE_SIDE)
    return [GivenStyle("hair of the reference", picture, matte, 1.0)]


def style_code(styles: Sequence[GivenStyle], stylist: Stylist, rng: torch.Generator, spread: float) -> Tensor:
    """The code [1, D] of the styles' blend; without styles one drawn from N(0, spread^2 I)."""
    if not styles:
        return spread * torch.randn(1, stylist.code_size, generator=rng)
    codes = [stylist.encode(*style.tensors(STYLE_SIDE, stylist.device)) for style in styles]
    return blend_codes(codes, [style.share for style in styles])
