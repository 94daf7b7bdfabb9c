"""The two small networks that read faces: landmarks with a confidence, and regions with a hair matte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.training.faces.efficientnet import LiteEncoder

LANDMARK_INPUT = 128
REGION_INPUT = 256
POINTS = 478
CLASSES = 7
_LOOK, _READ = 64, 8


def _unit(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs, momentum=0.05),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _unit(channels, channels)
        norm = nn.BatchNorm2d(channels, momentum=0.05)
        # Every block starts as the identity, which shortens the first minutes of training.
        nn.init.zeros_(norm.weight)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), norm)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


def _stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(_unit(inputs, outputs, 3, 2), *(Residual(outputs) for _ in range(blocks)))


class LandmarkModel(nn.Module):
    """Face crop [B, 3, 128, 128] in -1..1 to points [B, 478, 3] in crop units and a confidence logit [B].

    A first estimate comes from the whole crop; then every point is looked at where it was estimated, on the finer
    maps, and what is seen there corrects the shape. About 190 MMAC. ``widths``: channels at 64, 32, 16, 8, 4 px.
    """

    # A layer begun from principal components moves slowly.
    paces: ClassVar[dict[str, float]] = {"shape.": 0.03}

    def __init__(self, widths: Sequence[int] = (16, 48, 80, 128, 192), hidden: int = 256) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.body = nn.Sequential(
            _unit(3, a, 5, 2), _stage(a, b, 1), _stage(b, c, 2), _stage(c, d, 2), _stage(d, e, 1)
        )
        self.neck = nn.Sequential(nn.Flatten(), nn.Linear(e * 16, hidden), nn.ReLU(inplace=True))
        # Signed coefficients, then the components; a rectifier between them would halve what they can say.
        self.coefficients = nn.Linear(hidden, hidden)
        self.shape = nn.Linear(hidden, POINTS * 3)
        self.face = nn.Linear(hidden, 1)
        self.looked = nn.Conv1d(a + b + c, _LOOK, 1)
        self.place = nn.Parameter(torch.randn(_LOOK, POINTS) * 0.1)
        # Each point reads its surroundings in its own way.
        self.read = nn.Parameter(torch.randn(POINTS, _LOOK, _READ) * _LOOK**-0.5)
        self.correction = nn.Linear(POINTS * _READ, hidden)
        nn.init.zeros_(self.correction.weight)
        nn.init.zeros_(self.correction.bias)

    def start_from(self, shapes: Tensor) -> None:
        """Begin at the mean and the principal components of example shapes [N, 478, 3]."""
        flat = shapes.reshape(len(shapes), -1)
        mean = flat.mean(dim=0)
        _, spread, components = torch.linalg.svd(flat - mean, full_matrices=False)
        count = min(self.shape.in_features, len(spread))
        with torch.no_grad():
            self.shape.bias.copy_(mean)
            self.shape.weight.zero_()
            scale = spread[:count] / len(flat) ** 0.5
            self.shape.weight[:, :count] = (components[:count] * scale[:, None]).T

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        maps: list[Tensor] = []
        for stage in self.body:
            x = stage(x)
            maps.append(x)
        code = self.neck(x).float()
        coefficients = self.coefficients(code)
        first = self.shape(coefficients).view(-1, POINTS, 3)
        coefficients = coefficients + self._correct(maps[:3], first[..., :2].detach())
        return self.shape(coefficients).view(-1, POINTS, 3), self.face(code).squeeze(1)

    def _correct(self, maps: Sequence[Tensor], points: Tensor) -> Tensor:
        """Change of the coefficients [B, hidden] after looking at points [B, 478, 2] on each map [B, C, S, S]."""
        grid = (points * 2 - 1).unsqueeze(2)
        seen = [
            functional.grid_sample(
                m.float(), grid, mode="bilinear", padding_mode="border", align_corners=False
            ).squeeze(3)
            for m in maps
        ]
        near = functional.relu(self.looked(torch.cat(seen, dim=1)) + self.place)
        read = torch.einsum("bcn,ncr->bnr", near.float(), self.read)
        return self.correction(read.flatten(1)).float()


class _Merge(nn.Module):
    """Bring a coarse map to the size of a finer one and join them."""

    def __init__(self, coarse: int, fine: int, outputs: int) -> None:
        super().__init__()
        self.reduce = _unit(coarse, outputs, 1)
        self.skip = _unit(fine, outputs, 1)
        self.mix = _unit(outputs, outputs)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        grown = functional.interpolate(
            self.reduce(coarse), scale_factor=2.0, mode="bilinear", align_corners=False
        )
        return self.mix(grown + self.skip(fine))


class RegionModel(nn.Module):
    """Aligned crop [B, 3, 256, 256] in -1..1 to logits [B, 8, 256, 256]: seven classes, then the hair matte.

    A U-shaped network (Ronneberger et al. 2015) on the first stages of EfficientNet-Lite0, so that it can begin with
    features that know natural pictures and needs only the few portraits there are.
    """

    # The encoder already knows what to look for.
    paces: ClassVar[dict[str, float]] = {"encoder.": 0.15}

    def __init__(self, widths: Sequence[int] = (24, 40, 64, 112), blocks: int = 14) -> None:
        super().__init__()
        a, b, c, d = widths
        self.encoder = LiteEncoder(blocks)
        s0, s1, s2, s3, s4 = self.encoder.channels
        self.context = _unit(s4, s4, 1)
        self.up3 = _Merge(s4, s3, d)
        self.up2 = _Merge(d, s2, c)
        self.up1 = _Merge(c, s1, b)
        self.up0 = _Merge(b, s0, a)
        self.detail = _unit(a + 3, a)
        self.head = nn.Conv2d(a, CLASSES + 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        s0, s1, s2, s3, s4 = self.encoder(x)
        # The mean over the crop tells every place what kind of picture it is in.
        s4 = s4 + self.context(s4.mean(dim=(2, 3), keepdim=True))
        y = self.up0(self.up1(self.up2(self.up3(s4, s3), s2), s1), s0)
        y = functional.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.head(self.detail(torch.cat([y, x], dim=1))).float()
