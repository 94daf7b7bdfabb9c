"""What a recipe is: declared parameters, and a generator of optimisation steps."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.document.geometry import Rect
from core.errors import InputRefused

Render = Callable[[], NDArray[np.float32]]
Patch = tuple[Rect, NDArray[np.float32]]


@dataclass(frozen=True)
class Param:
    """One adjustable value, declared once: it makes the slider, the flag, the project field and the check.

    Attributes:
        name: identifier, snake_case, stable.
        kind: bool, int, float or str.
        default: used when the caller says nothing.
        minimum, maximum: inclusive range of numbers, or None.
        choices: allowed strings, or empty.
        label, help: for people.
        names_photos: whether the choices are portraits of the run, by role.
        amount_of: name of the parameter that this one is the amount of, "" for none; both are shown in one row.
    """

    name: str
    kind: type
    default: Any
    label: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    names_photos: bool = False
    amount_of: str = ""

    def parse(self, value: Any) -> Any:
        """Turn text or a value into this parameter's kind, in range.

        Raises:
            InputRefused: not of this kind, out of range or not a choice.
        """
        try:
            if self.kind is bool and isinstance(value, str):
                parsed = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False,
                          "no": False}[value.strip().lower()]
            else:
                parsed = self.kind(value)
        except (KeyError, TypeError, ValueError) as error:
            raise InputRefused(
                f"{self.name} = {value!r} is not usable.", f"A {self.kind.__name__} is expected.", self.help
            ) from error
        numeric = isinstance(parsed, (int, float)) and not isinstance(parsed, bool)
        below = numeric and self.minimum is not None and not parsed >= self.minimum
        above = numeric and self.maximum is not None and not parsed <= self.maximum
        if below or above:
            raise InputRefused(f"{self.name} = {value} is out of range.",
                               f"It must lie between {self.minimum} and {self.maximum}.", self.help)
        if self.choices and parsed not in self.choices:
            raise InputRefused(f"{self.name} = {value!r} is unknown.", f"Choose one of {', '.join(self.choices)}.")
        return parsed


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a run, as the recipe reports it.

    Attributes:
        index, total: 1-based number of this step and how many are planned.
        stage: name of the current stage ("guide", "stage 1", ...).
        losses: current value of each term, unweighted.
        render: makes the picture as of now, [H, W, 3] float32 in 0..1, photo space of the identity; called only
            when somebody looks. None when there is nothing to see yet.
        patch: makes a preview of only what changes: its rectangle in the identity's photo space and its picture
            [h, w, 3] in 0..1, perhaps smaller than the rectangle. None as with ``render``.
        latent: makes the named arrays that restart a run from here, as of now; None before there are any.
    """

    index: int
    total: int
    stage: str
    losses: Mapping[str, float] = field(default_factory=dict)
    render: Render | None = None
    patch: Callable[[], Patch] | None = None
    latent: Callable[[], Mapping[str, NDArray[np.float32]]] | None = None


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """One of several answers of a recipe, for a contact sheet from which somebody may choose.

    Attributes:
        name: short, for people.
        picture: [s, s, 3] float32 in 0..1, working space.
        scores: figures by name that speak for or against it.
        chosen: whether the Outcome shows this one.
    """

    name: str
    picture: NDArray[np.float32]
    scores: Mapping[str, float]
    chosen: bool = False


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a recipe leaves behind when it ends, by itself or because it was stopped.

    Attributes:
        image: [H, W, 3] float32 in 0..1, photo space, before the bit-exact paste.
        mask: [H, W] float32 in 0..1; where it is exactly 0 the photo is not touched.
        latent: named arrays that restart the run from here.
        metrics: figures for the report.
        warnings: for the user.
        layers: further pictures worth keeping (plate, alpha, foreground, working-space result), by name.
        hypotheses: all answers, the chosen one among them, where the recipe has several. The same request with
            ``start`` = this latent and the parameter ``choose`` = 1-based number shows another one.
        guide: [H, W, 4] uint8 in photo space, what the run was guided by where its alpha is above 0, for people to
            edit (``Request.guide``); None where there is none.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.float32]
    latent: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    layers: Mapping[str, NDArray] = field(default_factory=dict)
    hypotheses: tuple[Hypothesis, ...] = ()
    guide: NDArray[np.uint8] | None = None


Steps = Generator[Step, None, Outcome]
"""A run under way: yields a Step per optimisation step, returns the Outcome."""

ACCEPTS = ("reference", "extras", "pictures", "guide")
"""What a recipe may accept beside what it needs: optional references, ``EXTRA_ROLES``, ``PICTURES``, a guide."""


def resolve(params: tuple[Param, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters with their values: the given ones checked, the rest by default.

    Raises:
        InputRefused: an unknown name or an unusable value.
    """
    known = {param.name: param for param in params}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InputRefused(f"Unknown parameter {unknown[0]!r}.", "This recipe does not have it.",
                           f"It has: {', '.join(sorted(known))}.")
    return {name: param.parse(given.get(name, param.default)) for name, param in known.items()}
