"""What a StyleFusion run is asked to do, and the networks it does it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InputRefused
from core.faces.face import Portrait
from core.generators.fusion_net import NAME, StyleLayout, load_fusion
from core.models.tables import BY_NET, load_tables
from core.recipes.context import Context
from core.recipes.kit.guide import Plan
from core.recipes.request import Request
from core.recipes.stylefusion.codes import Choice, Networks
from core.recipes.stylefusion.info import PHOTOGRAPHED, RANDOM, sources


def choices_of(parameters: Mapping[str, Any], asked: Mapping[str, Any],
               portraits: Mapping[str, Portrait]) -> list[Choice]:
    """What is to change, in the order of ``REGIONS``.

    Args:
        parameters: values of the recipe's parameters.
        asked: those that the caller gave: a source named there must be loaded, a default one may be absent.
        portraits: analysed photos by role.

    Raises:
        InputRefused: a named source is not loaded.
    """
    found = []
    for region, source in sources(asked, parameters, portraits).items():
        if source != RANDOM and source not in portraits:
            loaded = ", ".join(sorted(set(portraits) - {"identity"})) or "none"
            raise InputRefused(f"There is no portrait {source!r} to take the {region} from.", f"Loaded: {loaded}.",
                               "Load one, or choose another source.")
        found.append(Choice(region, float(parameters[f"{region}_amount"]),
                            None if source == RANDOM else portraits[source]))
    return found


@dataclass(frozen=True, eq=False)
class Job:
    """One run: what was asked for, and what it is done with."""

    request: Request
    context: Context
    parameters: Mapping[str, Any]
    choices: tuple[Choice, ...]
    networks: Networks

    @property
    def identity(self) -> Portrait:
        return self.context.portraits["identity"]

    def hair(self) -> Choice | None:
        """The choice that concerns hair of a portrait, which is done with the photographs."""
        return next((c for c in self.choices if c.region == "hair" and c.portrait is not None), None)

    def photographed(self) -> list[Choice]:
        """Choices, hair apart, that the photographs themselves serve."""
        if self.parameters["detail"] == "generator":
            return []
        return [c for c in self.choices if c.portrait is not None and c.region in PHOTOGRAPHED]

    def generated(self) -> list[Choice]:
        """Choices that the generator serves, pose apart."""
        served = self.photographed()
        hair = self.hair()
        return [c for c in self.choices if c.region != "pose" and c is not hair and c not in served]

    def plan(self) -> Plan | None:
        """What the composite is made of; None where the hair's photograph stays as it is."""
        choice = self.hair()
        if choice is None or choice.portrait is None:
            return None
        if self.parameters["hair_mode"] == "look":
            return Plan(self.identity, choice.portrait)
        return Plan(choice.portrait, self.identity if choice.amount < 1 else self._hair_colour(choice.portrait))

    def _hair_colour(self, source: Portrait) -> Portrait | None:
        """Whose colour new hair takes; None = that of its own portrait."""
        portraits = self.context.portraits
        appearance = portraits.get("appearance")
        if self.parameters["hair_colour_from"] == "hair" or source is not portraits.get("shape"):
            return None
        return None if appearance is source else appearance

    def composite_values(self) -> dict[str, Any]:
        """Parameters of the composite; the amount decides how far the hair's colour goes."""
        choice = self.hair()
        values = dict(self.parameters)
        if choice is not None:
            look = self.parameters["hair_mode"] == "look"
            values["recolour"] = self.parameters["recolour"] * (choice.amount if look else 1 - choice.amount)
            if not look and choice.amount >= 1:
                values["recolour"] = self.parameters["recolour"]
        return values


def load_networks(context: Context) -> Networks:
    """Everything that fusing needs, loaded once per context.

    Raises:
        ModelFileError: the pack has no tables, or a part of it cannot be used.
    """

    def load() -> Networks:
        generator, pack = context.generator(), context.pack
        tables = load_tables(pack)
        table = tables.channels[BY_NET]
        layout = StyleLayout.of(generator.config)
        fusion = load_fusion(pack, generator.device) if NAME in pack else None
        return Networks(generator, context.encoder(), context.features(), context.parser(), table, layout, fusion,
                        tables.w_plus)

    return context.loaded("stylefusion", load)
