"""The classical recipe: hair arrives, its parts are timed, and what it does not know is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.errors import InputRefused
from core.recipes.base import Outcome, Step
from core.recipes.classical.recipe import Classical
from core.recipes.registry import RECIPES
from tests.core.recipes import world


def _run(stop_after: int | None = None, **changes: Any) -> tuple[Any, list[Step], Outcome]:
    context = world.context()
    return context, *world.drive(Classical(), world.request(context, **changes), context, stop_after)


def test_its_parts_are_timed() -> None:
    context, *_ = _run()
    assert {"guide", "guide_quick", "finish"} <= set(context.seconds)


def test_hair_arrives() -> None:
    context, _, outcome = _run()
    reference = context.portraits["shape"]
    hair = reference.hair > 0.99
    before = np.abs(context.photo.rgb() - reference.photo.rgb())[hair].mean()
    after = np.abs(outcome.image - reference.photo.rgb())[hair].mean()
    assert after < 0.1 * before


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(InputRefused, match="nonsense"):
        _run(parameters={"nonsense": 1})


def test_registry_knows_every_recipe_by_its_own_name() -> None:
    assert set(RECIPES) >= {"loho", "classical", "invert"}
    for name, recipe in RECIPES.items():
        assert recipe.info.name == name
        names = [param.name for param in recipe.info.params]
        assert len(names) == len(set(names))
        for param in recipe.info.params:
            assert param.parse(param.default) == param.default
            assert param.help
            assert param.label
