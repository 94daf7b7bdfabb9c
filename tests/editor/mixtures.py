"""Recipes that take everything a recipe may take, for tests of the window that are not about any real one."""

from __future__ import annotations

import pytest

from core.recipes.base import Param
from core.recipes.catalogue import CATALOGUE
from core.recipes.info import Group, RecipeInfo

SOURCES = ("own", "shape", "appearance", "extra1", "extra2", "extra3", "extra4", "random")


def _region(name: str, default: str) -> tuple[Param, Param]:
    return (Param(f"{name}_from", str, default, f"{name.capitalize()} from", "Where it comes from.", choices=SOURCES,
                  names_photos=True),
            Param(f"{name}_amount", float, 1.0, f"{name.capitalize()} amount", "How much of it.", 0.0, 1.0,
                  amount_of=f"{name}_from"))


_HAIR, _EYES = _region("hair", "shape"), _region("eyes", "own")
MIXER = RecipeInfo(
    "mixer", "Mixer", "Mixes portraits.", (*_HAIR, *_EYES, Param("choose", int, 0, "Choice", "Which answer.", 0, 9)),
    ("hair_from", "eyes_from"), (Group("Amounts", ("hair_amount", "eyes_amount")), Group("Answer", ("choose",))),
    needs_reference=False, accepts=("reference", "extras"))
PAINTER = RecipeInfo(
    "painter", "Painter", "Paints like pictures.", (Param("strength", float, 0.5, "Strength", "How much.", 0.0, 1.0),),
    ("strength",), (), needs_reference=False, accepts=("pictures",))
FOLLOWER = RecipeInfo(
    "follower", "Follower", "Follows a guide.", (Param("steps", int, 9, "Steps", "How many.", 1, 99),),
    ("steps",), (), needs_reference=False, accepts=("guide",))


@pytest.fixture
def mixtures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue knows them."""
    for info in (MIXER, PAINTER, FOLLOWER):
        monkeypatch.setitem(CATALOGUE, info.name, info)
