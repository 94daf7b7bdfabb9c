"""Makes a list of pairs from a folder of portraits: people split first, then pairs drawn inside each part, by bin."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.bench.quality.difficulty import BINS, bin_of, face_iou, hair_share, pose_distance, yaw_difference
from core.bench.quality.pairs import (
    PARTS,
    Entry,
    Pair,
    PairList,
    check_parts,
    file_hash,
    find_mask,
    find_portraits,
)
from core.errors import InputRefused
from core.faces.face import Portrait

LEAST_HAIR = 0.18
"""Share of the crop that a portrait must have to lend its hair (LOHO's)."""
MOST_YAW = 40.0
"""Degrees between two heads above which the compositor refuses a pair."""
_TUNING_SHARE = 0.2

Analyser = Callable[[Path, Entry], Portrait]


class _Candidate(NamedTuple):
    """A pair that could be drawn: two files, their people, and whether hair becomes less."""

    identity: str
    shape: str
    people: tuple[str, str]
    shrinks: bool


def find_entries(folder: Path, people: Path | None, seed: int) -> dict[str, Entry]:
    """The portraits of a folder by file.

    Args:
        folder: with pictures; masks are found by their names.
        people: CSV with the columns file and, where wanted, person, part and mask; None = every picture shows
            somebody else, and every fifth person is for tuning.
        seed: of who is for tuning.

    Raises:
        InputRefused: nothing there, or somebody in both parts.
    """
    if people is None:
        files = find_portraits(folder)
        order = np.random.default_rng(seed).permutation(len(files))
        tuning = {files[index] for index in order[: round(_TUNING_SHARE * len(files))]}
        rows = [{"file": file, "part": PARTS[0] if file in tuning else PARTS[1]} for file in files]
    else:
        with people.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    if not rows:
        raise InputRefused(f"There are no portraits in {folder}.", "Pictures are looked for in it and below.",
                           "Name another folder with --folder.")
    entries = {}
    for row in rows:
        file = row["file"]
        if not (folder / file).is_file():
            raise InputRefused(f"There is no {folder / file}.", f"{people} names it.", "Correct the table.")
        mask = row.get("mask") or find_mask(folder, file)
        entries[file] = Entry(file, file_hash(folder / file), row.get("person") or Path(file).stem,
                              row.get("part") or PARTS[1], mask)
    check_parts(entries.values())
    return entries


def draw_list(
    folder: Path, entries: Mapping[str, Entry], analyser: Analyser, *, per_bin: int, seed: int,
    triples: Sequence[tuple[str, str, str]] = (),
) -> PairList:
    """Fixed triples first, then pairs drawn bin by bin in turn, ``per_bin`` of each where there are as many.

    Growing and shrinking hair take turns, and people come as evenly as the bins allow: of the candidates of a bin the
    one is taken whose people were taken least, by chance among equals. A portrait without a usable face is left out.
    """
    portraits: dict[str, Portrait] = {}
    for file, entry in entries.items():
        try:
            portraits[file] = analyser(folder, entry)
        except InputRefused:
            continue
    rng = np.random.default_rng(seed)
    pairs = [_pair(entries, portraits, triple, seed + index) for index, triple in enumerate(triples)]
    for part in PARTS[::-1]:
        candidates = _candidates(entries, portraits, part)
        drawn = _in_turn(candidates, per_bin, rng, _used(entries, pairs))
        pairs += [_pair(entries, portraits, files, seed + len(pairs) + index) for index, files in enumerate(drawn)]
    used = {file for pair in pairs for file in (pair.identity, pair.shape, pair.appearance)}
    return PairList({file: entry for file, entry in entries.items() if file in used}, tuple(pairs))


def _pair(
    entries: Mapping[str, Entry], portraits: Mapping[str, Portrait], files: tuple[str, str, str], seed: int
) -> Pair:
    identity, shape = portraits[files[0]], portraits[files[1]]
    figures = {"face_iou": face_iou(identity, shape), "pose_distance": pose_distance(identity, shape),
               "yaw_difference": yaw_difference(identity, shape),
               "hair_ratio": hair_share(shape) / max(hair_share(identity), 1e-3)}
    parts = {entries[file].part for file in files}
    if len(parts) > 1:
        raise InputRefused(f"The pair {' '.join(files)} mixes people for tuning and for reporting.", "",
                           "Split the people otherwise.")
    return Pair(*files, parts.pop(), bin_of(figures["face_iou"], figures["pose_distance"]), seed,
                {name: round(value, 4) for name, value in figures.items()})


def _used(entries: Mapping[str, Entry], pairs: Sequence[Pair]) -> Counter[str]:
    return Counter(entries[file].person for pair in pairs for file in {pair.identity, pair.shape})


def _candidates(
    entries: Mapping[str, Entry], portraits: Mapping[str, Portrait], part: str
) -> dict[str, list[_Candidate]]:
    """Possible pairs by bin."""
    found: dict[str, list[_Candidate]] = {name: [] for name in BINS}
    files = [file for file in portraits if entries[file].part == part]
    hair = {file: hair_share(portraits[file]) for file in files}
    lenders = {file for file in files if hair[file] >= LEAST_HAIR}
    for one, other in itertools.permutations(files, 2):
        people = entries[one].person, entries[other].person
        if other not in lenders or people[0] == people[1]:
            continue
        if yaw_difference(portraits[one], portraits[other]) > MOST_YAW:
            continue
        name = bin_of(face_iou(portraits[one], portraits[other]), pose_distance(portraits[one], portraits[other]))
        found[name].append(_Candidate(one, other, people, hair[other] < hair[one]))
    return found


def _in_turn(
    candidates: Mapping[str, list[_Candidate]], per_bin: int, rng: np.random.Generator,
    used: Counter[str],
) -> list[tuple[str, str, str]]:
    drawn: list[tuple[str, str, str]] = []
    taken: set[frozenset[str]] = set()
    for turn in range(per_bin):
        for name in BINS:
            free = [entry for entry in candidates[name] if frozenset(entry.people) not in taken]
            free = [entry for entry in free if entry.shrinks == (turn % 2 == 0)] or free
            if not free:
                continue
            order = rng.permutation(len(free))
            best = min(order, key=lambda index: sum(used[person] for person in free[index].people))
            chosen = free[best]
            drawn.append((chosen.identity, chosen.shape, chosen.shape))
            taken.add(frozenset(chosen.people))
            used.update(chosen.people)
    return drawn
