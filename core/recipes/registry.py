"""The recipes by name: what the editor lists and the command line accepts."""

from __future__ import annotations

from core.recipes.classical.recipe import Classical
from core.recipes.contract import Recipe
from core.recipes.invert.recipe import Invert
from core.recipes.loho.recipe import Loho
from core.recipes.mgi.recipe import Mgi
from core.recipes.salon.recipe import Salon
from core.recipes.style.recipe import Style
from core.recipes.stylefusion.recipe import StyleFusion

RECIPES: dict[str, Recipe] = {
    recipe.info.name: recipe for recipe in (StyleFusion(), Classical(), Loho(), Salon(), Mgi(), Style(), Invert())
}
