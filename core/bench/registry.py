"""Benchmarks by name, run as ``python -m core bench NAME``: figures to quote, taken the same way every time."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

from core.commands.advice import in_one_line
from core.errors import CoiffeError


class Bench(NamedTuple):
    """A benchmark: the module with ``add_arguments(parser)`` and ``run(arguments) -> int``, and what it measures."""

    module: str
    help: str


BENCHES = {
    "poisson": Bench("core.bench.poisson", "masked Poisson solver beside an exact solver and OpenCV's seamlessClone"),
    "inversion": Bench("core.bench.inversion", "portraits through the inversion: PSNR, SSIM, feature distance, speed"),
    "orthogonalisation": Bench("core.bench.orthogonalisation",
                               "gradient orthogonalisation on and off: hair agreement and structure loss"),
    "pairs": Bench("core.bench.pairs", "fixed pairs of photographs through the recipes: scores and contact sheets"),
    "pack": Bench("core.bench.pack.command",
                  "a model pack: samples, reconstructions, Frechet distance, hair swaps by S space, speed"),
    "quality": Bench("core.bench.quality.command",
                     "recipes and baselines on fixed pairs: measures with intervals, plots, contact sheets"),
    "locality": Bench("core.bench.locality",
                      "StyleFusion: random changes of one region, inside and outside of it, with heat maps"),
    "faces": Bench("core.bench.faces", "landmarks and hair of a pack on held-back portraits"),
    "removal": Bench("core.bench.removal",
                     "removed hair whose truth is known: plain fill against repair, layer by layer"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark named in ``argv``; returns the exit code (0, or that of a CoiffeError)."""
    parser = argparse.ArgumentParser(prog="coiffe bench", description="Measure a part of Coiffe.")
    commands = parser.add_subparsers(dest="bench", required=True, metavar="NAME")
    chosen = next((word for word in (argv if argv is not None else sys.argv[1:]) if word in BENCHES), None)
    modules = {}
    for name, bench in BENCHES.items():
        command = commands.add_parser(name, help=bench.help, description=bench.help)
        if name == chosen:
            modules[name] = importlib.import_module(bench.module)
            modules[name].add_arguments(command)
    arguments = parser.parse_args(argv)
    try:
        return int(modules[arguments.bench].run(arguments))
    except CoiffeError as error:
        print(f"coiffe bench: {in_one_line(error)}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
