"""What there is to know about every recipe without loading one: what panel, command line and project files show.

A test keeps it equal to the registry, whose recipes import the networks.
"""

from __future__ import annotations

from core.errors import InputRefused
from core.recipes.classical.info import INFO as CLASSICAL
from core.recipes.info import RecipeInfo
from core.recipes.invert.info import INFO as INVERT
from core.recipes.loho.info import INFO as LOHO
from core.recipes.mgi.info import INFO as MGI
from core.recipes.salon.info import INFO as SALON
from core.recipes.style.info import INFO as STYLE
from core.recipes.stylefusion.info import INFO as STYLEFUSION

CATALOGUE: dict[str, RecipeInfo] = {info.name: info for info in (
    STYLEFUSION,
    CLASSICAL,
    LOHO,
    SALON,
    MGI,
    STYLE,
    INVERT,
)}
"""All recipes by name, in the order in which they are offered."""


def find_info(name: str) -> RecipeInfo:
    """A recipe of the catalogue.

    Raises:
        InputRefused: there is none of this name.
    """
    if name not in CATALOGUE:
        raise InputRefused(f"Unknown recipe {name!r}.", "", f"Choose one of {', '.join(sorted(CATALOGUE))}.")
    return CATALOGUE[name]
