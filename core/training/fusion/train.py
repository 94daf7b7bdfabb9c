"""Trains FusionNet on a pack's generator: node by node, parents first, in the three published stages
(docs/methods/stylefusion.md, Losses)."""

from __future__ import annotations

import argparse
import json
import math
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import InputRefused
from core.generators.fusion_net import NAME, NODES, FusionNet, Node, StyleLayout, ancestors, regions_under
from core.generators.load import load_encoder, load_generator
from core.generators.stylegan2 import StyleGAN2
from core.models.device import fast_dtype
from core.models.pack import Pack, open_pack
from core.models.tables import BY_NET, ChannelTable, load_tables
from core.training.data.images import load_portraits
from core.training.fusion.losses import (
    SCHEDULES,
    align_regulariser,
    fusion_loss,
    local_loss,
    mask_loss,
    total,
)
from core.training.fusion.material import Material, fit_head, head_for, picture_of, reduced
from core.training.generator.tables import ORDER, Masks, net_masks
from core.training.kit.export import half_state, write_component
from core.training.kit.options import add_shared

_STAGES = ("align", "fuse", "both")
_TRAINED = (("align",), ("fuse",), ("align", "fuse"))
_UNEDITED = 0.4
"""Chance that a code of the tree is the portrait's own, as nearly all of them are when somebody edits."""
_LEAST_STEP = 0.1
_RATE, _LEAST_RATE = 1e-3, 0.02
_SAY = 25


def shares(table: ChannelTable, node: Node) -> Tensor:
    """How much each channel [C] in 0..1 belongs to a node's first part, of its two parts
    (docs/methods/stylefusion.md, Channel table).

    Energies are compared per area, so that eyes and mouth have channels too.
    """
    index = {name: position for position, name in enumerate(table.regions)}
    sides = []
    for part in (node.first, node.second):
        rows = [index[name] for name in regions_under(part)]
        sides.append(torch.from_numpy(table.energy[rows].sum(0) / max(float(table.area[rows].sum()), 1e-6)))
    return (sides[0] / (sides[0] + sides[1]).clamp(min=1e-20)).float()


def untrained(layout: StyleLayout, table: ChannelTable, hidden: int) -> FusionNet:
    """A FusionNet that joins by the channel table alone: q = M1^2 / (M1^2 + M2^2)."""
    net = FusionNet(layout, hidden)
    parts = {node.name: shares(table, node) for node in NODES}
    net.set_prior({name: m.square() / (m.square() + (1 - m).square()) for name, m in parts.items()})
    return net


