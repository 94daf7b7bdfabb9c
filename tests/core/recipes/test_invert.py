"""Inversion in every space: it runs, comes nearer, repeats, stops, goes on and survives bad values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.recipes.base import Outcome, Step
from core.recipes.invert import Invert
from core.recipes.invert_params import SPACES
from tests.core.recipes import world


def _run(space: str = "f", steps: int = 20, stop_after: int | None = None, context: Any = None,
         start: Any = None, **parameters: Any) -> tuple[list[Step], Outcome]:
    context = context or world.context()
    request = world.request(context, recipe="invert", steps=steps, start=start or {},
                            parameters={"space": space, **parameters})
    taken: list[Step] = []
    running = Invert().run(request, context)
    while True:
        try:
            taken.append(next(running))
        except StopIteration as end:
            return taken, end.value
        if stop_after is not None and len(taken) >= stop_after:
            context.stop()


@pytest.mark.parametrize("space", SPACES)
def test_smoke(space: str) -> None:
    steps, outcome = _run(space)
    assert len(steps) == 20
    assert outcome.image.shape == (16, 16, 3)
    assert {"psnr", "ssim", "feature_distance", "steps_per_second"} <= set(outcome.metrics)
    assert ("features" in outcome.latent) == (space == "f")
    assert ("style_0" in outcome.latent) == (space == "s")
    assert all(np.isfinite(array).all() for array in outcome.latent.values())


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


def test_same_seed_same_bytes() -> None:
    first, second = _run(jitter=0.05)[1], _run(jitter=0.05)[1]
    assert first.image.tobytes() == second.image.tobytes()


@pytest.mark.parametrize("stop_after", [1, 2, 5, 19, 20])
@pytest.mark.parametrize("space", SPACES)
def test_can_be_stopped_at_any_step(space: str, stop_after: int) -> None:
    steps, outcome = _run(space, stop_after=stop_after)
    assert len(steps) == stop_after
    assert np.isfinite(outcome.image).all()


def test_goes_on_from_a_latent() -> None:
    steps, outcome = _run(steps=40)
    again, _ = _run(steps=40, start=outcome.latent)
    assert again[0].losses["total"] < steps[0].losses["total"]


def test_starts_from_the_mean_without_an_encoder() -> None:
    steps, outcome = _run("w+", encoder_start=False, jitter=0.05)
    assert len(steps) == 20
    assert np.isfinite(outcome.image).all()


@pytest.mark.parametrize("failing", [1, 7, 20])
def test_values_that_are_not_finite_are_survived(failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    context = world.context()
    generator = context.generator()
    plain, calls = generator.synthesize, []

    def broken(*args: Any, **kwargs: Any) -> torch.Tensor:
        calls.append(None)
        image = plain(*args, **kwargs)
        return image * float("nan") if len(calls) == failing else image

    monkeypatch.setattr(generator, "synthesize", broken)
    _, outcome = _run(context=context)
    assert np.isfinite(outcome.image).all()
    assert all(np.isfinite(array).all() for array in outcome.latent.values())


def test_a_huge_learning_rate_ends_with_a_finite_picture() -> None:
    _, outcome = _run(learning_rate=10.0, feature_rate=10.0, noise_rate=10.0)
    assert np.isfinite(outcome.image).all()
