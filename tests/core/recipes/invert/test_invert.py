"""Inversion in every space: it comes nearer, each space has what it promises, and earlier runs are taken up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.recipes.base import Outcome, Step, resolve
from core.recipes.invert.info import PARAMS, SPACES
from core.recipes.invert.inversion import Inversion, starting_point
from core.recipes.invert.recipe import Invert
from tests.core.recipes import world


def _run(space: str = "f", steps: int = 20, stop_after: int | None = None, context: Any = None,
         start: Any = None, **parameters: Any) -> tuple[list[Step], Outcome]:
    context = context or world.context()
    request = world.request(context, recipe="invert", steps=steps, start=start or {},
                            parameters={"space": space, **parameters})
    return world.drive(Invert(), request, context, stop_after)


@pytest.mark.parametrize("space", SPACES)
def test_loss_decreases(space: str) -> None:
    steps, _ = _run(space, steps=60)
    assert steps[-1].losses["total"] < steps[0].losses["total"]


def test_more_freedom_reproduces_better() -> None:
    found = {space: _run(space, steps=120)[1].metrics["psnr"] for space in ("w", "w+", "f")}
    assert found["w"] < found["w+"] < found["f"]


def test_w_keeps_all_layers_equal() -> None:
    w = _run("w")[1].latent["w_plus"]
    np.testing.assert_allclose(w, np.broadcast_to(w[:, :1], w.shape), atol=1e-6)


def test_starts_from_the_mean_without_an_encoder() -> None:
    steps, outcome = _run("w+", encoder_start=False, jitter=0.05)
    assert len(steps) == 20
    assert np.isfinite(outcome.image).all()


@pytest.mark.parametrize(("space", "names"), [("s", "style_0"), ("multi", "codes")])
def test_styles_and_codes_of_an_earlier_run_are_gone_on_with(space: str, names: str) -> None:
    first, outcome = _run(space, steps=40)
    again, more = _run(space, steps=40, start=outcome.latent)
    assert {step.stage for step in again} == {first[-1].stage}
    # Nearness to the pixels alone may give way to the other terms at the end; a new start is five times as far away.
    assert again[0].losses["pixels"] <= first[-1].losses["pixels"] * 1.25
    assert names in more.latent


def test_codes_take_the_place_of_an_earlier_runs_feature_map() -> None:
    _, earlier = _run("f", steps=20)
    _, outcome = _run("multi", steps=20, start=earlier.latent)
    assert "features" not in outcome.latent


def test_styles_start_with_the_picture_of_w_plus() -> None:
    context = world.context()
    target = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1
    values = resolve(PARAMS, {"space": "s", "steps": 20})
    inversion = Inversion(context.generator(), context.encoder(), context.features(), target, values,
                          torch.Generator().manual_seed(0))
    before = inversion.picture()
    inversion._enter("S")
    assert [tuple(style.shape) for style in inversion.variables.styles] == [
        tuple(style.shape) for style in context.generator().styles(inversion.variables.w)]
    assert torch.equal(inversion.picture(), before)


def test_gradients_of_styles_equal_finite_differences() -> None:
    context = world.context()
    target = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1
    inversion = Inversion(context.generator(), context.encoder(), context.features(), target,
                          resolve(PARAMS, {"space": "s"}), torch.Generator().manual_seed(0))
    inversion._enter("S")
    styles = inversion.variables.styles
    picture = inversion.variables.synthesize(inversion.precise)
    gradients = torch.autograd.grad((picture - target).square().mean(), styles)
    for style, gradient in zip(styles, gradients, strict=True):
        along = torch.randn(style.shape, generator=torch.Generator().manual_seed(2))
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                style += sign * 5e-4 * along
                values.append(float((inversion.picture() - target).double().square().mean()))
                style -= sign * 5e-4 * along
        assert float((gradient * along).sum()) == pytest.approx((values[0] - values[1]) / 1e-3, rel=0.02, abs=1e-5)


def test_jitter_moves_styles_as_it_moves_w() -> None:
    context = world.context()
    generator = context.generator()
    v = starting_point(generator, context.encoder(), torch.zeros(1, 3, 16, 16), torch.Generator().manual_seed(0),
                       features=False)
    jitter = 0.3 * torch.randn(v.w.shape, generator=torch.Generator().manual_seed(1))
    wanted = v.synthesize(generator, jitter)
    v.styles = generator.styles(v.w)
    torch.testing.assert_close(v.synthesize(generator, jitter), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("space", "noise", "moves"), [
    ("w", "auto", False), ("w+", "auto", False), ("w+", "on", True), ("multi", "on", True), ("f", "off", False),
    ("f", "auto", True), ("s", "auto", True)])
def test_noise_moves_where_it_is_to(space: str, noise: str, moves: bool) -> None:
    start = _run(space, steps=20, noise=noise, noise_rate=0.0)[1].latent["noise_4"]
    end = _run(space, steps=20, noise=noise)[1].latent["noise_4"]
    assert (float(np.abs(end - start).max()) > 1e-3) == moves


def test_a_limit_of_steps_counts_those_of_the_weights() -> None:
    steps, _ = _run("w+", steps=20, tune_steps=8)
    assert [step.stage for step in steps].count("tuning") == 8
    assert (len(steps), steps[-1].index, steps[-1].total) == (20, 20, 20)
    assert [step.stage for step in _run("w+", steps=3, tune_steps=100)[0]] == ["W+", "tuning", "tuning"]


def test_a_huge_learning_rate_ends_with_a_finite_picture() -> None:
    _, outcome = _run(learning_rate=10.0, feature_rate=10.0, noise_rate=10.0)
    assert np.isfinite(outcome.image).all()
