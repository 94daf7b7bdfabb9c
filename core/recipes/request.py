"""A run as one frozen value: what the editor, the command line and the tests hand to the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo
from core.document.roles import DEFAULT_RECIPE


@dataclass(frozen=True, eq=False)
class Request:
    """Everything a run needs; captured once, changed by nobody.

    Attributes:
        photos: by role: identity, and shape and appearance where given (one Photo may fill both); ``EXTRA_ROLES``
            for recipes that accept them.
        hair_masks: painted hair masks by role, [H, W] uint8 of that photo's size; a role without one is parsed.
        pictures: by name of ``PICTURES``, for recipes that accept them.
        guide: [H, W, 4] uint8 of the identity's size: a guide somebody edited, where its alpha is above 0; the rest
            is made as usual. None for recipes that do not accept one.
        ignore, protect: [H, W] uint8 of the identity's size, or None. Ignore: the generator invents here.
            Protect: must not change.
        reference_ignore, reference_protect: the same by role for the other portraits, of their photos' sizes. Ignore:
            something lies over hair or face there; it is filled from around it. Protect: hair that is not taken over.
        face_points: hand-set points by role (see ``core.faces``), overriding the landmarks net's alignment.
        face_index: which face by role where a photo shows several, 0 = largest.
        recipe: name in the registry.
        parameters: overrides of the recipe's declared parameters.
        seed: fixes every random choice.
        pack: name or folder of the model pack.
        device: "auto", "cpu" or "cuda".
        blend: "auto", "alpha", "poisson" or "multiband".
        steps, seconds: limits of the optimisation, None = the recipe's own.
        start: named arrays to continue from (an Outcome's latent), or empty.
        stamp: opaque tag that comes back on the Result.
    """

    photos: Mapping[str, Photo]
    hair_masks: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    ignore: NDArray[np.uint8] | None = None
    protect: NDArray[np.uint8] | None = None
    reference_ignore: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    reference_protect: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    face_points: Mapping[str, Mapping[str, NDArray[np.float64]]] = field(default_factory=dict)
    face_index: Mapping[str, int] = field(default_factory=dict)
    pictures: Mapping[str, Photo] = field(default_factory=dict)
    guide: NDArray[np.uint8] | None = None
    recipe: str = DEFAULT_RECIPE
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    pack: str = "starter"
    device: str = "auto"
    blend: str = "auto"
    steps: int | None = None
    seconds: float | None = None
    start: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    stamp: str = ""
