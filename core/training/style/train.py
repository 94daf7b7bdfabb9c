"""Trains the style network on portraits and on styles the program draws, or the user brings (docs/methods/style.md)."""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import InputRefused
from core.generators.style_net import StyleConfig, StyleNetwork
from core.losses.feature_net import load_features
from core.losses.style import (
    channel_statistics,
    content_loss,
    disentanglement_loss,
    draw_code,
    gram_matrices,
    kl_divergence,
    statistics_loss,
    style_loss,
)
from core.models.device import fast_dtype
from core.models.pack import open_pack
from core.training.kit.averages import follow
from core.training.kit.export import half_state, write_component
from core.training.kit.options import add_shared
from core.training.kit.sheets import write_sheet
from core.training.kit.teacher import Teacher, channels_last
from core.training.style.data import Batches, draw_styles, read_contents, read_folder

LEVELS = ("1", "2", "3", "4")
"""Feature levels of the style terms: the first activation of each block."""
CONTENT_LEVELS = ("3", "4")
COLOUR = 2.5
"""Factor of the colours, in -1..1, beside the features in the statistics."""
LIGHT = 0.6
"""Factor of light and dark beside the features in the content term."""
QUIET = 0.1
"""Root mean square of a Gram matrix per position under which a style is not made to count any more."""
WARM_UP = 300
"""Steps in which pictures are only rebuilt."""

Extract = Callable[[Tensor, Sequence[str]], dict[str, Tensor]]


def feature_source(teacher: Path | None, pack: str, dtype: torch.dtype) -> Extract:
    """Activations by level, from the teacher's file where one is given, else from the pack's feature net."""
    if teacher is not None:
        net = Teacher(teacher)
        return lambda images, levels: {
            name[0]: value.float() for name, value in
            net(images, names=tuple(f"{level}1" for level in levels), dtype=dtype).items()}
    small = load_features(open_pack(pack), dtype=dtype)
    return lambda images, levels: {
        name[4]: value for name, value in small.extract(images, [f"relu{level}_1" for level in levels]).items()}


def light(images: Tensor) -> Tensor:
    """Where a picture [B, 3, H, W] is light and where dark at large, whatever its range: [B, 1, H/8, W/8].

    Features of edges alone would let a face become its own outline.
    """
    grey = F.avg_pool2d((images * images.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True), 8)
    mean, deviation = channel_statistics(grey, eps=1e-3)
    return LIGHT * (grey - mean) / deviation


@dataclass(frozen=True)
class Weights:
    """How much each term counts; features are first brought to mean 0 and about deviation 1 in every channel.

    ``gram`` is the weight of |G(y) - G(s)|^2 / C^2, each style's matrices divided by their own size; ``statistics``
    that of means and deviations, the picture's own colours included.
    """

    content: float = 10.0
    gram: float = 1.5
    statistics: float = 1.5
    disentangle: float = 0.02
    kl: float = 1e-3
    rebuild: float = 10.0


