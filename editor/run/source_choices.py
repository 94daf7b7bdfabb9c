"""Parameters that say where something comes from: which photographs they may name now, and what those are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.document.document import APPEARANCE, SHAPE, Document
from core.document.roles import EXTRA_ROLES
from core.recipes.base import Param

NOTHING_CHOSEN = ("own", "identity", "none")
"""Choices that leave the portrait as it is."""
_SLOTS = (SHAPE, APPEARANCE, *EXTRA_ROLES)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SourceChoices", text)


@dataclass(frozen=True)
class ChoiceLook:
    """How a choice is offered.

    Attributes:
        title: for people.
        offered: False while there is no such photograph.
    """

    title: str
    offered: bool = True


def companions(params: Sequence[Param]) -> Mapping[str, str]:
    """Parameters that stand in another one's row: by the name of the amount, that of what it is an amount of."""
    return {param.name: param.amount_of for param in params if param.amount_of}


def looks(param: Param, document: Document | None) -> dict[str, ChoiceLook]:
    """How every choice of a parameter is offered, in order."""
    return {choice: _look(choice, document) for choice in param.choices}


def missing_photo(params: Sequence[Param], values: Mapping[str, object], document: Document) -> str:
    """Which photograph somebody chose that is not there any more, as a sentence; "" when all are there.

    Args:
        params: of the recipe.
        values: of those that differ from their defaults; by default a recipe does without what is not there.
        document: whose slots.
    """
    amounts = {source: amount for amount, source in companions(params).items()}
    for param in params:
        choice = values.get(param.name)
        if not param.names_photos or choice not in _SLOTS or document.slot(str(choice)) is not None:
            continue
        if values.get(amounts.get(param.name, "")) == 0:
            continue
        return _tr("“%1” names %2, which is empty: add a portrait there, or choose something else.").replace(
            "%1", param.label).replace("%2", slot_title(str(choice)))
    return ""


def _look(choice: str, document: Document | None) -> ChoiceLook:
    if choice in _SLOTS:
        source = None if document is None else document.slot(choice)
        if source is None:
            return ChoiceLook(_tr("%1 (empty)").replace("%1", slot_title(choice)), False)
        return ChoiceLook(f"{slot_title(choice)}: {source.name}")
    known = {"own": _tr("Own"), "identity": _tr("Own"), "random": _tr("Random")}
    return ChoiceLook(known.get(choice, choice.replace("_", " ").capitalize()))


def slot_title(slot: str) -> str:
    """A slot's name for people."""
    if slot in EXTRA_ROLES:
        return _tr("Extra %1").replace("%1", str(EXTRA_ROLES.index(slot) + 1))
    return _tr("Shape") if slot == SHAPE else _tr("Appearance")
