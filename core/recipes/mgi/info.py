"""The adjustable values of Multiple GAN Inversion, each declared once with its default and its reason."""

from __future__ import annotations

from core.recipes.base import Param
from core.recipes.info import ENCODED, GENERATIVE, Group, RecipeInfo
from core.recipes.kit.composite_params import COMPOSITE_GROUP, COMPOSITE_PARAMS

SPACES = ("all", "codes", "plain")
SELECTORS = ("judge", "natural")
MOST = 12
"""Hypotheses at most."""

PARAMS: tuple[Param, ...] = (
    Param("steps", int, 900, "Steps", "Optimisation steps, all hypotheses together.", 1, 20000),
    Param("hypotheses", int, 6, "Hypotheses", "How many ways of reproducing the target compete; after every round the "
          "better half goes on.", 1, MOST),
    Param("spaces", str, "all", "Kinds", "codes: several codes mixed halfway, as in the paper; plain: feature maps of "
          "several sizes, W+, channel styles, W; all: half of the one, half of the other.", choices=SPACES),
    Param("selector", str, "judge", "Chosen by", "judge: nearness to the target, agreement of the hair, seam and "
          "distance of the latents from the mean; natural: how much the picture's features are like those of "
          "portraits, which stands for the paper's FID.", choices=SELECTORS),
    Param("choose", int, 0, "Choice", "0: the selector's; otherwise the hypothesis of this number on the contact "
          "sheet.", 0, MOST),
    Param("hair_share", float, 0.9, "Warped hair", "How far the new hair takes on light and colour as the appearance "
          "portrait has them in the like places; only where that is another portrait than the shape's.", 0.0, 1.0),
    Param("backdrop", float, 0.0, "Removed background", "How far the generator may change background behind removed "
          "hair; a small generator does no better there than the fill.", 0.0, 1.0),
    Param("repair", bool, True, "Repair", "Let a trained network correct light and colour of what is put where old "
          "hair was."),
    Param("positions", int, 64, "Warp positions", "Places per side at which the warp compares the portraits; 64 in "
          "CoCosNet.", 8, 128),
    Param("temperature", float, 0.01, "Warp temperature", "Below it a likeness counts as the same; 0.01 in CoCosNet, "
          "large ones average.", 0.001, 1.0),
    Param("coherence", float, 0.3, "Coherence", "Likeness that a match loses a quarter of the picture away, so that "
          "neighbours are taken from neighbours; 0 in the paper, whose features were trained for this.", 0.0, 10.0),
    Param("centre", str, "region", "Centred over", "Where the means are taken that features lose before they are "
          "compared: in the hair, so that its colour does not decide; or in the whole image (paper).",
          choices=("region", "image")),
    Param("match_light", float, 1.0, "Light of the guide", "How far the warped hair keeps the mean colour of the "
          "composite's hair, which is matched to the portrait's light; 0: the appearance photo's own.", 0.0, 1.0),
    Param("softness", float, 3.0, "Softness", "Blur of what the warp changes, in 64ths of the picture: detail below it "
          "stays the guide's, since the warp's own is a patchwork; 0 in the paper.", 0.0, 16.0),
    Param("largest_change", float, 0.125, "Largest change", "Of a channel by the warp, of the 1 between black and "
          "white: fine strands that more is added to turn grey. 1: no limit, as in the paper.", 0.0, 1.0),
    Param("layer_from", int, 4, "Composing layer from", "Shallowest layer at which codes are mixed, counted as in the "
          "paper: 4 is 8 px, 6 is 16 px, 8 is 32 px.", 1, 10),
    Param("layer_to", int, 8, "Composing layer to", "Deepest layer at which codes are mixed.", 1, 10),
    Param("codes_from", int, 10, "Fewest codes", "Codes at the deepest composing layer, where each costs most.", 1, 64),
    Param("codes_to", int, 40, "Most codes", "Codes at the shallowest composing layer.", 1, 64),
    Param("codes_map", bool, True, "Codes with a map", "Let mixed codes have a free map at the composing layer too; "
          "off: codes and their importance only, as in the paper, which a small generator is too weak for."),
    Param("code_spread", float, 0.3, "Code spread", "How far apart the codes start; 1: like random faces.", 0.0, 2.0),
    Param("learning_rate", float, 0.2, "Learning rate", "Peak step of the latent vectors, in spreads of W.",
          0.0, 10.0),
    Param("style_rate", float, 0.03, "Style rate", "Peak step of hypotheses in S space.", 0.0, 10.0),
    Param("feature_rate", float, 0.03, "Feature map rate", "Peak step of the feature map.", 0.0, 10.0),
    Param("importance_rate", float, 0.1, "Importance rate", "Peak step of each code's say in each channel.",
          0.0, 10.0),
    Param("shrink", int, 2, "Compared at", "The picture is compared at 1/this of its size; 4 in the paper, whose "
          "target is that much coarser than its generator.", 1, 4),
    Param("pixel_weight", float, 20.0, "Pixel weight", "Weight of the mean squared colour difference.", 0.0, 1000.0),
    Param("perceptual_weight", float, 1.0, "Feature weight", "Weight of the feature distance.", 0.0, 1000.0),
    Param("background_weight", float, 0.2, "Background", "Weight of visible background, where the person has 1.",
          0.0, 1.0),
    Param("plate_weight", float, 0.2, "Filled areas", "Weight of classically filled areas.", 0.0, 1.0),
    Param("hair_weight", float, 1.0, "Hair", "Weight of the new hair, where the person has 1.", 0.0, 10.0),
    Param("tint_weight", float, 20.0, "Tint of invented areas", "Weight of the coarse comparison with the guide where "
          "the generator invents.", 0.0, 1000.0),
    Param("prior_weight", float, 0.02, "Start prior", "Pull towards the encoder's answer, outside a dead zone.",
          0.0, 100.0),
)

INFO = RecipeInfo(
    "mgi", "Multiple GAN Inversion",
    "Lays the reference's light and colour over the new hair in several ways, from which you may choose.",
    (*PARAMS, *COMPOSITE_PARAMS),
    ("selector", "hypotheses", "steps", "hair_share", "recolour", "shadow", "light"),
    (
        Group("Warped look", ("match_light", "softness", "largest_change", "coherence", "positions", "temperature",
                               "centre")),
        Group("Hypotheses", ("spaces", "layer_from", "layer_to", "codes_from", "codes_to", "codes_map",
                             "code_spread")),
        Group("Optimisation", ("learning_rate", "style_rate", "feature_rate", "importance_rate",
                               "shrink")),
        Group("Target", ("pixel_weight", "perceptual_weight", "hair_weight", "background_weight", "plate_weight",
                         "tint_weight", "prior_weight")),
        Group("Invented areas", ("repair", "backdrop")),
        COMPOSITE_GROUP,
        # In the window the contact sheet itself is the place to choose.
        Group("Command line", ("choose",)),
    ),
    {"draft": {"steps": 90, "hypotheses": 3}, "standard": {}, "fine": {"steps": 2000, "hypotheses": 8}},
    needs=GENERATIVE,
    uses=ENCODED,
    steps="steps",
    stages={"guide": "fitting the hair", "target": "preparing the goal", "round": "round"},
)
