"""The adjustable values of the StyleGAN Salon recipe, each declared once with its default and its reason."""

from __future__ import annotations

from dataclasses import replace

from core.recipes.base import Param
from core.recipes.info import ENCODED, GENERATIVE, Group, RecipeInfo
from core.recipes.kit.composite_params import COMPOSITE_PARAMS

OWN_PARAMS: tuple[Param, ...] = (
    Param("steps", int, 120, "Steps", "Steps of the latents, both stages together; each moves both views.", 1, 10000),
    Param("tune_steps", int, 20, "Tuning steps", "Steps after the others in which a copy of the generator bends "
          "towards both guides; 0: none.", 0, 5000),
    Param("turn", float, 1.0, "Turn the hair", "How far the reference's head is turned into the portrait's pose; 0: "
          "hair as it was photographed.", 0.0, 1.0),
    Param("hidden", float, 0.7, "Unseen hair", "How far the generator may change hair on the side that the reference "
          "photo does not show.", 0.0, 1.0),
    Param("hair_share", float, 0.0, "Generated hair", "How far the generator may change the new hair everywhere; 1 in "
          "the original, where the whole picture is generated.", 0.0, 1.0),
    Param("backdrop", float, 0.0, "Removed background", "How far the generator may change background behind removed "
          "hair; a small generator does no better there than the fill.", 0.0, 1.0),
    Param("repair", bool, True, "Repair", "Let a trained network correct light and colour of what is put where old "
          "hair was."),
    Param("rebuild", bool, True, "Second opinion", "After the first stage the guides take the generator's answer "
          "where nothing was known; off: the first guides stay."),
    Param("stage_switch", float, 0.667, "Stage switch", "Share of the steps after which every layer moves by itself.",
          0.0, 1.0),
    Param("head_layers", int, 0, "Own layers", "First layers of the generator that each view has for itself; the rest "
          "is shared. 0: as many as 4 of 18 are, in proportion.", 0, 18),
    Param("learning_rate", float, 0.05, "Learning rate", "Peak step of the latent vectors, in spreads of W; 0.2 from "
          "the mean face.", 0.0, 10.0),
    Param("noise_rate", float, 0.02, "Noise rate", "Peak step of the noise maps.", 0.0, 10.0),
    Param("feature_rate", float, 0.005, "Feature map rate", "Peak step of the feature maps; larger and they paint "
          "blotches where little is known.", 0.0, 10.0),
    Param("features", bool, True, "Feature maps", "Let an added feature map per view carry what the latent vectors "
          "cannot; off: latent vectors and noise only, as in the original."),
    Param("release", float, 1.0, "Release", "How far the feature maps are emptied at the start where the generator is "
          "to invent; 0 keeps the guides' flaws.", 0.0, 1.0),
    Param("encoder_start", bool, True, "Encoder start", "Start from the encoder's answer to the guides; off: from the "
          "mean face, as in the original."),
    Param("calibrate", bool, True, "Calibrate", "Divide every feature term by its own size in its target, so that "
          "weights mean the same on any feature network; off: raw values, as in the original."),
    Param("loss_size", int, 128, "Loss size", "Longest side at which both views are compared with their guides; 256 in "
          "the original, a quarter of its generator's. At full size a small generator pleases the feature network with "
          "hard contrasts.", 32, 1024),
    Param("face_weight", float, 0.3, "Face", "Multiplies the weights of the face terms; 1 in the original, whose "
          "feature network is a larger one.", 0.0, 100.0),
    Param("hair_weight", float, 0.3, "Hair", "Multiplies the weights of the hair terms; 1 in the original.",
          0.0, 100.0),
    Param("background_weight", float, 1.0, "Background", "Weight of background that both views show; 4 in the "
          "original.", 0.0, 1000.0),
    Param("coarse_weight", float, 10.0, "Coarse guide", "Weight of the blurred comparison with the whole guide, with a "
          "dead zone; 2 in the original, whose feature network sees colour better.", 0.0, 1000.0),
    Param("pixel_weight", float, 10.0, "Colour", "Weight of the colour difference where the guide is a photograph; 0 "
          "in the original.", 0.0, 1000.0),
    Param("tint_weight", float, 20.0, "Tint of invented areas", "Weight of the coarse comparison with the guide where "
          "the generator invents, so that skin keeps its colour; 0 in the original.", 0.0, 1000.0),
    Param("cross_weight", float, 6.0, "Alike views", "Pull between the two views' own layers, outside a dead zone; two "
          "thirds of it in the second stage.", 0.0, 1000.0),
    Param("prior_weight", float, 2.0, "Start prior", "Pull towards the start latent, outside a dead zone of a tenth of "
          "W's spread.", 0.0, 100.0),
    Param("noise_weight", float, 1e5, "Noise regularisation", "Keeps noise maps free of picture content.", 0.0, 1e7),
    Param("tune_rate", float, 1e-3, "Tuning rate", "Peak step of the generator's weights; 3e-4 in the original, which "
          "takes 500 steps.", 0.0, 1.0),
    Param("tune_locality", float, 0.1, "Tuning locality", "How firmly the bent generator keeps its other faces.",
          0.0, 100.0),
    Param("tune_radius", float, 0.7, "Tuning radius", "How far from the portrait those other faces are; 1: the spread "
          "of all faces.", 0.0, 10.0),
    Param("tune_goal", float, 0.06, "Tuning goal", "Feature distance of both views at which the tuning ends early.",
          0.0, 10.0),
)

PARAMS: tuple[Param, ...] = (
    *OWN_PARAMS,
    *(replace(param, default=60.0) if param.name == "max_yaw" else param for param in COMPOSITE_PARAMS),
)

INFO = RecipeInfo(
    "salon", "StyleGAN Salon",
    "Turns the reference's hair into the portrait's pose first. For heads that look in different directions.",
    PARAMS,
    ("turn", "steps", "tune_steps", "hidden", "recolour", "shadow", "light", "mirror"),
    (
        Group("Optimisation", ("stage_switch", "learning_rate", "feature_rate", "noise_rate", "encoder_start",
                               "features", "release", "head_layers")),
        Group("Guides and invented areas", ("rebuild", "repair", "hair_share", "backdrop", "coarse_weight",
                                            "tint_weight")),
        Group("Both views", ("face_weight", "hair_weight", "background_weight", "pixel_weight", "cross_weight",
                             "calibrate", "loss_size")),
        Group("Tuning", ("tune_rate", "tune_locality", "tune_radius", "tune_goal")),
        Group("Regularisation", ("noise_weight", "prior_weight")),
        Group("Composite", ("crown", "taper", "close_gaps", "max_yaw", "allow_covered")),
    ),
    {"draft": {"steps": 30, "tune_steps": 0}, "standard": {}, "fine": {"steps": 400, "tune_steps": 60}},
    accepts=("guide",),
    needs=GENERATIVE,
    uses=ENCODED,
    without_encoder={"encoder_start": False},
    steps="steps",
    stages={"guide": "fitting the hair", "W": "stage 1/2", "W+": "stage 2/2", "tuning": "bending the generator"},
)
