"""How natural a single picture looks to a feature network that has seen statistics of many portraits."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from core.losses.feature_net import load_features
from core.losses.frechet import natural_scores
from core.losses.masked import area_down
from core.losses.perceptual import Features
from core.models.pack import Pack
from core.models.tables import NAME, NaturalLayer, load_tables


class NaturalScore:
    """Frechet distance of one picture's feature positions to those of many portraits, in units of a typical portrait.

    Multiple GAN Inversion chooses by FID, which needs thousands of pictures and is also what it reports
    (docs/methods/mgi.md, Choice); the positions of one picture are enough for a Gaussian of their own.

    Args:
        net: the network that the statistics were made with.
        natural: statistics by layer, see ``core.models.tables.Tables.natural``.
        side: pixels per side that they were made at.
    """

    def __init__(self, net: Features, natural: Mapping[str, NaturalLayer], side: int) -> None:
        self._net, self._natural, self._side = net, natural, side

    @torch.no_grad()
    def __call__(self, picture: Tensor) -> float:
        """Score of a picture [1, 3, s, s] in [-1, 1]: 1 is a typical portrait, more is stranger, at least 0."""
        small = area_down(picture, self._side)
        if small.shape[-1] < self._side:
            small = F.interpolate(small, size=(self._side, self._side), mode="bilinear", align_corners=False)
        return natural_scores(self._net, self._natural, small)[0]


def load_natural(pack: Pack, device: torch.device | str = "cpu") -> NaturalScore | None:
    """The score with a pack's own statistics and feature network; None for a pack without either.

    Raises:
        ModelFileError: they are there and cannot be used.
    """
    if NAME not in pack or "features" not in pack:
        return None
    tables = load_tables(pack)
    # The statistics are those of the pack's own network, whatever network the losses use.
    return NaturalScore(load_features(pack, device), tables.natural, tables.side)
