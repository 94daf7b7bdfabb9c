"""Summaries: means with intervals, differences to baselines, who wins where; as CSV, JSON and Markdown."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.bench.quality.difficulty import BINS
from core.bench.quality.measures import MEASURES
from core.bench.quality.rows import ANY, Row
from core.bench.quality.statistics import Comparison, Estimate, badness, compare, estimate, ranks
from core.io.atomic import atomic_path

RANKED = ("q6_seam", "q7_leak", "q3_iou")
"""What decides together which recipe is the default."""
SHOWN = ("q1_max", "q2_psnr", "q2_ssim", "q3_iou", "q3_boundary", "q4_ciede", "q5_gram", "q6_seam", "q6_step",
         "q7_leak", "q8_bleed", "q9_features", "q9_landmarks", "q10_sharp", "wall")
_SHOWN_WITH_TRUTH = ("q11_psnr", "q11_ssim", "q11_features")


@dataclass(frozen=True, eq=False)
class Table:
    """One protocol under one budget.

    Attributes:
        protocol, budget: what it is of.
        methods: in the order asked for.
        cases: names, and by name the person and the bin.
        values: measure to [cases, methods], NaN where it is not defined; seeds are averaged.
        means: measure to method to its estimate.
        against: baseline to measure to method to the comparison with it.
        rank: method to the estimate of its mean rank over ``RANKED``.
        errors: method to how many cases it refused.
    """

    protocol: str
    budget: str
    methods: tuple[str, ...]
    cases: tuple[str, ...]
    people: tuple[str, ...]
    bins: tuple[str, ...]
    values: Mapping[str, np.ndarray]
    means: Mapping[str, Mapping[str, Estimate]]
    against: Mapping[str, Mapping[str, Mapping[str, Comparison]]]
    rank: Mapping[str, Estimate]
    errors: Mapping[str, int]


def tabulate(rows: Sequence[Row], methods: Sequence[str], baselines: Sequence[str], *, seed: int = 0) -> list[Table]:
    """Tables of rows, one per protocol and budget; what has no budget counts under each."""
    budgets = sorted({row["budget"] for row in rows if row["budget"] != ANY}) or [ANY]
    protocols = sorted({row["protocol"] for row in rows})
    known = [name for name in methods if any(row["method"] == name for row in rows)]
    tables = []
    for protocol in protocols:
        for budget in budgets:
            chosen = [row for row in rows if row["protocol"] == protocol and row["budget"] in (budget, ANY)]
            if chosen:
                tables.append(_table(protocol, budget, chosen, known, baselines, seed))
    return tables


def _table(protocol: str, budget: str, rows: Sequence[Row], methods: Sequence[str], baselines: Sequence[str], seed: int
           ) -> Table:
    about = {row["case"]: row for row in rows}
    cases = tuple(sorted(about))
    people = tuple(about[case]["person"] for case in cases)
    values = {measure: _values(rows, measure, cases, methods) for measure in MEASURES}
    values = {measure: array for measure, array in values.items() if np.isfinite(array).any()}
    means = {measure: {name: estimate(array[:, column].tolist(), people, seed=seed)
                       for column, name in enumerate(methods)} for measure, array in values.items()}
    against: dict[str, dict[str, dict[str, Comparison]]] = {}
    for baseline in (name for name in baselines if name in methods):
        beside = methods.index(baseline)
        against[baseline] = {
            measure: {name: compare(array[:, column].tolist(), array[:, beside].tolist(), people,
                                    better=MEASURES[measure].better, seed=seed)
                      for column, name in enumerate(methods) if name != baseline}
            for measure, array in values.items()}
    errors = {name: sum(1 for row in rows if row["method"] == name and row.get("error")) for name in methods}
    return Table(protocol, budget, tuple(methods), cases, people, tuple(about[case]["bin"] for case in cases), values,
                 means, against, _rank(values, methods, people, seed), errors)


def _values(rows: Sequence[Row], measure: str, cases: Sequence[str], methods: Sequence[str]) -> np.ndarray:
    """[cases, methods]: mean over seeds."""
    sums, counts = np.zeros((len(cases), len(methods))), np.zeros((len(cases), len(methods)))
    place = {name: index for index, name in enumerate(cases)}, {name: index for index, name in enumerate(methods)}
    for row in rows:
        value = row.get(measure)
        if isinstance(value, (int, float)) and row["method"] in place[1]:
            at = place[0][row["case"]], place[1][row["method"]]
            sums[at] += value
            counts[at] += 1
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def _rank(values: Mapping[str, np.ndarray], methods: Sequence[str], people: Sequence[str], seed: int
          ) -> dict[str, Estimate]:
    """Mean rank of each method over ``RANKED`` in each case, and over cases."""
    stacked = [ranks(badness(values[measure], MEASURES[measure].better).tolist()) for measure in RANKED
               if measure in values]
    if not stacked:
        return {}
    stack = np.stack(stacked)
    mean = _column_means(stack.reshape(len(stack), -1)).reshape(stack.shape[1:])
    return {name: estimate(mean[:, column].tolist(), people, seed=seed) for column, name in enumerate(methods)}


def best_of(table: Table, measure: str) -> str | None:
    """The method with the best mean of a measure, None where no way is better."""
    better = MEASURES[measure].better
    found = {name: value.mean for name, value in table.means.get(measure, {}).items() if value.n}
    if not better or not found:
        return None
    return min(found, key=lambda name: float(badness(np.array(found[name]), better)))


def write_summary(path: Path, tables: Sequence[Table]) -> None:
    """Every mean and every difference as CSV, one line each."""
    columns = ("protocol", "budget", "measure", "method", "n", "mean", "low", "high", "median", "baseline",
               "difference", "difference_low", "difference_high", "gain", "gain_low", "gain_high", "p",
               "better_share")
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer: csv.DictWriter[str] = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        for table in tables:
            for measure, methods in (*table.means.items(), ("rank", table.rank)):
                for name, found in methods.items():
                    line = {"protocol": table.protocol, "budget": table.budget, "measure": measure, "method": name,
                            **_short(asdict(found))}
                    compared = [(base, by[measure][name]) for base, by in table.against.items()
                                if name in by.get(measure, {})]
                    for base, comparison in compared or [("", None)]:
                        writer.writerow(line | ({} if comparison is None else _compared(base, comparison)))


def _compared(base: str, comparison: Comparison) -> dict[str, Any]:
    difference = comparison.difference
    return {"baseline": base} | _short({"difference": difference.mean, "difference_low": difference.low,
                                        "difference_high": difference.high, "gain": comparison.gain.mean,
                                        "gain_low": comparison.gain.low, "gain_high": comparison.gain.high,
                                        "p": comparison.p,
                                        "better_share": comparison.better})


def _short(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: f"{value:.5g}" if isinstance(value, float) else value for name, value in values.items()}


def as_json(tables: Sequence[Table]) -> list[dict[str, Any]]:
    """The same as plain values, without NaN."""
    return [_plain({"protocol": t.protocol, "budget": t.budget, "cases": list(t.cases), "errors": dict(t.errors),
                    "means": {m: {n: asdict(e) for n, e in by.items()} for m, by in t.means.items()},
                    "against": {b: {m: {n: asdict(c) for n, c in by.items()} for m, by in ms.items()}
                                for b, ms in t.against.items()},
                    "rank": {n: asdict(e) for n, e in t.rank.items()}}) for t in tables]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def markdown(tables: Sequence[Table]) -> str:
    """All tables as Markdown: means with intervals, the best in bold, then differences and wins."""
    return "\n\n".join(part for table in tables for part in (_means(table), _differences(table), _wins(table)) if part)


def _means(table: Table) -> str:
    shown = [name for name in (*_SHOWN_WITH_TRUTH, *SHOWN) if name in table.means]
    lines = [f"## {table.protocol.upper()}, {table.budget}: {len(table.cases)} cases, "
             f"{len(set(table.people))} people", "",
             "Mean and 95 % bootstrap interval over people; best in bold. rank: mean rank of "
             + ", ".join(RANKED) + " together, which sees no colour: see q4_ciede and the sheets.", "",
             "| method | n | rank | " + " | ".join(shown) + " |", "|---" * (len(shown) + 3) + "|"]
    best = {measure: best_of(table, measure) for measure in shown}
    for name in table.methods:
        cells = [_cell(table.means[measure][name], bold=best[measure] == name) for measure in shown]
        n = max((table.means[measure][name].n for measure in shown), default=0)
        refused = f" ({table.errors[name]} refused)" if table.errors[name] else ""
        rank = _cell(table.rank[name]) if name in table.rank else ""
        lines.append(f"| {name} | {n}{refused} | {rank} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(found: Estimate, *, bold: bool = False) -> str:
    if not found.n:
        return ""
    mark = "**" if bold else ""
    return f"{mark}{found.mean:.3g}{mark} [{found.low:.3g}, {found.high:.3g}]"


def _differences(table: Table) -> str:
    parts = []
    for baseline, measures in table.against.items():
        shown = [name for name in (*RANKED, "generated_iou", "q3_boundary", "q8_bleed", "q5_gram") if name in measures]
        lines = [f"### {table.protocol.upper()}, {table.budget}: difference to {baseline}", "",
                 "Difference with 95 % interval; Wilcoxon's p; share of cases in which it is better.", "",
                 "| method | " + " | ".join(shown) + " |", "|---" * (len(shown) + 1) + "|"]
        for name in (name for name in table.methods if name != baseline):
            cells = []
            for measure in shown:
                found = measures[measure][name]
                cells.append(f"{_cell(found.difference)}; p {found.p:.2g}; {found.better:.0%}"
                             if found.difference.n else "")
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        parts.append("\n".join((*lines, "", *_verdicts(table, baseline))))
    return "\n\n".join(parts)


def _verdicts(table: Table, baseline: str) -> list[str]:
    """What every method does surely better and surely worse than a baseline: the gain's interval leaves out 0."""
    lines = []
    for name in (name for name in table.methods if name != baseline):
        gains = {measure: by[name].gain for measure, by in table.against[baseline].items()
                 if MEASURES[measure].better and MEASURES[measure].section != "speed" and by[name].gain.n > 1}
        beats = [measure for measure, gain in gains.items() if gain.low > 0]
        loses = [measure for measure, gain in gains.items() if gain.high < 0]
        lines.append(f"- {name} surely beats {baseline} on: {', '.join(beats) or 'nothing'}; "
                     f"loses on: {', '.join(loses) or 'nothing'}.")
    return lines


