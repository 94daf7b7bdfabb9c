"""Plots of the tables with matplotlib, which only the benchmarks need."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.bench.quality.measures import MEASURES
from core.bench.quality.tables import RANKED, Table
from core.errors import InputRefused

_COLUMNS = 4
_MIDDLE = 0.4


def plotter() -> Any:
    """matplotlib.pyplot, drawing to files only.

    Raises:
        InputRefused: it is not installed.
    """
    try:
        importlib.import_module("matplotlib").use("Agg")
        return importlib.import_module("matplotlib.pyplot")
    except ImportError as error:
        raise InputRefused("The plots need matplotlib.", "It is not installed here.",
                           "Install it (pip install 'coiffe[bench]') or give --no-plots.") from error


def draw_plots(folder: Path, tables: Sequence[Table]) -> list[Path]:
    """Three pictures per table: every measure with intervals, quality against time, hair IoU by pair."""
    plt = plotter()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for table in tables:
        stem = f"{table.protocol}-{table.budget.replace(' ', '')}"
        for name, figure in (("measures", _measures(plt, table)), ("time", _time(plt, table)),
                             ("pairs", _pairs(plt, table))):
            if figure is None:
                continue
            path = folder / f"{stem}-{name}.png"
            figure.savefig(path, dpi=110)
            plt.close(figure)
            written.append(path)
    return written


def _measures(plt: Any, table: Table) -> Any:
    """A panel per measure: a dot and its interval for every method."""
    shown = [name for name in table.means if MEASURES[name].better]
    rows = -(-len(shown) // _COLUMNS)
    height = 0.5 + 0.2 * len(table.methods)
    figure, axes = plt.subplots(rows, _COLUMNS, figsize=(4.2 * _COLUMNS, max(1.6, height) * rows + 0.4),
                                squeeze=False, layout="constrained")
    places = np.arange(len(table.methods))[::-1]
    for axis in axes.ravel()[len(shown):]:
        axis.set_axis_off()
    for index, (axis, measure) in enumerate(zip(axes.ravel(), shown, strict=False)):
        means = [table.means[measure][name] for name in table.methods]
        for place, found in zip(places, means, strict=True):
            if found.n:
                axis.plot([found.low, found.high], [place, place], color="0.6", linewidth=2, zorder=1)
                axis.plot(found.mean, place, "o", color="C0", markersize=4, zorder=2)
        if MEASURES[measure].better == "one":
            axis.axvline(1, color="C2", linewidth=0.8)
        arrow = {"low": " (less is better)", "high": " (more is better)", "one": " (1 is best)"}
        axis.set_title(measure + arrow[MEASURES[measure].better], fontsize=8)
        axis.set_ylim(-0.6, len(table.methods) - _MIDDLE)
        labels = list(table.methods) if index % _COLUMNS == 0 else [""] * len(table.methods)
        axis.set_yticks(places, labels, fontsize=7)
        axis.tick_params(axis="x", labelsize=7)
    figure.suptitle(f"{table.protocol.upper()}, {table.budget}, {len(table.cases)} cases: mean, 95 % interval",
                    fontsize=10)
    return figure


def _time(plt: Any, table: Table) -> Any:
    """Mean rank against wall time."""
    if "wall" not in table.means or not table.rank:
        return None
    figure, axis = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
    for name in table.methods:
        wall, rank = table.means["wall"][name], table.rank[name]
        if wall.n and rank.n:
            place = max(wall.mean, 1e-2), rank.mean
            axis.plot(*place, "o", color="C0")
            axis.annotate(name, place, xytext=(4, 3), textcoords="offset points", fontsize=7)
    axis.set_xscale("log")
    axis.invert_yaxis()
    axis.set_xlabel("seconds")
    axis.set_ylabel("mean rank of " + ", ".join(RANKED) + " (top is best)", fontsize=8)
    axis.set_title(f"{table.protocol.upper()}, {table.budget}", fontsize=10)
    return figure


def _pairs(plt: Any, table: Table) -> Any:
    """Hair IoU of every method on every case, cases by bin."""
    if "q3_iou" not in table.values:
        return None
    order = sorted(range(len(table.cases)), key=lambda index: (table.bins[index], table.cases[index]))
    figure, axis = plt.subplots(figsize=(max(6.4, 0.42 * len(order) + 2.5), 4.6), layout="constrained")
    for column, name in enumerate(table.methods):
        axis.plot(range(len(order)), table.values["q3_iou"][order, column], "o-", linewidth=0.6, markersize=3,
                  label=name)
    axis.set_xticks(range(len(order)), [f"{table.cases[i]} ({table.bins[i]})" for i in order], rotation=70, fontsize=6,
                    ha="right", rotation_mode="anchor")
    axis.set_ylabel("hair IoU")
    axis.legend(fontsize=6, ncols=2)
    axis.set_title(f"{table.protocol.upper()}, {table.budget}", fontsize=10)
    return figure
