"""``bench quality``: recipes and baselines on fixed pairs by protocols and measures (docs/methods/quality.md)."""

from __future__ import annotations

import argparse
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.bench.data import data_folder
from core.bench.quality import machine
from core.bench.quality.ablations import ABLATIONS, BACKWARD, methods_of
from core.bench.quality.budget import Budget, Rates, limits_for, slug
from core.bench.quality.drawing import draw_list, find_entries
from core.bench.quality.features import open_judge
from core.bench.quality.judging import Tools, figures_of, finite, tools_of
from core.bench.quality.methods import Answer, Limits, Method, default_names, find_method
from core.bench.quality.pairs import LIST, Entry, Pair, PairList, load_list, read_entry, save_list
from core.bench.quality.passes import compare_passes
from core.bench.quality.plots import draw_plots, plotter
from core.bench.quality.protocols import PROTOCOLS, Case, Studio, analysed
from core.bench.quality.rows import ANY, Row, RowFile, check_judges, key_of, read_rows, write_images
from core.bench.quality.sheets import contact_sheet, figures_line, save_sheet
from core.bench.quality.tables import as_json, markdown, tabulate, write_summary
from core.commands.advice import in_one_line
from core.engine.runner import make_context
from core.errors import CoiffeError, InputRefused
from core.faces.face import Portrait
from core.io.atomic import write_bytes, write_json
from core.io.encode import encode_png
from core.io.image import read_photo
from core.recipes.context import Context
from core.recipes.request import Request

BASELINES = ("b3", "b4", "classical")

Task = tuple[Method, str, str, int]
"""A method, its name, the name of its budget, and the seed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of ``bench quality``."""
    add = parser.add_argument
    add("--out", type=Path, default=Path("bench-quality"), help="folder for tables, plots, sheets and pictures")
    add("--folder", type=Path, help="folder of portraits with masks (NAME-mask.png, masks/NAME.png or hair/NAME.png, "
        "red is hair; the regions net where there is none); default: the folder the fixed list belongs to")
    add("--list", type=Path, help="list of pairs; default: the fixed one, or one drawn from --folder")
    add("--make-pairs", type=Path, metavar="FILE", help="draw a list of pairs from --folder, write it and end")
    add("--people", type=Path, metavar="CSV", help="with --make-pairs: columns file, person, part (tuning or report) "
        "and mask; default: every picture is somebody else")
    add("--triple", action="append", default=[], metavar="FILE,FILE,FILE", help="with --make-pairs: a fixed triple of "
        "identity, shape and appearance; may be repeated")
    add("--per-bin", type=int, default=6, help="with --make-pairs: pairs drawn per bin and part")
    add("--part", choices=("report", "tuning", "all"), default="report", help="whose pairs; settings are chosen on "
        "tuning, so that report stays unseen")
    add("--pairs", type=int, metavar="N", help="the first N pairs only; the list begins with a balanced choice")
    add("--only", nargs="+", default=[], metavar="PAIR", help="these pairs only, as named in the tables")
    add("--protocols", nargs="+", default=["p3"], choices=tuple(PROTOCOLS), metavar="P",
        help="; ".join(f"{name} {text}" for name, text in PROTOCOLS.items()))
    add("--methods", nargs="+", metavar="METHOD", help="default: baselines b0 to b7 and every recipe that takes hair; "
        "a recipe's parameters may follow, as in loho:ring_iterations=3,jitter=0.05")
    add("--ablate", type=lambda text: text.split(","), default=[], metavar="NAME,...",
        help="these comparisons, with what --methods adds: "
        + "; ".join(f"{name}: {entry.title}" for name, entry in ABLATIONS.items())
        + f"; {BACKWARD}: three against five passes through the generator")
    add("--baseline", nargs="+", metavar="METHOD", help=f"compare with these; default {' '.join(BASELINES)}")
    add("--seconds", type=float, nargs="+", default=[], help="equal wall-clock budgets; default 60 without --steps")
    add("--steps", type=int, nargs="+", default=[], help="equal budgets of optimisation steps")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of methods that optimise (default 0 1 2); "
        "averaged in the tables")
    add("--threads", type=int, default=2, help="of every library (default 2)")
    add("--pack", default="starter", help="model pack")
    add("--judge", type=Path, help="SqueezeNet 1.1 weights that judge features; default: features/ of the data folder, "
        "else the pack's own feature net")
    add("--share", default="1/1", metavar="I/N", help="do every N-th case from the I-th on; the shares of a table "
        "write into one folder")
    add("--resume", action="store_true", help="leave out what is in the folder already")
    add("--summary-only", action="store_true", help="run nothing: tables and plots of what is in the folder")
    add("--no-plots", action="store_true", help="leave the plots out")


