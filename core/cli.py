"""The command line, the editor's twin: parses, dispatches, and turns every failure into a message and an exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from core import __version__
from core.commands.advice import next_step
from core.document.roles import DEFAULT_RECIPE, ROLES
from core.errors import Cancelled, CoiffeError

DONE, FAILED, WRONG_USE, CANCELLED = 0, 1, 2, 130
TRAININGS = {
    "landmarks": "core.training.faces.landmarks",
    "regions": "core.training.faces.regions",
    "features": "core.training.features.train",
    "generator": "core.training.generator.train",
    "repair": "core.training.repair.train",
    "tables": "core.training.generator.tables",
    "style": "core.training.style.train",
    "fusion": "core.training.fusion.train",
    "people": "core.training.generator.people",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (0 done, 2 wrong use, 3 refused, 4 nothing useful, 130 cancelled)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(arguments)
    except SystemExit as leaving:
        # argparse leaves this way: 0 after --help, 2 after wrong use.
        return leaving.code if isinstance(leaving.code, int) else WRONG_USE
    except CoiffeError as error:
        explain(error)
        return error.exit_code
    except (Cancelled, KeyboardInterrupt):
        print("cancelled: there was nothing to keep yet", file=sys.stderr)
        return CANCELLED
    except BrokenPipeError:
        return FAILED
    except MemoryError as error:
        _trace(error)
        print("error: There is not enough memory.\n  why: The pictures are too large for this machine.\n"
              "  next: Close other programs, or use smaller pictures.", file=sys.stderr)
        return 4
    except Exception as error:
        # The last resort: a person gets one line, a programmer asks for the rest with COIFFE_DEBUG=1.
        _trace(error)
        print(f"error: Something went wrong that should not ({type(error).__name__}: {error}).\n"
              "  why: This is a mistake in the program.\n"
              "  next: Run it again with COIFFE_DEBUG=1 and report what it prints.", file=sys.stderr)
        return FAILED


def explain(error: CoiffeError) -> None:
    """Print a failure on stderr: what, why, what to do next."""
    print(f"error: {error.what}", file=sys.stderr)
    if error.why:
        print(f"  why: {error.why}", file=sys.stderr)
    advice = next_step(error)
    if advice:
        print(f"  next: {advice}", file=sys.stderr)
    _trace(error)


def _trace(error: BaseException) -> None:
    if os.environ.get("COIFFE_DEBUG") == "1":
        traceback.print_exception(error)


def _dispatch(arguments: list[str]) -> int:
    # Trainings and benchmarks bring their own options; argparse must not see them.
    if arguments[:1] == ["bench"]:
        # Thread pools larger than the free cores make every figure worthless: size them before a library loads.
        importlib.import_module("core.commands.common").use_threads(None, torch_too=False)
        return int(importlib.import_module("core.bench.registry").main(arguments[1:]) or 0)
    if arguments[:1] == ["train"] and len(arguments) > 1 and not arguments[1].startswith("-"):
        return _train(arguments[1], arguments[2:])
    options = build_parser().parse_args(arguments)
    module = importlib.import_module(f"core.commands.{options.command}")
    return int(module.execute(options))


def _train(name: str, arguments: list[str]) -> int:
    if name not in TRAININGS:
        print(f"error: There is no training {name!r}.\n  next: Choose one of {', '.join(TRAININGS)}.",
              file=sys.stderr)
        return WRONG_USE
    return int(importlib.import_module(TRAININGS[name]).main(arguments) or 0)


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command; makes no heavy import."""
    parser = argparse.ArgumentParser(prog="python -m core", description="Coiffe: portrait compositing.")
    parser.add_argument("--version", action="version", version=f"Coiffe {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    _add_compose(commands.add_parser("compose", help="give a portrait another portrait's hair"))
    _add_align(commands.add_parser("align", help="find the face and cut out its square crop"))
    _add_regions(commands.add_parser("regions", help="label skin, hair, clothes, ... of a portrait"))
    _add_invert(commands.add_parser("invert", help="reproduce a portrait with the generator"))
    _add_models(commands.add_parser("models", help="list, check and install model packs"))
    train = commands.add_parser("train", help=f"train a network: {', '.join(TRAININGS)}")
    train.add_argument("name", choices=tuple(TRAININGS), help="which network; its own options follow")
    commands.add_parser("bench", help="measure speed and quality", add_help=False)
    return parser


def _add_compose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--identity", type=Path, required=True, metavar="A", help="the portrait being edited")
    parser.add_argument("--shape", type=Path, metavar="B", help="portrait that gives hair shape and structure")
    parser.add_argument("--appearance", type=Path, metavar="C", help="portrait that gives hair colour and style")
    parser.add_argument("--extra", type=Path, action="append", default=[], metavar="D",
                        help="a further portrait, for recipes that mix several; up to four times")
    parser.add_argument("--style", type=Path, action="append", default=[], metavar="S",
                        help="a picture whose style is wanted, for recipes that transfer it; up to four times")
    parser.add_argument("--guide", type=Path, metavar="G",
                        help="edited guide with transparency, the identity's size, for recipes that follow one")
    parser.add_argument("--recipe", default=DEFAULT_RECIPE,
                        help="method: stylefusion (default), classical, loho, salon, mgi or style")
    parser.add_argument("--preset", choices=("draft", "standard", "fine"),
                        help="how much work to put in; --steps and --set go before it")
    parser.add_argument("--attributes", metavar="all|shape|appearance|style|look|shape+style",
                        help="what loho takes from the other portraits (all)")
    for role in ROLES:
        parser.add_argument(f"--hair-{role}", type=Path, metavar="M", help=f"hair mask of the {role}, else parsed")
    parser.add_argument("--ignore", type=Path, metavar="M", help="mask where the generator invents")
    parser.add_argument("--protect", type=Path, metavar="M", help="mask of what must not change")
    for role in ROLES[1:]:
        parser.add_argument(f"--ignore-{role}", type=Path, metavar="M",
                            help=f"mask of what lies over hair or face of the {role}; it is filled from around it")
        parser.add_argument(f"--protect-{role}", type=Path, metavar="M",
                            help=f"mask of hair that is not taken from the {role}")
    for role in ROLES:
        parser.add_argument(f"--align-{role}", metavar="x,y,...",
                            help="eye_right, eye_left, mouth_right, mouth_left[, chin] in photo pixels; the "
                                 "subject's right eye is left in the picture")
        parser.add_argument(f"--face-{role}", type=int, metavar="N", help="which face, 0 = the largest")
    parser.add_argument("--guide-out", type=Path, metavar="G.png", help="write the guide, to be edited for --guide")
    parser.add_argument("--choices", type=Path, metavar="DIR", help="write all answers where a recipe has several")
    parser.add_argument("--blend", choices=("auto", "alpha", "poisson", "multiband"), default="auto")
    _add_limits(parser)
    _add_run(parser)
    parser.add_argument("--previews", type=Path, metavar="DIR", help="write numbered pictures of the run here")


def _add_align(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", type=Path, metavar="A")
    parser.add_argument("--out", type=Path, required=True, metavar="crop.png")
    parser.add_argument("--report", type=Path, metavar="r.json")
    parser.add_argument("--points", metavar="x,y,...", help="eye_right, eye_left, mouth_right, mouth_left[, chin]")
    parser.add_argument("--face", type=int, metavar="N", help="which face, 0 = the largest")
    parser.add_argument("--size", type=int, default=1024, help="side of the crop in pixels (default 1024)")
    parser.add_argument("--scale", type=float, default=1.0, help="above 1 shows more around the face")
    _add_machine(parser)


def _add_regions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", type=Path, metavar="A")
    parser.add_argument("--out", type=Path, required=True, metavar="labels.png")
    parser.add_argument("--matte", type=Path, metavar="hair.png", help="also write the soft hair matte")
    parser.add_argument("--face", type=int, metavar="N", help="which face, 0 = the largest")
    parser.add_argument("--points", metavar="x,y,...", help="eye_right, eye_left, mouth_right, mouth_left[, chin]")
    _add_machine(parser)


def _add_invert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identity", type=Path, metavar="A")
    parser.add_argument("--space", default=None, metavar="w|w+|s|f|multi", help="latent space")
    parser.add_argument("--noise", nargs="?", const="on", default=None, metavar="auto|on|off",
                        help="optimise the noise maps too (auto: with s and f only)")
    parser.add_argument("--tune", nargs="?", const="", default=None, metavar="N",
                        help="then bend a copy of the generator towards the portrait for N steps (50 without a "
                             "number); the model pack is not changed")
    parser.add_argument("--latent", type=Path, metavar="l.safetensors", help="also write the latents")
    parser.add_argument("--align-identity", metavar="x,y,...",
                        help="eye_right, eye_left, mouth_right, mouth_left[, chin] in photo pixels")
    parser.add_argument("--face-identity", type=int, metavar="N", help="which face, 0 = the largest")
    _add_limits(parser)
    _add_run(parser)
    parser.add_argument("--previews", type=Path, metavar="DIR", help="write numbered pictures of the run here")


def _add_limits(parser: argparse.ArgumentParser) -> None:
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument("--steps", type=int, help="number of optimisation steps")
    limit.add_argument("--seconds", type=float, help="time limit of the optimisation")
    parser.add_argument("--set", action="append", default=[], metavar="name=value", dest="parameters",
                        help="a parameter of the recipe; may be repeated")
    parser.add_argument("--seed", type=int, default=0)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="out.png")
    parser.add_argument("--report", type=Path, metavar="report.json")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    _add_machine(parser)


def _add_machine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pack", default="starter", help="name or folder of the model pack")
    parser.add_argument("--threads", type=int, help="threads to use (default: the physical cores)")
    parser.add_argument("--quiet", action="store_true", help="no progress and no warnings on stderr")


def _add_models(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    actions.add_parser("list", help="installed packs")
    verify = actions.add_parser("verify", help="compare every file with its checksum")
    verify.add_argument("pack", nargs="?", help="name or folder; all packs by default")
    install = actions.add_parser("import", help="install a pack from a folder")
    install.add_argument("folder", type=Path)
    install.add_argument("--replace", action="store_true", help="replace an installed pack of the same name")
    convert = actions.add_parser("convert", help="make a pack from an official StyleGAN2-ADA state dict")
    convert.add_argument("weights", type=Path, help="state dict of G_ema as safetensors")
    convert.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="pack folder to be made")
    convert.add_argument("--base", default="starter", help="pack that lends landmarks, regions and features")
    convert.add_argument("--licence", required=True, help="licence of the weights, for the manifest")
