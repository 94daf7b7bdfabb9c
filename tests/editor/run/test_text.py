"""What runs is told in words for people."""

from __future__ import annotations

from core.recipes.catalogue import CATALOGUE
from editor.run.text import stage_title


def test_no_stage_is_told_in_the_words_of_the_engine():
    for stage in ("loading", "guide", "stage 1", "stage 2"):
        assert stage_title(stage, CATALOGUE["loho"]) not in ("", stage)
    assert stage_title("round 2, W+", CATALOGUE["mgi"]) == "round 2, W+"