def run(arguments: argparse.Namespace) -> int:
    """Run what is asked for and write the tables; 0 when every answer came, 4 when some were refused."""
    share = _share(arguments.share)
    machine.set_threads(arguments.threads)
    if not arguments.no_plots:
        plotter()
    folder = arguments.folder or data_folder()
    if not folder.is_dir():
        raise InputRefused(f"There is no folder {folder}.", "The pairs are portraits in it.",
                           "Name one with --folder, or set COIFFE_DATA to the folder the fixed list belongs to.")
    context = make_context(Request({}, pack=arguments.pack, device="cpu"))
    if arguments.make_pairs:
        save_list(arguments.make_pairs, _drawn(arguments, folder, context))
        return 0
    arguments.out.mkdir(parents=True, exist_ok=True)
    names, baselines = _names(arguments)
    methods = [find_method(name) for name in names]
    judge = open_judge(arguments.judge or data_folder() / "features" / "squeezenet1_1_caffe.safetensors",
                       context.features())
    pairs = _list(arguments, folder, context)
    failed = 0
    if not arguments.summary_only:
        chosen = pairs.chosen(people=arguments.part, names=arguments.only, count=arguments.pairs)
        if not chosen:
            raise InputRefused("There are no pairs to run.", "None has this part and these names.",
                               "See --part and --only.")
        session = _Session(arguments, share, Studio(folder, pairs, context.pack), context, tools_of(context, judge))
        if BACKWARD in arguments.ablate:
            write_json(arguments.out / "passes.json", compare_passes(session.studio, chosen, context))
        failed = session.run(methods, chosen)
    rows = [row for row in read_rows(arguments.out) if row["method"] in names]
    if rows:
        _summarise(arguments, rows, names, baselines, judge.name)
    return 4 if failed else 0


def _share(text: str) -> tuple[int, int]:
    first, slash, last = text.partition("/")
    if not (slash and first.isdigit() and last.isdigit() and 1 <= int(first) <= int(last)):
        raise InputRefused(f"--share {text} is not usable.", "", "Write I/N, for example 1/2 and 2/2.")
    return int(first), int(last)


