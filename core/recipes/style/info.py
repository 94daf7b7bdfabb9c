"""The adjustable values of style transfer, declared where nothing heavy is imported."""

from __future__ import annotations

from core.recipes.base import Param
from core.recipes.info import FEATURES, Group, RecipeInfo

WHERE = ("portrait", "hair", "background")
METHODS = ("fast", "gatys")
KEEP_COLOUR = ("auto", "no", "luminance", "coral")

PARAMS: tuple[Param, ...] = (
    Param("where", str, "portrait", "Where", "portrait: the whole picture; hair or background: only that part, with "
          "soft edges.", choices=WHERE),
    Param("strength", float, 0.7, "Strength", "0 leaves the photo as it is, 1 is all style.", 0.0, 1.0),
    Param("keep_colour", str, "auto", "Keep colours", "luminance: only light and dark come from the style; coral: the "
          "style's drawing in the photo's range of colours; auto: coral for a style drawn at random, no for a given "
          "one.", choices=KEEP_COLOUR),
    Param("method", str, "fast", "Method", "fast: one pass of the style network; gatys: optimises the picture itself, "
          "finer drawing, takes a minute or two.", choices=METHODS),
    Param("face", float, 0.5, "Spare the face", "How much of eyes, mouth and skin stays out of the style when the "
          "whole picture gets it.", 0.0, 1.0),
    Param("detail", float, 0.5, "Photo detail", "How much of the photo's fine detail (strands, lashes, grain) is laid "
          "over the style.", 0.0, 1.0),
    Param("forms", float, 0.8, "Keep the forms", "How much large areas keep the photo's light and dark, in the style's "
          "colours; 0 leaves them to the style network.", 0.0, 1.0),
    Param("size", int, 640, "Working size", "Longest side in pixels at which the style is drawn: smaller makes larger "
          "strokes and is faster.", 192, 1024),
    Param("sample", bool, False, "Draw a new style", "Ignore all given styles and draw one at random; the seed decides "
          "which. Without any given style this happens anyway."),
    Param("weight1", float, 1.0, "Weight of style 1", "Share of the first style among several.", 0.0, 1.0),
    Param("weight2", float, 1.0, "Weight of style 2", "Share of the second style among several.", 0.0, 1.0),
    Param("weight3", float, 1.0, "Weight of style 3", "Share of the third style among several.", 0.0, 1.0),
    Param("weight4", float, 1.0, "Weight of style 4", "Share of the fourth style among several.", 0.0, 1.0),
    Param("spread", float, 1.0, "Boldness of drawn styles", "How far a drawn style lies from the average one.", 0.0,
          2.0),
    Param("steps", int, 100, "Steps", "Optimisation steps of gatys.", 1, 1000),
    Param("content_weight", float, 1.0, "Content", "gatys: weight of the forms of the photo.", 0.0, 100.0),
    Param("style_weight", float, 1.0, "Style", "gatys: weight of the style's textures.", 0.0, 100.0),
    Param("smoothness", float, 1.0, "Smoothness", "gatys: weight against speckles.", 0.0, 100.0),
    Param("rate", float, 0.03, "Step size", "gatys: peak step of a pixel, of a range of 2.", 0.001, 0.2),
)
"""Of the recipe ``style``."""

INFO = RecipeInfo(
    "style", "Style transfer",
    "Draws hair, background or the whole portrait in the manner of other pictures.",
    PARAMS,
    ("where", "strength", "keep_colour", "method", "face", "detail", "size", "sample"),
    (
        Group("Several styles", ("weight1", "weight2", "weight3", "weight4")),
        Group("Drawing", ("forms", "spread")),
        Group("Optimisation (gatys)", ("steps", "content_weight", "style_weight", "smoothness", "rate")),
    ),
    {"draft": {"size": 384}, "standard": {}, "fine": {"method": "gatys", "steps": 200}},
    needs_reference=False,
    accepts=("reference", "pictures"),
    needs=(FEATURES,),
    uses=("style",),
    steps="steps",
    stages={"look": "first look", "style": "painting", "gatys": "painting"},
)
