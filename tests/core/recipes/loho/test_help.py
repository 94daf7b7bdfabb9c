"""The help page of LOHO says what the program does: every choice, its default, every attribute."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.recipes.catalogue import CATALOGUE
from core.recipes.loho.info import ATTRIBUTES, CODE, SLIDES

PAGE = (Path(__file__).resolve().parents[4] / "resources" / "help" / "loho.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in PAGE.splitlines()
        if line.startswith("|")]


def test_all_fifteen_differences_are_listed() -> None:
    assert [row[0] for row in ROWS if row[0].isdigit()] == [str(number) for number in range(1, 16)]


@pytest.mark.parametrize("name", sorted({*CODE, *SLIDES}))
def test_every_choice_is_in_the_table(name: str) -> None:
    assert any(f"`{name}`" in row[2] for row in ROWS if row[0].isdigit())


@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_every_attribute_is_explained(attributes: str) -> None:
    assert any(row[0] == f"`{attributes}`" for row in ROWS)


def test_defaults_are_those_of_the_program() -> None:
    info = CATALOGUE["loho"]
    listed = [row for row in ROWS if len(row) == 3 and row[0].startswith("`")]
    assert [row[0].strip("`") for row in listed] == list(info.basic)
    for name, default, _ in listed:
        assert str(info.param(name.strip("`")).parse(default.strip("`"))) == str(info.param(name.strip("`")).default)


def test_the_recipe_for_the_original_is_usable() -> None:
    info = CATALOGUE["loho"]
    given = [word.split("=") for word in PAGE.split() if "=" in word and word.split("=")[0] in
             {param.name for param in info.params}]
    assert len(given) > 10
    for name, value in given:
        info.param(name).parse(value)
