"""Pivotal tuning: comes nearer, keeps the original bit-equal, and its locality term is what it says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from core.losses.perceptual import feature_distance, perceptual_target
from core.recipes.base import resolve
from core.recipes.invert.info import PARAMS, SPACES
from core.recipes.invert.inversion import Inversion
from core.recipes.kit.pivotal import PivotalTuning
from tests.core.generators.tiny import random_features, tiny_encoder, tiny_generator

TARGET = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(3)) * 2 - 1


def _inversion(**parameters: Any) -> Inversion:
    values = resolve(PARAMS, {"steps": 8, "tune_steps": 12, "tune_rate": 0.01, **parameters})
    return Inversion(tiny_generator(0), tiny_encoder(0), random_features(0), TARGET, values,
                     torch.Generator().manual_seed(0))


def _tuning(inversion: Inversion) -> PivotalTuning:
    for state in inversion.steps():
        if state.stage == "tuning":
            break
    assert inversion._tuning is not None
    return inversion._tuning


def _error(picture: torch.Tensor) -> float:
    return float((picture - TARGET).square().mean())


@pytest.mark.parametrize("space", SPACES)
def test_lowers_the_error_and_leaves_the_original_bit_equal(space: str) -> None:
    inversion = _inversion(space=space, tune_steps=15)
    before = {name: value.clone() for name, value in inversion.generator.tensors().items()}
    stages, untuned = [], float("inf")
    for state in inversion.steps():
        stages.append(state.stage)
        if state.index == 8:
            # The first stages end with their best state once the next step begins.
            untuned = _error(inversion.picture())
    assert stages.count("tuning") == 15
    assert _error(inversion.picture()) < untuned
    after = inversion.generator.tensors()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(torch.equal(inversion.precise.tensors()[name], value) for name, value in before.items())


def test_locality_is_zero_while_the_weights_are_equal() -> None:
    inversion = _inversion(space="w+")
    tuning = PivotalTuning(inversion.precise, inversion.variables, inversion._nearness, inversion.p, inversion._goal,
                           inversion.net.extract, torch.Generator().manual_seed(1))
    assert tuning.locality(tuning.weights.live(), tuning.direction()).item() == 0.0


@torch.no_grad()
def _beside(inversion: Inversion, tuning: PivotalTuning) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A direction, and the pictures in that direction from the pivot with the old and the new weights."""
    direction = tuning.direction()
    moved = inversion.variables.w + direction
    old = inversion.precise.synthesize(moved, inversion.variables.noise)
    return direction, old, tuning.weights.fixed().synthesize(moved, inversion.variables.noise)


def test_locality_is_the_weighted_distance_beside_the_pivot() -> None:
    inversion = _inversion(space="w+", pixel_weight=3.0, perceptual_weight=0.0)
    tuning = _tuning(inversion)
    direction, old, new = _beside(inversion, tuning)
    assert tuning.locality(tuning.weights.live(), direction).item() == pytest.approx(
        3.0 * float((old - new).square().mean()), rel=1e-5)


def test_direction_is_as_long_as_the_radius_says() -> None:
    inversion = _inversion(space="w+", tune_radius=0.5)
    tuning = _tuning(inversion)
    per_layer = float(tuning.direction().norm()) / inversion.generator.spec.layers**0.5
    assert per_layer == pytest.approx(0.5 * inversion.generator.w_spread, rel=1e-5)


def test_locality_holds_other_faces() -> None:
    moved = {}
    for weight in (0.0, 30.0):
        inversion = _inversion(space="w+", tune_steps=25, tune_locality=weight, tune_radius=1.0)
        for _ in inversion.steps():
            pass
        assert inversion._tuning is not None
        tuned = inversion._tuning.weights.fixed()
        rng = torch.Generator().manual_seed(5)
        others = inversion.variables.w + 0.3 * torch.randn(8, 6, 8, generator=rng)
        with torch.no_grad():
            moved[weight] = float((tuned.synthesize(others) - inversion.precise.synthesize(others)).square().mean())
    assert moved[30.0] < 0.7 * moved[0.0]


