"""The two small networks that read faces: landmarks with a confidence, and regions with a hair matte."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

LANDMARK_INPUT = 128
REGION_INPUT = 256
POINTS = 478
CLASSES = 7


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

    About 180 MMAC. ``widths``: channels at 64, 32, 16, 8 and 4 px.
    """

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
        code = self.neck(self.body(x)).float()
        return self.shape(self.coefficients(code)).view(-1, POINTS, 3), self.face(code).squeeze(1)


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

    A U-shaped network (Ronneberger et al. 2015) of about 0.7 GMAC.
    """

    def __init__(self, widths: Sequence[int] = (16, 32, 64, 128, 192)) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.stem = _unit(3, a, 5, 2)
        self.down1 = _stage(a, b, 1)
        self.down2 = _stage(b, c, 2)
        self.down3 = _stage(c, d, 2)
        self.down4 = _stage(d, e, 1)
        self.context = _unit(e, e, 1)
        self.up3 = _Merge(e, d, d)
        self.up2 = _Merge(d, c, c)
        self.up1 = _Merge(c, b, b)
        self.up0 = _Merge(b, a, a)
        self.detail = _unit(a + 3, a)
        self.head = nn.Conv2d(a, CLASSES + 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        s0 = self.stem(x)
        s1 = self.down1(s0)
        s2 = self.down2(s1)
        s3 = self.down3(s2)
        s4 = self.down4(s3)
        # The mean over the crop tells every place what kind of picture it is in.
        s4 = s4 + self.context(s4.mean(dim=(2, 3), keepdim=True))
        y = self.up0(self.up1(self.up2(self.up3(s4, s3), s2), s1), s0)
        y = functional.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.head(self.detail(torch.cat([y, x], dim=1))).float()