def _names(arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Methods and baselines."""
    names, baselines = methods_of(arguments.ablate)
    if not arguments.ablate:
        return list(arguments.methods or default_names()), list(arguments.baseline or BASELINES)
    names = list(dict.fromkeys((*names, *(arguments.methods or ()))))
    return names, list(arguments.baseline or baselines)


def _drawn(arguments: argparse.Namespace, folder: Path, context: Context) -> PairList:
    entries = find_entries(folder, arguments.people, 0)
    triples = []
    for text in arguments.triple:
        one, other, *rest = text.split(",")
        triples.append((one, other, rest[0] if rest else other))

    def analyse(where: Path, entry: Entry) -> Portrait:
        photo, mask = read_entry(where, entry)
        return analysed(photo, mask, context.pack)

    return draw_list(folder, entries, analyse, per_bin=arguments.per_bin, seed=1, triples=triples)


def _list(arguments: argparse.Namespace, folder: Path, context: Context) -> PairList:
    """The list named, the one drawn from a folder before, or the fixed one."""
    if arguments.list:
        return load_list(arguments.list)
    if arguments.folder is None:
        return load_list(LIST)
    kept = arguments.out / "pairs.json"
    if not kept.is_file():
        save_list(kept, _drawn(arguments, folder, context))
    return load_list(kept)


class _Session:
    """Runs cases one after the other and notes every answer.

    Args:
        arguments: of the command.
        share: which of how many processes this is.
        studio: sets the tasks.
        context: networks, kept from run to run.
        tools: what measures.
    """

    def __init__(self, arguments: argparse.Namespace, share: tuple[int, int], studio: Studio, context: Context,
                 tools: Tools) -> None:
        self.arguments, self.share, self.studio = arguments, share, studio
        self.context, self.tools, self.out = context, tools, arguments.out
        self.rates = Rates(self.out / "rates")
        self.file = RowFile(self.out, share)
        if not arguments.resume:
            self.file.clear()
        self.done = {key_of(row): row for row in read_rows(self.out)} if arguments.resume else {}
        seconds = arguments.seconds or ([] if arguments.steps else [60.0])
        self.budgets = [*(Budget(seconds=s) for s in seconds), *(Budget(steps=s) for s in arguments.steps)]

    def run(self, methods: Sequence[Method], pairs: Sequence[Pair]) -> int:
        """All cases of this share; returns how many answers were refused."""
        failed, number = 0, 0
        for protocol in self.arguments.protocols:
            names = self.studio.names(protocol, pairs)
            for name, make in zip(names, self.studio.cases(protocol, pairs), strict=True):
                number += 1
                if (number - 1) % self.share[1] != self.share[0] - 1:
                    continue
                wanted = [task for task in self._tasks(methods) if (name, *task[1:]) not in self.done]
                if not wanted:
                    continue
                failed += self._case(name, protocol, make, wanted)
        return failed

    def _tasks(self, methods: Sequence[Method]) -> Iterator[Task]:
        """Every answer that a case is to have."""
        for method in methods:
            for budget in self.budgets if method.optimises else [None]:
                for seed in self.arguments.seeds if method.optimises else [0]:
                    yield method, method.name, budget.name if budget else ANY, seed

    def _case(self, name: str, protocol: str, make: Callable[[], Case], wanted: list[Task]) -> int:
        began = time.perf_counter()
        rows: list[Row] = []
        try:
            case = make()
        except CoiffeError as error:
            for _, method, budget, seed in wanted:
                self._note({"case": name, "protocol": protocol, "pair": name, "bin": "", "part": "", "person": name,
                            "method": method, "budget": budget, "seed": seed, "error": in_one_line(error)})
            print(f"{name}: {in_one_line(error)}", flush=True)
            return len(wanted)
        for method, _, budget, seed in wanted:
            row = self._answer(case, method, budget, seed)
            self._note(row)
            rows.append(row)
            print(f"{name}  {method.name}  {budget}  {figures_line(row)}  {row.get('wall', 0):.1f} s", flush=True)
        for budget in self.budgets:
            self._sheet(case, budget.name)
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
        return sum("error" in row for row in rows)

    def _note(self, row: Row) -> None:
        self.done[key_of(row)] = row
        self.file.add(row)

    def _answer(self, case: Case, method: Method, budget: str, seed: int) -> Row:
        """Run one method and measure what it saved."""
        entry = self.studio.pairs.entries
        given = [bool(entry[file].mask) for file in (case.pair.identity, case.pair.shape, case.pair.appearance)]
        row: Row = {"case": case.name, "protocol": case.protocol, "pair": case.pair.name, "bin": case.pair.bin,
                    "part": case.pair.part, "person": entry[case.pair.identity].person, "method": method.name,
                    "budget": budget, "seed": seed, "mask": "given" if all(given) else "regions net",
                    "q3_meaning": "by construction" if method.parser_took_part else "parser outside the optimisation",
                    "judge": self.tools.judge.name}
        try:
            limits = self._limits(case, method, budget)
            row["steps_planned"] = limits.steps
            answer = method.run(case, self.context, limits, seed)
            path = self._path(case.name, method.name, budget, seed)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, encode_png(answer.pixels))
            figures = figures_of(case, answer, read_photo(path).pixels, self.tools)
        except CoiffeError as error:
            return row | {"error": in_one_line(error)}
        except Exception as error:
            # A fault of one method must not cost a night's work of the others.
            traceback.print_exc()
            return row | {"error": f"{type(error).__name__}: {error}"}
        return row | finite({**answer.figures, **figures}) | {"warnings": " | ".join(answer.warnings)}

    def _limits(self, case: Case, method: Method, budget: str) -> Limits:
        found = next((entry for entry in self.budgets if entry.name == budget), None)

        def wall(steps: int) -> float:
            answer: Answer = method.run(case, self.context, Limits(steps=steps), 0)
            return float(answer.figures["wall"])

        return Limits() if found is None else limits_for(method, found, self.rates, wall)

    def _path(self, case: str, method: str, budget: str, seed: int) -> Path:
        return self.out / "results" / case / f"{slug(method)}-{slug(budget)}-s{seed}.png"

    def _sheet(self, case: Case, budget: str) -> None:
        """Identity, references, and the first seed of every method that has an answer."""
        tiles: list[tuple[str, str, NDArray[np.uint8] | None]] = [("identity", "", case.identity.photo.rgb8())]
        shape, appearance = case.portraits["shape"], case.portraits["appearance"]
        if shape is not case.identity:
            title = "reference" if shape is appearance else "shape"
            tiles.append((title, "", shape.photo.rgb8()))
        if appearance is not shape and appearance is not case.identity:
            tiles.append(("appearance", "", appearance.photo.rgb8()))
        seeds: dict[tuple[str, str], Row] = {}
        for row in self.done.values():
            if row["case"] == case.name and row["budget"] in (budget, ANY):
                seeds.setdefault((row["method"], row["budget"]), row)
        for row in seeds.values():
            path = self._path(case.name, row["method"], row["budget"], row["seed"])
            picture = read_photo(path).rgb8() if path.is_file() and "error" not in row else None
            tiles.append((row["method"], figures_line(row), picture))
        save_sheet(self.out / "sheets" / f"{case.name}-{slug(budget)}.png", contact_sheet(tiles))


def _summarise(arguments: argparse.Namespace, rows: list[Row], names: list[str], baselines: list[str], judge: str
               ) -> None:
    """Tables and plots of all rows in the folder."""
    check_judges(rows)
    block = machine.describe(arguments, judge)
    tables = tabulate(rows, names, baselines)
    write_images(arguments.out / "images.csv", rows)
    write_summary(arguments.out / "summary.csv", tables)
    write_json(arguments.out / "summary.json", {"machine": block, "tables": as_json(tables)})
    text = f"# Quality\n\n{machine.as_markdown(block)}\n\n{NOTES}\n\n{markdown(tables)}\n"
    write_bytes(arguments.out / "summary.md", text.encode())
    if not arguments.no_plots:
        draw_plots(arguments.out / "plots", tables)


NOTES = """Every method gets the same photographs, masks, fit and budget. Analysis of the photographs and their mattes
are made once for all and are not counted. Under a budget of seconds a method gets so many steps that its schedule ends
in that time. Q1 is taken on the saved file, outside what the method says it edited. Q3's mask comes from the pack's
regions net, which no recipe optimises unless it is told to (those rows say "by construction"); it did make the target
where a portrait came without a mask. Q6 to Q8 use the method's own hair mask where it places the hair itself. q8_bleed
counts an intended contact shadow too (shadow=0 leaves it out). Q9 is no face embedding, but a feature distance and the
shift of the landmarks. Means are over cases; intervals draw whole people.

LOHO's own figures for hair IoU, on other photographs and with the parser that it optimised against, are 0.932 with and
0.857 without orthogonalisation; generated_iou is what compares with them, since LOHO shows the generator's picture."""