def _column_means(values: np.ndarray) -> np.ndarray:
    """Mean of each column over what is known, NaN where nothing is."""
    known = np.isfinite(values)
    return np.divide(np.where(known, values, 0).sum(axis=0), known.sum(axis=0),
                     out=np.full(values.shape[1], np.nan), where=known.any(axis=0))


def _wins(table: Table) -> str:
    """Who is best by measure, and by rank in each bin."""
    lines = [f"### {table.protocol.upper()}, {table.budget}: best of all", ""]
    for measure in MEASURES:
        best = best_of(table, measure) if measure in table.means else None
        if best is not None:
            lines.append(f"- {measure} ({MEASURES[measure].title}): {best} {_cell(table.means[measure][best])}")
    for name in BINS:
        inside = np.array([found == name for found in table.bins])
        if not inside.any():
            continue
        part = _rank({m: v[inside] for m, v in table.values.items()}, table.methods,
                     [p for p, keep in zip(table.people, inside, strict=True) if keep], 0)
        order = sorted((found.mean, method) for method, found in part.items() if found.n)
        lines.append(f"- {name} pairs ({int(inside.sum())}), by rank: "
                     + ", ".join(f"{method} {mean:.2f}" for mean, method in order))
        if "q3_iou" in table.values:
            iou = _column_means(table.values["q3_iou"][inside])
            lines.append("  - hair IoU: " + ", ".join(f"{method} {value:.3f}" for method, value in
                                                      zip(table.methods, iou, strict=True) if np.isfinite(value)))
    return "\n".join(lines)
