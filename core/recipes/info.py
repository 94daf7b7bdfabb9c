"""What there is to know about a recipe without loading it: what panel, command line and project files show."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import InputRefused
from core.recipes.base import Param

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
        idle: whether nothing would change with the values somebody chose and the portraits of these roles; None where
            a run always does something. An ``ignore`` mask gives it something to do all the same.
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
