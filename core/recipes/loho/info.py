"""The adjustable values of the LOHO recipe, each declared once with its default and its reason.

Where the paper's slides and its official code differ (docs/methods/loho.md, Differences) there is a parameter for
either. Three of the fifteen differences leave nothing to choose: the mask of the identity's face is what lies outside
the grown hair (the slides' formula and the code agree, only a caption is wrong), soft blending needs none of the code's
supplied masks and backgrounds since alpha matte and fill are computed, and masks have their photo's own size.
"""

from __future__ import annotations

from core.recipes.base import Param
from core.recipes.info import ENCODED, GENERATIVE, Group, RecipeInfo
from core.recipes.kit.composite_params import COMPOSITE_GROUP, COMPOSITE_PARAMS

ATTRIBUTES = ("all", "shape", "appearance", "style", "look", "shape+style")
"""What a run takes from other portraits; the rest stays the portrait's own."""

PARAMS: tuple[Param, ...] = (
    Param("steps", int, 200, "Steps", "Optimisation steps, both stages together.", 1, 10000),
    Param("attributes", str, "all", "Take over", "What comes from the reference. shape: outline and structure, in the "
          "portrait's own colour. appearance: colour only. style: strand texture only, in the own outline and colour. "
          "look: colour and strands, in the own outline. all: everything, as in the paper.", choices=ATTRIBUTES),
    Param("strands", float, 1.0, "Strands", "How much of the reference's strands is laid over the hair where style is "
          "named in what is taken over; the paper leaves that to the generator, which is too coarse for strands.",
          0.0, 1.0),
    Param("hair_share", float, 0.0, "Generated hair", "How far the generator may change the new hair itself; 1 in the "
          "original, where all hair is generated. 0: a photograph's strands are finer than a small generator's.",
          0.0, 1.0),
    Param("repair", bool, True, "Repair", "Let a trained network correct light and colour of what is put where old "
          "hair was."),
    Param("backdrop", float, 0.0, "Removed background", "How far the generator may change background behind removed "
          "hair; a small generator does no better there than the fill.", 0.0, 1.0),
    Param("stage_switch", float, 0.5, "Stage switch", "Share of the steps after which hair colour and texture join.",
          0.0, 1.0),
    Param("rate_curve", str, "ramps", "Rate curve", "ramps: up over 5 %, down over the last 25 % of all steps "
          "(official code), which spares the start latent; cosine: down from the first step (slides).",
          choices=("ramps", "cosine")),
    Param("learning_rate", float, 0.05, "Learning rate", "Peak step of the latent vectors, in spreads of W; 0.2 from "
          "the mean face.", 0.0, 10.0),
    Param("feature_rate", float, 0.02, "Feature map rate", "Peak step of the feature map.", 0.0, 10.0),
    Param("noise_rate", float, 0.02, "Noise rate", "Peak step of the noise maps.", 0.0, 10.0),
    Param("jitter", float, 0.0, "Latent jitter", "Random shaking of the latents in the first three quarters; 0.05 in "
          "the official code, which starts from the mean face; the slides name none. 0: the encoder's start is better "
          "than what shaking finds.", 0.0, 1.0),
    Param("jitter_end", float, 0.75, "End of jitter", "Share of the steps after which the jitter is gone; 0.75 in the "
          "official code.", 0.01, 1.0),
    Param("encoder_start", bool, True, "Encoder start", "Start from the encoder's answer to the guide; off: from the "
          "mean face, as in the original."),
    Param("features", bool, True, "Feature map", "Let an added feature map carry what the latent vectors cannot; off: "
          "latent vectors and noise only, as in the original."),
    Param("release", float, 1.0, "Release", "How far the feature map is emptied at the start where the generator is to "
          "invent; 0 keeps the guide's flaws.", 0.0, 1.0),
    Param("identity_weight", float, 1.0, "Identity", "Weight of the feature distance to the portrait.", 0.0, 1000.0),
    Param("pixel_weight", float, 10.0, "Identity colour", "Weight of the colour difference to the portrait; 0 in the "
          "original.", 0.0, 1000.0),
    Param("background_weight", float, 0.2, "Background", "Weight of visible background in the identity terms; 0 in the "
          "original.", 0.0, 1.0),
    Param("plate_weight", float, 1.0, "Filled areas", "Weight of classically filled areas in the identity terms.",
          0.0, 1.0),
    Param("hair_weight", float, 0.5, "Hair of the guide", "Weight of the guide's own hair in the identity terms, "
          "where the person has 1; 0 in the original.", 0.0, 1.0),
    Param("structure_weight", float, 1.0, "Hair structure", "Weight of the hair-structure feature distance.",
          0.0, 1000.0),
    Param("calibrate", bool, True, "Calibrate", "Divide every feature term by its own size in its target, so that "
          "weights mean the same on any feature network; off: raw values, as in the original."),
    Param("appearance_weight", float, 2.0, "Hair colour", "Weight of the mean first-layer features of the hair; 40 "
          "without calibration in the original.", 0.0, 1e6),
    Param("style_weight", float, 0.5, "Hair texture", "Weight of the Gram matrices of the hair; 15000 without "
          "calibration in the original.", 0.0, 1e9),
    Param("removed_weight", float, 10.0, "Old hair removed", "Weight of the coarse comparison with the guide where old "
          "hair must go; 0 in the original, which leaves trails there.", 0.0, 1000.0),
    Param("tint_weight", float, 20.0, "Tint of invented areas", "Weight of the coarse comparison with the guide where "
          "the generator invents, so that skin keeps its colour; 0 in the original.", 0.0, 1000.0),
    Param("guide_weight", float, 2.0, "Guide", "Weight of the coarse comparison with the guide everywhere, with a dead "
          "zone; 0 in the original.", 0.0, 1000.0),
    Param("noise_weight", float, 1e5, "Noise regularisation", "Keeps noise maps free of picture content.", 0.0, 1e7),
    Param("renormalise_noise", bool, True, "Normalise noise", "Bring every noise map back to mean 0 and deviation 1 "
          "after each step (official code), so that no picture hides in it; the slides do not name it."),
    Param("noise_structure", bool, False, "Structure moves noise", "Let the structure loss move the noise maps in "
          "stage 2 as well (slides); off, as in the official code, since a map has no layers to orthogonalise."),
    Param("prior_weight", float, 2.0, "Start prior", "Pull towards the start latent, outside a dead zone; 0 in the "
          "original.", 0.0, 100.0),
    Param("orthogonalise", bool, True, "Orthogonalise", "Keep hair structure and the wanted colour and texture from "
          "pulling against each other (stage 2); on in the paper and its code. Off: every gradient as it is."),
    Param("gives_way", str, "look", "Gives way", "Whose gradient is orthogonalised. look: colour and texture lose what "
          "would undo the structure, which keeps the hair's shape. structure: the structure loses what would bring "
          "back the shape reference's own colour and texture (paper and official code).",
          choices=("look", "structure")),
    Param("blocks", str, "sum", "Blocks", "Whether feature blocks are summed (official code) or averaged (slides: a "
          "fifth of the identity and half of the structure term). Sum: our weights are for it.",
          choices=("sum", "mean")),
    Param("masking", str, "features", "Masking", "features: the network sees whole pictures and the difference is "
          "masked (official code), so that no made-up edge counts; images: pictures are masked before it (slides). "
          "Colour and texture mask the picture either way, and in the code the features too.",
          choices=("features", "images")),
    Param("gram", str, "area", "Gram normalisation", "area: by the hair's own area, ours, so that the term does not "
          "shrink with the hair; map: by the whole map (official code); plain: not at all (slides).",
          choices=("area", "map", "plain")),
    Param("appearance_norm", str, "mean", "Colour norm", "mean: mean square over the channels (official code), equal "
          "on networks of any width; sum: squared norm (slides), as many times larger as there are channels.",
          choices=("mean", "sum")),
    Param("ring", str, "iterations", "Ring", "How the ignored ring around the new hair is made. iterations: a number "
          "of steps of a 3 x 3 cross (official code), so that its width is known; share: grown and shrunk by 20 % of "
          "the hair's area (slides).", choices=("iterations", "share")),
    Param("ring_iterations", int, 5, "Ring width", "Steps of the cross at 256 px, other sizes in proportion; 5 in the "
          "official code.", 0, 60),
    Param("loss_size", int, 128, "Loss size", "Longest side at which losses are computed; 256 in the official code, "
          "a quarter of its generator's. Larger costs time, and there a small generator pleases the feature network "
          "with worm-like patterns. The result always has the photo's own size.", 32, 1024),
    Param("hair_mask_source", str, "user", "Hair mask of the result", "user: the planned hair; parser: the regions net "
          "on the present picture; union: the plan, and the net inside the ignored ring.",
          choices=("user", "parser", "union")),
    Param("parse_every", int, 0, "Parse every", "Steps between two runs of the regions net in stage 2; 0 = "
          "once, at the stage switch (official code), 1 = always current (slides). 0: the plan hardly moves.",
          0, 10000),
)

