"""What there is to know about every recipe without loading one: what panel, command line and project files show.

A test keeps it equal to the registry, whose recipes import the networks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import InputRefused
from core.recipes.base import Param
from core.recipes.composite_params import CLASSICAL_PARAMS, COMPOSITE_PARAMS
from core.recipes.invert_params import PARAMS as INVERT_PARAMS
from core.recipes.loho_params import PARAMS as LOHO_PARAMS

PRESETS = ("draft", "standard", "fine")


@dataclass(frozen=True)
class Group:
    """Parameters that belong together, ``names`` in the order in which they are shown."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class RecipeInfo:
    """A recipe as people see it.

    Attributes:
        name, title: as in the registry.
        summary: one sentence.
        params: all its parameters.
        basic: names of the few that are shown at once.
        groups: all others, for the part that is folded away.
        presets: by name of ``PRESETS``, values that differ from the defaults; one that would be no different from
            the next lower is left out. "standard" is always there.
        needs_reference: whether it takes something from another portrait.
        accepts: what it can take beside that, of ``core.recipes.base.ACCEPTS``.
    """

    name: str
    title: str
    summary: str
    params: tuple[Param, ...]
    basic: tuple[str, ...]
    groups: tuple[Group, ...]
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"standard": {}})
    needs_reference: bool = True
    accepts: tuple[str, ...] = ()

    def advanced(self) -> tuple[Group, ...]:
        """The groups, and one more for parameters that none of them names, so that none is ever out of reach."""
        named = {*self.basic, *(name for group in self.groups for name in group.names)}
        rest = tuple(param.name for param in self.params if param.name not in named)
        return (*self.groups, Group("Other", rest)) if rest else self.groups

    def param(self, name: str) -> Param:
        """A parameter by name.

        Raises:
            KeyError: there is none of this name.
        """
        for param in self.params:
            if param.name == name:
                return param
        raise KeyError(name)

    def values(self, preset: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter's value: the defaults, a preset laid over them, and somebody's changes over both.

        A preset that this recipe does not have counts as "standard". Changes that name no parameter of the recipe,
        or hold a value it cannot take (a document of another version), are left out.
        """
        values = {param.name: param.default for param in self.params} | dict(self.presets.get(preset, {}))
        for param in self.params:
            if param.name in changes:
                with contextlib.suppress(InputRefused):
                    values[param.name] = param.parse(changes[param.name])
        return values

    def overrides(self, preset: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Of ``values``, those that differ from the defaults: what a Request carries."""
        values = self.values(preset, changes)
        return {param.name: values[param.name] for param in self.params if values[param.name] != param.default}

    def preset(self, name: str) -> dict[str, Any]:
        """What a preset sets.

        Raises:
            InputRefused: this recipe has no such preset.
        """
        if name not in self.presets:
            raise InputRefused(f"The recipe {self.name!r} has no preset {name!r}.", "",
                               f"Choose one of {', '.join(self.presets)}.")
        return dict(self.presets[name])


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
        "loho", "LOHO",
        "Grows the reference's hair with a generator. Best quality, slow.",
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
            Group("Method", ("orthogonalise", "noise_structure", "calibrate", "blocks", "masking", "gram",
                             "appearance_norm", "ring", "ring_iterations", "hair_mask_source", "parse_every")),
            _COMPOSITE_GROUP,
        ),
        {"draft": {"steps": 50}, "standard": {}, "fine": {"steps": 600}},
    ),
    RecipeInfo(
        "classical", "Classical composite",
        "Cuts the reference's hair out and fits it, without a generator. Takes seconds.",
        CLASSICAL_PARAMS,
        ("recolour", "shadow", "light", "mirror"),
        (Group("Composite", ("quick", "crown", "taper", "close_gaps", "max_yaw", "allow_covered")),),
        {"draft": {"quick": True}, "standard": {}},
    ),
    RecipeInfo(
        "invert", "Invert a portrait",
        "Reproduces the portrait itself: shows what the model pack can express.",
        INVERT_PARAMS,
        ("steps", "space", "tune_steps", "noise", "pixel_weight", "perceptual_weight"),
        (
            Group("Optimisation", ("learning_rate", "feature_rate", "noise_rate", "jitter", "encoder_start")),
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
