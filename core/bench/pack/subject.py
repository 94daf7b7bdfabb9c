"""What the parts of the pack benchmark share: the opened packs, the portraits, and sheets that fit a screen."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.errors import InputRefused
from core.generators.encoder import StarterEncoder
from core.generators.load import load_encoder, load_generator
from core.generators.stylegan2 import StyleGAN2
from core.models.pack import Pack, open_pack
from core.models.tables import NAME, Tables, load_tables
from core.training.data.images import PortraitSet, load_portraits
from core.training.kit.sheets import write_sheet
from core.training.kit.teacher import Teacher

SHEET = 1984
"""Most pixels of a sheet's side."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A pack with its generator and encoder open."""

    pack: Pack
    generator: StyleGAN2
    encoder: StarterEncoder

    @classmethod
    def open(cls, name: str, device: torch.device | str) -> Subject:
        """By name or folder.

        Raises:
            ModelFileError: no such pack, or it has no sound generator and encoder.
        """
        pack = open_pack(name)
        return cls(pack, load_generator(pack, device), load_encoder(pack, device))

    @property
    def side(self) -> int:
        return self.generator.config.resolution

    @property
    def stamp(self) -> str:
        """Checksum of the generator: says which results belong to it."""
        return self.pack.component("generator").sha256

    @cached_property
    def precise(self) -> StyleGAN2:
        """The generator in float32, as final pictures are made."""
        return self.generator.with_dtype(torch.float32)


@dataclass(eq=False)
class Bench:
    """One run of the benchmark.

    Attributes:
        options: of the command line.
        subject: the pack to measure.
        other: the pack to compare with, or None.
        teacher: the feature net of the measures.
    """

    options: argparse.Namespace
    subject: Subject
    other: Subject | None
    teacher: Teacher
    _loaded: dict[tuple[str, int], PortraitSet] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        return self.options.out

    def portraits(self, split: str, side: int) -> PortraitSet:
        """Every portrait of a split, shrunk to ``side`` by area averages."""
        if (split, side) not in self._loaded:
            self._loaded[split, side] = load_portraits(self.options.data, split, side)
        return self._loaded[split, side]

    @cached_property
    def tables(self) -> Tables | None:
        """The tables of the pack, None where it has none.

        Raises:
            ModelFileError: they are damaged, or belong to another generator.
        """
        return load_tables(self.subject.pack) if NAME in self.subject.pack else None

    @cached_property
    def held_back(self) -> tuple[Tensor, tuple[str, ...]]:
        """The held-back portraits measured, [N, 3, R, R] in [-1, 1], and their names."""
        everyone = self.portraits("val", self.subject.side)
        chosen = evenly(len(everyone.names), self.options.count or len(everyone.names))
        images = everyone.images[chosen].float() / 127.5 - 1
        return images.to(self.subject.generator.device), tuple(everyone.names[index] for index in chosen)


def evenly(have: int, wanted: int) -> list[int]:
    """Indices of ``wanted`` of ``have`` items, evenly apart; all when there are fewer."""
    return torch.linspace(0, have - 1, min(have, wanted)).round().long().tolist()


def teacher_path(given: Path) -> Path:
    """The feature net's file, given itself or its folder.

    Raises:
        InputRefused: there is none.
    """
    path = given / "vgg19_small.safetensors" if given.is_dir() else given
    if not path.is_file():
        raise InputRefused(f"There is no feature net {path}.", "", "Name vgg19_small.safetensors with --teacher.")
    return path


def sheets(stem: Path, images: Tensor) -> list[str]:
    """Write images [N, 3, R, R] as grids in their own pixels, as many files as a screen's size needs."""
    side = images.shape[-1]
    columns = max(1, min(8, SHEET // side))
    rows = max(1, min(8, SHEET // side))
    parts = images.split(columns * rows)
    names = []
    for index, part in enumerate(parts):
        path = stem.with_name(f"{stem.name}-{index + 1}.png" if len(parts) > 1 else f"{stem.name}.png")
        write_sheet(path, [part], columns=columns)
        names.append(path.name)
    return names


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as CSV; columns in order of first appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
