"""The page about adding a recipe works to the letter."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import core.recipes
from core.compositing.finishing.finish import paste
from core.recipes import catalogue
from core.recipes.contract import Recipe
from core.recipes.info import RecipeInfo
from tests.core.recipes import world

ROOT = Path(__file__).resolve().parents[3]
BLOCK = re.compile(r"^```\w+ (\S+)( \+)?\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def blocks(*, added: bool) -> dict[str, str]:
    """The page's blocks by the file that they are, or that they are added to."""
    page = (ROOT / "docs" / "add-a-recipe.md").read_text(encoding="utf-8")
    return {path: text for path, plus, text in BLOCK.findall(page) if bool(plus) == added}


@pytest.fixture
def tint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recipe]:
    """The recipe of the page, imported from where the page says."""
    for path, text in blocks(added=False).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    monkeypatch.setattr(core.recipes, "__path__", [*core.recipes.__path__, str(tmp_path / "core" / "recipes")])
    yield importlib.import_module("core.recipes.tint.recipe").RECIPE
    for name in [name for name in sys.modules if name.startswith("core.recipes.tint")]:
        del sys.modules[name]
    vars(core.recipes).pop("tint", None)


def run(recipe: Recipe, stop_after: int | None = None, **changes: object) -> tuple[int, np.ndarray, np.ndarray]:
    context = world.context()
    request = world.request(context, recipe="tint", **changes)
    steps, outcome = world.drive(recipe, request, context, stop_after)
    return len(steps), outcome.mask, paste(context.photo, outcome.image, outcome.mask)


def test_it_touches_one_folder_and_one_help_page() -> None:
    assert {str(Path(path).parent) for path in blocks(added=False)} == {"core/recipes/tint", "resources/help"}


def test_two_lines_register_it(tint: Recipe) -> None:
    (path, text), = blocks(added=True).items()
    imported, entry = text.splitlines()
    source = (ROOT / path).read_text(encoding="utf-8")
    last_import = re.findall(r"^from core\.recipes\..* import INFO as .*$", source, flags=re.MULTILINE)[-1]
    last_entry = re.findall(r"^    [A-Z]+,$", source, flags=re.MULTILINE)[-1]
    changed = source.replace(last_import, f"{last_import}\n{imported}").replace(last_entry, f"{last_entry}\n{entry}")
    names: dict[str, dict[str, RecipeInfo]] = {}
    exec(compile(changed, path, "exec"), names)
    assert list(names["CATALOGUE"]) == [*catalogue.CATALOGUE, "tint"]
    assert names["CATALOGUE"]["tint"] is tint.info


def test_it_runs_and_keeps_to_its_mask(tint: Recipe) -> None:
    steps, mask, pixels = run(tint)
    photo = world.portrait(1).photo.pixels
    assert steps == 4
    assert np.array_equal(pixels[mask == 0], photo[mask == 0])
    assert np.abs(pixels[mask > 0.9].astype(int) - photo[mask > 0.9]).mean() > 5
    assert np.array_equal(run(tint)[2], pixels)


def test_it_can_be_told_how_far_to_go(tint: Recipe) -> None:
    photo = world.portrait(1).photo.pixels
    assert run(tint, steps=2)[0] == 2
    assert run(tint, stop_after=1)[0] == 1
    assert np.array_equal(run(tint, parameters={"amount": 0})[2], photo)
    assert np.array_equal(run(tint, protect=np.full(photo.shape[:2], 255, np.uint8))[2], photo)
