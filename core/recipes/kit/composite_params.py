"""The adjustable values of the classical composite, declared where nothing heavy is imported."""

from __future__ import annotations

from core.recipes.base import Param
from core.recipes.info import Group

COMPOSITE_PARAMS: tuple[Param, ...] = (
    Param("shadow", float, 0.3, "Contact shadow", "Shadow that the hair throws on skin and clothes; 0.6 is heavy on "
          "light skin.", 0.0, 1.0),
    Param("light", float, 1.0, "Light matching", "How much of the small correction towards the portrait's light.",
          0.0, 1.0),
    Param("recolour", float, 1.0, "Recolouring", "How much of the appearance portrait's hair colour.", 0.0, 1.0),
    Param("mirror", bool, True, "Mirror", "Mirror the reference when the heads are turned to opposite sides."),
    Param("max_yaw", float, 40.0, "Largest turn", "Refuse portraits whose heads differ by more degrees.", 0.0, 90.0),
    Param("crown", bool, True, "Continue the crown", "Continue hair that the top of the reference photo cuts off."),
    Param("taper", bool, True, "Taper cut ends", "Give hair that the photo's edge cuts new ends."),
    Param("allow_covered", bool, False, "Covered head", "Go on although the portrait's head is covered."),
    Param("close_gaps", bool, True, "Close gaps", "Fill background between a narrower face and the new hair."),
)

COMPOSITE_GROUP = Group("Composite", ("mirror", "crown", "taper", "close_gaps", "max_yaw", "allow_covered"))