def test_gradients_of_the_weights_equal_finite_differences() -> None:
    inversion = _inversion(space="w+")
    tuning = _tuning(inversion)
    direction = tuning.direction()

    def loss() -> torch.Tensor:
        live = tuning.weights.live()
        near = inversion._nearness(inversion.variables.synthesize(live))["pixels"]
        return near + 0.1 * tuning.locality(live, direction)

    names = ["synthesis.b4.const", "synthesis.b8.conv0.weight", "synthesis.b8.conv1.bias",
             "synthesis.b16.conv1.noise_strength", "synthesis.b16.torgb.weight", "synthesis.b8.conv1.affine.weight"]
    tensors = [tuning.weights.named[name] for name in names]
    gradients = torch.autograd.grad(loss(), tensors)
    for name, tensor, gradient in zip(names, tensors, gradients, strict=True):
        along = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(2))
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                tensor += sign * 2e-3 * along
                values.append(loss().double().item())
                tensor -= sign * 2e-3 * along
        slope = (values[0] - values[1]) / 4e-3
        assert float((gradient * along).sum()) == pytest.approx(slope, rel=0.03, abs=2e-4), name


def test_same_seed_same_bits_also_after_looking_at_every_step() -> None:
    plain, watched = _inversion(space="f"), _inversion(space="f")
    for _ in plain.steps():
        pass
    for _ in watched.steps():
        watched.picture()
        watched.variables.arrays()
    assert torch.equal(plain.picture(), watched.picture())


def test_the_picture_follows_the_weights() -> None:
    inversion = _inversion(space="w+")
    seen = [inversion.picture() for state in inversion.steps() if state.stage == "tuning"]
    assert len(seen) == 12
    assert all(not torch.equal(a, b) for a, b in pairwise(seen))
    net = inversion.net
    assert feature_distance(net, seen[-1], TARGET) < feature_distance(net, seen[0], TARGET)


def test_a_huge_rate_ends_with_a_finite_picture() -> None:
    inversion = _inversion(space="w+", tune_rate=1.0, tune_steps=15)
    for _ in inversion.steps():
        pass
    assert bool(torch.isfinite(inversion.picture()).all())


def test_weights_that_do_not_fit_are_refused() -> None:
    generator = tiny_generator(0)
    with pytest.raises(ValueError, match="nonsense"):
        generator.with_tensors({"nonsense": torch.zeros(1)})
    with pytest.raises(ValueError, match="const"):
        generator.with_tensors({"synthesis.b4.const": torch.zeros(1)})


def test_replaced_weights_are_those_of_a_network_built_with_them() -> None:
    generator, other = tiny_generator(0), tiny_generator(1)
    w = torch.randn(1, 6, 8, generator=torch.Generator().manual_seed(0))
    replaced = generator.with_tensors(other.tensors())
    assert torch.equal(replaced.synthesize(w), other.synthesize(w))
    assert not torch.equal(generator.synthesize(w), other.synthesize(w))


def test_perceptual_goal_of_the_locality_has_the_pivots_scales() -> None:
    inversion = _inversion(space="w+", pixel_weight=0.0, perceptual_weight=1.0)
    tuning = _tuning(inversion)
    direction, old, new = _beside(inversion, tuning)
    with torch.no_grad():
        mask = torch.ones(1, 1, 16, 16)
        terms = []
        for layer in inversion._goal.layers:
            block = int(layer[4])
            alone = perceptual_target(inversion.net, old, mask, blocks=(block,))
            distance = float(alone.distance(inversion.net.extract(new, alone.layers)))
            terms.append(distance / inversion._goal.scales[layer])
    assert tuning.locality(tuning.weights.live(), direction).item() == pytest.approx(np.sum(terms), rel=1e-4)
