"""The classical composite as people see it."""

from __future__ import annotations

from core.recipes.base import Param
from core.recipes.info import Group, RecipeInfo
from core.recipes.kit.composite_params import COMPOSITE_PARAMS

CLASSICAL_PARAMS: tuple[Param, ...] = (
    Param("quick", bool, False, "Quick", "Rough mattes and smooth fills only: a look at the fit within seconds."),
    Param("repair", bool, True, "Repair", "Let a trained network correct light and colour of what is put where old "
          "hair was."),
    *COMPOSITE_PARAMS,
)
"""Of the recipe that shows this composite alone."""

INFO = RecipeInfo(
    "classical", "Classical composite",
    "Cuts the reference's hair out, fits it, and mends what the old hair covered. Takes seconds.",
    CLASSICAL_PARAMS,
    ("recolour", "shadow", "light", "mirror"),
    (Group("Composite", ("quick", "repair", "crown", "taper", "close_gaps", "max_yaw", "allow_covered")),),
    {"draft": {"quick": True}, "standard": {}},
    stages={"quick composite": "fitting the hair", "composite": "fitting the hair"},
)
