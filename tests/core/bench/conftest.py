"""A case that the parts of the quality measurement are tried on."""

from __future__ import annotations

import pytest

from core.bench.quality.pairs import Pair
from core.bench.quality.protocols import Case, target_of
from tests.core.compositing.people import person


@pytest.fixture(scope="module")
def case() -> Case:
    """Short hair on somebody with long hair."""
    portraits = {"identity": person(hair="long"), "shape": person(hair="short", colour=(0.7, 0.6, 0.4))}
    portraits["appearance"] = portraits["shape"]
    return Case("c", "p3", Pair("a.png", "b.png", "b.png", "report", "easy", 0), portraits, target_of(portraits), 0)
