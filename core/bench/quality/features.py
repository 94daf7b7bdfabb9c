"""The perceptual judge of the reports: a network that no recipe optimises, where its weights are at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from core.errors import InputRefused
from core.imaging.arrays import FloatImage
from core.losses.perceptual import unit_normalise

_MEANS = (104.0, 117.0, 123.0)
_PACK_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
_FIRES = ("fire2", "fire3", None, "fire4", "fire5", None, "fire6", "fire7", "fire8", "fire9")
_KEPT = ("fire3", "fire5", "fire7", "fire9")


class Extracts(Protocol):
    """What is needed of a feature network (``core.generators.base.FeatureNet`` fits)."""

    def extract(self, images: Tensor, names: Sequence[str] | None = None) -> dict[str, Tensor]: ...


class Judge:
    """Distances between pictures by the features of one network; names the network, so that no table mixes two."""

    name: str

    def features(self, image: FloatImage) -> list[Tensor]:
        """Activations [1, C, h, w] of a picture [H, W, 3] in 0..1, shallow first."""
        raise NotImplementedError

    @torch.no_grad()
    def distance(self, first: FloatImage, second: FloatImage, weight: NDArray) -> float:
        """Sum over layers of the mean, weighted by [H, W], of squared differences of unit activations; NaN without
        weight."""
        total = 0.0
        for a, b in zip(self.features(first), self.features(second), strict=True):
            apart = (unit_normalise(a) - unit_normalise(b)).square().sum(1)[0].numpy()
            share = cv2.resize(weight.astype(np.float32), (apart.shape[1], apart.shape[0]),
                               interpolation=cv2.INTER_AREA)
            if share.sum() < 1e-6:
                return float("nan")
            total += float((apart * share).sum() / share.sum())
        return total


class SqueezeJudge(Judge):
    """SqueezeNet 1.1 (Iandola et al. 2016), as converted from its Caffe model: BGR in 0..255 less the data's mean.

    Args:
        tensors: conv1 and fire2 ... fire9, weights and biases.
    """

    name = "squeezenet1_1"

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = {name: value.float() for name, value in tensors.items()}

    def _layer(self, x: Tensor, name: str, **options: int) -> Tensor:
        return F.relu(F.conv2d(x, self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"], **options))

    @torch.no_grad()
    def features(self, image: FloatImage) -> list[Tensor]:
        """conv1, fire3, fire5, fire7 and fire9."""
        bgr = np.ascontiguousarray(image[..., ::-1].transpose(2, 0, 1), dtype=np.float32) * 255
        x = torch.from_numpy(bgr)[None] - torch.tensor(_MEANS).view(1, 3, 1, 1)
        x = self._layer(x, "conv1", stride=2)
        found = [x]
        x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        for name in _FIRES:
            if name is None:
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
                continue
            x = self._layer(x, f"{name}.squeeze1x1")
            x = torch.cat([self._layer(x, f"{name}.expand1x1"), self._layer(x, f"{name}.expand3x3", padding=1)], 1)
            if name in _KEPT:
                found.append(x)
        return found


class PackJudge(Judge):
    """The pack's own feature net, which recipes optimise too: for want of an independent one."""

    name = "pack"

    def __init__(self, net: Extracts) -> None:
        self._net = net

    @torch.no_grad()
    def features(self, image: FloatImage) -> list[Tensor]:
        """First activation of the first four blocks."""
        planar = np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32)
        found = self._net.extract(torch.from_numpy(planar)[None] * 2 - 1, _PACK_LAYERS)
        return [found[name].cpu() for name in _PACK_LAYERS]


def open_judge(path: Path | None, net: Extracts) -> Judge:
    """SqueezeNet where its file is there, else the pack's feature net.

    Raises:
        InputRefused: the file is not SqueezeNet 1.1.
    """
    if path is None or not path.is_file():
        return PackJudge(net)
    judge = SqueezeJudge(load_file(str(path)))
    try:
        judge.features(np.zeros((64, 64, 3), np.float32))
    except (KeyError, RuntimeError) as error:
        raise InputRefused(f"{path} cannot judge.", f"{error}.", "Give SqueezeNet 1.1's weights to --judge.") from error
    return judge
