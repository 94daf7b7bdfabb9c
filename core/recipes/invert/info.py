"""The adjustable values of the inversion, each declared once with its default and its reason."""

from __future__ import annotations

from core.recipes.base import Param
from core.recipes.info import ENCODED, GENERATIVE, Group, RecipeInfo

SPACES = ("w", "w+", "s", "f", "multi")
TUNE_STEPS = 50
"""Steps of pivotal tuning where somebody only says that they want it."""

PARAMS: tuple[Param, ...] = (
    Param("space", str, "f", "Latent space", "w: one vector; w+: one per layer; s: channel styles; f: w+, then noise "
          "and the feature map, which reproduces best; multi: several codes mixed halfway.", choices=SPACES),
    Param("steps", int, 150, "Steps", "Optimisation steps.", 1, 5000),
    Param("learning_rate", float, 0.2, "Learning rate", "Peak step of the latent vectors, in spreads of W.",
          0.0, 10.0),
    Param("style_rate", float, 0.1, "Style rate", "Peak step of the channel styles, with the space s.", 0.0, 10.0),
    Param("feature_rate", float, 0.03, "Feature map rate", "Peak step of the feature map.", 0.0, 10.0),
    Param("noise_rate", float, 0.03, "Noise rate", "Peak step of the noise maps.", 0.0, 10.0),
    Param("pixel_weight", float, 20.0, "Pixel weight", "Weight of the mean squared colour difference.", 0.0, 1000.0),
    Param("perceptual_weight", float, 1.0, "Feature weight", "Weight of the feature distance.", 0.0, 1000.0),
    Param("noise_weight", float, 1e5, "Noise regularisation", "Keeps noise maps free of picture content.", 0.0, 1e7),
    Param("prior_weight", float, 0.02, "Start prior", "Pull towards the encoder's answer, outside a dead zone.",
          0.0, 100.0),
    Param("jitter", float, 0.0, "Latent jitter", "Random shaking of the latents at the beginning; 0.05 when there is "
          "no encoder start.", 0.0, 1.0),
    Param("encoder_start", bool, True, "Encoder start", "Start from the encoder's answer; off: from the mean face."),
    Param("blocks", str, "sum", "Blocks", "Whether feature blocks are summed or averaged.", choices=("sum", "mean")),
    Param("noise", str, "auto", "Noise maps", "Whether the noise maps are optimised in the last stage; auto: with s "
          "and f only.", choices=("auto", "on", "off")),
    Param("codes", int, 10, "Codes", "Number of codes, with the space multi.", 1, 64),
    Param("compose_at", str, "16", "Composing layer", "Side in pixels of the activations at which the codes are mixed, "
          "with the space multi.", choices=("4", "8", "16", "32", "64")),
    Param("code_spread", float, 0.3, "Code spread", "How far apart the codes start; 1: like random faces.", 0.0, 2.0),
    Param("importance_rate", float, 0.1, "Importance rate", "Peak step of each code's say in each channel.",
          0.0, 10.0),
    Param("tune_steps", int, 0, "Tuning steps", "Steps after the others in which a copy of the generator bends towards "
          "the portrait (pivotal tuning); 0: none.", 0, 5000),
    Param("tune_rate", float, 1e-3, "Tuning rate", "Peak step of the generator's weights.", 0.0, 1.0),
    Param("tune_locality", float, 0.1, "Tuning locality", "How firmly the bent generator keeps its other faces.",
          0.0, 100.0),
    Param("tune_radius", float, 0.7, "Tuning radius", "How far from the portrait those other faces are; 1: the spread "
          "of all faces.", 0.0, 10.0),
)

INFO = RecipeInfo(
    "invert", "Invert a portrait",
    "Reproduces the portrait itself: shows what the model pack can express.",
    PARAMS,
    ("steps", "space", "tune_steps", "noise", "pixel_weight", "perceptual_weight"),
    (
        Group("Optimisation", ("learning_rate", "style_rate", "feature_rate", "noise_rate", "jitter",
                               "encoder_start")),
        Group("Several codes", ("codes", "compose_at", "code_spread", "importance_rate")),
        Group("Tuning", ("tune_rate", "tune_locality", "tune_radius")),
        Group("Regularisation", ("noise_weight", "prior_weight")),
        Group("Method", ("blocks",)),
    ),
    {"draft": {"steps": 30}, "standard": {}, "fine": {"steps": 400}},
    needs_reference=False,
    photo_space=False,
    needs=GENERATIVE,
    uses=ENCODED,
    without_encoder={"encoder_start": False},
    steps="steps",
    stages={"W": "finding the face's code", "W+": "one code per layer", "S": "channel styles",
            "F": "feature map and noise", "codes": "mixing codes", "tuning": "bending the generator"},
)
