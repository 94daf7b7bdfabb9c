"""What there is to know about every recipe without loading one: what panel, command line and project files show.

A test keeps it equal to the registry, whose recipes import the networks.
"""

from __future__ import annotations

from core.errors import InputRefused
from core.recipes.classical.info import CLASSICAL_PARAMS
from core.recipes.info import Group, RecipeInfo
from core.recipes.invert.info import PARAMS as INVERT_PARAMS
from core.recipes.kit.composite_params import COMPOSITE_PARAMS
from core.recipes.loho.info import PARAMS as LOHO_PARAMS
from core.recipes.mgi.info import PARAMS as MGI_PARAMS
from core.recipes.salon.info import PARAMS as SALON_PARAMS
from core.recipes.style.info import PARAMS as STYLE_PARAMS
from core.recipes.stylefusion.info import PARAMS as STYLEFUSION_PARAMS
from core.recipes.stylefusion.info import idle as stylefusion_idle


def find_info(name: str) -> RecipeInfo:
    """A recipe of the catalogue.

    Raises:
        InputRefused: there is none of this name.
    """
    if name not in CATALOGUE:
        raise InputRefused(f"Unknown recipe {name!r}.", "", f"Choose one of {', '.join(sorted(CATALOGUE))}.")
    return CATALOGUE[name]


_COMPOSITE_GROUP = Group("Composite", ("mirror", "crown", "taper", "close_gaps", "max_yaw", "allow_covered"))

_INFOS = (
    RecipeInfo(
        "stylefusion", "StyleFusion",
        "Takes hair, background, clothes, skin, eyes, mouth and pose from different portraits.",
        (*STYLEFUSION_PARAMS, *COMPOSITE_PARAMS),
        ("hair_from", "background_from", "clothes_from", "skin_from", "eyes_from", "mouth_from", "pose_from",
         "hair_mode"),
        (
            Group("How much", ("hair_amount", "background_amount", "clothes_amount", "skin_amount", "eyes_amount",
                               "mouth_amount", "pose_amount")),
            Group("Fusion", ("steps", "method", "detail", "look_weight", "keep_weight", "learning_rate")),
            Group("Hair on the photo", ("hair_colour_from", "recolour", "shadow", "light")),
            _COMPOSITE_GROUP,
        ),
        {"draft": {"steps": 0}, "standard": {}, "fine": {"steps": 150}},
        needs_reference=False,
        accepts=("reference", "extras"),
        idle=stylefusion_idle,
    ),
    RecipeInfo(
        "classical", "Classical composite",
        "Cuts the reference's hair out, fits it, and mends what the old hair covered. Takes seconds.",
        CLASSICAL_PARAMS,
        ("recolour", "shadow", "light", "mirror"),
        (Group("Composite", ("quick", "repair", "crown", "taper", "close_gaps", "max_yaw", "allow_covered")),),
        {"draft": {"quick": True}, "standard": {}},
    ),
    RecipeInfo(
        "loho", "LOHO",
        "Lets a generator go on from the composite: shape, colour and strands from different portraits. Slower.",
        (*LOHO_PARAMS, *COMPOSITE_PARAMS),
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
            _COMPOSITE_GROUP,
        ),
        {"draft": {"steps": 50}, "standard": {}, "fine": {"steps": 600}},
    ),
    RecipeInfo(
        "salon", "StyleGAN Salon",
        "Turns the reference's hair into the portrait's pose first. For heads that look in different directions.",
        SALON_PARAMS,
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
    ),
    RecipeInfo(
        "mgi", "Multiple GAN Inversion",
        "Lays the reference's light and colour over the new hair in several ways, from which you may choose.",
        (*MGI_PARAMS, *COMPOSITE_PARAMS),
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
            _COMPOSITE_GROUP,
            # In the window the contact sheet itself is the place to choose.
            Group("Command line", ("choose",)),
        ),
        {"draft": {"steps": 90, "hypotheses": 3}, "standard": {}, "fine": {"steps": 2000, "hypotheses": 8}},
    ),
    RecipeInfo(
        "style", "Style transfer",
        "Draws hair, background or the whole portrait in the manner of other pictures.",
        STYLE_PARAMS,
        ("where", "strength", "keep_colour", "method", "face", "detail", "size", "sample"),
        (
            Group("Several styles", ("weight1", "weight2", "weight3", "weight4")),
            Group("Drawing", ("forms", "spread")),
            Group("Optimisation (gatys)", ("steps", "content_weight", "style_weight", "smoothness", "rate")),
        ),
        {"draft": {"size": 384}, "standard": {}, "fine": {"method": "gatys", "steps": 200}},
        needs_reference=False,
        accepts=("reference", "pictures"),
    ),
    RecipeInfo(
        "invert", "Invert a portrait",
        "Reproduces the portrait itself: shows what the model pack can express.",
        INVERT_PARAMS,
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
    ),
)

CATALOGUE: dict[str, RecipeInfo] = {info.name: info for info in _INFOS}
"""All recipes by name, in the order in which they are offered."""
