"""The recipes of the catalogue with what runs them; importing this loads the networks' libraries."""

from __future__ import annotations

from importlib import import_module

from core.recipes.catalogue import CATALOGUE
from core.recipes.contract import Recipe

# By the name of the folder, so that a recipe is entered in one place only; each module declares its RECIPE typed.
RECIPES: dict[str, Recipe] = {name: import_module(f"core.recipes.{name}.recipe").RECIPE for name in CATALOGUE}
