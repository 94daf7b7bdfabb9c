"""The recipes by name: what the editor lists and the command line accepts."""

from __future__ import annotations

from core.recipes.base import Recipe
from core.recipes.classical import Classical
from core.recipes.invert import Invert
from core.recipes.loho import Loho

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (Loho(), Classical(), Invert())}
