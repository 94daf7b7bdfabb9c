"""Methods by name, equal budgets, and LOHO's gradients counted both ways."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.bench.quality import methods
from core.bench.quality.ablations import ABLATIONS, methods_of
from core.bench.quality.budget import (
    FEW,
    MANY,
    MOST_STEPS,
    Budget,
    Rate,
    Rates,
    limits_for,
    measure_rate,
    slug,
)
from core.bench.quality.methods import Limits, default_names, find_method, hair_recipes
from core.bench.quality.pairs import Pair
from core.bench.quality.passes import by_five, by_three, largest_difference, prepared_run
from core.bench.quality.protocols import Case
from core.errors import InputRefused
from core.recipes.kit import guide
from core.recipes.registry import RECIPES
from tests.core.recipes import world

PAIR = Pair("a.png", "b.png", "b.png", "report", "easy", 3)


@pytest.fixture
def case(monkeypatch):
    monkeypatch.setattr(guide, "compose_classical", world.composite)
    made = world.context()
    portraits = made.portraits
    found = Case("c", "p3", PAIR, portraits, world.composite(portraits["identity"], portraits["shape"]), 3)
    return found, made


def test_every_name_is_a_method_and_no_recipe_that_takes_hair_is_missing():
    names = default_names()
    assert names[:9] == ["b0", "b1", "b2", "b3", "b3-ring", "b4", "b5", "b6", "b7"]
    assert {"classical", "loho"} <= set(hair_recipes())
    assert "invert" not in hair_recipes()
    assert {name for name, recipe in RECIPES.items() if recipe.info.needs_reference} <= set(names)
    assert [find_method(name).name for name in names] == names


@pytest.mark.parametrize("text", ["nothing", "b3:steps=2", "loho:ring_iterations", "loho:unknown=1",
                                  "loho:jitter=much", "b5:space=none", "invert"])
def test_what_is_no_method_is_refused(text):
    with pytest.raises(InputRefused):
        find_method(text)


def test_who_is_steered_by_the_parser_says_so():
    assert not find_method("loho").parser_took_part
    assert find_method("loho:hair_mask_source=parser").parser_took_part
    assert not find_method("b7").parser_took_part
    assert not find_method("classical").optimises
    assert find_method("b7").optimises


def test_ablations_name_methods():
    for entry in ABLATIONS.values():
        for name in (entry.base, *entry.variants):
            assert find_method(name).name == name
    names, baselines = methods_of(["ring", "gram", "ring"])
    assert names[:4] == ["loho:ring_iterations=5", "loho:ring_iterations=0", "loho:ring_iterations=3",
                         "loho:ring_iterations=8"]
    assert baselines == ["loho:ring_iterations=5", "loho:gram=area"]
    with pytest.raises(InputRefused, match="Unknown ablation"):
        methods_of(["nothing"])


def test_loho_as_published_differs_in_orthogonalisation_only(case, monkeypatch):
    seen = []
    monkeypatch.setattr(methods.runner, "run", lambda request, **_: seen.append(request) or 1 / 0)
    for name in ("b6", "b7"):
        with pytest.raises(ZeroDivisionError):
            find_method(name).run(*case, Limits(steps=3), 0)
    one, other = (request.parameters for request in seen)
    assert {key for key in one if one[key] != other[key]} == {"orthogonalise"}
    assert not one["orthogonalise"]
    assert one["gram"] == "map"
    assert one["hair_share"] == 1


def test_recipes_run_with_the_pairs_seed_and_the_limits(case):
    answer = find_method("loho").run(*case, Limits(steps=4), 0)
    again = find_method("loho").run(*case, Limits(steps=4), 0)
    assert answer.figures["steps"] == 4
    assert answer.figures["wall"] > 0
    assert 0 <= answer.figures["generated_iou"] <= 1
    assert np.array_equal(answer.pixels, again.pixels)
    photo = case[0].identity.photo.pixels
    assert np.array_equal(answer.pixels[answer.edit == 0], photo[answer.edit == 0])
    assert answer.alpha is not None
    assert case[1].rng.initial_seed() == 3


def test_an_earlier_runs_composite_is_not_used_again(case):
    found, made = case
    find_method("loho").run(found, made, Limits(steps=1), 0)
    left = dict(made.guides)
    find_method("classical").run(found, made, Limits(), 0)
    assert all(made.guides[kind] is not entry for kind, entry in left.items() if kind in made.guides)


def test_inversion_is_cloned_back_into_the_photo(case):
    answer = find_method("b5").run(*case, Limits(steps=3), 0)
    photo = case[0].identity.photo.pixels
    assert np.array_equal(answer.pixels[answer.edit == 0], photo[answer.edit == 0])
    assert 0 < answer.edit.mean() < 0.9
    assert answer.figures["steps"] == 3


def test_a_rate_comes_from_the_slope():
    taken = []
    rate = measure_rate(lambda steps: taken.append(steps) or 7 + 0.25 * steps)
    assert (rate.once, rate.step) == (pytest.approx(7), pytest.approx(0.25))
    assert taken[1:] == [FEW, MANY]


def test_steps_fill_the_time_and_no_more():
    limits = Rate(10, 0.2).limits(60)
    assert limits.steps == int(0.95 * 50 / 0.2)
    assert limits.seconds == 50
    assert Rate(100, 0.2).limits(60) == Limits(1, 1.0)
    assert Rate(0, 1e-4).limits(300).steps == MOST_STEPS


def test_whoever_measures_first_is_believed(tmp_path):
    rates = Rates(tmp_path / "rates")
    assert rates.of("loho:jitter=0", lambda: Rate(1, 2)) == Rate(1, 2)
    assert Rates(tmp_path / "rates").of("loho:jitter=0", lambda: Rate(5, 5)) == Rate(1, 2)

    def slower():
        other = tmp_path / "rates" / f"{slug('b7')}.json"
        other.write_text(json.dumps({"method": "b7", "once": 3, "step": 4}))
        return Rate(9, 9)

    assert rates.of("b7", slower) == Rate(3, 4)
    assert sorted(path.name for path in (tmp_path / "rates").iterdir()) == ["b7.json", "loho-jitter-0.json"]
    (tmp_path / "rates" / "b7.json").write_text("{")
    with pytest.raises(InputRefused, match="damaged"):
        rates.of("b7", slower)


def test_budgets(tmp_path):
    rates = Rates(tmp_path)
    method = find_method("loho")
    assert Budget(seconds=60).name == "60 s"
    assert Budget(steps=200).name == "200 steps"
    assert limits_for(method, Budget(steps=200), rates, lambda _: 0.0) == Limits(steps=200)
    assert limits_for(find_method("b3"), Budget(seconds=60), rates, lambda _: 0.0) == Limits()
    assert limits_for(method, Budget(seconds=61), rates, lambda steps: 1 + 0.5 * steps).steps == 114
    few = replace(method, most_steps=50)
    assert limits_for(few, Budget(seconds=61), rates, lambda _: 0.0) == Limits(50, 60)
    assert limits_for(few, Budget(steps=200), rates, lambda _: 0.0) == Limits(50)


def test_no_recipe_gets_more_steps_than_it_accepts():
    for name in hair_recipes():
        steps = next((param for param in RECIPES[name].info.params if param.name == "steps"), None)
        if steps is not None:
            assert steps.parse(find_method(name).most_steps) <= MOST_STEPS


def test_three_passes_give_the_gradients_of_five(case):
    found, made = case
    run = prepared_run(found, made)
    torch.manual_seed(0)
    three, five = by_three(run), by_five(run)
    assert len(three) == len(five) == 2 + len(run.variables.noise)
    assert largest_difference(three, five) < 1e-4
    assert max(float(tensor.abs().max()) for tensor in five) > 0
    run.p["orthogonalise"] = False
    assert largest_difference(by_three(run), five) > 1e-3


def test_largest_difference_is_relative():
    ones = [torch.tensor([1.0, 10.0]), torch.tensor([0.01])]
    others = [torch.tensor([1.0, 8.0]), torch.tensor([0.02])]
    assert largest_difference(ones, others) == pytest.approx(0.5)


def test_a_picture_of_the_crop_is_laid_into_the_photo(case):
    found, _ = case
    pixels, edit = methods._into_photo(found, np.full((16, 16, 3), 0.5, np.float32))
    photo = found.identity.photo.pixels
    assert np.array_equal(pixels[edit == 0], photo[edit == 0])
    assert (pixels[edit == 1] == 128).all()
    sixteen = replace(found, portraits={"identity": world.portrait(1, bits=16)})
    assert methods._into_photo(sixteen, np.ones((16, 16, 3), np.float32))[0].dtype == np.uint16