class StyleTrainer:
    """Network, running average and optimiser; one ``step`` per batch.

    Args:
        batches: where contents and styles come from.
        extract: features that the losses compare.
        config: sizes of a new network.
        rate: peak learning rate.
        styles: styles per step, each with two contents.
        weights: of the terms.
        dtype: of the activations.
        seed: of the first weights and of the codes drawn.
        warm_up: steps in which pictures are only rebuilt.
    """

    def __init__(self, batches: Batches, extract: Extract, config: StyleConfig, *, rate: float, styles: int,
                 weights: Weights, dtype: torch.dtype, seed: int, warm_up: int = WARM_UP) -> None:
        self.batches, self.extract, self.styles = batches, extract, styles
        self.weights, self.dtype, self.warm_up = weights, dtype, warm_up
        torch.manual_seed(seed)
        self.network = channels_last(StyleNetwork(config))
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        # What writes and reads the code sees one style per step and sample; it may hurry.
        steering = [*self.network.style.parameters(), *self.network.decoder.steer.parameters()]
        known = {id(parameter) for parameter in steering}
        drawing = [parameter for parameter in self.network.parameters() if id(parameter) not in known]
        self.optimiser = torch.optim.Adam([{"params": drawing, "peak": rate}, {"params": steering, "peak": 2 * rate}],
                                          rate, (0.9, 0.99))
        self.noise = torch.Generator().manual_seed(seed)
        self.steps = 0
        self.scales = self._scales(seed)

    @torch.no_grad()
    def _scales(self, seed: int) -> dict[str, tuple[Tensor, Tensor]]:
        """Mean and deviation of every channel over contents and styles, by level, from a source of chance of its own.

        Without this a few strong or constant channels would be all that counts.
        """
        chance, self.batches.random = self.batches.random, np.random.default_rng((seed, 1))
        contents, styles = self.batches.draw(24)
        self.batches.random = chance
        found = {}
        for level, value in self.extract(torch.cat([contents[:24], styles]), LEVELS).items():
            mean = value.mean((0, 2, 3), keepdim=True)
            deviation = (value - mean).square().mean((0, 2, 3), keepdim=True).sqrt()
            found[level] = mean, deviation + 0.3 * deviation.mean()
        return found

    def features(self, images: Tensor, levels: Sequence[str] = LEVELS) -> dict[str, Tensor]:
        """Activations by level, every channel with mean 0 and about deviation 1 over what there is to see."""
        return {level: (value - self.scales[level][0]) / self.scales[level][1]
                for level, value in self.extract(images, levels).items()}

    def losses(self, contents: Tensor, styles: Tensor) -> dict[str, Tensor]:
        """Every term, unweighted, for contents [2 n, ...] and styles [n, ...] in [-1, 1]."""
        count = len(styles)
        mean, log_variance = self.network.encode(styles, dtype=self.dtype)
        code = draw_code(mean, log_variance, torch.randn(mean.shape, generator=self.noise))
        made = self.network(contents, torch.cat([code, code]), dtype=self.dtype)
        got = self.features(made)
        with torch.no_grad():
            goal = self.features(styles)
            kept = {**self.features(contents, CONTENT_LEVELS), "light": light(contents)}
            grams = {level: gram_matrices(value).repeat(2, 1, 1) for level, value in goal.items()}
            # A loud texture would drown a quiet one: every style is measured in its own size.
            sizes = {level: matrix.square().mean((1, 2), keepdim=True).sqrt() + QUIET * goal[level][0, 0].numel()
                     for level, matrix in grams.items()}
            both = {level: torch.cat([value, value]) for level, value in goal.items()}
            both["picture"] = COLOUR * torch.cat([styles, styles])
        again, _ = self.network.encode(made, dtype=self.dtype)
        return {
            "content": content_loss({**got, "light": light(made)}, kept) / len(CONTENT_LEVELS),
            "gram": style_loss({level: gram_matrices(value) / sizes[level] for level, value in got.items()},
                               {level: matrix / sizes[level] for level, matrix in grams.items()},
                               dict.fromkeys(LEVELS, 1.0)),
            "statistics": statistics_loss({**got, "picture": COLOUR * made}, both),
            "disentangle": disentanglement_loss(again[:count], again[count:], mean),
            "kl": kl_divergence(mean, log_variance),
        }

    def rebuild(self, contents: Tensor, styles: Tensor) -> dict[str, Tensor]:
        """What a new network learns first: every picture from its own content and its own style.

        A decoder that can draw already learns to draw in a style many times faster.
        """
        images = torch.cat([contents, styles])
        mean, log_variance = self.network.encode(images, dtype=self.dtype)
        code = draw_code(mean, log_variance, torch.randn(mean.shape, generator=self.noise))
        made = self.network(images, code, dtype=self.dtype)
        return {"rebuild": (made - images).abs().mean(), "kl": kl_divergence(mean, log_variance)}

    def step(self, progress: float) -> dict[str, float]:
        """One batch; ``progress`` in 0..1 sets the rate. Returns the losses."""
        late = min(1.0, max(0.0, (progress - 0.4) / 0.6))
        factor = min(1.0, (self.steps + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * late)))
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor
        drawn = self.batches.draw(self.styles)
        losses = self.rebuild(*drawn) if self.steps < self.warm_up else self.losses(*drawn)
        total = torch.stack([getattr(self.weights, name) * value for name, value in losses.items()]).sum()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if bool(torch.isfinite(norm)):
            self.optimiser.step()
        follow(self.average, self.network, self.steps)
        self.steps += 1
        return {name: value.item() for name, value in losses.items()} | {"total": total.item()}

    def state(self) -> dict[str, Any]:
        """Everything a later run needs to go on with the same numbers."""
        return {"network": self.network.state_dict(), "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(), "steps": self.steps, "noise": self.noise.get_state(),
                "random": json.dumps(self.batches.random.bit_generator.state)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up a state of ``state``."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.noise.set_state(state["noise"])
        self.batches.random.bit_generator.state = json.loads(state["random"])
        self.steps = int(state["steps"])


@torch.no_grad()
def measure(trainer: StyleTrainer, held: Batches, count: int = 12) -> dict[str, float]:
    """Mean losses of the averaged network, codes not drawn, on contents and styles it did not learn from."""
    network, noise = trainer.network, trainer.noise.get_state()
    held.random = np.random.default_rng(99)
    trainer.network = trainer.average
    rows = [trainer.losses(*held.draw(3)) for _ in range(count)]
    trainer.network = network
    trainer.noise.set_state(noise)
    return {name: round(sum(row[name].item() for row in rows) / count, 4) for name in rows[0]}


@torch.no_grad()
def draw_sheet(path: Path, trainer: StyleTrainer, held: Batches) -> None:
    """Styles, contents, and the contents in those styles and in drawn ones, as a PNG."""
    held.random = np.random.default_rng(5)
    contents, styles = held.draw(10)
    network = trainer.average
    code, _ = network.encode(styles, dtype=trainer.dtype)
    drawn = torch.randn(code.shape, generator=torch.Generator().manual_seed(3))
    rows = [styles, contents[:10], network(contents[:10], code), contents[10:], network(contents[10:], code),
            network(contents[10:], drawn)]
    write_sheet(path, rows)


def train(arguments: argparse.Namespace) -> dict[str, float]:
    """Train until the steps or the time are spent, exporting on the way; returns the figures on held-back pictures."""

    def tell(text: str) -> None:
        print(text, flush=True)

    photos, held_back = read_contents(arguments.data, arguments.contents)
    own = read_folder(arguments.styles, 2000) if arguments.styles else []
    styles = draw_styles(photos, arguments.drawings, arguments.seed, tell)
    # Seeds of their own: no drawing is judged that was learnt.
    held = Batches(held_back, draw_styles(held_back, 64, arguments.seed + 1_000_003), [], arguments.side,
                   np.random.default_rng(99))
    batches = Batches(photos, styles, own, arguments.side, np.random.default_rng(arguments.seed))
    dtype = fast_dtype(torch.device("cpu"))
    trainer = StyleTrainer(batches, feature_source(arguments.teacher, arguments.pack, dtype), StyleConfig(),
                           rate=arguments.rate, styles=arguments.batch, weights=Weights(), dtype=dtype,
                           seed=arguments.seed)
    spent = 0.0
    if arguments.resume and arguments.checkpoint.is_file():
        state = torch.load(arguments.checkpoint, weights_only=True)
        trainer.restore(state)
        spent = float(state["spent"])
    budget, began, exported = arguments.minutes * 60.0, time.monotonic() - spent, time.monotonic()
    recent: dict[str, float] = {}

    def progress() -> float:
        return trainer.steps / arguments.steps if arguments.steps else (time.monotonic() - began) / budget

    while (share := progress()) < 1:
        for name, value in trainer.step(share).items():
            recent[name] = 0.98 * recent.get(name, value) + 0.02 * value
        if trainer.steps % 50 == 0:
            left = (time.monotonic() - began) * (1 / max(progress(), 1e-6) - 1) / 60
            tell(f"step {trainer.steps}  {max(left, 0):.1f} min left  "
                 + " ".join(f"{name} {value:.3f}" for name, value in recent.items()))
        if time.monotonic() - exported > arguments.export_every * 60:
            _export(trainer, held, arguments, time.monotonic() - began)
            exported = time.monotonic()
    return _export(trainer, held, arguments, time.monotonic() - began)


def _export(trainer: StyleTrainer, held: Batches, arguments: argparse.Namespace, spent: float) -> dict[str, float]:
    """Measure, save the state, write the component into the pack, and draw a sheet."""
    found = measure(trainer, held)
    arguments.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    temporary = arguments.checkpoint.with_suffix(".tmp")
    torch.save({**trainer.state(), "spent": spent}, temporary)
    temporary.replace(arguments.checkpoint)
    config = {**trainer.average.config.to_dict(), "kind": "style", "validation": found}
    write_component(arguments.out, "style", half_state(trainer.average), config)
    draw_sheet(arguments.checkpoint.parent / f"style-{trainer.steps:06d}.png", trainer, held)
    print(json.dumps({"steps": trainer.steps, "minutes": round(spent / 60, 1), **found}), flush=True)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(prog="core train style", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with portraits")
    parser.add_argument("--styles", type=Path, help="folder with your own paintings and textures")
    parser.add_argument("--out", type=Path, required=True, help="folder of the pack that gets the network")
    parser.add_argument("--teacher", type=Path, help="feature net (safetensors, VGG-19 names) for the losses")
    parser.add_argument("--pack", default="starter", help="pack whose feature net is used without --teacher")
    parser.add_argument("--minutes", type=float, default=40.0, help="time budget of the training")
    parser.add_argument("--steps", type=int, help="train this many steps instead: then a run can be repeated exactly")
    parser.add_argument("--checkpoint", type=Path, default=Path("run/style.pt"))
    add_shared(parser, "resume")
    parser.add_argument("--contents", type=int, default=700, help="portraits held in memory")
    parser.add_argument("--drawings", type=int, default=2400, help="styles to draw")
    parser.add_argument("--batch", type=int, default=3, help="styles per step, with two portraits each")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    add_shared(parser, "seed")
    parser.add_argument("--export-every", type=float, default=6.0, help="minutes between exports")
    arguments = parser.parse_args(argv)
    if arguments.side % 8 or arguments.side < 32:
        raise InputRefused(f"--side {arguments.side} cannot be used.", "It must be a multiple of 8, at least 32.")
    torch.set_num_threads(1)
    train(arguments)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
