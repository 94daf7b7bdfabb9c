"""Recipes see the stand-in composite instead of the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from core.generators.base import Generator
from tests.core.recipes import world


@pytest.fixture(autouse=True)
def _stand_in_composite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.recipes.kit.guide.compose_classical", world.composite)


@pytest.fixture
def tiny_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-ins of single recipes: the other view's composite, a style network."""
    monkeypatch.setattr("core.recipes.salon.views.compose_classical", world.composite)
    monkeypatch.setattr("core.recipes.style.recipe.load_stylist", lambda pack, device: world.stylist())


@pytest.fixture
def fails_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes some calls of a generator, counted from 1, give pictures whose values are not finite."""
    def install(generator: Generator, *failing: int) -> None:
        plain, calls = generator.synthesize, []

        def broken(*args: Any, **kwargs: Any) -> torch.Tensor:
            calls.append(None)
            image = plain(*args, **kwargs)
            return image * float("nan") if len(calls) in failing else image

        monkeypatch.setattr(generator, "synthesize", broken)

    return install
