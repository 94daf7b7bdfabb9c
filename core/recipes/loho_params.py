"""The adjustable values of the LOHO recipe, each declared once with its default and its reason."""

from __future__ import annotations

from core.recipes.base import Param

PARAMS: tuple[Param, ...] = (
    Param("steps", int, 200, "Steps", "Optimisation steps, both stages together.", 1, 10000),
    Param("repair", bool, True, "Repair", "Let a trained network correct light and colour of what is put where old "
          "hair was."),
    Param("backdrop", float, 0.0, "Removed background", "How far the generator may change background behind removed "
          "hair; a small generator does no better there than the fill.", 0.0, 1.0),
    Param("stage_switch", float, 0.5, "Stage switch", "Share of the steps after which hair colour and texture join.",
          0.0, 1.0),
    Param("learning_rate", float, 0.02, "Learning rate", "Peak step of the latent vectors; 0.1 from the mean face.",
          0.0, 10.0),
    Param("feature_rate", float, 0.02, "Feature map rate", "Peak step of the feature map.", 0.0, 10.0),
    Param("noise_rate", float, 0.02, "Noise rate", "Peak step of the noise maps.", 0.0, 10.0),
    Param("jitter", float, 0.0, "Latent jitter", "Random shaking of the latents in the first three quarters; 0.05 in "
          "the original, which starts from the mean face.", 0.0, 1.0),
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
    Param("plate_weight", float, 0.2, "Filled areas", "Weight of classically filled areas in the identity terms.",
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
    Param("prior_weight", float, 0.1, "Start prior", "Pull towards the start latent, outside a dead zone; 0 in the "
          "original.", 0.0, 100.0),
    Param("orthogonalise", bool, True, "Orthogonalise", "Remove from the structure gradient what would bring back the "
          "shape reference's own colour and texture (stage 2)."),
    Param("blocks", str, "sum", "Blocks", "Whether feature blocks are summed (LOHO's code) or averaged (its slides).",
          choices=("sum", "mean")),
    Param("gram", str, "area", "Gram normalisation", "area: by the hair's own area; map: by the whole map, as in the "
          "original.", choices=("area", "map")),
    Param("hair_mask_source", str, "user", "Hair mask of the result", "user: the planned hair; parser: the regions net "
          "on the present picture; union: the plan, and the net inside the ignored ring.",
          choices=("user", "parser", "union")),
    Param("parse_every", int, 0, "Parse every", "Steps between two runs of the regions net in stage 2; 0 = "
          "once, at the stage switch, as in the original.", 0, 10000),
)
