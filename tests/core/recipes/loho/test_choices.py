"""Where LOHO's slides and code differ: every choice against a small computation of its own, and by what it changes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.losses.appearance import colour_distance
from core.losses.gram import gram
from core.recipes.base import resolve
from core.recipes.catalogue import CATALOGUE
from core.recipes.kit.schedule import learning_rate_factor
from core.recipes.kit.workspace import Workspace, build_workspace
from core.recipes.loho import recipe as loho
from core.recipes.loho.info import CODE, PARAMS, SLIDES
from core.recipes.loho.orthogonal import image_gradients, push_through
from core.recipes.loho.recipe import Loho, LohoRun
from core.recipes.loho.ring import SHARE, ring_masks
from core.recipes.loho.terms import LohoTerms
from tests.core.generators.tiny import random_features
from tests.core.recipes import world


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _parameters(**changes: Any) -> dict[str, Any]:
    return {**resolve(PARAMS, {"steps": 8}), **changes}


def _loho_run(**changes: Any) -> LohoRun:
    context = world.context()
    plan = world.composite(context.portraits["identity"], context.portraits["shape"])
    return LohoRun(context, world.request(context), _parameters(**changes), plan)


def _disc(size: int, radius: float) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - size / 2
    return (np.hypot(x, y) < radius).astype(np.uint8)


# -- 1: ring ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("size", "iterations", "reach"), [(64, 5, 1), (128, 5, 2), (128, 12, 6), (64, 0, 0)])
def test_ring_of_iterations_reaches_so_far_in_steps_along_the_axes(size: int, iterations: int, reach: int) -> None:
    mask = np.zeros((size, size), np.uint8)
    mask[size // 2, size // 2] = 1
    grown, core = ring_masks(mask, "iterations", iterations)
    y, x = np.mgrid[:size, :size] - size // 2
    assert np.array_equal(grown > 0, np.abs(y) + np.abs(x) <= reach)
    assert core.sum() == (0 if reach else 1)


def test_ring_of_a_share_is_the_thinnest_that_changes_a_fifth_of_the_area() -> None:
    hair = _disc(96, 30)
    grown, core = ring_masks(hair, "share", 5)

    def steps(target: np.ndarray, outwards: bool) -> int:
        y, x = np.nonzero(hair == (1 if outwards else 0))
        points = np.stack([y, x], axis=1)
        far = 0
        for place in np.argwhere(target != hair):
            far = max(far, int(np.abs(points - place).sum(axis=1).min()))
        return far

    assert grown.sum() >= (1 + SHARE) * hair.sum()
    assert core.sum() <= (1 - SHARE) * hair.sum()
    for target, outwards in ((grown, True), (core, False)):
        reach = steps(target, outwards)
        thinner = ring_masks(hair, "iterations", round((reach - 1) * 256 / 96))[0 if outwards else 1]
        change = abs(int(thinner.sum()) - int(hair.sum()))
        assert change < SHARE * hair.sum()


def test_ring_of_nothing_and_of_everything_ends() -> None:
    empty, full = np.zeros((8, 8), np.uint8), np.ones((8, 8), np.uint8)
    assert ring_masks(empty, "share", 5)[0].sum() == 0
    grown, core = ring_masks(full, "share", 5)
    assert (grown.sum(), core.sum()) == (64, 36)
    with pytest.raises(ValueError, match="kind"):
        ring_masks(full, "percent", 5)


def test_the_ring_that_was_chosen_is_the_one_without_losses() -> None:
    sizes = [float(_loho_run(ring="iterations", ring_iterations=n).space.ring.sum()) for n in (0, 16, 60)]
    assert sizes[0] == 0 < sizes[1] < sizes[2]


# -- 2, 3: blocks, masking -------------------------------------------------------------------------------------------
def _unit(features: Tensor) -> Tensor:
    return features / features.square().sum(dim=1, keepdim=True).add(1e-10).sqrt()


def test_masked_pictures_are_compared_as_the_slides_have_it() -> None:
    net = random_features(0)
    space = _loho_run().space
    terms = LohoTerms(net, space, _parameters(masking="images", calibrate=False, blocks="mean", hair_weight=0.0))
    image = torch.rand(1, 3, 16, 16) * 2 - 1
    layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    one, other = net.extract(image * space.keep, layers), net.extract(space.guide * space.keep, layers)
    expected = [float((_unit(one[name]) - _unit(other[name])).square().sum(dim=1).mean()) for name in layers]
    found = terms.evaluate(image, None)
    assert float(found.main["identity"]) == pytest.approx(sum(expected) / 4, rel=1e-4)
    summed = LohoTerms(net, space, _parameters(masking="images", calibrate=False, blocks="sum", hair_weight=0.0))
    assert float(summed.evaluate(image, None).main["identity"]) == pytest.approx(sum(expected), rel=1e-4)


@pytest.mark.parametrize(("masking", "blind"), [("images", True), ("features", False)])
def test_only_masked_pictures_are_blind_to_what_lies_outside(masking: str, blind: bool) -> None:
    run = _loho_run()
    terms = LohoTerms(random_features(0), run.space, _parameters(masking=masking))
    image = (torch.rand(1, 3, 16, 16) * 2 - 1).requires_grad_()
    (gradient,) = torch.autograd.grad(terms.evaluate(image, None).structure, image)
    outside = (run.space.core == 0).expand_as(gradient)
    assert (float(gradient[outside].abs().max()) == 0) == blind
    assert float(gradient[~outside].abs().max()) > 0


# -- 4: colour norm --------------------------------------------------------------------------------------------------
def test_colour_norms_are_sum_and_mean() -> None:
    found, target = _random(1, 5), _random(1, 5, seed=1)
    squares = [(float(a) - float(b)) ** 2 for a, b in zip(found[0], target[0], strict=True)]
    assert float(colour_distance(found, target)) == pytest.approx(sum(squares) / 5)
    assert float(colour_distance(found, target, norm="sum")) == pytest.approx(sum(squares))
    ratio = colour_distance(found, target, norm="sum", relative=True) / colour_distance(found, target, relative=True)
    assert float(ratio) == pytest.approx(5)
    with pytest.raises(ValueError, match="norm"):
        colour_distance(found, target, norm="l1")


def test_colour_norm_gradient() -> None:
    target = _random(1, 4, seed=1)
    assert torch.autograd.gradcheck(lambda x: colour_distance(x, target, norm="sum"), (_random(1, 4).requires_grad_(),))


def test_the_colour_norm_reaches_the_terms() -> None:
    values = []
    for norm in ("mean", "sum"):
        run = _loho_run(appearance_norm=norm)
        values.append(float(run.terms.evaluate(run.space.guide, run.space.shape).main["appearance"]))
    assert values[1] == pytest.approx(4 * values[0], rel=1e-4)


# -- 5: Gram ---------------------------------------------------------------------------------------------------------
def test_plain_gram_equals_loops() -> None:
    features, mask = _random(1, 2, 3, 3), torch.rand(1, 1, 3, 3, dtype=torch.float64)
    for weigh in (True, False):
        expected = torch.zeros(2, 2, dtype=torch.float64)
        for y in range(3):
            for x in range(3):
                m = float(mask[0, 0, y, x]) if weigh else 1.0
                for c in range(2):
                    for d in range(2):
                        expected[c, d] += m * m * features[0, c, y, x] * features[0, d, y, x]
        torch.testing.assert_close(gram(features, mask, normalise="plain", weigh=weigh), expected)
    by_map = gram(features, mask, normalise="map")
    torch.testing.assert_close(gram(features, mask, normalise="plain"), by_map * 18)


def test_plain_gram_gradient() -> None:
    mask = torch.rand(1, 1, 3, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: gram(x, mask, normalise="plain", weigh=False).square().mean(),
                                    (_random(1, 2, 3, 3).requires_grad_(),))


# -- 6, 7: learning rate, jitter -------------------------------------------------------------------------------------
@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_cosine_curve(t: float) -> None:
    assert learning_rate_factor(t, "cosine") == pytest.approx(math.cos(math.pi * t / 2) ** 2, abs=1e-12)


def test_curves_differ_at_the_start() -> None:
    assert learning_rate_factor(0.001, "cosine") > 0.99 > 0.1 > learning_rate_factor(0.001, "ramps")
    with pytest.raises(ValueError, match="curve"):
        learning_rate_factor(0.5, "flat")


def _latent(**changes: Any) -> dict[str, np.ndarray]:
    context = world.context()
    _, outcome = world.drive(Loho(), world.request(context, steps=8, parameters=changes), context)
    return dict(outcome.latent)


def test_the_curve_that_was_chosen_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def factor(t: float, curve: str) -> float:
        seen.append(curve)
        return learning_rate_factor(t, curve)

    monkeypatch.setattr(loho, "learning_rate_factor", factor)
    _latent(rate_curve="cosine")
    assert seen == ["cosine"] * 8


def test_jitter_ends_where_it_was_told_to() -> None:
    still, gone, shaken = _latent(), _latent(jitter=0.05, jitter_end=0.01), _latent(jitter=0.05)
    for name, array in still.items():
        assert array.tobytes() == gone[name].tobytes()
    assert still["w_plus"].tobytes() != shaken["w_plus"].tobytes()


# -- 8, 9, 13, 14: noise, parser, size -------------------------------------------------------------------------------
@pytest.mark.parametrize("kept", [True, False])
def test_noise_keeps_its_size_only_where_it_is_normalised(kept: bool) -> None:
    run = _loho_run(renormalise_noise=kept, noise_rate=0.5)
    list(run.steps())
    off = max(abs(float(noise.detach().square().mean()) - 1) for noise in run.variables.noise)
    assert (off < 1e-4) == kept


@pytest.mark.parametrize(("every", "expected"), [(0, 1), (1, 4), (2, 2)])
def test_the_parser_looks_as_often_as_it_was_told_to(every: int, expected: int) -> None:
    run = _loho_run(hair_mask_source="parser", parse_every=every)
    calls: list[None] = []

    def parse(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        calls.append(None)
        return world.parse(image)

    run.context._loaded["parser"] = parse
    list(run.steps())
    assert len(calls) == expected


@pytest.mark.parametrize(("size", "expected"), [(8, 8), (256, 16)])
def test_losses_are_computed_at_the_size_asked_for(
    monkeypatch: pytest.MonkeyPatch, size: int, expected: int
) -> None:
    # Eight pixels have no deep blocks, on which the structure term stands: only what was asked for can be seen there.
    asked: list[int] = []

    def build(composite: Any, identity: Any, appearance: Any, side: int, **named: Any) -> Workspace:
        asked.append(side)
        return build_workspace(composite, identity, appearance, 16, **named)

    monkeypatch.setattr(loho, "build_workspace", build)
    assert _loho_run(loss_size=size).space.size == 16
    assert asked == [expected]


def test_structure_moves_the_noise_only_where_it_was_told_to() -> None:
    w, noise = _random(1, 2, 3).requires_grad_(), _random(1, 1, 4, 4, seed=1).requires_grad_()
    mix = _random(6, 16, seed=2)

    def losses(image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return (image - 0.3).square().mean(), image[..., 1:].sin().sum(), (image[:, :1] * image).mean()

    def picture() -> Tensor:
        return torch.tanh((torch.sin(w).flatten() @ mix).view(1, 1, 4, 4) + noise * w.mean())

    image = picture()
    seen = image.detach().requires_grad_()
    gradients = image_gradients(seen, *losses(seen))
    main, structure = (torch.autograd.grad(losses(picture())[k], noise)[0] for k in (0, 1))
    (first,), (plain,) = push_through(picture(), gradients, [w], [noise])
    (second,), (moved,) = push_through(picture(), gradients, [w], [noise], noise_follows=True)
    torch.testing.assert_close(plain, main)
    torch.testing.assert_close(moved, main + structure)
    torch.testing.assert_close(first, second)


def test_structure_moves_noise_in_a_run() -> None:
    assert _latent()["noise_1"].tobytes() != _latent(noise_structure=True)["noise_1"].tobytes()


# -- all of them -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("values", [CODE, SLIDES], ids=["code", "slides"])
def test_both_originals_are_parameters_that_run(values: dict[str, Any]) -> None:
    info = CATALOGUE["loho"]
    assert set(values) <= {param.name for param in info.params}
    latent = _latent(**values, calibrate=False)
    assert all(np.isfinite(array).all() for array in latent.values())


def test_every_choice_names_its_source() -> None:
    for name in {*CODE, *SLIDES}:
        words = CATALOGUE["loho"].param(name).help
        assert any(source in words for source in ("official code", "slides", "paper", "original", "parser")), name
