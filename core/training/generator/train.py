"""Trains the starter generator and encoder together: reconstruction first, then an adversarial phase too."""

from __future__ import annotations

import argparse
import json
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from core.errors import InputRefused
from core.models.device import fast_dtype
from core.training.data.images import Sampler, load_portraits
from core.training.generator.evaluate import figures, random_samples, reconstruct
from core.training.generator.export import export_pack
from core.training.generator.growth import mix_with, start_from
from core.training.generator.step import CHANNELS, Settings, Trainer
from core.training.kit.options import add_shared
from core.training.kit.sheets import write_sheet
from core.training.kit.teacher import Teacher


def train(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Train until the time budget is spent, exporting on the way; returns the final validation figures."""
    device = torch.device(arguments.device)
    dtype = fast_dtype(device)
    torch.manual_seed(arguments.seed)
    settings = Settings(batch=arguments.batch, samples=arguments.samples or arguments.batch // 2,
                        with_features=arguments.with_features, rate_scale=arguments.rate_scale,
                        adversarial_start=arguments.adversarial_start,
                        mapping_steps=arguments.mapping_steps)
    portraits = load_portraits(arguments.data, "train", arguments.resolution * 5 // 4)
    held_back = load_portraits(arguments.data, "val", arguments.resolution).images.float().to(device) / 127.5 - 1
    workers = arguments.workers if device.type == "cpu" else 1
    samplers = [Sampler(portraits, arguments.resolution, 1000 * arguments.seed + index, device=device,
                        damaged=arguments.damaged)
                for index in range(workers)]
    trainer = Trainer(samplers, Teacher(arguments.teacher, device), arguments.resolution, device=device, dtype=dtype,
                      settings=settings)
    if arguments.mix_with is not None or (arguments.resume and arguments.checkpoint.is_file()):
        if not arguments.checkpoint.is_file():
            raise InputRefused(f"There is no checkpoint {arguments.checkpoint}.", "",
                               "Name the file that a training saved to.")
        trainer.load(arguments.checkpoint)
        # The damage and noise streams differ after a restart; the schedule and the weights go on exactly.
        torch.manual_seed(arguments.seed + trainer.steps)
    elif arguments.start_from is not None:
        start_from(trainer, arguments.start_from)
    sheets = arguments.checkpoint.parent
    if arguments.mix_with is not None:
        mix_with(trainer, arguments.mix_with, arguments.mix_share)
        return _export(trainer, arguments, held_back, sheets)
    return _run(trainer, arguments, held_back, sheets)


def _run(trainer: Trainer, arguments: argparse.Namespace, held_back: Tensor,
         sheets: Path) -> dict[str, dict[str, float]]:
    budget = arguments.minutes * 60.0
    began = last = time.monotonic()
    before = trainer.elapsed
    # The first export comes early, so that a wrong set-up is seen early.
    reported, exported = trainer.steps, trainer.elapsed - max(0.0, arguments.export_every - 5.0) * 60.0
    recent: dict[str, float] = {}
    stop = threading.Event()
    previous = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while trainer.elapsed < budget:
        if stop.is_set():
            trainer.save(arguments.checkpoint)
            raise KeyboardInterrupt
        for name, value in trainer.step(trainer.elapsed / budget).items():
            recent[name] = 0.97 * recent.get(name, value) + 0.03 * value
        now = time.monotonic()
        trainer.elapsed = before + now - began
        if trainer.steps % 50 == 0:
            rate = (trainer.steps - reported) * trainer.settings.batch / (now - last)
            text = " ".join(f"{name} {value:.3f}" for name, value in recent.items())
            left = (budget - trainer.elapsed) / 60
            print(f"step {trainer.steps}  {left:.1f} min left  {rate:.1f} portraits/s  {text}", flush=True)
            reported, last = trainer.steps, now
        if trainer.elapsed - exported > arguments.export_every * 60:
            _checkpoint(trainer, arguments, held_back, sheets)
            exported = trainer.elapsed
    signal.signal(signal.SIGTERM, previous)
    return _checkpoint(trainer, arguments, held_back, sheets)


def _checkpoint(trainer: Trainer, arguments: argparse.Namespace, held_back: Tensor,
                sheets: Path) -> dict[str, dict[str, float]]:
    """Save, export, measure, and draw a contact sheet."""
    trainer.save(arguments.checkpoint)
    return _export(trainer, arguments, held_back, sheets)


def _export(trainer: Trainer, arguments: argparse.Namespace, held_back: Tensor,
            sheets: Path) -> dict[str, dict[str, float]]:
    generator, encoder, dtype = trainer.average_generator, trainer.average_encoder, trainer.dtype
    trainer.map_portraits(arguments.mapping_steps, arguments.seed)
    found = figures(generator, encoder, trainer.teacher, held_back, dtype=dtype)
    export_pack(arguments.out, generator, encoder, found)
    shown = held_back[:: max(1, len(held_back) // 10)][:10]
    rows = [shown, reconstruct(generator, encoder, shown, features=False, dtype=dtype),
            reconstruct(generator, encoder, shown, features=True, dtype=dtype)]
    inputs, targets = trainer.samplers[0].batch(10)
    rows += [inputs, reconstruct(generator, encoder, inputs, features=True, dtype=dtype), targets]
    rows.append(random_samples(generator, 20, 0, dtype=dtype))
    write_sheet(sheets / f"sheet-{trainer.steps:06d}.png", rows, columns=10)
    print(json.dumps({"steps": trainer.steps, "minutes": round(trainer.elapsed / 60, 1), **found}), flush=True)
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see --help."""
    parser = argparse.ArgumentParser(prog="core train generator", description=__doc__)
    add_shared(parser, "data", "teacher")
    parser.add_argument("--minutes", type=float, default=60.0, help="time budget, all runs of a checkpoint together")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model pack")
    parser.add_argument("--checkpoint", type=Path, required=True, help="file to save to and resume from")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start-from", type=Path,
                        help="checkpoint or pack of the same or half the resolution to take the weights from")
    parser.add_argument("--mix-with", type=Path,
                        help="do not train: export the weights of --checkpoint mixed with those of this checkpoint "
                             "or pack")
    parser.add_argument("--mix-share", type=float, default=0.5, help="share of the weights of --mix-with, 0 to 1")
    parser.add_argument("--rate-scale", type=float, default=1.0, help="factor on the learning rates")
    add_shared(parser, "device")
    parser.add_argument("--resolution", type=int, default=128, choices=sorted(CHANNELS))
    parser.add_argument("--damaged", type=float, default=0.15,
                        help="share of the portraits that are damaged as composites are, and to be repaired")
    parser.add_argument("--with-features", type=int, default=2, choices=range(1, 8),
                        help="of eight samples, how many keep the feature map F")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--samples", type=int,
                        help="invented pictures beside each batch in the adversarial phase (default: half as many)")
    parser.add_argument("--adversarial-start", type=float, default=0.6,
                        help="share of the time after which the adversarial phase begins, 1 = never")
    add_shared(parser, "seed")
    parser.add_argument("--workers", type=int, default=2, help="processor cores, one share of the batch on each")
    parser.add_argument("--mapping-steps", type=int, default=600,
                        help="steps of training the mapping at every export")
    parser.add_argument("--export-every", type=float, default=12.0, help="minutes between exports")
    arguments = parser.parse_args(argv)
    if arguments.device == "auto":
        arguments.device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(1)
    try:
        train(arguments)
    except KeyboardInterrupt:
        print(f"stopped; go on with --resume --checkpoint {arguments.checkpoint}", flush=True)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
