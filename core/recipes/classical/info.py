"""The classical composite as people see it."""

from __future__ import annotations

from core.recipes.base import Param
from core.recipes.kit.composite_params import COMPOSITE_PARAMS

CLASSICAL_PARAMS: tuple[Param, ...] = (
    Param("quick", bool, False, "Quick", "Rough mattes and smooth fills only: a look at the fit within seconds."),
    Param("repair", bool, True, "Repair", "Let a trained network correct light and colour of what is put where old "
          "hair was."),
    *COMPOSITE_PARAMS,
)
"""Of the recipe that shows this composite alone."""
