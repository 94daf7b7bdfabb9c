"""The parts of Multiple GAN Inversion: halving, hypotheses, selectors, warped target, contact sheet."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.document.photo import Photo
from core.errors import InputRefused
from core.recipes.base import resolve
from core.recipes.catalogue import CATALOGUE
from core.recipes.kit.codes import mixed_picture
from core.recipes.mgi.answers import Answers, answers_from
from core.recipes.mgi.halving import better_half, rounds, survivors
from core.recipes.mgi.hypotheses import KINDS, PLAIN, Hypothesis, Plan, codes_picture, plans, side_of_layer
from core.recipes.mgi.info import PARAMS
from core.recipes.mgi.judge import Judge, Scores, best, ranked_by
from core.recipes.mgi.target import build_target, opened, warped_hair
from tests.core.generators.tiny import random_features, tiny_generator
from tests.core.recipes import world


def _parameters(**changes: Any) -> dict[str, Any]:
    return resolve(PARAMS, {"positions": 16, **changes})


# -- halving ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("count", "expected"), [(1, [1]), (2, [2, 1]), (6, [6, 3, 2, 1]), (8, [8, 4, 2, 1])])
def test_survivors(count: int, expected: list[int]) -> None:
    assert survivors(count) == expected


@pytest.mark.parametrize("count", range(1, 13))
@pytest.mark.parametrize("total", [1, 2, 7, 30, 601])
def test_rounds_use_every_step_and_nobody_gets_none(count: int, total: int) -> None:
    found = rounds(count, total)
    assert sum(size * steps for size, steps in found) == total
    assert min(steps for _, steps in found) >= 1
    assert found[-1].survivors == 1
    assert len({steps for _, steps in found[:-1]}) <= 1
    assert found[0].survivors <= count
    if found[0].survivors < count:
        assert sum(survivors(found[0].survivors + 1)) > total


def test_rounds_refuse_nothing() -> None:
    with pytest.raises(ValueError, match="hypotheses"):
        rounds(0, 5)


def test_the_better_half_goes_on() -> None:
    scores = [0.5, 0.1, float("nan"), 0.3, 0.1]
    assert better_half([0, 1, 2, 3, 4], scores, 2) == [1, 4]
    assert better_half([0, 2, 3], scores, 2) == [0, 3]
    assert better_half([2, 0], scores, 1) == [0]


# -- hypotheses ------------------------------------------------------------------------------------------------------
def test_layers_of_the_paper() -> None:
    assert [side_of_layer(layer) for layer in range(1, 9)] == [4, 4, 8, 8, 16, 16, 32, 32]


def test_kinds_as_asked_for() -> None:
    both = plans(_parameters(), 6)
    assert both[:3] == list(PLAIN[:3])
    assert [(plan.layer, plan.codes) for plan in both[3:]] == [(4, 40), (6, 25), (8, 10)]
    codes = plans(_parameters(spaces="codes", layer_from=5, layer_to=5, codes_from=12, codes_to=12), 3)
    assert codes == [Plan("codes", 5, 12)] * 3
    assert plans(_parameters(spaces="plain"), 12) == list(PLAIN)
    assert plans(_parameters(spaces="codes"), 1) == [Plan("codes", 6, 25)]


def _hypothesis(plan: Plan, seed: int = 0, **changes: Any) -> Hypothesis:
    generator = tiny_generator(0)
    rng = torch.Generator().manual_seed(seed)
    w = generator.mean_w.view(1, 1, -1) + 0.1 * torch.randn(1, 6, 8, generator=torch.Generator().manual_seed(7))
    return Hypothesis(plan, generator, w, torch.ones(1, 6, 8, 8)[:, : generator.spec.feature_channels].repeat(
        1, -(-generator.spec.feature_channels // 6), 1, 1)[:, : generator.spec.feature_channels],
        _parameters(**changes), rng)


EVERY = [Plan("codes", 4, 5), Plan("map", 4), *(Plan(kind) for kind in KINDS[2:])]


@pytest.mark.parametrize("plan", EVERY)
def test_every_way_paints_moves_and_comes_back(plan: Plan) -> None:
    one = _hypothesis(plan)
    before = one.synthesize(tiny_generator(0))
    assert before.shape == (1, 3, 16, 16)
    before.square().mean().backward()
    moved = [tensor for tensors, _ in one.groups() for tensor in tensors]
    assert len(moved) == len(one.named)
    assert all(tensor.grad is not None and float(tensor.grad.abs().max()) > 0 for tensor in moved)
    with torch.no_grad():
        for tensor in moved:
            tensor += 0.1
    arrays = one.arrays("a_")
    other = _hypothesis(plan, seed=5)
    other.go_on_from(arrays, "a_")
    torch.testing.assert_close(other.synthesize(tiny_generator(0)), one.synthesize(tiny_generator(0)))
    assert not torch.equal(other.synthesize(tiny_generator(0)), before)
    name = next(iter(arrays))
    with pytest.raises(InputRefused, match="does not fit"):
        other.go_on_from({**arrays, name: arrays[name][..., :1]}, "a_")
    with pytest.raises(InputRefused, match="does not fit"):
        other.go_on_from({**arrays, name: arrays[name] * np.float32("nan")}, "a_")


def test_ways_that_are_free_start_where_w_plus_is() -> None:
    generator = tiny_generator(0)
    plain = _hypothesis(Plan("w+")).synthesize(generator)
    for plan in (Plan("map", 4), Plan("s")):
        torch.testing.assert_close(_hypothesis(plan).synthesize(generator), plain, rtol=1e-4, atol=1e-4)
    one_code = _hypothesis(Plan("codes", 4, 1), code_spread=0.0)
    torch.testing.assert_close(one_code.synthesize(generator), plain, rtol=1e-4, atol=1e-4)


def test_codes_with_and_without_a_map() -> None:
    generator = tiny_generator(0)
    assert "map" not in _hypothesis(Plan("codes", 4, 5), codes_map=False).named
    one = _hypothesis(Plan("codes", 4, 5)).named
    plain = mixed_picture(generator, one["codes"], one["importance"], one["w"], None)
    mixed = codes_picture(generator, one["codes"], one["importance"], one["w"], one["map"])
    torch.testing.assert_close(mixed, plain, rtol=1e-4, atol=1e-4)
    bent = codes_picture(generator, one["codes"], one["importance"], one["w"], one["map"] + 1)
    assert not torch.allclose(bent, plain)


def test_distance_to_the_mean_is_that_of_random_faces() -> None:
    generator = tiny_generator(0)
    mean = Hypothesis(Plan("w+"), generator, generator.mean_w.view(1, 1, -1).expand(1, 6, -1), None, _parameters(),
                      torch.Generator())
    assert mean.distance_to_mean() == pytest.approx(0, abs=1e-6)
    z = torch.randn(300, generator.spec.z_dim, generator=torch.Generator().manual_seed(3))
    for kind in ("w+", "s", "w"):
        squares = []
        for w in generator.map(z)[:100]:
            one = Hypothesis(Plan(kind), generator, w.view(1, 1, -1).expand(1, 6, -1), None, _parameters(),
                             torch.Generator())
            squares.append(one.distance_to_mean() ** 2)
        assert math.sqrt(np.mean(squares)) == pytest.approx(1, rel=0.25)
    w = generator.map(z[:1]).view(1, 1, -1).expand(1, 6, -1)
    expected = float((w[0, 0] - generator.mean_w).norm()) / generator.w_spread
    assert Hypothesis(Plan("codes", 3, 4), generator, w, None, _parameters(code_spread=0.0),
                      torch.Generator()).distance_to_mean() == pytest.approx(expected, rel=1e-4)


# -- selectors -------------------------------------------------------------------------------------------------------
def test_selectors_may_disagree() -> None:
    scores = {0: Scores(2.0, 0.1, 0.9, 0.01, 1.0), 3: Scores(1.0, 0.5, 0.7, 0.02, 1.0)}
    assert scores[0].judged == pytest.approx(0.1 + 0.1 + 0.1 + 0.25)
    assert best("judge", scores, [0, 3]) == 0
    assert best("natural", scores, [0, 3]) == 3
    bare = Scores(None, 0.1, 0.9, 0.01, 1.0)
    assert ranked_by("natural", bare) == bare.judged


def _target(**changes: Any) -> Any:
    context = world.context()
    people = context.portraits
    plan = opened(world.composite(people["identity"], people["shape"]), changes.pop("share", 0.6), 1.0)
    appearance = changes.pop("appearance", people["appearance"])
    ignore = changes.pop("ignore", None)
    return build_target(plan, people["identity"], appearance, context.features(), _parameters(**changes), size=16,
                        ignore=ignore, device=torch.device("cpu"))


def test_the_judge_measures_what_it_says() -> None:
    target = _target()
    judge = Judge(target, random_features(0), world.parse, lambda picture: float(picture.mean()) + 5)
    same = judge.score(target.picture, 0.5)
    assert same.distance == pytest.approx(0, abs=1e-6)
    assert same.seam == pytest.approx(0, abs=1e-6)
    assert same.latent == 0.5
    assert same.natural == pytest.approx(float(target.picture.mean()) + 5)
    shifted = judge.score(target.picture + 0.2, 0.5)
    assert shifted.seam == pytest.approx(0.1, rel=1e-4)
    assert shifted.distance > 0
    _, hair = world.parse(((target.picture[0].permute(1, 2, 0) + 1) / 2).numpy())
    both = (hair > 0.5) & (target.hair > 0.5)
    either = (hair > 0.5) | (target.hair > 0.5)
    assert same.hair == pytest.approx(both.sum() / either.sum())


# -- target ----------------------------------------------------------------------------------------------------------
def test_only_the_hair_is_warped() -> None:
    plain, warped = _target(appearance=None), _target(match_light=0.0, softness=0.0)
    assert not plain.warped
    assert warped.warped
    outside = torch.from_numpy(plain.hair)[None, None].expand_as(plain.picture) == 0
    assert torch.equal(plain.picture[outside], warped.picture[outside])
    assert not torch.allclose(plain.picture, warped.picture)


def test_the_light_of_the_guide_is_kept() -> None:
    plain = _target(appearance=None)
    hair = torch.from_numpy(plain.hair)[None, None]

    def mean(picture: torch.Tensor) -> torch.Tensor:
        return (picture * hair).sum(dim=(2, 3)) / hair.sum()

    away = [float((mean(_target(match_light=share).picture) - mean(plain.picture)).abs().max())
            for share in (1.0, 0.0)]
    assert away[0] < 0.05
    assert away[0] < away[1]


def test_warped_colours_are_those_of_the_reference_hair() -> None:
    context = world.context()
    people = context.portraits
    plan = world.composite(people["identity"], people["shape"])
    colours, there = warped_hair(plan, people["identity"], people["appearance"], context.features(), _parameters(),
                                 torch.device("cpu"))
    hair = people["appearance"].photo.rgb()[people["appearance"].hair > 0.5] * 2 - 1
    taken = colours[0].flatten(1)[:, there.flatten() > 0].numpy()
    assert taken.shape[1] > 10
    assert (taken.max(axis=1) <= hair.max(axis=0) + 1e-3).all()
    assert (taken.min(axis=1) >= hair.min(axis=0) - 1e-3).all()


@pytest.mark.parametrize("limit", [0.0, 0.125, 1.0])
def test_the_change_of_the_hair_is_limited(limit: float) -> None:
    plain = _target(appearance=None)
    warped = _target(match_light=0.0, softness=0.0, largest_change=limit)
    found = float((warped.picture - plain.picture).abs().max())
    assert found <= 2 * limit + 1e-6
    assert (found > 0.3) == (limit == 1)


def test_blown_out_places_give_no_colour() -> None:
    context = world.context()
    people = context.portraits
    bright = people["appearance"].photo.pixels.copy()
    bright[10:16, 18:30] = 255
    other = replace(people["appearance"], photo=Photo(bright))
    plan = world.composite(people["identity"], people["shape"])
    colours, there = warped_hair(plan, people["identity"], other, context.features(), _parameters(temperature=0.001),
                                 torch.device("cpu"))
    taken = colours[0].flatten(1)[:, there.flatten() > 0]
    assert taken.shape[1] > 10
    assert float(taken.amin(dim=0).max()) < 0.95


def test_what_is_ignored_is_not_compared() -> None:
    ignore = np.zeros((world.SIDE, world.SIDE), np.uint8)
    ignore[8:24, 16:32] = 255
    target = _target(ignore=ignore)
    assert float(_target().weight[0, 0, 2:4, 5:7].max()) > 0
    assert float(target.weight[0, 0, 1:7, 5:11].max()) < 1e-6
    assert float(target.border[0, 0, 1:7, 5:11].max()) < 1e-6


def test_a_say_in_hair_and_background() -> None:
    people = world.context().portraits
    plan = world.composite(people["identity"], people["shape"])
    shut = opened(plan, 0.0, 0.0)
    assert (shut.invent <= plan.invent).all()
    assert shut.invent.sum() < plan.invent.sum()
    open_ = opened(plan, 0.7, 1.0)
    assert np.array_equal(open_.invent, np.maximum(plan.invent, np.float32(0.7) * plan.alpha * plan.edit))


# -- contact sheet ---------------------------------------------------------------------------------------------------
def _answers() -> Answers:
    pictures = tuple(np.full((16, 16, 3), value, np.float32) for value in (0.1, 0.2, 0.3))
    scores = (Scores(1.5, 0.1, 0.9, 0.01, 1.0), Scores(None, 0.5, 0.7, 0.02, 1.0), Scores(0.5, 0.6, 0.7, 0.02, 1.0))
    return Answers((Plan("codes", 4, 20), Plan("f"), Plan("map", 6)), pictures, scores, 1)


def test_arrays_of_a_sheet_come_back() -> None:
    one = _answers()
    arrays = one.arrays()
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}
    assert all(np.isfinite(array).all() for array in arrays.values())
    other = answers_from(arrays, 16)
    assert other is not None
    assert other.plans == one.plans
    assert other.proposed == 1
    assert other.scores[1].natural is None
    assert other.scores[0] == pytest.approx(one.scores[0])
    assert np.array_equal(other.pictures[2], one.pictures[2])
    assert answers_from({}, 16) is None


def test_a_sheet_of_another_model_is_refused() -> None:
    arrays = _answers().arrays()
    for broken in ({"pictures": arrays["pictures"][:, :8, :8]}, {"scores": arrays["scores"][:2]},
                   {"answers": arrays["answers"] + 90}, {"pictures": arrays["pictures"] * np.float32("nan")}):
        with pytest.raises(InputRefused, match="does not fit"):
            answers_from({**arrays, **broken}, 16)


def test_the_artist_overrules() -> None:
    sheet = _answers()
    assert sheet.chosen(0) == (1, "")
    assert sheet.chosen(3) == (2, "")
    index, warning = sheet.chosen(4)
    assert index == 1
    assert "no hypothesis 4" in warning
    assert [hypothesis.chosen for hypothesis in sheet.sheet(2)] == [False, False, True]
    assert sheet.sheet(0)[0].name == "20 codes at layer 4"
    assert "natural" not in sheet.sheet(0)[1].scores
    assert sheet.best_by("judge") == 0
    assert sheet.best_by("natural") == 2


# -- help page -------------------------------------------------------------------------------------------------------
def test_the_help_page_says_what_the_program_does() -> None:
    page = (Path(__file__).resolve().parents[4] / "resources" / "help" / "mgi.md").read_text(encoding="utf-8")
    info = CATALOGUE["mgi"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines()
            if line.startswith("| `")]
    listed = {row[0].strip("`"): row[1] for row in rows if len(row) == 3}
    assert set(info.basic) <= set(listed)
    for name, default in listed.items():
        assert info.param(name).parse(default.strip("`")) == info.param(name).default
    scores = {row[0].strip("`") for row in rows if len(row) == 2}
    assert scores == {*Scores._fields, "judged"}
    given = [word.strip("`.").split("=") for word in page.split() if "=" in word and word[0].islower()]
    assert len(given) > 8
    for name, value in given:
        info.param(name).parse(value)
