"""Trains the repair network of a pack on removed hair whose truth is known."""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.compositing.composite import FILLED
from core.compositing.removing.removal import Removal
from core.faces.face import SKIN_AND_FEATURES, Region
from core.generators.repair import RepairConfig, RepairNetwork, places
from core.models.device import fast_dtype
from core.training.kit.averages import follow
from core.training.kit.export import half_state, write_component
from core.training.kit.options import add_shared
from core.training.kit.sheets import write_sheet
from core.training.kit.teacher import channels_last
from core.training.repair.cases import Album, Case, Draw

# Planes of a stored case: plate and truth, the four layers of the hole, touched, new hair, all old hair, own hair,
# visible and true background, skin, clothes.
PLANES = 20
_LAYERS = ((Region.BACKGROUND,), SKIN_AND_FEATURES, (Region.CLOTHES,))
_SHARD = 100
HELD_SPLIT, HELD_CASES = "val", 200
CHIN = 0.84
"""Height of the chin in the aligned crop, -1 at the top to 1 at the bottom."""


def stored(case: Case, removal: Removal, size: int) -> NDArray[np.uint8]:
    """A case and its classical removal as planes [size, size, PLANES] of 8 bits."""
    planes = [removal.plate, case.truth, *(removal.hole == label for label in FILLED),
              removal.touched, case.warped.alpha, case.identity.hair, case.own,
              *(np.isin(regions, group) for regions in (case.identity.regions, case.true_regions)
                for group in _LAYERS)]
    whole = np.dstack([plane.astype(np.float32) for plane in planes])
    small = np.dstack([cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA)
                       for part in np.split(whole, whole.shape[2], axis=2)])
    return np.rint(np.clip(small, 0, 1) * 255).astype(np.uint8)


def write_cases(data: Path, split: str, folder: Path, seed: int, *, minutes: float, count: int, size: int) -> None:
    """Add shards of cases to ``folder`` until the time is spent or ``count`` are made."""
    folder.mkdir(parents=True, exist_ok=True)
    draw, made, began = Draw.of(Album(data, split), seed), 0, time.monotonic()
    shard: list[NDArray[np.uint8]] = []
    while made < count and time.monotonic() - began < minutes * 60:
        case = draw.case()
        removal = case.remove(made)
        if float((removal.hole > 0).mean()) < 0.02:
            continue
        shard.append(stored(case, removal, size))
        made += 1
        if len(shard) == _SHARD or made == count:
            temporary = folder / f".{seed}-{os.getpid()}.npz"
            np.savez(temporary, cases=np.stack(shard))
            temporary.replace(folder / f"{seed:04d}_{made:06d}.npz")
            shard = []


def read_cases(folder: Path) -> Tensor:
    """All stored cases [N, PLANES, R, R] uint8, in the order of their file names."""
    shards = [np.load(path)["cases"] for path in sorted(folder.glob("[0-9]*.npz"))]
    if not shards:
        raise FileNotFoundError(f"{folder} holds no cases")
    return torch.from_numpy(np.concatenate(shards)).permute(0, 3, 1, 2).contiguous()


@dataclass(frozen=True, eq=False)
class Batch:
    """What one step sees, float32 [B, C, R, R].

    Attributes:
        inputs: ``INPUTS`` of the network.
        plate, truth: [B, 3] colours in 0..1.
        touched: [B, 1] where the network may change the plate.
        known: [B, 1] where the truth is known: no own hair.
        covered: [B, 1] new hair.
        layout: [B, 3] the true layers, soft.
        layers: [B, 4] the hole's layers.
    """

    inputs: Tensor
    plate: Tensor
    truth: Tensor
    touched: Tensor
    known: Tensor
    covered: Tensor
    layout: Tensor
    layers: Tensor


