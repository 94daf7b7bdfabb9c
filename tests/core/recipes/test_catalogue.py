"""The catalogue says the same as the registry, and says it without the networks' libraries."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.cli import build_parser
from core.commands.compose import chosen_parameters
from core.document.document import RunSettings
from core.document.roles import DEFAULT_RECIPE, PICTURES
from core.errors import InputRefused
from core.recipes.base import ACCEPTS, resolve
from core.recipes.catalogue import CATALOGUE, find_info
from core.recipes.info import PRESETS
from core.recipes.registry import RECIPES
from core.recipes.request import Request

README = Path(__file__).resolve().parents[3] / "README.md"
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven")


def test_catalogue_and_registry_are_equal():
    assert list(CATALOGUE) == list(RECIPES)
    for name, info in CATALOGUE.items():
        assert RECIPES[name].info is info
        assert info.name == name


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_what_a_recipe_says_of_itself_fits_together(name):
    info = CATALOGUE[name]
    assert set(info.accepts) <= set(ACCEPTS)
    assert info.stages
    assert not info.steps or info.param(info.steps).kind is int
    assert resolve(info.params, info.without_encoder)
    for param in info.params:
        assert not param.names_photos or param.choices
        if param.amount_of:
            assert param.kind is float
            assert info.param(param.amount_of).names_photos


def test_a_limit_of_steps_is_planned_for_where_there_is_something_to_plan():
    assert CATALOGUE["loho"].resolved({"steps": 9}, 4)["steps"] == 4
    assert CATALOGUE["classical"].resolved({}, 4) == CATALOGUE["classical"].resolved({})
    with pytest.raises(InputRefused, match="out of range"):
        CATALOGUE["loho"].resolved({}, 10**9)


def test_stages_are_found_by_the_longest_name_they_begin_with():
    info = replace(CATALOGUE["mgi"], stages={"W": "one", "W+": "two"})
    assert info.stage_title("W+, again") == ("two", ", again")
    assert info.stage_title("W") == ("one", "")
    assert info.stage_title("F") is None


def test_the_readme_lists_the_recipes_as_the_catalogue_does():
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|(.*?)\|$", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [name for name, *_ in rows] == list(CATALOGUE)
    for name, does, takes in rows:
        info = CATALOGUE[name]
        portraits = f"up to {COUNTS[len(info.slots)]} portraits" if "extras" in info.accepts else ""
        pictures = f"up to {COUNTS[len(PICTURES)]} pictures" if "pictures" in info.accepts else ""
        plain = ", ".join(info.slots) if info.needs_reference else ""
        wanted = [portraits or plain, pictures, "guide" if "guide" in info.accepts else ""]
        assert takes.strip() == ", ".join(filter(None, wanted))
        assert does.endswith("(default)") == (name == DEFAULT_RECIPE)


def test_the_default_is_offered_first():
    assert next(iter(CATALOGUE)) == DEFAULT_RECIPE == RunSettings().recipe == Request({}).recipe
    chosen = build_parser().parse_args(["compose", "--identity", "a.png", "--shape", "b.png", "--out", "c.png"])
    assert chosen.recipe == DEFAULT_RECIPE


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_parameter_is_shown_exactly_once(name):
    info = CATALOGUE[name]
    shown = [*info.basic, *(parameter for group in info.advanced() for parameter in group.names)]
    assert sorted(shown) == sorted(param.name for param in info.params)
    assert len(info.basic) <= 8


def test_a_parameter_that_no_group_names_is_still_within_reach():
    info = replace(CATALOGUE["classical"], groups=())
    (other,) = info.advanced()
    assert sorted(other.names) == sorted(CATALOGUE["classical"].groups[0].names)


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_presets_are_usable_and_differ_from_each_other(name):
    info = CATALOGUE[name]
    assert set(info.presets) <= set(PRESETS)
    assert "standard" in info.presets
    seen = []
    for preset in info.presets:
        values = info.values(preset, {})
        assert resolve(info.params, info.preset(preset)) == values
        assert values not in seen
        seen.append(values)


def test_draft_does_fewer_steps_than_standard_and_fine_more():
    for name in ("loho", "invert"):
        steps = [CATALOGUE[name].values(preset, {})["steps"] for preset in PRESETS]
        assert steps == sorted(set(steps))


def test_changes_go_before_the_preset():
    info = CATALOGUE["loho"]
    values = info.values("draft", {"steps": 77, "shadow": 0.9})
    assert (values["steps"], values["shadow"]) == (77, 0.9)
    assert info.overrides("draft", {"shadow": 0.9}) == {**info.preset("draft"), "shadow": 0.9}


def test_values_back_at_their_default_are_no_overrides():
    info = CATALOGUE["loho"]
    assert info.overrides("draft", {"steps": info.param("steps").default}) == {}


def test_changes_of_another_version_are_left_out():
    info = CATALOGUE["classical"]
    assert info.values("fine", {"nonsense": 3, "shadow": 17.0, "mirror": "perhaps"}) == info.values("standard", {})


def test_the_command_line_puts_set_and_steps_before_the_preset(tmp_path):
    def chosen(*extra):
        return chosen_parameters(build_parser().parse_args(
            ["compose", "--recipe", "loho", "--identity", "a.png", "--shape", "b.png", "--out", "c.png", *extra]))

    draft = CATALOGUE["loho"].preset("draft")
    assert chosen() == {}
    assert chosen("--preset", "draft") == draft
    assert chosen("--preset", "draft", "--set", "steps=9", "--set", "shadow=0.5") == {"steps": "9", "shadow": "0.5"}
    assert "steps" not in chosen("--preset", "fine", "--steps", "9")
    with pytest.raises(InputRefused, match="no preset 'fine'"):
        chosen("--preset", "fine", "--recipe", "classical")


def test_unknown_names_are_refused():
    with pytest.raises(InputRefused, match="no preset 'fine'"):
        CATALOGUE["classical"].preset("fine")
    with pytest.raises(InputRefused, match="classical"):
        find_info("nonsense")
    with pytest.raises(KeyError):
        CATALOGUE["loho"].param("nonsense")


def test_importing_the_catalogue_loads_no_heavy_library():
    heavy = ("torch", "PySide6", "cv2", "numba", "scipy")
    code = ("import sys, core.recipes.catalogue; "
            f"print([name for name in {heavy!r} if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
