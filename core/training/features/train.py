"""Distils the pack's perceptual feature net from a teacher, on portraits under strong augmentation."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.losses.feature_net import BLOCKS, DISTANCE_WEIGHTS, NAMES, WIDTHS, SmallVGG, feature_shapes, unit
from core.losses.perceptual import place_distance, unit_normalise
from core.models.device import fast_dtype
from core.models.load import read_tensors
from core.training.data.images import load_portraits
from core.training.kit.export import write_component
from core.training.kit.options import add_shared
from core.training.kit.teacher import Teacher, channels_last

# Student layer -> teacher layer.
PAIRS = {"relu1_1": "11", "relu1_2": "12", "relu2_1": "21", "relu2_2": "22", "relu3_1": "31", "relu3_2": "32",
         "relu3_3": "34", "relu4_1": "41", "relu4_2": "42", "relu4_3": "44", "relu5_1": "51"}
_TEACHER_WIDTHS = {"1": 16, "2": 32, "3": 64, "4": 128, "5": 128}
DEEPER = NAMES[NAMES.index("relu4_1") + 1:]
"""The layers that the documented distance does not see."""
_METRIC = (*DISTANCE_WEIGHTS, "relu4_3", "relu5_1")
"""Layers whose distances are matched. A layer that only a head reads may answer with large constants and tiny
differences, which a unit-normalised distance in half precision cannot see."""


class Student(nn.Module):
    """``SmallVGG`` with trainable weights, and a 1x1 head per layer that predicts the teacher's activations."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleDict()
        self.heads = nn.ModuleDict()
        self.scales = nn.ParameterDict()
        inputs = 3
        for block, width in zip(BLOCKS, WIDTHS, strict=True):
            for name in block:
                layer = nn.Conv2d(inputs, width, 3)
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                self.layers[name] = layer
                self.heads[name] = nn.Conv2d(width, _TEACHER_WIDTHS[name[4]], 1)
                inputs = width
        for name in _METRIC:
            self.scales[name] = nn.Parameter(torch.zeros([]))

    def forward(self, images: Tensor, dtype: torch.dtype) -> dict[str, Tensor]:
        """Activations of every layer."""
        x = images.to(dtype).contiguous(memory_format=torch.channels_last)
        found: dict[str, Tensor] = {}
        for index, block in enumerate(BLOCKS):
            if index:
                x = F.max_pool2d(x, 2)
            for name in block:
                layer = self.layer(name)
                x = F.pad(x, (1, 1, 1, 1), mode="reflect")
                bias = None if layer.bias is None else layer.bias.to(dtype)
                x = F.relu(F.conv2d(x, layer.weight.to(dtype), bias))
                found[name] = x
        return found

    def layer(self, name: str) -> nn.Conv2d:
        """Convolution of a layer."""
        found = self.layers[name]
        assert isinstance(found, nn.Conv2d)
        return found

    def guess(self, name: str, x: Tensor) -> Tensor:
        """The teacher's activations as predicted from those of a layer, float32."""
        head = self.heads[name]
        assert isinstance(head, nn.Conv2d)
        bias = None if head.bias is None else head.bias.to(x.dtype)
        return F.conv2d(x, head.weight.to(x.dtype), bias).float()

    def keep_distance(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over the layers of the documented distance, and those before them, and train only the deeper ones."""
        kept = {name: value for name, value in tensors.items() if name.split(".")[0] not in DEEPER}
        self.layers.load_state_dict({**self.layers.state_dict(), **kept})
        for name in set(NAMES) - set(DEEPER):
            self.layer(name).requires_grad_(False)
            self.heads[name].requires_grad_(False)

    def trained(self) -> tuple[str, ...]:
        """Layers that are trained, in order."""
        return tuple(name for name in NAMES if self.layer(name).weight.requires_grad)

    def tensors(self) -> dict[str, Tensor]:
        """Parameters of the layers alone, as ``SmallVGG`` reads them."""
        return {name: value.detach() for name, value in self.layers.state_dict().items()}


def load_native(folder: Path, limit: int) -> list[np.ndarray]:
    """RGB uint8 portraits at the size they are stored, for crops with real texture."""
    paths = sorted((folder / "images").glob("*.jpg"))
    names = set(load_portraits(folder, "train", 8).names)
    chosen = [path for path in paths if path.stem in names][:: max(1, len(names) // limit)]
    return [cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1] for path in chosen]


def crops(images: Sequence[np.ndarray], count: int, side: int, random: np.random.Generator) -> Tensor:
    """Random crops between ``side`` / 1.5 pixels and the whole picture, resized; [count, 3, side, side] in 0..1."""
    made = []
    for _ in range(count):
        image = images[int(random.integers(len(images)))]
        largest = min(image.shape[:2])
        smallest = min(largest, side / 1.5)
        size = int(smallest * (largest / smallest) ** random.random())
        top, left = (int(random.integers(extent - size + 1)) for extent in image.shape[:2])
        crop = image[top:top + size, left:left + size]
        crop = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA if size > side else cv2.INTER_CUBIC)
        made.append(crop[:, ::-1] if random.random() < 0.5 else crop)
    return torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2).float() / 255.0


def recolour(images: Tensor) -> Tensor:
    """Strong photometric augmentation: gain, tint, saturation, gamma, sometimes grey or swapped channels."""
    count = images.shape[0]

    def draw(low: float, high: float, channels: int = 1) -> Tensor:
        return torch.rand(count, channels, 1, 1) * (high - low) + low

    swap = images[:, torch.randperm(3)]
    images = torch.where(draw(0, 1) < 0.15, swap, images)
    grey = images.mean(1, keepdim=True)
    saturation = torch.where(draw(0, 1) < 0.1, torch.zeros(count, 1, 1, 1), draw(0.3, 1.7))
    images = (grey + (images - grey) * saturation) * draw(0.6, 1.4) * draw(0.8, 1.2, 3) + draw(-0.1, 0.1)
    return images.clamp(1e-4, 1).pow(draw(0.7, 1.4))


def distort(images: Tensor) -> Tensor:
    """A second version of every picture, from hardly to strongly different: what the distance has to rank."""
    count, _, height, width = images.shape

    def strength() -> Tensor:
        return torch.rand(count, 1, 1, 1).square() * (torch.rand(count, 1, 1, 1) < 0.45)

    small = F.interpolate(F.avg_pool2d(images, 4), size=(height, width), mode="bilinear", align_corners=False)
    made = images + (small - images) * strength()
    made = made + torch.randn_like(made) * 0.2 * strength()
    made = made + (torch.rand(count, 3, 1, 1) - 0.5) * strength()
    made = 0.5 + (made - 0.5) * (1 + (torch.rand(count, 1, 1, 1) - 0.6) * strength())
    field = F.interpolate(torch.randn(count, 2, 5, 5), size=(height, width), mode="bicubic", align_corners=False)
    grid = F.affine_grid(torch.eye(2, 3).repeat(count, 1, 1), list(images.shape), align_corners=False)
    grid = grid + field.permute(0, 2, 3, 1) * 0.12 * strength()
    made = F.grid_sample(made, grid, padding_mode="reflection", align_corners=False)
    shape = F.interpolate(torch.randn(count, 1, 6, 6), size=(height, width), mode="bicubic", align_corners=False)
    patch = torch.sigmoid((shape - 0.8) * 8) * strength().clamp(max=0.5) * 2
    made = made + patch * (images.roll(1, 0) - made)
    # Some pairs are two different pictures, the far end of the scale.
    made = torch.where(torch.rand(count, 1, 1, 1) < 0.06, images.roll(1, 0), made)
    return made.clamp(0, 1)


def layer_distances(first: Mapping[str, Tensor], second: Mapping[str, Tensor],
                    names: Sequence[str]) -> list[Tensor]:
    """[B] unit-normalised squared distance per layer."""
    return [(unit(first[name].float()) - unit(second[name].float())).square().sum(1).mean((1, 2)) for name in names]


def pair_distances(found: Mapping[str, Tensor], half: int, names: Sequence[str]) -> list[Tensor]:
    """Distances per layer between the first ``half`` of a batch and the rest."""
    first = {name: found[name][:half] for name in names}
    return layer_distances(first, {name: found[name][half:] for name in names}, names)


def loss_of(student: Student, teacher: Teacher, images: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Prediction error of the heads (share of the teacher's variance), and the error of log distances of pairs."""
    both = torch.cat([images, distort(images)]) * 2 - 1
    trained = student.trained()
    measured = [name for name in _METRIC if name in trained]
    with torch.no_grad():
        wanted = teacher(both, names=tuple(PAIRS[name] for name in trained), dtype=dtype)
    made = student(both, dtype)
    head_error = torch.zeros([])
    for name in trained:
        other = PAIRS[name]
        guess = student.guess(name, made[name])
        target = wanted[other].float()
        deviation = target.std((0, 2, 3), keepdim=True) + 0.3 * target.std() + 1e-4
        head_error = head_error + ((guess - target) / deviation).square().mean() / len(trained)
    half = len(images)
    mine = pair_distances(made, half, measured)
    theirs = pair_distances(wanted, half, [PAIRS[name] for name in measured])
    metric_error = torch.zeros([])
    for name, a, b in zip(measured, mine, theirs, strict=True):
        log_ratio = torch.log(a + 2e-3) + student.scales[name] - torch.log(b + 2e-3)
        metric_error = metric_error + log_ratio.abs().mean() / len(measured)
    return head_error, metric_error


def rank_correlation(first: Tensor, second: Tensor) -> float:
    """Spearman's coefficient of two [N] tensors."""
    ranks = torch.stack([first.argsort().argsort(), second.argsort().argsort()]).double()
    return float(torch.corrcoef(ranks)[0, 1])


@torch.no_grad()
def agreement(network: SmallVGG, teacher: Teacher, images: Tensor, seed: int = 0) -> dict[str, float]:
    """Rank correlation of the network's and the teacher's distances over distorted images in 0..1.

    "pairs" ranks every picture against its own distortions, all together; "each" is the mean over the pictures of the
    correlation within one picture's 16 distortions.
    """
    torch.manual_seed(seed)
    mine, theirs = [], []
    for _ in range(16):
        other = distort(images) * 2 - 1
        original = images * 2 - 1
        mine.append(network.distance(original, other))
        theirs.append(torch.stack(layer_distances(teacher(original), teacher(other), ("11", "21", "31", "41"))).sum(0))
    a, b = torch.stack(mine), torch.stack(theirs)
    each = [rank_correlation(a[:, index], b[:, index]) for index in range(a.shape[1])]
    return {"pairs": rank_correlation(a.flatten(), b.flatten()), "each": sum(each) / len(each)}


@torch.no_grad()
def variety(network: SmallVGG, teacher: Teacher, images: Tensor) -> dict[str, dict[str, float]]:
    """How different two places of a picture in 0..1 are in each compared layer, for the network and its teacher.

    Unit-normalised squared distance, mean over pictures (``core.losses.perceptual.place_distance``). Far below the
    teacher's, a layer says little, and in half precision nothing.
    """
    found = {}
    for name in _METRIC:
        mine = network.extract(images * 2 - 1, (name,))[name]
        theirs = teacher(images * 2 - 1, names=(PAIRS[name],))[PAIRS[name]].float()
        found[name] = {key: sum(place_distance(unit_normalise(value[i:i + 1]), 0.0) for i in range(len(value)))
                       / len(value) for key, value in (("network", mine), ("teacher", theirs))}
    return found


def train(arguments: argparse.Namespace) -> dict[str, float]:
    """Train until the time budget is spent; returns the rank correlations on held-back portraits."""
    torch.manual_seed(arguments.seed)
    random = np.random.default_rng(arguments.seed)
    dtype = fast_dtype(torch.device("cpu"))
    teacher = Teacher(arguments.teacher)
    student = channels_last(Student())
    if arguments.keep_distance:
        path = arguments.keep_distance / "features.safetensors"
        student.keep_distance({name: value.float() for name, value in read_tensors(path, feature_shapes()).items()})
    native = load_native(arguments.data, 600)
    held_back = load_portraits(arguments.data, "val", 128).images.float() / 255.0
    optimiser = torch.optim.Adam([p for p in student.parameters() if p.requires_grad], 2e-3, (0.9, 0.99))
    budget, began, step = arguments.minutes * 60.0, time.monotonic(), 0
    exported = -1e9 if arguments.export_every else 0.0
    found: dict[str, float] = {}
    elapsed = 0.0
    while elapsed < budget:
        rate = min(1.0, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * elapsed / budget)))
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * rate
        images = recolour(crops(native, arguments.batch, arguments.side, random))
        head_error, metric_error = loss_of(student, teacher, images, dtype)
        optimiser.zero_grad(set_to_none=True)
        (head_error + metric_error).backward()
        nn.utils.clip_grad_norm_(student.parameters(), 2.0)
        optimiser.step()
        step += 1
        elapsed = time.monotonic() - began
        if step % 50 == 0:
            print(f"step {step}  {(budget - elapsed) / 60:.1f} min left  heads {head_error.item():.3f}  "
                  f"distance {metric_error.item():.3f}", flush=True)
        if arguments.export_every and step >= 100 and elapsed - exported > arguments.export_every * 60:
            found = _export(student, teacher, held_back, arguments.out)
            exported = elapsed
    return _export(student, teacher, held_back, arguments.out) or found


def _export(student: Student, teacher: Teacher, held_back: Tensor, folder: Path) -> dict[str, float]:
    tensors = {name: value.half() for name, value in student.tensors().items()}
    network = SmallVGG(tensors, dtype=torch.float32)
    found = agreement(network, teacher, held_back)
    write_component(folder, "features", tensors, {"kind": "small_vgg", "widths": list(WIDTHS), "names": list(NAMES),
                                                  "rank_correlation": found})
    print(json.dumps({**found, "variety": variety(network, teacher, held_back)}), flush=True)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(prog="core train features", description=__doc__)
    add_shared(parser, "data", "teacher")
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--out", type=Path, required=True, help="folder of the model pack")
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--side", type=int, default=64)
    add_shared(parser, "seed")
    parser.add_argument("--keep-distance", type=Path, metavar="PACK",
                        help="keep this pack's layers down to relu4_1, so that its documented distance stays the same, "
                        "and train only the deeper ones")
    parser.add_argument("--export-every", type=float, default=4.0, help="minutes between exports")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    train(arguments)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