def as_batch(planes: Tensor) -> Batch:
    """Planes [B, PLANES, R, R] in 0..1 as the network and its losses need them."""
    plate, truth, layers = planes[:, :3], planes[:, 3:6], planes[:, 6:10]
    touched, covered, old, own = (planes[:, index : index + 1] for index in range(10, 14))
    bare = (covered < 0.5).float()
    inputs = torch.cat([(plate - 0.5) * bare, layers, touched, covered, old, planes[:, 14:17],
                        places(planes.shape[0], planes.shape[2], planes.device)], 1)
    return Batch(inputs, plate, truth, touched, (own < 0.06).float(), covered, planes[:, 17:20], layers)


class Shuffler:
    """Endless augmented batches of stored cases: mirrored, moved, in other light and colour, partly revealed."""

    def __init__(self, cases: Tensor, seed: int, device: torch.device) -> None:
        self.cases, self.device = cases, device
        self.random = torch.Generator().manual_seed(seed)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return torch.rand(shape, generator=self.random) * (high - low) + low

    def batch(self, count: int) -> Batch:
        """``count`` cases drawn with replacement."""
        chosen = torch.randint(len(self.cases), (count,), generator=self.random)
        planes = self.cases[chosen].float() / 255
        planes = F.grid_sample(planes, self._grid(count, planes.shape[2]), padding_mode="border", align_corners=False)
        planes = self._reveal(self._light(self._dyed(planes)))
        return as_batch(planes.to(self.device))

    def _grid(self, count: int, size: int) -> Tensor:
        angle = self.uniform(count, low=-1, high=1) * math.radians(5)
        scale = 1.0 / self.uniform(count, low=0.92, high=1.12)
        mirror = torch.where(self.uniform(count) < 0.5, -1.0, 1.0)
        theta = torch.zeros(count, 2, 3)
        theta[:, 0, 0], theta[:, 0, 1] = torch.cos(angle) * scale * mirror, -torch.sin(angle) * scale
        theta[:, 1, 0], theta[:, 1, 1] = torch.sin(angle) * scale * mirror, torch.cos(angle) * scale
        theta[:, :, 2] = self.uniform(count, 2, low=-0.05, high=0.05)
        theta[:, 0] *= self.uniform(count, 1, low=0.9, high=1.12)
        grid = F.affine_grid(theta, [count, 1, size, size], align_corners=False)
        # Most sitters have short necks and high collars: what lies below the chin is stretched or squeezed.
        below = (grid[..., 1] - CHIN).clamp(min=0)
        stretch = self.uniform(count, 1, 1, low=-0.3, high=0.6)
        soft = below * below / (below + 0.03)
        return torch.stack([grid[..., 0], grid[..., 1] - stretch * soft], 3)

    def _dyed(self, planes: Tensor) -> Tensor:
        """Clothes and backgrounds in other colours, plate and truth alike."""
        for seen, hole, true in ((16, 8, 19), (14, 9, 17)):
            count = planes.shape[0]
            colour = self.uniform(count, 3, 1, 1) * self.uniform(count, 1, 1, 1, low=0.3, high=1.1)
            strength = self.uniform(count, 1, 1, 1, low=0.0, high=0.9)
            strength = strength * (self.uniform(count, 1, 1, 1) < 0.5)
            shift = self.uniform(count, 1, 1, 1, low=0.0, high=0.4)
            parts = []
            for first, mask in ((0, planes[:, seen : seen + 1] + planes[:, hole : hole + 1]),
                                (3, planes[:, true : true + 1])):
                picture = planes[:, first : first + 3]
                light = picture.mean(1, keepdim=True)
                dyed = colour * (shift + light * (1.2 - shift))
                parts.append(picture + (dyed - picture) * strength * mask.clamp(0, 1))
            planes = torch.cat([*parts, planes[:, 6:]], 1)
        return planes

    def _light(self, planes: Tensor) -> Tensor:
        """Plate and truth alike under another slope of light, contrast, saturation and tint."""
        count, size = planes.shape[0], planes.shape[2]
        pictures = planes[:, :6].unflatten(1, (2, 3))
        grey = pictures.mean(2, keepdim=True)
        pictures = grey + (pictures - grey) * self.uniform(count, 1, 1, 1, 1, low=0.7, high=1.2)
        slope = self.uniform(count, 2, 1, 1, low=-0.15, high=0.15)
        field = 1 + (places(count, size) * slope).sum(1)[:, None, None]
        gain = self.uniform(count, 1, 3, 1, 1, low=0.92, high=1.08)
        gain = gain * self.uniform(count, 1, 1, 1, 1, low=0.8, high=1.15)
        pictures = (pictures.clamp(0, 1) + 1e-4).pow(self.uniform(count, 1, 1, 1, 1, low=0.75, high=1.35))
        return torch.cat([(pictures * field * gain).clamp(0, 1).flatten(1, 2), planes[:, 6:]], 1)

    def _reveal(self, planes: Tensor) -> Tensor:
        """In four of ten the truth shows in part of the hole, so that holes come in more shapes."""
        count, size = planes.shape[0], planes.shape[2]
        noise = torch.randn(count, 1, 4, 4, generator=self.random)
        field = F.interpolate(noise, size=[size, size], mode="bicubic", align_corners=False)
        shown = (field > self.uniform(count, 1, 1, 1, low=0.0, high=1.5)) & (planes[:, 13:14] < 0.06)
        shown = (shown & (self.uniform(count, 1, 1, 1) < 0.4)).float()
        return torch.cat([
            planes[:, :3] + shown * (planes[:, 3:6] - planes[:, :3]), planes[:, 3:6], planes[:, 6:11] * (1 - shown),
            planes[:, 11:12], planes[:, 12:13] * (1 - shown), planes[:, 13:14],
            planes[:, 14:17] + shown * (planes[:, 17:20] - planes[:, 14:17]), planes[:, 17:20]], 1)