class Trainer:
    """FusionNet with everything that it learns from; one step at a time, at a known place of the schedule.

    Args:
        generator: the whole one, frozen.
        material: codes; its random source is the only one.
        net: to be trained.
        table: channels by region.
        scale: share of the published steps.
        batch: pictures per step.
    """

    def __init__(self, generator: StyleGAN2, material: Material, net: FusionNet, table: ChannelTable, *,
                 scale: float, batch: int = 4) -> None:
        self.whole, self.generator = generator, reduced(generator)
        self.material, self.net, self.batch = material, net, batch
        self.head = head_for(self.generator, len(table.regions))
        self.scale = scale
        self.place = [0, 0, 0]
        self._regions = {name: torch.tensor([r in regions_under(name) for r in table.regions]).float()
                         for node in NODES for name in (node.first, node.second)}
        self._weights = {}
        for node in NODES:
            part = shares(table, node)
            self._weights[node.name] = (2 * part.clamp(min=0.5) - 1, 2 * (1 - part).clamp(min=0.5) - 1)
        self._optimiser: torch.optim.Adam | None = None

    def steps(self, node: int, stage: int) -> int:
        """Steps of a stage: the published number, scaled."""
        return round(SCHEDULES[NODES[node].name].steps[stage] * self.scale)

    @property
    def done(self) -> bool:
        """Whether every node has been trained."""
        return self.place[0] >= len(NODES)

    def step(self) -> dict[str, float]:
        """One step of the present node and stage, then on to the next; returns the losses by name."""
        self._skip_empty()
        index, stage, step = self.place
        node = NODES[index]
        if self._optimiser is None:
            self._optimiser = self._new_optimiser(node, stage)
        length = self.steps(index, stage)
        rate = min(1.0, (step + 1) / 20) * (_LEAST_RATE + (1 - _LEAST_RATE) * 0.5 * (
            1 + math.cos(math.pi * step / length)))
        for group in self._optimiser.param_groups:
            group["lr"] = _RATE * rate
        terms = self.losses(node, stage)
        loss = total(terms, SCHEDULES[node.name].weights, stage) / 30_000
        self._optimiser.zero_grad(set_to_none=True)
        if bool(torch.isfinite(loss)):
            loss.backward()
            nn.utils.clip_grad_norm_(self.net.node_parameters(node.name, _TRAINED[stage]), 1.0)
            self._optimiser.step()
        self.place[2] += 1
        self._skip_empty()
        return {name: float(term.detach()) for name, term in terms.items()}

    def _skip_empty(self) -> None:
        while not self.done and self.place[2] >= self.steps(self.place[0], self.place[1]):
            self.place = [self.place[0] + (self.place[1] == 2), (self.place[1] + 1) % 3, 0]
            self._optimiser = None

    def _new_optimiser(self, node: Node, stage: int) -> torch.optim.Adam:
        self.net.requires_grad_(False)
        parameters = list(self.net.node_parameters(node.name, _TRAINED[stage]))
        for parameter in parameters:
            parameter.requires_grad_(True)
        return torch.optim.Adam(parameters, _RATE, (0.9, 0.99))

    def losses(self, node: Node, stage: int) -> dict[str, Tensor]:
        """The terms of a stage (0, 1 or 2) on newly drawn codes."""
        base, features = self.material.portrait(self.batch)

        def pick() -> Tensor:
            own = self.material.uniform(self.batch)[:, None] < _UNEDITED
            return torch.where(own, base, self.material.draw(self.batch))

        first, second, align = pick(), pick(), pick()
        above = [(parent, is_first, pick(), pick()) for parent, is_first in ancestors(node.name)]

        def upward(code: Tensor) -> Tensor:
            for parent, is_first, sibling, goal in above:
                repeat = len(code) // self.batch
                other, goal = sibling.repeat(repeat, 1), goal.repeat(repeat, 1)
                pair = (code, other) if is_first else (other, code)
                code = self.net.join(parent.name, *pair, goal).code
            return code

        joined = self.net.join(node.name, first, second, align)
        terms: dict[str, Tensor] = {}
        if stage == 0:
            terms["mask"] = self._mask_term(node, upward, joined.code, align, features)
        if stage == 2:
            terms |= self._local_terms(node, upward, joined.code, first, second, align, features)
        if stage != 1:
            terms["align"] = align_regulariser(joined.align)
        deviation = self.net.deviation
        for name, part, weight in zip(("fusion_first", "fusion_second"), (first, second),
                                      self._weights[node.name], strict=True):
            terms[name] = fusion_loss(joined.code / deviation, part / deviation, weight)
        return terms

    def _groups(self, node: Node, memberships: Tensor) -> Tensor:
        """Memberships [B, K, s, s] as those of the node's two parts [B, 2, s, s]."""
        rows = torch.stack([self._regions[node.first], self._regions[node.second]])
        return torch.einsum("gk,bkhw->bghw", rows, memberships)

    def _mask_term(self, node: Node, upward: Callable[[Tensor], Tensor], code: Tensor, align: Tensor,
                   features: Tensor | None) -> Tensor:
        result = self.head(picture_of(self.generator, upward(code), features)[1])
        return mask_loss(self._groups(node, result), self._goal(node, upward, align, features))

    @torch.no_grad()
    def _goal(self, node: Node, upward: Callable[[Tensor], Tensor], align: Tensor,
              features: Tensor | None) -> Tensor:
        """Memberships of the node's parts in the picture of the alignment code."""
        return self._groups(node, self.head(picture_of(self.generator, upward(align), features)[1]))

    def _local_terms(self, node: Node, upward: Callable[[Tensor], Tensor], code: Tensor, first: Tensor,
                     second: Tensor, align: Tensor, features: Tensor | None) -> dict[str, Tensor]:
        """Change inside one part's regions when the other part's code goes some way towards another one.

        The published step is a tenth of the way; here it is drawn between that and the whole way, which is what
        editing does, and the change is counted per length of the step.
        """
        step = _LEAST_STEP + (1 - _LEAST_STEP) * self.material.uniform(self.batch)
        far = step[:, None]
        moved_first = first + far * (self.material.draw(self.batch) - first)
        moved_second = second + far * (self.material.draw(self.batch) - second)
        codes = torch.cat([
            code, self.net.join(node.name, moved_first, second, align).code,
            self.net.join(node.name, first, moved_second, align).code])
        maps = None if features is None else features.repeat(3, 1, 1, 1)
        pictures, seen = picture_of(self.generator, upward(codes), maps)
        groups = self._groups(node, self.head([value[: self.batch] for value in seen]))
        still, by_first, by_second = pictures.split(self.batch)
        regions = groups.detach()
        return {"mask": mask_loss(groups, self._goal(node, upward, align, features)),
                "local_first": local_loss(still, by_second, regions[:, 0], step),
                "local_second": local_loss(still, by_first, regions[:, 1], step)}

    def state(self) -> dict[str, Any]:
        """Everything that a later run needs to go on with equal bits."""
        return {"net": self.net.state_dict(), "head": self.head.state_dict(), "place": list(self.place),
                "scale": self.scale, "batch": self.batch, "random": self.material.random.get_state(),
                "optimiser": None if self._optimiser is None else self._optimiser.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where ``state`` was taken."""
        self.net.load_state_dict(state["net"])
        self.head.load_state_dict(state["head"])
        self.head.requires_grad_(False)
        self.place, self.scale, self.batch = list(state["place"]), state["scale"], state["batch"]
        self.material.random.set_state(state["random"])
        self._optimiser = None
        if state["optimiser"] is not None and not self.done:
            self._optimiser = self._new_optimiser(NODES[self.place[0]], self.place[1])
            self._optimiser.load_state_dict(state["optimiser"])

    def fit_masks(self, masks: Masks, *, pictures: int, steps: int,
                  say: Callable[[str], None] = lambda text: None) -> float:
        """Teach the mask head; see ``fit_head``."""

        def mix(own: Tensor, other: Tensor) -> Tensor:
            with torch.no_grad():
                return self.net.join(NODES[0].name, own, other, own).code

        return fit_head(self.head, self.generator, self.whole, masks, self.material, mix=mix, pictures=pictures,
                        steps=steps, random=self.material.random, say=say)


def seconds_per_step(trainer: Trainer) -> list[float]:
    """How long a step of each stage takes here; the trainer's random numbers are as before."""
    state, found = trainer.material.random.get_state(), []
    trainer.net.requires_grad_(True)
    for stage in range(3):
        times = []
        for _ in range(3):
            began = time.perf_counter()
            terms = trainer.losses(NODES[-1], stage)
            total(terms, SCHEDULES[NODES[0].name].weights, stage).backward()
            times.append(time.perf_counter() - began)
        found.append(sorted(times)[1])
    trainer.net.zero_grad(set_to_none=True)
    trainer.net.requires_grad_(False)
    trainer.material.random.set_state(state)
    return found


def scale_for(seconds: float, per_step: Sequence[float]) -> float:
    """Share of the published steps that fits into a time, from the seconds that a step of each stage takes."""
    full = sum(steps * each for schedule in SCHEDULES.values()
               for steps, each in zip(schedule.steps, per_step, strict=True))
    return seconds / full


def _left(trainer: Trainer, per_step: Sequence[float]) -> float:
    """Seconds until the end at this speed."""
    index, stage, step = trainer.place
    found = 0.0
    for later in range(index, len(NODES)):
        for part in range(3):
            if (later, part) >= (index, stage):
                count = trainer.steps(later, part) - (step if (later, part) == (index, stage) else 0)
                found += count * per_step[part]
    return found


def run(trainer: Trainer, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Step until done, saving on the way; returns the last averaged losses of every node.

    Raises:
        KeyboardInterrupt: ended from outside; the checkpoint was written.
    """
    per_step = seconds_per_step(trainer)
    found: dict[str, dict[str, float]] = {}
    stop, saved, recent, before = threading.Event(), time.monotonic(), dict[str, float](), (-1, -1)
    previous = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        while not trainer.done:
            index, stage, step = trainer.place
            began = time.perf_counter()
            if (index, stage) != before:
                recent, before = {}, (index, stage)
            for name, value in trainer.step().items():
                recent[name] = value if name not in recent else 0.97 * recent[name] + 0.03 * value
            per_step[stage] += 0.05 * (time.perf_counter() - began - per_step[stage])
            found[NODES[index].name] = {**found.get(NODES[index].name, {}), **recent}
            if step % _SAY == 0:
                text = " ".join(f"{name} {value:.3f}" for name, value in recent.items())
                print(f"{NODES[index].name} {_STAGES[stage]} {step}/{trainer.steps(index, stage)}  "
                      f"{_left(trainer, per_step) / 60:.1f} min left  {text}", flush=True)
            if stop.is_set():
                raise KeyboardInterrupt
            if time.monotonic() - saved > arguments.save_every * 60:
                _save(trainer, arguments.checkpoint)
                saved = time.monotonic()
    except KeyboardInterrupt:
        _save(trainer, arguments.checkpoint)
        raise
    finally:
        signal.signal(signal.SIGTERM, previous)
    return found


def _save(trainer: Trainer, path: Path | None) -> None:
    if path is not None:
        temporary = path.with_name(path.name + ".tmp")
        torch.save(trainer.state(), temporary)
        temporary.replace(path)


def make_trainer(pack: Pack, portraits: Tensor, *, seed: int, scale: float, batch: int, hidden: int) -> Trainer:
    """A trainer for a pack, its net joining by the channel table, its head untaught."""
    torch.manual_seed(seed)
    generator = load_generator(pack, dtype=fast_dtype(torch.device("cpu")))
    material = Material(generator, load_encoder(pack), portraits, torch.Generator().manual_seed(seed))
    table = load_tables(pack).channels[BY_NET]
    net = untrained(StyleLayout.of(generator.config), table, hidden)
    net.mean, net.deviation = material.statistics()
    return Trainer(generator, material, net, table, scale=scale, batch=batch)


def train(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Train as the command says and write the component; returns the losses of every node."""
    began = time.monotonic()
    pack = open_pack(arguments.pack)
    portraits = load_portraits(arguments.data, "train", int(pack.config("generator")["resolution"])).images
    trainer = make_trainer(pack, portraits, seed=arguments.seed, scale=arguments.scale or 1.0, batch=arguments.batch,
                           hidden=arguments.hidden)
    print(f"{len(portraits)} portraits encoded", flush=True)
    if arguments.checkpoint is not None and arguments.checkpoint.is_file():
        trainer.restore(torch.load(arguments.checkpoint, weights_only=True))
        print(f"going on at {NODES[min(trainer.place[0], len(NODES) - 1)].name}, {trainer.place}", flush=True)
    else:
        trainer.fit_masks(net_masks(pack), pictures=arguments.mask_pictures, steps=arguments.mask_steps,
                          say=lambda text: print(text, flush=True))
        if arguments.scale is None:
            spent = time.monotonic() - began
            trainer.scale = scale_for(max(arguments.minutes * 60 - spent, 1.0), seconds_per_step(trainer))
            print(f"--scale {trainer.scale:.5f} of the published steps fits into {arguments.minutes} min", flush=True)
    found = run(trainer, arguments)
    rounded = {node: {name: round(value, 4) for name, value in terms.items()} for node, terms in found.items()}
    write_component(pack.folder, NAME, half_state(trainer.net), {
        "kind": NAME, "hidden": trainer.net.hidden, "generator": pack.component("generator").sha256,
        "regions": list(ORDER), "seed": arguments.seed, "scale": trainer.scale, "batch": trainer.batch,
        "losses": rounded,
    })
    size = (pack.folder / f"{NAME}.safetensors").stat().st_size
    print(json.dumps({"seconds": round(time.monotonic() - began), "bytes": size, "losses": rounded}), flush=True)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(prog="core train fusion", description=__doc__)
    parser.add_argument("--pack", required=True, help="name or folder of a pack with generator, encoder, tables")
    add_shared(parser, "data")
    parser.add_argument("--minutes", type=float, default=40.0, help="time budget, divided over nodes and stages")
    parser.add_argument("--scale", type=float, help="share of the published steps instead of a time: repeatable")
    parser.add_argument("--checkpoint", type=Path, help="file to save to, and to go on from where it exists")
    parser.add_argument("--save-every", type=float, default=3.0, help="minutes between checkpoints")
    parser.add_argument("--hidden", type=int, default=144, help="width of the blenders")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--mask-pictures", type=int, default=480, help="pictures that the mask head learns from")
    parser.add_argument("--mask-steps", type=int, default=700)
    add_shared(parser, "seed", "threads")
    arguments = parser.parse_args(argv)
    least = min(arguments.minutes, arguments.hidden, arguments.batch, arguments.mask_steps, arguments.threads,
                1.0 if arguments.scale is None else arguments.scale)
    if least <= 0 or arguments.mask_pictures < 16:
        raise InputRefused("FusionNet cannot be trained.", "Every number of the command must be above 0, and the mask "
                           "head needs 16 pictures.", "See `python -m core train fusion --help`.")
    torch.set_num_threads(arguments.threads)
    try:
        train(arguments)
    except KeyboardInterrupt:
        print(f"stopped; go on with the same command and --checkpoint {arguments.checkpoint}", flush=True)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
