"""The classical recipe: two previews, the rest of the photo untouched, repeatable, stoppable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.compositing.finishing.finish import paste
from core.errors import InputRefused
from core.recipes.base import Outcome, Step
from core.recipes.classical.recipe import Classical
from core.recipes.registry import RECIPES
from tests.core.recipes import world


def _run(stop_after: int | None = None, **changes: Any) -> tuple[Any, list[Step], Outcome]:
    context = world.context()
    return context, *world.drive(Classical(), world.request(context, **changes), context, stop_after)


def test_smoke() -> None:
    context, steps, outcome = _run()
    assert [step.index for step in steps] == [1, 2]
    for step in steps:
        assert step.render is not None
        assert step.render().shape == (world.SIDE, world.SIDE, 3)
    assert {"plate", "alpha", "foreground", "composite"} <= set(outcome.layers)
    assert {"guide", "guide_quick", "finish"} <= set(context.seconds)


def test_hair_arrives() -> None:
    context, _, outcome = _run()
    reference = context.portraits["shape"]
    hair = reference.hair > 0.99
    before = np.abs(context.photo.rgb() - reference.photo.rgb())[hair].mean()
    after = np.abs(outcome.image - reference.photo.rgb())[hair].mean()
    assert after < 0.1 * before


def test_outside_is_bit_exact() -> None:
    context, _, outcome = _run()
    pixels = paste(context.photo, outcome.image, outcome.mask)
    outside = outcome.mask == 0
    assert outside.any()
    assert np.array_equal(pixels[outside], context.photo.pixels[outside])


def test_repeats() -> None:
    assert _run()[2].image.tobytes() == _run()[2].image.tobytes()


@pytest.mark.parametrize("stop_after", [1, 2])
def test_can_be_stopped(stop_after: int) -> None:
    _, steps, outcome = _run(stop_after)
    assert len(steps) == stop_after
    assert np.isfinite(outcome.image).all()


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
