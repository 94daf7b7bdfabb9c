"""The adjustable values of the StyleFusion recipe, declared where nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from core.recipes.base import Param
from core.recipes.info import ENCODED, GENERATIVE, Group, RecipeInfo
from core.recipes.kit.composite_params import COMPOSITE_GROUP, COMPOSITE_PARAMS

REGIONS = ("hair", "background", "clothes", "skin", "eyes", "mouth", "pose")
"""What can be taken from another portrait; "pose" is the alignment code of every node of the tree."""
PHOTOGRAPHED = ("background", "clothes", "eyes", "mouth")
"""Regions that a source photograph serves better than the generator, where there is one."""
OWN, RANDOM = "own", "random"
SOURCES = (OWN, "shape", "appearance", "extra1", "extra2", "extra3", "extra4", RANDOM)
"""Where a region may come from: the portrait itself, one of the loaded portraits, or a code drawn by the seed."""

_HELP = {
    "hair": "the hair", "background": "the background", "clothes": "the clothes' colour", "skin": "the skin tone",
    "eyes": "eyes and brows", "mouth": "the mouth", "pose": "the global pose: a small turn and change of the head",
}


def _source(region: str) -> Param:
    default = "shape" if region == "hair" else OWN
    text = f"Portrait that gives {_HELP[region]}; own leaves it as it is, random draws one by the seed."
    return Param(f"{region}_from", str, default, f"{region.capitalize()} from", text, choices=SOURCES,
                 names_photos=True)


def _amount(region: str) -> Param:
    return Param(f"{region}_amount", float, 1.0, f"{region.capitalize()} amount",
                 f"How far {_HELP[region]} goes towards the source; 0 leaves it as it is.", 0.0, 1.0,
                 amount_of=f"{region}_from")


PARAMS: tuple[Param, ...] = (
    *(_source(region) for region in REGIONS),
    *(_amount(region) for region in REGIONS),
    Param("hair_mode", str, "replace", "Hair change", "replace cuts the source's hair out and fits it; look keeps the "
          "portrait's own hair and changes its colour.", choices=("replace", "look")),
    Param("hair_colour_from", str, "appearance", "Hair colour from", "appearance gives hair of the shape portrait the "
          "colour of the appearance portrait, where one is loaded, as in the other recipes; hair leaves it its own.",
          choices=("appearance", "hair"), names_photos=True),
    Param("steps", int, 40, "Steps", "Steps of fitting the fused code to the sources; 0 takes FusionNet's answer as it "
          "is.", 0, 500),
    Param("method", str, "network", "Fusion", "network joins the codes by FusionNet; table by the channel table alone, "
          "without training.", choices=("network", "table")),
    Param("detail", str, "photo", "Detail", "photo takes eyes, mouth and background from the source photograph itself; "
          "generator changes the tones alone.", choices=("photo", "generator")),
    Param("look_weight", float, 1.0, "Nearness to the sources", "Weight of each changed region's colours and texture.",
          0.0, 10.0),
    Param("keep_weight", float, 3.0, "Keep the rest", "Weight of leaving everything else as it is.", 0.0, 20.0),
    Param("learning_rate", float, 0.02, "Learning rate", "Of the fused style code.", 1e-4, 0.5),
)


def sources(asked: Mapping[str, Any], values: Mapping[str, Any], roles: Collection[str]) -> dict[str, str]:
    """Where each region that is to change comes from, in the order of ``REGIONS``.

    Args:
        asked: values that somebody chose: a source named there counts whether or not it is loaded.
        values: of all parameters.
        roles: of the loaded portraits. A single reference gives the hair by default, whichever of the two it is.
    """
    found = {}
    for region in REGIONS:
        source, amount = values[f"{region}_from"], float(values[f"{region}_amount"])
        if source == OWN or amount <= 0:
            continue
        if source == RANDOM or source in roles or f"{region}_from" in asked:
            found[region] = source
        elif region == "hair" and "appearance" in roles:
            found[region] = "appearance"
    return found


def idle(asked: Mapping[str, Any], roles: Collection[str]) -> bool:
    """Whether nothing would change with the values somebody chose and the portraits of these roles."""
    values = {param.name: param.default for param in PARAMS} | dict(asked)
    return not sources(asked, values, roles)


INFO = RecipeInfo(
    "stylefusion", "StyleFusion",
    "Takes hair, background, clothes, skin, eyes, mouth and pose from different portraits.",
    (*PARAMS, *COMPOSITE_PARAMS),
    ("hair_from", "background_from", "clothes_from", "skin_from", "eyes_from", "mouth_from", "pose_from",
     "hair_mode"),
    (
        Group("How much", ("hair_amount", "background_amount", "clothes_amount", "skin_amount", "eyes_amount",
                           "mouth_amount", "pose_amount")),
        Group("Fusion", ("steps", "method", "detail", "look_weight", "keep_weight", "learning_rate")),
        Group("Hair on the photo", ("hair_colour_from", "recolour", "shadow", "light")),
        COMPOSITE_GROUP,
    ),
    {"draft": {"steps": 0}, "standard": {}, "fine": {"steps": 150}},
    needs_reference=False,
    accepts=("reference", "extras"),
    idle=idle,
    needs=GENERATIVE,
    uses=ENCODED,
    steps="steps",
    stages={"preview": "first look", "fusion": "joining the regions", "fit": "fitting", "finish": "finishing"},
)
