"""Recipes see the stand-in composite instead of the real one."""

from __future__ import annotations

import pytest

from tests.core.recipes import world


@pytest.fixture(autouse=True)
def _stand_in_composite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.recipes.kit.guide.compose_classical", world.composite)
