"""The help page of StyleGAN Salon says what the program does: defaults, and values that it accepts."""

from __future__ import annotations

import re
from pathlib import Path

from core.recipes.base import resolve
from core.recipes.catalogue import CATALOGUE

HELP = Path(__file__).resolve().parents[4] / "resources" / "help"
PAGE = (HELP / "salon.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in PAGE.splitlines()
        if line.startswith("|")]


def test_defaults_are_those_of_the_program() -> None:
    info = CATALOGUE["salon"]
    listed = [row for row in ROWS if len(row) == 3 and row[0].startswith("`")]
    assert [row[0].strip("`") for row in listed] == list(info.basic)
    for name, default, _ in listed:
        param = info.param(name.strip("`"))
        assert param.parse(default) == param.default


def test_the_way_to_the_original_is_usable() -> None:
    pairs = dict(re.findall(r"--set (\w+)=([\w.]+)", PAGE))
    assert len(pairs) > 10
    resolve(CATALOGUE["salon"].params, pairs)


def test_every_parameter_it_names_exists() -> None:
    names = {param.name for param in CATALOGUE["salon"].params}
    used = set(re.findall(r"`(\w+)`", PAGE))
    assert used <= names


def test_its_picture_is_there_and_small() -> None:
    assert (HELP / "salon.jpg").stat().st_size <= 150_000
