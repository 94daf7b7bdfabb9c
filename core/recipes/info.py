"""What there is to know about a recipe without loading it: what panel, command line and project files show."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.document.roles import EXTRA_ROLES, PICTURES
from core.errors import InputRefused
from core.recipes.base import Param, resolve

PRESETS = ("draft", "standard", "fine")
FEATURES = "features"
GENERATIVE = ("generator", FEATURES)
"""What a recipe needs that optimises a generator's latents."""
ENCODED = ("encoder", "statistics")
"""What such a recipe begins from, where the pack has it."""


@dataclass(frozen=True)
class Group:
    """Parameters that belong together, ``names`` in the order in which they are shown."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class RecipeInfo:
    """A recipe as people and the parts that run it see it; whatever depends on the recipe is asked here.

    Attributes:
        name: identifier, stable.
        title: for people.
        summary: one sentence.
        params: all its parameters.
        basic: names of the few that are shown at once.
        groups: all others, for the part that is folded away.
        presets: by name of ``PRESETS``, values that differ from the defaults; one that would be no different from
            the next lower is left out. "standard" is always there.
        needs_reference: whether it takes something from another portrait.
        accepts: what it can take beside that, of ``core.recipes.base.ACCEPTS``.
        idle: whether nothing would change with the values somebody chose and the portraits of these roles; None where
            a run always does something. An ``ignore`` mask gives it something to do all the same.
        photo_space: whether the Outcome is in the identity's photo space (pasted back bit-exact) or in working space.
        needs: components of the model pack without which it cannot begin, beside those that read faces; ``FEATURES``
            stands for whichever perceptual network the pack has.
        uses: components that it takes where the pack has them.
        without_encoder: values with which it does without the pack's encoder; empty where it has no choice.
        steps: name of the parameter that a limit of steps sets, so that the schedule is planned for it; "" where it
            takes no steps.
        stages: what is shown for the stages of its steps. A stage that is not named itself goes by the longest name
            it begins with ("round" for "round 2, W+"), and what follows is shown as it is.
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
    idle: Callable[[Mapping[str, Any], Collection[str]], bool] | None = None
    photo_space: bool = True
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    without_encoder: Mapping[str, Any] = field(default_factory=dict)
    steps: str = ""
    stages: Mapping[str, str] = field(default_factory=dict)

    @property
    def takes_reference(self) -> bool:
        """Whether it looks at reference portraits, needed or not."""
        return self.needs_reference or "reference" in self.accepts

    @property
    def slots(self) -> tuple[str, ...]:
        """Roles of the portraits that it looks at beside the identity, in the order in which they are filled."""
        references = ("shape", "appearance") if self.takes_reference else ()
        return (*references, *(EXTRA_ROLES if "extras" in self.accepts else ()))

    @property
    def places(self) -> tuple[str, ...]:
        """Its slots, and the names of the pictures that it looks at."""
        return (*self.slots, *(PICTURES if "pictures" in self.accepts else ()))

    def stage_title(self, stage: str) -> tuple[str, str] | None:
        """What is shown for a stage, and what of its name follows that; None for one that is not its own."""
        known = max((name for name in self.stages if stage.startswith(name)), key=len, default=None)
        return None if known is None else (self.stages[known], stage[len(known):])

    def resolved(self, given: Mapping[str, Any], steps: int | None = None) -> dict[str, Any]:
        """All parameters of a run: the given ones checked, the rest by default, with a limit of steps in its place.

        Raises:
            InputRefused: an unknown name, or a value that cannot be used.
        """
        values = resolve(self.params, given)
        if steps is not None and self.steps:
            values[self.steps] = self.param(self.steps).parse(steps)
        return values

    def advanced(self) -> tuple[Group, ...]:
        """The groups, and one more for parameters that none of them names, so that none is ever out of reach."""
        named = {*self.basic, *(name for group in self.groups for name in group.names)}
        rest = tuple(param.name for param in self.params if param.name not in named)
        return (*self.groups, Group("Other", rest)) if rest else self.groups

    def __contains__(self, name: object) -> bool:
        """Whether it has a parameter of this name."""
        return any(param.name == name for param in self.params)

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