SLIDES: dict[str, object] = {
    "ring": "share", "blocks": "mean", "masking": "images", "appearance_norm": "sum", "gram": "plain",
    "rate_curve": "cosine", "jitter": 0.0, "renormalise_noise": False, "hair_mask_source": "parser", "parse_every": 1,
    "orthogonalise": True, "gives_way": "structure", "noise_structure": True,
}
"""The method as its slides describe it, where they differ from the code (docs/methods/loho.md, Differences)."""

CODE: dict[str, object] = {
    "ring": "iterations", "ring_iterations": 5, "blocks": "sum", "masking": "features", "appearance_norm": "mean",
    "gram": "map", "rate_curve": "ramps", "jitter": 0.05, "jitter_end": 0.75, "renormalise_noise": True,
    "hair_mask_source": "parser", "parse_every": 0, "orthogonalise": True, "gives_way": "structure",
    "loss_size": 256, "noise_structure": False,
}
"""The method as its official code has it."""

INFO = RecipeInfo(
    "loho", "LOHO",
    "Lets a generator go on from the composite: shape, colour and strands from different portraits. Slower.",
    (*PARAMS, *COMPOSITE_PARAMS),
    ("attributes", "steps", "structure_weight", "appearance_weight", "style_weight", "recolour", "shadow",
     "light"),
    (
        Group("Optimisation", ("stage_switch", "learning_rate", "feature_rate", "noise_rate", "rate_curve",
                               "jitter", "jitter_end", "encoder_start", "features", "release", "loss_size")),
        Group("Identity", ("identity_weight", "pixel_weight", "background_weight", "plate_weight", "hair_weight")),
        Group("Guide and invented areas", ("strands", "hair_share", "repair", "backdrop", "guide_weight",
                                           "tint_weight", "removed_weight")),
        Group("Regularisation", ("noise_weight", "renormalise_noise", "prior_weight")),
        Group("Method", ("orthogonalise", "gives_way", "noise_structure", "calibrate", "blocks", "masking",
                         "gram", "appearance_norm", "ring", "ring_iterations", "hair_mask_source", "parse_every")),
        COMPOSITE_GROUP,
    ),
    {"draft": {"steps": 50}, "standard": {}, "fine": {"steps": 600}},
    needs=GENERATIVE,
    uses=ENCODED,
    without_encoder={"encoder_start": False},
    steps="steps",
    stages={"guide": "fitting the hair", "stage 1": "stage 1/2", "stage 2": "stage 2/2"},
)
