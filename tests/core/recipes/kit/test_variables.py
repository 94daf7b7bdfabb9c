"""The optimiser that survives: best state, recovery, giving up; and latents as arrays."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.errors import InputRefused, NothingUseful
from core.recipes.kit.variables import SafeAdam, Variables, draw_noise, leaf, variables_from
from tests.core.generators.tiny import tiny_generator

CPU = torch.device("cpu")


def _variables(value: float = 1.0) -> Variables:
    return Variables(leaf(torch.full((1, 2, 3), value), CPU), [leaf(torch.zeros(1, 1, 4, 4), CPU)])


def _step(variables: Variables, adam: SafeAdam, factor: float = 1.0, poison: float = 0.0) -> bool:
    loss = variables.w.square().sum()
    variables.w.grad = torch.autograd.grad(loss, variables.w)[0] + poison
    return adam.step(loss.item() + poison, factor)


def test_equals_plain_adam() -> None:
    variables, w = _variables(), torch.full((1, 2, 3), 1.0, requires_grad=True)
    adam, plain = SafeAdam(variables, [([variables.w], 0.1)]), torch.optim.Adam([w], lr=0.1)
    for _ in range(5):
        _step(variables, adam)
        plain.zero_grad()
        w.square().sum().backward()
        plain.step()
    assert torch.equal(variables.w, w)


def test_the_best_state_comes_back() -> None:
    variables = _variables(0.01)
    adam = SafeAdam(variables, [([variables.w], 5.0)])
    for _ in range(3):
        _step(variables, adam)
    adam.restore_best()
    torch.testing.assert_close(variables.w.detach(), torch.full((1, 2, 3), 0.01))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_recovers_from_values_that_are_not_finite(bad: float) -> None:
    variables = _variables()
    adam = SafeAdam(variables, [([variables.w], 0.1)])
    assert _step(variables, adam)
    assert not _step(variables, adam, poison=bad)
    torch.testing.assert_close(variables.w.detach(), torch.ones(1, 2, 3))
    assert _step(variables, adam)
    # Adam's first step is the learning rate: it was halved.
    torch.testing.assert_close(variables.w.detach(), torch.full((1, 2, 3), 0.95))


def test_gives_up_after_three_recoveries() -> None:
    variables = _variables()
    adam = SafeAdam(variables, [([variables.w], 0.1)])
    for _ in range(3):
        assert not _step(variables, adam, poison=float("nan"))
    with pytest.raises(NothingUseful, match="diverged"):
        _step(variables, adam, poison=float("nan"))
    assert bool(torch.isfinite(variables.w).all())


def test_a_new_stage_forgets_the_best_loss_only() -> None:
    variables = _variables()
    adam = SafeAdam(variables, [([variables.w], 0.1)])
    _step(variables, adam)
    adam.new_stage()
    _step(variables, adam)
    adam.restore_best()
    torch.testing.assert_close(variables.w.detach(), torch.full((1, 2, 3), 0.9))


def test_arrays_restart_a_run() -> None:
    generator = tiny_generator(0)
    spec = generator.spec
    rng = torch.Generator().manual_seed(0)
    variables = Variables(leaf(torch.randn(1, spec.layers, spec.w_dim, generator=rng), CPU), draw_noise(spec, rng, CPU))
    blank = Variables(leaf(torch.zeros(1, spec.layers, spec.w_dim), CPU), draw_noise(spec, rng, CPU))
    again = variables_from(variables.arrays(), spec, CPU, blank)
    with torch.no_grad():
        assert torch.equal(again.synthesize(generator), variables.synthesize(generator))


@pytest.mark.parametrize("array", [np.zeros((1, 1, 1), np.float32), None])
def test_a_latent_that_does_not_fit_is_refused(array: np.ndarray | None) -> None:
    generator = tiny_generator(0)
    spec = generator.spec
    if array is None:
        array = np.full((1, spec.layers, spec.w_dim), np.nan, np.float32)
    blank = Variables(leaf(torch.zeros(1, spec.layers, spec.w_dim), CPU), [])
    with pytest.raises(InputRefused, match="w_plus"):
        variables_from({"w_plus": array}, spec, CPU, blank)


def test_noise_is_normal_and_repeatable() -> None:
    spec = tiny_generator(0).spec
    first = draw_noise(spec, torch.Generator().manual_seed(1), CPU)
    second = draw_noise(spec, torch.Generator().manual_seed(1), CPU)
    assert [tuple(n.shape) for n in first] == [(1, 1, side, side) for side in spec.noise]
    for a, b in zip(first, second, strict=True):
        assert torch.equal(a, b)
        assert a.detach().mean().item() == pytest.approx(0, abs=1e-5)
        assert a.detach().square().mean().item() == pytest.approx(1, abs=1e-4)


def test_settle_adds_the_shift() -> None:
    variables = _variables()
    variables.shift = leaf(torch.full((1, 1, 3), 0.5), CPU)
    before = variables.arrays()["w_plus"]
    variables.settle()
    assert variables.shift is None
    np.testing.assert_array_equal(variables.arrays()["w_plus"], before)