def pooled(values: Tensor, weight: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Weighted means of values over cells of ``side`` pixels, and the cells' mean weight."""
    mass = F.avg_pool2d(weight, side)
    return F.avg_pool2d(values * weight, side) / (mass + 1e-3), mass


def losses_of(network: RepairNetwork, batch: Batch, dtype: torch.dtype) -> dict[str, Tensor]:
    """Mean absolute error of the repaired colours at three scales, and cross entropy of the layout."""
    change, logits = network(batch.inputs, dtype=dtype)
    error = batch.plate + batch.touched * change - batch.truth
    weight = batch.touched * batch.known * (1 - 0.8 * batch.covered)
    # The correction is applied layer by layer: what is filled as wall is to have the wall's colour even where a
    # shoulder would be right, which is the layout's business.
    planned = torch.stack([batch.layers[:, 3], batch.layers[:, :2].sum(1), batch.layers[:, 2]], 1)
    planned = planned + (1 - planned.sum(1, keepdim=True)).clamp(0, 1) * batch.layout
    weight = weight * (0.03 + 0.97 * (planned * batch.layout).sum(1, keepdim=True).clamp(0, 1))
    # Skin is what the eye judges: it counts for more than the usually larger background.
    weight = weight * (0.4 + 1.6 * batch.layers[:, :2].sum(1, keepdim=True) + 0.4 * batch.layers[:, 2:3])
    total = weight.sum() + 1
    found = {"fine": (error.abs() * weight).sum() / (3 * total)}
    for name, side in (("middle", 4), ("coarse", 16)):
        mean, mass = pooled(error, weight, side)
        found[name] = (mean.abs() * mass).sum() / (3 * mass.sum() + 1e-3)
    entropy = -(batch.layout * logits.log_softmax(1)).sum(1, keepdim=True)
    where = batch.known * (0.05 + batch.touched)
    found["layout"] = (entropy * where).sum() / (where.sum() + 1)
    return found


class RepairTrainer:
    """Network, running average and optimiser; one ``step`` per batch."""

    def __init__(self, config: RepairConfig, shuffler: Shuffler, *, dtype: torch.dtype, rate: float,
                 batch: int) -> None:
        self.network = channels_last(RepairNetwork(config)).to(shuffler.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.shuffler, self.dtype, self.rate, self.batch = shuffler, dtype, rate, batch
        self.optimiser = torch.optim.AdamW(self.network.parameters(), rate, (0.9, 0.98), weight_decay=0.01)
        self.steps = 0

    def step(self, progress: float) -> dict[str, float]:
        """One batch; ``progress`` (0..1 of the time budget) sets the rate. Returns the losses."""
        late = min(1.0, max(0.0, (progress - 0.5) / 0.5))
        factor = min(1.0, (self.steps + 1) / 100) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * late)))
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * factor
        losses = losses_of(self.network, self.shuffler.batch(self.batch), self.dtype)
        total = losses["fine"] + losses["middle"] + losses["coarse"] + 0.1 * losses["layout"]
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 0.5)
        if bool(torch.isfinite(norm)):
            self.optimiser.step()
        follow(self.average, self.network, self.steps)
        self.steps += 1
        return {name: value.item() for name, value in losses.items()}

    def state(self) -> dict[str, Any]:
        """Everything a later run needs to go on."""
        return {"network": self.network.state_dict(), "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(), "steps": self.steps,
                "random": self.shuffler.random.get_state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state of ``state``."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.shuffler.random.set_state(state["random"])
        self.steps = int(state["steps"])


@torch.no_grad()
def measure(network: RepairNetwork, cases: Tensor, device: torch.device, dtype: torch.dtype) -> dict[str, float]:
    """PSNR in dB of classical fill and repaired fill by layer, at the network's size; share of rightly laid pixels."""
    squares: dict[str, list[float]] = {}
    right, count = [0.0, 0.0], 0.0
    for planes in cases.split(16):
        batch = as_batch(planes.to(device).float() / 255)
        change, logits = network(batch.inputs, dtype=dtype)
        made = (batch.plate + batch.touched * change).clamp(0, 1)
        usable = batch.known * (batch.covered < 0.3)
        for index, name in enumerate(("face", "neck", "clothes", "backdrop")):
            true = batch.layout[:, (1, 1, 2, 0)[index] :][:, :1]
            mask = usable * (batch.layers[:, index : index + 1] > 0.9) * (true > 0.9)
            for kind, picture in (("classical", batch.plate), ("repaired", made)):
                value = ((picture - batch.truth).square().mean(1, keepdim=True) * mask).sum((1, 2, 3))
                value = (value / mask.sum((1, 2, 3)).clamp(min=1))[mask.sum((1, 2, 3)) > 15]
                squares.setdefault(f"{name}_{kind}", []).extend((-10 * torch.log10(value + 1e-6)).tolist())
        mask = usable * (batch.layers.sum(1, keepdim=True) > 0.9) * (batch.layout.amax(1, keepdim=True) > 0.9)
        planned = torch.stack([batch.layers[:, 3], batch.layers[:, :2].sum(1), batch.layers[:, 2]], 1)
        truth = batch.layout.argmax(1, keepdim=True)
        for index, guess in enumerate((planned, logits)):
            right[index] += float(((guess.argmax(1, keepdim=True) == truth) * mask).sum())
        count += float(mask.sum())
    found = {name: round(float(np.mean(values)), 3) for name, values in squares.items() if values}
    return found | {"layout_classical": right[0] / count, "layout": right[1] / count}


@torch.no_grad()
def draw_sheet(path: Path, network: RepairNetwork, cases: Tensor, device: torch.device, dtype: torch.dtype) -> None:
    """Plates, repaired plates, truths and layouts of some cases as a PNG."""
    batch = as_batch(cases[:: max(1, len(cases) // 12)][:12].to(device).float() / 255)
    change, logits = network(batch.inputs, dtype=dtype)
    cover = 1 - (batch.covered > 0.5).float()
    pictures = [batch.plate, (batch.plate + batch.touched * change).clamp(0, 1), batch.truth]
    write_sheet(path, [picture * cover * 2 - 1 for picture in pictures[:2]] + [
        pictures[2] * 2 - 1, logits.softmax(1) * 2 - 1, batch.layout * 2 - 1])


def train(arguments: argparse.Namespace) -> dict[str, float]:
    """Train until the time budget is spent, exporting on the way; returns the final figures."""
    device = torch.device(arguments.device)
    torch.manual_seed(arguments.seed)
    config, dtype = RepairConfig(), fast_dtype(device)
    for split, name, count in (("train", "train", arguments.count), (HELD_SPLIT, "held", HELD_CASES)):
        if not any((arguments.cases / name).glob("[0-9]*.npz")):
            write_cases(arguments.data, split, arguments.cases / name, arguments.seed, minutes=arguments.case_minutes,
                        count=count, size=config.resolution)
    held = read_cases(arguments.cases / "held")
    trainer = RepairTrainer(config, Shuffler(read_cases(arguments.cases / "train"), arguments.seed, device),
                            dtype=dtype, rate=arguments.rate, batch=arguments.batch)
    spent = 0.0
    if arguments.resume and arguments.checkpoint.is_file():
        state = torch.load(arguments.checkpoint, weights_only=True)
        trainer.restore(state)
        spent = float(state["spent"])
    budget, began, exported, recent = arguments.minutes * 60.0, time.monotonic() - spent, time.monotonic(), {}
    while (elapsed := time.monotonic() - began) < budget:
        for name, value in trainer.step(elapsed / budget).items():
            recent[name] = 0.98 * recent.get(name, value) + 0.02 * value
        if trainer.steps % 50 == 0:
            text = " ".join(f"{name} {value:.4f}" for name, value in recent.items())
            print(f"step {trainer.steps}  {(budget - elapsed) / 60:.1f} min left  {text}", flush=True)
        if time.monotonic() - exported > arguments.export_every * 60:
            _export(trainer, arguments, held, device, time.monotonic() - began)
            exported = time.monotonic()
            trainer.shuffler.cases = read_cases(arguments.cases / "train")
    return _export(trainer, arguments, held, device, time.monotonic() - began)


def _export(trainer: RepairTrainer, arguments: argparse.Namespace, held: Tensor, device: torch.device,
            spent: float) -> dict[str, float]:
    """Measure, save the state, write the component into the pack, and draw a sheet."""
    found = measure(trainer.average, held, device, trainer.dtype)
    arguments.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    temporary = arguments.checkpoint.with_suffix(".tmp")
    torch.save({**trainer.state(), "spent": spent}, temporary)
    temporary.replace(arguments.checkpoint)
    config = {**trainer.average.config.to_dict(), "kind": "repair", "validation": found}
    write_component(arguments.out, "repair", half_state(trainer.average), config)
    draw_sheet(arguments.checkpoint.parent / f"repair-{trainer.steps:06d}.png", trainer.average, held, device,
               trainer.dtype)
    print(json.dumps({"steps": trainer.steps, "cases": len(trainer.shuffler.cases), **found}), flush=True)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(prog="core train repair", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with images, regions, hair, landmarks, index")
    parser.add_argument("--out", type=Path, required=True, help="folder of the pack that gets the network")
    parser.add_argument("--minutes", type=float, default=80.0, help="time budget of the training")
    parser.add_argument("--cases", type=Path, default=Path("run/cases"), help="folder of the prepared cases; kept")
    parser.add_argument("--count", type=int, default=6000, help="cases to prepare where there are none")
    parser.add_argument("--case-minutes", type=float, default=25.0, help="time budget of their preparation")
    parser.add_argument("--checkpoint", type=Path, default=Path("run/repair.pt"))
    add_shared(parser, "resume", "threads")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=6e-4)
    add_shared(parser, "seed", "device")
    parser.add_argument("--export-every", type=float, default=6.0, help="minutes between exports")
    arguments = parser.parse_args(argv)
    if arguments.device == "auto":
        arguments.device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(arguments.threads)
    train(arguments)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
